"""When the other side of a connection was last heard of, what it did to its half, and whether the line works.

Every call from and to a partner passes here, so that the row of the connection, the bar, the queue and the list of
errors say the same: an error record of the line is open just as long as ``ConnectionNote.partner`` is an alarm.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from adnode.domain.connection import Connection, ConnectionStatus, TransportKind
from adnode.domain.connection_note import ALARMS, ConnectionNote, Partner, RemoteStatus
from adnode.domain.errors import AdnodeError, PeerError
from adnode.ports.storage import UnitOfWork
from adnode.ports.system import Ids
from adnode.services.failures import ENDED, LINE, SILENCE, make_ended_record, make_line_record
from adnode.services.retry import RetryPolicy

PAUSED_SECONDS = 20.0
"""How often a partner that has stopped its half is asked again: its word that it goes on may get lost."""
_STATUSES = {status.value: status for status in RemoteStatus}
_CHANGES = {"activated": None, "deactivated": RemoteStatus.DEACTIVATED, "removed": RemoteStatus.REMOVED}


def is_in_use(work: UnitOfWork, connection: Connection) -> bool:
    """Say whether the peer may be called: neither side has ended or stopped the connection here."""
    if connection.status is not ConnectionStatus.ACTIVE:
        return False
    return work.notes.get(connection.id).remote_status is not RemoteStatus.REMOVED


def partner_of(connection: Connection, note: ConnectionNote) -> Partner:
    """Return how the other side stands; a side that is stopped here knows no more than it was told."""
    if connection.status is ConnectionStatus.ACTIVE or note.remote_status is not None:
        return note.partner
    return Partner()


def note_call(work: UnitOfWork, connection: Connection, now: datetime) -> None:
    """The peer called: it lives. What it did to its half it says in its messages.

    Where this side calls, too, a call of the peer does not prove that, but is a reason to try at once.
    """
    note = work.notes.get(connection.id)
    if connection.transport is not TransportKind.PUSH:
        _note_reached(work, connection, note.reached(now), now, has_failed=note.failed_calls > 0)
        return
    work.notes.save(replace(note, contacted_at=now))
    if note.failed_calls:
        work.connections.postpone_sending(connection.id, now, 0)


def note_answer(work: UnitOfWork, connection: Connection, now: datetime) -> None:
    """The peer did what was asked, which only an active connection does."""
    note = work.notes.get(connection.id)
    is_new = note.failed_calls > 0 or note.remote_status is not None
    _note_reached(work, connection, note.reached(now).told(None, now), now, has_failed=is_new)
    if note.remote_status is RemoteStatus.REMOVED:
        work.error_records.close(now, connection_id=connection.id, subject=ENDED)


def note_busy(work: UnitOfWork, connection: Connection, now: datetime) -> None:
    """The peer had no room just now: it lives all the same, and the line works."""
    note = work.notes.get(connection.id)
    _note_reached(work, connection, note.reached(now), now, has_failed=note.failed_calls > 0)


def note_failure(
    work: UnitOfWork, connection: Connection, error: AdnodeError, ids: Ids, retry: RetryPolicy, now: datetime
) -> None:
    """The peer refused or could not be reached; nothing is sent for a while.

    A refusal that says that its half is stopped or gone is its word, and no failure of the line.
    """
    status = _STATUSES.get(str(error.details.get("connection_status", "")))
    if status is not None:
        work.error_records.close(now, connection_id=connection.id, subject=LINE)
        save_told(work, connection, work.notes.get(connection.id).reached(now), status, ids, now)
        work.connections.postpone_sending(connection.id, now + timedelta(seconds=PAUSED_SECONDS), 0)
        return
    is_lasting = not (isinstance(error, PeerError) and error.is_transient)
    note = work.notes.get(connection.id).missed(error.code, now, is_lasting=is_lasting)
    work.notes.save(note)
    if note.partner.state in ALARMS:
        work.error_records.open(make_line_record(error, connection, note.failing_since or now, ids, now))
    attempts = min(note.failed_calls, 12)
    work.connections.postpone_sending(connection.id, retry.next_at(now, attempts, connection.id), attempts)


def note_change(work: UnitOfWork, connection: Connection, change: str, ids: Ids, now: datetime) -> None:
    """The peer told what happened to its half; other changes than these say nothing about its status."""
    if change in _CHANGES:
        save_told(work, connection, work.notes.get(connection.id), _CHANGES[change], ids, now)


def note_paired(work: UnitOfWork, connection: Connection, now: datetime) -> None:
    """The connection was made, or made anew: whatever was noted of the other half before is over."""
    note = work.notes.get(connection.id).told(None, now).listening(now)
    work.notes.save(replace(note, contacted_at=now))
    work.error_records.close(now, connection_id=connection.id, subject=ENDED)
    work.error_records.close(now, connection_id=connection.id, subject=LINE)


def save_told(
    work: UnitOfWork, connection: Connection, note: ConnectionNote, status: RemoteStatus | None, ids: Ids, now: datetime
) -> None:
    """Save what the peer told of its half; that it has ended the connection is told to people, once."""
    told = note.told(status, now)
    work.notes.save(told)
    if status is RemoteStatus.REMOVED and note.remote_status is not status:
        work.error_records.close(now, connection_id=connection.id, subject=SILENCE)
        work.error_records.open(make_ended_record(connection, ids, now))
    elif note.remote_status is RemoteStatus.REMOVED and status is None:
        work.error_records.close(now, connection_id=connection.id, subject=ENDED)


def _note_reached(
    work: UnitOfWork, connection: Connection, note: ConnectionNote, now: datetime, *, has_failed: bool
) -> None:
    work.notes.save(note)
    work.error_records.close(now, connection_id=connection.id, subject=LINE)
    if has_failed:
        work.error_records.close(now, connection_id=connection.id, subject=SILENCE)
        work.connections.postpone_sending(connection.id, now, 0)

"""Noticing that a peer has gone silent where nothing else would tell: it should call and does not, or it is called and
there has been nothing to tell for a while.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Event

from adnode.domain.connection import Connection, ConnectionStatus, TransportKind
from adnode.domain.connection_note import ConnectionNote
from adnode.domain.error_record import Impact
from adnode.domain.errors import PeerSilentError
from adnode.ports.error_storage import ErrorFilter
from adnode.ports.storage import UnitOfWork, UnitOfWorkFactory
from adnode.ports.system import Clock, Ids
from adnode.services.contacts import is_in_use
from adnode.services.failures import SILENCE, describe_silence, make_record

SILENT_AFTER = timedelta(minutes=2)
"""A private side calls at least twice a minute."""
FIRST_CALL_WITHIN = timedelta(minutes=7)
"""How long the first call may take where this side could not be called before: the other one asks again ever more
seldom, at last every five minutes or so.
"""
GREETED_AFTER = timedelta(seconds=50)
"""A peer that was heard so recently need not be called just to see whether it answers."""


class SilenceWatch:
    """Opens an error record for each connection whose private side has not called for a while, and closes it again;
    calls the peers that can be called and have not been heard.
    """

    def __init__(
        self, new_unit_of_work: UnitOfWorkFactory, clock: Clock, ids: Ids, greet: Callable[[str], bool] | None = None
    ) -> None:
        self._new_unit_of_work = new_unit_of_work
        self._clock = clock
        self._ids = ids
        self._greet = greet
        self._listening_since = clock.now()

    def watch(self, stopping: Event | None = None) -> bool:
        """Look at all connections once; there is never more to do at once."""
        now = self._clock.now()
        with self._new_unit_of_work() as work:
            active = sorted(
                (
                    each
                    for each in work.connections.list_all(statuses=[ConnectionStatus.ACTIVE])
                    if is_in_use(work, each)
                ),
                key=lambda connection: connection.id,
            )
            notes = work.notes.find([connection.id for connection in active])
            for connection in active:
                if connection.transport is TransportKind.POLLED:
                    self._judge(work, connection, notes.get(connection.id, ConnectionNote(connection.id)), now)
            work.commit()
        if self._greet is not None:
            self._greet_all([each for each in active if _is_quiet(each, notes.get(each.id), now)], stopping)
        return False

    def _greet_all(self, connections: list[Connection], stopping: Event | None) -> None:
        for connection in connections:
            if stopping is not None and stopping.is_set():
                return
            if self._greet is not None:
                self._greet(connection.id)

    def _judge(self, work: UnitOfWork, connection: Connection, note: ConnectionNote, now: datetime) -> None:
        is_silent = note.remote_status is None and self._is_late(note, now)
        known = work.error_records.count(_filter(connection))
        if is_silent and not known:
            since = note.contacted_at or self._listening_since
            work.notes.save(note.missed(PeerSilentError.code, now, since=since, is_lasting=True))
            error = _error(connection, note)
            work.error_records.open(make_record(error, connection, None, self._ids, now, subject=SILENCE))
        elif known and not is_silent:
            work.error_records.close(now, connection_id=connection.id, subject=SILENCE)

    def _is_late(self, note: ConnectionNote, now: datetime) -> bool:
        began_at = max(note.listening_since or self._listening_since, self._listening_since)
        if note.contacted_at is not None and note.contacted_at >= began_at:
            return note.contacted_at < now - SILENT_AFTER
        return began_at < now - FIRST_CALL_WITHIN


def _is_quiet(connection: Connection, note: ConnectionNote | None, now: datetime) -> bool:
    if connection.transport is not TransportKind.PUSH:
        return False
    is_heard = note is not None and note.contacted_at is not None and note.contacted_at > now - GREETED_AFTER
    return not is_heard or (note is not None and note.failed_calls > 0)


def _filter(connection: Connection) -> ErrorFilter:
    return ErrorFilter(
        connection.organization_id, impact=Impact.CONNECTION, connection_id=connection.id, code=PeerSilentError.code
    )


def _error(connection: Connection, note: ConnectionNote) -> PeerSilentError:
    return PeerSilentError(
        f"{describe_silence(connection, note.contacted_at)} Connection {connection.name} is private: that node calls "
        "this one. What waits for it is handed out when it does; ask its administrator whether the node runs."
    )

"""Notes about connections in the database, and their figures."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session

from adnode.adapters.storage.hub_rows import ConnectionNoteRow
from adnode.adapters.storage.message_rows import InboxRow, OutboxRow, is_unsent
from adnode.adapters.storage.rows import ErrorRecordRow, InvitationRow, TwinRow
from adnode.adapters.storage.statements import chunked
from adnode.adapters.storage.upserts import insert_or_update
from adnode.domain.connection_note import ConnectionFigures, ConnectionNote, RemoteStatus, TwinFigures
from adnode.domain.error_record import ErrorStatus
from adnode.domain.invitation import Invitation, InvitationStatus
from adnode.domain.message import QueueStatus
from adnode.domain.twin import TwinStatus
from adnode.ports.hub_storage import importance

OUTGOING = (QueueStatus.WAITING.value, QueueStatus.SENDING.value)
INCOMING = (QueueStatus.APPLYING.value,)
_IS_LINKED = TwinRow.status != TwinStatus.UNLINKED.value
_IS_AT_WORK = and_(~TwinRow.is_held, or_(TwinRow.is_dirty.is_(True), TwinRow.lease_owner.is_not(None)))


class SqlConnectionNotes:
    """ConnectionNoteRepository on SQL."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, connection_id: str) -> ConnectionNote:
        row = self._session.get(ConnectionNoteRow, connection_id, populate_existing=True)
        return note_from_row(row) if row else ConnectionNote(connection_id)

    def find(self, connection_ids: Collection[str]) -> Mapping[str, ConnectionNote]:
        found: dict[str, ConnectionNote] = {}
        for chunk in chunked(connection_ids):
            rows = self._session.scalars(select(ConnectionNoteRow).where(ConnectionNoteRow.connection_id.in_(chunk)))
            found.update((row.connection_id, note_from_row(row)) for row in rows)
        return found

    def save(self, note: ConnectionNote) -> None:
        values = {
            "connection_id": note.connection_id,
            "has_made_up_name": note.has_made_up_name,
            "remote_status": note.remote_status.value if note.remote_status else None,
            "contacted_at": note.contacted_at,
            "remote_status_at": note.remote_status_at,
            "failing_since": note.failing_since,
            "failed_calls": note.failed_calls,
            "line_code": note.line_code,
            "listening_since": note.listening_since,
        }
        insert_or_update(self._session, ConnectionNoteRow, values, keys=["connection_id"], kept="")

    def figures(self, connection_ids: Collection[str]) -> Mapping[str, ConnectionFigures]:
        figures: dict[str, ConnectionFigures] = {}
        for chunk in chunked(connection_ids):
            counts = [self._counts(query) for query in _queries(list(chunk))]
            times = self._last_times(list(chunk))
            for connection_id in chunk:
                under_sync, in_progress, errors, outgoing, incoming = (count.get(connection_id, 0) for count in counts)
                figures[connection_id] = ConnectionFigures(
                    under_sync, in_progress, errors, outgoing, incoming, times.get(connection_id)
                )
        return figures

    def twin_figures(self, twin_ids: Collection[str]) -> Mapping[str, TwinFigures]:
        figures: dict[str, TwinFigures] = {}
        for chunk in chunked(twin_ids):
            busy = self._counts(_count(TwinRow.id, list(chunk)).where(_IS_LINKED, _IS_AT_WORK))
            outgoing = self._counts(_count(OutboxRow.twin_id, list(chunk)).where(OutboxRow.status.in_(OUTGOING)))
            incoming = self._counts(_count(InboxRow.twin_id, list(chunk)).where(InboxRow.status.in_(INCOMING)))
            figures.update(
                (twin_id, TwinFigures(twin_id in busy, outgoing.get(twin_id, 0), incoming.get(twin_id, 0)))
                for twin_id in chunk
            )
        return figures

    def invitations(self, connection_ids: Collection[str]) -> Mapping[str, Invitation]:
        found: dict[str, Invitation] = {}
        for chunk in chunked(connection_ids):
            rows = self._session.scalars(select(InvitationRow).where(InvitationRow.connection_id.in_(chunk)))
            for invitation in sorted(map(_invitation, rows), key=importance):
                found[invitation.connection_id] = invitation
        return found

    def _last_times(self, connection_ids: list[str]) -> dict[str, datetime]:
        query = (
            select(TwinRow.connection_id, func.max(TwinRow.synchronized_at))
            .where(TwinRow.connection_id.in_(connection_ids), TwinRow.synchronized_at.is_not(None))
            .group_by(TwinRow.connection_id)
        )
        return {connection_id: time for connection_id, time in self._session.execute(query) if time is not None}

    def _counts(self, query: Select[Any]) -> dict[str, int]:
        return {connection_id: int(count) for connection_id, count in self._session.execute(query)}


def _queries(connection_ids: list[str]) -> tuple[Select[Any], ...]:
    """Return the five counts by connection: twins, twins not at rest, errors, both queues."""
    twins, errors = TwinRow.connection_id, ErrorRecordRow.connection_id
    is_open = ErrorRecordRow.status == ErrorStatus.OPEN.value
    return (
        _count(twins, connection_ids).where(_IS_LINKED),
        _count(twins, connection_ids).where(_IS_LINKED, _IS_AT_WORK),
        _count(errors, connection_ids).where(is_open),
        _count(OutboxRow.connection_id, connection_ids).where(is_unsent()),
        _count(InboxRow.connection_id, connection_ids).where(InboxRow.status.in_(INCOMING)),
    )


def _count(column: Any, connection_ids: list[str]) -> Select[Any]:
    return select(column, func.count()).where(column.in_(connection_ids)).group_by(column)


def note_from_row(row: ConnectionNoteRow) -> ConnectionNote:
    """Return a note as it is stored."""
    return ConnectionNote(
        connection_id=row.connection_id,
        has_made_up_name=row.has_made_up_name,
        remote_status=RemoteStatus(row.remote_status) if row.remote_status else None,
        contacted_at=row.contacted_at,
        remote_status_at=row.remote_status_at,
        failing_since=row.failing_since,
        failed_calls=row.failed_calls,
        line_code=row.line_code,
        listening_since=row.listening_since,
    )


def _invitation(row: InvitationRow) -> Invitation:
    return Invitation(
        id=row.id,
        connection_id=row.connection_id,
        status=InvitationStatus(row.status),
        sealed_secret=row.sealed_secret,
        created_at=row.created_at,
        expires_at=row.expires_at,
        accepted_public_key=row.accepted_public_key,
        accepted_at=row.accepted_at,
    )

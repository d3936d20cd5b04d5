"""Outbox and inbox in one view, in the database."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from adnode.adapters.storage.connection_notes import note_from_row
from adnode.adapters.storage.leases import Leases
from adnode.adapters.storage.message_rows import InboxRow, OutboxRow, is_unfinished, is_unsent
from adnode.adapters.storage.queue_events import TABLES, EventRow, count_of, details_of, pages_of
from adnode.adapters.storage.rows import TwinRow
from adnode.adapters.storage.statements import chunked, from_text
from adnode.domain.connection import ConnectionStatus
from adnode.domain.connection_note import Partner
from adnode.domain.errors import ValidationError
from adnode.domain.message import Message, QueueRow, QueueStatus
from adnode.domain.message_documents import body_from_document, message_from_document
from adnode.domain.queue_event import DIRECTIONS, PARTNER_HOLDS, Circumstances, Lane, QueueEvent, StoredEvent, hold_of
from adnode.domain.synced_change import Direction
from adnode.ports.queue_view import EventFilter, EventOrder, EventPlace, PlacedEvent, event_not_found

_MOVING: Mapping[Direction, tuple[QueueStatus, ...]] = {
    Direction.OUTGOING: (QueueStatus.SENDING,),
    Direction.INCOMING: (QueueStatus.APPLYING, QueueStatus.FAILED),
}
"""What a sender, or a round of a leased twin, may have in its hands. A round takes up what failed, too."""


class SqlQueueView:
    """QueueView on SQL."""

    def __init__(self, session: Session, leases: Leases) -> None:
        self._session = session
        self._leases = leases

    def list_rows(
        self,
        *,
        connection_id: str | None = None,
        direction: str | None = None,
        statuses: Collection[QueueStatus] | None = None,
        limit: int = 100,
    ) -> list[QueueRow]:
        self._leases.flush()
        rows: list[QueueRow] = []
        if direction in (None, "outgoing"):
            rows += self._rows(OutboxRow, "outgoing", connection_id, statuses, limit)
        if direction in (None, "incoming"):
            rows += self._rows(InboxRow, "incoming", connection_id, statuses, limit)
        return sorted(rows, key=lambda row: (row.created_at, row.sequence), reverse=True)[:limit]

    def depth(self, connection_id: str) -> Mapping[str, int]:
        outgoing = select(func.count()).where(OutboxRow.connection_id == connection_id, is_unsent())
        incoming = select(func.count()).where(
            InboxRow.connection_id == connection_id, InboxRow.status == QueueStatus.APPLYING.value
        )
        return {
            "outgoing": self._session.scalar(outgoing) or 0,
            "incoming": self._session.scalar(incoming) or 0,
        }

    def _rows(
        self,
        table: EventRow,
        direction: str,
        connection_id: str | None,
        statuses: Collection[QueueStatus] | None,
        limit: int,
    ) -> list[QueueRow]:
        query = (
            select(
                table.id,
                table.connection_id,
                table.twin_id,
                table.kind,
                table.status,
                table.sequence,
                table.created_at,
                table.settled_at,
                TwinRow.work_item_id,
            )
            .outerjoin(TwinRow, TwinRow.id == table.twin_id)
            .order_by(table.created_at.desc(), table.sequence.desc())
            .limit(limit)
        )
        if connection_id is not None:
            query = query.where(table.connection_id == connection_id)
        if statuses is not None:
            query = query.where(table.status.in_([status.value for status in statuses]))
        return [
            QueueRow(
                id=row.id,
                direction=direction,
                connection_id=row.connection_id,
                twin_id=row.twin_id,
                kind=row.kind,
                status=QueueStatus(row.status),
                sequence=row.sequence,
                created_at=row.created_at,
                settled_at=row.settled_at,
                work_item_id=row.work_item_id,
            )
            for row in self._session.execute(query)
        ]

    # events --------------------------------------------------------------------------------------------------------

    def list_events(
        self, wanted: EventFilter, order: EventOrder, now: datetime, *, after: EventPlace | None = None, limit: int
    ) -> list[PlacedEvent]:
        self._leases.flush()
        placed = [
            (Direction(direction), (value, event_id, connection_id))
            for value, event_id, connection_id, direction in self._session.execute(
                pages_of(DIRECTIONS[wanted.lane], wanted, order, after, limit)
            )
        ]
        events: dict[tuple[Direction, str, str], QueueEvent] = {}
        for direction in DIRECTIONS[wanted.lane]:
            events |= self._events(direction, [place for of, place in placed if of is direction], now)
        return [PlacedEvent(events[of, place[1], place[2]], place) for of, place in placed]

    def _events(
        self, direction: Direction, places: Sequence[EventPlace], now: datetime
    ) -> dict[tuple[Direction, str, str], QueueEvent]:
        row = TABLES[direction]
        found: dict[tuple[Direction, str, str], QueueEvent] = {}
        connection_ids = {connection_id for _, _, connection_id in places}
        for ids in chunked({event_id for _, event_id, _ in places}):
            query = details_of(row, now).where(row.id.in_(ids), row.connection_id.in_(connection_ids))
            for read in self._session.execute(query):
                found[direction, read.id, read.connection_id] = _event(direction, read)
        return found

    def count_events(self, wanted: EventFilter) -> int:
        self._leases.flush()
        queries = [count_of(TABLES[direction], wanted) for direction in DIRECTIONS[wanted.lane]]
        return sum(self._session.scalar(query) or 0 for query in queries)

    def count_lanes(self, organization_id: str, *, connection_id: str = "") -> Mapping[Lane, int]:
        counts = dict.fromkeys(Lane, 0)
        for row in TABLES.values():
            query = select(row.lane, func.count()).where(row.organization_id == organization_id, is_unfinished(row))
            if connection_id:
                query = query.where(row.connection_id == connection_id)
            for lane, count in self._session.execute(query.group_by(row.lane)):
                counts[Lane(lane)] += count
        return counts

    def get_event(
        self, organization_id: str, direction: Direction, connection_id: str, event_id: str, now: datetime
    ) -> StoredEvent:
        self._leases.flush()
        row = TABLES[direction]
        document = OutboxRow.body if row is OutboxRow else InboxRow.document
        query = (
            details_of(row, now)
            .add_columns(document.label("document"))
            .where(row.id == event_id, row.connection_id == connection_id, row.organization_id == organization_id)
        )
        read = self._session.execute(query).one_or_none()
        if read is None:
            raise event_not_found(event_id)
        return StoredEvent(_event(direction, read), _message(direction, read))


def _event(direction: Direction, read: Any) -> QueueEvent:
    status = QueueStatus(read.status)
    partner = note_from_row(read.ConnectionNoteRow).partner if read.ConnectionNoteRow else Partner()
    circumstances = Circumstances(ConnectionStatus(read.connection_status), partner, read.is_twin_held, read.has_error)
    hold = hold_of(status, circumstances)
    is_applying = direction is Direction.INCOMING and status is QueueStatus.APPLYING
    return QueueEvent(
        id=read.id,
        direction=direction,
        lane=Lane(read.lane),
        connection_id=read.connection_id,
        connection_name=read.connection_name,
        remote_organization_id=read.remote_organization_id or "",
        remote_name=read.remote_name or "",
        twin_id=read.twin_id,
        kind=read.kind,
        stored_status=status,
        hold=hold,
        reason=read.reason,
        sequence=read.sequence,
        work_item_id=read.twin_work_item_id or read.work_item_id,
        remote_work_item_id=read.remote_work_item_id or 0,
        remote_url=read.remote_url or "",
        created_at=read.created_at,
        settled_at=read.settled_at,
        attempts=read.attempts + ((read.twin_attempts or 0) if is_applying else 0),
        last_attempt_at=read.last_attempt_at,
        is_at_work=bool(read.is_at_work) and status in _MOVING[direction],
        hold_since=partner.since if hold in PARTNER_HOLDS else None,
    )


def _message(direction: Direction, read: Any) -> Message | None:
    with suppress(ValidationError):
        if direction is Direction.INCOMING:
            return message_from_document(from_text(read.document))
        body = body_from_document(read.kind, from_text(read.document))
        return Message(read.id, read.sequence, read.kind, read.twin_id, body, read.created_at)
    return None

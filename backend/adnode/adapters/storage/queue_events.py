"""Lists of the sync queue's events as SQL: which, in which order, and what stands beside them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    SQLColumnExpression,
    and_,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    union_all,
)

from adnode.adapters.storage.hub_rows import ConnectionNoteRow
from adnode.adapters.storage.keyset import paged
from adnode.adapters.storage.message_rows import InboxRow, OutboxRow, is_unfinished
from adnode.adapters.storage.rows import ConnectionRow, ErrorRecordRow, TwinRow, is_held
from adnode.domain.connection import ConnectionStatus
from adnode.domain.connection_note import ALARM_CALLS
from adnode.domain.error_record import ErrorStatus
from adnode.domain.message import QueueStatus
from adnode.domain.synced_change import Direction
from adnode.domain.twin import TwinStatus
from adnode.ports.queue_view import EventFilter, EventOrder, EventPlace, EventSort

EventRow = type[OutboxRow] | type[InboxRow]
TABLES: Mapping[Direction, EventRow] = {Direction.OUTGOING: OutboxRow, Direction.INCOMING: InboxRow}
BLOCKED = QueueStatus.BLOCKED.value
_OPEN = ErrorStatus.OPEN.value
_ACTIVE = ConnectionStatus.ACTIVE.value
_FREE = (QueueStatus.WAITING.value, QueueStatus.SENDING.value)


def pages_of(
    directions: Sequence[Direction], wanted: EventFilter, order: EventOrder, after: EventPlace | None, limit: int
) -> Any:
    """Return the query for where events stand, from a place on: what they are sorted by, id, connection, direction."""
    pages = [_page_of(direction, wanted, order, after, limit) for direction in directions]
    if len(pages) == 1:
        return pages[0]
    joined = union_all(*(select(page.subquery()) for page in pages)).subquery()
    return select(joined).order_by(*_in_order(joined.c, order)).limit(limit)


def _in_order(columns: Any, order: EventOrder) -> list[ColumnElement[Any]]:
    names = (columns.value, columns.id, columns.connection_id)
    return [column.desc() if order.is_descending else column for column in names]


def _page_of(direction: Direction, wanted: EventFilter, order: EventOrder, after: EventPlace | None, limit: int) -> Any:
    row = TABLES[direction]
    value = _sorted_by(row, order.sort, wanted.organization_id)
    columns: list[SQLColumnExpression[Any]] = [value, row.id, row.connection_id]
    key: Sequence[Any] | None = after
    if order.sort is EventSort.ID:
        columns, key = columns[1:], after[1:] if after else None
    place: tuple[Any, ...] = (
        value.label("value"),
        row.id,
        row.connection_id,
        literal(direction.value).label("direction"),
    )
    query: Any = select(*place).where(*conditions(row, wanted))
    return paged(query, columns, key, limit, is_descending=order.is_descending)


def count_of(row: EventRow, wanted: EventFilter) -> Select[int]:
    """Return the query for how many events of one table there are."""
    return select(func.count()).select_from(row).where(*conditions(row, wanted))


def conditions(row: EventRow, wanted: EventFilter) -> list[ColumnElement[bool]]:
    """Return what the events of a filter have in common."""
    found: list[Any] = [row.organization_id == wanted.organization_id, row.lane == wanted.lane.value]
    if wanted.finished_since is None:
        found.append(is_unfinished(row))
    else:
        found.append(or_(is_unfinished(row), row.settled_at >= wanted.finished_since))
    if wanted.connection_id:
        found.append(row.connection_id == wanted.connection_id)
    if wanted.statuses:
        found.append(shown_status(row, wanted.organization_id).in_([status.value for status in wanted.statuses]))
    if wanted.work_item_id is not None:
        found.append(row.twin_id.in_(_twins_of_work_item(wanted.organization_id, wanted.work_item_id)))
    return found


def shown_status(row: EventRow, organization_id: str) -> ColumnElement[str]:
    """Return the status that people see: BLOCKED where ``hold_of`` says so."""
    is_blocked = _is_outgoing_held(organization_id) if row is OutboxRow else _is_incoming_held(organization_id)
    return case((or_(row.status == QueueStatus.PARKED.value, is_blocked), BLOCKED), else_=row.status)


def _is_outgoing_held(organization_id: str) -> ColumnElement[bool]:
    stopped = _connections(organization_id, ConnectionRow.status != _ACTIVE)
    away = select(ConnectionNoteRow.connection_id).where(
        or_(ConnectionNoteRow.remote_status.is_not(None), ConnectionNoteRow.failed_calls >= ALARM_CALLS)
    )
    is_held = or_(OutboxRow.connection_id.in_(stopped), OutboxRow.connection_id.in_(away))
    return and_(OutboxRow.status.in_(_FREE), is_held)


def _is_incoming_held(organization_id: str) -> ColumnElement[bool]:
    failed = select(ErrorRecordRow.twin_id).where(
        ErrorRecordRow.organization_id == organization_id,
        ErrorRecordRow.status == _OPEN,
        ErrorRecordRow.is_remote.is_(False),
        ErrorRecordRow.twin_id != "",
    )
    held = select(TwinRow.id).where(TwinRow.organization_id == organization_id, is_held())
    return and_(
        InboxRow.status == QueueStatus.APPLYING.value,
        or_(
            InboxRow.connection_id.in_(_connections(organization_id, ConnectionRow.status != _ACTIVE)),
            InboxRow.twin_id.in_(failed),
            InboxRow.twin_id.in_(held),
        ),
    )


def _connections(organization_id: str, condition: ColumnElement[bool]) -> Select[str]:
    return select(ConnectionRow.id).where(ConnectionRow.organization_id == organization_id, condition)


def _twins_of_work_item(organization_id: str, work_item_id: int) -> CompoundSelect[str]:
    ours = select(TwinRow.id).where(TwinRow.organization_id == organization_id)
    # Two queries in one, so that each uses its index.
    return ours.where(TwinRow.work_item_id == work_item_id).union_all(
        ours.where(TwinRow.remote_work_item_id == work_item_id)
    )


def _sorted_by(row: EventRow, sort: EventSort, organization_id: str) -> SQLColumnExpression[Any]:
    columns: Mapping[EventSort, SQLColumnExpression[Any]] = {
        EventSort.ID: row.id,
        EventSort.SEQUENCE: row.sequence,
        EventSort.KIND: row.kind,
        EventSort.TWIN: row.twin_id,
        EventSort.WORK_ITEM: row.work_item_id,
        EventSort.AGE: row.created_at,
    }
    if sort is EventSort.STATUS:
        return shown_status(row, organization_id)
    if sort is EventSort.CONNECTION:
        name = select(func.lower(ConnectionRow.name)).where(ConnectionRow.id == row.connection_id)
        return func.coalesce(name.scalar_subquery(), "")
    return columns[sort]


def details_of(row: EventRow, now: datetime) -> Select[*tuple[Any, ...]]:
    """Return the query for events of one table with all that stands beside them."""
    has_error = exists().where(
        ErrorRecordRow.twin_id == row.twin_id,
        ErrorRecordRow.status == _OPEN,
        ErrorRecordRow.connection_id == row.connection_id,
        ErrorRecordRow.is_remote.is_(False),
    )
    is_twin = and_(TwinRow.id == row.twin_id, TwinRow.connection_id == row.connection_id)
    is_twin_held = and_(TwinRow.is_held.is_(True), TwinRow.status != TwinStatus.UNLINKED.value)
    is_leased = and_(TwinRow.lease_owner.is_not(None), TwinRow.lease_until > now)
    is_sending = and_(ConnectionRow.sender_owner.is_not(None), ConnectionRow.sender_until > now)
    return (
        select(
            *(row.id, row.connection_id, row.lane, row.twin_id, row.kind, row.status, row.reason, row.sequence),
            *(row.work_item_id, row.created_at, row.settled_at, row.attempts, row.last_attempt_at),
            ConnectionRow.name.label("connection_name"),
            ConnectionRow.peer_organization_id.label("remote_organization_id"),
            ConnectionRow.peer_organization_name.label("remote_name"),
            ConnectionRow.status.label("connection_status"),
            ConnectionNoteRow,
            TwinRow.work_item_id.label("twin_work_item_id"),
            TwinRow.remote_work_item_id,
            TwinRow.remote_url,
            TwinRow.attempts.label("twin_attempts"),
            func.coalesce(is_twin_held, False).label("is_twin_held"),
            has_error.label("has_error"),
            func.coalesce(is_sending if row is OutboxRow else is_leased, False).label("is_at_work"),
        )
        .join(ConnectionRow, ConnectionRow.id == row.connection_id)
        .outerjoin(ConnectionNoteRow, ConnectionNoteRow.connection_id == row.connection_id)
        .outerjoin(TwinRow, is_twin)
    )

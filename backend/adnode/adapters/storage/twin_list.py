"""Lists of twins in the database: filtered, sorted and paged there, without their states."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, false, func, literal_column, select, union_all
from sqlalchemy.orm import Session, aliased

from adnode.adapters.storage.conflicts import UNDECIDED
from adnode.adapters.storage.keyset import paged
from adnode.adapters.storage.leases import UNLINKED, Leases
from adnode.adapters.storage.message_rows import InboxRow, OutboxRow, is_unsent
from adnode.adapters.storage.rows import ConflictRow, ErrorRecordRow, TraceRow, TwinRow
from adnode.adapters.storage.statements import from_text, read_rows
from adnode.adapters.storage.traces import trace_from_row
from adnode.domain.message import MessageKind, QueueStatus
from adnode.domain.message_documents import message_from_document
from adnode.domain.trace import Trace
from adnode.domain.twin import TwinStatus
from adnode.domain.twin_list import TwinEntry, TwinFilter, TwinKey, TwinSearch, TwinSort, make_title_key
from adnode.ports.twin_list import ReceivedMessage

_FILE_KINDS = (
    MessageKind.CONTENT_REQUESTED.value,
    MessageKind.CONTENT_SENT.value,
    MessageKind.CONTENT_FAILED.value,
)
_COLUMNS: Mapping[TwinSort, SQLColumnExpression[Any]] = {
    TwinSort.SYNCHRONIZED_AT: TwinRow.synchronized_at,
    TwinSort.CREATED_AT: TwinRow.created_at,
    TwinSort.WORK_ITEM_ID: TwinRow.work_item_id,
    TwinSort.TITLE: TwinRow.title_key,
    TwinSort.STATUS: TwinRow.status,
}
_MAY_BE_MISSING = (TwinSort.SYNCHRONIZED_AT, TwinSort.WORK_ITEM_ID)
_ENTRY: tuple[SQLColumnExpression[Any], ...] = (
    TwinRow.id,
    TwinRow.connection_id,
    TwinRow.status,
    TwinRow.created_at,
    TwinRow.work_item_id,
    TwinRow.project,
    TwinRow.title,
    TwinRow.remote_work_item_id,
    TwinRow.remote_url,
    TwinRow.synchronized_at,
    TwinRow.is_held,
)


class SqlTwinList:
    """TwinListRepository on SQL."""

    def __init__(self, session: Session, leases: Leases) -> None:
        self._session = session
        self._leases = leases

    def list_page(
        self, wanted: TwinFilter, sort: TwinSort, *, is_descending: bool, after: TwinKey | None, limit: int
    ) -> list[TwinEntry]:
        self._leases.flush()
        query: Select[Any] = select(*_ENTRY).where(*_conditions(wanted))
        if sort is TwinSort.CONNECTION:
            return self._by_connection(wanted, query, is_descending=is_descending, after=after, limit=limit)
        column = _COLUMNS[sort]
        if sort not in _MAY_BE_MISSING:
            return self._rows(paged(query, [column, TwinRow.id], after, limit, is_descending=is_descending))
        return self._missing_last(query, column, is_descending=is_descending, after=after, limit=limit)

    def _missing_last(
        self,
        query: Select[Any],
        column: SQLColumnExpression[Any],
        *,
        is_descending: bool,
        after: TwinKey | None,
        limit: int,
    ) -> list[TwinEntry]:
        """Where nothing is there yet counts as the latest: databases disagree about that, so it is asked for apart."""
        rows: list[TwinEntry] = []
        is_missing = after is not None and after[0] is None
        parts = (True, False) if is_descending else (False, True)
        for part in parts[parts.index(is_missing) if after is not None else 0 :]:
            key = after if after is not None and is_missing is part else None
            columns = [TwinRow.id] if part else [column, TwinRow.id]
            narrowed = query.where(column.is_(None) if part else column.is_not(None))
            place = key[1:] if key and part else key
            rows += self._rows(paged(narrowed, columns, place, limit - len(rows), is_descending=is_descending))
            if len(rows) >= limit:
                break
        return rows

    def _by_connection(
        self, wanted: TwinFilter, query: Select[Any], *, is_descending: bool, after: TwinKey | None, limit: int
    ) -> list[TwinEntry]:
        """Take one connection after the other: its twins lie together, sorted, and only those that have any are asked
        for.
        """
        order = list(reversed(wanted.connection_ids)) if is_descending else list(wanted.connection_ids)
        filled = {connection_id for connection_id, count in self._counts(wanted).items() if count}
        start = order.index(str(after[0])) if after is not None and after[0] in order else 0
        rows: list[TwinEntry] = []
        for connection_id in [each for each in order[start:] if each in filled]:
            key = after[1:] if after is not None and after[0] == connection_id else None
            narrowed = query.where(TwinRow.connection_id == connection_id)
            rows += self._rows(paged(narrowed, [TwinRow.id], key, limit - len(rows), is_descending=is_descending))
            if len(rows) >= limit:
                break
        return rows

    def _counts(self, wanted: TwinFilter) -> dict[str, int]:
        query = select(TwinRow.connection_id, func.count()).where(*_conditions(wanted)).group_by(TwinRow.connection_id)
        return {connection_id: int(count) for connection_id, count in self._session.execute(query)}

    def _rows(self, query: Select[Any]) -> list[TwinEntry]:
        return [
            TwinEntry(**(row._asdict() | {"status": TwinStatus(row.status)})) for row in self._session.execute(query)
        ]

    def count(self, wanted: TwinFilter) -> int:
        self._leases.flush()
        return self._session.scalar(select(func.count(TwinRow.id)).where(*_conditions(wanted))) or 0

    def list_traces(
        self, organization_id: str, work_item_id: int, *, after: tuple[str, str] | None, limit: int
    ) -> list[Trace]:
        query = select(TraceRow).where(*_of_work_item(organization_id, work_item_id))
        ordered = paged(query, [TraceRow.kind, TraceRow.key], after, limit, is_descending=False)
        return [trace_from_row(row) for row in read_rows(self._session, ordered)]

    def count_traces(self, organization_id: str, work_item_id: int) -> int:
        query = select(func.count(TraceRow.key)).where(*_of_work_item(organization_id, work_item_id))
        return self._session.scalar(query) or 0

    def last_received(self, connection_id: str, twin_id: str) -> ReceivedMessage | None:
        query = (
            select(InboxRow)
            .where(
                InboxRow.twin_id == twin_id,
                InboxRow.connection_id == connection_id,
                InboxRow.kind == MessageKind.STATE.value,
            )
            .order_by(InboxRow.created_at.desc(), InboxRow.sequence.desc())
            .limit(1)
        )
        rows = read_rows(self._session, query)
        return ReceivedMessage(message_from_document(from_text(rows[0].document)), rows[0].created_at) if rows else None

    def count_files(self, connection_id: str, twin_id: str) -> int:
        outgoing = select(func.count(OutboxRow.id)).where(
            OutboxRow.twin_id == twin_id,
            OutboxRow.connection_id == connection_id,
            OutboxRow.kind.in_(_FILE_KINDS),
            is_unsent(),
        )
        incoming = select(func.count(InboxRow.id)).where(
            InboxRow.twin_id == twin_id,
            InboxRow.connection_id == connection_id,
            InboxRow.kind.in_(_FILE_KINDS),
            InboxRow.status == QueueStatus.APPLYING.value,
        )
        return (self._session.scalar(outgoing) or 0) + (self._session.scalar(incoming) or 0)


def _of_work_item(organization_id: str, work_item_id: int) -> tuple[ColumnElement[bool], ...]:
    return TraceRow.organization_id == organization_id, TraceRow.work_item_id == work_item_id


def _conditions(wanted: TwinFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [TwinRow.organization_id == wanted.organization_id]
    if len(wanted.connection_ids) == 1:
        conditions.append(TwinRow.connection_id == wanted.connection_ids[0])
    elif wanted.connection_ids:
        conditions.append(TwinRow.connection_id.in_(wanted.connection_ids))
    if wanted.statuses:
        conditions.append(TwinRow.status.in_(sorted(status.value for status in wanted.statuses)))
    else:
        conditions.append(TwinRow.status != UNLINKED)
    if wanted.project:
        conditions.append(TwinRow.project == wanted.project)
    if wanted.synchronized_after is not None:
        conditions.append(TwinRow.synchronized_at >= wanted.synchronized_after)
    if wanted.synchronized_before is not None:
        conditions.append(TwinRow.synchronized_at < wanted.synchronized_before)
    return [*conditions, *_error_conditions(wanted), *_conflict_conditions(wanted), *_search_conditions(wanted)]


def _error_conditions(wanted: TwinFilter) -> list[ColumnElement[bool]]:
    # Said as the index of open records alone says it, or that would not be used.
    is_open = ErrorRecordRow.status == literal_column("'open'")
    of_organization = select(ErrorRecordRow.twin_id).where(
        ErrorRecordRow.organization_id == wanted.organization_id, is_open
    )
    of_twin = select(ErrorRecordRow.id).where(ErrorRecordRow.twin_id == TwinRow.id, is_open)
    return _having(of_organization, of_twin, is_wanted=wanted.has_error)


def _conflict_conditions(wanted: TwinFilter) -> list[ColumnElement[bool]]:
    all_of_them = select(ConflictRow.twin_id).where(ConflictRow.status.in_(UNDECIDED))
    of_twin = select(ConflictRow.id).where(ConflictRow.twin_id == TwinRow.id, ConflictRow.status.in_(UNDECIDED))
    return _having(all_of_them, of_twin, is_wanted=wanted.has_conflict)


def _having(those: Select[Any], of_twin: Select[Any], *, is_wanted: bool | None) -> list[ColumnElement[bool]]:
    """The few that have some are found from there; whether one has none is asked twin by twin."""
    if is_wanted is None:
        return []
    return [TwinRow.id.in_(those)] if is_wanted else [~of_twin.exists()]


def _search_conditions(wanted: TwinFilter) -> list[ColumnElement[bool]]:
    """Each part of a search has an index of its own, so each is asked apart."""
    if wanted.search is None:
        return []
    twin = aliased(TwinRow)
    of_organization = select(twin.id).where(twin.organization_id == wanted.organization_id)
    found = [of_organization.where(condition) for condition in _searches(twin, wanted.search)]
    return [TwinRow.id.in_(union_all(*found))] if found else [false()]


def _searches(twin: type[TwinRow], search: TwinSearch) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if search.work_item_id is not None:
        conditions.append(twin.work_item_id == search.work_item_id)
    if search.remote_work_item_id is not None:
        conditions.append(twin.remote_work_item_id == search.remote_work_item_id)
    if search.title_part:
        conditions.append(twin.title_key.contains(make_title_key(search.title_part), autoescape=True))
    return conditions

"""Twins and everything that hangs on them in the database."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, Table, and_, delete, func, select, tuple_, update
from sqlalchemy.orm import Session

from adnode.adapters.storage.clean_up_rows import ForgottenTwinRow
from adnode.adapters.storage.leases import UNLINKED, Leases
from adnode.adapters.storage.message_rows import InboxRow, OutboxRow, is_unsent
from adnode.adapters.storage.rows import ConflictRow, ContentRow, ErrorRecordRow, Row, TraceRow, TwinRow
from adnode.adapters.storage.statements import changed_rows, chunked, from_text
from adnode.adapters.storage.turns import Turns
from adnode.adapters.storage.upserts import replace_all
from adnode.domain.clean_up import Pair, SyncMetadata
from adnode.domain.connecting_documents import terms_from_document
from adnode.domain.error_record import ErrorStatus
from adnode.domain.message import TRANSITIONS, QueueStatus

KEPT_TABLES = frozenset({"outbox", "inbox", "job_rows", "forgotten_twins", "proposal_rows", "partings"})
"""What speaks of a twin and outlives it: messages are only cancelled, because their ids must stay known; rows of jobs
are what the file for connecting again is made of; proposals say what became of them, and partings what ended.
"""
_CANCELLABLE = [before.value for before, after in TRANSITIONS.items() if QueueStatus.CANCELLED in after]
_Pairs = Select[str, str, int | None, int | None, str, str | None]
_AboutTwin = OutboxRow | InboxRow | ErrorRecordRow | ConflictRow
_PAIR = (
    TwinRow.id,
    TwinRow.connection_id,
    TwinRow.work_item_id,
    TwinRow.remote_work_item_id,
    TwinRow.status,
    TwinRow.terms,
)


class SqlCleanUp:
    """CleanUpRepository on SQL."""

    def __init__(self, session: Session, turns: Turns, leases: Leases) -> None:
        self._session = session
        self._turns = turns
        self._leases = leases

    def list_pairs(self, connection_id: str, *, after: str = "", limit: int) -> list[Pair]:
        self._leases.flush()
        query = select(*_PAIR).where(TwinRow.connection_id == connection_id, TwinRow.id > after)
        return self._pairs(query.order_by(TwinRow.id).limit(limit))

    def find_pairs(self, twin_ids: Collection[str]) -> Mapping[str, Pair]:
        self._leases.flush()
        pairs = [pair for ids in chunked(twin_ids) for pair in self._pairs(select(*_PAIR).where(TwinRow.id.in_(ids)))]
        return {pair.twin_id: pair for pair in pairs}

    def find_by_remote(self, connection_id: str, remote_work_item_ids: Collection[int]) -> list[Pair]:
        self._leases.flush()
        organization_id = _organization_of(connection_id)
        found: list[Pair] = []
        for ids in chunked(remote_work_item_ids):
            query = select(*_PAIR).where(
                TwinRow.organization_id == organization_id,
                TwinRow.remote_work_item_id.in_(ids),
                TwinRow.connection_id == connection_id,
                TwinRow.status != UNLINKED,
            )
            found += self._pairs(query)
        return sorted(found, key=lambda pair: pair.twin_id)

    def _pairs(self, query: _Pairs) -> list[Pair]:
        return [
            Pair(twin_id, connection_id, work_item_id, remote_id or _offered(terms), status == UNLINKED)
            for twin_id, connection_id, work_item_id, remote_id, status, terms in self._session.execute(query)
        ]

    def count(self, connection_id: str, twin_ids: Collection[str] | None = None) -> SyncMetadata:
        self._leases.flush()
        if twin_ids is None:
            return self._count(connection_id, None)
        return sum((self._count(connection_id, ids) for ids in chunked(twin_ids)), SyncMetadata())

    def _count(self, connection_id: str, twin_ids: Sequence[str] | None) -> SyncMetadata:
        def of(row: type[_AboutTwin]) -> list[ColumnElement[bool]]:
            is_of_connection = row.connection_id == connection_id
            return [is_of_connection, row.twin_id != "" if twin_ids is None else row.twin_id.in_(twin_ids)]

        is_ours = [TwinRow.connection_id == connection_id]
        twins = is_ours if twin_ids is None else [*is_ours, TwinRow.id.in_(twin_ids)]
        is_applying = InboxRow.status == QueueStatus.APPLYING.value
        is_open = ErrorRecordRow.status == ErrorStatus.OPEN.value
        is_traced = and_(
            TraceRow.organization_id == TwinRow.organization_id, TraceRow.work_item_id == TwinRow.work_item_id
        )
        traces = select(func.count()).select_from(TwinRow).join(TraceRow, is_traced)
        return SyncMetadata(
            twins=self._number(_rows_of(TwinRow).where(*twins)),
            outgoing=self._number(_rows_of(OutboxRow).where(*of(OutboxRow), is_unsent())),
            incoming=self._number(_rows_of(InboxRow).where(*of(InboxRow), is_applying)),
            errors=self._number(_rows_of(ErrorRecordRow).where(*of(ErrorRecordRow), is_open)),
            conflicts=self._number(_rows_of(ConflictRow).where(*of(ConflictRow))),
            traces=self._number(traces.where(*twins, ~_is_needed(connection_id))),
        )

    def _number(self, query: Select[int]) -> int:
        return self._session.scalar(query) or 0

    def forget(self, connection_id: str, twin_ids: Collection[str], now: datetime, *, for_good: bool = True) -> int:
        self._leases.flush()
        self._turns.take(connection_id)
        return sum(self._forget(connection_id, ids, now, for_good=for_good) for ids in chunked(twin_ids))

    def _forget(self, connection_id: str, twin_ids: Sequence[str], now: datetime, *, for_good: bool) -> int:
        query = select(TwinRow.id, TwinRow.organization_id, TwinRow.work_item_id).where(
            TwinRow.connection_id == connection_id, TwinRow.id.in_(twin_ids)
        )
        rows = self._session.execute(query.with_for_update()).all()
        found = [row.id for row in rows]
        changed_rows(self._session, delete(TwinRow).where(TwinRow.id.in_(found)))
        self._cancel_messages(connection_id, twin_ids, now)
        for table in _tables_about_twins():
            changed_rows(self._session, delete(table).where(table.c.twin_id.in_(found)))
        self._delete_traces(connection_id, {(row.organization_id, row.work_item_id) for row in rows})
        if for_good:
            values = [
                {"connection_id": connection_id, "twin_id": twin_id, "forgotten_at": now}
                for twin_id in dict.fromkeys(twin_ids)
            ]
            replace_all(self._session, ForgottenTwinRow, values, keys=["connection_id", "twin_id"])
        return len(found)

    def _cancel_messages(self, connection_id: str, twin_ids: Sequence[str], now: datetime) -> None:
        for row in (OutboxRow, InboxRow):
            statement = update(row).where(
                row.twin_id.in_(twin_ids), row.connection_id == connection_id, row.status.in_(_CANCELLABLE)
            )
            changed_rows(self._session, statement.values(status=QueueStatus.CANCELLED.value, settled_at=now))

    def _delete_traces(self, connection_id: str, work_items: set[tuple[str, int | None]]) -> None:
        for organization_id in {organization_id for organization_id, _ in work_items}:
            numbers = [number for owner, number in work_items if owner == organization_id and number is not None]
            unneeded = and_(
                TraceRow.organization_id == organization_id,
                TraceRow.work_item_id.in_(numbers),
                ~_is_needed(),
            )
            keys = select(TraceRow.key).where(unneeded)
            uploads = delete(ContentRow).where(ContentRow.connection_id == connection_id, ContentRow.key.in_(keys))
            changed_rows(self._session, uploads)
            changed_rows(self._session, delete(TraceRow).where(unneeded))

    def forgotten(self, connection_id: str, twin_ids: Collection[str]) -> set[str]:
        found: set[str] = set()
        for ids in chunked(twin_ids):
            query = select(ForgottenTwinRow.twin_id).where(
                ForgottenTwinRow.connection_id == connection_id, ForgottenTwinRow.twin_id.in_(ids)
            )
            found.update(self._session.scalars(query))
        return found

    def expire(self, before: datetime, limit: int = 1000) -> int:
        names = (ForgottenTwinRow.connection_id, ForgottenTwinRow.twin_id)
        old = select(*names).where(ForgottenTwinRow.forgotten_at < before)
        old = old.order_by(ForgottenTwinRow.forgotten_at).limit(limit)
        return changed_rows(self._session, delete(ForgottenTwinRow).where(tuple_(*names).in_(old)))


def _offered(terms: str | None) -> int | None:
    """Return the other side's work item that the terms of a connected twin name."""
    return terms_from_document(from_text(terms)).remote_work_item_id if terms else None


def _rows_of(row: type[Row]) -> Select[int]:
    return select(func.count()).select_from(row)


def _organization_of(connection_id: str) -> ColumnElement[str]:
    return select(TwinRow.organization_id).where(TwinRow.connection_id == connection_id).limit(1).scalar_subquery()


def _tables_about_twins() -> list[Table]:
    tables = Row.metadata.tables
    return [table for name, table in sorted(tables.items()) if "twin_id" in table.columns and name not in KEPT_TABLES]


def _is_needed(other_than: str = "") -> ColumnElement[bool]:
    """Say of a trace whether its work item is under sync (over another connection than that one)."""
    needing = (
        select(TwinRow.id)
        .where(
            TwinRow.organization_id == TraceRow.organization_id,
            TwinRow.work_item_id == TraceRow.work_item_id,
            TwinRow.status != UNLINKED,
            TwinRow.connection_id != other_than,
        )
        .correlate(TraceRow)
    )
    return needing.exists()

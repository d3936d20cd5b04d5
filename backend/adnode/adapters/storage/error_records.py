"""Error and conflict records in the database."""

from collections.abc import Collection, Mapping
from dataclasses import asdict
from datetime import datetime
from functools import cache

from sqlalchemy import Update, bindparam, case, delete, literal_column, select, text, update
from sqlalchemy.orm import Session

from adnode.adapters.storage.conflicts import conflict_from_row
from adnode.adapters.storage.error_lists import ErrorLists
from adnode.adapters.storage.error_record_values import record_from_row, record_values
from adnode.adapters.storage.rows import ConflictRow, ErrorRecordRow
from adnode.adapters.storage.statements import changed_rows, chunked, read_rows
from adnode.adapters.storage.turns import Turns
from adnode.adapters.storage.upserts import insert, insert_new
from adnode.domain.error_record import (
    GRAVE,
    NOTE_LIMIT,
    ConflictRecord,
    ErrorRecord,
    ErrorStatus,
    Impact,
    Resolution,
)
from adnode.domain.errors import NotFoundError, ValidationError
from adnode.ports.error_storage import ErrorFilter, ErrorGroup, ErrorKey, ErrorSort

CAUSE = ["organization_id", "connection_id", "twin_id", "subject", "code"]
"""What makes an open record unique."""
REPEATED = (
    "message",
    "last_seen_at",
    "is_transient",
    "correlation_id",
    "technical",
    "retried_at",
    "cause_key",
)
"""What a repetition brings with it."""
IS_OPEN = ErrorRecordRow.status == ErrorStatus.OPEN.value
IS_RETRY_DUE = text("error_records.is_retry_due")
"""Said as the index says it, else it is not used."""


class SqlErrorRecords:
    """ErrorRecordRepository on SQL."""

    def __init__(self, session: Session, turns: Turns) -> None:
        self._session = session
        self._turns = turns
        self._lists = ErrorLists(session)

    def open(self, record: ErrorRecord) -> ErrorRecord:
        self._turns.take(record.connection_id)
        statement = insert(self._session, ErrorRecordRow).values(**record_values(record))
        repeated = {name: statement.excluded[name] for name in REPEATED}
        counted = statement.on_conflict_do_update(
            index_elements=CAUSE,
            index_where=ErrorRecordRow.status == literal_column(f"'{ErrorStatus.OPEN.value}'"),
            set_={"occurrences": ErrorRecordRow.occurrences + 1, **repeated},
        ).returning(ErrorRecordRow)
        return record_from_row(self._session.scalars(counted, execution_options={"populate_existing": True}).one())

    def close(
        self,
        now: datetime,
        *,
        connection_id: str = "",
        twin_id: str = "",
        organization_id: str = "",
        code: str = "",
        subject: str | None = None,
    ) -> int:
        wanted = {
            "connection_id": connection_id,
            "twin_id": twin_id,
            "organization_id": organization_id,
            "code": code,
        }
        conditions = {name: value for name, value in wanted.items() if value}
        if not conditions:
            raise ValidationError("Say which error records to close.")
        if subject is not None:
            conditions["subject"] = subject
        self._turns.take(connection_id)
        parameters = {f"wanted_{name}": value for name, value in conditions.items()}
        closed = self._session.connection().execute(_closing(*conditions), parameters | {"now": now})
        return closed.rowcount

    def get(self, record_id: str) -> ErrorRecord:
        rows = read_rows(self._session, select(ErrorRecordRow).where(ErrorRecordRow.id == record_id))
        if not rows:
            raise NotFoundError(f"There is no error {record_id} here. List the errors to see their ids.")
        return record_from_row(rows[0])

    def list_records(
        self, *, connection_id: str = "", twin_id: str = "", include_closed: bool = False, limit: int = 200
    ) -> list[ErrorRecord]:
        query = select(ErrorRecordRow).order_by(ErrorRecordRow.opened_at.desc(), ErrorRecordRow.id).limit(limit)
        if connection_id:
            query = query.where(ErrorRecordRow.connection_id == connection_id)
        if twin_id:
            query = query.where(ErrorRecordRow.twin_id == twin_id)
        if not include_closed:
            query = query.where(ErrorRecordRow.status == ErrorStatus.OPEN.value)
        return [record_from_row(row) for row in read_rows(self._session, query)]

    def list_page(
        self, wanted: ErrorFilter, *, sort: ErrorSort, is_descending: bool, after: ErrorKey | None, limit: int
    ) -> list[ErrorRecord]:
        return self._lists.list_page(wanted, sort, after, limit, is_descending=is_descending)

    def list_groups(
        self, wanted: ErrorFilter, *, sort: ErrorSort, is_descending: bool, after: ErrorKey | None, limit: int
    ) -> list[ErrorGroup]:
        return self._lists.list_groups(wanted, sort, after, limit, is_descending=is_descending)

    def count(self, wanted: ErrorFilter) -> int:
        return self._lists.count(wanted)

    def count_groups(self, wanted: ErrorFilter) -> int:
        return self._lists.count_groups(wanted)

    def count_by_impact(self, wanted: ErrorFilter) -> Mapping[Impact, int]:
        return {Impact(impact): count for impact, count in self._lists.count_by(wanted, ErrorRecordRow.impact).items()}

    def count_by_code(self, wanted: ErrorFilter) -> Mapping[str, int]:
        return self._lists.count_by(wanted, ErrorRecordRow.code)

    def newest_grave(self, organization_id: str) -> ErrorRecord | None:
        return self._lists.newest_of(organization_id, GRAVE)

    def open_of_twins(self, twin_ids: Collection[str]) -> Mapping[str, list[ErrorRecord]]:
        found: dict[str, list[ErrorRecord]] = {}
        for ids in chunked(twin_ids):
            query = select(ErrorRecordRow).where(ErrorRecordRow.twin_id.in_(ids), IS_OPEN).order_by(ErrorRecordRow.id)
            for row in read_rows(self._session, query):
                found.setdefault(row.twin_id, []).append(record_from_row(row))
        return found

    def ask_for_retry(self, wanted: ErrorFilter, now: datetime, *, except_codes: Collection[str]) -> int:
        conditions = [*self._lists.conditions(wanted), IS_OPEN, ErrorRecordRow.code.not_in(sorted(except_codes))]
        self._turns.take_of(select(ErrorRecordRow.connection_id).where(*conditions).distinct())
        statement = update(ErrorRecordRow).where(*conditions).values(is_retry_due=True, retried_at=now)
        return changed_rows(self._session, statement)

    def retries_due(self, limit: int) -> list[ErrorRecord]:
        due = (
            select(ErrorRecordRow.id, ErrorRecordRow.connection_id)
            .where(IS_RETRY_DUE)
            .order_by(ErrorRecordRow.opened_at, ErrorRecordRow.id)
            .limit(limit)
        )
        rows = self._session.execute(due).all()
        self._turns.take(*{row.connection_id for row in rows})
        # Somebody else may have done them while their connection was waited for.
        query = select(ErrorRecordRow).where(ErrorRecordRow.id.in_([row.id for row in rows]), IS_RETRY_DUE)
        ordered = query.order_by(ErrorRecordRow.opened_at, ErrorRecordRow.id)
        return [record_from_row(row) for row in read_rows(self._session, ordered)] if rows else []

    def note_retries(self, record_ids: Collection[str], now: datetime) -> None:
        for ids in chunked(record_ids):
            self._take_turns_of(ids)
            statement = update(ErrorRecordRow).where(ErrorRecordRow.id.in_(ids), IS_OPEN)
            changed_rows(self._session, statement.values(is_retry_due=False, retried_at=now))

    def resolve(self, record_ids: Collection[str], now: datetime, *, resolved_by: str, note: str) -> int:
        count = 0
        for ids in chunked(record_ids):
            self._take_turns_of(ids)
            statement = update(ErrorRecordRow).where(ErrorRecordRow.id.in_(ids), IS_OPEN)
            closed = statement.values(
                status=ErrorStatus.CLOSED.value,
                closed_at=now,
                resolution=Resolution.RESOLVED.value,
                resolved_by=resolved_by,
                note=note[:NOTE_LIMIT],
                is_retry_due=False,
            )
            count += changed_rows(self._session, closed)
        return count

    def _take_turns_of(self, record_ids: Collection[str]) -> None:
        query = select(ErrorRecordRow.connection_id).where(ErrorRecordRow.id.in_(record_ids))
        self._turns.take_of(query.distinct())

    def forget_closed(self, before: datetime, limit: int = 1000) -> int:
        old = (
            select(ErrorRecordRow.id)
            .where(ErrorRecordRow.closed_at < before)
            .order_by(ErrorRecordRow.closed_at)
            .limit(limit)
        )
        return changed_rows(self._session, delete(ErrorRecordRow).where(ErrorRecordRow.id.in_(old)))

    def add_conflict(self, record: ConflictRecord) -> None:
        insert_new(self._session, ConflictRow, asdict(record))

    def list_conflicts(self, *, connection_id: str = "", twin_id: str = "", limit: int = 200) -> list[ConflictRecord]:
        query = select(ConflictRow).order_by(ConflictRow.happened_at.desc(), ConflictRow.id).limit(limit)
        if connection_id:
            query = query.where(ConflictRow.connection_id == connection_id)
        if twin_id:
            query = query.where(ConflictRow.twin_id == twin_id)
        return [conflict_from_row(row) for row in read_rows(self._session, query)]


@cache
def _closing(*names: str) -> Update:
    """Return what closes the open records that have the values wanted of these columns."""
    wanted = [getattr(ErrorRecordRow, name) == bindparam(f"wanted_{name}") for name in names]
    return (
        update(ErrorRecordRow)
        .where(*wanted, ErrorRecordRow.status == ErrorStatus.OPEN.value)
        .values(
            status=ErrorStatus.CLOSED.value,
            closed_at=bindparam("now"),
            is_retry_due=False,
            resolution=case(
                (ErrorRecordRow.retried_at.is_not(None), Resolution.RETRIED.value), else_=Resolution.BY_ITSELF.value
            ),
        )
    )

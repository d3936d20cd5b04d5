"""Error and conflict records in the database."""

from dataclasses import asdict, fields
from datetime import datetime
from functools import cache

from sqlalchemy import Update, bindparam, delete, literal_column, select, update
from sqlalchemy.orm import Session

from adnode.adapters.storage.rows import ConflictRow, ErrorRecordRow
from adnode.adapters.storage.statements import changed_rows, read_rows
from adnode.adapters.storage.turns import Turns
from adnode.adapters.storage.upserts import insert, insert_new
from adnode.domain.error_record import ConflictRecord, ErrorRecord, ErrorStatus, Impact
from adnode.domain.errors import NotFoundError, ValidationError

CAUSE = ["organization_id", "connection_id", "twin_id", "subject", "code"]
"""What makes an open record unique."""


class SqlErrorRecords:
    """ErrorRecordRepository on SQL."""

    def __init__(self, session: Session, turns: Turns) -> None:
        self._session = session
        self._turns = turns

    def open(self, record: ErrorRecord) -> ErrorRecord:
        self._turns.take(record.connection_id)
        statement = insert(self._session, ErrorRecordRow).values(**_values(record))
        counted = statement.on_conflict_do_update(
            index_elements=CAUSE,
            index_where=ErrorRecordRow.status == literal_column(f"'{ErrorStatus.OPEN.value}'"),
            set_={
                "occurrences": ErrorRecordRow.occurrences + 1,
                "message": statement.excluded.message,
                "last_seen_at": statement.excluded.last_seen_at,
                "is_transient": statement.excluded.is_transient,
            },
        ).returning(ErrorRecordRow)
        return _from_row(self._session.scalars(counted, execution_options={"populate_existing": True}).one())

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
        return _from_row(rows[0])

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
        return [_from_row(row) for row in read_rows(self._session, query)]

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
        return [_conflict(row) for row in read_rows(self._session, query)]


@cache
def _closing(*names: str) -> Update:
    """Return what closes the open records that have the values wanted of these columns."""
    wanted = [getattr(ErrorRecordRow, name) == bindparam(f"wanted_{name}") for name in names]
    return (
        update(ErrorRecordRow)
        .where(*wanted, ErrorRecordRow.status == ErrorStatus.OPEN.value)
        .values(status=ErrorStatus.CLOSED.value, closed_at=bindparam("now"))
    )


def _values(record: ErrorRecord) -> dict[str, object]:
    return asdict(record) | {"impact": record.impact.value, "status": record.status.value}


def _from_row(row: ErrorRecordRow) -> ErrorRecord:
    stored = {field.name: getattr(row, field.name) for field in fields(ErrorRecord)}
    return ErrorRecord(**(stored | {"impact": Impact(row.impact), "status": ErrorStatus(row.status)}))


def _conflict(row: ConflictRow) -> ConflictRecord:
    return ConflictRecord(**{field.name: getattr(row, field.name) for field in fields(ConflictRecord)})

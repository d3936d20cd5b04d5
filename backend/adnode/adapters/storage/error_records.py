"""Error and conflict records in the database."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from adnode.adapters.storage.rows import ConflictRow, ErrorRecordRow
from adnode.adapters.storage.statements import changed_rows
from adnode.domain.error_record import ConflictRecord, ErrorRecord, ErrorStatus, Impact
from adnode.domain.errors import NotFoundError, ValidationError


class SqlErrorRecords:
    """ErrorRecordRepository on SQL."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def open(self, record: ErrorRecord) -> ErrorRecord:
        query = (
            select(ErrorRecordRow)
            .where(
                ErrorRecordRow.organization_id == record.organization_id,
                ErrorRecordRow.connection_id == record.connection_id,
                ErrorRecordRow.twin_id == record.twin_id,
                ErrorRecordRow.subject == record.subject,
                ErrorRecordRow.code == record.code,
                ErrorRecordRow.status == ErrorStatus.OPEN.value,
            )
            .with_for_update()
        )
        row = self._session.scalars(query).first()
        if row is None:
            row = _to_row(record)
            self._session.add(row)
        else:
            row.occurrences += 1
            row.message, row.last_seen_at, row.is_transient = record.message, record.last_seen_at, record.is_transient
        self._session.flush()
        return _from_row(row)

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
            ErrorRecordRow.connection_id: connection_id,
            ErrorRecordRow.twin_id: twin_id,
            ErrorRecordRow.organization_id: organization_id,
            ErrorRecordRow.code: code,
        }
        conditions = [column == value for column, value in wanted.items() if value]
        if not conditions:
            raise ValidationError("Say which error records to close.")
        if subject is not None:
            conditions.append(ErrorRecordRow.subject == subject)
        statement = (
            update(ErrorRecordRow)
            .where(*conditions, ErrorRecordRow.status == ErrorStatus.OPEN.value)
            .values(status=ErrorStatus.CLOSED.value, closed_at=now)
        )
        return changed_rows(self._session, statement)

    def get(self, record_id: str) -> ErrorRecord:
        row = self._session.get(ErrorRecordRow, record_id, populate_existing=True)
        if row is None:
            raise NotFoundError(f"There is no error {record_id} here. List the errors to see their ids.")
        return _from_row(row)

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
        return [_from_row(row) for row in self._session.scalars(query.execution_options(populate_existing=True))]

    def add_conflict(self, record: ConflictRecord) -> None:
        self._session.add(
            ConflictRow(
                id=record.id,
                connection_id=record.connection_id,
                twin_id=record.twin_id,
                work_item_id=record.work_item_id,
                key=record.key,
                winner=record.winner,
                loser=record.loser,
                loser_changed_in=record.loser_changed_in,
                happened_at=record.happened_at,
            )
        )
        self._session.flush()

    def list_conflicts(self, *, connection_id: str = "", twin_id: str = "", limit: int = 200) -> list[ConflictRecord]:
        query = select(ConflictRow).order_by(ConflictRow.happened_at.desc(), ConflictRow.id).limit(limit)
        if connection_id:
            query = query.where(ConflictRow.connection_id == connection_id)
        if twin_id:
            query = query.where(ConflictRow.twin_id == twin_id)
        return [_conflict(row) for row in self._session.scalars(query)]


def _to_row(record: ErrorRecord) -> ErrorRecordRow:
    return ErrorRecordRow(
        id=record.id,
        organization_id=record.organization_id,
        connection_id=record.connection_id,
        twin_id=record.twin_id,
        impact=record.impact.value,
        code=record.code,
        message=record.message,
        opened_at=record.opened_at,
        last_seen_at=record.last_seen_at,
        subject=record.subject,
        occurrences=record.occurrences,
        is_transient=record.is_transient,
        is_remote=record.is_remote,
        status=record.status.value,
        closed_at=record.closed_at,
        work_item_id=record.work_item_id,
    )


def _from_row(row: ErrorRecordRow) -> ErrorRecord:
    return ErrorRecord(
        id=row.id,
        organization_id=row.organization_id,
        connection_id=row.connection_id,
        twin_id=row.twin_id,
        impact=Impact(row.impact),
        code=row.code,
        message=row.message,
        opened_at=row.opened_at,
        last_seen_at=row.last_seen_at,
        subject=row.subject,
        occurrences=row.occurrences,
        is_transient=row.is_transient,
        is_remote=row.is_remote,
        status=ErrorStatus(row.status),
        closed_at=row.closed_at,
        work_item_id=row.work_item_id,
    )


def _conflict(row: ConflictRow) -> ConflictRecord:
    return ConflictRecord(
        id=row.id,
        connection_id=row.connection_id,
        twin_id=row.twin_id,
        work_item_id=row.work_item_id,
        key=row.key,
        winner=row.winner,
        loser=row.loser,
        loser_changed_in=row.loser_changed_in,
        happened_at=row.happened_at,
    )

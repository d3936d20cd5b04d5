"""Values that lost, and what was decided about them, in the database."""

from collections.abc import Collection, Mapping
from dataclasses import fields
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from adnode.adapters.storage.rows import ConflictRow
from adnode.adapters.storage.statements import changed_rows, chunked, read_rows
from adnode.domain.error_record import CONFLICT_TRANSITIONS, ConflictRecord, ConflictStatus
from adnode.domain.errors import NotFoundError

UNDECIDED = (ConflictStatus.OPEN.value, ConflictStatus.WANTED.value)


class SqlConflicts:
    """ConflictRepository on SQL."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, conflict_id: str) -> ConflictRecord:
        rows = read_rows(self._session, select(ConflictRow).where(ConflictRow.id == conflict_id))
        if not rows:
            raise NotFoundError(f"There is no conflict {conflict_id} here. List the conflicts to see their ids.")
        return conflict_from_row(rows[0])

    def find_undecided(self, twin_ids: Collection[str]) -> Mapping[str, list[ConflictRecord]]:
        found: dict[str, list[ConflictRecord]] = {}
        for ids in chunked(twin_ids):
            query = select(ConflictRow).where(ConflictRow.twin_id.in_(ids), ConflictRow.status.in_(UNDECIDED))
            for row in read_rows(self._session, query.order_by(ConflictRow.happened_at, ConflictRow.id)):
                found.setdefault(row.twin_id, []).append(conflict_from_row(row))
        return found

    def list_of(self, twin_id: str, limit: int = 100) -> list[ConflictRecord]:
        query = select(ConflictRow).where(ConflictRow.twin_id == twin_id)
        ordered = query.order_by(ConflictRow.happened_at.desc(), ConflictRow.id).limit(limit)
        return [conflict_from_row(row) for row in read_rows(self._session, ordered)]

    def count_undecided(self, twin_ids: Collection[str]) -> Mapping[str, int]:
        found: dict[str, int] = {}
        for ids in chunked(twin_ids):
            query = (
                select(ConflictRow.twin_id, func.count())
                .where(ConflictRow.twin_id.in_(ids), ConflictRow.status.in_(UNDECIDED))
                .group_by(ConflictRow.twin_id)
            )
            found.update({twin_id: int(count) for twin_id, count in self._session.execute(query)})
        return found

    def settle(
        self, conflict_ids: Collection[str], status: ConflictStatus, now: datetime, *, resolved_by: str | None = None
    ) -> None:
        before = [known.value for known, after in CONFLICT_TRANSITIONS.items() if status in after]
        values: dict[str, object] = {"status": status.value, "resolved_at": now}
        if resolved_by is not None:
            values["resolved_by"] = resolved_by
        for ids in chunked(conflict_ids):
            statement = update(ConflictRow).where(ConflictRow.id.in_(ids), ConflictRow.status.in_(before))
            changed_rows(self._session, statement.values(values))

    def forget_decided(self, before: datetime, limit: int = 1000) -> int:
        old = (
            select(ConflictRow.id)
            .where(ConflictRow.resolved_at < before, ConflictRow.status.not_in(UNDECIDED))
            .order_by(ConflictRow.resolved_at)
            .limit(limit)
        )
        return changed_rows(self._session, delete(ConflictRow).where(ConflictRow.id.in_(old)))


def conflict_from_row(row: ConflictRow) -> ConflictRecord:
    """Return the record of a row."""
    stored = {field.name: getattr(row, field.name) for field in fields(ConflictRecord)}
    return ConflictRecord(**(stored | {"status": ConflictStatus(row.status)}))

"""Lists of error records: filtered, grouped, sorted and paged in the database."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, String, Subquery, cast, distinct, func, or_, select
from sqlalchemy.orm import Session

from adnode.adapters.storage.error_record_values import record_from_row
from adnode.adapters.storage.keyset import paged
from adnode.adapters.storage.rows import ErrorRecordRow
from adnode.adapters.storage.statements import read_rows
from adnode.domain.error_record import SEVERITY, ErrorRecord, ErrorStatus, Impact
from adnode.ports.error_storage import ErrorFilter, ErrorGroup, ErrorKey, ErrorSort

Columns = Sequence[SQLColumnExpression[Any]]


class ErrorLists:
    """The reading half of the error records, for pages."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def list_page(
        self, wanted: ErrorFilter, sort: ErrorSort, after: ErrorKey | None, limit: int, *, is_descending: bool
    ) -> list[ErrorRecord]:
        """Return records in that order, after the row whose key is given."""
        row, time = ErrorRecordRow, _time(wanted)
        orders: dict[ErrorSort, Columns] = {
            ErrorSort.TIME: (time, row.id),
            ErrorSort.COUNT: (row.occurrences, time, row.id),
            ErrorSort.IMPACT: (row.severity, time, row.id),
        }
        query = select(row).where(*self.conditions(wanted))
        ordered = paged(query, orders[sort], after, limit, is_descending=is_descending)
        return [record_from_row(found) for found in read_rows(self._session, ordered)]

    def list_groups(
        self, wanted: ErrorFilter, sort: ErrorSort, after: ErrorKey | None, limit: int, *, is_descending: bool
    ) -> list[ErrorGroup]:
        """Return one row for each cause in that order."""
        groups = self._groups(wanted)
        columns = groups.c
        orders: dict[ErrorSort, Columns] = {
            ErrorSort.TIME: (columns.newest_at, columns.cause_key),
            ErrorSort.COUNT: (columns.records, columns.newest_at, columns.cause_key),
            ErrorSort.IMPACT: (columns.severity, columns.newest_at, columns.cause_key),
        }
        rows = self._session.execute(paged(select(groups), orders[sort], after, limit, is_descending=is_descending))
        found = rows.all()
        samples = self._find([row.sample_id for row in found])
        return [
            ErrorGroup(
                cause_key=row.cause_key,
                sample=samples[row.sample_id],
                records=row.records,
                work_items=row.work_items,
                occurrences=int(row.occurrences),
                oldest_at=row.oldest_at,
                newest_at=row.newest_at,
                severity=row.severity,
            )
            for row in found
        ]

    def _groups(self, wanted: ErrorFilter) -> Subquery:
        row, time = ErrorRecordRow, _time(wanted)
        place = func.coalesce(func.nullif(row.twin_id, ""), cast(row.work_item_id, String))
        return (
            select(
                row.cause_key.label("cause_key"),
                func.max(row.id).label("sample_id"),
                func.count().label("records"),
                func.count(distinct(place)).label("work_items"),
                func.sum(row.occurrences).label("occurrences"),
                func.min(time).label("oldest_at"),
                func.max(time).label("newest_at"),
                func.max(row.severity).label("severity"),
            )
            .where(*self.conditions(wanted))
            .group_by(row.cause_key)
            .subquery()
        )

    def _find(self, record_ids: Collection[str]) -> dict[str, ErrorRecord]:
        if not record_ids:
            return {}
        query = select(ErrorRecordRow).where(ErrorRecordRow.id.in_(record_ids))
        return {row.id: record_from_row(row) for row in read_rows(self._session, query)}

    def count(self, wanted: ErrorFilter) -> int:
        """Return how many records there are."""
        return self._number(select(func.count()).select_from(ErrorRecordRow).where(*self.conditions(wanted)))

    def count_groups(self, wanted: ErrorFilter) -> int:
        """Return how many causes there are."""
        return self._number(select(func.count(distinct(ErrorRecordRow.cause_key))).where(*self.conditions(wanted)))

    def count_by(self, wanted: ErrorFilter, column: SQLColumnExpression[str]) -> dict[str, int]:
        """Return how many records there are by the values of a column."""
        query = select(column, func.count()).where(*self.conditions(wanted)).group_by(column)
        return {value: int(count) for value, count in self._session.execute(query)}

    def newest_of(self, organization_id: str, impacts: Collection[Impact]) -> ErrorRecord | None:
        """Return the newest open record of these impacts."""
        row = ErrorRecordRow
        found = [
            self._first(
                select(row)
                .where(*self.conditions(ErrorFilter(organization_id, impact=impact)))
                .order_by(row.opened_at.desc(), row.id.desc())
            )
            for impact in impacts
        ]
        return max((record for record in found if record), key=lambda one: (one.opened_at, one.id), default=None)

    def _first(self, query: Select[ErrorRecordRow]) -> ErrorRecord | None:
        rows = read_rows(self._session, query.limit(1))
        return record_from_row(rows[0]) if rows else None

    def _number(self, query: Select[int]) -> int:
        return self._session.scalar(query) or 0

    @staticmethod
    def conditions(wanted: ErrorFilter) -> list[ColumnElement[bool]]:
        """Return what picks the records."""
        row = ErrorRecordRow
        found: list[ColumnElement[bool]] = [
            row.organization_id == wanted.organization_id,
            row.status == wanted.status.value,
        ]
        if wanted.impact is not None:
            found.append(row.severity == SEVERITY[wanted.impact])
        for column, value in (
            (row.connection_id, wanted.connection_id),
            (row.code, wanted.code),
            (row.cause_key, wanted.cause_key),
        ):
            if value:
                found.append(column == value)
        if wanted.is_remote is not None:
            found.append(row.is_remote.is_(wanted.is_remote))
        if wanted.work_item_id is not None:
            found.append(row.work_item_id == wanted.work_item_id)
        if wanted.text:
            parts = (row.message, row.code)
            found.append(or_(*(part.icontains(wanted.text, autoescape=True) for part in parts)))
        return found


def _time(wanted: ErrorFilter) -> SQLColumnExpression[Any]:
    return ErrorRecordRow.opened_at if wanted.status is ErrorStatus.OPEN else ErrorRecordRow.closed_at

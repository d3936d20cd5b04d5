"""Jobs and their rows in the database."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, func, insert, or_, select, text, update
from sqlalchemy.orm import Session

from adnode.adapters.storage.job_rows import OPEN, JobRowRow, JobStoreRow
from adnode.adapters.storage.keyset import paged
from adnode.adapters.storage.statements import WITHOUT_MIRROR, changed_rows, chunked, from_text, read_rows, to_text
from adnode.domain.errors import LeaseLostError, NotFoundError
from adnode.domain.job import Job, JobKind, JobRow, JobStatus, RowOutcome

_COUNTED = ("total", "counts")
_SAVED = tuple(field.name for field in fields(Job) if field.name not in ("id", *_COUNTED))


class SqlJobs:
    """JobRepository on SQL. Whoever changes rows has the row of their job first, so the counts are right."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, job: Job) -> None:
        counts = dict.fromkeys((outcome.value for outcome in RowOutcome), 0)
        values = {"id": job.id, **_values(job), **counts, "lease_owner": None, "lease_until": None}
        self._session.connection().execute(insert(JobStoreRow), values)

    def add_rows(self, job_id: str, rows: Sequence[JobRow]) -> None:
        known = self._outcomes(job_id, [row.number for row in rows])
        fresh = {row.number: row for row in rows if row.number not in known}
        if fresh:
            values = [{"job_id": job_id, **_row_values(row)} for row in fresh.values()]
            self._session.connection().execute(insert(JobRowRow), values)
        self._count(job_id, Counter(row.outcome.value for row in fresh.values()))

    def get(self, job_id: str) -> Job:
        return self._read(job_id, select(JobStoreRow).where(JobStoreRow.id == job_id))

    def take(self, job_id: str) -> Job:
        return self._read(job_id, select(JobStoreRow).where(JobStoreRow.id == job_id).with_for_update())

    def _read(self, job_id: str, query: Select[JobStoreRow]) -> Job:
        found = read_rows(self._session, query)
        if not found:
            raise _not_found(job_id)
        return _from_row(found[0])

    def save(self, job: Job) -> None:
        if not changed_rows(self._session, update(JobStoreRow).where(JobStoreRow.id == job.id).values(_values(job))):
            raise _not_found(job.id)

    def list_page(
        self,
        organization_id: str,
        *,
        kinds: Collection[JobKind] | None = None,
        connection_id: str = "",
        after: tuple[datetime, str] | None = None,
        limit: int,
    ) -> list[Job]:
        query = select(JobStoreRow).where(*_wanted(organization_id, kinds, connection_id))
        order = (JobStoreRow.created_at, JobStoreRow.id)
        rows = read_rows(self._session, paged(query, order, after, limit, is_descending=True))
        return [_from_row(row) for row in rows]

    def count(self, organization_id: str, *, kinds: Collection[JobKind] | None = None, connection_id: str = "") -> int:
        query = select(func.count()).select_from(JobStoreRow)
        return self._session.scalar(query.where(*_wanted(organization_id, kinds, connection_id))) or 0

    def rows(
        self, job_id: str, *, outcomes: Collection[RowOutcome] | None = None, after: int = 0, limit: int
    ) -> list[JobRow]:
        query = select(JobRowRow).where(JobRowRow.job_id == job_id, JobRowRow.number > after)
        query = query.order_by(JobRowRow.number).limit(limit)
        if outcomes is None:
            return [_row(row) for row in read_rows(self._session, query)]
        # One range of the index for each outcome: for several at once, databases would sort all of their rows.
        found = [
            _row(row)
            for outcome in set(outcomes)
            for row in read_rows(self._session, query.where(JobRowRow.outcome == outcome.value))
        ]
        return sorted(found, key=lambda row: row.number)[:limit]

    def save_rows(self, job_id: str, rows: Sequence[JobRow]) -> None:
        known = self._outcomes(job_id, [row.number for row in rows])
        saved = {row.number: row for row in rows if row.number in known}
        if saved:
            values = [{"job_id": job_id, **_row_values(row)} for row in saved.values()]
            self._session.execute(update(JobRowRow), values, execution_options=WITHOUT_MIRROR)
        changes = Counter(row.outcome.value for row in saved.values())
        changes.subtract(known[number] for number in saved)
        self._count(job_id, changes)

    def cancel_rows(self, job_id: str) -> int:
        self.take(job_id)
        waiting, cancelled = RowOutcome.WAITING.value, RowOutcome.CANCELLED.value
        statement = update(JobRowRow).where(JobRowRow.job_id == job_id, JobRowRow.outcome == waiting)
        count = changed_rows(self._session, statement.values(outcome=cancelled))
        self._count(job_id, {waiting: -count, cancelled: count})
        return count

    def claim(self, owner: str, now: datetime, lease_seconds: float) -> Job | None:
        since = func.coalesce(JobStoreRow.due_at, JobStoreRow.created_at)
        query = (
            select(JobStoreRow)
            .where(
                text(f"({OPEN})"),
                since <= now,
                or_(JobStoreRow.lease_owner.is_(None), JobStoreRow.lease_until <= now),
            )
            .order_by(since, JobStoreRow.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        found = read_rows(self._session, query)
        if not found:
            return None
        job = _from_row(found[0])
        until = now + timedelta(seconds=lease_seconds)
        statement = update(JobStoreRow).where(JobStoreRow.id == job.id)
        changed_rows(self._session, statement.values(lease_owner=owner, lease_until=until))
        return job

    def extend(self, job_id: str, owner: str, now: datetime, lease_seconds: float) -> None:
        statement = update(JobStoreRow).where(JobStoreRow.id == job_id, JobStoreRow.lease_owner == owner)
        if not changed_rows(self._session, statement.values(lease_until=now + timedelta(seconds=lease_seconds))):
            raise LeaseLostError(f"Somebody else works on job {job_id} now.", job=job_id)

    def release(self, job_id: str, owner: str) -> None:
        statement = update(JobStoreRow).where(JobStoreRow.id == job_id, JobStoreRow.lease_owner == owner)
        changed_rows(self._session, statement.values(lease_owner=None, lease_until=None))

    def forget_finished(self, before: datetime, limit: int = 100) -> int:
        query = select(JobStoreRow.id).where(JobStoreRow.finished_at < before, JobStoreRow.started == 0)
        ids = self._session.scalars(query.order_by(JobStoreRow.finished_at).limit(limit)).all()
        for some in chunked(ids):
            changed_rows(self._session, delete(JobRowRow).where(JobRowRow.job_id.in_(some)))
            changed_rows(self._session, delete(JobStoreRow).where(JobStoreRow.id.in_(some)))
        return len(ids)

    def _outcomes(self, job_id: str, numbers: Sequence[int]) -> dict[int, str]:
        """Return where rows stand, with their job kept from others."""
        self.take(job_id)
        found: dict[int, str] = {}
        for some in chunked(numbers):
            query = select(JobRowRow.number, JobRowRow.outcome)
            query = query.where(JobRowRow.job_id == job_id, JobRowRow.number.in_(some))
            found.update((number, outcome) for number, outcome in self._session.execute(query))
        return found

    def _count(self, job_id: str, changes: Mapping[str, int]) -> None:
        values = {name: getattr(JobStoreRow, name) + change for name, change in changes.items() if change}
        if values:
            changed_rows(self._session, update(JobStoreRow).where(JobStoreRow.id == job_id).values(values))


def _wanted(organization_id: str, kinds: Collection[JobKind] | None, connection_id: str) -> list[ColumnElement[bool]]:
    wanted = [JobStoreRow.organization_id == organization_id]
    if connection_id:
        wanted.append(JobStoreRow.connection_id == connection_id)
    if kinds is not None:
        wanted.append(JobStoreRow.kind.in_([kind.value for kind in kinds]))
    return wanted


def _values(job: Job) -> dict[str, Any]:
    values = {name: getattr(job, name) for name in _SAVED}
    special = {"kind": job.kind.value, "status": job.status.value, "parameters": to_text(dict(job.parameters))}
    return values | special


def _from_row(row: JobStoreRow) -> Job:
    stored = {name: getattr(row, name) for name in _SAVED}
    counts = {outcome: count for outcome in RowOutcome if (count := getattr(row, outcome.value))}
    special = {"kind": JobKind(row.kind), "status": JobStatus(row.status), "parameters": from_text(row.parameters)}
    return Job(id=row.id, total=sum(counts.values()), counts=counts, **(stored | special))


def _row_values(row: JobRow) -> dict[str, Any]:
    return {field.name: getattr(row, field.name) for field in fields(JobRow)} | {"outcome": row.outcome.value}


def _row(row: JobRowRow) -> JobRow:
    stored = {field.name: getattr(row, field.name) for field in fields(JobRow)}
    return JobRow(**(stored | {"outcome": RowOutcome(row.outcome)}))


def _not_found(job_id: str) -> NotFoundError:
    return NotFoundError(f"There is no job {job_id} here. Reload the list of jobs.")

"""Jobs as people see and steer them."""

import csv
import io
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from adnode.domain.audit import AuditAction
from adnode.domain.connection import Connection
from adnode.domain.errors import NotFoundError, StateError
from adnode.domain.job import Job, JobKind, JobRow, JobStatus, RowOutcome
from adnode.domain.pair_file import make_plain
from adnode.domain.session import Session
from adnode.ports.storage import UnitOfWork, UnitOfWorkFactory
from adnode.ports.system import Clock
from adnode.services.audit import AuditService

RESULT_COLUMNS = ("number", "local_work_item_id", "remote_work_item_id", "outcome", "message")
RESULT_PAGE = 1000


@dataclass(frozen=True, slots=True)
class JobPage:
    """Some jobs, the newest first, and how many there are in all."""

    jobs: tuple[Job, ...]
    total: int


@dataclass(frozen=True, slots=True)
class RowPage:
    """Some rows of a job in the order of their numbers, and how many there are of these outcomes."""

    rows: tuple[JobRow, ...]
    total: int


class JobService:
    """Shows the jobs of an organization; pauses, resumes and cancels them."""

    def __init__(self, new_unit_of_work: UnitOfWorkFactory, audit: AuditService, clock: Clock) -> None:
        self._new_unit_of_work = new_unit_of_work
        self._audit = audit
        self._clock = clock

    def list_page(
        self,
        session: Session,
        *,
        kinds: Collection[JobKind] | None = None,
        connection_id: str = "",
        after: tuple[datetime, str] | None = None,
        limit: int,
    ) -> JobPage:
        """Return jobs that stand after (created_at, id)."""
        with self._new_unit_of_work() as work:
            jobs = work.jobs.list_page(
                session.tenant.id, kinds=kinds, connection_id=connection_id, after=after, limit=limit
            )
            total = work.jobs.count(session.tenant.id, kinds=kinds, connection_id=connection_id)
        return JobPage(tuple(jobs), total)

    def show(self, session: Session, job_id: str) -> Job:
        """Return one of them; raises NotFoundError."""
        with self._new_unit_of_work() as work:
            return _own_job(work, session, job_id)

    def pause(self, session: Session, job_id: str) -> Job:
        """Let no further row begin; what was begun goes on. Raises NotFoundError and StateError."""
        return self._move(session, job_id, JobStatus.PAUSED, AuditAction.JOB_PAUSED)

    def resume(self, session: Session, job_id: str) -> Job:
        """Let a paused job go on at once. Raises NotFoundError and StateError."""
        return self._move(session, job_id, JobStatus.WAITING, AuditAction.JOB_RESUMED)

    def cancel(self, session: Session, job_id: str) -> Job:
        """Let no further row begin ever; what was begun goes on, and what was done stays done. Raises NotFoundError and
        StateError.
        """
        return self._move(session, job_id, JobStatus.CANCELLED, AuditAction.JOB_CANCELLED)

    def list_rows(
        self,
        session: Session,
        job_id: str,
        *,
        outcomes: Collection[RowOutcome] | None = None,
        after: int = 0,
        limit: int,
    ) -> RowPage:
        """Return rows with a greater number than ``after``; raises NotFoundError."""
        with self._new_unit_of_work() as work:
            job = _own_job(work, session, job_id)
            rows = work.jobs.rows(job_id, outcomes=outcomes, after=after, limit=limit)
        total = sum(count for outcome, count in job.counts.items() if outcomes is None or outcome in outcomes)
        return RowPage(tuple(rows), total)

    def result(self, session: Session, job_id: str) -> Iterator[str]:
        """Return the rows as a CSV file, piece by piece; raises NotFoundError at once."""
        self.show(session, job_id)
        return self._result(job_id)

    def _result(self, job_id: str) -> Iterator[str]:
        yield _csv([RESULT_COLUMNS])
        after = 0
        while rows := self._read_rows(job_id, after):
            yield _csv(_result_line(row) for row in rows)
            after = rows[-1].number

    def _read_rows(self, job_id: str, after: int) -> list[JobRow]:
        with self._new_unit_of_work() as work:
            return work.jobs.rows(job_id, after=after, limit=RESULT_PAGE)

    def _move(self, session: Session, job_id: str, status: JobStatus, action: AuditAction) -> Job:
        with self._new_unit_of_work() as work:
            connection = _connection_of(work, _own_job(work, session, job_id))
            job = work.jobs.take(job_id)
            moved = replace(_moved(job, status, self._clock.now()), attempts=0, due_at=self._clock.now())
            work.jobs.save(moved)
            if status is JobStatus.CANCELLED:
                work.jobs.cancel_rows(job_id)
            self._audit.note(work, session, action, connection, {"job": job.title})
            moved = work.jobs.get(job_id)
            work.commit()
        return moved


def _moved(job: Job, status: JobStatus, now: datetime) -> Job:
    if job.is_over:
        raise StateError(f"“{job.title}” is {job.status} already; there is nothing left to change.", status=job.status)
    if status is JobStatus.WAITING and job.status is not JobStatus.PAUSED:
        raise StateError(f"“{job.title}” is not paused; it is {job.status}.", status=job.status)
    return replace(job.moved_to(status, now), error_code="", error_message="")


def _connection_of(work: UnitOfWork, job: Job) -> Connection | None:
    """Return the connection of a job, None where there is none (any more). Taken before the job, as everywhere."""
    try:
        return work.connections.get(job.connection_id) if job.connection_id else None
    except NotFoundError:
        return None


def _own_job(work: UnitOfWork, session: Session, job_id: str) -> Job:
    job = work.jobs.get(job_id)
    if job.organization_id != session.tenant.id:
        raise NotFoundError(f"There is no job {job_id} here. Reload the list of jobs.")
    return job


def _result_line(row: JobRow) -> tuple[object, ...]:
    return row.number, row.work_item_id, row.remote_work_item_id, row.outcome.value, make_plain(row.message)


def _csv(lines: Iterable[tuple[object, ...]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(lines)
    return text.getvalue()

"""Jobs and their rows in memory."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from adnode.adapters.memory.storage.tables import StoredJob, Tables, existing
from adnode.domain.errors import LeaseLostError
from adnode.domain.job import Job, JobKind, JobRow, JobStatus, RowOutcome

_WORKED_ON = (JobStatus.WAITING, JobStatus.RUNNING)


class MemoryJobs:
    """JobRepository in memory."""

    def __init__(self, tables: Tables) -> None:
        self._jobs = tables.jobs
        self._rows = tables.job_rows

    def add(self, job: Job) -> None:
        self._jobs[job.id] = StoredJob(replace(job, total=0, counts={}))

    def add_rows(self, job_id: str, rows: Sequence[JobRow]) -> None:
        self.get(job_id)
        for row in rows:
            self._rows.setdefault((job_id, row.number), row)

    def get(self, job_id: str) -> Job:
        return self._counted(self._stored(job_id))

    def take(self, job_id: str) -> Job:
        return self.get(job_id)

    def save(self, job: Job) -> None:
        stored = self._stored(job.id)
        self._jobs[job.id] = replace(stored, job=replace(job, total=0, counts={}))

    def list_page(
        self,
        organization_id: str,
        *,
        kinds: Collection[JobKind] | None = None,
        connection_id: str = "",
        after: tuple[datetime, str] | None = None,
        limit: int,
    ) -> list[Job]:
        found = [
            stored
            for stored in self._wanted(organization_id, kinds, connection_id)
            if after is None or _place(stored) < after
        ]
        return [self._counted(stored) for stored in sorted(found, key=_place, reverse=True)[:limit]]

    def count(self, organization_id: str, *, kinds: Collection[JobKind] | None = None, connection_id: str = "") -> int:
        return len(self._wanted(organization_id, kinds, connection_id))

    def rows(
        self, job_id: str, *, outcomes: Collection[RowOutcome] | None = None, after: int = 0, limit: int
    ) -> list[JobRow]:
        found = [
            row for row in self._of(job_id) if row.number > after and (outcomes is None or row.outcome in outcomes)
        ]
        return sorted(found, key=lambda row: row.number)[:limit]

    def save_rows(self, job_id: str, rows: Sequence[JobRow]) -> None:
        self._rows.update({(job_id, row.number): row for row in rows if (job_id, row.number) in self._rows})

    def cancel_rows(self, job_id: str) -> int:
        waiting = [row for row in self._of(job_id) if row.outcome is RowOutcome.WAITING]
        self.save_rows(job_id, [replace(row, outcome=RowOutcome.CANCELLED) for row in waiting])
        return len(waiting)

    def claim(self, owner: str, now: datetime, lease_seconds: float) -> Job | None:
        due = [
            stored
            for stored in self._jobs.values()
            if _since(stored.job) <= now and not stored.is_leased(now) and self._has_work(stored.job)
        ]
        if not due:
            return None
        first = min(due, key=lambda stored: (_since(stored.job), stored.job.id))
        until = now + timedelta(seconds=lease_seconds)
        self._jobs[first.job.id] = replace(first, lease_owner=owner, lease_until=until)
        return self._counted(first)

    def extend(self, job_id: str, owner: str, now: datetime, lease_seconds: float) -> None:
        stored = self._jobs.get(job_id)
        if stored is None or stored.lease_owner != owner:
            raise LeaseLostError(f"Somebody else works on job {job_id} now.", job=job_id)
        self._jobs[job_id] = replace(stored, lease_until=now + timedelta(seconds=lease_seconds))

    def release(self, job_id: str, owner: str) -> None:
        stored = self._jobs.get(job_id)
        if stored is not None and stored.lease_owner == owner:
            self._jobs[job_id] = replace(stored, lease_owner=None, lease_until=None)

    def forget_finished(self, before: datetime, limit: int = 100) -> int:
        old = [
            stored.job.id
            for stored in self._jobs.values()
            if stored.job.finished_at is not None
            and stored.job.finished_at < before
            and not self._counted(stored).count(RowOutcome.STARTED)
        ][:limit]
        for job_id in old:
            del self._jobs[job_id]
        for key in [key for key in self._rows if key[0] in old]:
            del self._rows[key]
        return len(old)

    def _stored(self, job_id: str) -> StoredJob:
        return existing(self._jobs, job_id, f"There is no job {job_id} here. Reload the list of jobs.")

    def _wanted(self, organization_id: str, kinds: Collection[JobKind] | None, connection_id: str) -> list[StoredJob]:
        return [
            stored
            for stored in self._jobs.values()
            if stored.job.organization_id == organization_id
            and (kinds is None or stored.job.kind in kinds)
            and (not connection_id or stored.job.connection_id == connection_id)
        ]

    def _of(self, job_id: str) -> list[JobRow]:
        return [row for (of_job, _), row in self._rows.items() if of_job == job_id]

    def _counted(self, stored: StoredJob) -> Job:
        counts = Counter(row.outcome for row in self._of(stored.job.id))
        return replace(stored.job, total=counts.total(), counts=dict(counts))

    def _has_work(self, job: Job) -> bool:
        is_worked_on = job.status in _WORKED_ON
        return is_worked_on or any(row.outcome is RowOutcome.STARTED for row in self._of(job.id))


def _since(job: Job) -> datetime:
    return job.due_at or job.created_at


def _place(stored: StoredJob) -> tuple[datetime, str]:
    return stored.job.created_at, stored.job.id

"""Working through jobs, slice by slice: a crash at any point repeats a slice and does nothing twice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Event
from typing import Any

import structlog

from adnode.domain.errors import AdnodeError, LeaseLostError
from adnode.domain.job import TRANSITIONS, Job, JobKind, JobRow, JobStatus, RowOutcome
from adnode.ports.storage import UnitOfWork, UnitOfWorkFactory
from adnode.ports.system import Clock
from adnode.services.correlation import correlated
from adnode.services.failures import asked_delay_seconds
from adnode.services.jobs.failures import may_pass
from adnode.services.jobs.handlers import JobHandler
from adnode.services.retry import RetryPolicy

LEASE_SECONDS = 300.0
"""Longer than the slowest call that a handler makes in one go."""
FOLLOWED = 1000
"""Started rows asked after in one transaction."""
IDLE = RetryPolicy(first_delay_seconds=0.5, maximum_delay_seconds=4.0)
"""Until rows that go on by themselves are asked after again."""
RETRY = RetryPolicy(first_delay_seconds=2.0, maximum_delay_seconds=60.0)
"""Until a job whose way was blocked is tried again."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Turn:
    """A job whose lease is ours, and who knows how to do it."""

    job: Job
    handler: JobHandler[Any]

    @property
    def id(self) -> str:
        return self.job.id


class JobRunner:
    """Takes the job that has been due longest and does one slice of it, so that all jobs go on side by side.

    Safe to run in several processes at once: a job is leased to one of them, and whatever is stored under a lease that
    was lost meanwhile is rolled back.
    """

    def __init__(
        self,
        new_unit_of_work: UnitOfWorkFactory,
        handlers: Mapping[JobKind, JobHandler[Any]],
        clock: Clock,
        owner: str,
    ) -> None:
        self._new_unit_of_work = new_unit_of_work
        self._handlers = handlers
        self._clock = clock
        self._owner = owner

    def run(self, stopping: Event) -> bool:
        """Do a slice of the next job; say whether a job was due. Ends early once ``stopping`` is set."""
        if stopping.is_set():
            return False
        job = self._claim()
        if job is None:
            return False
        with correlated():
            self._take_turn(job, stopping)
        return True

    def _claim(self) -> Job | None:
        now = self._clock.now()
        with self._new_unit_of_work() as work:
            job = work.jobs.claim(self._owner, now, LEASE_SECONDS)
            if job is not None and job.status is JobStatus.WAITING:
                job = job.moved_to(JobStatus.RUNNING, now)
                work.jobs.save(job)
            work.commit(durable=False)
        return job

    def _take_turn(self, job: Job, stopping: Event) -> None:
        try:
            turn = _Turn(job, self._handlers[job.kind])
            is_further = self._work_on(turn, stopping)
        except LeaseLostError:
            log.info("job_lease_lost", job=job.id)
        except AdnodeError as error:
            self._settle_failure(job, error)
        except Exception as error:
            log.error("job_failed", job=job.id, exc_info=True)
            name = type(error).__name__
            self._settle_failure(job, AdnodeError(f"This node failed ({name}); its log says why. Please report it."))
        else:
            self._settle(job, is_further=is_further)

    def _work_on(self, turn: _Turn, stopping: Event) -> bool:
        """Do what is next; say whether anything was brought further."""
        if turn.job.status is JobStatus.RUNNING and not turn.job.is_listed:
            return self._list(turn, stopping)
        is_further = self._follow(turn)
        if stopping.is_set():
            return is_further
        return self._begin(turn) or is_further

    def _list(self, turn: _Turn, stopping: Event) -> bool:
        """Store all rows together: a list made again after a crash may have other rows under the same numbers."""
        rows: list[JobRow] = []
        for some in turn.handler.list_rows(turn.job):
            if stopping.is_set():
                return False
            rows += some
            self._keep_lease(turn)
        with self._new_unit_of_work() as work:
            job = self._hold(work, turn)
            if job.status is JobStatus.RUNNING:
                work.jobs.add_rows(job.id, rows)
                work.jobs.save(replace(job, is_listed=True))
                work.commit()
        return True

    def _keep_lease(self, turn: _Turn) -> None:
        with self._new_unit_of_work() as work:
            self._hold(work, turn)
            work.commit(durable=False)

    def _follow(self, turn: _Turn) -> bool:
        """Ask after started rows; say whether any of them is over."""
        after, is_further = 0, False
        while True:
            with self._new_unit_of_work() as work:
                before = work.jobs.rows(turn.id, outcomes=[RowOutcome.STARTED], after=after, limit=FOLLOWED)
                if not before:
                    return is_further
                changed = _changes(before, turn.handler.follow(work, turn.job, before))
                if changed:
                    self._hold(work, turn)
                    work.jobs.save_rows(turn.id, changed)
                    work.commit(durable=False)
            is_further = is_further or any(row.outcome is not RowOutcome.STARTED for row in changed)
            after = before[-1].number

    def _begin(self, turn: _Turn) -> bool:
        """Begin the next slice, if there is room for all of it; say whether there was one."""
        with self._new_unit_of_work() as work:
            job = work.jobs.get(turn.id)
            rows = _next_slice(work, job, turn.handler)
        if not rows:
            return False
        seen = turn.handler.look(job, rows)
        with self._new_unit_of_work() as work:
            changed = _changes(rows, turn.handler.act(work, job, rows, seen))
            # Connections come before jobs wherever both are needed, so the job is taken last.
            if self._hold(work, turn).status is not JobStatus.RUNNING:
                return False
            work.jobs.save_rows(job.id, changed)
            work.commit()
        turn.handler.wake(job)
        return bool(changed)

    def _hold(self, work: UnitOfWork, turn: _Turn) -> Job:
        """Take the job and prolong its lease; raises LeaseLostError."""
        work.jobs.extend(turn.id, self._owner, self._clock.now(), LEASE_SECONDS)
        return work.jobs.take(turn.id)

    def _settle(self, claimed: Job, *, is_further: bool) -> None:
        """End the turn; one in which nothing moved is followed by a pause, a longer one each time."""
        now = self._clock.now()
        with self._new_unit_of_work() as work:
            job = work.jobs.take(claimed.id)
            attempts = 0 if is_further else job.attempts + 1
            due_at = now if is_further else IDLE.next_at(now, attempts - 1, job.id)
            job = replace(job, attempts=attempts, due_at=due_at)
            if job.status is not JobStatus.FAILED:
                job = replace(job, error_code="", error_message="")
            if job.status is JobStatus.RUNNING and job.is_listed and not _has_open_rows(job):
                job = job.moved_to(JobStatus.FINISHED, now)
            self._end_turn(work, job)

    def _settle_failure(self, claimed: Job, error: AdnodeError) -> None:
        """Have the job wait for what passes by itself, else end it."""
        now = self._clock.now()
        log.info("job_stopped", job=claimed.id, code=error.code, message=error.message)
        with self._new_unit_of_work() as work:
            job = work.jobs.take(claimed.id)
            if may_pass(error):
                self._end_turn(work, _put_off(job, error, now))
                return
            if JobStatus.FAILED in TRANSITIONS[job.status]:
                job = job.moved_to(JobStatus.FAILED, now)
                job = replace(job, error_code=error.code, error_message=error.message)
                work.jobs.cancel_rows(job.id)
            else:
                _give_up(work, job, error)
            self._end_turn(work, job)

    def _end_turn(self, work: UnitOfWork, job: Job) -> None:
        """Save the job and let go of it, unless somebody else works on it by now."""
        try:
            work.jobs.extend(job.id, self._owner, self._clock.now(), LEASE_SECONDS)
        except LeaseLostError:
            log.info("job_lease_lost", job=job.id)
            return
        work.jobs.save(job)
        work.jobs.release(job.id, self._owner)
        work.commit(durable=False)


def _next_slice(work: UnitOfWork, job: Job, handler: JobHandler[Any]) -> list[JobRow]:
    """Return the next rows once there is room for a whole slice: full batches cost the fewest calls."""
    room = max(handler.window, handler.slice_size) - job.count(RowOutcome.STARTED)
    if job.status is not JobStatus.RUNNING or room < min(handler.slice_size, job.count(RowOutcome.WAITING)):
        return []
    return work.jobs.rows(job.id, outcomes=[RowOutcome.WAITING], limit=handler.slice_size)


def _changes(before: Sequence[JobRow], after: Sequence[JobRow]) -> list[JobRow]:
    known = {row.number: row for row in before}
    return [row for row in after if known.get(row.number) != row]


def _has_open_rows(job: Job) -> bool:
    return bool(job.count(RowOutcome.WAITING) or job.count(RowOutcome.STARTED))


def _put_off(job: Job, error: AdnodeError, now: datetime) -> Job:
    """Return the job as one that waits for what is in its way, and says so."""
    due_at = RETRY.next_at(now, job.attempts, job.id, asked_delay_seconds(error))
    put_off = replace(job, attempts=job.attempts + 1, due_at=due_at)
    if job.status is not JobStatus.RUNNING:
        return put_off
    waiting = put_off.moved_to(JobStatus.WAITING, now)
    return replace(waiting, error_code=error.code, error_message=error.message)


def _give_up(work: UnitOfWork, job: Job, error: AdnodeError) -> None:
    """Nobody can say any more what becomes of rows that a stopped job had begun."""
    while rows := work.jobs.rows(job.id, outcomes=[RowOutcome.STARTED], limit=FOLLOWED):
        work.jobs.save_rows(job.id, [replace(row, outcome=RowOutcome.FAILED, message=error.message) for row in rows])

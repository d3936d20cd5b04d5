"""Jobs: long work that people start on many work items at once, and that goes on after a restart."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from adnode.domain.errors import StateError


class JobKind(StrEnum):
    """What a job does. COMPARISON looks for drift, DEEP_COMPARISON also where revisions say that nothing
    changed, DRIFT_REPAIR mends what was found.
    """

    BULK_EXALATE = "bulk_exalate"
    BULK_UNEXALATE = "bulk_unexalate"
    BULK_CONNECT = "bulk_connect"
    CLEAN_UP = "clean_up"
    COMPARISON = "comparison"
    DEEP_COMPARISON = "deep_comparison"
    DRIFT_REPAIR = "drift_repair"


class JobStatus(StrEnum):
    """The life of a job. WAITING: nobody has begun it yet, or something that passes by itself is in its way. FAILED: it
    could not go on at all; what failed at single rows does not end a job.
    """

    WAITING = "waiting"
    RUNNING = "running"
    PAUSED = "paused"
    CANCELLED = "cancelled"
    FINISHED = "finished"
    FAILED = "failed"


TRANSITIONS: Mapping[JobStatus, frozenset[JobStatus]] = {
    JobStatus.WAITING: frozenset({JobStatus.RUNNING, JobStatus.PAUSED, JobStatus.CANCELLED, JobStatus.FAILED}),
    JobStatus.RUNNING: frozenset(
        {JobStatus.WAITING, JobStatus.PAUSED, JobStatus.CANCELLED, JobStatus.FINISHED, JobStatus.FAILED}
    ),
    JobStatus.PAUSED: frozenset({JobStatus.WAITING, JobStatus.CANCELLED}),
    JobStatus.CANCELLED: frozenset(),
    JobStatus.FINISHED: frozenset(),
    JobStatus.FAILED: frozenset(),
}


class RowOutcome(StrEnum):
    """Where one row of a job stands.

    WAITING: not begun. STARTED: begun, and going on by itself. DONE: brought about. ALREADY: there was nothing to do.
    SKIPPED: left out on purpose. FAILED: not possible, the message says why. CANCELLED: not begun and never will be.
    """

    WAITING = "waiting"
    STARTED = "started"
    DONE = "done"
    ALREADY = "already"
    SKIPPED = "skipped"
    FAILED = "failed"
    CANCELLED = "cancelled"


OPEN_OUTCOMES = frozenset({RowOutcome.WAITING, RowOutcome.STARTED})


@dataclass(frozen=True, slots=True)
class JobRow:
    """One thing that a job is to do. ``number`` counts from 1 within the job: for a file it is the line."""

    number: int
    work_item_id: int | None = None
    remote_work_item_id: int | None = None
    twin_id: str = ""
    outcome: RowOutcome = RowOutcome.WAITING
    message: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    """A job of an organization. ``title`` and ``created_by`` are for people; ``parameters`` are of the kind.

    ``is_listed`` says that all rows are there; before that, ``total`` may still grow. The error is why it failed, or
    what it waits for while it is tried again. Nothing happens before ``due_at``; ``attempts`` counts how often in a row
    it could not go on.
    """

    id: str
    organization_id: str
    kind: JobKind
    status: JobStatus
    title: str
    created_at: datetime
    created_by: str
    connection_id: str = ""
    parameters: Mapping[str, object] = field(default_factory=dict)
    is_listed: bool = False
    total: int = 0
    counts: Mapping[RowOutcome, int] = field(default_factory=dict)
    started_at: datetime | None = None
    finished_at: datetime | None = None
    error_code: str = ""
    error_message: str = ""
    attempts: int = 0
    due_at: datetime | None = None

    @property
    def is_over(self) -> bool:
        """Say whether nothing more will be begun; what is begun already may still go on by itself."""
        return not TRANSITIONS[self.status]

    def count(self, outcome: RowOutcome) -> int:
        """Return how many rows stand there."""
        return self.counts.get(outcome, 0)

    def moved_to(self, status: JobStatus, now: datetime) -> "Job":
        """Return the job in that status; raises StateError where the transition table does not allow it."""
        if status not in TRANSITIONS[self.status]:
            raise StateError(f"“{self.title}” is {self.status}; it can't become {status}.", status=self.status)
        started_at = self.started_at or (now if status is JobStatus.RUNNING else None)
        finished_at = now if not TRANSITIONS[status] else None
        return replace(self, status=status, started_at=started_at, finished_at=finished_at)

"""What a kind of job has to say for the runner to do it."""

from collections.abc import Iterator, Sequence
from typing import Generic, Protocol, TypeVar

from adnode.domain.job import Job, JobRow
from adnode.ports.storage import UnitOfWork

Seen = TypeVar("Seen")


class JobHandler(Protocol, Generic[Seen]):
    """One kind of job.

    The runner calls ``list_rows`` until it ends once, then takes the waiting rows in slices of ``slice_size``: ``look``
    outside a transaction, ``act`` inside the one that stores what became of the rows. A crash repeats a slice from
    ``look`` on, never half of it. Rows that ``act`` leaves STARTED are asked after with ``follow`` until they are over;
    at most ``window`` of them are under way, so that a pause bites and other work comes in between.
    """

    slice_size: int
    window: int

    def list_rows(self, job: Job) -> Iterator[Sequence[JobRow]]:
        """Yield what there is to do, numbered; nothing when the rows came with the job. Repeated after a crash."""

    def look(self, job: Job, rows: Sequence[JobRow]) -> Seen:
        """Read what ``act`` needs to know. What it raises stops the job, or makes it wait when it is transient."""

    def act(self, work: UnitOfWork, job: Job, rows: Sequence[JobRow], seen: Seen) -> Sequence[JobRow]:
        """Bring the rows about in this transaction; return them as they are then."""

    def follow(self, work: UnitOfWork, job: Job, rows: Sequence[JobRow]) -> Sequence[JobRow]:
        """Return started rows as they are now; those that still go on stay STARTED."""

    def wake(self, job: Job) -> None:
        """Tell whoever goes on with what ``act`` stored, after it is committed."""

"""Port to jobs and their rows."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from adnode.domain.job import Job, JobKind, JobRow, RowOutcome


class JobRepository(Protocol):
    """Jobs, the rows they work through, and who works on them."""

    def add(self, job: Job) -> None:
        """Add a job without rows."""

    def add_rows(self, job_id: str, rows: Sequence[JobRow]) -> None:
        """Add rows, or leave those whose number is there as they are."""

    def get(self, job_id: str) -> Job:
        """Return it with its total and counts as of now; raises NotFoundError."""

    def take(self, job_id: str) -> Job:
        """Return it and keep it from others until the unit ends; raises NotFoundError. Who needs connections in the
        same unit takes these before.
        """

    def save(self, job: Job) -> None:
        """Save it but for total, counts and lease; raises NotFoundError."""

    def list_page(
        self,
        organization_id: str,
        *,
        kinds: Collection[JobKind] | None = None,
        connection_id: str = "",
        after: tuple[datetime, str] | None = None,
        limit: int,
    ) -> list[Job]:
        """Return jobs of the organization, of one connection if it is named, the newest first, that stand after
        (created_at, id) in that order.
        """

    def count(
        self, organization_id: str, *, kinds: Collection[JobKind] | None = None, connection_id: str = ""
    ) -> int: ...
    def rows(
        self, job_id: str, *, outcomes: Collection[RowOutcome] | None = None, after: int = 0, limit: int
    ) -> list[JobRow]:
        """Return rows with a greater number than ``after``, in the order of their numbers."""

    def save_rows(self, job_id: str, rows: Sequence[JobRow]) -> None:
        """Replace rows by their numbers."""

    def cancel_rows(self, job_id: str) -> int:
        """Set every waiting row to cancelled; return how many."""

    def claim(self, owner: str, now: datetime, lease_seconds: float) -> Job | None:
        """Lease the job that has been due longest: a waiting or running one, or one of any status with rows that go on
        by themselves. Leased ones are passed over, whoever holds them; None when there is none.
        """

    def extend(self, job_id: str, owner: str, now: datetime, lease_seconds: float) -> None:
        """Prolong the lease; raises LeaseLostError when it is not ours any more."""

    def release(self, job_id: str, owner: str) -> None: ...
    def forget_finished(self, before: datetime, limit: int = 100) -> int:
        """Delete jobs that ended before that time and of which nothing goes on, with their rows, at most ``limit``;
        return how many.
        """

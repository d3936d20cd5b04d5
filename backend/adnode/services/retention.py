"""Forgetting what nobody needs any more, in small transactions."""

from collections.abc import Callable
from datetime import timedelta

from adnode.domain.queue_event import minute_of
from adnode.domain.tally import day_of
from adnode.ports.storage import UnitOfWork, UnitOfWorkFactory
from adnode.ports.system import Clock

SETTLED_MESSAGES_KEPT = timedelta(days=7)
CLOSED_ERRORS_KEPT = timedelta(days=30)
HISTORY_KEPT = timedelta(days=30)
"""How long synced changes, and conflicts that are decided, can be looked at."""
TALLIES_KEPT = timedelta(days=90)
FORGOTTEN_TWINS_KEPT = timedelta(days=90)
"""How late a partner may still speak of a pair that was cleaned up."""
AUDIT_KEPT = timedelta(days=400)
SAMPLES_KEPT = timedelta(days=7)
JOBS_KEPT = timedelta(days=30)
PROPOSALS_KEPT = timedelta(days=90)
"""How long a proposal is kept after it was asked, once all of it is decided."""
CHUNK = 1000
JOB_CHUNK = 5
"""Jobs forgotten in one transaction: each may have thousands of rows."""


class RetentionService:
    """Deletes settled messages, samples of the queue and what was asked for and never came after a week; closed error
    records, synced changes, decided conflicts, settled findings and finished jobs after thirty days; tallies, ids
    of forgotten twins and decided proposals after ninety; audit entries after as long as the operator says.
    """

    def __init__(self, new_unit_of_work: UnitOfWorkFactory, clock: Clock, audit_kept: timedelta = AUDIT_KEPT) -> None:
        self._new_unit_of_work = new_unit_of_work
        self._clock = clock
        self._audit_kept = audit_kept

    def tidy(self) -> int:
        """Forget everything that is old enough; return how much that was."""
        now = self._clock.now()
        settled_before, closed_before = now - SETTLED_MESSAGES_KEPT, now - CLOSED_ERRORS_KEPT
        return sum(
            (
                self._forget(lambda work: work.outbox.forget_settled(settled_before, CHUNK)),
                self._forget(lambda work: work.inbox.forget_settled(settled_before, CHUNK)),
                self._forget(lambda work: work.traces.forget_asked(settled_before, CHUNK)),
                self._forget(lambda work: work.error_records.forget_closed(closed_before, CHUNK)),
                self._forget(lambda work: work.synced_changes.forget(now - HISTORY_KEPT, CHUNK)),
                self._forget(lambda work: work.conflicts.forget_decided(now - HISTORY_KEPT, CHUNK)),
                self._forget(lambda work: work.queue_samples.forget_samples(minute_of(now - SAMPLES_KEPT), CHUNK)),
                self._forget(lambda work: work.tallies.forget(day_of(now - TALLIES_KEPT), CHUNK)),
                self._forget(lambda work: work.drift.forget_settled(closed_before, CHUNK)),
                self._forget(lambda work: work.clean_up.expire(now - FORGOTTEN_TWINS_KEPT, CHUNK)),
                self._forget(lambda work: work.proposals.forget_decided(now - PROPOSALS_KEPT, CHUNK)),
                self._forget(lambda work: work.audit.forget(now - self._audit_kept, CHUNK)),
                self._forget(lambda work: work.jobs.forget_finished(now - JOBS_KEPT, JOB_CHUNK), JOB_CHUNK),
            )
        )

    def _forget(self, forget_chunk: Callable[[UnitOfWork], int], chunk: int = CHUNK) -> int:
        total = 0
        while True:
            with self._new_unit_of_work() as work:
                count = forget_chunk(work)
                work.commit()
            total += count
            if count < chunk:
                return total

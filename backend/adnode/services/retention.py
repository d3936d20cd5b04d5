"""Forgetting what nobody needs any more, in small transactions."""

from collections.abc import Callable
from datetime import timedelta

from adnode.ports.storage import UnitOfWork, UnitOfWorkFactory
from adnode.ports.system import Clock

SETTLED_MESSAGES_KEPT = timedelta(days=7)
CLOSED_ERRORS_KEPT = timedelta(days=30)
CHUNK = 1000


class RetentionService:
    """Deletes settled messages after a week and closed error records after thirty days."""

    def __init__(self, new_unit_of_work: UnitOfWorkFactory, clock: Clock) -> None:
        self._new_unit_of_work = new_unit_of_work
        self._clock = clock

    def tidy(self) -> int:
        """Forget everything that is old enough; return how much that was."""
        now = self._clock.now()
        settled_before, closed_before = now - SETTLED_MESSAGES_KEPT, now - CLOSED_ERRORS_KEPT
        return sum(
            (
                self._forget(lambda work: work.outbox.forget_settled(settled_before, CHUNK)),
                self._forget(lambda work: work.inbox.forget_settled(settled_before, CHUNK)),
                self._forget(lambda work: work.error_records.forget_closed(closed_before, CHUNK)),
            )
        )

    def _forget(self, forget_chunk: Callable[[UnitOfWork], int]) -> int:
        total = 0
        while True:
            with self._new_unit_of_work() as work:
                count = forget_chunk(work)
                work.commit()
            total += count
            if count < CHUNK:
                return total

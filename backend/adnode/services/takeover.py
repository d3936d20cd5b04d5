"""Taking over from processes that died, without waiting for their leases to run out."""

from collections.abc import Callable

import structlog

from adnode.ports.storage import UnitOfWorkFactory

log = structlog.get_logger(__name__)


class TakeoverService:
    """Ends the leases of dead processes. ``is_dead`` says of an owner's name whether its process has surely ended."""

    def __init__(self, new_unit_of_work: UnitOfWorkFactory, is_dead: Callable[[str], bool]) -> None:
        self._new_unit_of_work = new_unit_of_work
        self._is_dead = is_dead

    def take_over(self) -> int:
        """End their leases; return how many there were. What they had begun is found again by its intents."""
        with self._new_unit_of_work() as work:
            dead = sorted(owner for owner in work.lease_owners.list_all() if self._is_dead(owner))
            count = sum(work.lease_owners.release(owner) for owner in dead)
            work.commit()
        if count:
            log.info("took_over", leases=count)
        return count

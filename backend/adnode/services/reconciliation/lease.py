"""The lease of a round: prolonged while the round lasts, and never written under once it may have ended."""

import threading
from collections.abc import Sequence

import structlog

from adnode.domain.errors import LeaseLostError, StorageUnavailableError
from adnode.domain.twin import ClaimedTwin, lease_lost
from adnode.ports.storage import UnitOfWorkFactory
from adnode.ports.system import Clock

RENEWAL_SHARE = 1 / 3
"""Share of its time after which a lease is prolonged: early enough for one more call and the pause before it."""

log = structlog.get_logger(__name__)


class RoundLease:
    """How long a round may go on, by seconds that nobody sets and that pass while the process stands still.

    ``check`` is made right before each call to Azure DevOps is sent, because most writes are guarded by nothing else: a
    worker that was stopped for longer than its lease must not write what another one has written meanwhile. It is over
    ``call_seconds`` before the lease is, so that a call that was begun in time is no later than the lease, either.
    Safe to use from several threads.
    """

    def __init__(
        self,
        new_unit_of_work: UnitOfWorkFactory,
        clock: Clock,
        lease_seconds: float,
        call_seconds: float,
    ) -> None:
        """Begin before the twins are claimed: what claiming them takes is part of the lease."""
        self._new_unit_of_work = new_unit_of_work
        self._clock = clock
        self._lease_seconds = lease_seconds
        self._call_seconds = call_seconds
        self._lock = threading.Lock()
        self._claims: Sequence[ClaimedTwin] = ()
        self._lost: set[str] = set()
        self._has_ended = False
        self._since = clock.monotonic()

    def hold(self, claims: Sequence[ClaimedTwin]) -> None:
        """Say which twins are worked on under the lease."""
        self._claims = claims

    @property
    def has_ended(self) -> bool:
        """Say whether others may work on the twins by now: nothing of the round may be stored."""
        return self._has_ended or self._clock.monotonic() >= self._since + self._lease_seconds

    def check(self) -> None:
        """Prolong the lease where that is due; raises LeaseLostError once a call could last longer than it."""
        with self._lock:
            self._require_time()
            if self._clock.monotonic() >= self._since + self._lease_seconds * RENEWAL_SHARE:
                self._prolong()
                self._require_time()

    def require(self, twin_id: str) -> None:
        """Raise LeaseLostError when somebody else has the twin now, although the round goes on with others."""
        if twin_id in self._lost:
            raise lease_lost(twin_id)

    def _require_time(self) -> None:
        if self._clock.monotonic() >= self._since + self._lease_seconds - self._call_seconds:
            self._has_ended = True
        if self._has_ended:
            raise LeaseLostError(
                "The round was interrupted for too long. Whoever comes next looks at what it has done."
            )

    def _prolong(self) -> None:
        since = self._clock.monotonic()
        try:
            with self._new_unit_of_work() as work:
                self._lost |= work.twins.extend(self._claims, self._clock.now(), self._lease_seconds)
                work.commit(durable=False)
        except StorageUnavailableError as error:
            # There is time left to try again, at the next call.
            log.warning("lease_not_prolonged", reason=error.message)
            return
        self._since = since
        self._has_ended = len(self._lost) >= len(self._claims)

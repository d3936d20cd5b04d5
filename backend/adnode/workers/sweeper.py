"""The sweep: finds due work in the database, so that no wake-up is needed for anything to happen."""

import time
from collections.abc import Callable
from threading import Event, Thread

import structlog

from adnode.domain.connection import ConnectionStatus
from adnode.ports.storage import UnitOfWorkFactory
from adnode.ports.system import Clock, Topic, Wakeups
from adnode.services.retention import RetentionService

NONCE_INTERVAL_SECONDS = 60.0
TIDY_INTERVAL_SECONDS = 3600.0

log = structlog.get_logger(__name__)


class Sweeper:
    """Wakes what is due, every few seconds. Times of intervals are of the monotonic clock."""

    def __init__(
        self,
        new_unit_of_work: UnitOfWorkFactory,
        wakeups: Wakeups,
        clock: Clock,
        retention: RetentionService,
        *,
        interval_seconds: float,
        feed_interval_seconds: float,
        now_seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._new_unit_of_work = new_unit_of_work
        self._wakeups = wakeups
        self._clock = clock
        self._retention = retention
        self._interval_seconds = interval_seconds
        self._feed_interval_seconds = feed_interval_seconds
        self._now_seconds = now_seconds
        self._feeds_due_seconds: dict[str, float] = {}
        self._nonces_due_seconds = 0.0
        self._tidy_due_seconds = 0.0
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="sweeper", daemon=True)

    def start(self) -> None:
        """Begin to sweep."""
        self._thread.start()

    def stop(self, limit_seconds: float) -> None:
        """End the thread, waiting for it at most that long."""
        self._stopping.set()
        self._thread.join(limit_seconds)

    def sweep(self) -> None:
        """Wake everything that is due now."""
        now = self._clock.now()
        with self._new_unit_of_work() as work:
            reconcilable = work.twins.connections_due(now)
            sendable = [connection_id for connection_id, _ in work.connections.sending_due(now)]
            active = work.connections.list_all(statuses=[ConnectionStatus.ACTIVE])
        for connection_id in reconcilable:
            self._wakeups.wake(Topic.RECONCILE, connection_id)
        for connection_id in sendable:
            self._wakeups.wake(Topic.SEND, connection_id)
        self._wake_feeds({connection.organization_id for connection in active})
        self._forget_nonces()
        self._tidy()

    def _wake_feeds(self, organization_ids: set[str]) -> None:
        now = self._now_seconds()
        for organization_id in sorted(organization_ids):
            if self._feeds_due_seconds.get(organization_id, now) <= now:
                # The service keeps the interval exactly; asking a little early costs nothing, late costs freshness.
                self._feeds_due_seconds[organization_id] = now + self._feed_interval_seconds
                self._wakeups.wake(Topic.FEED, organization_id)

    def _forget_nonces(self) -> None:
        if self._now_seconds() < self._nonces_due_seconds:
            return
        self._nonces_due_seconds = self._now_seconds() + NONCE_INTERVAL_SECONDS
        with self._new_unit_of_work() as work:
            work.nonces.forget_expired(self._clock.now())
            work.commit()

    def _tidy(self) -> None:
        if self._now_seconds() < self._tidy_due_seconds:
            return
        self._tidy_due_seconds = self._now_seconds() + TIDY_INTERVAL_SECONDS
        if count := self._retention.tidy():
            log.info("tidied", rows=count)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self.sweep()
            except Exception:
                # The sweep is what everything relies on: a database that is away for a moment must not end it.
                log.error("sweep_failed", exc_info=True)
            self._stopping.wait(self._interval_seconds)

"""Long polls of the private side: one thread for each active connection that polls."""

import time

import structlog

from adnode.domain.errors import AdnodeError, PeerBusyError
from adnode.ports.storage import UnitOfWorkFactory
from adnode.services.contacts import PAUSED_SECONDS
from adnode.services.correlation import correlated
from adnode.services.exchange import ExchangeService
from adnode.services.retry import RetryPolicy
from adnode.workers.lanes import Lane, LanePool

WAIT_SECONDS = 20.0
SHORTEST_ROUND_SECONDS = 0.5

log = structlog.get_logger(__name__)


class Poller(Lane):
    """Polls the peer of one connection until it is stopped: after the poll under way, which may take its whole wait."""

    def __init__(self, exchange: ExchangeService, connection_id: str, retry: RetryPolicy) -> None:
        super().__init__(f"poll-{connection_id[:8]}")
        self._exchange = exchange
        self._connection_id = connection_id
        self._retry = retry

    def _run(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            with correlated():
                failures = self._poll(failures)

    def _poll(self, failures: int) -> int:
        """Do one round, and wait where the next one must not come at once; return how many have failed in a row."""
        started_seconds = time.monotonic()
        try:
            count = self._exchange.poll_once(self._connection_id, WAIT_SECONDS)
        except PeerBusyError as error:
            self._stopping.wait(self._retry.delay_seconds(0, self._connection_id, error.retry_after_seconds))
            return failures
        except AdnodeError as error:
            if "connection_status" in error.details:
                # It is paused there, which it said itself: no failure, and not to be asked ever more seldom.
                delay = self._retry.delay_seconds(failures, self._connection_id)
                self._stopping.wait(min(delay, PAUSED_SECONDS))
                return failures + 1
            log.warning("poll_failed", connection=self._connection_id, code=error.code, reason=error.message)
            self._stopping.wait(self._retry.delay_seconds(failures, self._connection_id))
            return failures + 1
        except Exception:
            # The thread is the connection's only ear; it must outlive whatever a poll meets.
            log.error("poll_broke", connection=self._connection_id, exc_info=True)
            self._stopping.wait(self._retry.maximum_delay_seconds)
            return failures
        if not count and time.monotonic() - started_seconds < SHORTEST_ROUND_SECONDS:
            # A peer that answers "nothing" without waiting must not be asked in a tight loop.
            self._stopping.wait(SHORTEST_ROUND_SECONDS)
        return 0


class PollerPool(LanePool):
    """Keeps one poller for each active polling connection."""

    def __init__(self, new_unit_of_work: UnitOfWorkFactory, exchange: ExchangeService, retry: RetryPolicy) -> None:
        super().__init__(new_unit_of_work, lambda connection_id: Poller(exchange, connection_id, retry), "pollers")

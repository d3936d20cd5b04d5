"""Long polls of the private side: one thread for each active connection that polls."""

import time
from threading import Event, Thread

import structlog

from adnode.domain.connection import ConnectionStatus, TransportKind
from adnode.domain.errors import AdnodeError, PeerBusyError
from adnode.ports.storage import UnitOfWorkFactory
from adnode.services.contacts import PAUSED_SECONDS, is_in_use
from adnode.services.correlation import correlated
from adnode.services.exchange import ExchangeService
from adnode.services.retry import RetryPolicy

WAIT_SECONDS = 20.0
SHORTEST_ROUND_SECONDS = 0.5
SUPERVISION_SECONDS = 1.0

log = structlog.get_logger(__name__)


class Poller:
    """Polls the peer of one connection until it is stopped."""

    def __init__(self, exchange: ExchangeService, connection_id: str, retry: RetryPolicy) -> None:
        self._exchange = exchange
        self._connection_id = connection_id
        self._retry = retry
        self._stopping = Event()
        self._thread = Thread(target=self._run, name=f"poll-{connection_id[:8]}", daemon=True)

    def start(self) -> None:
        """Begin to poll."""
        self._thread.start()

    def stop(self) -> None:
        """End after the poll under way, which may take its whole wait."""
        self._stopping.set()

    @property
    def is_alive(self) -> bool:
        """Say whether the thread runs."""
        return self._thread.is_alive()

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


class PollerPool:
    """Keeps one poller for each active polling connection, as connections come and go."""

    def __init__(self, new_unit_of_work: UnitOfWorkFactory, exchange: ExchangeService, retry: RetryPolicy) -> None:
        self._new_unit_of_work = new_unit_of_work
        self._exchange = exchange
        self._retry = retry
        self._pollers: dict[str, Poller] = {}
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="pollers", daemon=True)

    def start(self) -> None:
        """Begin to watch the connections."""
        self._thread.start()

    def stop(self, limit_seconds: float) -> None:
        """Ask all pollers to end and wait for the watching thread."""
        self._stopping.set()
        self._thread.join(limit_seconds)
        for poller in self._pollers.values():
            poller.stop()

    @property
    def connection_ids(self) -> frozenset[str]:
        """Return the connections that are polled now."""
        return frozenset(self._pollers)

    def adjust(self) -> None:
        """Start and stop pollers so that they match the active connections."""
        with self._new_unit_of_work() as work:
            active = work.connections.list_all(statuses=[ConnectionStatus.ACTIVE])
            polling = [connection for connection in active if connection.transport is TransportKind.POLL]
            wanted = {connection.id for connection in polling if is_in_use(work, connection)}
        for connection_id in self._pollers.keys() - wanted:
            self._pollers.pop(connection_id).stop()
        for connection_id in wanted:
            poller = self._pollers.get(connection_id)
            if poller is None or not poller.is_alive:
                self._pollers[connection_id] = Poller(self._exchange, connection_id, self._retry)
                self._pollers[connection_id].start()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self.adjust()
            except Exception:
                # A database that is away for a moment must not end the watch.
                log.error("pollers_not_adjusted", exc_info=True)
            self._stopping.wait(SUPERVISION_SECONDS)

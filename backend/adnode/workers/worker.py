"""All background work of one process."""

from collections.abc import Sequence
from threading import Event

import structlog

from adnode.ports.storage import UnitOfWorkFactory
from adnode.ports.system import Clock, Topic, Wakeups
from adnode.services.change_feed import ChangeFeedService
from adnode.services.content_answers import ContentAnswerService
from adnode.services.exchange import ExchangeService
from adnode.services.reconciliation import ReconciliationService
from adnode.services.retention import RetentionService
from adnode.services.retry import RetryPolicy
from adnode.services.takeover import TakeoverService
from adnode.workers.chores import Chore, ChoreRunner
from adnode.workers.file_lanes import FileLanePool
from adnode.workers.handlers import make_handlers
from adnode.workers.pollers import PollerPool
from adnode.workers.sweeper import Sweeper

POLL_RETRY = RetryPolicy(first_delay_seconds=0.5, maximum_delay_seconds=15.0)
STOP_LIMIT_SECONDS = 1.0

log = structlog.get_logger(__name__)


class Worker:
    """Starts and stops the handlers, the sweep and the long polls together. Usable once."""

    def __init__(
        self,
        *,
        new_unit_of_work: UnitOfWorkFactory,
        wakeups: Wakeups,
        clock: Clock,
        reconciliation: ReconciliationService,
        exchange: ExchangeService,
        content_answers: ContentAnswerService,
        change_feed: ChangeFeedService,
        retention: RetentionService,
        takeover: TakeoverService,
        chores: Sequence[Chore],
        sweep_interval_seconds: float,
        feed_interval_seconds: float,
    ) -> None:
        self._wakeups = wakeups
        self._takeover = takeover
        self._stopping = Event()
        self._handlers = make_handlers(reconciliation, exchange, change_feed, self._stopping)
        self._chores = ChoreRunner(chores)
        self._pollers = PollerPool(new_unit_of_work, exchange, POLL_RETRY)
        self._files = FileLanePool(new_unit_of_work, content_answers)
        self._sweeper = Sweeper(
            new_unit_of_work,
            wakeups,
            clock,
            retention,
            interval_seconds=sweep_interval_seconds,
            feed_interval_seconds=feed_interval_seconds,
        )

    def start(self) -> None:
        """Begin to work, first with what a process of this machine left when it died."""
        self._takeover.take_over()
        self._wakeups.start(self._handlers)
        self._sweeper.start()
        self._wakeups.subscribe(Topic.FILES, self._files.wake)
        self._files.start()
        self._pollers.start()
        self._chores.start()
        log.info("worker_started")

    def stop(self) -> None:
        """Stop within a few seconds. What was under way is found again through its leases and intents."""
        self._stopping.set()
        self._sweeper.stop(STOP_LIMIT_SECONDS)
        self._pollers.stop(STOP_LIMIT_SECONDS)
        self._files.stop(STOP_LIMIT_SECONDS)
        self._chores.stop(STOP_LIMIT_SECONDS)
        self._wakeups.stop()
        log.info("worker_stopped")

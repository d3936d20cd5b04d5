"""Chores: what a worker process does every so often beside the synchronization."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Event, Thread

import structlog

from adnode.services.console import ConsoleServices

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Chore:
    """Something to do again ``interval_seconds`` after it ended. ``run`` says whether there is more to do at once.

    Every worker process does every chore, so what must happen once is for the service to settle, with a lease.
    """

    name: str
    interval_seconds: float
    run: Callable[[Event], bool]


def list_chores(console: ConsoleServices) -> list[Chore]:
    """Return the chores of the console's services."""
    telling = console.notifications.telling
    return [
        Chore("held_pairs", 5.0, console.held_pairs.tend),
        Chore("retries", 2.0, lambda stopping: not stopping.is_set() and console.retries.retry_due() > 0),
        Chore("silence", 30.0, console.silence.watch),
        Chore("clocks", 60.0, console.clocks.watch),
        Chore("sessions", 60.0, console.sessions.tend),
        Chore("notifications", telling.settings.interval_seconds, telling.run),
        Chore("notification_tidying", 3600.0, telling.tidy),
        # Twice a minute, so that no minute is missed where the clock and the chore drift apart.
        Chore("queue_samples", 30.0, console.sync_queue.measure),
        Chore("triggers", 1.0, console.trigger_evaluation.evaluate_due),
        Chore("comparisons", 600.0, console.drift.tend),
        Chore("consent", 1.0, console.consent_checks.check_due),
        Chore("jobs", 1.0, console.job_runner.run),
    ]


class ChoreRunner:
    """A thread for each chore, so that a slow one keeps no other waiting. Usable once."""

    def __init__(self, chores: Sequence[Chore]) -> None:
        self._stopping = Event()
        self._threads = [
            Thread(target=self._repeat, args=(chore,), name=f"chore-{chore.name}", daemon=True) for chore in chores
        ]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self, limit_seconds: float) -> None:
        """End the threads, waiting for all of them together at most that long."""
        self._stopping.set()
        deadline = time.monotonic() + limit_seconds
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _repeat(self, chore: Chore) -> None:
        while not self._stopping.is_set():
            is_more = False
            try:
                is_more = chore.run(self._stopping)
            except Exception:
                # A chore is repeated: what it could not do now, it finds again.
                log.error("chore_failed", chore=chore.name, exc_info=True)
            if not is_more:
                self._stopping.wait(chore.interval_seconds)

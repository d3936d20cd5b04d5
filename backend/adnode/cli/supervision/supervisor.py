"""The supervisor: starts the parts of a node, starts again what dies, and ends them in order."""

import gc
import signal
import time
from collections import Counter
from collections.abc import Sequence

import structlog

from adnode.cli.supervision.part import Part, PartProcess
from adnode.cli.supervision.signals import Signals
from adnode.services.retry import RetryPolicy

RESTARTS = RetryPolicy(first_delay_seconds=0.5, maximum_delay_seconds=30.0)
STEADY_SECONDS = 60.0
"""What ran for so long had a good start: its next end is the first one again."""
END_SECONDS = 7.0
"""What each part gets to end by itself."""

log = structlog.get_logger(__name__)


class Supervisor:
    """Does nothing but watch, in one thread: what forks must have no other. Usable once."""

    def __init__(
        self, parts: Sequence[Part], restarts: RetryPolicy = RESTARTS, end_seconds: float = END_SECONDS
    ) -> None:
        self._parts = parts
        self._restarts = restarts
        self._end_seconds = end_seconds
        self._running: dict[str, PartProcess] = {}
        self._due_seconds: dict[str, float] = {}
        self._started_seconds: dict[str, float] = {}
        self._failures: Counter[str] = Counter()

    def run(self) -> None:
        """Run all parts until SIGTERM or SIGINT; then end them in their order."""
        # What is there by now is shared by all parts, and stays so as long as no collection writes to it.
        gc.collect()
        gc.freeze()
        with Signals() as signals:
            while not signals.is_ending:
                self._start_due()
                signals.wait(self._pause_seconds())
                self._note_ends()
            for part in self._parts:
                if process := self._running.get(part.name):
                    self._end(process, signals)

    def _start_due(self) -> None:
        now = time.monotonic()
        for part in self._parts:
            if part.name not in self._running and self._due_seconds.get(part.name, now) <= now:
                self._running[part.name] = process = PartProcess.start(part, self._running.values())
                self._started_seconds[part.name] = now
                log.info("process_started", process=part.name, id=process.process_id)

    def _pause_seconds(self) -> float | None:
        """Return how long there is nothing to do unless a signal comes, None for ever."""
        due = [self._due_seconds[part.name] for part in self._parts if part.name not in self._running]
        return max(0.0, min(due) - time.monotonic()) if due else None

    def _note_ends(self) -> None:
        for name, process in list(self._running.items()):
            if (exit_code := process.poll()) is not None:
                del self._running[name]
                self._note_end(name, exit_code)

    def _note_end(self, name: str, exit_code: int) -> None:
        now = time.monotonic()
        if now - self._started_seconds[name] >= STEADY_SECONDS:
            self._failures[name] = 0
        delay = self._restarts.delay_seconds(self._failures[name], name)
        self._failures[name] += 1
        self._due_seconds[name] = now + delay
        log.error("process_ended", process=name, exit_code=exit_code, starts_again_in_seconds=round(delay, 1))

    def _end(self, process: PartProcess, signals: Signals) -> None:
        deadline = time.monotonic() + self._end_seconds
        process.signal(signal.SIGTERM)
        while process.poll() is None:
            if (left := deadline - time.monotonic()) > 0:
                signals.wait(left)
            else:
                log.warning("process_killed", process=process.part.name, reason="It did not end in time.")
                process.signal(signal.SIGKILL)
                deadline = time.monotonic() + self._end_seconds

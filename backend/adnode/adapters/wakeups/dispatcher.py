"""Handling wake-ups inside one process."""

import threading
import time
from collections import deque
from collections.abc import Callable

import structlog

from adnode.domain.errors import AdnodeError

Subject = tuple[str, str]
Handler = Callable[[str], None]
STOP_LIMIT_SECONDS = 3.0

log = structlog.get_logger(__name__)


class Dispatcher:
    """A few threads that handle subjects, each subject by one thread at a time.

    A subject that is woken while it is handled is handled once more; one that waits already is not queued twice.
    """

    def __init__(self, thread_count: int) -> None:
        self._thread_count = thread_count
        self._handlers: dict[str, Handler] = {}
        self._condition = threading.Condition()
        self._waiting: deque[Subject] = deque()
        self._running: set[Subject] = set()
        self._again: set[Subject] = set()
        self._threads: list[threading.Thread] = []
        self._stopping = False

    @property
    def is_started(self) -> bool:
        """Say whether wake-ups are handled in this process."""
        return bool(self._threads) and not self._stopping

    def start(self, handlers: dict[str, Handler]) -> None:
        """Start the threads."""
        self._handlers = dict(handlers)
        self._stopping = False
        self._threads = [
            threading.Thread(target=self._work, name=f"wakeups-{number}", daemon=True)
            for number in range(self._thread_count)
        ]
        for thread in self._threads:
            thread.start()

    def put(self, subject: Subject) -> None:
        """Have the subject handled soon."""
        with self._condition:
            if subject in self._running:
                self._again.add(subject)
            elif subject not in self._waiting:
                self._waiting.append(subject)
                self._condition.notify()

    def stop(self, limit_seconds: float = STOP_LIMIT_SECONDS) -> None:
        """Take no more subjects and wait for those being handled, at most that long."""
        with self._condition:
            self._stopping = True
            self._waiting.clear()
            self._condition.notify_all()
        deadline = time.monotonic() + limit_seconds
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        self._threads = []

    def _work(self) -> None:
        while (subject := self._take()) is not None:
            try:
                self._handle(subject)
            finally:
                self._finish(subject)

    def _take(self) -> Subject | None:
        with self._condition:
            self._condition.wait_for(lambda: self._waiting or self._stopping)
            if self._stopping:
                return None
            subject = self._waiting.popleft()
            self._running.add(subject)
            return subject

    def _finish(self, subject: Subject) -> None:
        with self._condition:
            self._running.discard(subject)
            if subject in self._again and not self._stopping:
                self._again.discard(subject)
                self._waiting.append(subject)
                self._condition.notify()

    def _handle(self, subject: Subject) -> None:
        topic, key = subject
        handler = self._handlers.get(topic)
        if handler is None:
            return
        try:
            handler(key)
        except AdnodeError as error:
            log.warning("work_failed", topic=topic, key=key, code=error.code, reason=error.message)
        except Exception:
            # A thread of the pool must outlive whatever a handler meets; the sweep finds the work again.
            log.error("work_broke", topic=topic, key=key, exc_info=True)

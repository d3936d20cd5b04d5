"""Signals between threads of one process."""

import threading

Subject = tuple[str, str]
REMEMBERED_LIMIT = 10_000


class Signals:
    """A wake-up nobody waits for yet is kept for the next who waits, so that none falls between look and wait."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._raised: set[Subject] = set()

    def wake(self, subject: Subject) -> None:
        """Wake who waits for the subject."""
        with self._condition:
            if len(self._raised) >= REMEMBERED_LIMIT:
                self._raised.clear()
            self._raised.add(subject)
            self._condition.notify_all()

    def wait(self, subject: Subject, timeout_seconds: float) -> bool:
        """Wait for the subject; say whether it was woken in time."""
        with self._condition:
            woken = self._condition.wait_for(lambda: subject in self._raised, timeout_seconds)
            self._raised.discard(subject)
            return woken

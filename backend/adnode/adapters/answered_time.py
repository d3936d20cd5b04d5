"""The time of a server, as the Date header of its answers tells it (RFC 9110, 6.6.1)."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from adnode.adapters.system_clock import SystemClock


class AnsweredTime:
    """Remembers what the last answer said, and how long ago that was: this machine's own clock plays no part. Safe to
    use from several threads.
    """

    def __init__(self, *, monotonic: Callable[[], float] | None = None) -> None:
        self._monotonic = monotonic or SystemClock().monotonic
        self._lock = threading.Lock()
        self._last: tuple[datetime, float] | None = None

    def observe(self, date: str | None) -> None:
        """Take over the Date of an answer; none, or nonsense, changes nothing."""
        try:
            told = parsedate_to_datetime(date) if date else None
        except ValueError:
            return
        if told is None:
            return
        with self._lock:
            self._last = (told.astimezone(UTC) if told.tzinfo else told.replace(tzinfo=UTC), self._monotonic())

    def now(self) -> datetime | None:
        """Return the time, None before the first answer."""
        with self._lock:
            if self._last is None:
                return None
            told, seen_at = self._last
        return told + timedelta(seconds=self._monotonic() - seen_at)

"""A clock that tests set, and ids that count."""

import hashlib
from datetime import UTC, datetime, timedelta
from itertools import count


class MemoryClock:
    """Clock that stands still until it is moved."""

    def __init__(self, start: datetime = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)) -> None:
        self._now = start
        self._seconds = 0.0

    def now(self) -> datetime:
        """Return the time it was set to."""
        return self._now

    def monotonic(self) -> float:
        """Return how many seconds it was moved on."""
        return self._seconds

    def advance(self, seconds: float) -> None:
        """Move on (or back, for less than zero)."""
        self._now += timedelta(seconds=seconds)
        self._seconds += max(0.0, seconds)


class MemoryIds:
    """Ids that are the same in every run; ``prefix`` keeps those of two nodes apart."""

    def __init__(self, prefix: str = "id") -> None:
        self._prefix = prefix
        self._counter = count(1)

    def new_id(self) -> str:
        """Return the next id."""
        return f"{self._prefix}-{next(self._counter)}"

    def new_secret(self) -> bytes:
        """Return 32 bytes that no earlier call gave."""
        return hashlib.sha256(f"{self._prefix} {next(self._counter)}".encode()).digest()

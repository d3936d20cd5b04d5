"""When failed work is tried again."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Exponential delays with jitter, or what the other side asks for. All times in seconds."""

    first_delay_seconds: float = 1.0
    maximum_delay_seconds: float = 300.0

    def delay_seconds(self, attempts: int, subject: str, asked_seconds: float | None = None) -> float:
        """Return how long to wait after that many failed attempts (0 for the first failure).

        The jitter (75 to 125 %) depends on subject and attempt only, so that a repeated computation says the same. A
        Retry-After is the pause: whoever names it knows when work is welcome again, so it is neither shortened nor
        prolonged.
        """
        if asked_seconds:
            return asked_seconds
        delay = min(self.maximum_delay_seconds, self.first_delay_seconds * 2.0 ** min(attempts, 20))
        digest = hashlib.sha256(f"{subject}:{attempts}".encode()).digest()
        return delay * (0.75 + digest[0] / 510)

    def next_at(self, now: datetime, attempts: int, subject: str, asked_seconds: float | None = None) -> datetime:
        """Return the time of the next attempt."""
        return now + timedelta(seconds=self.delay_seconds(attempts, subject, asked_seconds))

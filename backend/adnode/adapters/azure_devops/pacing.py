"""One budget of calls per organization and identity, shared by all threads.

Azure DevOps announces by headers how much is left, and asks to wait by Retry-After, also on answers that succeeded. See
https://learn.microsoft.com/azure/devops/integrate/concepts/rate-limits.
"""

import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from adnode.adapters.azure_devops.failures import read_seconds
from adnode.domain.errors import RateLimitedError

LOW_SHARE = 0.2
"""Below this share of the budget calls are spread out."""


@dataclass(frozen=True, slots=True)
class PaceSettings:
    """All times in seconds.

    ``longest_wait``: a longer pause is not waited for in a thread but told to the caller, who comes back later.
    ``longest_spacing``: distance between two calls when nothing of the budget is left. ``jitter_share``: pauses are
    prolonged by up to this share, so that not all come back at once.
    """

    longest_wait: float = 30.0
    longest_spacing: float = 1.0
    jitter_share: float = 0.1


class Pace:
    """Says when the next call may go out. Safe to use from several threads."""

    def __init__(
        self,
        settings: PaceSettings | None = None,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._settings = settings or PaceSettings()
        self._monotonic = monotonic
        self._sleep = sleep
        self._jitter = jitter
        self._lock = threading.Lock()
        self._opens_at = 0.0
        self._spacing = 0.0

    def wait(self) -> None:
        """Return when a call may go out; raises RateLimitedError when that is longer than a thread should wait."""
        while delay := self._reserve():
            if delay > self._settings.longest_wait:
                raise RateLimitedError(
                    f"Azure DevOps asked to pause for another {delay:.0f} s. It is tried again by itself.",
                    retry_after_seconds=delay,
                )
            self._sleep(delay)

    def observe(self, headers: Mapping[str, str]) -> None:
        """Take over what an answer says about the budget, whatever its status."""
        asked = read_seconds(headers.get("Retry-After"))
        spacing = self._settings.longest_spacing * _scarcity(headers)
        with self._lock:
            self._spacing = spacing
            if asked:
                pause = asked * (1 + self._settings.jitter_share * self._jitter())
                self._opens_at = max(self._opens_at, self._monotonic() + pause)

    def _reserve(self) -> float:
        """Take the next place and return 0, or return how many seconds to wait before asking again."""
        with self._lock:
            now = self._monotonic()
            if now < self._opens_at:
                return self._opens_at - now
            self._opens_at = now + self._spacing
            return 0.0


def _scarcity(headers: Mapping[str, str]) -> float:
    """Return 0 for a budget that is no worry, up to 1 for one that is used up."""
    limit, remaining = (_number(headers.get(f"X-RateLimit-{name}")) for name in ("Limit", "Remaining"))
    if not limit or remaining is None:
        return 0.0
    share = max(0.0, remaining) / limit
    return max(0.0, 1.0 - share / LOW_SHARE)


def _number(value: str | None) -> float | None:
    try:
        return float(value) if value else None
    except ValueError:
        return None

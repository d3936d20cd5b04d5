"""Rate limits as Azure DevOps has them: a budget per identity in a sliding window; first delays, then 429.

See https://learn.microsoft.com/azure/devops/integrate/concepts/rate-limits.
"""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

_REJECT_AT = 1.25
_ANNOUNCE_AT = 0.8
_LONGEST_DELAY_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class ThrottleDecision:
    """How one call is treated: how long it waits, what the caller is told, and whether it is refused with 429."""

    delay_seconds: float
    retry_after_seconds: float | None
    rejected: bool
    headers: dict[str, str] = field(default_factory=dict)


class Throttle:
    """Counts what each key has used up in the last `window_seconds`; `clock` returns seconds since the epoch."""

    def __init__(self, limit: float, window_seconds: float, clock: Callable[[], float]) -> None:
        if limit <= 0 or window_seconds <= 0:
            raise ValueError("A throttle needs a limit and a window above zero.")
        self._limit = limit
        self._window = window_seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._charges: dict[Hashable, deque[tuple[float, float]]] = {}

    def charge(self, key: Hashable, cost: float) -> ThrottleDecision:
        """Book `cost` for `key`. A refused call costs nothing."""
        with self._lock:
            now = self._clock()
            charges = self._charges.setdefault(key, deque())
            while charges and charges[0][0] <= now - self._window:
                charges.popleft()
            used = sum(charge for _, charge in charges)
            rejected = used + cost > self._limit * _REJECT_AT
            if not rejected:
                charges.append((now, cost))
                used += cost
            reset_at = (charges[0][0] if charges else now) + self._window
        return self._decide(used, rejected, now, reset_at)

    def _decide(self, used: float, rejected: bool, now: float, reset_at: float) -> ThrottleDecision:
        if not rejected and used < self._limit * _ANNOUNCE_AT:
            return ThrottleDecision(0.0, None, rejected=False)
        over = max(0.0, used - self._limit) / (self._limit * (_REJECT_AT - 1))
        delay = 0.0 if rejected else min(_LONGEST_DELAY_SECONDS, over * _LONGEST_DELAY_SECONDS)
        wait = math.ceil(max(0.0, reset_at - now)) if rejected or delay else None
        headers = {
            "X-RateLimit-Resource": "Core",
            "X-RateLimit-Limit": f"{self._limit:g}",
            "X-RateLimit-Remaining": str(max(0, math.floor(self._limit - used))),
            "X-RateLimit-Reset": str(math.ceil(reset_at)),
        }
        if wait is not None:
            headers["Retry-After"] = str(wait)
        if delay:
            headers["X-RateLimit-Delay"] = f"{delay:.3f}"
        return ThrottleDecision(delay, wait, rejected, headers)

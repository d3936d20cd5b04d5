"""How often something may be asked for: counted in this process, by who asks."""

import math
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from adnode.domain.errors import AdnodeError

CALLER_LIMIT = 10_000
"""Callers that are remembered at once; beyond that the longest silent ones are forgotten."""


class TooManyRequestsError(AdnodeError):
    """The same caller asked too often; ``retry_after_seconds`` says when it may ask again."""

    code = "rate_limited"

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__(
            f"This was asked too often. Try again in {retry_after_seconds} seconds.",
            retry_after_seconds=retry_after_seconds,
        )
        self.retry_after_seconds = retry_after_seconds


@dataclass(frozen=True, slots=True)
class Rate:
    """So many requests in any span of so many seconds."""

    count: int
    seconds: float


DEFAULT_RATES: Mapping[str, Rate] = {
    # By address, and a whole company may come from one: every work item form that is opened signs in.
    "session": Rate(240, 60.0),
    "invitation": Rate(20, 60.0),
    "acceptance": Rate(20, 60.0),
    "peer_acceptance": Rate(30, 60.0),
    "credential": Rate(10, 60.0),
    "destination": Rate(30, 60.0),
    "notification_trial": Rate(10, 60.0),
    # Each one reads up to ten thousand work items.
    "pair_file": Rate(20, 60.0),
    "unsubscription": Rate(60, 60.0),
    # While somebody types a condition, each pause asks Azure DevOps.
    "trigger_preview": Rate(60, 60.0),
}


class RateLimits:
    """Counts requests by what they ask for and who asks. Several processes count apart."""

    def __init__(self, rates: Mapping[str, Rate] = DEFAULT_RATES, clock: Callable[[], float] = time.monotonic) -> None:
        self._rates = rates
        self._clock = clock
        self._lock = threading.Lock()
        self._times: dict[tuple[str, str], deque[float]] = {}

    def count(self, name: str, caller: str) -> None:
        """Count a request; raises TooManyRequestsError, which does not count."""
        rate = self._rates.get(name)
        if rate is None:
            return
        with self._lock:
            now = self._clock()
            # Taken out and put back: the dictionary stays in the order of last use.
            times = self._times.pop((name, caller), None) or deque()
            while times and times[0] <= now - rate.seconds:
                times.popleft()
            is_over = len(times) >= rate.count
            if not is_over:
                times.append(now)
            self._times[name, caller] = times
            if len(self._times) > CALLER_LIMIT:
                del self._times[next(iter(self._times))]
        if is_over:
            raise TooManyRequestsError(max(1, math.ceil(times[0] + rate.seconds - now)))

"""Callers whose requests keep being refused: from some number on nothing is done for them, until a while has passed."""

import hashlib
import math
import time
from collections.abc import Callable

import structlog

SPAN_SECONDS = 60.0
REMEMBERED = 10_000

log = structlog.get_logger(__name__)


class Strangers:
    """Counts refusals by address, and remembers who of an address proved to be somebody: a stranger locks out nobody
    who shares an address with him. Bounded in memory; whoever was silent longest is forgotten.
    """

    def __init__(self, limit: int, now_seconds: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._now_seconds = now_seconds
        self._counts: dict[str, tuple[float, int]] = {}
        self._proven: dict[bytes, None] = {}

    def count(self, group: str) -> None:
        """Count a refusal of somebody who did not prove who he is."""
        began, count = self._span(group)
        self._counts.pop(group, None)
        self._counts[group] = (began, count + 1)
        _forget_oldest(self._counts)
        if count + 1 == self._limit:
            log.warning("callers_shut_out", address=group, seconds=self._wait(began))

    def remember(self, group: str, credential: str) -> None:
        """Remember that this credential held."""
        mark = _mark(group, credential)
        self._proven.pop(mark, None)
        self._proven[mark] = None
        _forget_oldest(self._proven)

    def wait_seconds(self, group: str, credential: str) -> int:
        """Return for how long nothing is done for such a caller; 0 for most."""
        began, count = self._span(group)
        if count < self._limit or (credential and _mark(group, credential) in self._proven):
            return 0
        return self._wait(began)

    def _span(self, group: str) -> tuple[float, int]:
        now = self._now_seconds()
        began, count = self._counts.get(group, (now, 0))
        return (began, count) if now < began + SPAN_SECONDS else (now, 0)

    def _wait(self, began: float) -> int:
        return max(1, math.ceil(began + SPAN_SECONDS - self._now_seconds()))


def _mark(group: str, credential: str) -> bytes:
    # Never the credential itself: it may be a token.
    return hashlib.blake2b(f"{group}\n{credential}".encode(errors="replace"), digest_size=16).digest()


def _forget_oldest(remembered: dict[str, tuple[float, int]] | dict[bytes, None]) -> None:
    if len(remembered) > REMEMBERED:
        del remembered[next(iter(remembered))]  # type: ignore[arg-type]

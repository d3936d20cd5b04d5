"""How much a partner may bring in a minute: what goes beyond waits at its side, as with any node that is busy."""

import math
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from adnode.domain.errors import AdnodeError, ValidationError
from adnode.domain.limits import MESSAGE, WORK_ITEMS_AN_HOUR
from adnode.domain.message import CleanedUpBody, Message
from adnode.domain.peer_messages import refusal_of
from adnode.ports.system import Clock
from adnode.services.json_text import to_json

SPAN_SECONDS = 60.0
GROWTH_A_MINUTE = 8_000_000
"""Bytes by which one partner may make the database grow in a minute; more where more work items an hour are allowed."""
MESSAGE_GROWTH = 2_000
"""Bytes of the rows and index entries of one message, whatever it says."""
COPIES = 4
"""What a message says is kept as it came, as the state of its pair, as what stands in Azure DevOps, and for a while as
what is about to be written there.
"""
FORGOTTEN_GROWTH = 150
"""Bytes that are kept of a pair that was cleaned up."""


class NoRoomError(AdnodeError):
    """The partner brings more than this node keeps in a minute; right after ``retry_after_seconds``."""

    code = "busy"

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__("This connection brings more at once than this node takes in. The rest is taken in later.")
        self.retry_after_seconds = retry_after_seconds


class TooMuchTogetherError(ValidationError):
    """Messages that never have room together, though each of them has."""

    code = "too_large"


def measure(messages: Sequence[Message]) -> tuple[int, list[Message]]:
    """Return how much the database grows by messages, and the messages; one that is too large is refused."""
    growth, fit = 0, []
    for message in messages:
        size = len(to_json(message.raw)) if message.raw is not None else 0
        if size > MESSAGE.maximum:
            message = replace(message, body=None, raw=None, refusal=refusal_of(MESSAGE.exceeded("A message", size)))
            size = 0
        forgotten = len(message.body.twin_ids) if isinstance(message.body, CleanedUpBody) else 0
        growth += MESSAGE_GROWTH + size * COPIES + forgotten * FORGOTTEN_GROWTH
        fit.append(message)
    return growth, fit


@dataclass(slots=True)
class _Minute:
    """What came over one connection in the last minute, in the order of time."""

    taken: deque[tuple[float, int]] = field(default_factory=deque)
    growth: int = 0

    def forget(self, before_seconds: float) -> None:
        while self.taken and self.taken[0][0] <= before_seconds:
            self.growth -= self.taken.popleft()[1]

    def add(self, now_seconds: float, growth: int) -> None:
        self.taken.append((now_seconds, growth))
        self.growth += growth

    def seconds_until(self, growth: float, now_seconds: float) -> float:
        """Return in how many seconds that much will be gone."""
        gone = 0
        for seconds, part in self.taken:
            gone += part
            if gone >= growth:
                return seconds + SPAN_SECONDS - now_seconds
        return SPAN_SECONDS


class IntakeRoom:
    """Counts in this process what came over each connection. Something is always taken in when nothing else came in the
    last minute, so that nothing that may be said is too large for ever.
    """

    def __init__(self, clock: Clock, work_items_an_hour: int = WORK_ITEMS_AN_HOUR) -> None:
        self._clock = clock
        self._growth_a_minute = GROWTH_A_MINUTE * max(1, work_items_an_hour / WORK_ITEMS_AN_HOUR)
        self._lock = threading.Lock()
        self._minutes: dict[str, _Minute] = {}

    def take(self, connection_id: str, growth: int, *, is_single: bool) -> None:
        """Count what comes in together; raises NoRoomError when it must wait, TooMuchTogetherError when it can't be."""
        with self._lock:
            now_seconds = self._clock.monotonic()
            minute = self._minute(connection_id, now_seconds)
            if not is_single and growth > self._growth_a_minute:
                raise TooMuchTogetherError("The messages are too large together. Send fewer at once.")
            excess = minute.growth + growth - self._growth_a_minute
            if minute.growth and excess > 0:
                raise NoRoomError(max(1, math.ceil(minute.seconds_until(excess, now_seconds))))
            minute.add(now_seconds, growth)

    def note(self, connection_id: str, growth: int) -> None:
        """Count what this side has to say because the partner asked."""
        with self._lock:
            now_seconds = self._clock.monotonic()
            self._minute(connection_id, now_seconds).add(now_seconds, growth)

    def _minute(self, connection_id: str, now_seconds: float) -> _Minute:
        minute = self._minutes.setdefault(connection_id, _Minute())
        minute.forget(now_seconds - SPAN_SECONDS)
        return minute

"""Tallies: how much was synchronized in which hour, and how long it took; small enough to keep for weeks."""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

LATENCY_BOUNDS_MS = (
    50,
    100,
    200,
    500,
    1_000,
    2_000,
    5_000,
    10_000,
    30_000,
    60_000,
    300_000,
    900_000,
    3_600_000,
)
"""Upper bounds of the buckets of latency; one more bucket holds what took longer."""


class TallyKind(StrEnum):
    """What is counted. INCOMING: messages of the peer applied here, by latency. OUTGOING: changes handed over to the
    peer. PAIR: twins made (those that wait for the plan when they are let through). ERROR: rounds of a twin that failed
    and ask for a person.
    """

    INCOMING = "incoming"
    OUTGOING = "outgoing"
    PAIR = "pair"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Tally:
    """A count of one connection in one hour: ``day`` is ``YYYY-MM-DD`` and ``hour`` 0 to 23, both of UTC.

    ``bucket`` is of the latency for INCOMING, else 0.
    """

    organization_id: str
    connection_id: str
    day: str
    hour: int
    kind: TallyKind
    bucket: int
    count: int


@dataclass(frozen=True, slots=True)
class DayTally:
    """A count of all connections of an organization in one day."""

    day: str
    kind: TallyKind
    bucket: int
    count: int


def day_of(moment: datetime) -> str:
    """Return the day (of UTC) of a time as ``YYYY-MM-DD``."""
    return f"{moment.astimezone(UTC):%Y-%m-%d}"


def hour_of(moment: datetime) -> int:
    """Return the hour (of UTC) of a time."""
    return moment.astimezone(UTC).hour


def latency_bucket(latency: timedelta) -> int:
    """Return the bucket of a latency. Clocks of two nodes differ a little: a negative one counts as none at all."""
    return bisect_left(LATENCY_BOUNDS_MS, max(0.0, latency.total_seconds() * 1000))


def latency_percentile(counts: Mapping[int, int], share: float) -> float | None:
    """Return the latency (ms) that this share (0 to 1) of the counted messages stayed within; None without any.

    It is interpolated within its bucket; what is over the last bound is given as that bound.
    """
    total = sum(counts.values())
    if not total:
        return None
    wanted, seen = share * total, 0
    for bucket in sorted(counts):
        count = counts[bucket]
        if count and seen + count >= wanted:
            return _within(bucket, (wanted - seen) / count)
        seen += count
    return float(LATENCY_BOUNDS_MS[-1])


def _within(bucket: int, share: float) -> float:
    if bucket >= len(LATENCY_BOUNDS_MS):
        return float(LATENCY_BOUNDS_MS[-1])
    lower = LATENCY_BOUNDS_MS[bucket - 1] if bucket else 0
    return lower + (LATENCY_BOUNDS_MS[bucket] - lower) * share

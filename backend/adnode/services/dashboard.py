"""The dashboard of Getting Started: how an organization stands, and how it went day by day."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, timedelta

from adnode.domain.session import Session
from adnode.domain.tally import DayTally, TallyKind, latency_percentile
from adnode.ports.storage import UnitOfWorkFactory
from adnode.ports.system import Clock
from adnode.ports.usage_storage import Standing
from adnode.services.twin_list import count_conflicting

SHOWN_DAYS = 30
SHOWN_WEEKS = 12
SLOW_DAYS = 7
SLOWEST = 5


@dataclass(frozen=True, slots=True)
class Latency:
    """How long (ms) half, 95 and 99 of 100 changes took at most, from the sender's writing to the write here."""

    p50: float
    p95: float
    p99: float


@dataclass(frozen=True, slots=True)
class Activity:
    """What was done in a day or in a week; ``begin`` is its first day (``YYYY-MM-DD`` of UTC). ``latency`` is None when
    nothing came in.
    """

    begin: str
    incoming: int
    outgoing: int
    pairs: int
    errors: int
    latency: Latency | None


@dataclass(frozen=True, slots=True)
class SlowConnection:
    """A connection and its latency of the last seven days, over that many applied changes."""

    connection_id: str
    name: str
    applied: int
    latency: Latency


@dataclass(frozen=True, slots=True)
class Dashboard:
    """Everything. ``days`` are the last thirty and ``weeks`` (from Monday) the last twelve, the present one at the end.

    ``conflicting`` pairs have a value that lost and that nobody has decided on. ``latency`` is of the last seven days,
    as is ``slowest``, the slowest connection first.
    """

    standing: Standing
    conflicting: int
    days: tuple[Activity, ...]
    weeks: tuple[Activity, ...]
    latency: Latency | None
    slowest: tuple[SlowConnection, ...]


class DashboardService:
    """Reads the dashboard in few queries."""

    def __init__(self, new_unit_of_work: UnitOfWorkFactory, clock: Clock) -> None:
        self._new_unit_of_work = new_unit_of_work
        self._clock = clock

    def read(self, session: Session) -> Dashboard:
        """Return the dashboard of the session's organization."""
        today = self._clock.now().astimezone(UTC).date()
        mondays = _mondays(today)
        organization_id = session.tenant.id
        with self._new_unit_of_work() as work:
            standing = work.standing.read(organization_id)
            conflicting = count_conflicting(work, organization_id)
            tallies = work.tallies.by_day(organization_id, mondays[0].isoformat())
            latencies = work.tallies.latencies(organization_id, _days_ago(today, SLOW_DAYS - 1).isoformat())
        return Dashboard(
            standing=standing,
            conflicting=conflicting,
            days=tuple(_by_period(tallies, [_days_ago(today, back) for back in range(SHOWN_DAYS - 1, -1, -1)], days=1)),
            weeks=tuple(_by_period(tallies, mondays, days=7)),
            latency=_latency(_summed(latencies.values())),
            slowest=tuple(_slowest(latencies, standing.names)),
        )


def _mondays(today: date) -> list[date]:
    monday = _days_ago(today, today.weekday())
    return [monday - timedelta(weeks=back) for back in range(SHOWN_WEEKS - 1, -1, -1)]


def _days_ago(today: date, days: int) -> date:
    return today - timedelta(days=days)


def _by_period(tallies: Iterable[DayTally], begins: list[date], *, days: int) -> Iterable[Activity]:
    found: dict[date, list[DayTally]] = {begin: [] for begin in begins}
    for tally in tallies:
        offset = (date.fromisoformat(tally.day) - begins[0]).days
        begin = begins[0] + timedelta(days=offset - offset % days)
        if begin in found:
            found[begin].append(tally)
    for begin, counted in found.items():
        yield _activity(begin, counted)


def _activity(begin: date, tallies: list[DayTally]) -> Activity:
    counts: Counter[TallyKind] = Counter()
    buckets: Counter[int] = Counter()
    for tally in tallies:
        counts[tally.kind] += tally.count
        if tally.kind is TallyKind.INCOMING:
            buckets[tally.bucket] += tally.count
    return Activity(
        begin=begin.isoformat(),
        incoming=counts[TallyKind.INCOMING],
        outgoing=counts[TallyKind.OUTGOING],
        pairs=counts[TallyKind.PAIR],
        errors=counts[TallyKind.ERROR],
        latency=_latency(buckets),
    )


def _summed(many: Iterable[Mapping[int, int]]) -> Counter[int]:
    buckets: Counter[int] = Counter()
    for counts in many:
        buckets.update(counts)
    return buckets


def _latency(buckets: Mapping[int, int]) -> Latency | None:
    shares = [latency_percentile(buckets, share) for share in (0.5, 0.95, 0.99)]
    p50, p95, p99 = shares
    return None if p50 is None or p95 is None or p99 is None else Latency(p50, p95, p99)


def _slowest(latencies: Mapping[str, Mapping[int, int]], names: Mapping[str, str]) -> list[SlowConnection]:
    found = [
        SlowConnection(connection_id, names[connection_id], sum(buckets.values()), latency)
        for connection_id, buckets in latencies.items()
        if connection_id in names and (latency := _latency(buckets)) is not None
    ]
    return sorted(found, key=lambda slow: (-slow.latency.p95, slow.name))[:SLOWEST]

"""Ports to usage, to the pairs that wait for the license plan, and to the figures of the dashboard."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from adnode.domain.connection import ConnectionStatus
from adnode.domain.error_record import Impact
from adnode.domain.tally import DayTally, Tally
from adnode.domain.twin import TwinStatus
from adnode.domain.usage import HeldTwin, Usage

UsagePlace = tuple[str, int, str]
"""Month, pairs and connection of a usage: its place in the list."""
HeldPlace = tuple[datetime, str]
"""Creation and id of a held twin: its place in the line."""


class UsageRepository(Protocol):
    """Pairs by connection and month, and the twins that are held.

    It is ``TwinRepository.add`` that counts a new pair or holds it, so that nobody can make a twin past the plan.
    """

    def used(self, organization_id: str, month: str) -> int:
        """Return how many pairs all connections of the organization made in that month."""

    def by_month(self, organization_id: str, since: str) -> Mapping[str, int]:
        """Return the pairs of the organization by month, from that month on."""

    def list_page(self, organization_id: str, *, after: UsagePlace | None = None, limit: int) -> list[Usage]:
        """Return usage, the newest month first, in it the greatest number first, then by connection."""

    def count(self, organization_id: str) -> int: ...
    def list_held(self, organization_id: str, *, after: HeldPlace | None = None, limit: int) -> list[HeldTwin]:
        """Return held twins (unlinked ones wait for nothing) in the order in which they will be let through."""

    def count_held(self, organization_id: str) -> Mapping[str, int]:
        """Return how many twins are held, by connection; only those with any."""

    def release(self, organization_id: str, now: datetime, limit: int) -> Mapping[str, int]:
        """Let through as many held twins as the plan has room for, the oldest first and at most ``limit``, and count
        them; return how many by connection.
        """


class TallyRepository(Protocol):
    """Counts by hour."""

    def add(self, tallies: Sequence[Tally]) -> None:
        """Add to what was counted, all in one statement; equal ones are summed up."""

    def by_day(self, organization_id: str, since: str) -> list[DayTally]:
        """Return the sums of all connections by day, from that day on."""

    def latencies(self, organization_id: str, since: str) -> Mapping[str, Mapping[int, int]]:
        """Return the messages applied from that day on: by connection, by bucket of latency."""

    def forget(self, before: str, limit: int = 1000) -> int:
        """Delete tallies of days before that one, at most ``limit``; return how many."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How an organization stands now. Twins are counted by status without those that are held; ``queue`` holds the
    messages that wait, by ``outgoing`` and ``incoming``. ``names`` are those of its connections, by id.
    """

    connections: Mapping[ConnectionStatus, int]
    twins: Mapping[TwinStatus, int]
    held: int
    errors: Mapping[Impact, int]
    queue: Mapping[str, int]
    names: Mapping[str, str]


class StandingView(Protocol):
    """How organizations stand, in few queries whatever their size."""

    def read(self, organization_id: str) -> Standing:
        """Return it; removed connections and their twins are left out."""

"""Usage, held twins, tallies and standing in memory."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from adnode.adapters.memory.storage.tables import StoredTwin, Tables
from adnode.domain.connection import ConnectionStatus
from adnode.domain.error_record import ErrorStatus
from adnode.domain.license_plan import LicensePlan, month_of
from adnode.domain.message import QueueStatus
from adnode.domain.tally import DayTally, Tally, TallyKind, day_of, hour_of
from adnode.domain.usage import HeldTwin, Usage
from adnode.ports.usage_storage import HeldPlace, Standing, UsagePlace


@dataclass(frozen=True, slots=True)
class NewPairs:
    """Counts new pairs, and says which have to wait."""

    tables: Tables
    plan: LicensePlan

    def must_wait(self, organization_id: str, moment: datetime) -> bool:
        """Say whether a pair made now has to wait."""
        room = self.room(organization_id, moment)
        return room is not None and (room == 0 or any(_held(self.tables, organization_id)))

    def room(self, organization_id: str, moment: datetime) -> int | None:
        """Return how many pairs the month still has room for; None without a limit."""
        month = month_of(moment)
        used = sum(
            usage.pairs
            for (owner, _, used_in), usage in self.tables.usage.items()
            if owner == organization_id and used_in == month
        )
        return self.plan.room(used)

    def count(self, organization_id: str, connection_id: str, moment: datetime) -> None:
        """Count a pair that was let through."""
        key = organization_id, connection_id, month_of(moment)
        known = self.tables.usage.get(key)
        name, destination = _names(self.tables, connection_id)
        pairs = (known.pairs if known else 0) + 1
        self.tables.usage[key] = Usage(connection_id, month_of(moment), name, destination, pairs)
        tally = Tally(organization_id, connection_id, day_of(moment), hour_of(moment), TallyKind.PAIR, 0, 1)
        MemoryTallies(self.tables).add([tally])


class MemoryUsage:
    """UsageRepository in memory."""

    def __init__(self, tables: Tables, pairs: NewPairs) -> None:
        self._tables = tables
        self._pairs = pairs

    def used(self, organization_id: str, month: str) -> int:
        return self.by_month(organization_id, month).get(month, 0)

    def by_month(self, organization_id: str, since: str) -> Mapping[str, int]:
        sums: Counter[str] = Counter()
        for usage in self._of(organization_id):
            if usage.month >= since:
                sums[usage.month] += usage.pairs
        return sums

    def list_page(self, organization_id: str, *, after: UsagePlace | None = None, limit: int) -> list[Usage]:
        found = sorted(self._of(organization_id), key=_usage_place, reverse=True)
        page = [usage for usage in found if after is None or _usage_place(usage) < after][:limit]
        return [self._named(usage) for usage in page]

    def count(self, organization_id: str) -> int:
        return len(self._of(organization_id))

    def list_held(self, organization_id: str, *, after: HeldPlace | None = None, limit: int) -> list[HeldTwin]:
        found = [row.twin for row in _held(self._tables, organization_id)]
        return [
            HeldTwin(
                id=twin.id,
                connection_id=twin.connection_id,
                created_at=twin.created_at,
                work_item_id=twin.work_item_id,
                remote_work_item_id=twin.remote_work_item_id,
                remote_url=twin.remote_url,
            )
            for twin in found
            if after is None or (twin.created_at, twin.id) > after
        ][:limit]

    def count_held(self, organization_id: str) -> Mapping[str, int]:
        return Counter(row.twin.connection_id for row in _held(self._tables, organization_id))

    def release(self, organization_id: str, now: datetime, limit: int) -> Mapping[str, int]:
        room = self._pairs.room(organization_id, now)
        first = _held(self._tables, organization_id)[: limit if room is None else min(room, limit)]
        for row in first:
            self._tables.twins[row.twin.id] = replace(row, twin=replace(row.twin, is_held=False))
            self._pairs.count(organization_id, row.twin.connection_id, now)
        return Counter(row.twin.connection_id for row in first)

    def _of(self, organization_id: str) -> list[Usage]:
        return [usage for (owner, _, _), usage in self._tables.usage.items() if owner == organization_id]

    def _named(self, usage: Usage) -> Usage:
        if usage.connection_id not in self._tables.connections:
            return usage
        name, destination = _names(self._tables, usage.connection_id)
        return replace(usage, connection_name=name, destination=destination or usage.destination)


class MemoryTallies:
    """TallyRepository in memory."""

    def __init__(self, tables: Tables) -> None:
        self._rows = tables.tallies

    def add(self, tallies: Sequence[Tally]) -> None:
        for tally in tallies:
            key = replace(tally, count=0)
            self._rows[key] = self._rows.get(key, 0) + tally.count

    def by_day(self, organization_id: str, since: str) -> list[DayTally]:
        sums: Counter[tuple[str, TallyKind, int]] = Counter()
        for tally, count in self._since(organization_id, since):
            sums[tally.day, tally.kind, tally.bucket] += count
        return [DayTally(day, kind, bucket, count) for (day, kind, bucket), count in sorted(sums.items())]

    def latencies(self, organization_id: str, since: str) -> Mapping[str, Mapping[int, int]]:
        found: dict[str, Counter[int]] = {}
        for tally, count in self._since(organization_id, since):
            if tally.kind is TallyKind.INCOMING:
                found.setdefault(tally.connection_id, Counter())[tally.bucket] += count
        return found

    def forget(self, before: str, limit: int = 1000) -> int:
        old = [tally for tally in self._rows if tally.day < before][:limit]
        for tally in old:
            del self._rows[tally]
        return len(old)

    def _since(self, organization_id: str, since: str) -> list[tuple[Tally, int]]:
        return [
            (tally, count)
            for tally, count in self._rows.items()
            if tally.organization_id == organization_id and tally.day >= since
        ]


class MemoryStandingView:
    """StandingView in memory."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def read(self, organization_id: str) -> Standing:
        tables = self._tables
        own = {
            row.connection.id: row.connection
            for row in tables.connections.values()
            if row.connection.organization_id == organization_id
            and row.connection.status is not ConnectionStatus.REMOVED
        }
        held = [row for row in _held(tables, organization_id) if row.twin.connection_id in own]
        rows = [row for row in tables.twins.values() if row.twin.connection_id in own and row not in held]
        outgoing = [row for row in tables.outbox.values() if row.connection_id in own]
        incoming = [row for row in tables.inbox.values() if row.connection_id in own]
        return Standing(
            connections=Counter(connection.status for connection in own.values()),
            twins=Counter(row.twin.status for row in rows),
            held=len(held),
            errors=Counter(
                record.impact
                for record in tables.error_records.values()
                if record.organization_id == organization_id and record.status is ErrorStatus.OPEN
            ),
            queue={
                "outgoing": sum(row.status in (QueueStatus.WAITING, QueueStatus.SENDING) for row in outgoing),
                "incoming": sum(row.status is QueueStatus.APPLYING for row in incoming),
            },
            names={connection.id: connection.name for connection in own.values()},
        )


def _held(tables: Tables, organization_id: str) -> list[StoredTwin]:
    found = [
        row
        for row in tables.twins.values()
        if row.twin.organization_id == organization_id and row.twin.is_held and not row.is_unlinked
    ]
    return sorted(found, key=lambda row: (row.twin.created_at, row.twin.id))


def _names(tables: Tables, connection_id: str) -> tuple[str, str]:
    stored = tables.connections.get(connection_id)
    if stored is None:
        return "", ""
    peer = stored.connection.peer
    return stored.connection.name, peer.organization_url if peer else ""


def _usage_place(usage: Usage) -> UsagePlace:
    return usage.month, usage.pairs, usage.connection_id

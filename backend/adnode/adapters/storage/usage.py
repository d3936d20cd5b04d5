"""Usage and held twins in the database."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session

from adnode.adapters.storage.keyset import paged
from adnode.adapters.storage.leases import Leases
from adnode.adapters.storage.new_pairs import NewPairs
from adnode.adapters.storage.rows import ConnectionRow, TwinRow, is_held
from adnode.adapters.storage.statements import WITHOUT_MIRROR, chunked
from adnode.adapters.storage.turns import Turns
from adnode.adapters.storage.usage_rows import UsageRow
from adnode.domain.usage import HeldTwin, Usage
from adnode.ports.usage_storage import HeldPlace, UsagePlace

_HELD_COLUMNS = tuple(getattr(TwinRow, name) for name in HeldTwin.__slots__)
_USAGE_COLUMNS: Sequence[Any] = (
    UsageRow.connection_id,
    UsageRow.month,
    func.coalesce(ConnectionRow.name, UsageRow.connection_name),
    func.coalesce(ConnectionRow.peer_organization_url, UsageRow.destination),
    UsageRow.pairs,
)


class SqlUsage:
    """UsageRepository on SQL."""

    def __init__(self, session: Session, turns: Turns, leases: Leases, pairs: NewPairs) -> None:
        self._session = session
        self._turns = turns
        self._leases = leases
        self._pairs = pairs

    def used(self, organization_id: str, month: str) -> int:
        return self.by_month(organization_id, month).get(month, 0)

    def by_month(self, organization_id: str, since: str) -> Mapping[str, int]:
        self._pairs.flush()
        query = (
            select(UsageRow.month, func.sum(UsageRow.pairs))
            .where(UsageRow.organization_id == organization_id, UsageRow.month >= since)
            .group_by(UsageRow.month)
        )
        return {month: int(pairs) for month, pairs in self._session.execute(query)}

    def list_page(self, organization_id: str, *, after: UsagePlace | None = None, limit: int) -> list[Usage]:
        self._pairs.flush()
        query = (
            select(*_USAGE_COLUMNS)
            .outerjoin(ConnectionRow, ConnectionRow.id == UsageRow.connection_id)
            .where(UsageRow.organization_id == organization_id)
        )
        columns = (UsageRow.month, UsageRow.pairs, UsageRow.connection_id)
        return [Usage(*row) for row in self._session.execute(paged(query, columns, after, limit, is_descending=True))]

    def count(self, organization_id: str) -> int:
        self._pairs.flush()
        query = select(func.count()).select_from(UsageRow).where(UsageRow.organization_id == organization_id)
        return self._session.scalar(query) or 0

    def list_held(self, organization_id: str, *, after: HeldPlace | None = None, limit: int) -> list[HeldTwin]:
        query = _held(select(*_HELD_COLUMNS), organization_id)
        columns = (TwinRow.created_at, TwinRow.id)
        return [
            HeldTwin(*row) for row in self._session.execute(paged(query, columns, after, limit, is_descending=False))
        ]

    def count_held(self, organization_id: str) -> Mapping[str, int]:
        counted = select(TwinRow.connection_id, func.count().label("held"))
        query = _held(counted, organization_id).group_by(TwinRow.connection_id)
        return {row.connection_id: row.held for row in self._session.execute(query)}

    def release(self, organization_id: str, now: datetime, limit: int) -> Mapping[str, int]:
        self._leases.flush()
        self._turns.take(*{connection_id for _, connection_id in self._first_held(organization_id, limit)})
        room = self._pairs.room(organization_id, now)
        first = self._first_held(organization_id, limit if room is None else min(room, limit))
        for ids in chunked(twin_id for twin_id, _ in first):
            released = update(TwinRow).where(TwinRow.id.in_(ids)).values(is_held=False)
            self._session.execute(released, execution_options=WITHOUT_MIRROR)
        counts = Counter(connection_id for _, connection_id in first)
        for connection_id, count in counts.items():
            self._pairs.count(organization_id, connection_id, now, count)
        return dict(counts)

    def _first_held(self, organization_id: str, limit: int) -> list[tuple[str, str]]:
        query = _held(select(TwinRow.id, TwinRow.connection_id), organization_id)
        ordered = query.order_by(TwinRow.created_at, TwinRow.id).limit(limit)
        return [(twin_id, connection_id) for twin_id, connection_id in self._session.execute(ordered)]


def _held(query: Select[*tuple[Any, ...]], organization_id: str) -> Select[*tuple[Any, ...]]:
    return query.where(TwinRow.organization_id == organization_id, is_held())

"""Tallies in the database."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import astuple

from sqlalchemy import delete, func, select, tuple_
from sqlalchemy.orm import Session

from adnode.adapters.storage.statements import changed_rows
from adnode.adapters.storage.upserts import add_up
from adnode.adapters.storage.usage_rows import TallyRow
from adnode.domain.tally import DayTally, Tally, TallyKind

_KEYS = ["organization_id", "connection_id", "day", "hour", "kind", "bucket"]


class SqlTallies:
    """TallyRepository on SQL."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, tallies: Sequence[Tally]) -> None:
        sums: Counter[tuple[object, ...]] = Counter()
        for tally in tallies:
            *key, count = astuple(tally)
            sums[tuple(key)] += count
        # Always in the same order, so that two units of work never wait for each other.
        values = [dict(zip(_KEYS, key, strict=True)) | {"count": count} for key, count in sorted(sums.items(), key=str)]
        add_up(self._session, TallyRow, values, keys=_KEYS, sum_name="count")

    def by_day(self, organization_id: str, since: str) -> list[DayTally]:
        columns = (TallyRow.day, TallyRow.kind, TallyRow.bucket)
        query = (
            select(*columns, func.sum(TallyRow.count))
            .where(TallyRow.organization_id == organization_id, TallyRow.day >= since)
            .group_by(*columns)
            .order_by(*columns)
        )
        return [
            DayTally(day, TallyKind(kind), bucket, int(count))
            for day, kind, bucket, count in self._session.execute(query)
        ]

    def latencies(self, organization_id: str, since: str) -> Mapping[str, Mapping[int, int]]:
        query = (
            select(TallyRow.connection_id, TallyRow.bucket, func.sum(TallyRow.count))
            .where(
                TallyRow.organization_id == organization_id,
                TallyRow.day >= since,
                TallyRow.kind == TallyKind.INCOMING.value,
            )
            .group_by(TallyRow.connection_id, TallyRow.bucket)
        )
        found: dict[str, dict[int, int]] = {}
        for connection_id, bucket, count in self._session.execute(query):
            found.setdefault(connection_id, {})[bucket] = int(count)
        return found

    def forget(self, before: str, limit: int = 1000) -> int:
        names = [getattr(TallyRow, name) for name in _KEYS]
        old = select(*names).where(TallyRow.day < before).order_by(TallyRow.day).limit(limit)
        return changed_rows(self._session, delete(TallyRow).where(tuple_(*names).in_(old)))

"""Counting new pairs, and holding those that the license plan has no room for."""

from collections import Counter
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from adnode.adapters.storage.rows import ConnectionRow, TwinRow, is_held
from adnode.adapters.storage.statements import chunked
from adnode.adapters.storage.tallies import SqlTallies
from adnode.adapters.storage.turns import Turns
from adnode.adapters.storage.upserts import add_up
from adnode.adapters.storage.usage_rows import UsageRow
from adnode.domain.license_plan import LicensePlan, month_of
from adnode.domain.tally import Tally, TallyKind, day_of, hour_of

_Hour = tuple[str, str, datetime]


class NewPairs:
    """The new pairs of one unit of work. They are counted here and stored together before the unit commits."""

    def __init__(self, session: Session, turns: Turns, plan: LicensePlan) -> None:
        self._session = session
        self._turns = turns
        self._plan = plan
        self._used: dict[tuple[str, str], int] = {}
        self._with_line: dict[str, bool] = {}
        self._made: Counter[_Hour] = Counter()

    def must_wait(self, organization_id: str, moment: datetime) -> bool:
        """Say whether a pair made now has to wait: for room in the month, or behind others that wait."""
        room = self.room(organization_id, moment)
        if room is None:
            return False
        if organization_id not in self._with_line:
            self._with_line[organization_id] = self._has_line(organization_id)
        # Once one has to wait in this unit, all after it wait behind it.
        self._with_line[organization_id] |= room == 0
        return self._with_line[organization_id]

    def room(self, organization_id: str, moment: datetime) -> int | None:
        """Return how many pairs the month still has room for; None without a limit. Nobody else uses it up meanwhile,
        because who asks has the organization's pairs to himself until the unit ends.
        """
        if self._plan.pairs_per_month is None:
            return None
        key = organization_id, month_of(moment)
        if key not in self._used:
            self._turns.take_pairs(organization_id)
            self._used[key] = self._stored(*key)
        return self._plan.room(self._used[key])

    def count(self, organization_id: str, connection_id: str, moment: datetime, pairs: int = 1) -> None:
        """Count pairs that were let through."""
        key = organization_id, month_of(moment)
        if key in self._used:
            self._used[key] += pairs
        self._made[organization_id, connection_id, _hour(moment)] += pairs

    def flush(self) -> None:
        """Store what was counted."""
        if not self._made:
            return
        made = self._made.copy()
        self._made.clear()
        self._store_usage(made)
        SqlTallies(self._session).add(
            [
                Tally(organization_id, connection_id, day_of(hour), hour_of(hour), TallyKind.PAIR, 0, count)
                for (organization_id, connection_id, hour), count in made.items()
            ]
        )

    def _store_usage(self, made: Counter[_Hour]) -> None:
        months: Counter[tuple[str, str, str]] = Counter()
        for (organization_id, connection_id, hour), count in made.items():
            months[organization_id, connection_id, month_of(hour)] += count
        names = self._names({connection_id for _, connection_id, _ in months})
        values = [
            {
                "organization_id": organization_id,
                "connection_id": connection_id,
                "month": month,
                "connection_name": names.get(connection_id, ("", ""))[0],
                "destination": names.get(connection_id, ("", ""))[1],
                "pairs": count,
            }
            for (organization_id, connection_id, month), count in sorted(months.items())
        ]
        add_up(self._session, UsageRow, values, keys=["organization_id", "connection_id", "month"], sum_name="pairs")

    def _names(self, connection_ids: set[str]) -> dict[str, tuple[str, str]]:
        found: dict[str, tuple[str, str]] = {}
        for ids in chunked(connection_ids):
            query = select(ConnectionRow.id, ConnectionRow.name, ConnectionRow.peer_organization_url)
            rows = self._session.execute(query.where(ConnectionRow.id.in_(ids)))
            found.update((connection_id, (name, url or "")) for connection_id, name, url in rows)
        return found

    def _stored(self, organization_id: str, month: str) -> int:
        query = select(func.coalesce(func.sum(UsageRow.pairs), 0)).where(
            UsageRow.organization_id == organization_id, UsageRow.month == month
        )
        return int(self._session.scalar(query) or 0)

    def _has_line(self, organization_id: str) -> bool:
        query = select(TwinRow.id).where(TwinRow.organization_id == organization_id, is_held()).limit(1)
        return self._session.scalar(query) is not None


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)

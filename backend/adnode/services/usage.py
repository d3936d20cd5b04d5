"""License Details: the plan, what of it is used, and what waits for it. Nothing is sold here."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from adnode.domain.license_plan import LicensePlan, list_months, month_end, month_of
from adnode.domain.session import Session
from adnode.domain.usage import HeldTwin, Usage
from adnode.ports.storage import UnitOfWorkFactory
from adnode.ports.system import Clock
from adnode.ports.usage_storage import HeldPlace, UsagePlace

SHOWN_MONTHS = 12
EXPORT_PAGE = 500


@dataclass(frozen=True, slots=True)
class MonthPairs:
    """The pairs that all connections together made in a month."""

    month: str
    pairs: int


@dataclass(frozen=True, slots=True)
class LicenseReport:
    """The plan and this month. ``remaining`` is None without a limit; ``resets_at`` is when the month (of UTC) ends.

    ``months`` are the last twelve, this one at the end.
    """

    plan: LicensePlan
    month: str
    used: int
    remaining: int | None
    resets_at: datetime
    held: int
    months: tuple[MonthPairs, ...]


@dataclass(frozen=True, slots=True)
class UsagePage:
    """Some usage, the newest month first, and how many rows there are in all."""

    items: tuple[Usage, ...]
    total: int


@dataclass(frozen=True, slots=True)
class HeldItem:
    """A work item that waits for the plan, and the connection that it is to go over. ``url`` is of our work item."""

    twin: HeldTwin
    connection_name: str
    url: str


@dataclass(frozen=True, slots=True)
class HeldPage:
    """Some of the work items that wait, the next one first, and how many there are in all."""

    items: tuple[HeldItem, ...]
    total: int


class UsageService:
    """Says how much of the plan an organization uses."""

    def __init__(self, new_unit_of_work: UnitOfWorkFactory, plan: LicensePlan, clock: Clock) -> None:
        self._new_unit_of_work = new_unit_of_work
        self._plan = plan
        self._clock = clock

    def report(self, session: Session) -> LicenseReport:
        """Return the plan and the use of it."""
        now, organization_id = self._clock.now(), session.tenant.id
        months = list_months(now, SHOWN_MONTHS)
        with self._new_unit_of_work() as work:
            pairs = work.usage.by_month(organization_id, months[0])
            held = sum(work.usage.count_held(organization_id).values())
        used = pairs.get(month_of(now), 0)
        return LicenseReport(
            plan=self._plan,
            month=month_of(now),
            used=used,
            remaining=self._plan.room(used),
            resets_at=month_end(now),
            held=held,
            months=tuple(MonthPairs(month, pairs.get(month, 0)) for month in months),
        )

    def list_usage(self, session: Session, *, after: UsagePlace | None = None, limit: int) -> UsagePage:
        """Return pairs by connection and month that stand after (month, pairs, connection)."""
        with self._new_unit_of_work() as work:
            items = work.usage.list_page(session.tenant.id, after=after, limit=limit)
            return UsagePage(tuple(items), work.usage.count(session.tenant.id))

    def list_held(self, session: Session, *, after: HeldPlace | None = None, limit: int) -> HeldPage:
        """Return work items that wait and stand after (creation, twin)."""
        with self._new_unit_of_work() as work:
            twins = work.usage.list_held(session.tenant.id, after=after, limit=limit)
            total = sum(work.usage.count_held(session.tenant.id).values())
            names = {
                connection_id: work.connections.get(connection_id).name
                for connection_id in sorted({twin.connection_id for twin in twins})
            }
        return HeldPage(tuple(HeldItem(twin, names[twin.connection_id], _url(session, twin)) for twin in twins), total)

    def export(self, session: Session) -> Iterator[Usage]:
        """Yield all usage of all months, the newest first, read a few rows at a time."""
        after: UsagePlace | None = None
        while True:
            page = self.list_usage(session, after=after, limit=EXPORT_PAGE).items
            yield from page
            if len(page) < EXPORT_PAGE:
                return
            after = page[-1].month, page[-1].pairs, page[-1].connection_id


def _url(session: Session, twin: HeldTwin) -> str:
    return f"{session.tenant.url}/_workitems/edit/{twin.work_item_id}" if twin.work_item_id else ""

"""Letting pairs through that waited for the license plan, and saying which connections have some that wait."""

from datetime import datetime
from threading import Event

import structlog

from adnode.domain.error_record import ErrorRecord, Impact
from adnode.domain.license_plan import LIMIT_CODE, LicensePlan, month_end
from adnode.ports.error_storage import ErrorFilter, ErrorSort
from adnode.ports.storage import UnitOfWork, UnitOfWorkFactory
from adnode.ports.system import Clock, Ids, Topic, Wakeups

RELEASE_CHUNK = 500
"""Pairs let through in one transaction."""
_CONNECTIONS = 1000

log = structlog.get_logger(__name__)


class HeldPairsService:
    """Lets held pairs through when the month turns or the limit was raised, the oldest first.

    Any process may do it at any time: a pair is let through and counted in one transaction, under the same limit.
    """

    def __init__(
        self, new_unit_of_work: UnitOfWorkFactory, plan: LicensePlan, wakeups: Wakeups, clock: Clock, ids: Ids
    ) -> None:
        self._new_unit_of_work = new_unit_of_work
        self._plan = plan
        self._wakeups = wakeups
        self._clock = clock
        self._ids = ids

    def tend(self, stopping: Event) -> bool:
        """Let through what may go and bring the warnings up to date; say whether there is more to do at once."""
        with self._new_unit_of_work() as work:
            concerned = [one.id for one in work.organizations.list_all() if _is_concerned(work, one.id)]
        is_more = False
        for organization_id in concerned:
            if not stopping.is_set():
                is_more |= self._tend(organization_id)
        return is_more

    def _tend(self, organization_id: str) -> bool:
        now = self._clock.now()
        with self._new_unit_of_work() as work:
            released = work.usage.release(organization_id, now, RELEASE_CHUNK)
            self._warn(work, organization_id, now)
            work.commit()
        count = sum(released.values())
        if count:
            log.info("pairs_let_through", organization=organization_id, pairs=count)
        for connection_id in released:
            self._wakeups.wake(Topic.RECONCILE, connection_id)
        return count == RELEASE_CHUNK

    def _warn(self, work: UnitOfWork, organization_id: str, now: datetime) -> None:
        """Keep one warning open for each connection with pairs that wait; one that says the same stays as it is."""
        waiting = work.usage.count_held(organization_id)
        warnings = {record.connection_id: record for record in _warnings(work, organization_id)}
        for connection_id in sorted(warnings.keys() - waiting.keys()):
            work.error_records.close(now, connection_id=connection_id, code=LIMIT_CODE)
        for connection_id, count in sorted(waiting.items()):
            text = self._text(count, now)
            if connection_id not in warnings or warnings[connection_id].message != text:
                work.error_records.open(self._warning(organization_id, connection_id, text, now))

    def _warning(self, organization_id: str, connection_id: str, text: str, now: datetime) -> ErrorRecord:
        return ErrorRecord(
            id=self._ids.new_id(),
            organization_id=organization_id,
            connection_id=connection_id,
            twin_id="",
            impact=Impact.WARNING,
            code=LIMIT_CODE,
            message=text,
            opened_at=now,
            last_seen_at=now,
        )

    def _text(self, count: int, now: datetime) -> str:
        end = month_end(now)
        wait = "1 work item waits" if count == 1 else f"{count:,} work items wait"
        limit = self._plan.pairs_per_month or 0
        return (
            f"{wait} to come under sync: the plan of this node allows {limit:,} new pairs a month, and this month's "
            f"are used up. What waits starts by itself on {end.day} {end:%B %Y} (UTC), the oldest first; pairs that "
            "exist go on. Whoever runs this node can raise the limit with ADNODE_PLAN."
        )


def _is_concerned(work: UnitOfWork, organization_id: str) -> bool:
    return bool(work.usage.count_held(organization_id)) or bool(_warnings(work, organization_id))


def _warnings(work: UnitOfWork, organization_id: str) -> list[ErrorRecord]:
    wanted = ErrorFilter(organization_id, code=LIMIT_CODE)
    return work.error_records.list_page(wanted, sort=ErrorSort.TIME, is_descending=True, after=None, limit=_CONNECTIONS)

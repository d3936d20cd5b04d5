"""Noticing changes: the reporting watermark of each organization is the truth."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from adnode.domain.work_item import ChangePage
from adnode.ports.gateway import GatewayProvider
from adnode.ports.storage import UnitOfWork, UnitOfWorkFactory
from adnode.ports.system import Clock, Topic, Wakeups

FIRST_LOOK_BACK = timedelta(hours=1)
"""A new feed starts this long before the first connection, so that clocks that differ lose nothing."""


@dataclass(frozen=True, slots=True)
class FeedSettings:
    """Who reads, how often an organization is read at most, and how long one round may take (seconds)."""

    owner: str
    interval_seconds: float = 30.0
    lease_seconds: float = 120.0


class ChangeFeedService:
    """Reads the change feed and marks the twins whose work item has a revision that is not ours."""

    def __init__(
        self,
        new_unit_of_work: UnitOfWorkFactory,
        gateways: GatewayProvider,
        wakeups: Wakeups,
        clock: Clock,
        settings: FeedSettings,
    ) -> None:
        self._new_unit_of_work = new_unit_of_work
        self._gateways = gateways
        self._wakeups = wakeups
        self._clock = clock
        self._settings = settings

    def read(self, organization_id: str) -> int:
        """Read what is new in the organization; return how many revisions came.

        Does nothing before the interval is over.
        """
        if not self._claim(organization_id):
            return 0
        total = 0
        try:
            while True:
                page = self._read_page(organization_id)
                total += len(page.changes)
                self._take_over(organization_id, page)
                if page.is_last:
                    break
        finally:
            self._release(organization_id)
        return total

    def _claim(self, organization_id: str) -> bool:
        settings = self._settings
        with self._new_unit_of_work() as work:
            claimed = work.feeds.claim(
                organization_id, settings.owner, self._clock.now(), settings.lease_seconds, settings.interval_seconds
            )
            work.commit(durable=False)
        return claimed

    def _read_page(self, organization_id: str) -> ChangePage:
        with self._new_unit_of_work() as work:
            token = work.feeds.token(organization_id)
            since = None if token else self._start(work, organization_id)
        return self._gateways.get(organization_id).read_changes(token, since)

    def _start(self, work: UnitOfWork, organization_id: str) -> datetime:
        """Return when a new feed begins: nothing that happened to a twin may be missed after a long pause."""
        connections = [each for each in work.connections.list_all() if each.organization_id == organization_id]
        return min([self._clock.now(), *(each.created_at for each in connections)]) - FIRST_LOOK_BACK

    def _take_over(self, organization_id: str, page: ChangePage) -> None:
        with self._new_unit_of_work() as work:
            connection_ids = work.twins.mark_revisions(organization_id, newest_revisions(page), self._clock.now())
            work.feeds.save_token(organization_id, page.token)
            work.commit(durable=False)
        for connection_id in sorted(connection_ids):
            self._wakeups.wake(Topic.RECONCILE, connection_id)

    def _release(self, organization_id: str) -> None:
        with self._new_unit_of_work() as work:
            work.feeds.finish(organization_id, self._settings.owner, self._clock.now())
            work.commit(durable=False)


def newest_revisions(page: ChangePage) -> Mapping[int, int]:
    """Return the highest revision of each work item on the page."""
    newest: dict[int, int] = {}
    for change in page.changes:
        newest[change.work_item_id] = max(change.revision, newest.get(change.work_item_id, 0))
    return newest

"""Noticing changes: the reporting watermark of each organization is the truth."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from adnode.domain.error_record import Impact
from adnode.domain.errors import AdnodeError, GatewayError, StorageUnavailableError
from adnode.domain.work_item import ChangePage
from adnode.ports.error_storage import ErrorFilter
from adnode.ports.gateway import GatewayProvider
from adnode.ports.storage import UnitOfWork, UnitOfWorkFactory
from adnode.ports.system import Clock, Ids, Topic, Wakeups
from adnode.services.failures import FEED, make_feed_record

FIRST_LOOK_BACK = timedelta(hours=1)
"""A new feed starts this long before the first connection, so that clocks that differ lose nothing."""
LOOK_BACK_INTERVAL = timedelta(hours=1)
LOOK_BACK = timedelta(minutes=70)
"""What was made so long ago is read again each interval: nobody publishes how late the feed may tell a revision."""


@dataclass(frozen=True, slots=True)
class FeedSettings:
    """Who reads, how often an organization is read at most, and how long one round may take (seconds)."""

    owner: str
    interval_seconds: float = 30.0
    lease_seconds: float = 120.0


class ChangeFeedService:
    """Reads the change feed, marks the twins whose work item has a revision that is not ours, and notes for triggers
    what changed.
    """

    def __init__(
        self,
        new_unit_of_work: UnitOfWorkFactory,
        gateways: GatewayProvider,
        wakeups: Wakeups,
        clock: Clock,
        ids: Ids,
        settings: FeedSettings,
    ) -> None:
        self._new_unit_of_work = new_unit_of_work
        self._gateways = gateways
        self._wakeups = wakeups
        self._clock = clock
        self._ids = ids
        self._settings = settings
        self._failed: Counter[str] = Counter()

    def read(self, organization_id: str) -> int:
        """Read what is new in the organization; return how many revisions came.

        Does nothing before the interval is over. What keeps it from reading is raised, and an error record tells it
        until reading works again; what is over by itself with the next try is a hiccup, and told nobody.
        """
        if not self._claim(organization_id):
            return 0
        try:
            return self._read_all(organization_id)
        except AdnodeError as error:
            self._note_failure(organization_id, error)
            raise
        finally:
            self._release(organization_id)

    def _read_all(self, organization_id: str) -> int:
        total = 0
        while True:
            page = self._read_page(organization_id)
            total += len(page.changes)
            if not self._take_over(organization_id, page):
                return total
            if page.is_last:
                break
        self._look_back(organization_id)
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

    def _take_over(self, organization_id: str, page: ChangePage) -> bool:
        """Store what a page tells, and where the feed stands after it; False when somebody else reads by now."""
        now = self._clock.now()
        with self._new_unit_of_work() as work:
            if not self._keep_turn(work, organization_id, page):
                return False
            connection_ids = work.twins.mark_revisions(organization_id, newest_revisions(page), now)
            work.triggers.note_changes(organization_id, living_work_items(page))
            work.feeds.save_token(organization_id, page.token)
            if page.is_last:
                self._note_success(work, organization_id, now)
            work.commit(durable=False)
        self._wake(connection_ids)
        return True

    def _keep_turn(self, work: UnitOfWork, organization_id: str, page: ChangePage) -> bool:
        if page.changes:
            work.feeds.count_page(organization_id)
        settings = self._settings
        return work.feeds.extend(organization_id, settings.owner, self._clock.now(), settings.lease_seconds)

    def _wake(self, connection_ids: Collection[str]) -> None:
        for connection_id in sorted(connection_ids):
            self._wakeups.wake(Topic.RECONCILE, connection_id)

    def _look_back(self, organization_id: str) -> None:
        """Read again what was made of late, by the time of Azure DevOps, without moving the place of the feed."""
        gateway = self._gateways.get(organization_id)
        now = gateway.time()
        if not self._is_look_back_due(organization_id, now):
            return
        token: str | None = None
        while True:
            page = gateway.read_changes(token, now - LOOK_BACK if token is None else None)
            if not self._look_at_again(organization_id, page, now):
                return
            token = page.token

    def _is_look_back_due(self, organization_id: str, now: datetime) -> bool:
        with self._new_unit_of_work() as work:
            last = work.feeds.looked_back_at(organization_id)
            if last is None:
                # A feed that just began has looked back by that.
                work.feeds.note_look_back(organization_id, now)
                work.commit(durable=False)
        return last is not None and now - last >= LOOK_BACK_INTERVAL

    def _look_at_again(self, organization_id: str, page: ChangePage, looked_at: datetime) -> bool:
        """Store what a page tells that is news; say whether to go on.

        Triggers look again, too, but not at what people have taken out of sync: it may not have changed since.
        """
        now = self._clock.now()
        with self._new_unit_of_work() as work:
            if not self._keep_turn(work, organization_id, page):
                return False
            connection_ids = work.twins.mark_revisions(organization_id, newest_revisions(page), now)
            living = living_work_items(page)
            work.triggers.note_changes(organization_id, living - _parted(work, organization_id, living))
            if page.is_last:
                work.feeds.note_look_back(organization_id, looked_at)
            work.commit(durable=False)
        self._wake(connection_ids)
        return not page.is_last

    def _note_success(self, work: UnitOfWork, organization_id: str, now: datetime) -> None:
        self._failed[organization_id] = 0
        # Counted first, because this runs all the time and there is hardly ever anything to close.
        if work.error_records.count(ErrorFilter(organization_id, impact=Impact.NODE)):
            work.error_records.close(now, organization_id=organization_id, subject=FEED)

    def _note_failure(self, organization_id: str, error: AdnodeError) -> None:
        if isinstance(error, StorageUnavailableError):
            return
        self._failed[organization_id] += 1
        if self._failed[organization_id] == 1 and isinstance(error, GatewayError) and error.is_transient:
            return
        with self._new_unit_of_work() as work:
            work.error_records.open(make_feed_record(error, organization_id, self._ids, self._clock.now()))
            work.commit(durable=False)

    def _release(self, organization_id: str) -> None:
        with self._new_unit_of_work() as work:
            work.feeds.finish(organization_id, self._settings.owner, self._clock.now())
            work.commit(durable=False)


def _parted(work: UnitOfWork, organization_id: str, work_item_ids: Collection[int]) -> set[int]:
    """Return those of the work items whose pairs this side has ended."""
    connections = [each for each in work.connections.list_all() if each.organization_id == organization_id]
    partners = {each.peer_organization_id for each in connections} - {""}
    found = [
        parting for each in sorted(partners) for parting in work.partings.find(organization_id, each, work_item_ids)
    ]
    return {parting.work_item_id for parting in found if parting.is_ours}


def living_work_items(page: ChangePage) -> set[int]:
    """Return the work items of the page that were not in the recycle bin when they changed last."""
    deleted = {change.work_item_id: change.is_deleted for change in sorted(page.changes, key=lambda one: one.revision)}
    return {work_item_id for work_item_id, is_deleted in deleted.items() if not is_deleted}


def newest_revisions(page: ChangePage) -> Mapping[int, int]:
    """Return the highest revision of each work item on the page."""
    newest: dict[int, int] = {}
    for change in page.changes:
        newest[change.work_item_id] = max(change.revision, newest.get(change.work_item_id, 0))
    return newest

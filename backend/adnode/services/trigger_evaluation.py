"""Evaluating triggers: what changed and fits a condition comes under sync by itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import Event

from adnode.domain.connection import Connection, ConnectionStatus
from adnode.domain.error_record import ErrorRecord, Impact
from adnode.domain.errors import AdnodeError, LeaseLostError, StorageUnavailableError
from adnode.domain.trigger import ChangedWorkItem, Trigger
from adnode.domain.work_item import WorkItemSnapshot
from adnode.ports.gateway import GatewayProvider
from adnode.ports.storage import UnitOfWork, UnitOfWorkFactory
from adnode.ports.system import Clock, Ids, Topic, Wakeups
from adnode.services.consent.counterparts import find_links
from adnode.services.failures import asked_delay_seconds, make_record
from adnode.services.new_twins import make_twins
from adnode.services.retry import RetryPolicy
from adnode.sync.trigger_query import make_queries

BATCH = 1000
"""Changed work items that one run looks at."""
LEASE_SECONDS = 300.0
"""Longer than the queries of one run take, each at most a minute."""
DEFERRAL = timedelta(seconds=3)
"""After this a work item is looked at again that was just being made by the synchronization."""
RETRY = RetryPolicy(first_delay_seconds=15.0, maximum_delay_seconds=900.0)


@dataclass(frozen=True, slots=True)
class _Found:
    """What a run found: work items to put under sync, those to look at again in a moment, and the partner's work items
    that links of ours lead to.
    """

    fitting: tuple[int, ...]
    deferred: tuple[int, ...]
    linked: Mapping[int, int]


class TriggerEvaluationService:
    """Looks at noted changes, trigger by trigger.

    A trigger that can't look keeps its place, so that nothing is lost, and tells so in an error record; others go on.
    """

    def __init__(
        self,
        new_unit_of_work: UnitOfWorkFactory,
        gateways: GatewayProvider,
        wakeups: Wakeups,
        clock: Clock,
        ids: Ids,
        owner: str,
    ) -> None:
        self._new_unit_of_work = new_unit_of_work
        self._gateways = gateways
        self._wakeups = wakeups
        self._clock = clock
        self._ids = ids
        self._owner = owner

    def evaluate_due(self, stopping: Event) -> bool:
        """Let every trigger that is due look at a batch; say whether there may be more to look at."""
        with self._new_unit_of_work() as work:
            trigger_ids = work.triggers.due(self._clock.now())
        for trigger_id in trigger_ids:
            if stopping.is_set():
                return False
            self.evaluate(trigger_id)
        return bool(trigger_ids)

    def evaluate(self, trigger_id: str) -> None:
        """Let a trigger look at a batch of changes, unless somebody else does."""
        with self._new_unit_of_work() as work:
            trigger = work.triggers.claim(trigger_id, self._owner, self._clock.now(), LEASE_SECONDS)
            work.commit(durable=False)
        if trigger is None:
            return
        # Not in the unit that claims: whoever changes a trigger holds its connection first.
        with self._new_unit_of_work() as work:
            connection = work.connections.get(trigger.connection_id)
            changes = work.triggers.changes_after(trigger.organization_id, trigger.checked_through, BATCH)
        try:
            found = self._look(trigger, connection, [change.work_item_id for change in changes])
            self._settle(trigger, changes, found)
        except StorageUnavailableError:
            # Nothing can be told either; the lease ends by itself.
            raise
        except AdnodeError as error:
            self._note_failure(trigger, error)

    def _look(self, trigger: Trigger, connection: Connection, changed: Sequence[int]) -> _Found:
        """Ask Azure DevOps which of the changed work items fit, but for those that are under sync already."""
        with self._new_unit_of_work() as work:
            synced = work.triggers.under_sync(connection.id, changed)
        wanted = sorted(set(changed) - synced)
        gateway = self._gateways.get(trigger.organization_id)
        fitting: list[int] = []
        for query, _ in make_queries(connection.project, trigger.work_item_type, trigger.condition, wanted):
            fitting += gateway.query(connection.project, query)
        snapshots = gateway.read_work_items(fitting) if fitting else {}
        deferred = self._being_made(trigger.organization_id, snapshots)
        chosen = tuple(number for number in fitting if number not in deferred)
        return _Found(chosen, tuple(sorted(deferred)), find_links(connection, snapshots.values()))

    def _being_made(self, organization_id: str, snapshots: Mapping[int, WorkItemSnapshot]) -> set[int]:
        """Return those that the synchronization is just making, without their twin knowing their number yet.

        They look like work items that nobody has under sync; a second twin of one would make a double on the other
        side. Each carries the link to its counterpart, as every work item that is made here.
        """
        if not snapshots:
            return set()
        with self._new_unit_of_work() as work:
            counterparts = work.triggers.open_creates(organization_id)
        return {number for number, snapshot in snapshots.items() if counterparts.intersection(snapshot.hyperlinks)}

    def _settle(self, trigger: Trigger, changes: Sequence[ChangedWorkItem], found: _Found) -> None:
        """Put under sync what fits, in the transaction that notes what was looked at."""
        now = self._clock.now()
        through = max((change.number for change in changes), default=trigger.checked_through)
        due_at = now + DEFERRAL if found.deferred else None
        with self._new_unit_of_work() as work:
            connection = work.connections.get(trigger.connection_id)
            if connection.status is not ConnectionStatus.ACTIVE:
                # Stopped while the trigger looked: it looks again once the connection goes on.
                self._give_back(work, trigger)
                work.commit(durable=False)
                return
            made = make_twins(
                work, connection, found.fitting, self._ids, now, _word_asker(trigger), linked=found.linked
            ).made
            if not self._give_back(work, trigger.ran(now, through, len(made), due_at)):
                return
            if trigger.failures:
                close_trigger_records(work, trigger, now)
            work.triggers.note_changes(trigger.organization_id, found.deferred)
            work.triggers.forget_checked(trigger.organization_id)
            work.commit()
        if made:
            self._wakeups.wake(Topic.RECONCILE, connection.id)

    def _note_failure(self, trigger: Trigger, error: AdnodeError) -> None:
        now = self._clock.now()
        due_at = RETRY.next_at(now, trigger.failures, trigger.id, asked_delay_seconds(error))
        with self._new_unit_of_work() as work:
            connection = work.connections.get(trigger.connection_id)
            if self._give_back(work, trigger.failed(error.message, due_at)):
                work.error_records.open(make_trigger_record(error, trigger, connection, self._ids, now))
                work.commit()

    def _give_back(self, work: UnitOfWork, trigger: Trigger) -> bool:
        """Store how it went; say whether the trigger was still ours. If not, another one looks at the same changes."""
        try:
            work.triggers.finish(trigger, self._owner)
        except LeaseLostError:
            return False
        return True


def _word_asker(trigger: Trigger) -> str:
    return f"Trigger “{trigger.title}”"


def make_trigger_record(
    error: AdnodeError, trigger: Trigger, connection: Connection, ids: Ids, now: datetime
) -> ErrorRecord:
    """Return the error record of a trigger that can't look at what changed."""
    record = make_record(error, connection, None, ids, now, subject=trigger.id)
    message = (
        f"Trigger “{trigger.title}” can't look at what changed: {error.message} What changes meanwhile waits and is "
        "looked at once it works again; edit the trigger if its condition is the cause."
    )
    return replace(record, impact=Impact.TRIGGER, message=message)


def close_trigger_records(work: UnitOfWork, trigger: Trigger, now: datetime) -> None:
    """Close what is open about a trigger: it works again, or people decided about it."""
    work.error_records.close(now, connection_id=trigger.connection_id, subject=trigger.id)

"""Looking into the sync queue of whole nodes, cancelling events and sending them again."""

from threading import Event

import pytest
from tests.unit.services.memory_nodes import LEASE_SECONDS, Meeting, MemoryNode, as_seen

from adnode.adapters.memory.clock import MemoryIds
from adnode.adapters.memory.gateway_failures import Moment
from adnode.adapters.memory.wakeups import MemoryWakeups
from adnode.domain.audit import AuditAction
from adnode.domain.connection import Visibility
from adnode.domain.errors import NotFoundError, RuleViolationError, StateError
from adnode.domain.message import QueueStatus
from adnode.domain.organization import OrganizationKind
from adnode.domain.queue_event import Hold, Lane, QueueEvent
from adnode.domain.session import Session, Tenant
from adnode.domain.synced_change import ChangedThing, Direction
from adnode.domain.twin import TwinStatus
from adnode.ports.queue_view import EventOrder
from adnode.services.audit import AuditService
from adnode.services.sync_queue import EventDetails, EventQuery, SyncQueueService

TITLE = "System.Title"
REFUSAL = RuleViolationError("Field Severity is required.", fields=("Severity",))


class Desk:
    """An administrator of a node's organization before the Sync Queue."""

    def __init__(self, node: MemoryNode) -> None:
        self.node = node
        self.session = self._open_session(node.organization.id)
        storage, clock = node.storage.unit_of_work, node.clock
        audit = AuditService(storage, clock, MemoryIds("audit"))
        self.queue = SyncQueueService(storage, MemoryWakeups(), audit, clock)

    def _open_session(self, organization_id: str) -> Session:
        now = self.node.clock.now()
        tenant = Tenant(organization_id, "name", "https://dev.azure.com/x", OrganizationKind.SERVICES, now)
        return Session("s", tenant, "ada", "Ada", is_administrator=True, issued_at=now, expires_at=now)

    def events(self, lane: Lane, *, finished: bool = False) -> list[QueueEvent]:
        query = EventQuery(lane, shows_finished=finished)
        page = self.queue.list_page(self.session, query, EventOrder(), limit=100)
        assert page.total == len(page.events)
        return [each.event for each in page.events]

    def event(self, lane: Lane, status: QueueStatus, *, finished: bool = False) -> QueueEvent:
        [event] = [event for event in self.events(lane, finished=finished) if event.status is status]
        return event

    def show(self, event: QueueEvent) -> EventDetails:
        return self.queue.show(self.session, event.direction, event.connection_id, event.id)

    def cancel(self, event: QueueEvent) -> EventDetails:
        return self.queue.cancel(self.session, event.direction, event.connection_id, event.id)

    def send_again(self, event: QueueEvent) -> EventDetails:
        return self.queue.send_again(self.session, event.direction, event.connection_id, event.id)

    def actions(self) -> list[AuditAction]:
        with self.node.storage.unit_of_work() as work:
            entries = work.audit.list_page(self.session.tenant.id, limit=100)
        return [entry.action for entry in entries if entry.action.startswith("queue_")]


@pytest.fixture
def meeting() -> Meeting:
    return Meeting()


@pytest.fixture
def alpha(meeting: Meeting) -> MemoryNode:
    return meeting.add("alpha", "Agile")


@pytest.fixture
def beta(meeting: Meeting) -> MemoryNode:
    return meeting.add("beta", "Agile")


@pytest.fixture
def connection_id(meeting: Meeting, alpha: MemoryNode, beta: MemoryNode) -> str:
    return meeting.connect(alpha, beta, Visibility.PUBLIC)


@pytest.fixture
def here(alpha: MemoryNode) -> Desk:
    return Desk(alpha)


@pytest.fixture
def there(beta: MemoryNode) -> Desk:
    return Desk(beta)


@pytest.fixture
def pair(meeting: Meeting, alpha: MemoryNode, connection_id: str) -> tuple[int, int]:
    """A work item in sync and its counterpart at beta."""
    number = alpha.create("Task", "One")
    [other] = meeting.share(alpha, connection_id, number)
    return number, other


def refuse(node: MemoryNode) -> None:
    for operation in ("write_work_item", "write_work_items"):
        node.failures.plan(operation, Moment.BEFORE, REFUSAL, times=5)


def edit_unsent(meeting: Meeting, node: MemoryNode, number: int, title: str, connection_id: str) -> None:
    """Change a title and have it queued, not sent."""
    node.organization.edit(number, {TITLE: title})
    meeting.clock.advance(1.5)
    node.feed.read(node.organization.id)
    node.reconciliation.reconcile(connection_id)


def edit_refused(meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, number: int) -> None:
    """Change a title that beta's Azure DevOps does not take."""
    refuse(beta)
    alpha.organization.edit(number, {TITLE: "Two"})
    meeting.rest()
    beta.failures.clear()


# cancelling what goes out ------------------------------------------------------------------------------------------


def test_a_cancelled_event_is_passed_over_and_the_next_change_arrives(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str, here: Desk, pair: tuple[int, int]
) -> None:
    number, other = pair
    edit_unsent(meeting, alpha, number, "Two", connection_id)
    cancelled = here.cancel(here.event(Lane.OUTGOING_SYNC, QueueStatus.WAITING)).event
    assert (cancelled.status, cancelled.reason) == (QueueStatus.CANCELLED, "Cancelled by Ada")
    assert here.actions() == [AuditAction.QUEUE_EVENT_CANCELLED]
    meeting.rest()
    assert as_seen(beta, other)["title"] == "One"
    alpha.organization.edit(number, {TITLE: "Three"})
    beta.organization.comment(other, "<p>still talking</p>")
    meeting.rest()
    assert as_seen(beta, other)["title"] == "Three"
    assert as_seen(alpha, number)["comments"] != []
    assert meeting.situation() == [], "numbers that are left out do not look like a restored backup"


def test_what_was_cancelled_can_be_sent_again(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str, here: Desk, pair: tuple[int, int]
) -> None:
    number, other = pair
    edit_unsent(meeting, alpha, number, "Two", connection_id)
    here.cancel(here.event(Lane.OUTGOING_SYNC, QueueStatus.WAITING))
    here.send_again(here.event(Lane.OUTGOING_SYNC, QueueStatus.CANCELLED, finished=True))
    meeting.rest()
    assert as_seen(beta, other)["title"] == "Two"
    assert here.actions() == [AuditAction.QUEUE_EVENT_SENT_AGAIN, AuditAction.QUEUE_EVENT_CANCELLED]


def test_an_unreachable_partner_blocks_and_its_events_can_be_cancelled(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str, here: Desk, pair: tuple[int, int]
) -> None:
    number, other = pair
    meeting.network.unreachable.add(beta.url)
    edit_unsent(meeting, alpha, number, "Two", connection_id)
    alpha.exchange.send(connection_id)
    assert here.event(Lane.OUTGOING_SYNC, QueueStatus.SENDING).hold is Hold.NONE, "it may be a hiccup"
    since = meeting.clock.now()
    meeting.wait(6)
    alpha.exchange.send(connection_id)
    event = here.event(Lane.OUTGOING_SYNC, QueueStatus.BLOCKED)
    assert (event.hold, event.attempts, event.stored_status) == (Hold.PEER_UNREACHABLE, 2, QueueStatus.SENDING)
    assert event.hold_since == since
    assert event.last_attempt_at == meeting.clock.now()
    assert here.show(event).errors == (), "the error is the connection's"
    here.cancel(event)
    meeting.network.unreachable.clear()
    meeting.wait(3600)
    meeting.rest()
    assert as_seen(beta, other)["title"] == "One"
    alpha.organization.edit(number, {TITLE: "Three"})
    meeting.rest()
    assert as_seen(beta, other)["title"] == "Three"
    assert meeting.situation() == []


def test_what_is_being_sent_is_left_alone(
    meeting: Meeting, alpha: MemoryNode, connection_id: str, here: Desk, pair: tuple[int, int]
) -> None:
    edit_unsent(meeting, alpha, pair[0], "Two", connection_id)
    with alpha.storage.unit_of_work() as work:
        work.connections.claim_sender(connection_id, "sender", meeting.clock.now(), 60)
        work.outbox.next_batch(connection_id, 10, 10_000, meeting.clock.now())
        work.commit()
    with pytest.raises(StateError, match="being sent at this moment"):
        here.cancel(here.event(Lane.OUTGOING_SYNC, QueueStatus.SENDING))
    meeting.wait(61)
    here.cancel(here.event(Lane.OUTGOING_SYNC, QueueStatus.SENDING))


def test_what_is_through_can_not_be_cancelled(here: Desk, there: Desk, pair: tuple[int, int]) -> None:
    state = here.event(Lane.OUTGOING_SYNC, QueueStatus.SYNCHRONIZED, finished=True)
    with pytest.raises(StateError, match="it is synchronized"):
        here.cancel(state)
    applied = there.event(Lane.OUTGOING_SYNC, QueueStatus.SENT, finished=True)
    assert applied.kind == "applied"
    with pytest.raises(StateError, match="carries no changes"):
        there.cancel(applied)
    with pytest.raises(StateError, match="carries no changes"):
        there.send_again(applied)
    assert here.actions() == there.actions() == []


# cancelling what came in -------------------------------------------------------------------------------------------


def test_cancelling_what_failed_here_frees_the_work_item_and_tells_the_partner(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, there: Desk, pair: tuple[int, int]
) -> None:
    number, other = pair
    edit_refused(meeting, alpha, beta, number)
    failed = there.event(Lane.INCOMING_SYNC, QueueStatus.FAILED)
    assert [error.code for error in there.show(failed).errors] == [REFUSAL.code]
    there.cancel(failed)
    meeting.rest()
    assert beta.twin(other).status is TwinStatus.SYNCHRONIZED
    assert beta.error_records() == []
    assert as_seen(beta, other)["title"] == "One"
    assert "event_cancelled" in {record.code for record in alpha.error_records()}
    alpha.organization.edit(number, {TITLE: "Three"})
    meeting.rest()
    assert as_seen(beta, other)["title"] == "Three"
    assert meeting.situation() == []


def test_cancelling_a_work_item_that_was_never_made_here(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str, there: Desk
) -> None:
    refuse(beta)
    number = alpha.create("Task", "New")
    meeting.share(alpha, connection_id, number)
    beta.failures.clear()
    there.cancel(there.event(Lane.INCOMING_SYNC, QueueStatus.FAILED))
    meeting.rest()
    assert beta.error_records() == []
    alpha.organization.edit(number, {TITLE: "Newer"})
    meeting.rest()
    assert as_seen(beta, alpha.twin(number).remote_work_item_id or 0)["title"] == "Newer"
    assert there.events(Lane.INCOMING_SYNC) == []
    assert meeting.situation() == []


def test_what_is_being_applied_is_left_alone(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str, there: Desk, pair: tuple[int, int]
) -> None:
    edit_unsent(meeting, alpha, pair[0], "Two", connection_id)
    alpha.exchange.send(connection_id)
    with beta.storage.unit_of_work() as work:
        assert work.twins.claim(connection_id, "worker", meeting.clock.now(), LEASE_SECONDS, 10)
        work.commit()
    with pytest.raises(StateError, match="being applied at this moment"):
        there.cancel(there.event(Lane.INCOMING_SYNC, QueueStatus.APPLYING))
    meeting.wait(LEASE_SECONDS + 1)
    there.cancel(there.event(Lane.INCOMING_SYNC, QueueStatus.APPLYING))
    meeting.rest()
    assert as_seen(beta, pair[1])["title"] == "One"


# sending again -----------------------------------------------------------------------------------------------------


def test_what_failed_there_is_sent_again_with_todays_state(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, here: Desk, pair: tuple[int, int]
) -> None:
    number, other = pair
    edit_refused(meeting, alpha, beta, number)
    failed = here.event(Lane.OUTGOING_SYNC, QueueStatus.FAILED)
    old = here.send_again(failed).event
    assert (old.status, old.reason) == (QueueStatus.CANCELLED, "Sent again as a new event")
    meeting.rest()
    assert as_seen(beta, other)["title"] == "Two"
    assert alpha.twin(number).status is TwinStatus.SYNCHRONIZED
    assert meeting.situation() == []
    assert here.events(Lane.OUTGOING_SYNC) == []


def test_what_failed_here_is_applied_again(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, there: Desk, pair: tuple[int, int]
) -> None:
    edit_refused(meeting, alpha, beta, pair[0])
    again = there.send_again(there.event(Lane.INCOMING_SYNC, QueueStatus.FAILED)).event
    assert again.stored_status is QueueStatus.APPLYING
    meeting.rest()
    assert as_seen(beta, pair[1])["title"] == "Two"
    assert meeting.situation() == []


def test_sending_again_twice_is_harmless(meeting: Meeting, beta: MemoryNode, here: Desk, pair: tuple[int, int]) -> None:
    state = here.event(Lane.OUTGOING_SYNC, QueueStatus.SYNCHRONIZED, finished=True)
    revision = beta.organization.snapshot(pair[1]).revision
    here.send_again(state)
    here.send_again(state)
    assert len([event for event in here.events(Lane.OUTGOING_SYNC) if event.status is QueueStatus.WAITING]) == 1
    meeting.rest()
    assert beta.organization.snapshot(pair[1]).revision == revision
    assert here.events(Lane.OUTGOING_SYNC) == []


def test_nothing_is_sent_of_what_is_out_of_sync(
    meeting: Meeting, alpha: MemoryNode, connection_id: str, here: Desk, pair: tuple[int, int]
) -> None:
    alpha.work_items.unlink(connection_id, pair[0])
    meeting.rest()
    with pytest.raises(StateError, match="not under sync any more"):
        here.send_again(here.event(Lane.OUTGOING_SYNC, QueueStatus.SYNCHRONIZED, finished=True))


# looking -----------------------------------------------------------------------------------------------------------


def test_details_say_what_changed_and_where(
    meeting: Meeting, alpha: MemoryNode, connection_id: str, here: Desk, there: Desk, pair: tuple[int, int]
) -> None:
    edit_unsent(meeting, alpha, pair[0], "Two", connection_id)
    details = here.show(here.event(Lane.OUTGOING_SYNC, QueueStatus.WAITING))
    [change] = details.changes
    assert (change.value.thing, change.value.text) == (ChangedThing.SUMMARY, "Two")
    assert change.changed_in == alpha.organization.id
    assert details.document is not None
    assert details.document["body"]["registers"]["summary"]["value"] == "Two"
    assert (details.event.work_item_id, details.event.remote_work_item_id) == pair
    alpha.exchange.send(connection_id)
    came = there.show(there.event(Lane.INCOMING_SYNC, QueueStatus.APPLYING))
    assert came.changes == details.changes
    assert came.event.remote_organization_id == alpha.organization.id


def test_events_of_another_organization_are_not_there(here: Desk, there: Desk, pair: tuple[int, int]) -> None:
    event = here.event(Lane.OUTGOING_SYNC, QueueStatus.SYNCHRONIZED, finished=True)
    stranger = Desk(here.node)
    stranger.session = there.session
    for use in (stranger.show, stranger.cancel, stranger.send_again):
        with pytest.raises(NotFoundError):
            use(event)
    assert stranger.events(Lane.OUTGOING_SYNC, finished=True) == []


def test_the_queue_is_measured_once_a_minute(
    meeting: Meeting, alpha: MemoryNode, connection_id: str, here: Desk, pair: tuple[int, int]
) -> None:
    edit_unsent(meeting, alpha, pair[0], "Two", connection_id)
    for _ in range(2):
        assert here.queue.measure(Event()) is False
    meeting.wait(60)
    here.queue.measure(Event())
    history = here.queue.history(here.session, 1)
    outgoing = [sample for sample in history.samples if sample.direction is Direction.OUTGOING]
    assert (history.minutes_each, [sample.depth for sample in outgoing]) == (1, [1, 1])
    assert outgoing[1].oldest_seconds - outgoing[0].oldest_seconds == 60
    week = here.queue.history(here.session, 7 * 24, connection_id=connection_id)
    assert week.minutes_each * 180 >= 7 * 24 * 60
    assert {sample.depth for sample in week.samples if sample.direction is Direction.OUTGOING} == {1}

"""What a partner may bring in a minute, and that what is beyond only waits."""

import pytest
from tests.unit.services.memory_nodes import Meeting, MemoryNode
from tests.unit.services.speaking import Injector, Speaker

from adnode.adapters.memory.clock import MemoryClock
from adnode.domain.connection import Visibility
from adnode.domain.errors import PeerBusyError
from adnode.domain.peer_messages import read_peer_message
from adnode.domain.queues import QueueReport
from adnode.services.intake_room import GROWTH_A_MINUTE, IntakeRoom, NoRoomError, TooMuchTogetherError

HALF = GROWTH_A_MINUTE // 2
LONG = "x" * 500_000


@pytest.fixture
def meeting() -> Meeting:
    return Meeting()


@pytest.fixture
def alpha(meeting: Meeting) -> MemoryNode:
    return meeting.add("alpha")


@pytest.fixture
def beta(meeting: Meeting) -> MemoryNode:
    return meeting.add("beta")


def test_what_is_beyond_is_told_when_there_is_room_again() -> None:
    clock = MemoryClock()
    room = IntakeRoom(clock)
    room.take("c", HALF, is_single=True)
    clock.advance(20)
    room.take("c", HALF, is_single=True)
    with pytest.raises(NoRoomError) as caught:
        room.take("c", 1, is_single=True)
    assert caught.value.retry_after_seconds == 40
    room.take("another", HALF, is_single=True)
    clock.advance(40)
    room.take("c", HALF, is_single=True)


def test_a_large_message_has_room_by_itself_and_many_together_never() -> None:
    room = IntakeRoom(MemoryClock())
    with pytest.raises(TooMuchTogetherError):
        room.take("c", GROWTH_A_MINUTE + 1, is_single=False)
    room.take("c", GROWTH_A_MINUTE + 1, is_single=True)


def test_what_the_partner_has_this_side_say_counts() -> None:
    room = IntakeRoom(MemoryClock())
    room.note("c", GROWTH_A_MINUTE)
    with pytest.raises(NoRoomError):
        room.take("c", 1, is_single=True)


def test_who_may_bring_more_work_items_may_say_more() -> None:
    room = IntakeRoom(MemoryClock(), work_items_an_hour=20_000)
    for _ in range(10):
        room.take("c", GROWTH_A_MINUTE, is_single=True)
    with pytest.raises(NoRoomError):
        room.take("c", 1, is_single=True)


def test_a_partner_that_pushes_too_much_goes_on_later_and_nothing_is_lost(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode
) -> None:
    connection_id = meeting.connect(alpha, beta, Visibility.PUBLIC)
    numbers = [alpha.create("Task", f"Long {number}", Description=LONG) for number in range(8)]
    alpha.work_items.synchronize(connection_id, numbers)
    for _ in range(6):
        meeting.wait(1.5)
        for node in (alpha, beta):
            node.step(node.connections.list_connections())
    arrived = len(beta.organization.snapshots())
    assert 0 < arrived < 8
    assert alpha.error_records() == beta.error_records() == []
    for _ in range(4):
        meeting.wait(61)
        meeting.rest()
    assert len(beta.organization.snapshots()) == 8
    assert {len(each.text("System.Description")) for each in beta.organization.snapshots()} == {len(LONG)}
    assert alpha.error_records() == beta.error_records() == []


def test_a_node_that_polls_fetches_later_what_has_no_room_now(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode
) -> None:
    connection_id = meeting.connect(alpha, beta, Visibility.PRIVATE)
    speaker, injector = Speaker(beta, alpha, connection_id), Injector(alpha)
    text = {"text": LONG, "format": "html"}
    bodies = [speaker.state(f"Long {number}", 900 + number) for number in range(6)]
    for number, body in enumerate(bodies, start=1):
        body["registers"]["description"] = speaker.register(text)
        injector.documents.append(speaker.document("state", body, f"t-{number}", sequence=number))
    alpha.hand_out = injector.hand_out  # type: ignore[method-assign]
    with pytest.raises(PeerBusyError):
        beta.exchange.poll_once(connection_id, 0)
    beta.reconciliation.reconcile(connection_id)
    assert 0 < len(beta.organization.snapshots()) < 6
    assert beta.error_records() == []


def test_one_message_that_is_too_large_is_refused_and_the_line_goes_on(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode
) -> None:
    speaker = Speaker(alpha, beta, meeting.connect(alpha, beta, Visibility.PUBLIC))
    message = read_peer_message(speaker.document("of_tomorrow", {"text": "x" * (2 * 1024 * 1024)}))
    [answer] = alpha.receive(speaker.connection_id, [message], QueueReport())
    assert (answer.outcome, answer.error_code) == ("refused", "text_too_long")
    assert speaker.say("state", speaker.state()).outcome == "stored"


def test_a_work_item_with_much_to_tell_travels_in_several_messages(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode
) -> None:
    connection_id = meeting.connect(alpha, beta, Visibility.PUBLIC)
    number = alpha.create("Task", "Long", Description=LONG)
    for _ in range(7):
        alpha.organization.comment(number, LONG)
    alpha.work_items.synchronize(connection_id, [number])
    for _ in range(4):
        meeting.wait(61)
        meeting.rest()
    [copy] = beta.organization.snapshots()
    assert len(copy.text("System.Description")) == len(LONG)
    assert len(beta.organization.comments(copy.id)) == 7
    assert alpha.error_records() == beta.error_records() == []

"""A peer that says that it is busy is there: nobody is told of an outage, and everything goes on a little later."""

from datetime import timedelta

import pytest
from tests.unit.services.memory_nodes import Meeting, MemoryNode

from adnode.domain.connection import Visibility
from adnode.domain.errors import PeerBusyError

ASKED_SECONDS = 7.0


@pytest.fixture
def meeting() -> Meeting:
    return Meeting()


@pytest.fixture
def alpha(meeting: Meeting) -> MemoryNode:
    return meeting.add("alpha")


@pytest.fixture
def beta(meeting: Meeting) -> MemoryNode:
    return meeting.add("beta")


def due(node: MemoryNode, connection_id: str) -> bool:
    with node.storage.unit_of_work() as work:
        return connection_id in dict(work.connections.sending_due(node.clock.now()))


def test_a_push_to_a_busy_peer_waits_as_it_was_told_and_goes_on(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode
) -> None:
    connection_id = meeting.connect(alpha, beta, Visibility.PUBLIC)
    number = alpha.create("Task", "Hello")
    alpha.work_items.synchronize(connection_id, [number])
    alpha.reconciliation.reconcile(connection_id)
    meeting.network.busy[beta.url] = ASKED_SECONDS
    assert alpha.exchange.send(connection_id) == 0
    assert alpha.error_records(closed=True) == []
    assert not due(alpha, connection_id)
    meeting.wait(ASKED_SECONDS - 0.5)
    assert not due(alpha, connection_id)
    meeting.wait(1.0)
    assert due(alpha, connection_id)
    meeting.network.busy.clear()
    meeting.rest()
    assert [copy.text("System.Title") for copy in beta.organization.snapshots()] == ["Hello"]


def test_busy_again_and_again_does_not_make_the_waits_longer(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode
) -> None:
    connection_id = meeting.connect(alpha, beta, Visibility.PUBLIC)
    alpha.work_items.synchronize(connection_id, [alpha.create("Task", "Hello")])
    alpha.reconciliation.reconcile(connection_id)
    meeting.network.busy[beta.url] = ASKED_SECONDS
    for _ in range(20):
        alpha.exchange.send(connection_id)
        meeting.wait(ASKED_SECONDS * 1.5 + 1)
        assert due(alpha, connection_id)


def test_a_busy_poll_tells_its_caller_how_long_to_wait_and_keeps_pushing(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode
) -> None:
    connection_id = meeting.connect(alpha, beta)
    number = beta.create("Task", "Hello")
    beta.work_items.synchronize(connection_id, [number])
    beta.reconciliation.reconcile(connection_id)
    meeting.network.busy[alpha.url] = ASKED_SECONDS
    with pytest.raises(PeerBusyError) as caught:
        beta.exchange.poll_once(connection_id, 0)
    assert caught.value.retry_after_seconds == ASKED_SECONDS
    assert beta.error_records(closed=True) == []
    meeting.network.busy.clear()
    assert due(beta, connection_id)
    assert beta.exchange.send(connection_id) == 1


def test_a_file_from_a_busy_peer_comes_later_and_is_no_error(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode
) -> None:
    connection_id = meeting.connect(alpha, beta, Visibility.PUBLIC)
    number = alpha.create("Task", "Hello")
    alpha.organization.attach(number, "plan.pdf", b"content")
    alpha.work_items.synchronize(connection_id, [number])
    for _ in range(3):
        alpha.step([alpha.connections.show(connection_id)])
    meeting.network.busy[alpha.url] = ASKED_SECONDS
    beta.reconciliation.reconcile(connection_id)
    assert beta.error_records(closed=True) == []
    assert beta.organization.snapshots() == []
    meeting.network.busy.clear()
    meeting.clock.advance(timedelta(seconds=ASKED_SECONDS * 1.5 + 1).total_seconds())
    meeting.rest()
    assert beta.error_records(closed=True) == []
    [copy] = beta.organization.snapshots()
    assert [file.name for file in copy.attachments] == ["plan.pdf"]


def test_files_for_a_busy_peer_are_offered_once_and_sent_later(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode
) -> None:
    connection_id = meeting.connect(alpha, beta)
    numbers = [beta.create("Task", f"Hello {count}") for count in range(3)]
    for number in numbers:
        beta.organization.attach(number, "plan.pdf", b"content")
    beta.work_items.synchronize(connection_id, numbers)
    beta.step([beta.connections.show(connection_id)])
    alpha.reconciliation.reconcile(connection_id)
    meeting.network.busy_for_content[alpha.url] = ASKED_SECONDS
    beta.exchange.poll_once(connection_id, 0)
    beta.content_answers.answer(connection_id)
    assert meeting.network.busy_answers == 1
    assert beta.error_records(closed=True) == []
    meeting.network.busy_for_content.clear()
    meeting.rest()
    assert [len(copy.attachments) for copy in alpha.organization.snapshots()] == [1, 1, 1]

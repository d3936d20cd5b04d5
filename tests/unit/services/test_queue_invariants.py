"""Numbers of the queues: each holds against a change of one line that nothing else would notice."""

from collections.abc import Sequence
from typing import Any

import pytest
from tests.unit.services.memory_nodes import Meeting, MemoryNode
from tests.unit.services.speaking import Speaker

from adnode.domain.connection import ConnectionStatus, Visibility
from adnode.domain.errors import PeerRewoundError
from adnode.domain.message import Message, MessageAnswer
from adnode.domain.peer_messages import read_peer_message
from adnode.domain.queues import Position, QueueReport


@pytest.fixture
def speaker() -> Speaker:
    meeting = Meeting()
    alpha, beta = meeting.add("alpha"), meeting.add("beta")
    return Speaker(alpha, beta, meeting.connect(alpha, beta, Visibility.PUBLIC))


def push(speaker: Speaker, *documents: dict[str, Any], incarnation: str = "") -> list[MessageAnswer]:
    messages = [read_peer_message(document) for document in documents]
    return speaker.node.receive(speaker.connection_id, messages, QueueReport(incarnation))


def numbered(speaker: Speaker, sequence: int) -> dict[str, Any]:
    body = speaker.state(f"Number {sequence}", 900 + sequence)
    return speaker.document("state", body, f"t-{speaker.count}", sequence=sequence)


def received(node: MemoryNode, connection_id: str) -> Position:
    with node.storage.unit_of_work() as work:
        return work.connections.queues(connection_id).received


@pytest.mark.parametrize("again", [5, 4])
def test_a_number_that_was_stored_never_comes_with_another_message(speaker: Speaker, again: int) -> None:
    push(speaker, numbered(speaker, 5))
    with pytest.raises(PeerRewoundError):
        push(speaker, numbered(speaker, again))
    assert speaker.node.connections.show(speaker.connection_id).status is ConnectionStatus.BLOCKED


def test_what_comes_with_a_number_that_went_back_is_not_taken_and_moves_nothing(speaker: Speaker) -> None:
    push(speaker, numbered(speaker, 5))
    with pytest.raises(PeerRewoundError):
        push(speaker, numbered(speaker, 7), numbered(speaker, 3))
    assert received(speaker.node, speaker.connection_id).sequence == 5
    with speaker.node.storage.unit_of_work() as work:
        assert len(work.twins.list_page(speaker.connection_id)) == 1


@pytest.mark.parametrize("incarnation", ["", "one"])
def test_messages_that_come_once_more_do_not_set_the_queue_back(speaker: Speaker, incarnation: str) -> None:
    first, second = numbered(speaker, 5), numbered(speaker, 6)
    push(speaker, first, second)
    assert [answer.outcome for answer in push(speaker, first, incarnation=incarnation)] == ["duplicate"]
    assert received(speaker.node, speaker.connection_id) == Position(incarnation, 6, second["id"])


def test_a_refused_message_is_not_taken_for_a_sent_one() -> None:
    meeting = Meeting()
    alpha, beta = meeting.add("alpha"), meeting.add("beta")
    connection_id = meeting.connect(alpha, beta, Visibility.PUBLIC)
    for title in ("One", "Two"):
        alpha.work_items.synchronize(connection_id, [alpha.create("Task", title)])
    alpha.reconciliation.reconcile(connection_id)

    def receive(_connection_id: str, messages: Sequence[Message], _report: QueueReport) -> list[MessageAnswer]:
        first, second = messages
        return [MessageAnswer(first.id, "stored"), MessageAnswer(second.id, "refused", "address_refused", "No.")]

    beta.receive = receive  # type: ignore[method-assign,assignment]
    alpha.exchange.send(connection_id)
    with alpha.storage.unit_of_work() as work:
        assert work.connections.queues(connection_id).acknowledged.sequence == 1
    assert [record.code for record in alpha.error_records()] == ["address_refused"]
    assert sorted(row.status.value for row in rows(alpha, connection_id)) == ["failed", "sent"]


def rows(node: MemoryNode, connection_id: str) -> list[Any]:
    with node.storage.unit_of_work() as work:
        return [row for row in work.queue.list_rows(connection_id=connection_id) if row.direction == "outgoing"]

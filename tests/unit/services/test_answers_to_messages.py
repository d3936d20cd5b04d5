"""What the sender makes of the answers to its messages, one by one."""

import pytest
from tests.unit.services.memory_nodes import Meeting, MemoryNode

from adnode.domain.connection import ConnectionStatus, Visibility
from adnode.domain.message import Message, MessageAnswer, QueueStatus
from adnode.domain.queues import QueueReport


@pytest.fixture
def meeting() -> Meeting:
    return Meeting()


@pytest.fixture
def alpha(meeting: Meeting) -> MemoryNode:
    return meeting.add("alpha")


def send(meeting: Meeting, alpha: MemoryNode, *outcomes: str) -> list[QueueStatus]:
    """Send as many messages as there are outcomes ("" for no answer) and return what became of each."""
    beta = meeting.add("beta")
    connection_id = meeting.connect(alpha, beta, Visibility.PUBLIC)
    alpha.work_items.synchronize(connection_id, [alpha.create("Task", f"Title {outcome}") for outcome in outcomes])
    alpha.reconciliation.reconcile(connection_id)

    waiting = list(outcomes)

    def receive(_connection_id: str, messages: list[Message], _report: QueueReport) -> list[MessageAnswer]:
        answered = [(message.id, waiting.pop(0)) for message in messages if waiting]
        return [MessageAnswer(message_id, outcome, "validation") for message_id, outcome in answered if outcome]

    beta.receive = receive  # type: ignore[method-assign,assignment]
    meeting.wait(6)
    alpha.exchange.send(connection_id)
    with alpha.storage.unit_of_work() as work:
        rows = work.queue.list_rows(connection_id=connection_id, direction="outgoing")
    return [row.status for row in sorted(rows, key=lambda row: row.sequence)]


def test_what_the_partner_refused_is_failed_and_not_sent(meeting: Meeting, alpha: MemoryNode) -> None:
    statuses = send(meeting, alpha, "stored", "refused", "stored")
    assert statuses == [QueueStatus.SENT, QueueStatus.FAILED, QueueStatus.SENT]


def test_what_the_partner_did_not_answer_to_is_not_sent(meeting: Meeting, alpha: MemoryNode) -> None:
    first, second = send(meeting, alpha, "stored", "")
    assert first is QueueStatus.SENT
    assert second not in (QueueStatus.SENT, QueueStatus.FAILED)


@pytest.mark.parametrize("status", [ConnectionStatus.DEACTIVATED, ConnectionStatus.BLOCKED])
def test_a_poll_waits_for_nothing_on_a_stopped_connection(
    meeting: Meeting, alpha: MemoryNode, status: ConnectionStatus
) -> None:
    connection_id = meeting.connect(alpha, meeting.add("beta"), Visibility.PRIVATE)
    assert alpha.exchange.look(connection_id, 0).may_wait
    with alpha.storage.unit_of_work() as work:
        work.connections.save(work.connections.get(connection_id).moved_to(status))
        work.commit()
    assert not alpha.exchange.look(connection_id, 0).may_wait

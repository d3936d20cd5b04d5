"""A restored database is found before anything of it is acknowledged or taken in, whichever side it belongs to."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from tests.unit.services.memory_nodes import Meeting, MemoryNode, as_seen
from tests.unit.services.restoring import backup, check_that_both_stopped, go_on, settle, statuses

from adnode.adapters.memory.clock import MemoryIds
from adnode.domain.connection import ConnectionStatus, Visibility
from adnode.domain.message import Message, MessageAnswer
from adnode.domain.queues import Position, QueueReport
from adnode.services.queue_agreement import stop_rewound

TITLE = "System.Title"
BOTH = pytest.mark.parametrize("visibility", list(Visibility))


@pytest.fixture
def meeting() -> Meeting:
    return Meeting()


@pytest.fixture
def alpha(meeting: Meeting) -> MemoryNode:
    return meeting.add("alpha", "Agile")


@pytest.fixture
def beta(meeting: Meeting) -> MemoryNode:
    return meeting.add("beta", "Scrum")


@BOTH
def test_a_restored_node_with_new_messages_is_found_before_they_are_acknowledged(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, visibility: Visibility
) -> None:
    """The new messages bear the numbers of those that the partner has taken in before."""
    connection_id = meeting.connect(alpha, beta, visibility)
    number, second = alpha.create("Task", "Start"), alpha.create("Task", "Second")
    other, other_second = meeting.share(alpha, connection_id, number, second)
    restore = backup(alpha)
    alpha.organization.edit(second, {TITLE: "Told before the restore"})
    settle(meeting, 1)
    restore()
    alpha.organization.edit(number, {TITLE: "Told after the restore"})
    alpha.feed.read(alpha.organization.id)
    alpha.reconciliation.reconcile(connection_id)
    settle(meeting)
    check_that_both_stopped(connection_id, alpha, beta)
    go_on(meeting, connection_id, alpha, beta)
    assert as_seen(beta, other)["title"] == "Told after the restore"
    assert as_seen(beta, other_second)["title"] == "Told before the restore"


@BOTH
@pytest.mark.parametrize("restored", ["alpha", "beta"])
def test_a_restored_node_with_nothing_to_say_is_found_by_what_it_has_forgotten(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, visibility: Visibility, restored: str
) -> None:
    connection_id = meeting.connect(alpha, beta, visibility)
    number = alpha.create("Task", "Start")
    [other] = meeting.share(alpha, connection_id, number)
    node, partner = (alpha, beta) if restored == "alpha" else (beta, alpha)
    restore = backup(node)
    partner.organization.edit(other if partner is beta else number, {TITLE: "Told before the restore"})
    settle(meeting, 1)
    restore()
    partner.organization.comment(other if partner is beta else number, "<p>after the restore</p>")
    settle(meeting)
    check_that_both_stopped(connection_id, alpha, beta)
    go_on(meeting, connection_id, beta, alpha)
    assert as_seen(alpha, number)["title"] == as_seen(beta, other)["title"] == "Told before the restore"
    for seen in (as_seen(alpha, number), as_seen(beta, other)):
        assert str(seen["comments"]).count("after the restore") == 1


def test_a_restored_private_node_is_found_by_its_next_poll(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode
) -> None:
    """Nobody has anything to say; what was acknowledged before is not handed out again."""
    connection_id = meeting.connect(alpha, beta, Visibility.PRIVATE)
    number = alpha.create("Task", "Start")
    meeting.share(alpha, connection_id, number)
    restore = backup(beta)
    alpha.connections.rename(connection_id, "Another name")
    meeting.rest()
    restore()
    settle(meeting, 1)
    check_that_both_stopped(connection_id, alpha, beta)
    go_on(meeting, connection_id, alpha, beta)


@BOTH
@pytest.mark.parametrize("restored", ["alpha", "beta"])
def test_a_node_restored_twice_from_one_backup_is_found_twice(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, visibility: Visibility, restored: str
) -> None:
    connection_id = meeting.connect(alpha, beta, visibility)
    number = alpha.create("Task", "Start")
    [other] = meeting.share(alpha, connection_id, number)
    restore = backup(alpha if restored == "alpha" else beta)
    for turn in range(2):
        alpha.organization.edit(number, {TITLE: f"Before restore {turn}"})
        settle(meeting, 1)
        beta.organization.comment(other, f"<p>comment {turn}</p>")
        settle(meeting, 1)
        restore()
        alpha.organization.comment(number, f"<p>after restore {turn}, here</p>")
        beta.organization.comment(other, f"<p>after restore {turn}, there</p>")
        settle(meeting)
        check_that_both_stopped(connection_id, alpha, beta)
        go_on(meeting, connection_id, *((alpha, beta) if turn else (beta, alpha)))
    assert as_seen(beta, other)["title"] == "Before restore 1"
    for seen in (as_seen(alpha, number), as_seen(beta, other)):
        words = str(seen["comments"])
        for turn in range(2):
            assert f"after restore {turn}, here" in words
            assert f"after restore {turn}, there" in words


@BOTH
def test_a_side_that_was_not_there_meanwhile_stops_by_itself_and_only_it(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, visibility: Visibility
) -> None:
    """Alpha found out, was activated, and goes on; beta hears of it later."""
    connection_id = meeting.connect(alpha, beta, visibility)
    number = alpha.create("Task", "Start")
    [other] = meeting.share(alpha, connection_id, number)
    with alpha.storage.unit_of_work() as work:
        stop_rewound(work, work.connections.get(connection_id), MemoryIds("brake"), alpha.clock.now())
        work.commit()
    alpha.connections.activate(connection_id)
    alpha.organization.edit(number, {TITLE: "Told since"})
    settle(meeting)
    assert statuses(connection_id, alpha, beta) == [ConnectionStatus.ACTIVE, ConnectionStatus.BLOCKED]
    beta.connections.activate(connection_id)
    settle(meeting)
    assert statuses(connection_id, alpha, beta) == [ConnectionStatus.ACTIVE] * 2
    assert as_seen(beta, other)["title"] == "Told since"
    assert meeting.situation() == []


@BOTH
def test_requests_that_were_overtaken_stop_nothing(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, visibility: Visibility, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two processes of the private side poll at once, and the older request comes last."""
    connection_id = meeting.connect(alpha, beta, visibility)
    number = alpha.create("Task", "Start")
    [other] = meeting.share(alpha, connection_id, number)
    reports: list[QueueReport] = []
    node = beta if visibility is Visibility.PUBLIC else alpha
    name = "receive" if visibility is Visibility.PUBLIC else "hand_out"
    original = getattr(node, name)

    def listen(connection_id: str, *rest: object) -> object:
        reports.extend(part for part in rest if isinstance(part, QueueReport))
        return original(connection_id, *rest)

    monkeypatch.setattr(node, name, listen)
    for turn in range(3):
        alpha.organization.edit(number, {TITLE: f"Turn {turn}"})
        settle(meeting, 1)
    sender = beta if visibility is Visibility.PRIVATE else alpha
    monkeypatch.setattr(
        f"adnode.services.exchange.report_for_{'poll' if visibility is Visibility.PRIVATE else 'push'}",
        lambda queues: reports[0] if queues.incarnation == reports[0].incarnation else reports[-1],
    )
    alpha.organization.edit(number, {TITLE: "Overtaken"})
    for _ in range(3):
        alpha.step(alpha.connections.list_connections())
        sender.step(sender.connections.list_connections())
    assert statuses(connection_id, alpha, beta) == [ConnectionStatus.ACTIVE] * 2
    monkeypatch.undo()
    settle(meeting)
    assert statuses(connection_id, alpha, beta) == [ConnectionStatus.ACTIVE] * 2
    assert as_seen(beta, other)["title"] == "Overtaken"
    assert meeting.situation() == []


@BOTH
def test_a_stop_by_a_rewound_queue_is_not_forgotten_by_deactivating(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, visibility: Visibility
) -> None:
    connection_id = meeting.connect(alpha, beta, visibility)
    number = alpha.create("Task", "Start")
    [other] = meeting.share(alpha, connection_id, number)
    restore = backup(alpha)
    alpha.organization.edit(number, {TITLE: "Told before the restore"})
    settle(meeting, 1)
    restore()
    beta.organization.comment(other, "<p>after</p>")
    settle(meeting)
    check_that_both_stopped(connection_id, alpha, beta)
    alpha.connections.deactivate(connection_id)
    beta.connections.deactivate(connection_id)
    go_on(meeting, connection_id, alpha, beta)
    assert as_seen(alpha, number)["title"] == as_seen(beta, other)["title"] == "Told before the restore"


def forget_incarnations(node: MemoryNode, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the node hear and say nothing of incarnations, like one of the first release."""
    receive, hand_out = node.receive, node.hand_out

    def receive_numbers(connection_id: str, messages: Sequence[Message], report: QueueReport) -> list[MessageAnswer]:
        return receive(connection_id, [replace(message, incarnation="") for message in messages], QueueReport())

    def hand_out_numbers(connection_id: str, report: QueueReport) -> Sequence[Message]:
        told = QueueReport(known=Position("", report.known.sequence), tells_position=True)
        return [replace(message, incarnation="") for message in hand_out(connection_id, told)]

    monkeypatch.setattr(node, "receive", receive_numbers)
    monkeypatch.setattr(node, "hand_out", hand_out_numbers)


@BOTH
@pytest.mark.parametrize("restored", ["alpha", "beta"])
def test_with_a_partner_of_the_first_release_numbers_decide_as_before(
    meeting: Meeting,
    alpha: MemoryNode,
    beta: MemoryNode,
    visibility: Visibility,
    restored: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for node in (alpha, beta):
        forget_incarnations(node, monkeypatch)
    connection_id = meeting.connect(alpha, beta, visibility)
    number = alpha.create("Task", "Start")
    [other] = meeting.share(alpha, connection_id, number)
    restore = backup(alpha if restored == "alpha" else beta)
    alpha.organization.edit(number, {TITLE: "Told before the restore"})
    beta.organization.comment(other, "<p>before the restore</p>")
    settle(meeting, 1)
    restore()
    alpha.organization.comment(number, "<p>after the restore, here</p>")
    beta.organization.comment(other, "<p>after the restore, there</p>")
    settle(meeting)
    check_that_both_stopped(connection_id, alpha, beta)
    for node in (alpha, beta):
        node.connections.activate(connection_id)
    settle(meeting)
    assert statuses(connection_id, alpha, beta) == [ConnectionStatus.ACTIVE] * 2, meeting.situation()
    assert as_seen(alpha, number)["title"] == as_seen(beta, other)["title"] == "Told before the restore"

"""What stops a connection and asks a person, and how it goes on."""

import copy

import pytest
from tests.unit.services.memory_nodes import Meeting, MemoryNode, as_seen

from adnode.adapters.memory.storage import MemoryStorage
from adnode.domain.connection import ConnectionStatus, Visibility
from adnode.domain.errors import PeerRewoundError
from adnode.domain.twin import TwinStatus

TITLE = "System.Title"
ITEMS = 12


@pytest.fixture
def meeting() -> Meeting:
    return Meeting()


@pytest.fixture
def alpha(meeting: Meeting) -> MemoryNode:
    return meeting.add("alpha", "Agile")


@pytest.fixture
def beta(meeting: Meeting) -> MemoryNode:
    return meeting.add("beta", "Scrum")


def status(node: MemoryNode, connection_id: str) -> ConnectionStatus:
    return node.connections.show(connection_id).status


def share_items(meeting: Meeting, node: MemoryNode, connection_id: str) -> dict[int, int]:
    numbers = [node.create("Task", f"Item {count}") for count in range(ITEMS)]
    return dict(zip(numbers, meeting.share(node, connection_id, *numbers), strict=True))


def test_work_items_that_vanish_all_at_once_stop_the_connection_and_tell_nobody(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode
) -> None:
    connection_id = meeting.connect(alpha, beta)
    items = share_items(meeting, alpha, connection_id)
    for number in items:
        alpha.organization.delete(number)
    meeting.rest()
    assert status(alpha, connection_id) is ConnectionStatus.BLOCKED
    assert [record.code for record in alpha.error_records()] == ["work_items_vanished"]
    assert {beta.twin(other).status for other in items.values()} == {TwinStatus.SYNCHRONIZED}
    alpha.connections.activate(connection_id)
    meeting.wait(100)
    meeting.rest()
    assert status(alpha, connection_id) is ConnectionStatus.ACTIVE
    assert {beta.twin(other).status for other in items.values()} == {TwinStatus.REMOTE_REMOVED}


def test_a_few_deletions_are_taken_for_what_they_are(meeting: Meeting, alpha: MemoryNode, beta: MemoryNode) -> None:
    connection_id = meeting.connect(alpha, beta)
    items = share_items(meeting, alpha, connection_id)
    deleted = list(items)[:3]
    for number in deleted:
        alpha.organization.delete(number)
    meeting.rest()
    assert status(alpha, connection_id) is ConnectionStatus.ACTIVE
    assert {beta.twin(items[number]).status for number in deleted} == {TwinStatus.REMOTE_REMOVED}


def backup(storage: MemoryStorage) -> object:
    return copy.deepcopy(storage._tables)


def restore(storage: MemoryStorage, saved: object) -> None:
    storage._tables = copy.deepcopy(saved)  # type: ignore[assignment]


@pytest.mark.parametrize("visibility", list(Visibility))
@pytest.mark.parametrize("restored", ["alpha", "beta"])
def test_a_restored_backup_stops_both_sides_and_activation_makes_them_equal_again(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, visibility: Visibility, restored: str
) -> None:
    connection_id = meeting.connect(alpha, beta, visibility)
    number = alpha.create("Task", "Start")
    [other] = meeting.share(alpha, connection_id, number)
    node = alpha if restored == "alpha" else beta
    saved = backup(node.storage)
    for turn in range(3):
        alpha.organization.edit(number, {TITLE: f"Before the restore {turn}"})
        beta.organization.comment(other, f"<p>comment {turn}</p>")
        meeting.rest()
    restore(node.storage, saved)
    alpha.organization.comment(number, "<p>after the restore, here</p>")
    beta.organization.comment(other, "<p>after the restore, there</p>")
    for _ in range(4):
        meeting.rest()
        meeting.wait(400)
    for side in (alpha, beta):
        assert status(side, connection_id) is ConnectionStatus.BLOCKED, side.organization.name
        assert PeerRewoundError.code in [record.code for record in side.error_records()]
    for side in (beta, alpha):
        side.connections.activate(connection_id)
    for _ in range(4):
        meeting.rest()
        meeting.wait(400)
    assert as_seen(alpha, number)["title"] == as_seen(beta, other)["title"] == "Before the restore 2"
    for side, item in ((alpha, number), (beta, other)):
        words = " ".join(as_seen(side, item)["comments"])  # type: ignore[arg-type]
        assert all(f"comment {turn}" in words for turn in range(3)), words
        assert words.count("after the restore, here") == words.count("after the restore, there") == 1, words
    assert meeting.situation() == []

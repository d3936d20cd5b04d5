"""What the history of a twin tells after people on both sides did something."""

import pytest
from tests.unit.services.memory_nodes import PROJECT, Meeting, MemoryNode

from adnode.domain.synced_change import ChangedThing, ChangedValue, Direction, SyncedChange
from adnode.services.retention import HISTORY_KEPT, RetentionService

TITLE = "System.Title"
COMMENT = ChangedThing.COMMENT


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
def pair(meeting: Meeting, alpha: MemoryNode, beta: MemoryNode) -> tuple[int, int]:
    """A pair that has just come to rest, and whose history is empty."""
    connection_id = meeting.connect(alpha, beta)
    number = alpha.create("Task", "Start", Description="<p>One</p><p>two</p>")
    [other] = meeting.share(alpha, connection_id, number)
    return number, other


def history(node: MemoryNode, number: int) -> list[SyncedChange]:
    """The oldest first."""
    twin_id = node.twin(number).id
    with node.storage.unit_of_work() as work:
        return work.synced_changes.list_page(twin_id, after=None, limit=50)[::-1]


def told(changes: list[SyncedChange]) -> list[tuple[str, str, str]]:
    return [(each.direction.value, value.thing.value, value.text) for each in changes for value in each.values]


def test_a_new_pair_is_told_as_sent_here_and_written_there(
    alpha: MemoryNode, beta: MemoryNode, pair: tuple[int, int]
) -> None:
    values = [("summary", "Start"), ("description", "One two"), ("type", "Task")]
    assert told(history(alpha, pair[0])) == [("outgoing", *value) for value in values]
    assert told(history(beta, pair[1])) == [("incoming", *value) for value in values]
    [change] = history(beta, pair[1])
    assert (change.work_item_id, change.organization_id) == (pair[1], beta.organization.id)


def test_each_change_is_told_once_on_each_side_and_its_echo_never(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, pair: tuple[int, int]
) -> None:
    number, other = pair
    alpha.organization.edit(number, {TITLE: "Two"})
    meeting.rest()
    beta.organization.edit(other, {TITLE: "Three"})
    meeting.rest()
    meeting.rest()
    assert told(history(alpha, number)[1:]) == [("outgoing", "summary", "Two"), ("incoming", "summary", "Three")]
    assert told(history(beta, other)[1:]) == [("incoming", "summary", "Two"), ("outgoing", "summary", "Three")]


def test_comments_are_named_by_author_and_files_by_name(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, pair: tuple[int, int]
) -> None:
    number, other = pair
    comment = alpha.organization.comment(number, "<p>Hello <b>you</b></p>")
    alpha.organization.attach(number, "plan.pdf", b"content")
    meeting.rest()
    alpha.organization.delete_comment(number, comment)
    meeting.rest()
    _, added, deleted = history(beta, other)
    assert [(value.thing, value.text) for value in added.values] == [
        (COMMENT, "Hello you"),
        (ChangedThing.ATTACHMENT, ""),
    ]
    assert added.values[1].subject == "plan.pdf"
    author = added.values[0].subject
    assert author
    assert deleted.values == (ChangedValue(COMMENT, "", author, is_deleted=True),)


def test_a_value_that_lost_is_no_change_that_was_sent(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, pair: tuple[int, int]
) -> None:
    number, other = pair
    alpha.organization.edit(number, {TITLE: "Lost"})
    meeting.clock.advance(0.01)
    beta.organization.edit(other, {TITLE: "Kept"})
    meeting.rest()
    assert told(history(beta, other)[1:])[-1][1:] == ("summary", "Kept")
    assert ("incoming", "summary", "Kept") in told(history(alpha, number))
    assert ("incoming", "summary", "Lost") not in told(history(beta, other))


def test_removing_a_work_item_is_told(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, pair: tuple[int, int]
) -> None:
    number, other = pair
    alpha.organization.delete(number)
    meeting.rest()
    presence = ChangedThing.PRESENCE
    assert history(beta, other)[-1].values == (ChangedValue(presence, "removed", "remote"),)
    assert history(alpha, number)[-1].values == (ChangedValue(presence, "removed", "local"),)


def test_long_values_and_long_lists_are_cut(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, pair: tuple[int, int]
) -> None:
    number, other = pair
    alpha.organization.edit(number, {"System.Description": f"<p>{'long ' * 5000}</p>"})
    for index in range(40):
        alpha.organization.comment(number, f"<p>Comment {index}</p>")
    meeting.rest()
    change = history(beta, other)[-1]
    assert (len(change.values), change.more) == (30, 11)
    assert len(change.values[0].text) <= 200
    assert change.values[0].text.endswith("…")


def test_the_history_is_kept_for_a_month(meeting: Meeting, alpha: MemoryNode, pair: tuple[int, int]) -> None:
    retention = RetentionService(alpha.storage.unit_of_work, meeting.clock)
    retention.tidy()
    assert len(history(alpha, pair[0])) == 1
    meeting.clock.advance(HISTORY_KEPT.total_seconds() + 60)
    retention.tidy()
    assert history(alpha, pair[0]) == []
    assert alpha.twin(pair[0]).project == PROJECT


def test_the_last_change_of_each_way(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, pair: tuple[int, int]
) -> None:
    beta.organization.edit(pair[1], {TITLE: "Answer"})
    meeting.rest()
    twin_id = alpha.twin(pair[0]).id
    with alpha.storage.unit_of_work() as work:
        times, newest = work.synced_changes.last_times(twin_id), work.synced_changes.newest([twin_id])
    assert times[Direction.INCOMING] > times[Direction.OUTGOING]
    assert newest == {twin_id: (Direction.INCOMING, times[Direction.INCOMING])}

"""A comment that is not found: it is gone, or its work item is elsewhere. Only the first is as good as done."""

import pytest
from tests.unit.services.memory_nodes import OTHER_PROJECT, Meeting, MemoryNode, as_seen

from adnode.adapters.memory.gateway_failures import Moment
from adnode.domain.connection import Visibility
from adnode.domain.errors import WorkItemNotFoundError
from adnode.domain.rich_text import TextFormat


@pytest.fixture
def meeting() -> Meeting:
    return Meeting()


@pytest.fixture
def alpha(meeting: Meeting) -> MemoryNode:
    return meeting.add("alpha")


@pytest.fixture
def beta(meeting: Meeting) -> MemoryNode:
    return meeting.add("beta")


@pytest.fixture
def connection_id(meeting: Meeting, alpha: MemoryNode, beta: MemoryNode) -> str:
    return meeting.connect(alpha, beta, Visibility.PUBLIC)


def tell(node: MemoryNode, connection_id: str) -> None:
    """Let a node notice what changed and tell it; the other one has read no change feed since."""
    node.clock.advance(2)
    node.feed.read(node.organization.id)
    node.reconciliation.reconcile(connection_id)
    node.exchange.send(connection_id)


@pytest.fixture
def pair(meeting: Meeting, alpha: MemoryNode, connection_id: str) -> tuple[int, int]:
    number = alpha.create("Task", "Discussed")
    alpha.organization.comment(number, "Said **once**", TextFormat.MARKDOWN)
    [other] = meeting.share(alpha, connection_id, number)
    return number, other


def comments(node: MemoryNode, number: int) -> list[str]:
    return [comment.text for comment in node.organization.comments(number) if not comment.is_deleted]


def test_a_comment_deleted_while_its_work_item_is_in_another_project_is_deleted_there(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str, pair: tuple[int, int]
) -> None:
    number, other = pair
    beta.organization.move(other, OTHER_PROJECT)
    alpha.organization.delete_comment(number, alpha.organization.comments(number)[0].id)
    tell(alpha, connection_id)
    beta.reconciliation.reconcile(connection_id)
    meeting.rest()
    assert comments(beta, other) == comments(alpha, number) == []
    assert meeting.situation() == []
    assert alpha.error_records(closed=True) == beta.error_records(closed=True) == []


def test_a_comment_whose_deletion_was_taken_for_done_is_deleted_as_soon_as_it_is_seen_standing(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str, pair: tuple[int, int]
) -> None:
    """As releases before this one left it behind: the trace and the state say deleted, and the comment is there."""
    number, other = pair
    before = beta.organization.item(other).comments.copy()
    alpha.organization.delete_comment(number, alpha.organization.comments(number)[0].id)
    meeting.rest()
    beta.organization.item(other).comments.update(before)
    beta.organization.comment(other, "<p>makes it look</p>")
    meeting.rest()
    assert [text for text in comments(beta, other) if "once" in text] == []
    assert len(comments(alpha, number)) == len(comments(beta, other)) == 1


@pytest.mark.parametrize("text", ["Said **twice**", "Another"])
def test_a_comment_edited_or_added_while_its_work_item_is_in_another_project_arrives_once(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str, pair: tuple[int, int], text: str
) -> None:
    number, other = pair
    beta.organization.move(other, OTHER_PROJECT)
    if text == "Another":
        alpha.organization.comment(number, text, TextFormat.MARKDOWN)
    else:
        comment = alpha.organization.comments(number)[0]
        alpha.organization.edit_comment(number, comment.id, text, TextFormat.MARKDOWN)
    tell(alpha, connection_id)
    beta.reconciliation.reconcile(connection_id)
    meeting.rest()
    assert sum(text in each for each in comments(beta, other)) == 1
    assert len(comments(beta, other)) == len(comments(alpha, number))
    assert alpha.error_records(closed=True) == beta.error_records(closed=True) == []


def test_a_comment_that_both_sides_deleted_is_done(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str, pair: tuple[int, int]
) -> None:
    number, other = pair
    alpha.organization.delete_comment(number, alpha.organization.comments(number)[0].id)
    beta.organization.delete_comment(other, beta.organization.comments(other)[0].id)
    tell(alpha, connection_id)
    beta.reconciliation.reconcile(connection_id)
    meeting.rest()
    assert comments(beta, other) == comments(alpha, number) == []
    assert meeting.situation() == []
    assert beta.twin(other).intent is None


def test_a_comment_is_not_taken_for_deleted_because_the_answer_says_so(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str, pair: tuple[int, int]
) -> None:
    """The work item is where it was and has the comment: whatever the answer meant, nothing was deleted."""
    number, other = pair
    alpha.organization.delete_comment(number, alpha.organization.comments(number)[0].id)
    tell(alpha, connection_id)
    beta.failures.plan("delete_comment", Moment.BEFORE, WorkItemNotFoundError("Not found.", status=404))
    beta.reconciliation.reconcile(connection_id)
    assert len(comments(beta, other)) == 1
    meeting.wait(600)
    meeting.rest()
    assert comments(beta, other) == []
    assert meeting.situation() == []


def test_a_work_item_deleted_meanwhile_is_told_as_removed(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str, pair: tuple[int, int]
) -> None:
    number, other = pair
    alpha.organization.delete_comment(number, alpha.organization.comments(number)[0].id)
    tell(alpha, connection_id)
    beta.organization.delete(other)
    beta.reconciliation.reconcile(connection_id)
    meeting.rest()
    assert meeting.situation() == []
    beta.organization.restore(other)
    meeting.rest()
    assert comments(beta, other) == []
    assert as_seen(beta, other)["title"] == "Discussed"

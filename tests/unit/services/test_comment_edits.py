"""Editing and deleting comments: only those that are as they were when it was decided, for one look at a work item."""

import json

import pytest
from tests.unit.services.memory_nodes import Meeting, MemoryNode

from adnode.adapters.memory.gateway_failures import Moment
from adnode.domain.connection import Visibility
from adnode.domain.rich_text import TextFormat
from adnode.services.reconciliation.commenting import LOOK_SECONDS

MARKDOWN = TextFormat.MARKDOWN


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


def share(meeting: Meeting, alpha: MemoryNode, connection_id: str, count: int = 1) -> tuple[int, int]:
    """Have alpha's people make a work item with so many comments; return its numbers on both sides."""
    number = alpha.create("Task", "Discussed")
    for place in range(count):
        alpha.organization.comment(number, f"Said **{place}**", MARKDOWN)
    [other] = meeting.share(alpha, connection_id, number)
    return number, other


def edit(node: MemoryNode, number: int, place: int, text: str) -> None:
    comment = node.organization.comments(number)[place]
    node.organization.edit_comment(number, comment.id, text, MARKDOWN)


def tell(node: MemoryNode, connection_id: str) -> None:
    """Let a node notice what changed and tell it; the other one has read no change feed since."""
    node.clock.advance(2)
    node.feed.read(node.organization.id)
    node.reconciliation.reconcile(connection_id)
    node.exchange.send(connection_id)


def texts(node: MemoryNode, number: int) -> list[str]:
    return [comment.text for comment in node.organization.comments(number) if not comment.is_deleted]


def losers(*nodes: MemoryNode) -> list[str]:
    return [json.dumps(json.loads(record.loser)) for node in nodes for record in node.conflicts()]


@pytest.mark.parametrize("is_partner_later", [True, False])
def test_an_edit_that_was_not_read_yet_is_no_less_than_the_partners(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str, *, is_partner_later: bool
) -> None:
    """A person edits the copy before the partner's edit is written: the later one stands, the other one is kept."""
    number, other = share(meeting, alpha, connection_id)
    deeds = [(beta, other, "by their person"), (alpha, number, "by the partner")]
    for node, item, text in deeds if is_partner_later else reversed(deeds):
        edit(node, item, 0, text)
        meeting.clock.advance(1)
    tell(alpha, connection_id)
    beta.reconciliation.reconcile(connection_id)
    meeting.rest()
    winner, loser = ("by the partner", "by their person") if is_partner_later else ("by their person", "by the partner")
    [ours], [theirs] = texts(alpha, number), texts(beta, other)
    assert winner in ours
    assert winner in theirs
    found = losers(alpha, beta)
    assert found
    assert all(loser in each for each in found)


def test_a_comment_edited_just_before_the_partner_deletes_it_is_kept_as_a_conflict(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    number, other = share(meeting, alpha, connection_id)
    edit(beta, other, 0, "said better")
    meeting.clock.advance(1)
    alpha.organization.delete_comment(number, alpha.organization.comments(number)[0].id)
    tell(alpha, connection_id)
    beta.reconciliation.reconcile(connection_id)
    meeting.rest()
    assert texts(alpha, number) == texts(beta, other) == []
    assert any("said better" in each for each in losers(alpha, beta))


def test_many_edits_cost_one_look_for_all_their_work_items(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    pairs = [share(meeting, alpha, connection_id, 20) for _ in range(3)]
    for number, _ in pairs:
        for place in range(20):
            edit(alpha, number, place, f"Said **{place}** again")
    tell(alpha, connection_id)
    beta.gateway.calls.clear()
    beta.reconciliation.reconcile(connection_id)
    assert beta.gateway.calls["edit_comment"] == 60
    assert beta.gateway.calls["read_work_items"] == 1
    assert beta.gateway.calls["read_comments"] == 0


def test_a_conversation_that_takes_long_is_looked_at_again_and_again(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    """What a person edits meanwhile is written over only if it happened a moment ago."""
    number, other = share(meeting, alpha, connection_id, 20)
    for place in range(20):
        edit(alpha, number, place, f"Said **{place}** again")
    tell(alpha, connection_id)
    edits: list[int] = []
    inner = beta.gateway.disturb

    def disturb(operation: str, moment: Moment) -> None:
        inner(operation, moment)
        if operation == "edit_comment" and moment is Moment.AFTER:
            edits.append(len(edits))
            beta.clock.advance(LOOK_SECONDS / 2)
            if len(edits) == 5:
                edit(beta, other, 19, "edited meanwhile")
                beta.clock.advance(LOOK_SECONDS)

    beta.gateway.disturb = disturb
    beta.gateway.calls.clear()
    beta.reconciliation.reconcile(connection_id)
    assert len(edits) == 5
    assert beta.gateway.calls["read_work_items"] <= 4
    meeting.rest()
    assert [text for text in texts(beta, other) if "edited meanwhile" in text] == ["edited meanwhile"]
    assert [text for text in texts(alpha, number) if "edited meanwhile" in text] == ["edited meanwhile"]
    assert len(texts(alpha, number)) == len(texts(beta, other)) == 20
    assert len(losers(alpha, beta)) == 1

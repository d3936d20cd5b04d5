"""Comparing in depth: what was missed although the revision is known is found, sent and doubled nowhere."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.unit.services.memory_nodes import Meeting, MemoryNode, as_seen
from tests.unit.services.test_drift import compare, findings, overlook, settle_down, share

from adnode.domain.connection import Visibility
from adnode.domain.drift import FindingStatus
from adnode.domain.job import JobKind
from adnode.domain.realignment import Realignment
from adnode.domain.trace import TraceKind


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


def swallow(meeting: Meeting, node: MemoryNode, number: int) -> None:
    """Have a node believe that it has read the newest revision, comments too."""
    overlook(node)
    twin, now = node.twin(number), node.clock.now()
    snapshot = node.organization.snapshot(number)
    with node.storage.unit_of_work() as work:
        work.twins.mark_dirty([twin.id], now, must_read=False)
        (claim,) = work.twins.claim(twin.connection_id, "test", now, 10, 1)
        known = replace(claim.twin, revision=snapshot.revision, comment_count=snapshot.comment_count)
        work.twins.finish(claim, known)
        work.commit()
    meeting.rest()
    settle_down(meeting)


def lose_traces(node: MemoryNode, number: int) -> None:
    """Have a node forget which comments stand for which."""
    with node.storage.unit_of_work() as work:
        traces = work.traces.find(node.organization.id, [number])[number]
        lost = [trace for trace in traces if trace.kind is TraceKind.COMMENT]
        assert lost
        work.traces.save([replace(trace, local_id="", local_form="", value=None) for trace in lost])
        work.commit()


def said(node: MemoryNode, number: int) -> str:
    return str(as_seen(node, number)["comments"])


def compare_in_depth(meeting: Meeting, node: MemoryNode, connection_id: str) -> None:
    """Run a deep comparison and what it has repaired; nothing is left for a person to do."""
    assert compare(meeting, node, connection_id, kind=JobKind.DEEP_COMPARISON) == []


def repaired(node: MemoryNode, connection_id: str) -> list[tuple[str, ...]]:
    with node.storage.unit_of_work() as work:
        found = work.drift.list_page(connection_id, status=FindingStatus.REPAIRED, limit=9)
    return [each.keys for each in found]


def edit(node: MemoryNode, number: int) -> None:
    [comment] = node.organization.comments(number)
    node.organization.edit_comment(number, comment.id, "Edited unseen")


def delete(node: MemoryNode, number: int) -> None:
    [comment] = node.organization.comments(number)
    node.organization.delete_comment(number, comment.id)
    node.organization.comment(number, "Said instead")


@pytest.mark.parametrize(
    ("deed", "there", "gone"), [(edit, "Edited unseen", "Said before"), (delete, "Said instead", "Said before")]
)
@pytest.mark.parametrize("side", ["ours", "theirs"])
def test_a_swallowed_comment_edit_or_deletion_is_found_and_sent(
    meeting: Meeting,
    alpha: MemoryNode,
    beta: MemoryNode,
    connection_id: str,
    deed: Callable[[MemoryNode, int], None],
    there: str,
    gone: str,
    side: str,
) -> None:
    (number,) = share(meeting, alpha, connection_id)
    other = alpha.twin(number).remote_work_item_id or 0
    (node, mine), (partner, yours) = (
        ((alpha, number), (beta, other)) if side == "ours" else ((beta, other), (alpha, number))
    )
    deed(node, mine)
    swallow(meeting, node, mine)
    assert compare(meeting, node, connection_id) == []
    assert gone in said(partner, yours), "the plain comparison goes by the revision"
    compare_in_depth(meeting, node, connection_id)
    for one, work_item in ((node, mine), (partner, yours)):
        assert there in said(one, work_item)
        assert gone not in said(one, work_item)
    assert len(repaired(node, connection_id)) == 1
    assert node.twin(mine).realignment is Realignment.NONE
    settle_down(meeting)
    compare_in_depth(meeting, node, connection_id)
    assert len(repaired(node, connection_id)) == 1
    assert findings(partner, connection_id) == []


def test_a_lost_trace_doubles_no_comment(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    (number,) = share(meeting, alpha, connection_id)
    other = alpha.twin(number).remote_work_item_id or 0
    lose_traces(beta, other)
    compare_in_depth(meeting, beta, connection_id)
    assert len(repaired(beta, connection_id)) == 1
    settle_down(meeting)
    compare_in_depth(meeting, beta, connection_id)
    [copy] = beta.organization.comments(other)
    beta.organization.edit_comment(other, copy.id, copy.text.replace("Said before", "Said since"))
    meeting.rest()
    for node, work_item in ((alpha, number), (beta, other)):
        assert len(as_seen(node, work_item)["comments"]) == 1  # type: ignore[arg-type]
        assert "Said since" in said(node, work_item)


def test_a_lost_trace_doubles_no_comment_before_the_comparison_either(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    (number,) = share(meeting, alpha, connection_id)
    other = alpha.twin(number).remote_work_item_id or 0
    lose_traces(beta, other)
    beta.organization.comment(other, "Said there")
    meeting.rest()
    for node, work_item in ((alpha, number), (beta, other)):
        assert (said(node, work_item).count("Said before"), said(node, work_item).count("Said there")) == (1, 1)


def test_it_costs_one_read_for_two_hundred_work_items_and_one_for_each_with_comments(
    meeting: Meeting, alpha: MemoryNode, connection_id: str
) -> None:
    numbers = [alpha.create("Task", f"Item {number}") for number in range(205)]
    for number in numbers[:5]:
        alpha.organization.comment(number, "Said before")
    alpha.work_items.synchronize(connection_id, numbers)
    meeting.rest(200)
    settle_down(meeting)
    alpha.gateway.calls.clear()
    compare_in_depth(meeting, alpha, connection_id)
    calls = {name: count for name, count in alpha.gateway.calls.items() if name.startswith("read")}
    assert (calls.get("read_work_items"), calls.get("read_comments")) == (2, 5), calls

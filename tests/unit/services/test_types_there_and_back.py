"""A type that is changed and changed back: the text goes with it, whichever field the form shows."""

import pytest
from tests.unit.services.memory_nodes import Meeting, MemoryNode

from adnode.adapters.memory.gateway_failures import Moment
from adnode.domain.connection import Visibility
from adnode.domain.work_item import DESCRIPTION, REPRO_STEPS, WORK_ITEM_TYPE

OLD, NEW = "<p>old</p>", "<p>NEW</p>"


def shown(node: MemoryNode, number: int) -> str:
    snapshot = node.organization.snapshot(number)
    return snapshot.text(REPRO_STEPS if snapshot.type_name == "Bug" else DESCRIPTION)


@pytest.mark.parametrize("keeps", [True, False])
@pytest.mark.parametrize("rests", [True, False])
@pytest.mark.parametrize("place", ["alpha", "beta"])
def test_the_old_text_does_not_come_back_over_the_new_one(place: str, *, rests: bool, keeps: bool) -> None:
    """Repro Steps are cleared when a Bug becomes something else; an Azure DevOps that keeps them is no worse."""
    meeting = Meeting()
    alpha, beta = meeting.add("alpha"), meeting.add("beta")
    for node in (alpha, beta):
        node.organization.keeps_hidden_fields = keeps
    connection_id = meeting.connect(alpha, beta, Visibility.PUBLIC)
    number = alpha.create("Task", "Turned", Description=OLD)
    [other] = meeting.share(alpha, connection_id, number)
    node, item = (alpha, number) if place == "alpha" else (beta, other)
    node.organization.change_type(item, "Bug")
    meeting.rest()
    assert shown(alpha, number) == shown(beta, other) == OLD
    node.organization.edit(item, {REPRO_STEPS: NEW})
    if rests:
        meeting.rest()
    node.organization.change_type(item, "Task")
    meeting.rest()
    assert shown(alpha, number) == shown(beta, other) == NEW
    assert alpha.conflicts() == beta.conflicts() == []
    node.organization.change_type(item, "Bug")
    meeting.rest()
    assert shown(alpha, number) == shown(beta, other) == NEW


@pytest.mark.parametrize("moment", list(Moment))
def test_a_text_follows_its_type_also_after_a_lost_answer(moment: Moment) -> None:
    meeting = Meeting()
    alpha, beta = meeting.add("alpha"), meeting.add("beta")
    connection_id = meeting.connect(alpha, beta, Visibility.PUBLIC)
    number = alpha.create("Task", "Turned", Description=OLD)
    [other] = meeting.share(alpha, connection_id, number)
    for node in (alpha, beta):
        node.failures.plan("write_work_items", moment)
    alpha.organization.change_type(number, "Bug")
    for _ in range(3):
        meeting.rest()
        meeting.wait(600)
    alpha.organization.edit(number, {REPRO_STEPS: NEW})
    meeting.rest()
    beta.organization.change_type(other, "Task")
    meeting.rest()
    assert shown(alpha, number) == shown(beta, other) == NEW
    assert alpha.conflicts() == beta.conflicts() == []


def test_a_text_emptied_when_its_field_was_left_does_not_come_back_later() -> None:
    """Both fields have held the text before: what the left one holds is told by the save that left it."""
    meeting = Meeting()
    alpha, beta = meeting.add("alpha"), meeting.add("beta")
    connection_id = meeting.connect(alpha, beta, Visibility.PUBLIC)
    number = alpha.create("Task", "Turned", Description=OLD)
    [other] = meeting.share(alpha, connection_id, number)
    for type_name in ("Bug", "Task"):
        alpha.organization.change_type(number, type_name)
        meeting.rest()
    alpha.organization.edit(number, {WORK_ITEM_TYPE: "Bug", DESCRIPTION: "", REPRO_STEPS: ""})
    meeting.rest()
    assert shown(alpha, number) == shown(beta, other) == ""
    beta.organization.edit(other, {REPRO_STEPS: NEW})
    meeting.rest()
    alpha.organization.change_type(number, "Task")
    meeting.rest()
    assert shown(alpha, number) == shown(beta, other) == NEW
    assert alpha.conflicts() == beta.conflicts() == []


@pytest.mark.parametrize("is_new_last", [True, False])
def test_a_text_that_nobody_read_before_the_type_cleared_it_is_not_lost(*, is_new_last: bool) -> None:
    """Somebody writes into a Bug and makes it a Task, with other changes around, before the node looks."""
    meeting = Meeting()
    alpha, beta = meeting.add("alpha"), meeting.add("beta")
    connection_id = meeting.connect(alpha, beta, Visibility.PUBLIC)
    number = alpha.organization.create("Fabrikam", "Bug", {"System.Title": "Turned", REPRO_STEPS: OLD})
    [other] = meeting.share(alpha, connection_id, number)
    alpha.organization.edit(number, {REPRO_STEPS: NEW if is_new_last else "<p>between</p>"})
    if not is_new_last:
        alpha.organization.edit(number, {REPRO_STEPS: NEW})
        alpha.organization.edit(number, {"System.Title": "Turned round"})
    alpha.organization.change_type(number, "Task")
    alpha.organization.edit(number, {"System.Tags": "seen"})
    meeting.rest()
    assert shown(alpha, number) == shown(beta, other) == NEW
    assert alpha.conflicts() == beta.conflicts() == []


def test_a_bug_that_becomes_a_task_keeps_its_text_whoever_made_it_one() -> None:
    meeting = Meeting()
    alpha, beta = meeting.add("alpha"), meeting.add("beta")
    connection_id = meeting.connect(alpha, beta, Visibility.PUBLIC)
    number = alpha.organization.create("Fabrikam", "Bug", {"System.Title": "Turned", REPRO_STEPS: OLD})
    [other] = meeting.share(alpha, connection_id, number)
    for node, item, type_name in (
        (alpha, number, "Task"),
        (beta, other, "Bug"),
        (beta, other, "Task"),
        (alpha, number, "Bug"),
    ):
        node.organization.change_type(item, type_name)
        meeting.rest()
        assert shown(alpha, number) == shown(beta, other) == OLD
    assert alpha.conflicts() == beta.conflicts() == []

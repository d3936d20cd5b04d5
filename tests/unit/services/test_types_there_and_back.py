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


@pytest.mark.parametrize("rests", [True, False])
@pytest.mark.parametrize("place", ["alpha", "beta"])
def test_the_old_text_does_not_come_back_over_the_new_one(place: str, *, rests: bool) -> None:
    meeting = Meeting()
    alpha, beta = meeting.add("alpha"), meeting.add("beta")
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

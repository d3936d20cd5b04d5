"""A partner has only so many work items made in an hour; the others wait, are made by themselves, and none is lost."""

import pytest
from tests.unit.services.memory_nodes import Meeting, MemoryNode, as_seen

from adnode.domain.connection import Visibility
from adnode.domain.error_record import Impact
from adnode.domain.twin import TwinStatus
from adnode.services.reconciliation.making import SPAN_SECONDS

LIMIT = 3


@pytest.fixture
def meeting() -> Meeting:
    return Meeting()


@pytest.fixture
def alpha(meeting: Meeting) -> MemoryNode:
    return meeting.add("alpha")


@pytest.fixture
def beta(meeting: Meeting) -> MemoryNode:
    node = meeting.add("beta")
    node.reconciliation._making._limit = LIMIT
    return node


@pytest.mark.parametrize("visibility", [Visibility.PUBLIC, Visibility.PRIVATE])
def test_what_is_beyond_the_limit_waits_and_is_made_by_itself(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, visibility: Visibility
) -> None:
    connection_id = meeting.connect(alpha, beta, visibility)
    numbers = [alpha.create("Task", f"Number {number}") for number in range(LIMIT + 2)]
    alpha.work_items.synchronize(connection_id, numbers)
    meeting.rest()
    assert len(beta.organization.snapshots()) == LIMIT
    [told] = beta.error_records()
    assert (told.code, told.impact, told.twin_id) == ("partner_braked", Impact.WARNING, "")
    assert f"alpha had {LIMIT} work items made here" in told.message
    assert alpha.error_records() == []
    waiting = [alpha.twin(number).status for number in numbers]
    assert waiting.count(TwinStatus.PENDING) == 2
    assert TwinStatus.FAILED not in waiting
    made = next(number for number in numbers if alpha.twin(number).remote_work_item_id)
    alpha.organization.edit(made, {"System.Title": "Goes on"})
    meeting.rest()
    assert as_seen(beta, alpha.twin(made).remote_work_item_id or 0)["title"] == "Goes on"
    meeting.wait(SPAN_SECONDS)
    meeting.rest()
    assert len(beta.organization.snapshots()) == len(numbers)
    assert {alpha.twin(number).status for number in numbers} == {TwinStatus.SYNCHRONIZED}
    assert beta.error_records() == alpha.error_records() == []


def test_each_connection_has_room_of_its_own(meeting: Meeting, alpha: MemoryNode, beta: MemoryNode) -> None:
    gamma = meeting.add("gamma")
    for node in (alpha, gamma):
        connection_id = meeting.connect(node, beta, Visibility.PUBLIC)
        numbers = [node.create("Task", f"Of {node.organization.name} {number}") for number in range(LIMIT)]
        node.work_items.synchronize(connection_id, numbers)
    meeting.rest()
    assert len(beta.organization.snapshots()) == 2 * LIMIT
    assert meeting.situation() == []


def test_a_warning_of_a_process_that_is_gone_closes_once_it_fits(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode
) -> None:
    connection_id = meeting.connect(alpha, beta, Visibility.PUBLIC)
    numbers = [alpha.create("Task", f"Number {number}") for number in range(LIMIT + 1)]
    alpha.work_items.synchronize(connection_id, numbers)
    meeting.rest()
    assert [record.code for record in beta.error_records()] == ["partner_braked"]
    beta.reconciliation._making._told.clear()
    meeting.wait(SPAN_SECONDS)
    meeting.rest()
    assert len(beta.organization.snapshots()) == LIMIT + 1
    assert beta.error_records() == []

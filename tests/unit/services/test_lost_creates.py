"""A create whose answer never came is found again wherever its work item is by now, and nothing is made twice."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.unit.services.memory_nodes import OTHER_PROJECT, PROJECT, Meeting, MemoryNode, as_seen

from adnode.adapters.memory.gateway_failures import Moment
from adnode.domain.connection import Visibility
from adnode.domain.twin import Intent, TwinStatus
from adnode.domain.work_item import TITLE, WorkItemWrite

TASKS = ("First", "Second", "Third")


class Died(BaseException):
    """The process is gone."""


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


def lose_creates(alpha: MemoryNode, beta: MemoryNode, connection_id: str, titles: Sequence[str] = TASKS) -> list[int]:
    """Have beta make the counterparts of alpha's work items and hear no answer; return alpha's numbers."""
    numbers = [alpha.create("Task", title) for title in titles]
    alpha.work_items.synchronize(connection_id, numbers)
    alpha.reconciliation.reconcile(connection_id)
    alpha.exchange.send(connection_id)
    beta.failures.plan("write_work_items", Moment.AFTER)
    beta.reconciliation.reconcile(connection_id)
    assert len(beta.organization.snapshots()) == len(titles)
    assert beta.twins(1) == []
    return numbers


def go_on(meeting: Meeting) -> None:
    meeting.wait(600)
    meeting.rest()
    meeting.wait(600)
    meeting.rest()


def require_pairs(meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, numbers: Sequence[int]) -> None:
    assert len(beta.organization.snapshots()) == len(alpha.organization.snapshots()) == len(numbers)
    for number in numbers:
        twin = alpha.twin(number)
        assert twin.status is TwinStatus.SYNCHRONIZED
        assert as_seen(beta, twin.remote_work_item_id or 0)["title"] == as_seen(alpha, number)["title"]
    assert meeting.situation() == []


def test_it_is_found_after_the_connection_was_given_another_project(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    numbers = lose_creates(alpha, beta, connection_id)
    with beta.storage.unit_of_work() as work:
        work.connections.save(replace(work.connections.get(connection_id), project=OTHER_PROJECT))
        work.commit()
    go_on(meeting)
    require_pairs(meeting, alpha, beta, numbers)


def test_it_is_found_after_a_person_moved_and_renamed_it(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    numbers = lose_creates(alpha, beta, connection_id)
    beta.organization.move(2, OTHER_PROJECT)
    beta.organization.edit(2, {TITLE: "Renamed by a person"})
    go_on(meeting)
    require_pairs(meeting, alpha, beta, numbers)
    assert beta.twin(2).project == OTHER_PROJECT


@pytest.mark.parametrize("minutes", [-4, 4])
@pytest.mark.parametrize("hours", [-2, 0, 2])
def test_it_is_found_when_the_clocks_differ(minutes: int, hours: int) -> None:
    """Since when is asked by the time of Azure DevOps: that of this node may go off by hours once it was made."""
    meeting = Meeting()
    alpha, beta = meeting.add("alpha"), meeting.add("beta")
    difference = timedelta(minutes=minutes)
    beta.organization._clock = lambda: meeting.clock.now() + difference
    connection_id = meeting.connect(alpha, beta, Visibility.PUBLIC)
    numbers = lose_creates(alpha, beta, connection_id)
    difference = timedelta(hours=hours)
    go_on(meeting)
    require_pairs(meeting, alpha, beta, numbers)


def test_what_was_there_long_before_is_not_looked_at(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    """A person's link to the same work item, of a day ago, is no create of ours."""
    link = alpha.gateway.work_item_url(1)
    old = WorkItemWrite(PROJECT, {TITLE: "Noted by a person"}, type_name="Task", add_hyperlinks=(link,))
    beta.gateway.write_work_items([old])
    meeting.wait(86_400)
    number = alpha.create("Task", "First")
    alpha.work_items.synchronize(connection_id, [number])
    alpha.reconciliation.reconcile(connection_id)
    alpha.exchange.send(connection_id)
    beta.failures.plan("write_work_items", Moment.BEFORE)
    beta.reconciliation.reconcile(connection_id)
    go_on(meeting)
    assert alpha.twin(number).remote_work_item_id == 2


def test_an_intent_of_the_release_before_is_looked_for_with_a_margin(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    """It names neither the link nor the time by Azure DevOps: the clock of that release may have been an hour ahead."""
    numbers = lose_creates(alpha, beta, connection_id)
    rows = beta.storage._tables.twins
    for twin_id, row in list(rows.items()):
        assert row.twin.intent is not None
        recorded_at = row.twin.intent.recorded_at + timedelta(minutes=50)
        old = replace(row.twin.intent, marker="", started_at=None, recorded_at=recorded_at)
        rows[twin_id] = replace(row, twin=replace(row.twin, intent=old))
    go_on(meeting)
    require_pairs(meeting, alpha, beta, numbers)


def test_it_is_found_although_it_is_under_sync_over_another_connection_by_now(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    gamma = meeting.add("gamma")
    onward = meeting.connect(beta, gamma, Visibility.PUBLIC)
    numbers = lose_creates(alpha, beta, connection_id, ["First"])
    beta.work_items.synchronize(onward, [1])
    beta.reconciliation.reconcile(onward)
    beta.exchange.send(onward)
    go_on(meeting)
    require_pairs(meeting, alpha, beta, numbers)
    assert [len(node.organization.snapshots()) for node in (beta, gamma)] == [1, 1]


@pytest.mark.parametrize("has_begun", [False, True])
def test_it_is_found_although_somebody_put_it_under_sync_over_the_same_connection(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str, *, has_begun: bool
) -> None:
    """The pair that was meant is made; the one that somebody began gives way, and makes no work item over there."""
    numbers = lose_creates(alpha, beta, connection_id)
    beta.work_items.synchronize(connection_id, [2], check=False)
    if has_begun:
        beta.reconciliation.reconcile(connection_id)
        beta.exchange.send(connection_id)
    go_on(meeting)
    require_pairs(meeting, alpha, beta, numbers)
    assert len(beta.twins(2)) == 1


def test_what_another_pair_made_for_the_same_work_item_is_not_taken(meeting: Meeting) -> None:
    """Two connections lead to the same organization: what one made links to the counterpart that the other is after."""
    alpha, beta = meeting.add("alpha"), meeting.add("beta")
    first, second = (meeting.connect(alpha, beta, Visibility.PUBLIC) for _ in range(2))
    [other] = meeting.share(alpha, first, alpha.create("Task", "First"))
    made, now = beta.twin(other), beta.clock.now()
    intent = Intent(now, None, {TITLE: "First"}, marker=made.remote_url, started_at=now)
    twin = replace(made, id="second", connection_id=second, work_item_id=None, revision=None, intent=intent)
    with beta.storage.unit_of_work() as work:
        work.twins.add(replace(twin, lineage=frozenset(), local_forms={}), due_at=now)
        work.commit()
    meeting.rest()
    with beta.storage.unit_of_work() as work:
        assert work.twins.get("second").work_item_id not in (other, None)


def test_a_work_item_written_to_by_others_since_is_known_by_the_revision_that_we_made(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    [number] = lose_creates(alpha, beta, connection_id, ["First"])
    beta.organization.edit(1, {"System.Tags": "seen"})
    beta.organization.edit(1, {TITLE: "A person's"})
    go_on(meeting)
    assert as_seen(alpha, number)["title"] == as_seen(beta, 1)["title"] == "A person's"
    assert alpha.conflicts() == beta.conflicts() == []


def test_one_search_finds_all_of_a_round(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    numbers = lose_creates(alpha, beta, connection_id)
    beta.gateway.calls.clear()
    meeting.wait(600)
    beta.reconciliation.reconcile(connection_id)
    assert beta.gateway.calls["query"] == 1
    assert beta.gateway.calls["write_work_items"] == 0
    go_on(meeting)
    require_pairs(meeting, alpha, beta, numbers)

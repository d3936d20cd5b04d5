"""Two whole nodes in memory, one under a plan: what is beyond it waits and is named, everything else goes on."""

from datetime import UTC, datetime, timedelta
from threading import Event

import pytest
from tests.unit.services.memory_nodes import Meeting, MemoryNode, as_seen

from adnode.adapters.memory.clock import MemoryIds
from adnode.adapters.memory.wakeups import MemoryWakeups
from adnode.domain.connection import Visibility
from adnode.domain.error_record import ErrorRecord, Impact
from adnode.domain.license_plan import LIMIT_CODE, UNLIMITED, LicensePlan
from adnode.domain.twin import TwinStatus
from adnode.domain.usage import HeldTwin
from adnode.services.held_pairs import HeldPairsService

TWO = LicensePlan("pairs:2", 2)
THREE = LicensePlan("pairs:3", 3)
TITLE = "System.Title"


@pytest.fixture
def meeting() -> Meeting:
    return Meeting()


@pytest.fixture
def alpha(meeting: Meeting) -> MemoryNode:
    return meeting.add("alpha")


@pytest.fixture
def beta(meeting: Meeting) -> MemoryNode:
    return meeting.add("beta")


@pytest.fixture(params=[Visibility.PRIVATE, Visibility.PUBLIC])
def connection_id(request: pytest.FixtureRequest, meeting: Meeting, alpha: MemoryNode, beta: MemoryNode) -> str:
    return meeting.connect(alpha, beta, request.param)


def tend(node: MemoryNode, plan: LicensePlan) -> bool:
    """Set the plan, as starting the node with another one does, and do the chore once."""
    node.storage.plan = plan
    service = HeldPairsService(node.storage.unit_of_work, plan, MemoryWakeups(), node.clock, MemoryIds("held"))
    return service.tend(Event())


def held(node: MemoryNode) -> list[HeldTwin]:
    with node.storage.unit_of_work() as work:
        return work.usage.list_held(node.organization.id, limit=9)


def used(node: MemoryNode) -> int:
    with node.storage.unit_of_work() as work:
        return work.usage.used(node.organization.id, f"{node.clock.now():%Y-%m}")


def warnings(node: MemoryNode) -> list[ErrorRecord]:
    return [record for record in node.error_records() if record.code == LIMIT_CODE]


def to_next_month(meeting: Meeting) -> None:
    now = meeting.clock.now().astimezone(UTC)
    begin = datetime(now.year + now.month // 12, now.month % 12 + 1, 1, tzinfo=UTC)
    meeting.clock.advance((begin - now + timedelta(minutes=1)).total_seconds())


def share_three(meeting: Meeting, node: MemoryNode, connection_id: str) -> list[int]:
    """Put three work items under sync, one after the other, and wait."""
    numbers = []
    for word in ("one", "two", "three"):
        meeting.wait(1)
        numbers.append(node.create("Task", word))
        node.work_items.synchronize(connection_id, [numbers[-1]])
    meeting.rest()
    return numbers


# the side that puts work items under sync ----------------------------------------------------------------------------


def test_the_third_pair_waits_at_its_beginning(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    alpha.storage.plan = TWO
    first, second, third = share_three(meeting, alpha, connection_id)
    assert [alpha.twin(number).status for number in (first, second)] == [TwinStatus.SYNCHRONIZED] * 2
    waiting = alpha.twin(third)
    assert waiting.is_held
    assert (waiting.status, waiting.remote_work_item_id) == (TwinStatus.PENDING, None)
    assert len(beta.organization.snapshots()) == 2
    assert [twin.work_item_id for twin in held(alpha)] == [third]
    assert used(alpha) == used(beta) == 2


def test_existing_pairs_go_on_at_the_limit(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    alpha.storage.plan = TWO
    first, second, third = share_three(meeting, alpha, connection_id)
    alpha.organization.edit(first, {TITLE: "one, changed"})
    beta.organization.edit(alpha.twin(second).remote_work_item_id or 0, {TITLE: "two, changed there"})
    alpha.organization.edit(third, {TITLE: "three, changed"})
    meeting.rest()
    assert as_seen(beta, alpha.twin(first).remote_work_item_id or 0)["title"] == "one, changed"
    assert as_seen(alpha, second)["title"] == "two, changed there"
    assert alpha.twin(third).is_held


def test_starting_says_at_once_what_waits(alpha: MemoryNode, connection_id: str) -> None:
    alpha.storage.plan = TWO
    numbers = [alpha.create("Task", word) for word in ("one", "two", "three")]
    result = alpha.work_items.synchronize(connection_id, numbers)
    assert result.started == tuple(numbers)
    assert result.held == (numbers[2],)
    progress = alpha.work_items.progress(result.twin_ids)
    assert (progress.total, progress.held, progress.is_over) == (3, 1, False)


def test_a_higher_limit_lets_it_through_as_it_is_then(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    alpha.storage.plan = TWO
    _, _, third = share_three(meeting, alpha, connection_id)
    alpha.organization.edit(third, {TITLE: "three, as of today"})
    meeting.rest()
    tend(alpha, THREE)
    meeting.rest()
    assert as_seen(beta, alpha.twin(third).remote_work_item_id or 0)["title"] == "three, as of today"
    assert alpha.twin(third).status is TwinStatus.SYNCHRONIZED
    assert used(alpha) == 3


def test_the_next_month_lets_it_through_in_order(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    alpha.storage.plan = LicensePlan("pairs:1", 1)
    first, second, third = share_three(meeting, alpha, connection_id)
    to_next_month(meeting)
    assert not tend(alpha, alpha.storage.plan)
    meeting.rest()
    assert [alpha.twin(number).is_held for number in (first, second, third)] == [False, False, True]
    assert len(beta.organization.snapshots()) == 2
    assert used(alpha) == 1


def test_unlinking_a_waiting_pair_ends_its_waiting(meeting: Meeting, alpha: MemoryNode, connection_id: str) -> None:
    alpha.storage.plan = TWO
    _, _, third = share_three(meeting, alpha, connection_id)
    tend(alpha, TWO)
    alpha.work_items.unlink(connection_id, third)
    tend(alpha, TWO)
    assert held(alpha) == []
    assert warnings(alpha) == []


# the side that takes them in -----------------------------------------------------------------------------------------


def test_the_third_incoming_pair_waits_and_its_messages_are_kept(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    beta.storage.plan = TWO
    _, _, third = share_three(meeting, alpha, connection_id)
    alpha.organization.edit(third, {TITLE: "three, changed"})
    meeting.rest()
    [waiting] = held(beta)
    assert (waiting.work_item_id, waiting.remote_work_item_id) == (None, third)
    assert str(third) in waiting.remote_url
    assert len(beta.organization.snapshots()) == 2
    with beta.storage.unit_of_work() as work:
        assert work.twins.get(waiting.id).status is TwinStatus.PENDING
        assert len(work.inbox.pending([waiting.id])[waiting.id]) == 2
    assert alpha.twin(third).status is TwinStatus.PENDING
    assert alpha.error_records() == []


def test_letting_it_through_applies_what_was_kept(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    beta.storage.plan = TWO
    _, _, third = share_three(meeting, alpha, connection_id)
    alpha.organization.edit(third, {TITLE: "three, changed"})
    meeting.rest()
    tend(beta, UNLIMITED)
    meeting.rest()
    assert held(beta) == []
    other = alpha.twin(third).remote_work_item_id or 0
    assert as_seen(beta, other)["title"] == "three, changed"
    assert alpha.twin(third).status is beta.twin(other).status is TwinStatus.SYNCHRONIZED


# the warning ---------------------------------------------------------------------------------------------------------


def test_one_warning_for_a_connection_names_what_to_know_and_closes_itself(
    meeting: Meeting, alpha: MemoryNode, connection_id: str
) -> None:
    alpha.storage.plan = TWO
    share_three(meeting, alpha, connection_id)
    tend(alpha, TWO)
    [warning] = warnings(alpha)
    assert (warning.impact, warning.connection_id, warning.occurrences) == (Impact.WARNING, connection_id, 1)
    assert warning.message.startswith("1 work item waits to come under sync: the plan of this node allows 2 new pairs")
    for word in ("(UTC)", "ADNODE_PLAN", "pairs that exist go on"):
        assert word in warning.message
    tend(alpha, TWO)
    assert warnings(alpha) == [warning]
    alpha.work_items.synchronize(connection_id, [alpha.create("Task", "four")])
    tend(alpha, TWO)
    [counted] = warnings(alpha)
    assert counted.message.startswith("2 work items wait")
    tend(alpha, UNLIMITED)
    assert warnings(alpha) == []
    assert len(alpha.error_records(closed=True)) == 1


def test_a_node_that_is_stopping_leaves_the_rest_for_later(
    meeting: Meeting, alpha: MemoryNode, connection_id: str
) -> None:
    alpha.storage.plan = TWO
    share_three(meeting, alpha, connection_id)
    stopping = Event()
    stopping.set()
    alpha.storage.plan = UNLIMITED
    ids, wakeups = MemoryIds("held"), MemoryWakeups()
    assert not HeldPairsService(alpha.storage.unit_of_work, UNLIMITED, wakeups, alpha.clock, ids).tend(stopping)
    assert len(held(alpha)) == 1

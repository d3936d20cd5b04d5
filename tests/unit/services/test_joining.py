"""Connect: two work items that exist on both sides become a pair."""

import pytest
from tests.unit.services.memory_nodes import Meeting, MemoryNode, as_seen

from adnode.adapters.memory.clock import MemoryIds
from adnode.adapters.memory.gateway import MemoryGateways
from adnode.adapters.memory.wakeups import MemoryWakeups
from adnode.domain.connecting import KeptContent
from adnode.domain.errors import StateError, ValidationError, WorkItemNotFoundError
from adnode.domain.twin import TwinStatus
from adnode.domain.work_item import Project
from adnode.services.joining import JoiningService

TITLE, DESCRIPTION = "System.Title", "System.Description"


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
    return meeting.connect(alpha, beta)


def joining(node: MemoryNode) -> JoiningService:
    gateways = MemoryGateways(node.gateway)
    return JoiningService(node.storage.unit_of_work, gateways, MemoryWakeups(), node.clock, MemoryIds("join"))


@pytest.mark.parametrize("winner", [KeptContent.LOCAL, KeptContent.REMOTE])
@pytest.mark.parametrize("is_ours_older", [True, False])
def test_the_content_that_was_chosen_stands_on_both_sides(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str, winner: KeptContent, is_ours_older: bool
) -> None:
    first, second = (alpha, beta) if is_ours_older else (beta, alpha)
    numbers = {}
    for node, text in ((first, "First"), (second, "Second")):
        meeting.wait(60)
        numbers[node] = node.create("Task", f"{text} title", Description=f"<p>{text} text</p>")
        node.organization.comment(numbers[node], f"{text} comment")
    joining(alpha).join(connection_id, numbers[alpha], numbers[beta], winner)
    meeting.rest()
    kept = "First" if (winner is KeptContent.LOCAL) == is_ours_older else "Second"
    for node in (alpha, beta):
        snapshot = node.organization.snapshot(numbers[node])
        assert snapshot.text(TITLE) == f"{kept} title"
        assert f"{kept} text" in snapshot.text(DESCRIPTION)
        assert node.twin(numbers[node]).status is TwinStatus.SYNCHRONIZED
        assert node.error_records() == []
    # Both nodes know of one pair, and no second work item was made.
    assert alpha.twin(numbers[alpha]).id == beta.twin(numbers[beta]).id
    assert len(alpha.organization.feed) > 0
    for node in (alpha, beta):
        with pytest.raises(WorkItemNotFoundError):
            node.organization.snapshot(numbers[node] + 1)


@pytest.mark.parametrize("winner", [KeptContent.LOCAL, KeptContent.REMOTE])
def test_an_empty_description_that_was_chosen_stands_too(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str, winner: KeptContent
) -> None:
    empty, full = (alpha, beta) if winner is KeptContent.LOCAL else (beta, alpha)
    numbers = {empty: empty.create("Task", "Chosen"), full: full.create("Task", "Other", Description="<p>text</p>")}
    joining(alpha).join(connection_id, numbers[alpha], numbers[beta], winner)
    meeting.rest()
    for node in (alpha, beta):
        snapshot = node.organization.snapshot(numbers[node])
        assert (snapshot.text(TITLE), snapshot.text(DESCRIPTION)) == ("Chosen", "")


def test_both_keep_their_own_content_where_neither_was_chosen(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    ours = alpha.create("Task", "Ours", Description="<p>our text</p>")
    theirs = beta.create("Task", "Theirs", Description="<p>their text</p>")
    numbers = {alpha: ours, beta: theirs}
    before = {node: node.organization.snapshot(number).revision for node, number in numbers.items()}
    joining(alpha).join(connection_id, ours, theirs, KeptContent.BOTH)
    meeting.rest()
    for node, number in numbers.items():
        assert node.organization.snapshot(number).revision == before[node]
        assert node.twin(number).status is TwinStatus.SYNCHRONIZED
        assert node.error_records() == []


@pytest.mark.parametrize("winner", list(KeptContent))
def test_later_changes_travel_both_ways(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str, winner: KeptContent
) -> None:
    ours, theirs = alpha.create("Task", "Ours"), beta.create("Task", "Theirs")
    joining(alpha).join(connection_id, ours, theirs, winner)
    meeting.rest()
    alpha.organization.edit(ours, {TITLE: "From alpha"})
    meeting.rest()
    assert as_seen(beta, theirs)["title"] == "From alpha"
    beta.organization.comment(theirs, "From beta")
    meeting.rest()
    assert "From beta" in str(as_seen(alpha, ours)["comments"])


def test_what_is_paired_already_is_not_paired_again(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    ours, theirs, another = alpha.create("Task", "Ours"), beta.create("Task", "Theirs"), beta.create("Task", "Another")
    joining(alpha).join(connection_id, ours, theirs, KeptContent.LOCAL)
    meeting.rest()
    with pytest.raises(StateError, match="already"):
        joining(alpha).join(connection_id, ours, another, KeptContent.LOCAL)


def test_a_partner_that_is_paired_already_is_told_as_an_error(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    first, second, theirs = alpha.create("Task", "1"), alpha.create("Task", "2"), beta.create("Task", "Theirs")
    service = joining(alpha)
    for number in (first, second):
        service.join(connection_id, number, theirs, KeptContent.LOCAL)
        meeting.rest()
    assert as_seen(beta, theirs)["title"] == "1"
    assert [record.is_remote for record in alpha.error_records()] == [True]


def test_only_work_items_of_the_connections_project_are_offered(alpha: MemoryNode, connection_id: str) -> None:
    alpha.organization.projects.append(Project("secret", "Secret"))
    elsewhere = alpha.organization.create("Secret", "Task", {TITLE: "Elsewhere"})
    with pytest.raises(ValidationError, match="Secret"):
        joining(alpha).join(connection_id, elsewhere, 1, KeptContent.LOCAL)
    with pytest.raises(WorkItemNotFoundError):
        joining(alpha).join(connection_id, 77, 1, KeptContent.LOCAL)


@pytest.mark.parametrize("winner", [KeptContent.LOCAL, KeptContent.REMOTE])
def test_a_peer_gets_nothing_of_a_work_item_outside_the_connections_project(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str, winner: KeptContent
) -> None:
    beta.organization.projects.append(Project("secret", "Secret"))
    secret = beta.organization.create("Secret", "Task", {TITLE: "Secret of beta", DESCRIPTION: "<p>Secret text</p>"})
    ours = alpha.create("Task", "Bait")
    joining(alpha).join(connection_id, ours, secret, winner)
    meeting.rest()
    assert as_seen(alpha, ours)["title"] == "Bait"
    assert as_seen(beta, secret)["title"] == "Secret of beta"
    (told,) = alpha.error_records()
    assert "Secret" not in told.message.replace("Secret of", "")
    with alpha.storage.unit_of_work() as work:
        messages = [str(twin.state) for twin in work.twins.find_by_work_item(alpha.organization.id, [ours])]
    assert "Secret" not in "".join(messages)


@pytest.mark.parametrize("winner", [KeptContent.LOCAL, KeptContent.REMOTE])
def test_a_work_item_that_is_not_there_is_told(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str, winner: KeptContent
) -> None:
    ours = alpha.create("Task", "Ours")
    joining(alpha).join(connection_id, ours, 4711, winner)
    meeting.rest()
    assert as_seen(alpha, ours)["title"] == "Ours"
    assert len(alpha.error_records()) == 1
    assert beta.organization.feed == []

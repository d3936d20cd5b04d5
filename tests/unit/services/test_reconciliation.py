"""Two whole nodes in memory: what travels, at which cost, and what happens when something goes wrong."""

import pytest
from tests.unit.services.memory_nodes import Meeting, MemoryNode, as_seen

from adnode.adapters.memory.gateway_failures import Moment
from adnode.domain.connection import Visibility
from adnode.domain.errors import MissingRightError, RateLimitedError, RuleViolationError
from adnode.domain.twin import TwinStatus

DESCRIPTION = "System.Description"
TITLE = "System.Title"


@pytest.fixture
def meeting() -> Meeting:
    return Meeting()


@pytest.fixture
def alpha(meeting: Meeting) -> MemoryNode:
    return meeting.add("alpha", "Agile")


@pytest.fixture
def beta(meeting: Meeting) -> MemoryNode:
    return meeting.add("beta", "Scrum", knows_markdown=False)


@pytest.fixture(params=[Visibility.PRIVATE, Visibility.PUBLIC])
def connection_id(request: pytest.FixtureRequest, meeting: Meeting, alpha: MemoryNode, beta: MemoryNode) -> str:
    return meeting.connect(alpha, beta, request.param)


def writes_and_reads(node: MemoryNode) -> int:
    shared = ("read_changes", "read_catalog", "list_projects")
    return sum(count for name, count in node.gateway.calls.items() if name not in shared)


def test_a_plain_work_item_costs_a_read_and_a_write(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    number = alpha.create("User Story", "Plain", Description="<p>text</p>")
    alpha.work_items.synchronize(connection_id, [number], check=False)
    before = writes_and_reads(alpha) + writes_and_reads(beta)
    meeting.rest()
    assert writes_and_reads(alpha) + writes_and_reads(beta) - before == 2
    other = alpha.twin(number).remote_work_item_id or 0
    assert as_seen(beta, other)["title"] == "Plain"
    assert as_seen(beta, other)["type"] == "Product Backlog Item"
    assert alpha.twin(number).status is TwinStatus.SYNCHRONIZED
    assert beta.twin(other).status is TwinStatus.SYNCHRONIZED


def test_an_update_costs_a_read_and_a_write_and_its_echo_nothing(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    number = alpha.create("Task", "One")
    [other] = meeting.share(alpha, connection_id, number)
    before = writes_and_reads(alpha) + writes_and_reads(beta)
    alpha.organization.edit(number, {TITLE: "Two"})
    meeting.rest()
    assert as_seen(beta, other)["title"] == "Two"
    assert writes_and_reads(alpha) + writes_and_reads(beta) - before == 2
    meeting.rest()
    assert beta.organization.snapshot(other).revision == 2


def test_everything_of_an_item_travels_both_ways(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    url = alpha.organization.upload("picture.png", b"\x89PNG picture")
    number = alpha.create("Task", "All", Description=f'<p><img src="{url}"></p>')
    alpha.organization.comment(number, "<p>first</p>")
    alpha.organization.comment(number, "<p>second</p>")
    alpha.organization.attach(number, "a.txt", b"content a")
    [other] = meeting.share(alpha, connection_id, number)
    assert [text.count("first") + 2 * text.count("second") for text in as_seen(beta, other)["comments"]] == [1, 2]  # type: ignore[attr-defined]
    assert as_seen(beta, other)["files"] == ["a.txt"]
    description = beta.organization.snapshot(other).text(DESCRIPTION)
    assert beta.gateway.file_id(description.partition('src="')[2].partition('"')[0].replace("&amp;", "&"))
    beta.organization.comment(other, "<p>third</p>")
    beta.organization.attach(other, "b.txt", b"content b")
    meeting.rest()
    assert as_seen(alpha, number)["files"] == ["a.txt", "b.txt"]
    assert len(as_seen(alpha, number)["comments"]) == 3  # type: ignore[arg-type]
    meeting.rest()
    assert len(as_seen(beta, other)["comments"]) == 3  # type: ignore[arg-type]


@pytest.mark.parametrize("moment", list(Moment))
@pytest.mark.parametrize("operation", ["write_work_items", "write_work_item", "add_comment", "upload_attachment"])
def test_a_lost_answer_neither_loses_nor_doubles(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str, operation: str, moment: Moment
) -> None:
    number = alpha.create("Task", "Fragile")
    for word in ("one", "two", "three"):
        alpha.organization.comment(number, f"<p>{word}</p>")
    alpha.organization.attach(number, "a.txt", b"content")
    beta.failures.plan(operation, moment, times=2)
    alpha.work_items.synchronize(connection_id, [number])
    for _ in range(6):
        meeting.rest()
        meeting.wait(120)
    meeting.rest()
    other = alpha.twin(number).remote_work_item_id or 0
    assert len(beta.organization.snapshots()) == 1
    assert len(as_seen(beta, other)["comments"]) == 3  # type: ignore[arg-type]
    assert as_seen(beta, other)["files"] == ["a.txt"]
    assert alpha.error_records() == beta.error_records() == []


def test_a_rate_limit_is_waited_for_as_long_as_asked(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    number = alpha.create("Task", "Slow")
    beta.failures.plan(
        "write_work_items", Moment.BEFORE, RateLimitedError("Too much.", status=429, retry_after_seconds=100.0)
    )
    alpha.work_items.synchronize(connection_id, [number])
    meeting.rest()
    assert alpha.twin(number).remote_work_item_id is None
    assert [record.is_transient for record in beta.error_records()] == [True]
    meeting.wait(101)
    meeting.rest()
    assert alpha.twin(number).remote_work_item_id is not None
    assert beta.error_records() == []
    assert len(beta.error_records(closed=True)) == 1


@pytest.mark.parametrize(
    "refusal",
    [
        RuleViolationError("TF401320: Rule Error for field Custom.", fields=("Custom.Field",)),
        MissingRightError("The account may not write.", status=403, right="write work items"),
    ],
)
def test_a_refusal_waits_for_retry_and_then_brings_todays_state(
    meeting: Meeting,
    alpha: MemoryNode,
    beta: MemoryNode,
    connection_id: str,
    refusal: RuleViolationError | MissingRightError,
) -> None:
    number = alpha.create("Task", "Refused")
    beta.failures.plan("write_work_item", Moment.BEFORE, refusal)
    beta.failures.plan("write_work_items", Moment.BEFORE, refusal)
    alpha.work_items.synchronize(connection_id, [number])
    meeting.rest()
    [record] = beta.error_records()
    assert (record.code, record.is_transient) == (refusal.code, False)
    assert [(remote.code, remote.is_remote) for remote in alpha.error_records()] == [(refusal.code, True)]
    beta.failures.clear()
    alpha.organization.edit(number, {TITLE: "Refused, then changed"})
    beta.errors.retry(record.id)
    meeting.rest()
    other = alpha.twin(number).remote_work_item_id or 0
    assert as_seen(beta, other)["title"] == "Refused, then changed"
    assert alpha.error_records() == beta.error_records() == []


def test_one_failing_work_item_stops_only_itself(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    numbers = [alpha.create("Task", f"Item {count}") for count in range(5)]
    beta.failures.plan("write_work_item", Moment.BEFORE, RuleViolationError("Refused.", fields=("X",)))
    alpha.work_items.synchronize(connection_id, numbers)
    meeting.rest()
    arrived = [number for number in numbers if alpha.twin(number).remote_work_item_id]
    assert len(arrived) == 4
    assert len(beta.organization.snapshots()) == 4


def test_an_edit_of_a_copy_reaches_the_original_without_the_line_that_names_its_author(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    number = alpha.create("Task", "Copies")
    alpha.organization.comment(number, "<p>original words</p>")
    [other] = meeting.share(alpha, connection_id, number)
    [copy] = beta.organization.comments(other)
    assert "wrote on" in copy.text
    beta.organization.edit_comment(other, copy.id, copy.text.replace("original", "better"))
    meeting.rest()
    [original] = alpha.organization.comments(number)
    assert original.text == "<p>better words</p>"


@pytest.mark.parametrize("visibility", list(Visibility))
@pytest.mark.parametrize("direction", ["to the acceptor", "to the initiator"])
def test_a_file_that_is_too_large_stays_named_until_it_fits_and_stops_nothing_else(
    meeting: Meeting, visibility: Visibility, direction: str
) -> None:
    initiator, acceptor = meeting.add("initiator"), meeting.add("acceptor")
    connection_id = meeting.connect(initiator, acceptor, visibility)
    here, there = (initiator, acceptor) if direction == "to the acceptor" else (acceptor, initiator)
    there.organization.attachment_limit = 1000
    number = here.create("Task", "Heavy")
    here.organization.attach(number, "heavy.bin", b"0" * 2000)
    here.organization.attach(number, "light.txt", b"light")
    [other] = meeting.share(here, connection_id, number)
    assert as_seen(there, other)["files"] == ["light.txt"]
    [record] = there.error_records()
    assert "heavy.bin" in record.message
    here.organization.edit(number, {TITLE: "Goes on"})
    meeting.rest()
    assert as_seen(there, other)["title"] == "Goes on"
    assert [one.id for one in there.error_records()] == [record.id]
    there.organization.attachment_limit = 5000
    there.errors.retry(record.id)
    meeting.rest()
    assert as_seen(there, other)["files"] == ["heavy.bin", "light.txt"]
    assert there.error_records() == []

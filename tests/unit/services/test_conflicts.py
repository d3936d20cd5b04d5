"""A value that lost comes back on both sides, whatever happens meanwhile."""

from collections.abc import Callable

import pytest
from tests.unit.services.memory_nodes import Meeting, MemoryNode, as_seen

from adnode.adapters.memory.clock import MemoryIds
from adnode.adapters.memory.gateway_failures import Moment
from adnode.adapters.memory.wakeups import MemoryWakeups
from adnode.domain.audit import AuditAction
from adnode.domain.connection import Visibility
from adnode.domain.error_record import ConflictRecord, ConflictStatus
from adnode.domain.errors import NotFoundError, RuleViolationError, StateError
from adnode.domain.session import Session, Tenant
from adnode.services.audit import AuditService
from adnode.services.conflicts import ConflictService

TITLE = "System.Title"
DESCRIPTION = "System.Description"


@pytest.fixture
def meeting() -> Meeting:
    return Meeting()


@pytest.fixture
def alpha(meeting: Meeting) -> MemoryNode:
    return meeting.add("alpha", "Agile")


@pytest.fixture
def beta(meeting: Meeting) -> MemoryNode:
    return meeting.add("beta", "Agile")


@pytest.fixture(params=[Visibility.PRIVATE, Visibility.PUBLIC])
def connection_id(request: pytest.FixtureRequest, meeting: Meeting, alpha: MemoryNode, beta: MemoryNode) -> str:
    return meeting.connect(alpha, beta, request.param)


def service(node: MemoryNode) -> ConflictService:
    audit = AuditService(node.storage.unit_of_work, node.clock, MemoryIds("deeds"))
    return ConflictService(node.storage.unit_of_work, MemoryWakeups(), audit, node.clock)


def session(node: MemoryNode) -> Session:
    address, now = node.organization.address, node.clock.now()
    tenant = Tenant(node.organization.id, node.organization.name, address.url, node.organization.kind, now)
    return Session("s", tenant, "ada", "Ada", is_administrator=True, issued_at=now, expires_at=now)


def restore(node: MemoryNode, record: ConflictRecord) -> None:
    service(node).restore(session(node), record.id)


def collide(meeting: Meeting, *edits: Callable[[], object]) -> None:
    """Let people on both sides change things before either hears of the other."""
    for edit in edits:
        meeting.clock.advance(0.01)
        edit()
    meeting.rest()


def titles(alpha: MemoryNode, number: int, beta: MemoryNode, other: int) -> set[object]:
    return {as_seen(alpha, number)["title"], as_seen(beta, other)["title"]}


def undecided(node: MemoryNode, key: str = "summary") -> list[ConflictRecord]:
    return [each for each in node.conflicts() if each.key.startswith(key) and each.status is ConflictStatus.OPEN]


def keepers(*nodes: MemoryNode, key: str = "summary") -> list[tuple[MemoryNode, ConflictRecord]]:
    """The nodes that saw the conflict, with their records: one of them at least."""
    found = [(node, record) for node in nodes for record in undecided(node, key)]
    assert found
    return found


@pytest.fixture
def pair(meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str) -> tuple[int, int]:
    """A pair whose title both sides have just changed: beta was later and won."""
    number = alpha.create("Task", "Start", Description="<p>Start</p>")
    [other] = meeting.share(alpha, connection_id, number)
    collide(
        meeting,
        lambda: alpha.organization.edit(number, {TITLE: "Of alpha", DESCRIPTION: "<p>Of <b>alpha</b></p>"}),
        lambda: beta.organization.edit(other, {TITLE: "Of beta", DESCRIPTION: "<p>Of beta</p>"}),
    )
    assert titles(alpha, number, beta, other) == {"Of beta"}
    return number, other


@pytest.mark.parametrize("place", [0, -1])
def test_the_other_value_comes_back_on_both_sides(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, pair: tuple[int, int], place: int
) -> None:
    number, other = pair
    restore(*keepers(alpha, beta)[place])
    meeting.rest()
    assert titles(alpha, number, beta, other) == {"Of alpha"}
    assert {each.status for node in (alpha, beta) for each in node.conflicts() if each.key == "summary"} == {
        ConflictStatus.RESTORED
    }
    ours, theirs = alpha.twin(number).state, beta.twin(other).state
    assert {key: each.mirrored() for key, each in theirs.registers.items()} == ours.registers
    meeting.rest()
    assert titles(alpha, number, beta, other) == {"Of alpha"}


def test_a_description_comes_back_as_it_was_formatted(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, pair: tuple[int, int]
) -> None:
    number, other = pair
    restore(*keepers(alpha, beta, key="description")[-1])
    meeting.rest()
    shown = {
        alpha.organization.snapshot(number).text(DESCRIPTION),
        beta.organization.snapshot(other).text(DESCRIPTION),
    }
    assert shown == {"<p>Of <b>alpha</b></p>"}


def test_the_text_of_a_comment_comes_back(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    number = alpha.create("Task", "With a comment")
    comment = alpha.organization.comment(number, "<p>first</p>")
    [other] = meeting.share(alpha, connection_id, number)
    [copy] = beta.organization.comments(other)
    collide(
        meeting,
        lambda: alpha.organization.edit_comment(number, comment, "<p>of alpha</p>"),
        lambda: beta.organization.edit_comment(other, copy.id, "<p>of beta</p>"),
    )
    restore(*keepers(alpha, beta, key="comment/")[0])
    meeting.rest()
    for node, work_item in ((alpha, number), (beta, other)):
        [shown] = node.organization.comments(work_item)
        assert "of alpha" in shown.text


def test_a_type_comes_back(meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str) -> None:
    number = alpha.create("Task", "Typed")
    [other] = meeting.share(alpha, connection_id, number)
    collide(
        meeting,
        lambda: alpha.organization.change_type(number, "Bug"),
        lambda: beta.organization.change_type(other, "User Story"),
    )
    restore(*keepers(alpha, beta, key="type")[-1])
    meeting.rest()
    assert {as_seen(alpha, number)["type"], as_seen(beta, other)["type"]} == {"Bug"}


def test_what_people_change_meanwhile_is_not_lost_but_overruled(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, pair: tuple[int, int]
) -> None:
    """The wish is the latest word; an edit that nobody had noticed yet is kept as a value that lost."""
    number, other = pair
    node, record = keepers(alpha, beta)[0]
    node.organization.edit(number if node is alpha else other, {TITLE: "Edited since"})
    restore(node, record)
    meeting.rest()
    assert titles(alpha, number, beta, other) == {"Of alpha"}
    [kept] = undecided(node)
    assert "Edited since" in kept.loser
    restore(node, kept)
    meeting.rest()
    assert titles(alpha, number, beta, other) == {"Edited since"}


def test_both_sides_may_decide_at_once_and_still_agree(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, pair: tuple[int, int]
) -> None:
    number, other = pair
    (node, record), *others = keepers(alpha, beta)
    restore(node, record)
    for another, its_record in others:
        service(another).dismiss(session(another), its_record.id)
    meeting.clock.advance(0.01)
    alpha.organization.edit(number, {TITLE: "Of alpha again"})
    beta.organization.edit(other, {TITLE: "Of beta again"})
    meeting.rest()
    assert len(titles(alpha, number, beta, other)) == 1


def test_a_wish_is_granted_once_the_work_item_can_be_written(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, pair: tuple[int, int]
) -> None:
    number, other = pair
    node, record = keepers(alpha, beta)[0]
    node.failures.plan("write_work_item", Moment.BEFORE, RuleViolationError("No.", status=400))
    restore(node, record)
    meeting.rest()
    assert titles(alpha, number, beta, other) == {"Of beta"}
    [error] = node.error_records()
    with pytest.raises(StateError, match="on its way"):
        restore(node, record)
    node.errors.retry(error.id)
    meeting.rest()
    assert titles(alpha, number, beta, other) == {"Of alpha"}
    assert node.error_records() == []


def test_a_wish_survives_an_answer_that_was_lost(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, pair: tuple[int, int]
) -> None:
    number, other = pair
    node, record = keepers(alpha, beta)[0]
    before = len(node.organization.revisions(number if node is alpha else other))
    node.failures.plan("write_work_items", Moment.AFTER)
    restore(node, record)
    meeting.rest()
    assert titles(alpha, number, beta, other) == {"Of alpha"}
    assert len(node.organization.revisions(number if node is alpha else other)) == before + 1
    assert not [each for each in node.conflicts() if each.status is ConflictStatus.WANTED]


def test_of_two_wishes_about_one_field_the_later_counts(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, pair: tuple[int, int]
) -> None:
    number, other = pair
    node, first = keepers(alpha, beta)[0]
    collide(
        meeting,
        lambda: alpha.organization.edit(number, {TITLE: "Second of alpha"}),
        lambda: beta.organization.edit(other, {TITLE: "Second of beta"}),
    )
    [second] = [each for each in undecided(node) if each.id != first.id]
    restore(node, first)
    meeting.clock.advance(0.01)
    restore(node, second)
    meeting.rest()
    assert titles(alpha, number, beta, other) == {"Second of alpha"}
    meeting.rest()
    assert titles(alpha, number, beta, other) == {"Second of alpha"}


def test_typing_the_value_that_lost_closes_the_conflict(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, pair: tuple[int, int]
) -> None:
    number, _ = pair
    seen = keepers(alpha, beta)
    alpha.organization.edit(number, {TITLE: "Of alpha"})
    meeting.rest()
    for node, _ in seen:
        [record] = [each for each in node.conflicts() if each.key == "summary"]
        assert (record.status, record.resolved_by) == (ConflictStatus.RESTORED, "")


def test_a_conflict_is_dismissed_and_stays_so(alpha: MemoryNode, beta: MemoryNode, pair: tuple[int, int]) -> None:
    node, record = keepers(alpha, beta)[0]
    view = service(node).dismiss(session(node), record.id)
    assert (view.record.status, view.record.resolved_by) == (ConflictStatus.DISMISSED, "Ada")
    for deed in (service(node).dismiss, service(node).restore):
        with pytest.raises(StateError, match="decided already"):
            deed(session(node), record.id)
    with node.storage.unit_of_work() as work:
        entry, *_ = work.audit.list_page(node.organization.id, limit=9)
    assert (entry.action, entry.details["field"]) == (AuditAction.CONFLICT_DISMISSED, "summary")


def test_both_values_and_the_one_of_now_are_shown(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, pair: tuple[int, int]
) -> None:
    number, other = pair
    node, record = keepers(alpha, beta)[-1]
    node.organization.edit(number if node is alpha else other, {TITLE: "Third"})
    meeting.rest()
    view = service(node).dismiss(session(node), record.id)
    assert view.current is not None
    assert [view.kept.text, view.lost.text, view.current.text] == ["Of beta", "Of alpha", "Third"]
    assert [view.kept.is_local, view.lost.is_local] == [node is beta, node is alpha]
    assert view.current.is_local


def test_a_deleted_comment_is_not_brought_back(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    number = alpha.create("Task", "With a comment")
    comment = alpha.organization.comment(number, "<p>first</p>")
    [other] = meeting.share(alpha, connection_id, number)
    [copy] = beta.organization.comments(other)
    collide(
        meeting,
        lambda: alpha.organization.edit_comment(number, comment, "<p>of alpha</p>"),
        lambda: beta.organization.delete_comment(other, copy.id),
    )
    with pytest.raises(StateError, match="Write it again"):
        restore(*keepers(alpha, beta, key="comment/")[0])


def test_what_is_out_of_sync_is_not_decided_on(
    alpha: MemoryNode, beta: MemoryNode, connection_id: str, pair: tuple[int, int]
) -> None:
    node, record = keepers(alpha, beta)[0]
    node.work_items.unlink(connection_id, pair[0] if node is alpha else pair[1])
    with pytest.raises(StateError, match="taken out of sync"):
        restore(node, record)


def test_another_organization_sees_no_conflict_of_ours(
    alpha: MemoryNode, beta: MemoryNode, pair: tuple[int, int]
) -> None:
    node, record = keepers(alpha, beta)[0]
    stranger = beta if node is alpha else alpha
    with pytest.raises(NotFoundError, match=record.id):
        service(node).restore(session(stranger), record.id)
    with pytest.raises(NotFoundError, match="nowhere"):
        service(node).dismiss(session(node), "nowhere")

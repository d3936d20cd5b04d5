"""What both nodes say of a pair after a story: each status has one definition, and is true on both sides."""

from datetime import datetime

import pytest
from tests.unit.services.memory_nodes import Meeting, MemoryNode, as_seen
from tests.unit.services.test_errors import only, refuse, session, tab

from adnode.adapters.memory.gateway_failures import Moment
from adnode.domain.connection import Visibility
from adnode.domain.errors import AttachmentTooLargeError, MissingRightError
from adnode.domain.message import Message, MessageAnswer
from adnode.domain.twin import TwinStatus

TITLE = "System.Title"
TOO_LARGE = AttachmentTooLargeError("The file plan.pdf is too large.", status=413)
REFUSED_RIGHT = MissingRightError("The account of this node may not write work items here.", status=403)


@pytest.fixture
def meeting() -> Meeting:
    return Meeting()


@pytest.fixture
def alpha(meeting: Meeting) -> MemoryNode:
    return meeting.add("alpha", "Agile")


@pytest.fixture
def beta(meeting: Meeting) -> MemoryNode:
    return meeting.add("beta", "Agile")


@pytest.fixture(params=list(Visibility))
def connection_id(request: pytest.FixtureRequest, meeting: Meeting, alpha: MemoryNode, beta: MemoryNode) -> str:
    return meeting.connect(alpha, beta, request.param)


@pytest.fixture
def pair(meeting: Meeting, alpha: MemoryNode, connection_id: str) -> tuple[int, int]:
    """A work item of alpha in sync and its counterpart at beta."""
    number = alpha.create("Task", "Fine")
    [other] = meeting.share(alpha, connection_id, number)
    return number, other


def statuses(alpha: MemoryNode, beta: MemoryNode, pair: tuple[int, int]) -> tuple[TwinStatus, TwinStatus]:
    return alpha.twin(pair[0]).status, beta.twin(pair[1]).status


def fail(meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, pair: tuple[int, int], title: str = "Refused") -> None:
    """A change of alpha that beta's Azure DevOps refuses until it is mended."""
    refuse(beta, 5)
    alpha.organization.edit(pair[0], {TITLE: title})
    meeting.rest()
    beta.failures.clear()


BOTH_FAILED = (TwinStatus.FAILED, TwinStatus.FAILED)
BOTH_SYNCHRONIZED = (TwinStatus.SYNCHRONIZED, TwinStatus.SYNCHRONIZED)


# failed --------------------------------------------------------------------------------------------------------------


def test_what_failed_there_and_is_retried_there_is_synchronized_on_both_sides(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, pair: tuple[int, int]
) -> None:
    fail(meeting, alpha, beta, pair)
    assert statuses(alpha, beta, pair) == BOTH_FAILED
    beta.errors.retry(only(beta.error_records()).id)
    meeting.rest()
    assert statuses(alpha, beta, pair) == BOTH_SYNCHRONIZED
    assert alpha.error_records() == beta.error_records() == []


def test_what_failed_there_and_is_retried_here_is_failed_until_it_is_applied(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, pair: tuple[int, int]
) -> None:
    fail(meeting, alpha, beta, pair)
    alpha.errors.retry(only(alpha.error_records()).id)
    assert statuses(alpha, beta, pair) == BOTH_FAILED
    meeting.rest()
    assert statuses(alpha, beta, pair) == BOTH_SYNCHRONIZED


def test_a_further_change_does_not_hide_what_failed_there(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, pair: tuple[int, int], connection_id: str
) -> None:
    fail(meeting, alpha, beta, pair)
    alpha.organization.edit(pair[0], {TITLE: "Another"})
    meeting.clock.advance(1.5)
    alpha.feed.read(alpha.organization.id)
    alpha.reconciliation.reconcile(connection_id)
    assert alpha.twin(pair[0]).status is TwinStatus.FAILED
    meeting.rest()
    assert statuses(alpha, beta, pair) == BOTH_SYNCHRONIZED
    assert alpha.error_records() == beta.error_records() == []


def test_what_was_resolved_there_is_at_rest_on_both_sides(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, pair: tuple[int, int]
) -> None:
    fail(meeting, alpha, beta, pair)
    tab(beta).resolve(session(beta), only(beta.error_records()).id, "It will never fit.")
    meeting.rest()
    assert statuses(alpha, beta, pair) == BOTH_SYNCHRONIZED
    assert alpha.error_records() == beta.error_records() == []


def test_the_same_failure_on_both_sides_is_two_errors_each_with_its_side(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, pair: tuple[int, int]
) -> None:
    fail(meeting, alpha, beta, pair)
    refuse(beta, 9)
    refuse(alpha, 9)
    beta.organization.edit(pair[1], {"System.Description": "<p>Refused, too</p>"})
    meeting.rest()
    alpha.failures.clear()
    assert sorted(record.is_remote for record in alpha.error_records()) == [False, True]
    own = only([record for record in alpha.error_records() if not record.is_remote])
    alpha.errors.retry(own.id)
    meeting.rest()
    assert only(alpha.error_records()).is_remote
    assert alpha.twin(pair[0]).status is TwinStatus.FAILED


def test_a_file_that_cannot_be_had_is_failed_on_both_sides_until_it_is(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, pair: tuple[int, int]
) -> None:
    beta.failures.plan("upload_attachment", Moment.BEFORE, TOO_LARGE, times=5)
    alpha.organization.attach(pair[0], "plan.pdf", b"content")
    meeting.rest()
    beta.failures.clear()
    assert statuses(alpha, beta, pair) == BOTH_FAILED
    assert only(alpha.error_records()).is_remote
    beta.errors.retry(only(beta.error_records()).id)
    meeting.rest()
    assert statuses(alpha, beta, pair) == BOTH_SYNCHRONIZED
    assert as_seen(beta, pair[1])["files"] == ["plan.pdf"]


def test_what_the_partner_would_not_even_take_is_failed_until_all_of_it_is_applied(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection_id = meeting.connect(alpha, beta, Visibility.PUBLIC)
    number = alpha.create("Task", "Fine")
    [other] = meeting.share(alpha, connection_id, number)
    pair = number, other
    with monkeypatch.context() as patch:

        def refuse_all(_endpoint: object, messages: list[Message], _report: object) -> list[MessageAnswer]:
            return [MessageAnswer(message.id, "refused", "too_large") for message in messages]

        patch.setattr(alpha.transport, "send_messages", refuse_all)
        alpha.organization.edit(pair[0], {TITLE: "Not taken"})
        meeting.rest()
    assert alpha.twin(pair[0]).status is TwinStatus.FAILED
    alpha.organization.edit(pair[0], {"System.Description": "<p>Taken</p>"})
    meeting.rest()
    assert as_seen(beta, pair[1])["title"] == "Fine"
    assert alpha.twin(pair[0]).status is TwinStatus.FAILED
    alpha.errors.retry(only(alpha.error_records()).id)
    meeting.rest()
    assert as_seen(beta, pair[1])["title"] == "Not taken"
    assert statuses(alpha, beta, pair) == BOTH_SYNCHRONIZED


# last synchronized ---------------------------------------------------------------------------------------------------


def times(alpha: MemoryNode, beta: MemoryNode, pair: tuple[int, int]) -> tuple[datetime | None, datetime | None]:
    return alpha.twin(pair[0]).synchronized_at, beta.twin(pair[1]).synchronized_at


def test_a_pair_without_its_counterpart_was_never_synchronized(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    beta.failures.plan("write_work_item", Moment.BEFORE, REFUSED_RIGHT, times=9)
    beta.failures.plan("write_work_items", Moment.BEFORE, REFUSED_RIGHT, times=9)
    number = alpha.create("Task", "Alone")
    alpha.work_items.synchronize(connection_id, [number])
    meeting.rest()
    assert (alpha.twin(number).status, alpha.twin(number).synchronized_at) == (TwinStatus.FAILED, None)
    with beta.storage.unit_of_work() as work:
        [there] = work.twins.list_page(connection_id)
    assert (there.status, there.synchronized_at) == (TwinStatus.FAILED, None)


def test_noticing_a_change_is_not_synchronizing_it(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, pair: tuple[int, int], connection_id: str
) -> None:
    before = times(alpha, beta, pair)
    assert None not in before
    alpha.organization.edit(pair[0], {TITLE: "Changed"})
    meeting.wait(60)
    alpha.feed.read(alpha.organization.id)
    alpha.reconciliation.reconcile(connection_id)
    assert times(alpha, beta, pair) == before
    noticed_at = meeting.clock.now()
    meeting.wait(60)
    meeting.rest()
    assert all(time is not None and time > noticed_at for time in times(alpha, beta, pair))


def test_what_failed_there_moves_no_time_on_either_side(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, pair: tuple[int, int]
) -> None:
    before = times(alpha, beta, pair)
    fail(meeting, alpha, beta, pair)
    assert times(alpha, beta, pair) == before


def test_looking_without_finding_anything_moves_no_time(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, pair: tuple[int, int]
) -> None:
    before = times(alpha, beta, pair)
    meeting.wait(600)
    twin_id = alpha.twin(pair[0]).id
    with alpha.storage.unit_of_work() as work:
        work.twins.mark_dirty([twin_id], meeting.clock.now(), must_read=True)
        work.commit()
    meeting.rest()
    assert times(alpha, beta, pair) == before


def test_changes_of_both_sides_are_synchronized_when_both_have_arrived(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, pair: tuple[int, int]
) -> None:
    alpha.organization.edit(pair[0], {TITLE: "Here"})
    beta.organization.edit(pair[1], {"System.Description": "<p>There</p>"})
    meeting.wait(600)
    started_at = meeting.clock.now()
    meeting.rest()
    assert as_seen(alpha, pair[0])["title"] == as_seen(beta, pair[1])["title"] == "Here"
    assert all(time is not None and time > started_at for time in times(alpha, beta, pair))

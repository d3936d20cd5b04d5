"""Errors from their beginning to their end: opened, closed by themselves, retried, resolved."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.unit.services.memory_nodes import Meeting, MemoryNode, as_seen

from adnode.adapters.memory.clock import MemoryIds
from adnode.adapters.memory.gateway_failures import Moment
from adnode.adapters.memory.wakeups import MemoryWakeups
from adnode.domain.audit import AuditAction, AuditEntry
from adnode.domain.connection import Visibility
from adnode.domain.error_record import ErrorRecord, ErrorStatus, Impact, Resolution
from adnode.domain.errors import (
    AuthenticationFailedError,
    GatewayUnavailableError,
    NotFoundError,
    PeerRefusedError,
    ProjectNotFoundError,
    RuleViolationError,
    StateError,
    UrlRefusedError,
    ValidationError,
)
from adnode.domain.message import QueueStatus
from adnode.domain.organization import OrganizationKind
from adnode.domain.session import Session, Tenant
from adnode.domain.twin import TwinStatus
from adnode.domain.work_item import Project
from adnode.ports.error_storage import ErrorFilter
from adnode.services.audit import AuditService
from adnode.services.exchange import LINE_ERRORS
from adnode.services.hub_errors import HubErrorService, Wish
from adnode.services.retries import RetryService
from adnode.services.silence import SilenceWatch

TITLE = "System.Title"
REFUSAL = RuleViolationError("TF401320: Rule Error for field Custom.", fields=("Custom.Field",))
EVERYTHING = ErrorFilter("")


@pytest.fixture
def meeting() -> Meeting:
    return Meeting()


@pytest.fixture
def alpha(meeting: Meeting) -> MemoryNode:
    return meeting.add("alpha", "Agile")


@pytest.fixture
def beta(meeting: Meeting) -> MemoryNode:
    return meeting.add("beta", "Scrum")


@pytest.fixture
def connection_id(meeting: Meeting, alpha: MemoryNode, beta: MemoryNode) -> str:
    return meeting.connect(alpha, beta)


def tab(node: MemoryNode) -> HubErrorService:
    storage, clock = node.storage.unit_of_work, node.clock
    retries = RetryService(storage, MemoryWakeups(), clock)
    return HubErrorService(storage, retries, AuditService(storage, clock, MemoryIds("audit")), clock)


def session(node: MemoryNode, organization_id: str = "") -> Session:
    now = node.clock.now()
    tenant = Tenant(
        organization_id or node.organization.id, "org", node.organization.address.url, OrganizationKind.SERVICES, now
    )
    return Session("s", tenant, "ada", "Ada Admin", is_administrator=True, issued_at=now, expires_at=now)


def only(records: list[ErrorRecord]) -> ErrorRecord:
    (record,) = records
    return record


def refuse(node: MemoryNode, times: int = 1) -> None:
    for operation in ("write_work_item", "write_work_items"):
        node.failures.plan(operation, Moment.BEFORE, REFUSAL, times)


def fail_an_update(meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str) -> tuple[int, int]:
    number = alpha.create("Task", "Fine")
    [other] = meeting.share(alpha, connection_id, number)
    refuse(beta)
    alpha.organization.edit(number, {TITLE: "Refused"})
    meeting.rest()
    beta.failures.clear()
    assert beta.twin(other).status is TwinStatus.FAILED
    return number, other


# closing by itself ---------------------------------------------------------------------------------------------------


def test_a_feed_that_cannot_be_read_is_told_until_it_can(
    meeting: Meeting, alpha: MemoryNode, connection_id: str
) -> None:
    meeting.rest()
    error = AuthenticationFailedError("The credential is expired.", status=401)
    alpha.failures.plan("read_changes", Moment.BEFORE, error, times=3)
    for _ in range(3):
        meeting.wait(2)
        with pytest.raises(AuthenticationFailedError):
            alpha.feed.read(alpha.organization.id)
    record = only(alpha.error_records())
    assert (record.impact, record.code, record.occurrences) == (Impact.NODE, error.code, 3)
    assert "expired" in record.message
    assert "AuthenticationFailedError" in record.technical
    assert record.is_transient
    meeting.rest()
    assert alpha.error_records() == []
    assert only(alpha.error_records(closed=True)).resolution is Resolution.BY_ITSELF


def test_another_organization_that_can_be_read_closes_nothing(
    meeting: Meeting, alpha: MemoryNode, connection_id: str
) -> None:
    alpha.failures.plan("read_changes", Moment.BEFORE, GatewayUnavailableError("Away.", status=503))
    meeting.wait(2)
    with pytest.raises(GatewayUnavailableError):
        alpha.feed.read(alpha.organization.id)
    with alpha.storage.unit_of_work() as work:
        assert work.error_records.close(alpha.clock.now(), organization_id="other", subject="change_feed") == 0


@pytest.mark.parametrize("visibility", list(Visibility))
@pytest.mark.parametrize(
    "error",
    [
        PeerRefusedError("The other node refused.", peer_code="state", status=409),
        UrlRefusedError("The address must not be called."),
    ],
)
def test_a_line_that_does_not_work_is_told_until_it_does(
    meeting: Meeting, visibility: Visibility, error: PeerRefusedError | UrlRefusedError, monkeypatch: pytest.MonkeyPatch
) -> None:
    public, private = meeting.add("public"), meeting.add("private")
    connection_id = meeting.connect(public, private, visibility)
    number = private.create("Task", "Hello")
    meeting.share(private, connection_id, number)
    with monkeypatch.context() as patch:

        def refuse_call(*_: object) -> None:
            raise error

        patch.setattr(private.transport, "send_messages", refuse_call)
        patch.setattr(private.transport, "poll_messages", refuse_call)
        private.organization.edit(number, {TITLE: "Changed"})
        meeting.wait(2)
        private.feed.read(private.organization.id)
        private.reconciliation.reconcile(connection_id)
        private.exchange.send(connection_id)
        if visibility is Visibility.PRIVATE:
            with pytest.raises(LINE_ERRORS):
                private.exchange.poll_once(connection_id, 0)
    record = only(private.error_records())
    assert (record.impact, record.code) == (Impact.CONNECTION, error.code)
    meeting.wait(600)
    meeting.rest()
    assert private.error_records() == []
    other = private.twin(number).remote_work_item_id or 0
    assert as_seen(public, other)["title"] == "Changed"


def test_a_private_partner_that_no_longer_calls_is_told_until_it_does(
    meeting: Meeting, alpha: MemoryNode, connection_id: str
) -> None:
    watch = SilenceWatch(alpha.storage.unit_of_work, alpha.clock, MemoryIds("silence"))
    meeting.rest()
    watch.watch()
    assert alpha.error_records() == []
    meeting.wait(timedelta(minutes=3).total_seconds())
    for _ in range(3):
        watch.watch()
    record = only(alpha.error_records())
    assert (record.code, record.impact, record.occurrences) == ("peer_silent", Impact.CONNECTION, 1)
    assert "beta" in record.message
    with pytest.raises(StateError, match="administrator"):
        alpha.errors.retry(record.id)
    meeting.rest()
    watch.watch()
    assert alpha.error_records() == []


def test_a_node_that_was_away_itself_accuses_nobody(meeting: Meeting, alpha: MemoryNode, connection_id: str) -> None:
    meeting.rest()
    meeting.wait(timedelta(hours=3).total_seconds())
    watch = SilenceWatch(alpha.storage.unit_of_work, alpha.clock, MemoryIds("silence"))
    watch.watch()
    assert alpha.error_records() == []


def test_what_the_partner_took_out_of_sync_has_no_errors_left(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    number, _ = fail_an_update(meeting, alpha, beta, connection_id)
    assert beta.error_records()
    alpha.work_items.unlink(connection_id, number)
    meeting.rest()
    assert alpha.error_records() == beta.error_records() == []


# retrying ------------------------------------------------------------------------------------------------------------


def test_what_a_retry_mends_is_closed_as_retried(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    fail_an_update(meeting, alpha, beta, connection_id)
    record = only(beta.error_records())
    beta.errors.retry(record.id)
    assert only(beta.error_records()).retried_at is not None
    meeting.rest()
    assert only(beta.error_records(closed=True)).resolution is Resolution.RETRIED
    assert only(alpha.error_records(closed=True)).resolution is Resolution.BY_ITSELF


@pytest.mark.parametrize("side", ["here", "there"])
def test_all_errors_are_retried_in_few_transactions_with_one_line_in_the_audit_trail(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str, side: str
) -> None:
    numbers = [alpha.create("Task", f"Item {count}") for count in range(30)]
    others = meeting.share(alpha, connection_id, *numbers)
    refuse(beta, 60)
    for number in numbers:
        alpha.organization.edit(number, {TITLE: "Changed"})
    meeting.rest()
    beta.failures.clear()
    node = beta if side == "here" else alpha
    assert len(node.error_records()) == 30
    assert tab(node).retry_all(session(node), ErrorFilter("", connection_id=connection_id)) == 30
    meeting.rest()
    assert alpha.error_records() == beta.error_records() == []
    assert {as_seen(beta, other)["title"] for other in others} == {"Changed"}
    entry = only_entry(node)
    assert (entry.details["count"], entry.connection_id) == ("30", connection_id)


def only_entry(node: MemoryNode) -> AuditEntry:
    with node.storage.unit_of_work() as work:
        (entry,) = [
            entry
            for entry in work.audit.list_page(node.organization.id, limit=50)
            if entry.action in (AuditAction.ERROR_RETRIED, AuditAction.ERROR_RESOLVED)
        ]
    return entry


def test_a_retry_that_was_asked_for_outlives_the_process(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    fail_an_update(meeting, alpha, beta, connection_id)
    with beta.storage.unit_of_work() as work:
        wanted = ErrorFilter(beta.organization.id)
        assert work.error_records.ask_for_retry(wanted, beta.clock.now(), except_codes=()) == 1
        work.commit()
    again = RetryService(beta.storage.unit_of_work, MemoryWakeups(), beta.clock)
    assert [again.retry_due(), again.retry_due()] == [1, 0]
    meeting.rest()
    assert beta.error_records() == []


# resolving -----------------------------------------------------------------------------------------------------------


def test_resolving_drops_what_failed_and_the_next_change_arrives(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    number, other = fail_an_update(meeting, alpha, beta, connection_id)
    record = only(beta.error_records())
    tab(beta).resolve(session(beta), record.id, "  They keep their title. ")
    closed = only(beta.error_records(closed=True))
    assert (closed.status, closed.resolution) == (ErrorStatus.CLOSED, Resolution.RESOLVED)
    assert (closed.resolved_by, closed.note) == ("Ada Admin", "They keep their title.")
    assert beta.twin(other).status is TwinStatus.SYNCHRONIZED
    twin = beta.twin(other)
    with beta.storage.unit_of_work() as work:
        assert not work.inbox.pending([twin.id])
    meeting.rest()
    assert as_seen(beta, other)["title"] == "Fine"
    there = only(alpha.error_records(closed=True))
    assert (there.resolution, there.resolved_by) == (Resolution.RESOLVED, "beta")
    assert alpha.twin(number).status is TwinStatus.SYNCHRONIZED
    beta.organization.comment(other, "<p>something else</p>")
    meeting.rest()
    assert as_seen(beta, other)["title"] == "Fine"
    alpha.organization.edit(number, {TITLE: "Changed again"})
    meeting.rest()
    assert as_seen(beta, other)["title"] == as_seen(alpha, number)["title"] == "Changed again"
    assert alpha.error_records() == beta.error_records() == []


def test_a_change_of_ours_after_resolving_wins(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    number, other = fail_an_update(meeting, alpha, beta, connection_id)
    tab(beta).resolve(session(beta), only(beta.error_records()).id, "Ours.")
    meeting.wait(5)
    beta.organization.edit(other, {TITLE: "Ours"})
    meeting.rest()
    assert as_seen(beta, other)["title"] == as_seen(alpha, number)["title"] == "Ours"


def test_a_work_item_that_was_never_made_comes_whole_with_its_next_change(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    number = alpha.create("Task", "Never made", Description="<p>All of it</p>")
    refuse(beta)
    alpha.work_items.synchronize(connection_id, [number])
    meeting.rest()
    beta.failures.clear()
    tab(beta).resolve(session(beta), only(beta.error_records()).id, "Not wanted now.")
    meeting.rest()
    assert beta.organization.snapshots() == []
    alpha.organization.edit(number, {TITLE: "Wanted after all"})
    meeting.rest()
    other = alpha.twin(number).remote_work_item_id or 0
    assert as_seen(beta, other)["title"] == "Wanted after all"
    assert "All of it" in beta.organization.snapshot(other).text("System.Description")


def test_what_waits_goes_on_when_the_failed_event_is_dropped(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    number, other = fail_an_update(meeting, alpha, beta, connection_id)
    alpha.organization.comment(number, "<p>waits</p>")
    alpha.feed.read(alpha.organization.id)
    meeting.wait(2)
    alpha.feed.read(alpha.organization.id)
    alpha.reconciliation.reconcile(connection_id)
    beta.exchange.poll_once(connection_id, 0)
    tab(beta).resolve(session(beta), only(beta.error_records()).id, "Go on.")
    meeting.rest()
    assert as_seen(beta, other)["title"] == "Fine"
    assert "waits" in str(as_seen(beta, other)["comments"])


def test_a_file_that_is_given_up_leaves_the_other_one_to_be_retried(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    beta.organization.attachment_limit = 1000
    number = alpha.create("Task", "Heavy")
    for name in ("a.bin", "b.bin"):
        alpha.organization.attach(number, name, b"0" * 2000)
    [other] = meeting.share(alpha, connection_id, number)
    first, second = sorted(beta.error_records(), key=lambda record: record.message)
    tab(beta).resolve(session(beta), first.id, "Not needed.")
    beta.organization.attachment_limit = 2500
    beta.errors.retry(second.id)
    meeting.rest()
    assert as_seen(beta, other)["files"] == ["b.bin"]
    # What failed came in one event, which the retry took up whole: the file that was given up is missed once more.
    again = only(beta.error_records())
    assert again.subject == first.subject
    tab(beta).resolve(session(beta), again.id, "Still not needed.")
    meeting.rest()
    assert beta.error_records() == []


def test_a_group_is_resolved_at_once(meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str) -> None:
    numbers = [alpha.create("Task", f"Item {count}") for count in range(5)]
    others = meeting.share(alpha, connection_id, *numbers)
    refuse(beta, 10)
    for number in numbers:
        alpha.organization.edit(number, {TITLE: "Refused"})
    meeting.rest()
    beta.failures.clear()
    errors = tab(beta)
    (group,), total = errors.list_groups(session(beta), EVERYTHING, Wish())
    assert (group.group.work_items, total) == (5, 1)
    assert errors.resolve_all(session(beta), ErrorFilter("", cause_key=group.group.cause_key), "Known.") == 5
    assert beta.error_records() == []
    assert {beta.twin(other).status for other in others} == {TwinStatus.SYNCHRONIZED}
    with beta.storage.unit_of_work() as work:
        rows = work.queue.list_rows(connection_id=connection_id, direction="incoming", statuses=[QueueStatus.CANCELLED])
    assert len(rows) == 5
    assert only_entry(beta).details == {"count": "5", "note": "Known."}


def test_a_warning_is_just_closed(meeting: Meeting, alpha: MemoryNode, connection_id: str) -> None:
    with alpha.storage.unit_of_work() as work:
        now = alpha.clock.now()
        record = ErrorRecord(
            "w1", alpha.organization.id, connection_id, "", Impact.WARNING, "invitation_used", "Twice.", now, now
        )
        work.error_records.open(record)
        work.commit()
    errors = tab(alpha)
    assert errors.show(session(alpha), "w1").blocks.startswith("Nothing")
    errors.resolve(session(alpha), "w1", "It was me.")
    assert alpha.error_records() == []
    with pytest.raises(StateError):
        errors.resolve(session(alpha), "w1", "Again.")


@pytest.mark.parametrize("note", ["", "   ", "x" * 2001])
def test_a_note_is_asked_for(meeting: Meeting, alpha: MemoryNode, note: str) -> None:
    with pytest.raises(ValidationError):
        tab(alpha).resolve(session(alpha), "w1", note)


def test_errors_of_another_organization_do_not_exist(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    fail_an_update(meeting, alpha, beta, connection_id)
    record, stranger, errors = only(beta.error_records()), session(beta, "stranger"), tab(beta)
    for use in (
        lambda: errors.show(stranger, record.id),
        lambda: errors.retry(stranger, record.id),
        lambda: errors.resolve(stranger, record.id, "Mine."),
    ):
        with pytest.raises(NotFoundError):
            use()
    assert errors.list_views(stranger, ErrorFilter(beta.organization.id), Wish()) == ([], 0)
    assert errors.retry_all(stranger, ErrorFilter(beta.organization.id)) == 0
    assert errors.resolve_all(stranger, ErrorFilter(beta.organization.id), "Mine.") == 0
    assert only(beta.error_records()) == record


def test_details_say_what_is_blocked_and_what_to_do(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    number, other = fail_an_update(meeting, alpha, beta, connection_id)
    here = tab(beta).show(session(beta), only(beta.error_records()).id)
    assert f"work item {other}" in here.blocks
    assert "1 change" in here.blocks
    assert "retry" in here.advice.step
    assert here.can_retry
    assert here.view.url.endswith(f"/_workitems/edit/{other}")
    there = tab(alpha).show(session(alpha), only(alpha.error_records()).id)
    assert there.view.record.is_remote
    assert there.advice.place == "partner"
    assert there.view.record.work_item_id == number


def test_what_was_never_made_is_made_in_the_project_that_was_chosen_since(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    number = alpha.create("Task", "Where to?")
    gone = ProjectNotFoundError("The project is gone.", status=404)
    for operation in ("write_work_item", "write_work_items"):
        beta.failures.plan(operation, Moment.BEFORE, gone)
    alpha.work_items.synchronize(connection_id, [number])
    meeting.rest()
    beta.failures.clear()
    record = only(beta.error_records())
    assert record.impact is only(alpha.error_records()).impact is Impact.WORK_ITEM
    beta.organization.projects.append(Project("p2", "Tailspin"))
    beta.connections.edit(connection_id, lambda _work, connection: replace(connection, project="Tailspin"))
    beta.errors.retry(record.id)
    meeting.rest()
    other = alpha.twin(number).remote_work_item_id or 0
    assert beta.organization.snapshot(other).project == "Tailspin"

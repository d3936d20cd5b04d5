"""Bulk Exalate and Bulk Unexalate between whole nodes in memory, worked through by the runner."""

from collections import Counter
from itertools import count
from threading import Event
from typing import Any

import pytest
from tests.unit.services.memory_nodes import Meeting, MemoryNode

from adnode.adapters.memory.clock import MemoryIds
from adnode.adapters.memory.gateway import MemoryGateways
from adnode.adapters.memory.gateway_failures import Moment
from adnode.adapters.memory.wakeups import MemoryWakeups
from adnode.domain.audit import AuditAction
from adnode.domain.connection import Visibility
from adnode.domain.errors import (
    ConditionRefusedError,
    GatewayUnavailableError,
    NotFoundError,
    QueryTooSlowError,
    RuleViolationError,
    StateError,
)
from adnode.domain.job import Job, JobKind, JobRow, JobStatus, RowOutcome
from adnode.domain.license_plan import UNLIMITED, WAITS_FOR_PLAN, LicensePlan
from adnode.domain.session import Session, Tenant
from adnode.domain.twin import TwinStatus
from adnode.domain.work_item import TITLE, Project
from adnode.services.audit import AuditService
from adnode.services.bulk import SLICE, BulkService, ExalateHandler, UnexalateHandler
from adnode.services.held_pairs import HeldPairsService
from adnode.services.jobs.handlers import JobHandler
from adnode.services.jobs.runner import JobRunner

GOING = Event()
_numbers = count()
MATCHES = "[System.Title] CONTAINS 'Bulk'"
DONE, ALREADY, SKIPPED = RowOutcome.DONE, RowOutcome.ALREADY, RowOutcome.SKIPPED


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


def session_of(node: MemoryNode) -> Session:
    organization, now = node.organization, node.clock.now()
    tenant = Tenant(organization.id, organization.name, organization.address.url, organization.kind, now)
    return Session("s", tenant, "u", "Paula", is_administrator=True, issued_at=now, expires_at=now)


def service_of(node: MemoryNode) -> BulkService:
    storage, ids = node.storage.unit_of_work, MemoryIds(f"bulk-{next(_numbers)}")
    return BulkService(storage, AuditService(storage, node.clock, ids), node.clock, ids)


def runner_of(node: MemoryNode) -> JobRunner:
    parts = (
        node.storage.unit_of_work,
        MemoryGateways(node.gateway),
        MemoryWakeups(),
        node.clock,
        MemoryIds(f"{node.organization.name}-pair"),
    )
    handlers: dict[JobKind, JobHandler[Any]] = {
        JobKind.BULK_EXALATE: ExalateHandler(*parts),
        JobKind.BULK_UNEXALATE: UnexalateHandler(*parts),
    }
    return JobRunner(node.storage.unit_of_work, handlers, node.clock, "runner")


def create(node: MemoryNode, count: int, title: str = "Bulk {n}") -> list[int]:
    return [node.create("Task", title.format(n=number)) for number in range(count)]


def show(node: MemoryNode, job: Job) -> Job:
    with node.storage.unit_of_work() as work:
        return work.jobs.get(job.id)


def rows_of(node: MemoryNode, job: Job) -> dict[int, JobRow]:
    with node.storage.unit_of_work() as work:
        return {row.work_item_id or 0: row for row in work.jobs.rows(job.id, limit=20_000)}


def run(meeting: Meeting, node: MemoryNode, job: Job, limit: int = 60) -> dict[int, JobRow]:
    """Move nodes and runner on until the job is over; return its rows by work item."""
    runner = runner_of(node)
    for _ in range(limit):
        while runner.run(GOING):
            pass
        if show(node, job).is_over:
            return rows_of(node, job)
        meeting.rest()
        meeting.wait(5)
    raise AssertionError(f"not over: {show(node, job)} {meeting.situation()}")


def exalate(node: MemoryNode, connection_id: str, condition: str = MATCHES) -> Job:
    return service_of(node).exalate_matches(session_of(node), connection_id, condition)


def unexalate(node: MemoryNode, connection_id: str, condition: str = MATCHES) -> Job:
    return service_of(node).unexalate_matches(session_of(node), connection_id, condition)


def count_calls(node: MemoryNode) -> Counter[str]:
    calls: Counter[str] = Counter()

    def count(operation: str, moment: Moment) -> None:
        if moment is Moment.BEFORE:
            calls[operation] += 1

    node.gateway.disturb = count
    return calls


# exalate -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("visibility", list(Visibility))
def test_everything_that_matches_comes_under_sync(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, visibility: Visibility
) -> None:
    connection_id = meeting.connect(alpha, beta, visibility)
    numbers, _ = create(alpha, 5), create(alpha, 2, "Other")
    job = exalate(alpha, connection_id)
    assert (job.status, job.created_by, job.title) == (
        JobStatus.WAITING,
        "Paula",
        f"Bulk Exalate: alpha and beta, {MATCHES}",
    )
    rows = run(meeting, alpha, job)
    assert sorted(rows) == numbers
    for number, row in rows.items():
        remote = row.remote_work_item_id or 0
        assert (row.outcome, row.message) == (DONE, "")
        assert beta.organization.snapshot(remote).text(TITLE) == alpha.organization.snapshot(number).text(TITLE)
    assert (show(alpha, job).status, show(alpha, job).counts) == (JobStatus.FINISHED, {DONE: 5})


def test_what_is_under_sync_already_is_checked_for_updates(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    (known,) = create(alpha, 1)
    (remote,) = meeting.share(alpha, connection_id, known)
    (new,) = create(alpha, 1, "Bulk new")
    with alpha.storage.unit_of_work() as work:
        # The feed brings nothing of this change.
        before = work.twins.find_by_work_item(alpha.organization.id, [known])
        alpha.organization.edit(known, {TITLE: "Bulk changed"})
        alpha.organization.feed.pop()
    rows = run(meeting, alpha, exalate(alpha, connection_id))
    assert (rows[known].outcome, rows[known].remote_work_item_id) == (ALREADY, remote)
    assert rows[known].twin_id == before[0].id
    assert "checked for updates" in rows[known].message
    assert rows[new].outcome is DONE
    meeting.rest()
    assert beta.organization.snapshot(remote).text(TITLE) == "Bulk changed"


def test_a_query_is_asked_once_and_everything_goes_in_full_batches(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    create(alpha, 2 * SLICE + 1)
    here, there = count_calls(alpha), count_calls(beta)
    run(meeting, alpha, exalate(alpha, connection_id))
    assert here["query"] == 1
    # Once for links to counterparts that are known, once for what is sent.
    assert here["read_work_items"] == 2 * 3
    assert there["write_work_items"] == 3


def test_an_item_outside_the_project_of_the_connection_is_skipped_with_the_reason(meeting: Meeting) -> None:
    alpha, beta = meeting.add("alpha"), meeting.add("beta")
    connection_id = meeting.connect(alpha, beta)
    inside = create(alpha, 2)
    alpha.organization.projects.append(Project("elsewhere", "Tailspin"))
    outside = alpha.organization.create("Tailspin", "Task", {TITLE: "Bulk elsewhere"})
    wiql = f"SELECT [System.Id] FROM WorkItems WHERE {MATCHES}"  # noqa: S608 - a constant
    calls = count_calls(alpha)
    job = service_of(alpha).exalate(session_of(alpha), connection_id, wiql, "All projects")
    rows = run(meeting, alpha, job)
    assert [rows[number].outcome for number in inside] == [DONE, DONE]
    assert (rows[outside].outcome, alpha.twins(outside)) == (SKIPPED, [])
    assert "Fabrikam" in rows[outside].message
    assert calls["query"] == 2


def test_lineages_are_kept_so_that_a_ring_closes(meeting: Meeting, alpha: MemoryNode, beta: MemoryNode) -> None:
    first = meeting.connect(alpha, beta)
    (number,) = create(alpha, 1)
    (remote,) = meeting.share(alpha, first, number)
    second = meeting.connect(alpha, beta)
    run(meeting, alpha, exalate(alpha, second))
    meeting.rest()
    [twin] = [twin for twin in alpha.twins(number) if twin.connection_id == second]
    assert twin.remote_work_item_id == remote
    assert len(beta.organization.snapshots()) == 1


def test_an_item_that_fails_says_why_and_the_others_go_on(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    numbers = create(alpha, 3)
    beta.failures.plan("write_work_item", Moment.BEFORE, RuleViolationError("A field is required.", fields=("A.B",)))
    job = exalate(alpha, connection_id)
    rows = run(meeting, alpha, job)
    failed = [row for row in rows.values() if row.outcome is RowOutcome.FAILED]
    assert [row.message for row in failed] == ["The node of beta says: A field is required."]
    assert show(alpha, job).counts == {DONE: len(numbers) - 1, RowOutcome.FAILED: 1}
    assert show(alpha, job).status is JobStatus.FINISHED


def test_what_is_in_the_way_of_a_begun_item_is_said(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    (number,) = create(alpha, 1)
    job, runner = exalate(alpha, connection_id), runner_of(alpha)
    for _ in range(3):
        runner.run(GOING)
    alpha.failures.plan("read_work_items", Moment.BEFORE, GatewayUnavailableError("No answer.", status=503))
    alpha.reconciliation.reconcile(connection_id)
    meeting.wait(5)
    runner.run(GOING)
    row = rows_of(alpha, job)[number]
    assert (row.outcome, row.message) == (RowOutcome.STARTED, "No answer.")
    assert run(meeting, alpha, job)[number].message == ""


def test_what_ends_meanwhile_is_skipped(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    unlinked, forgotten, deleted = create(alpha, 3)
    job, runner = exalate(alpha, connection_id), runner_of(alpha)
    runner.run(GOING)
    runner.run(GOING)
    alpha.work_items.unlink(connection_id, unlinked)
    with alpha.storage.unit_of_work() as work:
        twin_ids = [twin.id for twin in work.twins.find_by_work_item(alpha.organization.id, [forgotten])]
        work.clean_up.forget(connection_id, twin_ids, alpha.clock.now())
        work.commit()
    meeting.rest()
    alpha.organization.delete(deleted)
    meeting.rest()
    rows = run(meeting, alpha, job)
    assert {number: row.outcome for number, row in rows.items()} == dict.fromkeys(rows, SKIPPED)
    assert "recycle bin" in rows[deleted].message
    assert {rows[number].message for number in (unlinked, forgotten)} == {"Taken out of sync meanwhile."}


def test_pairs_that_wait_for_the_plan_stay_started_and_go_on_later(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    create(alpha, 3)
    alpha.storage.plan = LicensePlan("pairs:2", 2)
    job, runner = exalate(alpha, connection_id), runner_of(alpha)
    for _ in range(10):
        runner.run(GOING)
        meeting.rest()
        meeting.wait(5)
    held = [row for row in rows_of(alpha, job).values() if row.outcome is RowOutcome.STARTED]
    assert [row.message for row in held] == [WAITS_FOR_PLAN]
    assert show(alpha, job).counts == {DONE: 2, RowOutcome.STARTED: 1}
    alpha.storage.plan = UNLIMITED
    storage = alpha.storage.unit_of_work
    HeldPairsService(storage, UNLIMITED, MemoryWakeups(), alpha.clock, MemoryIds("held")).tend(GOING)
    run(meeting, alpha, job)
    assert show(alpha, job).counts == {DONE: 3}


# queries that are refused ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "condition", ["[System.Title] = 'open", "x = 1) OR (1 = 1", "x = 1 ORDER BY [System.Id]", "x; y"]
)
def test_a_condition_that_is_none_is_refused_at_once(alpha: MemoryNode, connection_id: str, condition: str) -> None:
    with pytest.raises(ConditionRefusedError):
        exalate(alpha, connection_id, condition)
    with alpha.storage.unit_of_work() as work:
        assert work.jobs.count(alpha.organization.id) == 0


@pytest.mark.parametrize("trouble", ["wrong", "too many", "too slow"])
def test_a_query_that_is_refused_ends_the_job_and_nothing_is_begun(
    meeting: Meeting, alpha: MemoryNode, connection_id: str, trouble: str
) -> None:
    numbers = create(alpha, 3)
    if trouble == "too many":
        alpha.gateway.match_limit = 2
    if trouble == "too slow":
        slow = QueryTooSlowError("The query takes too long (VS402335). Narrow it down.", status=400)
        alpha.failures.plan("query", Moment.BEFORE, slow)
    job = exalate(alpha, connection_id, "[No.Such] LIKE 1" if trouble == "wrong" else MATCHES)
    assert run(meeting, alpha, job) == {}
    ended = show(alpha, job)
    assert (ended.status, ended.total) == (JobStatus.FAILED, 0)
    assert ended.error_code in ("query_refused", "query_too_large", "query_too_slow")
    assert ended.error_message
    assert [twin for number in numbers for twin in alpha.twins(number)] == []


def test_a_query_without_an_answer_is_asked_again(meeting: Meeting, alpha: MemoryNode, connection_id: str) -> None:
    create(alpha, 1)
    alpha.failures.plan("query", Moment.BEFORE, GatewayUnavailableError("No answer.", status=503), times=2)
    job = exalate(alpha, connection_id)
    runner_of(alpha).run(GOING)
    assert (show(alpha, job).status, show(alpha, job).error_message) == (JobStatus.WAITING, "No answer.")
    assert [row.outcome for row in run(meeting, alpha, job).values()] == [DONE]


# the connection -------------------------------------------------------------------------------------------------------


def test_a_job_waits_while_its_connection_is_stopped(meeting: Meeting, alpha: MemoryNode, connection_id: str) -> None:
    create(alpha, 2)
    job, runner = exalate(alpha, connection_id), runner_of(alpha)
    alpha.connections.deactivate(connection_id)
    for _ in range(4):
        runner.run(GOING)
        meeting.wait(100)
    waiting = show(alpha, job)
    assert (waiting.status, waiting.error_code) == (JobStatus.WAITING, "connection_stopped")
    assert "once it is activated" in waiting.error_message
    alpha.connections.activate(connection_id)
    assert [row.outcome for row in run(meeting, alpha, job).values()] == [DONE, DONE]


def test_a_job_whose_connection_stops_between_two_slices_waits(
    meeting: Meeting, alpha: MemoryNode, connection_id: str
) -> None:
    create(alpha, 2)
    job, runner = exalate(alpha, connection_id), runner_of(alpha)
    runner.run(GOING)
    alpha.connections.deactivate(connection_id)
    runner.run(GOING)
    assert show(alpha, job).status is JobStatus.WAITING
    alpha.connections.activate(connection_id)
    run(meeting, alpha, job)
    assert show(alpha, job).counts == {DONE: 2}


def test_a_job_whose_connection_is_removed_fails(meeting: Meeting, alpha: MemoryNode, connection_id: str) -> None:
    create(alpha, 2)
    job = exalate(alpha, connection_id)
    alpha.connections.remove(connection_id)
    run(meeting, alpha, job)
    assert (show(alpha, job).status, show(alpha, job).error_code) == (JobStatus.FAILED, "state")


def test_only_an_active_connection_of_ones_own_takes_a_bulk(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    stranger = meeting.add("gamma")
    with pytest.raises(NotFoundError):
        service_of(alpha).exalate(session_of(stranger), connection_id, "SELECT", "t")
    with pytest.raises(NotFoundError):
        service_of(alpha).unexalate_matches(session_of(stranger), connection_id, "")
    alpha.connections.deactivate(connection_id)
    with pytest.raises(StateError):
        exalate(alpha, connection_id)


def test_who_began_what_stands_in_the_audit_trail(alpha: MemoryNode, connection_id: str) -> None:
    jobs = [exalate(alpha, connection_id), unexalate(alpha, connection_id)]
    with alpha.storage.unit_of_work() as work:
        entries = work.audit.list_page(alpha.organization.id, limit=9)
    noted = {entry.action: entry for entry in entries if "job" in entry.details}
    assert {action: entry.details["job"] for action, entry in noted.items()} == {
        AuditAction.BULK_EXALATED: jobs[0].id,
        AuditAction.BULK_UNEXALATED: jobs[1].id,
    }
    assert {entry.user_name for entry in noted.values()} == {"Paula"}


# unexalate -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("visibility", list(Visibility))
def test_everything_that_matches_leaves_sync_on_both_sides(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, visibility: Visibility
) -> None:
    connection_id = meeting.connect(alpha, beta, visibility)
    numbers, (other,), (never,) = create(alpha, 3), create(alpha, 1, "Other"), create(alpha, 1, "Bulk never")
    remotes = meeting.share(alpha, connection_id, *numbers)
    meeting.share(alpha, connection_id, other)
    rows = run(meeting, alpha, unexalate(alpha, connection_id))
    meeting.rest()
    assert [(rows[number].outcome, rows[number].remote_work_item_id) for number in numbers] == [
        (DONE, remote) for remote in remotes
    ]
    assert (rows[never].outcome, rows[never].message) == (ALREADY, "Not under sync over this connection.")
    assert [twin for number in numbers for twin in alpha.twins(number)] == []
    assert [twin for remote in remotes for twin in beta.twins(remote)] == []
    assert [twin.status for twin in alpha.twins(other)] == [TwinStatus.SYNCHRONIZED]
    alpha.organization.edit(numbers[0], {TITLE: "Bulk edited"})
    meeting.rest()
    assert beta.organization.snapshot(remotes[0]).text(TITLE) == "Bulk 0"


def test_errors_of_pairs_that_end_are_over(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    create(alpha, 2)
    beta.failures.plan("write_work_item", Moment.BEFORE, RuleViolationError("No.", fields=("A.B",)), times=2)
    run(meeting, alpha, exalate(alpha, connection_id))
    assert len(alpha.error_records()) == 2
    run(meeting, alpha, unexalate(alpha, connection_id))
    meeting.rest()
    assert (alpha.error_records(), beta.error_records()) == ([], [])


def test_only_pairs_of_the_connection_end(meeting: Meeting, alpha: MemoryNode, beta: MemoryNode) -> None:
    gamma = meeting.add("gamma")
    first, second = meeting.connect(alpha, beta), meeting.connect(alpha, gamma)
    (number,) = create(alpha, 1)
    meeting.share(alpha, first, number)
    meeting.share(alpha, second, number)
    run(meeting, alpha, unexalate(alpha, first))
    assert [twin.connection_id for twin in alpha.twins(number)] == [second]

"""Comparing all pairs of a connection, and repairing what differs."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from tests.unit.services.memory_nodes import Meeting, MemoryNode, as_seen

from adnode.adapters.memory.clock import MemoryIds
from adnode.adapters.memory.gateway import MemoryGateways
from adnode.adapters.memory.wakeups import MemoryWakeups
from adnode.domain.connection import Connection
from adnode.domain.drift import DriftKind, Finding, FindingStatus
from adnode.domain.job import Job, JobKind, JobRow, JobStatus, RowOutcome
from adnode.domain.message import ComparisonBody, MessageKind
from adnode.domain.sync_state import SUMMARY, SyncState
from adnode.domain.twin import TwinStatus
from adnode.services.drift.comparison import GRACE, ComparisonHandler
from adnode.services.drift.repair import RepairHandler

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


@pytest.fixture
def connection_id(meeting: Meeting, alpha: MemoryNode, beta: MemoryNode) -> str:
    return meeting.connect(alpha, beta)


def make_job(node: MemoryNode, connection_id: str, kind: JobKind, now: datetime) -> Job:
    return Job(
        id=f"job-{now.timestamp()}",
        organization_id=node.organization.id,
        kind=kind,
        status=JobStatus.RUNNING,
        title="A job",
        created_at=now,
        created_by="Ann",
        connection_id=connection_id,
    )


def compare(
    meeting: Meeting,
    node: MemoryNode,
    connection_id: str,
    matches: Mapping[int, str] | None = None,
    kind: JobKind = JobKind.COMPARISON,
) -> list[Finding]:
    """Run a whole comparison, the partner's part too; return what is open then."""

    def find_matches(_connection: Connection) -> Mapping[int, str]:
        return matches or {}

    handler = ComparisonHandler(
        node.storage.unit_of_work,
        MemoryGateways(node.gateway),
        MemoryWakeups(),
        node.clock,
        MemoryIds("drift"),
        find_matches,
    )
    job = make_job(node, connection_id, kind, node.clock.now())
    for row in [row for rows in handler.list_rows(job) for row in rows]:
        seen = handler.look(job, [row])
        with node.storage.unit_of_work() as work:
            (done,) = handler.act(work, job, [row], seen)
            work.commit()
        assert done.outcome is RowOutcome.DONE
    meeting.rest()
    return findings(node, connection_id)


def findings(node: MemoryNode, connection_id: str) -> list[Finding]:
    with node.storage.unit_of_work() as work:
        return work.drift.list_page(connection_id, limit=100)


def repair(meeting: Meeting, node: MemoryNode, connection_id: str) -> list[JobRow]:
    """Repair everything that is open; return the rows as they are at the end."""
    handler = RepairHandler(node.storage.unit_of_work, MemoryWakeups(), node.clock, MemoryIds("repair"))
    job = make_job(node, connection_id, JobKind.DRIFT_REPAIR, node.clock.now())
    rows = [JobRow(number, twin_id=each.id) for number, each in enumerate(findings(node, connection_id), start=1)]
    seen = handler.look(job, rows)
    with node.storage.unit_of_work() as work:
        begun = handler.act(work, job, rows, seen)
        work.commit()
    meeting.rest()
    started = [row for row in begun if row.outcome is RowOutcome.STARTED]
    with node.storage.unit_of_work() as work:
        followed = {row.number: row for row in handler.follow(work, job, started)}
    return [followed.get(row.number, row) for row in begun]


def overlook(node: MemoryNode) -> None:
    """Lose what the change feed has to say until now, as an outage of Azure DevOps may."""
    organization_id = node.organization.id
    with node.storage.unit_of_work() as work:
        page = node.gateway.read_changes(work.feeds.token(organization_id), None)
        assert page.changes
        assert page.is_last
        work.feeds.save_token(organization_id, page.token)
        work.commit()


def change_state(node: MemoryNode, work_item_id: int, state: SyncState) -> None:
    """Give a node another memory of a twin than it had."""
    twin = node.twin(work_item_id)
    now = node.clock.now()
    with node.storage.unit_of_work() as work:
        work.twins.mark_dirty([twin.id], now, must_read=False)
        (claim,) = work.twins.claim(twin.connection_id, "test", now, 10, 1)
        work.twins.finish(claim, replace(twin, state=state))
        work.commit()


def settle_down(meeting: Meeting) -> None:
    meeting.wait(GRACE.total_seconds() + 1)


def share(meeting: Meeting, alpha: MemoryNode, connection_id: str, count: int = 1) -> list[int]:
    numbers = [alpha.create("Task", f"Item {number}") for number in range(count)]
    for number in numbers:
        alpha.organization.comment(number, "Said before")
    meeting.share(alpha, connection_id, *numbers)
    settle_down(meeting)
    return numbers


def test_equal_sides_have_no_findings(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    share(meeting, alpha, connection_id, 3)
    assert compare(meeting, alpha, connection_id) == []
    assert compare(meeting, beta, connection_id) == []


def test_a_change_that_nobody_noticed_is_found_and_repaired(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    first, second = share(meeting, alpha, connection_id, 2)
    alpha.organization.edit(first, {TITLE: "Overlooked"})
    alpha.organization.comment(first, "Overlooked too")
    overlook(alpha)
    meeting.rest()
    settle_down(meeting)
    (found,) = compare(meeting, alpha, connection_id)
    assert (found.kind, found.work_item_id) == (DriftKind.LOCAL_CHANGE, first)
    assert "the summary, a comment" in found.detail
    (row,) = repair(meeting, alpha, connection_id)
    assert row.outcome is RowOutcome.DONE
    assert as_seen(beta, alpha.twin(first).remote_work_item_id or 0)["title"] == "Overlooked"
    assert findings(alpha, connection_id) == []
    settle_down(meeting)
    assert compare(meeting, alpha, connection_id) == []
    assert alpha.twin(second).status is TwinStatus.SYNCHRONIZED


def test_a_change_of_the_last_minutes_is_left_to_the_change_feed(
    meeting: Meeting, alpha: MemoryNode, connection_id: str
) -> None:
    (number,) = share(meeting, alpha, connection_id)
    alpha.organization.edit(number, {TITLE: "Just now"})
    overlook(alpha)
    assert compare(meeting, alpha, connection_id) == []


def test_nodes_that_remember_different_things_are_found_and_agree_again(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    (number,) = share(meeting, alpha, connection_id)
    other = alpha.twin(number).remote_work_item_id or 0
    register = beta.twin(other).state.registers[SUMMARY]
    older = replace(register, value="What it was", version=type(register.version)(0, 0))
    change_state(beta, other, beta.twin(other).state.with_registers({SUMMARY: older}))
    (found,) = compare(meeting, alpha, connection_id)
    assert (found.kind, found.keys) == (DriftKind.PARTNER_DIFFERS, (SUMMARY,))
    (row,) = repair(meeting, alpha, connection_id)
    assert row.outcome is RowOutcome.DONE
    assert beta.twin(other).state.registers[SUMMARY].value == "Item 0"
    assert compare(meeting, alpha, connection_id) == []


def test_a_pair_that_the_partner_lost_is_ended_by_repair(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    first, second = share(meeting, alpha, connection_id, 2)
    lost = beta.twin(alpha.twin(first).remote_work_item_id or 0)
    with beta.storage.unit_of_work() as work:
        work.twins.save(replace(lost, status=TwinStatus.UNLINKED))
        work.commit()
    (found,) = compare(meeting, alpha, connection_id)
    assert (found.kind, found.work_item_id) == (DriftKind.PARTNER_GONE, first)
    (row,) = repair(meeting, alpha, connection_id)
    assert row.outcome is RowOutcome.DONE
    assert alpha.twins(first) == []
    assert alpha.twin(second).status is TwinStatus.SYNCHRONIZED


def test_a_work_item_that_is_gone_is_found_and_the_partner_told(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    (number,) = share(meeting, alpha, connection_id)
    other = alpha.twin(number).remote_work_item_id or 0
    alpha.organization.delete(number)
    overlook(alpha)
    (found,) = compare(meeting, alpha, connection_id)
    assert found.kind is DriftKind.WORK_ITEM_GONE
    repair(meeting, alpha, connection_id)
    assert alpha.twin(number).status is TwinStatus.LOCAL_REMOVED
    assert beta.twin(other).status is TwinStatus.REMOTE_REMOVED
    assert compare(meeting, alpha, connection_id) == []


def test_what_matches_a_trigger_and_was_never_synced_comes_under_sync(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    (synced,) = share(meeting, alpha, connection_id)
    missed = alpha.create("Task", "Missed")
    (found,) = compare(meeting, alpha, connection_id, {synced: "Tasks", missed: "Tasks"})
    assert (found.kind, found.work_item_id) == (DriftKind.NEVER_SYNCED, missed)
    assert "“Tasks”" in found.detail
    repair(meeting, alpha, connection_id)
    assert alpha.twin(missed).status is TwinStatus.SYNCHRONIZED


def test_findings_that_a_later_comparison_does_not_confirm_are_gone(
    meeting: Meeting, alpha: MemoryNode, connection_id: str
) -> None:
    (number,) = share(meeting, alpha, connection_id)
    alpha.organization.edit(number, {TITLE: "Overlooked"})
    overlook(alpha)
    settle_down(meeting)
    (found,) = compare(meeting, alpha, connection_id)
    alpha.organization.edit(number, {TITLE: "Noticed"})
    meeting.rest()
    settle_down(meeting)
    assert compare(meeting, alpha, connection_id) == []
    with alpha.storage.unit_of_work() as work:
        assert work.drift.find([found.id])[found.id].status is FindingStatus.GONE


def test_pairs_that_have_failed_or_are_at_work_are_not_compared(
    meeting: Meeting, alpha: MemoryNode, connection_id: str
) -> None:
    first, second = share(meeting, alpha, connection_id, 2)
    for number in (first, second):
        alpha.organization.edit(number, {TITLE: "Overlooked"})
    overlook(alpha)
    settle_down(meeting)
    first_twin, second_twin = alpha.twin(first), alpha.twin(second)
    with alpha.storage.unit_of_work() as work:
        work.twins.save(replace(first_twin, status=TwinStatus.FAILED))
        work.twins.mark_dirty([second_twin.id], alpha.clock.now() + timedelta(hours=1), must_read=False)
        work.commit()
    assert compare(meeting, alpha, connection_id) == []


def test_a_peer_learns_nothing_of_twins_of_other_connections(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    gamma = meeting.add("gamma")
    other_connection = meeting.connect(gamma, beta)
    (number,) = share(meeting, alpha, connection_id)
    with gamma.storage.unit_of_work() as work:
        asked = ComparisonBody("nosy", {alpha.twin(number).id: "0" * 16})
        work.outbox.add(other_connection, "", MessageKind.COMPARISON, asked, gamma.clock.now())
        work.commit()
    meeting.rest()
    with gamma.storage.unit_of_work() as work:
        rows = work.queue.list_rows(connection_id=other_connection, direction="incoming")
    assert [row.kind for row in rows] == [MessageKind.COMPARED]
    assert findings(gamma, other_connection) == []

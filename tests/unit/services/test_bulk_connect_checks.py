"""Bulk connect: what is checked before anything starts, and how the job goes on after trouble."""

from dataclasses import replace

import pytest
from tests.unit.services.connecting import csv, furnish, handler_of, service_of, session_of, start
from tests.unit.services.job_steps import follow, rows_of, run, take_slice
from tests.unit.services.memory_nodes import Meeting, MemoryNode

from adnode.domain.audit import AuditAction
from adnode.domain.bulk_connect import Verdict
from adnode.domain.connecting import Terms
from adnode.domain.connection import Visibility
from adnode.domain.errors import NotFoundError, PairFileError, StateError, WrongRowsError
from adnode.domain.job import JobKind, RowOutcome
from adnode.domain.message import MessageKind, QueueStatus
from adnode.domain.twin import TwinStatus
from adnode.domain.work_item import Project

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


@pytest.fixture(params=list(Visibility))
def connection_id(request: pytest.FixtureRequest, meeting: Meeting, alpha: MemoryNode, beta: MemoryNode) -> str:
    return meeting.connect(alpha, beta, request.param)


def test_every_line_gets_a_verdict(meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str) -> None:
    alpha.organization.projects.append(Project("other", "Other"))
    elsewhere = alpha.organization.create("Other", "Task", {TITLE: "Elsewhere"})
    synced, free, binned = furnish(alpha, "Synced"), furnish(alpha, "Free"), furnish(alpha, "Binned")
    (partner,) = meeting.share(alpha, connection_id, synced)
    alpha.organization.delete(binned)
    content = csv(
        (free, 900),
        (free, 900),
        (4711, 901),
        (elsewhere, 902),
        (synced, 903),
        (binned, 904),
        ("=1+1", 905),
        (synced, 906),
    )
    checked = service_of(alpha).check(session_of(alpha), connection_id, content)
    assert [(row.line, row.verdict) for row in checked.rows] == [
        (2, Verdict.OK),
        (3, Verdict.DUPLICATE),
        (4, Verdict.NOT_FOUND),
        (5, Verdict.OUT_OF_SCOPE),
        (6, Verdict.DUPLICATE),
        (7, Verdict.NOT_FOUND),
        (8, Verdict.MALFORMED),
        (9, Verdict.DUPLICATE),
    ]
    assert all(row.reason for row in checked.problems)
    other = service_of(alpha).check(session_of(alpha), connection_id, csv((synced, partner), (free, partner)))
    assert [row.verdict for row in other.rows] == [Verdict.DUPLICATE, Verdict.DUPLICATE]
    (row,) = service_of(alpha).check(session_of(alpha), connection_id, csv((synced, partner))).rows
    assert (row.verdict, "pair already" in row.reason) == (Verdict.ALREADY_SYNCED, True)
    (row,) = service_of(alpha).check(session_of(alpha), connection_id, csv((free, partner))).rows
    assert (row.verdict, str(partner) in row.reason) == (Verdict.ALREADY_SYNCED, True)


def test_rows_of_another_connection_are_left_out_by_its_name(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    gamma = meeting.add("gamma")
    meeting.connect(alpha, gamma)
    ours = furnish(alpha, "Ours")
    name = alpha.connections.show(connection_id).name
    header = "local_work_item_id,remote_work_item_id,connection\n"
    text = f"{header}{ours},1,{name}\n{ours},2,alpha and gamma\n77,3,somebody else\n"
    checked = service_of(alpha).check(session_of(alpha), connection_id, text.encode())
    assert [row.verdict for row in checked.rows] == [Verdict.OK, Verdict.OUT_OF_SCOPE, Verdict.NOT_FOUND]


def test_nothing_starts_with_wrong_rows_unless_they_are_skipped(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    ours, theirs = furnish(alpha, "Ours"), furnish(beta, "Theirs")
    pairs = ((ours, theirs), (4711, 12))
    with pytest.raises(WrongRowsError, match="1 of 2 rows"):
        start(alpha, connection_id, *pairs)
    with pytest.raises(WrongRowsError, match="no row left"):
        start(alpha, connection_id, (4711, 12), skips_wrong=True)
    with alpha.storage.unit_of_work() as work:
        assert work.jobs.count(alpha.organization.id) == 0
    job = start(alpha, connection_id, *pairs, skips_wrong=True)
    assert (job.kind, job.is_listed) == (JobKind.BULK_CONNECT, True)
    good, wrong = run(meeting, alpha, handler_of(alpha), job)
    assert (good.outcome, wrong.outcome) == (RowOutcome.DONE, RowOutcome.SKIPPED)
    assert "does not exist" in wrong.message
    with alpha.storage.unit_of_work() as work:
        (entry,) = [
            each
            for each in work.audit.list_page(alpha.organization.id, limit=50)
            if each.action is AuditAction.BULK_CONNECT_STARTED
        ]
    assert (entry.user_name, entry.details["pairs"], entry.details["content"]) == ("Paula", "1", "both")


def test_only_active_connections_of_the_own_organization_take_files(
    alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    number = furnish(alpha, "Ours")
    stranger = session_of(alpha)
    stranger = replace(stranger, tenant=replace(stranger.tenant, id="somebody-else"))
    with pytest.raises(NotFoundError):
        service_of(alpha).check(stranger, connection_id, csv((number, 1)))
    with pytest.raises(PairFileError):
        service_of(alpha).check(session_of(alpha), connection_id, b"PK\x03\x04\x00")
    alpha.connections.deactivate(connection_id)
    with pytest.raises(StateError, match="deactivated"):
        service_of(alpha).check(session_of(alpha), connection_id, csv((number, 1)))


def test_a_slice_done_again_after_a_crash_makes_no_second_pair(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    ours, theirs = furnish(alpha, "Ours"), furnish(beta, "Theirs")
    handler, job = handler_of(alpha), start(alpha, connection_id, (ours, theirs))
    with alpha.storage.unit_of_work() as work:
        rows = work.jobs.rows(job.id, limit=10)
    seen = handler.look(job, rows)
    with alpha.storage.unit_of_work() as work:
        handler.act(work, job, rows, seen)
    assert alpha.twins(ours) == []
    (row,) = run(meeting, alpha, handler, job)
    assert row.outcome is RowOutcome.DONE
    with alpha.storage.unit_of_work() as work:
        (again,) = handler.act(work, job, rows, seen)
    assert again.outcome is RowOutcome.ALREADY


def test_calls_are_batched_on_both_sides(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    pairs = [(alpha.create("Task", f"Ours {n}"), beta.create("Task", f"Theirs {n}")) for n in range(450)]
    job = start(alpha, connection_id, *pairs)
    meeting.rest()
    alpha.gateway.calls.clear()
    beta.gateway.calls.clear()
    rows = run(meeting, alpha, handler_of(alpha), job)
    assert {row.outcome for row in rows} == {RowOutcome.DONE}
    assert alpha.gateway.calls["read_work_items"] == 6
    assert beta.gateway.calls["read_work_items"] == 3
    for node in (alpha, beta):
        assert not {name for name in node.gateway.calls if name.startswith(("write", "read_comments", "add"))}


def test_a_lost_answer_of_the_partner_is_waited_for(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    ours, theirs = furnish(alpha, "Ours"), furnish(beta, "Theirs")
    handler, job = handler_of(alpha), start(alpha, connection_id, (ours, theirs))
    take_slice(alpha, handler, job)
    alpha.reconciliation.reconcile(connection_id)
    follow(alpha, handler, job)
    (row,) = rows_of(alpha, job)
    assert row.outcome is RowOutcome.STARTED
    twin = alpha.twin(ours)
    assert twin.terms == Terms(theirs)
    assert twin.status is TwinStatus.PENDING
    with alpha.storage.unit_of_work() as work:
        waiting = work.queue.list_rows(connection_id=connection_id, statuses=[QueueStatus.WAITING])
    assert [each.kind for each in waiting if each.twin_id == twin.id] == [MessageKind.CONNECTING]
    meeting.rest()
    follow(alpha, handler, job)
    assert rows_of(alpha, job)[0].outcome is RowOutcome.DONE

"""Bulk connect: pairs of work items that exist on both sides, made from a file without changing either side."""

from dataclasses import replace
from itertools import count

import pytest
from tests.unit.services.job_steps import follow, rows_of, run, take_slice
from tests.unit.services.memory_nodes import Meeting, MemoryNode, as_seen

from adnode.adapters.memory.clock import MemoryIds
from adnode.adapters.memory.gateway import MemoryGateways
from adnode.adapters.memory.wakeups import MemoryWakeups
from adnode.domain.audit import AuditAction
from adnode.domain.bulk_connect import Verdict
from adnode.domain.connecting import KeptContent, Terms
from adnode.domain.connection import ConnectionStatus, Visibility
from adnode.domain.errors import NotFoundError, PairFileError, StateError, WrongRowsError
from adnode.domain.job import Job, JobKind, RowOutcome
from adnode.domain.message import MessageKind, QueueStatus
from adnode.domain.session import Session, Tenant
from adnode.domain.twin import TwinStatus
from adnode.domain.work_item import Project
from adnode.services.audit import AuditService
from adnode.services.bulk_connect import BulkConnectHandler, BulkConnectService, ConnectOptions

TITLE, DESCRIPTION = "System.Title", "System.Description"
NAMES = count()
"""Every service makes ids of its own, as processes do."""


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


def session_of(node: MemoryNode) -> Session:
    organization, now = node.organization, node.clock.now()
    tenant = Tenant(organization.id, organization.name, organization.address.url, organization.kind, now)
    return Session("s", tenant, "u", "Paula", is_administrator=True, issued_at=now, expires_at=now)


def service_of(node: MemoryNode) -> BulkConnectService:
    storage, ids = node.storage.unit_of_work, MemoryIds(f"bulk{next(NAMES)}")
    return BulkConnectService(
        storage, MemoryGateways(node.gateway), AuditService(storage, node.clock, ids), node.clock, ids
    )


def handler_of(node: MemoryNode) -> BulkConnectHandler:
    gateways = MemoryGateways(node.gateway)
    return BulkConnectHandler(
        node.storage.unit_of_work, gateways, MemoryWakeups(), node.clock, MemoryIds(f"pair{next(NAMES)}")
    )


def csv(*pairs: tuple[object, object]) -> bytes:
    lines = ["local_work_item_id,remote_work_item_id", *(f"{ours},{theirs}" for ours, theirs in pairs)]
    return "\n".join(lines).encode()


def start(node: MemoryNode, connection_id: str, *pairs: tuple[object, object], **options: object) -> Job:
    return service_of(node).start(session_of(node), connection_id, csv(*pairs), ConnectOptions(**options))  # type: ignore[arg-type]


def furnish(node: MemoryNode, word: str, type_name: str = "Task") -> int:
    """A work item with content of its own."""
    number = node.create(type_name, f"{word} title", Description=f"<p>{word} text</p>")
    node.organization.comment(number, f"{word} comment")
    node.organization.attach(number, f"{word}.txt", word.encode())
    return number


def revisions(node: MemoryNode, *numbers: int) -> list[int]:
    return [node.organization.snapshot(number).revision for number in numbers]


def test_nothing_changes_on_either_side_and_later_changes_travel(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    ours, theirs = furnish(alpha, "Ours", "Task"), furnish(beta, "Theirs", "Bug")
    before = revisions(alpha, ours) + revisions(beta, theirs)
    seen = as_seen(alpha, ours), as_seen(beta, theirs)
    (row,) = run(meeting, alpha, handler_of(alpha), start(alpha, connection_id, (ours, theirs)))
    assert (row.outcome, row.number) == (RowOutcome.DONE, 2)
    assert revisions(alpha, ours) + revisions(beta, theirs) == before
    assert (as_seen(alpha, ours), as_seen(beta, theirs)) == seen
    for node, number in ((alpha, ours), (beta, theirs)):
        assert node.twin(number).status is TwinStatus.SYNCHRONIZED
        assert node.error_records() == []
    alpha.organization.edit(ours, {TITLE: "New title"})
    beta.organization.edit(theirs, {"Microsoft.VSTS.TCM.ReproSteps": "<p>New text</p>"})
    beta.organization.comment(theirs, "New comment")
    alpha.organization.attach(ours, "new.txt", b"new")
    meeting.rest()
    for node, number, word in ((alpha, ours, "Ours"), (beta, theirs, "Theirs")):
        assert as_seen(node, number)["title"] == "New title"
        comments = str(as_seen(node, number)["comments"])
        assert "New comment" in comments
        assert comments.count("comment") == 2
        assert as_seen(node, number)["files"] == sorted([f"{word}.txt", "new.txt"])
    assert "New text" in alpha.organization.snapshot(ours).text(DESCRIPTION)
    assert [as_seen(alpha, ours)["type"], as_seen(beta, theirs)["type"]] == ["Task", "Bug"]


@pytest.mark.parametrize("content", list(KeptContent))
def test_whose_content_stands_is_a_choice(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str, content: KeptContent
) -> None:
    ours, theirs = furnish(alpha, "Ours"), furnish(beta, "Theirs")
    run(meeting, alpha, handler_of(alpha), start(alpha, connection_id, (ours, theirs), content=content))
    words = {KeptContent.LOCAL: ("Ours", "Ours"), KeptContent.REMOTE: ("Theirs", "Theirs")}.get(
        content, ("Ours", "Theirs")
    )
    assert (as_seen(alpha, ours)["title"], as_seen(beta, theirs)["title"]) == tuple(f"{word} title" for word in words)
    assert len(as_seen(alpha, ours)["comments"]) == len(as_seen(beta, theirs)["comments"]) == 1  # type: ignore[arg-type]


@pytest.mark.parametrize("comments", [True, False])
@pytest.mark.parametrize("attachments", [True, False])
def test_what_is_there_already_travels_both_ways_only_if_asked(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str, comments: bool, attachments: bool
) -> None:
    ours, theirs = furnish(alpha, "Ours"), furnish(beta, "Theirs")
    job = start(alpha, connection_id, (ours, theirs), comments=comments, attachments=attachments)
    run(meeting, alpha, handler_of(alpha), job)
    for node, number in ((alpha, ours), (beta, theirs)):
        seen = as_seen(node, number)
        assert len(seen["comments"]) == (2 if comments else 1)  # type: ignore[arg-type]
        assert len(seen["files"]) == (2 if attachments else 1)  # type: ignore[arg-type]
    assert [as_seen(alpha, ours)["title"], as_seen(beta, theirs)["title"]] == ["Ours title", "Theirs title"]


def test_a_comment_that_stayed_travels_once_it_is_edited_and_its_deletion_stays(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    ours, theirs = furnish(alpha, "Ours"), furnish(beta, "Theirs")
    run(meeting, alpha, handler_of(alpha), start(alpha, connection_id, (ours, theirs)))
    alpha.organization.edit_comment(ours, alpha.organization.comments(ours)[0].id, "Edited afterwards")
    beta.organization.delete_comment(theirs, beta.organization.comments(theirs)[0].id)
    beta.organization.detach(theirs, beta.organization.snapshot(theirs).attachments[0].id)
    meeting.rest()
    assert str(as_seen(beta, theirs)["comments"]).count("Edited afterwards") == 1
    assert len(as_seen(alpha, ours)["comments"]) == 1  # type: ignore[arg-type]
    assert as_seen(alpha, ours)["files"] == ["Ours.txt"]
    assert alpha.error_records() + beta.error_records() == []


def test_a_pair_that_was_left_alone_is_not_told_when_everything_is_compared_again(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    ours, theirs = furnish(alpha, "Ours"), furnish(beta, "Theirs")
    run(meeting, alpha, handler_of(alpha), start(alpha, connection_id, (ours, theirs)))
    before = revisions(alpha, ours) + revisions(beta, theirs)
    for node in (alpha, beta):
        with node.storage.unit_of_work() as work:
            work.connections.save(work.connections.get(connection_id).moved_to(ConnectionStatus.BLOCKED, reason="test"))
            work.commit()
    for node in (alpha, beta):
        node.connections.activate(connection_id)
    meeting.rest()
    assert revisions(alpha, ours) + revisions(beta, theirs) == before


def test_a_partner_restored_from_a_backup_takes_the_pair_up_again_without_changing_anything(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    ours, theirs = furnish(alpha, "Ours"), furnish(beta, "Theirs")
    run(meeting, alpha, handler_of(alpha), start(alpha, connection_id, (ours, theirs)))
    before = revisions(alpha, ours) + revisions(beta, theirs)
    twin_id = beta.twin(theirs).id
    with beta.storage.unit_of_work() as work:
        work.clean_up.forget(connection_id, [twin_id], beta.clock.now(), for_good=False)
        work.commit()
    alpha.organization.edit(ours, {TITLE: "Edited"})
    meeting.rest()
    assert beta.twin(theirs).id == twin_id
    assert as_seen(beta, theirs)["title"] == "Edited"
    assert as_seen(beta, theirs)["comments"] == ["Theirs comment"]
    assert revisions(alpha, ours) == [before[0] + 1]


@pytest.mark.parametrize(
    ("fault", "word"),
    [("missing", "does not exist"), ("project", "no work item"), ("taken", "under sync over this connection already")],
)
def test_what_the_other_side_refuses_is_an_error_of_its_row_and_leaves_nothing_behind(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str, fault: str, word: str
) -> None:
    beta.organization.projects.append(Project("secret", "Secret"))
    secret = beta.organization.create("Secret", "Task", {TITLE: "Secret of beta"})
    taken = furnish(beta, "Taken")
    meeting.share(beta, connection_id, taken)
    numbers = {"missing": 4711, "project": secret, "taken": taken}
    bad, good, theirs = furnish(alpha, "Bad"), furnish(alpha, "Good"), furnish(beta, "Theirs")
    with beta.storage.unit_of_work() as work:
        # Our half does not know it yet, as when both were under way at once.
        known = work.twins.list_page(connection_id)
    with alpha.storage.unit_of_work() as work:
        work.clean_up.forget(connection_id, [twin.id for twin in known], alpha.clock.now(), for_good=False)
        work.commit()
    before = revisions(alpha, bad, good) + revisions(beta, theirs, taken, secret)
    first, second = run(
        meeting, alpha, handler_of(alpha), start(alpha, connection_id, (bad, numbers[fault]), (good, theirs))
    )
    assert (first.outcome, second.outcome) == (RowOutcome.FAILED, RowOutcome.DONE)
    assert word in first.message
    assert first.message.startswith("The other side: ")
    assert "Secret of" not in first.message
    assert alpha.twins(bad) == []
    assert alpha.error_records() == []
    assert [record for record in beta.error_records() if not record.is_remote] == []
    assert len(beta.twins(taken)) == 1
    assert revisions(alpha, bad, good) + revisions(beta, theirs, taken, secret) == before


def test_both_sides_connecting_the_same_pair_at_once_are_both_told(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    ours, theirs = furnish(alpha, "Ours"), furnish(beta, "Theirs")
    jobs = [(alpha, start(alpha, connection_id, (ours, theirs))), (beta, start(beta, connection_id, (theirs, ours)))]
    for node, job in jobs:
        take_slice(node, handler_of(node), job)
    meeting.rest()
    for node, job in jobs:
        follow(node, handler_of(node), job)
    meeting.rest()
    assert [rows_of(node, job)[0].outcome for node, job in jobs] == [RowOutcome.FAILED] * 2
    assert alpha.twins(ours) + beta.twins(theirs) == []
    assert alpha.error_records() + beta.error_records() == []
    (row,) = run(meeting, alpha, handler_of(alpha), start(alpha, connection_id, (ours, theirs)))
    assert row.outcome is RowOutcome.DONE


def test_a_partner_that_knows_no_terms_leaves_everything_as_it_is(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = furnish(alpha, "Ours"), furnish(beta, "Theirs")
    before = revisions(alpha, ours) + revisions(beta, theirs)
    receive = beta.receive

    def receive_as_before(connection: str, messages: object) -> object:
        older = [
            replace(message, body=None, raw={}) if message.kind == MessageKind.CONNECTING else message
            for message in messages  # type: ignore[attr-defined]
        ]
        return receive(connection, older)

    monkeypatch.setattr(beta, "receive", receive_as_before)
    monkeypatch.setattr(beta.exchange, "receive", lambda name, messages: receive_as_before(name, messages))
    monkeypatch.setattr(beta.exchange._intake, "receive", beta.exchange._intake.receive)
    job = start(alpha, connection_id, (ours, theirs))
    take_slice(alpha, handler_of(alpha), job)
    alpha.organization.edit(ours, {TITLE: "Edited"})
    with alpha.storage.unit_of_work() as work:
        kinds = {row.kind for row in work.queue.list_rows(connection_id=connection_id, direction="outgoing")}
    assert kinds <= {MessageKind.CONNECTING}
    assert revisions(alpha, ours) + revisions(beta, theirs) == [before[0] + 1, before[1]]


# what is checked before -----------------------------------------------------------------------------------------------


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

"""Bulk connect: pairs of work items that exist on both sides, made from a file without changing either side."""

import pytest
from tests.unit.services.connecting import furnish, handler_of, revisions, start
from tests.unit.services.job_steps import follow, rows_of, run, take_slice
from tests.unit.services.memory_nodes import Meeting, MemoryNode, as_seen

from adnode.domain.connecting import KeptContent
from adnode.domain.connection import ConnectionStatus, Visibility
from adnode.domain.job import RowOutcome
from adnode.domain.message import Message, MessageKind
from adnode.domain.message_documents import message_from_document, message_to_document
from adnode.domain.twin import TwinStatus
from adnode.domain.work_item import Project

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


@pytest.fixture(params=list(Visibility))
def connection_id(request: pytest.FixtureRequest, meeting: Meeting, alpha: MemoryNode, beta: MemoryNode) -> str:
    return meeting.connect(alpha, beta, request.param)


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
    assert first.message.startswith("The node of beta says: ")
    assert "Secret of" not in first.message
    assert alpha.twins(bad) == []
    assert alpha.error_records() == []
    assert [record for record in beta.error_records() if not record.is_remote] == []
    assert len(beta.twins(taken)) == 1
    assert revisions(alpha, bad, good) + revisions(beta, theirs, taken, secret) == before


def test_a_partner_that_knows_no_terms_leaves_everything_as_it_is(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def as_an_older_node(message: Message) -> Message:
        if message.kind != MessageKind.CONNECTING:
            return message
        return message_from_document({**message_to_document(message), "kind": "of_a_later_version"})

    intake = beta.exchange._intake
    receive = intake.receive
    monkeypatch.setattr(
        intake,
        "receive",
        lambda name, messages, report: receive(name, [as_an_older_node(message) for message in messages], report),
    )
    ours, theirs = furnish(alpha, "Ours"), furnish(beta, "Theirs")
    before = revisions(alpha, ours) + revisions(beta, theirs)
    job = start(alpha, connection_id, (ours, theirs))
    take_slice(alpha, handler_of(alpha), job)
    meeting.rest()
    alpha.organization.edit(ours, {TITLE: "Edited"})
    beta.organization.edit(theirs, {TITLE: "Edited, too"})
    meeting.rest()
    follow(alpha, handler_of(alpha), job)
    assert revisions(alpha, ours) + revisions(beta, theirs) == [revision + 1 for revision in before]
    assert rows_of(alpha, job)[0].outcome is RowOutcome.STARTED
    assert beta.twins(theirs) == []
    assert alpha.error_records() + beta.error_records() == []

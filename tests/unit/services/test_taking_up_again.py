"""After a restore nothing is doubled, nothing is lost, and the newest value stands, whichever node went back."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from tests.unit.services.consenting import accept
from tests.unit.services.memory_nodes import OTHER_PROJECT, Meeting, MemoryNode, as_seen
from tests.unit.services.restoring import backup, queues_of, settle, statuses

from adnode.domain.connection import ConnectionStatus, Visibility
from adnode.domain.consent import Consent
from adnode.domain.rich_text import TextFormat

TITLE, DESCRIPTION = "System.Title", "System.Description"
pytestmark = pytest.mark.parametrize(
    ("visibility", "restored", "is_told"),
    [
        pytest.param(visibility, restored, is_told, id=f"{visibility.value}-{restored}-{how}")
        for visibility in Visibility
        for restored in ("alpha", "beta")
        for is_told, how in ((True, "told at once"), (False, "found by the partner"))
    ],
)


@dataclass
class Story:
    """Two nodes with a pair; ``node`` is to be restored, ``partner`` is not. Numbers are those of the pair; ``noise``
    is the partner's half of another one, by which there is something to tell.
    """

    meeting: Meeting
    connection_id: str
    node: MemoryNode
    partner: MemoryNode
    number: int
    other: int
    noise: int
    is_told: bool
    put_back: Callable[[], None] = lambda: None

    def back_up(self) -> None:
        self.rest()
        self.put_back = backup(self.node)

    def rest(self) -> None:
        settle(self.meeting, 2)

    def restore(self) -> None:
        """Put the backup back; where nobody says so, the node acts on it until the partner finds out."""
        self.put_back()
        if self.is_told:
            self.node.restoration.declare()
            return
        self.node.feed.read(self.node.organization.id)
        self.node.reconciliation.reconcile(self.connection_id)
        self.partner.organization.edit(self.noise, {TITLE: "Something to tell"})

    def go_on(self) -> None:
        """Have people activate what stopped: a partner that has nothing to tell stops when it hears of the other."""
        settle(self.meeting)
        for node in (self.node, self.partner):
            if node.connections.show(self.connection_id).status is ConnectionStatus.BLOCKED:
                node.connections.activate(self.connection_id)
            settle(self.meeting)
        assert statuses(self.connection_id, self.node, self.partner) == [ConnectionStatus.ACTIVE] * 2
        incarnations = [queues_of(node, self.connection_id).retired for node in (self.node, self.partner)]
        assert all(incarnations), "nobody noticed"

    def seen(self) -> tuple[dict[str, object], dict[str, object]]:
        return as_seen(self.node, self.number), as_seen(self.partner, self.other)

    def check_alike(self) -> None:
        assert not self.meeting.situation(), self.meeting.situation()
        ours, theirs = self.seen()
        assert (ours["title"], ours["files"]) == (theirs["title"], theirs["files"])
        states = [
            {key: register.value for key, register in twin.state.registers.items()}
            for twin in (self.node.twin(self.number), self.partner.twin(self.other))
        ]
        assert states[0] == states[1]

    def check_said_once(self, *words: str) -> None:
        for seen in self.seen():
            for word in words:
                assert str(seen["comments"]).count(word) == 1, (word, seen)


@pytest.fixture
def story(visibility: Visibility, restored: str, is_told: bool) -> Story:
    meeting = Meeting()
    alpha, beta = meeting.add("alpha", "Agile"), meeting.add("beta", "Scrum")
    connection_id = meeting.connect(alpha, beta, visibility)
    number = alpha.create("Task", "Start", Description="<p>Start</p>")
    noise = alpha.create("Task", "Noise")
    other, other_noise = meeting.share(alpha, connection_id, number, noise)
    if restored == "alpha":
        return Story(meeting, connection_id, alpha, beta, number, other, other_noise, is_told)
    return Story(meeting, connection_id, beta, alpha, other, number, noise, is_told)


def test_copies_of_comments_and_files_are_found_before_they_are_made_again(story: Story) -> None:
    story.back_up()
    ours, theirs = story.node.organization, story.partner.organization
    theirs.comment(story.other, "<p>said there</p>")
    theirs.comment(story.other, "Said **there** in Markdown", TextFormat.MARKDOWN)
    ours.comment(story.number, "<p>said here</p>")
    image = theirs.upload("picture.png", b"picture")
    theirs.comment(story.other, f'<p>shown there <img src="{image}"></p>')
    theirs.attach(story.other, "there.txt", b"from there")
    ours.attach(story.number, "here.txt", b"from here")
    story.rest()
    story.restore()
    ours.comment(story.number, "<p>said here since</p>")
    theirs.comment(story.other, "<p>said there since</p>")
    story.go_on()
    said = ("said there<", "**there**", "said here<", "shown there", "said here since", "said there since")
    story.check_said_once(*said)
    for seen in story.seen():
        assert seen["files"] == ["here.txt", "there.txt"]
        assert len(seen["comments"]) == len(said)  # type: ignore[arg-type]
    story.check_alike()


def test_comments_edited_and_deleted_since_the_backup_stay_so(story: Story) -> None:
    ours, theirs = story.node.organization, story.partner.organization
    for word in ("edited", "deleted", "kept"):
        theirs.comment(story.other, f"<p>{word} there</p>")
        ours.comment(story.number, f"<p>{word} here</p>")
    story.back_up()
    for organization, number, place in ((theirs, story.other, "there"), (ours, story.number, "here")):
        by_word = {comment.text: comment for comment in organization.comments(number)}
        edited = by_word[f"<p>edited {place}</p>"]
        organization.edit_comment(number, edited.id, f"<p>edited {place}, once</p>")
        organization.delete_comment(number, by_word[f"<p>deleted {place}</p>"].id)
    story.rest()
    story.restore()
    [edited] = [comment for comment in ours.comments(story.number) if "edited here" in comment.text]
    ours.edit_comment(story.number, edited.id, "<p>edited here, twice</p>")
    story.go_on()
    story.check_said_once("edited there, once", "edited here, twice", "kept here", "kept there")
    for seen in story.seen():
        assert "deleted" not in str(seen["comments"])
        assert len(seen["comments"]) == 4  # type: ignore[arg-type]
    story.check_alike()


def test_a_copy_that_somebody_edited_since_is_found_by_its_author_line(story: Story) -> None:
    story.back_up()
    story.partner.organization.comment(story.other, "<p>said there</p>")
    story.rest()
    story.restore()
    ours = story.node.organization
    [copy] = ours.comments(story.number)
    ours.edit_comment(story.number, copy.id, copy.text.replace("said there", "said there, mended"))
    story.go_on()
    story.check_said_once("said there, mended")
    story.check_alike()


def test_the_newest_value_of_a_field_stands(story: Story) -> None:
    story.back_up()
    ours = story.node.organization
    for turn in ("one", "two", "three"):
        ours.edit(story.number, {TITLE: f"Here {turn}", DESCRIPTION: f"<p>Here {turn}</p>"})
        story.rest()
    story.restore()
    ours.edit(story.number, {TITLE: "Here since", DESCRIPTION: "<p>Here since</p>"})
    story.go_on()
    for seen in story.seen():
        assert seen["title"] == "Here since"
    assert story.partner.organization.snapshot(story.other).text(DESCRIPTION) == "<p>Here since</p>"
    story.check_alike()


def test_a_field_that_was_changed_back_since_stays_changed_back(story: Story) -> None:
    story.back_up()
    ours = story.node.organization
    ours.edit(story.number, {TITLE: "Here"})
    story.rest()
    story.restore()
    ours.edit(story.number, {TITLE: "Start"})
    story.go_on()
    assert [seen["title"] for seen in story.seen()] == ["Start", "Start"]
    story.check_alike()


def test_what_the_partner_changed_is_no_change_of_ours(story: Story) -> None:
    story.back_up()
    ours, theirs = story.node.organization, story.partner.organization
    theirs.edit(story.other, {TITLE: "There", DESCRIPTION: "<p>There</p>"})
    story.rest()
    theirs.edit(story.other, {TITLE: "There, later"})
    story.rest()
    story.restore()
    theirs.edit(story.other, {TITLE: "There, newest"})
    ours.edit(story.number, {DESCRIPTION: "<p>Here, newest</p>"})
    story.go_on()
    assert [seen["title"] for seen in story.seen()] == ["There, newest"] * 2
    assert theirs.snapshot(story.other).text(DESCRIPTION) == "<p>Here, newest</p>"
    if story.is_told:
        assert story.partner.conflicts() == []
        assert [each.key for each in story.node.conflicts() if each.key != "summary"] == []
    story.check_alike()


def test_what_both_sides_changed_since_is_settled_by_time(story: Story) -> None:
    story.back_up()
    ours, theirs = story.node.organization, story.partner.organization
    ours.edit(story.number, {TITLE: "Here"})
    story.rest()
    theirs.edit(story.other, {TITLE: "There"})
    story.rest()
    story.restore()
    theirs.edit(story.other, {TITLE: "There since"})
    story.meeting.wait(60)
    ours.edit(story.number, {TITLE: "Here since"})
    story.go_on()
    assert [seen["title"] for seen in story.seen()] == ["Here since"] * 2
    lost = str([record.loser for node in (story.node, story.partner) for record in node.conflicts()])
    assert "There since" in lost
    story.check_alike()


@pytest.mark.parametrize("is_moved", [False, True])
@pytest.mark.parametrize("consent", [Consent.ALL, Consent.ASK])
def test_a_work_item_made_since_the_backup_is_found_before_it_is_made_again(
    story: Story, is_moved: bool, consent: Consent
) -> None:
    story.back_up()
    theirs = story.partner.organization
    number = story.partner.create("Task", "Made there")
    [own] = story.meeting.share(story.partner, story.connection_id, number)
    theirs.comment(number, "<p>said there</p>")
    story.rest()
    if is_moved:
        story.node.organization.move(own, OTHER_PROJECT)
    story.restore()
    story.node.set_consent(story.connection_id, consent)
    story.node.organization.edit(own, {TITLE: "Renamed here"})
    story.go_on()
    assert len(story.node.organization.snapshots()) == len(theirs.snapshots()) == 3
    assert [twin.remote_work_item_id for twin in story.node.twins(own)] == [number]
    assert as_seen(story.partner, number)["title"] == as_seen(story.node, own)["title"] == "Renamed here"
    for seen in (as_seen(story.partner, number), as_seen(story.node, own)):
        assert str(seen["comments"]).count("said there") == 1
        assert len(seen["comments"]) == 1  # type: ignore[arg-type]
    story.check_alike()


def test_a_pair_begun_here_since_the_backup_goes_on_after_a_yes(story: Story) -> None:
    """That it was put under sync here only the partner says."""
    story.back_up()
    number = story.node.create("Task", "Made here")
    [other] = story.meeting.share(story.node, story.connection_id, number)
    story.partner.organization.comment(other, "<p>said there</p>")
    story.node.organization.edit(number, {TITLE: "Named here"})
    story.rest()
    story.restore()
    story.go_on()
    assert story.node.twins(number) == []
    accept(story.meeting, story.node)
    settle(story.meeting)
    for node in (story.node, story.partner):
        assert len(node.organization.snapshots()) == 3
    story.node.organization.edit(number, {TITLE: "Named again"})
    settle(story.meeting)
    for seen in (as_seen(story.node, number), as_seen(story.partner, other)):
        assert seen["title"] == "Named again"
        assert str(seen["comments"]).count("said there") == len(seen["comments"]) == 1  # type: ignore[arg-type]
    story.check_alike()


def test_a_work_item_put_under_sync_again_after_the_restore_gets_no_second_counterpart(story: Story) -> None:
    """As by a trigger, which looks again at what changed since the backup."""
    story.back_up()
    number = story.node.create("Task", "Made here")
    [other] = story.meeting.share(story.node, story.connection_id, number)
    story.rest()
    story.restore()
    if story.is_told:
        story.node.connections.activate(story.connection_id)
    story.node.work_items.synchronize(story.connection_id, [number])
    story.go_on()
    for node in (story.node, story.partner):
        assert len(node.organization.snapshots()) == 3
    assert [twin.remote_work_item_id for twin in story.node.twins(number)] == [other]
    assert [twin.remote_work_item_id for twin in story.partner.twins(other)] == [number]
    story.node.organization.edit(number, {TITLE: "Named again"})
    settle(story.meeting)
    assert as_seen(story.partner, other)["title"] == "Named again"
    story.check_alike()


def test_a_comment_that_only_looks_like_a_copy_is_told_all_the_same(story: Story) -> None:
    story.back_up()
    story.partner.organization.edit(story.other, {TITLE: "There"})
    story.rest()
    story.restore()
    words = "<div><i>Ann wrote on 2026-01-01 10:00 UTC:</i></div><p>quoted here</p>"
    story.node.organization.comment(story.number, words)
    story.node.feed.read(story.node.organization.id)
    story.node.reconciliation.reconcile(story.connection_id)
    story.go_on()
    story.check_said_once("quoted here")
    story.check_alike()


def test_what_a_partner_is_told_first_holds_no_copy_that_was_taken_for_new(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A partner of an earlier release takes whatever it is told for new."""
    story.back_up()
    story.partner.organization.comment(story.other, "<p>said there</p>")
    story.rest()
    story.restore()
    monkeypatch.setattr("adnode.sync.realignment.find_echoes", lambda *_: frozenset())
    story.go_on()
    story.check_said_once("said there")
    story.check_alike()

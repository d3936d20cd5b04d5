"""What every gateway holds of the discussion."""

import pytest
from tests.contract.gateway.stages import OTHER_PROJECT, PROJECT, ROBOT, Stage

from adnode.adapters.memory.gateway_organization import PERSON
from adnode.domain.errors import InvalidWriteError, WorkItemNotFoundError
from adnode.domain.rich_text import TextFormat
from adnode.domain.work_item import TITLE, Comment, WorkItemWrite

MISSING = 999_999


def read(stage: Stage, work_item_id: int) -> tuple[Comment, ...]:
    return stage.gateway.read_comments(PROJECT, work_item_id)


def test_comments_are_read_oldest_first(stage: Stage) -> None:
    number = stage.create()
    ids = [stage.person.comment(number, f"<p>{word}</p>") for word in ("one", "two", "three")]
    comments = read(stage, number)
    assert [comment.id for comment in comments] == ids
    assert [comment.text for comment in comments] == ["<p>one</p>", "<p>two</p>", "<p>three</p>"]
    assert {(comment.author, comment.format, comment.is_deleted) for comment in comments} == {
        (PERSON, TextFormat.HTML, False)
    }
    found = stage.gateway.read_work_items([number])[number]
    assert (found.comment_count, found.revision) == (3, 4)
    assert found.comment_reference is not None
    assert found.comment_reference.id == ids[-1]


def test_a_work_item_without_comments_has_none(stage: Stage) -> None:
    assert read(stage, stage.create()) == ()


def test_history_becomes_a_comment_whose_number_and_text_are_told(stage: Stage) -> None:
    number = stage.create()
    write = WorkItemWrite(
        PROJECT, {TITLE: "And a title"}, work_item_id=number, revision=1, history="<b>Hi &#39;you&#39;</b>"
    )
    [outcome] = stage.gateway.write_work_items([write])
    assert outcome.error is None
    assert outcome.snapshot is not None
    assert outcome.snapshot.comment_count == 1
    [comment] = read(stage, number)
    assert (outcome.comment_id, outcome.comment_text) == (comment.id, comment.text)
    assert (comment.author, comment.text) == (ROBOT, "<b>Hi 'you'</b>")


def test_a_create_takes_its_first_comment_along(stage: Stage) -> None:
    writes = [
        WorkItemWrite(PROJECT, {TITLE: title}, type_name="Task", history=f"about {title}") for title in ("a", "b")
    ]
    outcomes = stage.gateway.write_work_items(writes)
    for outcome, title in zip(outcomes, ("a", "b"), strict=True):
        assert outcome.snapshot is not None
        assert outcome.snapshot.revision == 1
        [comment] = read(stage, outcome.snapshot.id)
        assert (outcome.comment_id, outcome.comment_text, comment.text) == (comment.id, comment.text, f"about {title}")


def test_a_later_change_without_comment_speaks_of_none(stage: Stage) -> None:
    number = stage.create()
    stage.person.comment(number, "first")
    stage.person.edit(number, {TITLE: "No comment"})
    found = stage.gateway.read_work_items([number])[number]
    assert (found.comment_count, found.comment_reference) == (1, None)


@pytest.mark.parametrize("text_format", list(TextFormat))
def test_comments_are_added_and_edited_in_their_format(stage: Stage, text_format: TextFormat) -> None:
    if stage.is_server and text_format is TextFormat.MARKDOWN:
        pytest.skip("no Markdown")
    number = stage.create()
    added = stage.gateway.add_comment(PROJECT, number, "**first**", text_format)
    assert (added.text, added.format, added.author) == ("**first**", text_format, ROBOT)
    assert read(stage, number) == (added,)
    edited = stage.gateway.edit_comment(PROJECT, number, added.id, "**second**", text_format)
    assert (edited.id, edited.text, edited.format) == (added.id, "**second**", text_format)
    assert edited.created_at == added.created_at
    assert edited.modified_at >= added.modified_at
    assert read(stage, number) == (edited,)
    found = stage.gateway.read_work_items([number])[number]
    assert (found.revision, found.comment_count) == (3, 1)
    assert found.comment_reference is not None
    assert found.comment_reference.id == added.id


def test_a_server_without_markdown_refuses_such_comments(stage: Stage) -> None:
    if not stage.is_server:
        pytest.skip("has Markdown")
    number = stage.create()
    comment_id = stage.person.comment(number, "html")
    with pytest.raises(InvalidWriteError):
        stage.gateway.add_comment(PROJECT, number, "**x**", TextFormat.MARKDOWN)
    with pytest.raises(InvalidWriteError):
        stage.gateway.edit_comment(PROJECT, number, comment_id, "**x**", TextFormat.MARKDOWN)
    assert [comment.text for comment in read(stage, number)] == ["html"]


def test_a_deleted_comment_stays_as_deleted(stage: Stage) -> None:
    number = stage.create()
    kept = stage.person.comment(number, "kept")
    gone = stage.person.comment(number, "gone")
    stage.gateway.delete_comment(PROJECT, number, gone)
    assert [(comment.id, comment.is_deleted) for comment in read(stage, number)] == [(kept, False), (gone, True)]
    found = stage.gateway.read_work_items([number])[number]
    assert (found.comment_count, found.revision) == (1, 4)


def test_a_comment_that_is_gone_can_not_be_deleted(stage: Stage) -> None:
    """Whether that is as good as done is for the caller to find out: the work item may just be elsewhere."""
    number = stage.create()
    comment_id = stage.person.comment(number, "gone")
    stage.person.delete_comment(number, comment_id)
    revision = stage.gateway.read_work_items([number])[number].revision
    for missing in (comment_id, comment_id + 100_000):
        with pytest.raises(WorkItemNotFoundError):
            stage.gateway.delete_comment(PROJECT, number, missing)
    assert stage.gateway.read_work_items([number])[number].revision == revision


def test_a_comment_that_is_gone_can_not_be_edited(stage: Stage) -> None:
    number = stage.create()
    comment_id = stage.person.comment(number, "gone")
    stage.person.delete_comment(number, comment_id)
    with pytest.raises(WorkItemNotFoundError):
        stage.gateway.edit_comment(PROJECT, number, comment_id, "again", TextFormat.HTML)


def test_a_work_item_that_is_gone_has_no_discussion(stage: Stage) -> None:
    with pytest.raises(WorkItemNotFoundError):
        stage.gateway.read_comments(PROJECT, MISSING)
    with pytest.raises(WorkItemNotFoundError):
        stage.gateway.add_comment(PROJECT, MISSING, "hello", TextFormat.HTML)


def test_the_discussion_of_a_moved_work_item_is_in_its_new_project_only(stage: Stage) -> None:
    if stage.is_server:
        pytest.skip("no moves between projects")
    number = stage.create()
    comment_id = stage.person.comment(number, "moved along")
    stage.person.move(number, OTHER_PROJECT)
    gateway = stage.gateway
    with pytest.raises(WorkItemNotFoundError):
        gateway.read_comments(PROJECT, number)
    with pytest.raises(WorkItemNotFoundError):
        gateway.add_comment(PROJECT, number, "hello", TextFormat.HTML)
    with pytest.raises(WorkItemNotFoundError):
        gateway.edit_comment(PROJECT, number, comment_id, "again", TextFormat.HTML)
    with pytest.raises(WorkItemNotFoundError):
        gateway.delete_comment(PROJECT, number, comment_id)
    assert [comment.text for comment in gateway.read_comments(OTHER_PROJECT, number)] == ["moved along"]


def test_a_long_discussion_comes_whole(stage: Stage) -> None:
    number = stage.create()
    writes = [WorkItemWrite(PROJECT, work_item_id=number, history=f"number {index}") for index in range(205)]
    assert all(outcome.error is None for outcome in stage.gateway.write_work_items(writes))
    assert [comment.text for comment in read(stage, number)] == [f"number {index}" for index in range(205)]

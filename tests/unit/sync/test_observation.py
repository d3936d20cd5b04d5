"""What counts as a change of the local work item, and what does not."""

from dataclasses import replace
from typing import Any

import pytest
from tests.unit.sync.materials import (
    FILES,
    HERE,
    NOW,
    THERE,
    changed_values,
    comment_value,
    later,
    look,
    make_attachment,
    make_comment,
    make_snapshot,
    make_twin,
    register,
    settled,
    state_of,
    text,
    trace,
)

from adnode.domain.rich_text import EMPTY_TEXT, TextFormat
from adnode.domain.sync_state import (
    DESCRIPTION,
    SUMMARY,
    TYPE,
    AttachmentValue,
    CommentValue,
    Presence,
    TypeValue,
    Version,
    make_attachment_key,
    make_comment_key,
    make_presence_key,
)
from adnode.domain.trace import Trace, TraceKind
from adnode.domain.twin import Twin
from adnode.domain.work_item import DESCRIPTION as DESCRIPTION_FIELD
from adnode.domain.work_item import REPRO_STEPS, Comment, WorkItemSnapshot
from adnode.sync import rich_text
from adnode.sync.forms import field_form, is_text_missing
from adnode.sync.observation import observation_of, observe_removed

FOREIGN = f"{THERE}:55"


def known_after(snapshot: WorkItemSnapshot, comments: tuple[Comment, ...] = ()) -> tuple[Twin, tuple[Trace, ...]]:
    """The twin and the traces after the work item was seen once."""
    observation = look(make_twin(), snapshot, comments)
    return settled(make_twin(), observation), observation.traces


def test_a_new_work_item_is_all_new() -> None:
    observation = look(make_twin(), make_snapshot(), (make_comment(1),))
    assert changed_values(observation) == {
        SUMMARY: "Title",
        DESCRIPTION: text("<p>Text</p>"),
        TYPE: TypeValue("User Story", "Microsoft.RequirementCategory"),
        make_comment_key(f"{HERE}:1"): CommentValue("Paula", NOW, text("<p>Said</p>")),
    }
    assert {each.version for each in observation.state.registers.values()} == {Version(1, 0)}


def test_seen_again_nothing_is_new() -> None:
    snapshot = make_snapshot(attachments=(make_attachment("f-1"),))
    twin, traces = known_after(snapshot, (make_comment(1),))
    observation = look(twin, replace(snapshot, revision=2), (make_comment(1),), traces)
    assert observation.changed == frozenset()
    assert observation.traces == ()
    assert observation.state == twin.state


def test_another_field_that_changed_is_no_change() -> None:
    twin, traces = known_after(make_snapshot())
    observation = look(twin, make_snapshot(2, fields={"System.State": "Active"}), (), traces)
    assert observation.changed == frozenset()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"title": " New  title "}, {SUMMARY: "New title"}),
        ({"description": "<p>Other</p>"}, {DESCRIPTION: text("<p>Other</p>")}),
        ({"description": None}, {DESCRIPTION: EMPTY_TEXT}),
        ({"type_name": "Task"}, {TYPE: TypeValue("Task", "Microsoft.TaskCategory")}),
    ],
)
def test_a_field_that_changed_is_the_only_change(changes: dict[str, Any], expected: dict[str, object]) -> None:
    twin, traces = known_after(make_snapshot())
    observation = look(twin, make_snapshot(2, changed_at=later(5), **changes), (), traces)
    assert changed_values(observation) == expected
    for key in expected:
        assert observation.state.registers[key].version == Version(2, 0)
        assert observation.state.registers[key].changed_at == later(5)


def test_text_that_the_service_spelled_anew_is_no_change() -> None:
    """What was read back after our write is the form; only a difference to it is a person's change."""
    twin, _ = known_after(make_snapshot(description="<p>Text&nbsp;<b>x</b></p>"))
    known = replace(twin, state=state_of(description=register(text("<p>Text <b>x</b><!-- --></p>"))))
    observation = look(known, make_snapshot(2, description="<p>Text&nbsp;<b>x</b></p>"))
    assert DESCRIPTION not in observation.changed


def test_the_same_words_written_in_another_way_are_no_change() -> None:
    twin, _ = known_after(make_snapshot(description="<p>Text</p>"))
    observation = look(twin, make_snapshot(2, description="<P>\n Text</P>"))
    assert observation.changed == frozenset()
    form = field_form(DESCRIPTION_FIELD)
    assert observation.local_forms[form] != twin.local_forms[form]


def test_a_change_is_later_than_what_was_known_even_when_the_clock_went_back() -> None:
    twin, _ = known_after(make_snapshot(changed_at=later(100)))
    observation = look(twin, make_snapshot(2, title="New", changed_at=later(-100)))
    assert observation.state.registers[SUMMARY].changed_at > later(100)


# the description of a bug --------------------------------------------------------------------------------------------


def test_a_bug_tells_its_description_in_its_repro_steps() -> None:
    snapshot = make_snapshot(type_name="Bug", fields={DESCRIPTION_FIELD: None, REPRO_STEPS: "<p>Steps</p>"})
    assert changed_values(look(make_twin(), snapshot))[DESCRIPTION] == text("<p>Steps</p>")


@pytest.mark.parametrize(
    ("before", "after", "field"), [("User Story", "Bug", DESCRIPTION_FIELD), ("Bug", "User Story", REPRO_STEPS)]
)
def test_a_description_left_behind_by_a_change_of_type_is_missing_and_not_deleted(
    before: str, after: str, field: str
) -> None:
    fields = {DESCRIPTION_FIELD: None, field: "<p>Text</p>"}
    twin, _ = known_after(make_snapshot(type_name=before, fields=fields))
    observation = look(twin, make_snapshot(2, after, fields=fields))
    assert observation.changed == {TYPE}
    assert is_text_missing(observation.local_forms)
    again = look(settled(twin, observation), make_snapshot(3, after, fields=fields))
    assert again.changed == frozenset()
    assert is_text_missing(again.local_forms)


def test_a_description_that_stands_in_the_other_field_already_is_taken() -> None:
    fields = {DESCRIPTION_FIELD: "<p>Text</p>", REPRO_STEPS: "<p>Steps</p>"}
    twin, _ = known_after(make_snapshot(fields=fields))
    observation = look(twin, make_snapshot(2, "Bug", fields=fields))
    assert changed_values(observation)[DESCRIPTION] == text("<p>Steps</p>")


def seen(twin: Twin, revision: int, type_name: str, **fields: str) -> Twin:
    """The twin after the work item was seen with such texts and nothing was written."""
    names = {DESCRIPTION_FIELD: fields.get("description"), REPRO_STEPS: fields.get("steps")}
    return settled(twin, look(twin, make_snapshot(revision, type_name, fields=names)), revision=revision)


def description_of(twin: Twin) -> object:
    return twin.state.registers[DESCRIPTION].value


def test_a_text_written_while_another_field_showed_moves_back_with_the_type() -> None:
    """The old description still stands in its field when it is shown again; that is no change of it."""
    twin = seen(make_twin(), 1, "Task", description="<p>old</p>")
    twin = seen(twin, 2, "Bug", description="<p>old</p>", steps="<p>NEW</p>")
    assert description_of(twin) == text("<p>NEW</p>")
    back = seen(twin, 3, "Task", description="<p>old</p>", steps="<p>NEW</p>")
    assert description_of(back) == text("<p>NEW</p>")
    assert is_text_missing(back.local_forms)


def test_a_text_cleared_while_another_field_showed_stays_cleared() -> None:
    twin = seen(make_twin(), 1, "Task", description="<p>old</p>")
    twin = seen(twin, 2, "Bug", description="<p>old</p>", steps="<p>old</p>")
    twin = seen(twin, 3, "Bug", description="<p>old</p>")
    assert description_of(twin) == EMPTY_TEXT
    back = seen(twin, 4, "Task", description="<p>old</p>")
    assert description_of(back) == EMPTY_TEXT
    assert is_text_missing(back.local_forms)


def test_a_text_written_into_the_field_that_is_shown_again_is_taken() -> None:
    twin = seen(make_twin(), 1, "Task", description="<p>old</p>")
    twin = seen(twin, 2, "Bug", description="<p>old</p>", steps="<p>NEW</p>")
    back = seen(twin, 3, "Task", description="<p>newest</p>", steps="<p>NEW</p>")
    assert description_of(back) == text("<p>newest</p>")
    assert not is_text_missing(back.local_forms)


def test_a_text_written_just_before_the_type_changed_moves_along() -> None:
    twin = seen(make_twin(), 1, "Task", description="<p>old</p>")
    changed = seen(twin, 3, "Bug", description="<p>newer</p>")
    assert description_of(changed) == text("<p>newer</p>")
    assert is_text_missing(changed.local_forms)
    again = seen(changed, 4, "Bug", description="<p>newer</p>")
    assert again.state == changed.state
    assert is_text_missing(again.local_forms)


def test_a_type_that_went_there_and_back_before_the_text_followed_changes_nothing() -> None:
    twin = seen(make_twin(), 1, "Task", description="<p>old</p>")
    twin = seen(twin, 2, "Bug", description="<p>old</p>")
    back = seen(twin, 3, "Task", description="<p>old</p>")
    assert description_of(back) == text("<p>old</p>")
    assert not is_text_missing(back.local_forms)


@pytest.mark.parametrize("type_name", ["Task", "Bug"])
def test_forms_of_earlier_releases_are_those_of_the_field_that_was_shown(type_name: str) -> None:
    fields = {DESCRIPTION_FIELD: "<p>one</p>", REPRO_STEPS: "<p>two</p>"}
    shown = fields[DESCRIPTION_FIELD if type_name == "Task" else REPRO_STEPS]
    other = "Bug" if type_name == "Task" else "Task"
    twin, _ = known_after(make_snapshot(type_name=type_name, fields=fields))
    kept = {name: form for name, form in twin.local_forms.items() if name in ("summary", "type", "markdown")}
    old = replace(
        twin,
        local_forms={**kept, "description": rich_text.hash_form(shown, TextFormat.HTML), "description_format": "html"},
    )
    assert look(old, make_snapshot(2, type_name, fields=fields)).changed == frozenset()
    there = settled(old, look(old, make_snapshot(2, other, fields={**fields, **_blank(other)})), revision=2)
    assert is_text_missing(there.local_forms)
    back = look(there, make_snapshot(3, type_name, fields={**fields, **_blank(other)}))
    assert DESCRIPTION not in back.changed
    assert "description" not in back.local_forms


def _blank(type_name: str) -> dict[str, None]:
    return {REPRO_STEPS if type_name == "Bug" else DESCRIPTION_FIELD: None}


def test_a_text_that_an_earlier_release_found_missing_is_still_missing() -> None:
    twin, _ = known_after(make_snapshot())
    kept = {name: form for name, form in twin.local_forms.items() if name in ("summary", "markdown")}
    old = replace(twin, local_forms={**kept, "type": "Bug", "description": "", "description_format": "html"})
    fields = {DESCRIPTION_FIELD: "<p>Text</p>", REPRO_STEPS: None}
    assert is_text_missing(look(old, make_snapshot(2, "Bug", fields=fields)).local_forms)
    written = look(old, make_snapshot(2, "Bug", fields={**fields, REPRO_STEPS: "<p>Steps</p>"}))
    assert changed_values(written)[DESCRIPTION] == text("<p>Steps</p>")


# comments ------------------------------------------------------------------------------------------------------------


def test_a_comment_of_a_person_is_its_own_origin() -> None:
    twin, traces = known_after(make_snapshot())
    observation = look(twin, make_snapshot(2), (make_comment(4, "<p>New</p>"),), traces)
    assert changed_values(observation) == {
        make_comment_key(f"{HERE}:4"): CommentValue("Paula", NOW, text("<p>New</p>"))
    }
    assert [(each.key, each.local_id) for each in observation.traces] == [(f"{HERE}:4", "4")]


def test_a_person_may_share_the_account_of_the_node() -> None:
    """Our own comment is known by its trace, never by who wrote it."""
    ours = trace(TraceKind.COMMENT, FOREIGN, "3", comment_value(), rich_text.hash_form("<p>Said</p>", TextFormat.HTML))
    twin = replace(make_twin(), state=state_of(**{make_comment_key(FOREIGN): register(comment_value())}))
    comments = (make_comment(3, author="Robot"), make_comment(4, author="Robot"))
    observation = look(twin, make_snapshot(2), comments, (ours,))
    assert [key for key in observation.changed if key.startswith("comment/")] == [make_comment_key(f"{HERE}:4")]


def test_an_edited_comment_is_a_change_of_the_same_comment() -> None:
    twin, traces = known_after(make_snapshot(), (make_comment(1),))
    edited = make_comment(1, "<p>Said better</p>", modified_at=later(9))
    observation = look(twin, make_snapshot(2), (edited,), traces)
    key = make_comment_key(f"{HERE}:1")
    assert changed_values(observation) == {key: CommentValue("Paula", NOW, text("<p>Said better</p>"))}
    assert observation.state.registers[key].changed_at == later(9)


def test_an_edit_of_the_peers_comment_goes_back_without_our_line_of_attribution() -> None:
    written = rich_text.attribute(comment_value()).text
    ours = trace(TraceKind.COMMENT, FOREIGN, "3", comment_value(), rich_text.hash_form(written, TextFormat.HTML))
    twin = replace(make_twin(), state=state_of(**{make_comment_key(FOREIGN): register(comment_value())}))
    edited = make_comment(3, written.replace("Said", "Corrected"))
    observation = look(twin, make_snapshot(2), (edited,), (ours,))
    assert observation.state.registers[make_comment_key(FOREIGN)].value == comment_value("<p>Corrected</p>")


def test_a_comment_whose_form_nobody_knows_yet_is_no_change() -> None:
    """It was just written, and Azure DevOps may have made something else of its text."""
    ours = trace(TraceKind.COMMENT, FOREIGN, "3", comment_value(), "")
    twin = replace(make_twin(), state=state_of(**{make_comment_key(FOREIGN): register(comment_value())}))
    observation = look(twin, make_snapshot(2), (make_comment(3, "<div>Said</div><br>"),), (ours,))
    assert make_comment_key(FOREIGN) not in observation.changed
    assert [each.local_form for each in observation.traces if each.local_id == "3"] == [
        rich_text.hash_form("<div>Said</div><br>", TextFormat.HTML)
    ]


@pytest.mark.parametrize("comments", [(), (make_comment(1, is_deleted=True),)])
def test_a_comment_that_is_gone_is_deleted(comments: tuple[Comment, ...]) -> None:
    twin, traces = known_after(make_snapshot(), (make_comment(1),))
    observation = look(twin, make_snapshot(2, changed_at=later(5)), comments, traces)
    value = observation.state.registers[make_comment_key(f"{HERE}:1")].value
    assert isinstance(value, CommentValue)
    assert value.is_deleted
    assert value.text == EMPTY_TEXT


def test_a_comment_that_came_and_went_between_two_readings_is_nothing() -> None:
    gone = trace(TraceKind.COMMENT, f"{HERE}:9", "9", CommentValue("Paula", NOW, text("x")), "form")
    observation = look(make_twin(), make_snapshot(), (), (gone,))
    assert make_comment_key(f"{HERE}:9") not in observation.changed


def deleted_trace(key: str, **changes: Any) -> Trace:
    form = changes.pop("form", rich_text.hash_form("<p>Said</p>", TextFormat.HTML))
    return trace(TraceKind.COMMENT, key, "3", comment_value(is_deleted=True), form)


def test_a_comment_that_stands_although_it_was_seen_gone_is_back() -> None:
    key = make_comment_key(f"{HERE}:3")
    known = register(comment_value(is_deleted=True), 2, 0, place=HERE)
    twin = replace(make_twin(), state=state_of(**{key: known}))
    observation = look(twin, make_snapshot(2), (make_comment(3, author="Bob"),), (deleted_trace(f"{HERE}:3"),))
    assert observation.state.registers[key].value == comment_value()
    assert observation.state.registers[key].version == Version(3, 0)
    assert [each.value for each in observation.traces] == [comment_value()]


def test_a_comment_that_the_other_side_deleted_and_that_stands_here_is_still_to_be_deleted() -> None:
    """Our deletion was taken for done and was not: its text is no change, and its trace says that it is there."""
    key = make_comment_key(FOREIGN)
    twin = replace(make_twin(), state=state_of(**{key: register(comment_value(is_deleted=True), 0, 2)}))
    observation = look(twin, make_snapshot(2), (make_comment(3),), (deleted_trace(FOREIGN),))
    assert key not in observation.changed
    assert [each.value for each in observation.traces] == [comment_value()]
    edited = look(twin, make_snapshot(2), (make_comment(3, "<p>Well</p>"),), (deleted_trace(FOREIGN),))
    assert changed_values(edited)[key] == comment_value("<p>Well</p>")


def test_comments_that_were_not_read_are_not_taken_for_deleted() -> None:
    twin, traces = known_after(make_snapshot(), (make_comment(1),))
    assert look(twin, make_snapshot(2), None, traces).changed == frozenset()


def test_a_comment_carried_on_from_another_organization_keeps_its_first_key() -> None:
    """In a chain the trace is shared by the twins of a work item: what one of them wrote is news for the other."""
    written = trace(TraceKind.COMMENT, FOREIGN, "3", comment_value(), rich_text.hash_form("<p>x</p>", TextFormat.HTML))
    observation = look(make_twin(), make_snapshot(2), (make_comment(3, "<p>x</p>"),), (written,))
    assert observation.state.registers[make_comment_key(FOREIGN)].value == comment_value()
    again = look(settled(make_twin(), observation), make_snapshot(3), (make_comment(3, "<p>x</p>"),), (written,))
    assert again.changed == frozenset()


# files ---------------------------------------------------------------------------------------------------------------


def test_an_attached_file_is_news_and_a_detached_one_is_deleted() -> None:
    snapshot = make_snapshot(attachments=(make_attachment("f-1", "a.txt"),))
    twin, traces = known_after(snapshot)
    key = make_attachment_key(f"{HERE}:f-1")
    assert twin.state.registers[key].value == AttachmentValue("a.txt", 3)
    observation = look(twin, make_snapshot(2), (), traces)
    assert observation.state.registers[key].value == AttachmentValue("a.txt", 3, is_deleted=True)
    back = look(settled(twin, observation), replace(snapshot, revision=3), (), observation.traces)
    assert back.state.registers[key].value == AttachmentValue("a.txt", 3)


def test_a_file_of_the_peer_that_we_linked_is_no_news() -> None:
    value = AttachmentValue("a.txt", 3)
    key = make_attachment_key(f"{THERE}:g-1")
    ours = trace(TraceKind.ATTACHMENT, f"{THERE}:g-1", "f-9", value)
    twin = replace(make_twin(), state=state_of(**{key: register(value)}))
    observation = look(twin, make_snapshot(2, attachments=(make_attachment("f-9"),)), (), (ours,))
    assert not any(each.startswith("attachment/") for each in observation.changed)


def test_a_file_that_waits_to_be_linked_is_not_taken_for_detached() -> None:
    waiting = trace(TraceKind.ATTACHMENT, f"{THERE}:g-1", "", AttachmentValue("a.txt", 3))
    key = make_attachment_key(f"{THERE}:g-1")
    twin = replace(make_twin(), state=state_of(**{key: register(AttachmentValue("a.txt", 3))}))
    assert key not in look(twin, make_snapshot(2), (), (waiting,)).changed


def test_an_inline_image_is_named_by_its_origin() -> None:
    shown = f'<img src="{FILES}i-1?fileName=a%20b.png">'
    observation = look(make_twin(), make_snapshot(description=shown))
    value = observation.state.registers[DESCRIPTION].value
    assert value == text(f'<img src="adnode-file:{HERE}%3Ai-1/a%20b.png">')
    assert [(each.kind, each.key, each.local_id) for each in observation.traces] == [
        (TraceKind.IMAGE, f"{HERE}:i-1", "i-1")
    ]


def test_an_inline_image_of_the_peer_keeps_the_peers_name() -> None:
    shown = f'<img src="{FILES}i-2?fileName=a.png">'
    carried = trace(TraceKind.IMAGE, f"{THERE}:j-1", "i-2")
    observation = look(make_twin(), make_snapshot(description=shown), (), (carried,))
    value = observation.state.registers[DESCRIPTION].value
    assert value == text(f'<img src="adnode-file:{THERE}%3Aj-1/a.png">')


# presence ------------------------------------------------------------------------------------------------------------


def test_going_to_the_recycle_bin_and_coming_back_are_changes() -> None:
    twin, _ = known_after(make_snapshot())
    key = make_presence_key(HERE)
    removed = observe_removed(twin, later(3))
    assert changed_values(removed) == {key: Presence.REMOVED}
    gone = settled(twin, removed)
    assert observe_removed(gone, later(4)).changed == frozenset()
    restored = look(gone, make_snapshot(3))
    assert changed_values(restored) == {key: Presence.ACTIVE}
    assert restored.state.registers[key].version == Version(2, 0)


def test_what_was_not_read_did_not_change() -> None:
    twin, _ = known_after(make_snapshot())
    observation = observation_of(twin)
    assert (observation.state, observation.changed, observation.local_forms) == (
        twin.state,
        frozenset(),
        twin.local_forms,
    )


def test_names_that_no_document_may_hold_are_cleaned() -> None:
    snapshot = make_snapshot(title="a\0b\ud83d", attachments=(make_attachment("f-1", "x\0.txt", comment="\ud83d"),))
    observation = look(make_twin(), snapshot, (make_comment(1, author="Jo\0"),))
    values = list(observation.state.registers.values())
    assert "ab\ufffd" in [each.value for each in values]
    assert AttachmentValue("x.txt", 3, "\ufffd") in [each.value for each in values]
    assert CommentValue("Jo", NOW, text("<p>Said</p>")) in [each.value for each in values]

"""After a crash: what of the intended writes has happened, told from what people did."""

from dataclasses import replace
from typing import Any

import pytest
from tests.unit.sync.materials import (
    CATALOG,
    HERE,
    NOW,
    THERE,
    comment_value,
    look,
    make_attachment,
    make_comment,
    make_snapshot,
    make_twin,
    register,
    text,
    trace,
)

from adnode.domain.rich_text import TextFormat
from adnode.domain.sync_state import (
    DESCRIPTION,
    SUMMARY,
    AttachmentValue,
    Conflict,
    Presence,
    SyncState,
    make_attachment_key,
    make_comment_key,
    make_presence_key,
)
from adnode.domain.trace import Trace, TraceKind
from adnode.domain.twin import Intent
from adnode.domain.work_item import DESCRIPTION as DESCRIPTION_FIELD
from adnode.domain.work_item import TITLE, Comment
from adnode.sync import rich_text
from adnode.sync.own_writes import Recovered, is_own_revision, recover

KEY = f"{THERE}:1"
COMMENT, FILE = make_comment_key(KEY), make_attachment_key(KEY)
WRITTEN = rich_text.attribute(comment_value()).text


def make_intent(**changes: Any) -> Intent:
    return Intent(recorded_at=NOW, revision=changes.pop("revision", 4), **changes)


MARKDOWN_DESCRIPTION = {DESCRIPTION_FIELD: TextFormat.MARKDOWN}
TITLE_INTENT = make_intent(
    fields={TITLE: "Theirs"},
    keys=frozenset({SUMMARY}),
    merged={SUMMARY: register("Theirs", 1, 1)},
)
COMMENT_INTENT = make_intent(
    comments={KEY: rich_text.fingerprint(WRITTEN, TextFormat.HTML)},
    keys=frozenset({COMMENT}),
    merged={COMMENT: register(comment_value())},
)
FILE_INTENT = make_intent(
    attachments=(KEY,), keys=frozenset({FILE}), merged={FILE: register(AttachmentValue("a.txt", 3))}
)


def recovered(
    intent: Intent,
    title: str = "Title",
    comments: tuple[Comment, ...] = (),
    traces: tuple[Trace, ...] = (),
    uploaded: dict[str, str] | None = None,
    **changes: Any,
) -> Recovered:
    """What is found when revision 5 looks like this."""
    first = look(make_twin(), make_snapshot(4))
    twin = make_twin(state=first.state, local_forms=first.local_forms, revision=4, intent=intent)
    snapshot = make_snapshot(5, title=title, **changes)
    return recover(twin, intent, snapshot, snapshot, comments, traces, uploaded or {}, CATALOG)


@pytest.mark.parametrize(
    ("fields", "changes", "is_own"),
    [
        ({TITLE: "Theirs"}, {"title": "Theirs"}, True),
        ({TITLE: "Theirs"}, {"title": " Theirs  "}, True),
        ({TITLE: "Theirs"}, {"title": "A person's"}, False),
        ({TITLE: "Theirs", DESCRIPTION_FIELD: "<p>a</p>"}, {"title": "Theirs", "description": "<div>a</div>"}, True),
        ({DESCRIPTION_FIELD: "<p>a&nbsp;b</p>"}, {"description": "<p>a b</p><!-- x -->"}, True),
        ({DESCRIPTION_FIELD: "<p>a</p>"}, {"description": "<p>b</p>"}, False),
        (
            {DESCRIPTION_FIELD: "**a**"},
            {"description": "**a**", "formats": {DESCRIPTION_FIELD: TextFormat.MARKDOWN}},
            True,
        ),
        ({DESCRIPTION_FIELD: ""}, {"description": None}, True),
        ({}, {}, False),
    ],
)
def test_our_own_revision_holds_what_we_sent(fields: dict[str, str], changes: dict[str, Any], *, is_own: bool) -> None:
    assert is_own_revision(make_intent(fields=fields), make_snapshot(5, **changes)) is is_own


def test_there_is_no_own_revision_when_nothing_came_after_the_tested_one() -> None:
    assert not is_own_revision(TITLE_INTENT, None)


def test_only_our_own_revision_counts_as_seen_when_a_person_wrote_after_it() -> None:
    first = look(make_twin(), make_snapshot(4))
    twin = make_twin(state=first.state, local_forms=first.local_forms, revision=4, intent=TITLE_INTENT)
    own, snapshot = make_snapshot(5, title="Theirs"), make_snapshot(6, title="A person's")
    found = recover(twin, TITLE_INTENT, snapshot, own, (), (), {}, CATALOG)
    assert found.twin.revision == 5


def test_what_the_round_had_seen_is_known_by_its_form_written_or_not() -> None:
    seen = look(make_twin(), make_snapshot(4, description="<p>Seen</p>")).local_forms
    found = recovered(replace(TITLE_INTENT, forms=seen), title="A person's")
    assert found.written == set()
    assert found.twin.local_forms == seen


def test_our_own_write_is_no_change_of_a_person() -> None:
    found = recovered(TITLE_INTENT, title="Theirs")
    assert found.written == {SUMMARY}
    assert found.twin.revision == 5
    assert found.plan.merged.registers[SUMMARY].value == "Theirs"
    stored = replace(found.twin, state=found.plan.merged)
    assert look(stored, make_snapshot(5, title="Theirs")).changed == frozenset()


def test_what_else_stands_in_a_revision_that_looks_like_ours_is_still_a_persons() -> None:
    """A person wrote the same title, and a description with it: only the title is known then."""
    person = "<p>A person's</p>"
    found = recovered(TITLE_INTENT, title="Theirs", description=person)
    assert found.written == {SUMMARY}
    observation = look(
        replace(found.twin, state=found.plan.merged), make_snapshot(5, title="Theirs", description=person)
    )
    assert observation.changed == {DESCRIPTION}
    assert observation.state.registers[DESCRIPTION].value == text(person)


def test_one_field_of_several_does_not_make_a_revision_ours() -> None:
    intent = make_intent(fields={TITLE: "Theirs", DESCRIPTION_FIELD: "<p>a</p>"})
    assert not is_own_revision(intent, make_snapshot(5, title="Theirs", description="<p>b</p>"))


def test_a_create_of_ours_is_ours_with_all_its_fields() -> None:
    intent = make_intent(revision=None, fields={TITLE: "Theirs"}, keys=frozenset({SUMMARY}))
    created = make_snapshot(1, title="Theirs", description=None)
    found = recover(make_twin(intent=intent), intent, created, created, (), (), {}, CATALOG)
    assert look(replace(found.twin, state=found.plan.merged), created).local_forms == found.twin.local_forms


def test_what_a_person_wrote_after_ours_is_newer_than_ours() -> None:
    found = recovered(TITLE_INTENT, title="Theirs")
    stored = replace(found.twin, state=found.plan.merged)
    observation = look(stored, make_snapshot(6, title="A person's"))
    assert observation.state.registers[SUMMARY].version == register("", 2, 1).version


def test_a_write_that_did_not_happen_leaves_everything_as_it_was() -> None:
    found = recovered(TITLE_INTENT, title="A person's")
    assert found.written == frozenset()
    assert found.twin.revision == 4
    assert found.plan.observed.registers[SUMMARY].value == "Title"


def test_what_had_changed_here_before_the_write_is_not_forgotten() -> None:
    """A person's value that our write replaced was seen only in the round that crashed."""
    observed = {SUMMARY: register("Ours", 2, 0)}
    conflict = Conflict(SUMMARY, register("Theirs", 2, 1), observed[SUMMARY])
    intent = replace(
        TITLE_INTENT,
        observed=observed,
        merged={SUMMARY: register("Theirs", 2, 1)},
        outgoing=frozenset({SUMMARY}),
        conflicts=(conflict,),
    )
    plan = recovered(intent, title="Theirs").plan
    assert plan.conflicts == (conflict,)
    assert plan.outgoing == {SUMMARY: register("Theirs", 2, 1)}
    assert plan.outgoing_observed == observed


def test_what_the_peer_was_told_while_the_intent_lay_open_is_not_taken_back() -> None:
    """The work item came back, the write had no answer, and then somebody deleted it again: the peer knows."""
    key = make_presence_key(HERE)
    back, gone = register(Presence.ACTIVE, 2, 0, place=HERE), register(Presence.REMOVED, 3, 0, place=HERE)
    intent = replace(TITLE_INTENT, observed={key: back}, merged={**TITLE_INTENT.merged, key: back})
    twin = make_twin(state=SyncState({key: gone}), revision=4, intent=intent)
    snapshot = make_snapshot(7, title="Theirs")
    plan = recover(twin, intent, snapshot, make_snapshot(5, title="Theirs"), (), (), {}, CATALOG).plan
    assert plan.observed.get(key) == gone
    assert plan.merged.get(key) == gone
    assert plan.merged.get(SUMMARY) == register("Theirs", 1, 1)


def test_a_comment_of_ours_is_found_again() -> None:
    found = recovered(COMMENT_INTENT, comments=(make_comment(3, "<p>other</p>"), make_comment(4, WRITTEN)))
    assert [(each.key, each.local_id, each.value) for each in found.traces] == [(KEY, "4", comment_value())]
    assert found.written == {COMMENT}
    stored = replace(found.twin, state=found.plan.merged)
    observation = look(stored, make_snapshot(6), (make_comment(4, WRITTEN),), found.traces)
    assert COMMENT not in observation.changed


def test_an_edit_by_a_person_right_after_the_crash_is_still_seen() -> None:
    found = recovered(COMMENT_INTENT, comments=(make_comment(4, WRITTEN),))
    stored = replace(found.twin, state=found.plan.merged)
    edited = make_comment(4, WRITTEN.replace("Said", "Corrected"))
    observation = look(stored, make_snapshot(6), (edited,), found.traces)
    assert observation.state.registers[COMMENT].value == comment_value("<p>Corrected</p>")


@pytest.mark.parametrize("edited", [WRITTEN + "x", WRITTEN.replace("Said", "Corrected")])
def test_a_comment_that_a_person_changed_before_it_was_found_is_ours_with_that_change(edited: str) -> None:
    comments = (make_comment(4, edited),)
    found = recovered(COMMENT_INTENT, comments=comments)
    assert found.written == {COMMENT}
    observation = look(replace(found.twin, state=found.plan.merged), make_snapshot(6), comments, found.traces)
    expected = rich_text.strip_attribution(text(edited))
    assert observation.state.registers[COMMENT].value == replace(comment_value(), text=expected)


OTHER_AUTHOR = rich_text.attribute(comment_value(author="Eve")).text


@pytest.mark.parametrize(
    "comment",
    [make_comment(4, "<p>Said</p>"), make_comment(4, WRITTEN, is_deleted=True), make_comment(4, OTHER_AUTHOR)],
)
def test_another_comment_is_not_taken_for_ours(comment: Comment) -> None:
    found = recovered(COMMENT_INTENT, comments=(comment,))
    assert (found.traces, found.written) == ((), frozenset())


def test_a_comment_that_stands_for_another_key_is_not_taken_twice() -> None:
    other = trace(TraceKind.COMMENT, f"{THERE}:0", "4", comment_value(), "form")
    assert recovered(COMMENT_INTENT, comments=(make_comment(4, WRITTEN),), traces=(other,)).written == frozenset()


def test_two_comments_with_the_same_words_are_found_one_each() -> None:
    second = f"{THERE}:2"
    fingerprint = COMMENT_INTENT.comments[KEY]
    intent = replace(
        COMMENT_INTENT,
        comments={KEY: fingerprint, second: fingerprint},
        keys=frozenset({COMMENT, make_comment_key(second)}),
        merged={**COMMENT_INTENT.merged, make_comment_key(second): register(comment_value())},
    )
    found = recovered(intent, comments=(make_comment(4, WRITTEN), make_comment(5, WRITTEN)))
    assert sorted(each.local_id for each in found.traces) == ["4", "5"]
    assert len({each.key for each in found.traces}) == 2


def test_an_edit_of_ours_is_found_and_one_that_did_not_happen_is_not() -> None:
    edited = rich_text.attribute(comment_value("<p>Edited</p>")).text
    intent = replace(
        COMMENT_INTENT,
        comments={KEY: rich_text.fingerprint(edited, TextFormat.HTML)},
        merged={COMMENT: register(comment_value("<p>Edited</p>"), 0, 2)},
    )
    stands = trace(TraceKind.COMMENT, KEY, "4", comment_value(), "form")
    assert recovered(intent, comments=(make_comment(4, edited),), traces=(stands,)).written == {COMMENT}
    assert recovered(intent, comments=(make_comment(4, WRITTEN),), traces=(stands,)).written == frozenset()


def test_a_deletion_of_ours_is_found_and_one_that_did_not_happen_is_not() -> None:
    intent = replace(COMMENT_INTENT, comments={}, merged={COMMENT: register(comment_value(is_deleted=True), 0, 2)})
    stands = trace(TraceKind.COMMENT, KEY, "4", comment_value(), "form")
    assert recovered(intent, traces=(stands,)).written == {COMMENT}
    assert recovered(intent, comments=(make_comment(4, WRITTEN),), traces=(stands,)).written == frozenset()


def test_a_file_of_ours_is_found_by_its_upload() -> None:
    linked = (make_attachment("f-9"),)
    found = recovered(FILE_INTENT, uploaded={KEY: "f-9"}, attachments=linked)
    assert [(each.kind, each.key, each.local_id) for each in found.traces] == [(TraceKind.ATTACHMENT, KEY, "f-9")]
    assert found.written == {FILE}


@pytest.mark.parametrize("uploaded", [{}, {KEY: ""}, {KEY: "f-8"}])
def test_a_file_that_was_not_linked_is_not_found(uploaded: dict[str, str]) -> None:
    assert recovered(FILE_INTENT, uploaded=uploaded, attachments=(make_attachment("f-9"),)).written == frozenset()


def test_a_file_that_was_unlinked_is_found_missing() -> None:
    value = AttachmentValue("a.txt", 3, is_deleted=True)
    intent = replace(FILE_INTENT, attachments=(), merged={FILE: register(value, 0, 2)})
    stands = trace(TraceKind.ATTACHMENT, KEY, "f-9", AttachmentValue("a.txt", 3))
    assert recovered(intent, traces=(stands,)).written == {FILE}
    assert recovered(intent, traces=(stands,), attachments=(make_attachment("f-9"),)).written == frozenset()


def test_images_of_a_text_that_was_written_are_known_again() -> None:
    shown = text(f'<p>a<img src="adnode-file:{THERE}%3Ai/a.png"></p>')
    intent = make_intent(
        fields={DESCRIPTION_FIELD: '<p>a<img src="https://dev.example/a/files/f-3"></p>'},
        keys=frozenset({DESCRIPTION}),
        merged={DESCRIPTION: register(shown, 1, 1)},
    )
    found = recovered(
        intent, description='<p>a<img src="https://dev.example/a/files/f-3"></p>', uploaded={f"{THERE}:i": "f-3"}
    )
    assert [(each.kind, each.key, each.local_id) for each in found.traces] == [(TraceKind.IMAGE, f"{THERE}:i", "f-3")]
    assert HERE != THERE

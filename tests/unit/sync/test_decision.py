"""What reconciling a twin has to do, case by case."""

from dataclasses import replace
from typing import Any

import pytest
from tests.unit.sync.materials import (
    BUG,
    CATALOG,
    HERE,
    NOW,
    TASK,
    THERE,
    comment_value,
    later,
    look,
    make_snapshot,
    make_twin,
    register,
    settled,
    text,
    trace,
)

from adnode.domain.rich_text import TextFormat
from adnode.domain.sync_state import (
    DESCRIPTION,
    SUMMARY,
    TYPE,
    AttachmentValue,
    Presence,
    Register,
    Registers,
    TypeValue,
    Version,
    make_attachment_key,
    make_comment_key,
    make_presence_key,
)
from adnode.domain.trace import Trace, TraceKind
from adnode.domain.twin import Twin
from adnode.domain.work_item import DESCRIPTION as DESCRIPTION_FIELD
from adnode.domain.work_item import REPRO_STEPS, WorkItemSnapshot
from adnode.sync.decision import NO_SUMMARY, decide
from adnode.sync.observation import observation_of, observe_removed
from adnode.sync.plan import (
    AddAttachment,
    AddComment,
    DeleteComment,
    EditComment,
    Observation,
    Plan,
    RemoveAttachment,
    TextWrite,
)

COMMENT = make_comment_key(f"{THERE}:1")
FILE = make_attachment_key(f"{THERE}:g-1")
HTML, MARKDOWN = TextFormat.HTML, TextFormat.MARKDOWN


def known(snapshot: WorkItemSnapshot | None = None) -> Twin:
    """A twin at rest whose work item both sides know."""
    twin = make_twin()
    return settled(twin, look(twin, snapshot or make_snapshot()))


def plan_for(
    twin: Twin,
    incoming: Registers | list[Registers],
    observation: Observation | None = None,
    traces: tuple[Trace, ...] = (),
    default_type: str = "",
    catalog: Any = CATALOG,
) -> Plan:
    several = incoming if isinstance(incoming, list) else [incoming]
    return decide(twin, observation or observation_of(twin), several, catalog, traces, default_type)


def changed_there(twin: Twin, key: str, value: Any, seconds: float = 10) -> Registers:
    """What the peer sends after one change to a register that both knew."""
    before = twin.state.registers.get(key)
    version = Version(before.version.local, before.version.remote + 1) if before else Version(0, 1)
    return {key: Register(value, version, later(seconds), THERE)}


def test_nothing_new_on_either_side_is_nothing_to_do() -> None:
    twin = known()
    plan = plan_for(twin, [])
    assert not plan.writes
    assert (plan.outgoing, plan.conflicts, plan.merged) == ({}, (), twin.state)


def test_what_the_peer_knows_already_is_nothing_to_do() -> None:
    twin = known()
    plan = plan_for(twin, dict(twin.state.registers))
    assert not plan.writes
    assert plan.outgoing == {}


def test_a_local_change_goes_out_and_nothing_is_written() -> None:
    twin = known()
    plan = plan_for(twin, [], look(twin, make_snapshot(2, title="New")))
    assert not plan.writes
    assert {key: each.value for key, each in plan.outgoing.items()} == {SUMMARY: "New"}
    assert plan.outgoing_observed == plan.outgoing


def test_a_change_of_the_peer_is_written_and_not_sent_back() -> None:
    twin = known()
    plan = plan_for(twin, changed_there(twin, SUMMARY, "Theirs"))
    assert plan.item.summary == "Theirs"
    assert (plan.item.description, plan.item.type_name, plan.outgoing) == (None, None, {})
    assert plan.observed == twin.state
    assert plan.merged.registers[SUMMARY].value == "Theirs"


def test_the_same_value_arriving_over_another_path_is_nothing_to_write() -> None:
    twin = known()
    plan = plan_for(twin, changed_there(twin, SUMMARY, "Title"))
    assert not plan.writes
    assert plan.merged.registers[SUMMARY].version == Version(1, 1)


@pytest.mark.parametrize(("seconds", "written"), [(10, "Theirs"), (1, None)])
def test_of_two_changes_at_once_the_later_one_stands_and_the_other_is_kept(seconds: float, written: str | None) -> None:
    twin = known()
    observation = look(twin, make_snapshot(2, title="Ours", changed_at=later(5)))
    plan = plan_for(twin, changed_there(twin, SUMMARY, "Theirs", seconds), observation)
    assert plan.item.summary == written
    assert plan.outgoing[SUMMARY].version == Version(2, 1)
    assert plan.outgoing_observed[SUMMARY].version == Version(2, 0)
    (conflict,) = plan.conflicts
    assert {conflict.winner.value, conflict.loser.value} == {"Ours", "Theirs"}
    assert conflict.winner.value == (written or "Ours")


def test_what_became_of_two_changes_at_once_is_told_though_ours_was_told_before() -> None:
    """The partner may not have heard of ours yet: only the joined version ends the question on both sides."""
    twin = known()
    ours = Register("Ours", Version(2, 0), later(5), HERE)
    twin = replace(twin, state=twin.state.with_registers({SUMMARY: ours}))
    plan = plan_for(twin, changed_there(known(), SUMMARY, "Theirs", 4))
    assert plan.outgoing == {SUMMARY: Register("Ours", Version(2, 1), later(5), HERE)}


def test_a_baseline_of_the_peer_is_no_change() -> None:
    twin = make_twin()
    plan = plan_for(twin, {SUMMARY: Register("Theirs", Version(), NOW, THERE)})
    assert (plan.item.summary, plan.merged.registers) == (None, {})


def test_several_messages_are_taken_in_order() -> None:
    twin = known()
    first = changed_there(twin, SUMMARY, "One")
    second = {SUMMARY: Register("Two", Version(1, 2), later(5), THERE)}
    assert plan_for(twin, [first, second]).item.summary == "Two"
    assert plan_for(twin, [second, first]).item.summary == "Two"


# making a work item --------------------------------------------------------------------------------------------------

NEW = make_twin(work_item_id=None)


def new_item(**values: Any) -> Registers:
    return {key: register(value) for key, value in values.items()}


def test_a_work_item_is_made_with_what_the_peer_says() -> None:
    plan = plan_for(NEW, new_item(summary="T", description=text("<p>x</p>"), type=TypeValue("Bug", BUG)))
    assert plan.create
    assert (plan.item.summary, plan.item.type_name) == ("T", "Bug")
    assert plan.item.description == TextWrite(REPRO_STEPS, text("<p>x</p>"), HTML)


@pytest.mark.parametrize(
    ("incoming", "summary", "type_name"),
    [
        ({}, NO_SUMMARY, "Task"),
        (new_item(summary=""), NO_SUMMARY, "Task"),
        (new_item(summary="T"), "T", "Task"),
        (new_item(type=TypeValue("Risk", "")), NO_SUMMARY, "Task"),
        (new_item(description=text("")), NO_SUMMARY, "Task"),
    ],
)
def test_a_work_item_is_made_even_when_values_are_missing(incoming: Registers, summary: str, type_name: str) -> None:
    plan = plan_for(NEW, incoming)
    assert plan.create
    assert (plan.item.summary, plan.item.type_name, plan.item.description) == (summary, type_name, None)


def test_the_default_type_of_the_connection_is_used_for_what_has_no_counterpart() -> None:
    assert plan_for(NEW, new_item(type=TypeValue("Risk", "")), default_type="User Story").item.type_name == "User Story"


def test_a_long_title_is_cut_and_says_so() -> None:
    plan = plan_for(NEW, new_item(summary="x" * 300))
    assert plan.item.summary == "x" * 252 + "..."
    assert plan.notes == ("The title was cut to 255 characters; Azure DevOps takes no more.",)


# type and description ------------------------------------------------------------------------------------------------


def test_a_type_is_mapped_and_only_written_when_it_differs() -> None:
    twin = known()
    assert plan_for(twin, changed_there(twin, TYPE, TypeValue("Feature request", TASK))).item.type_name == "Task"
    same = plan_for(twin, changed_there(twin, TYPE, TypeValue("Product Backlog Item", "Microsoft.RequirementCategory")))
    assert same.item.type_name is None


def test_a_change_to_a_bug_takes_the_description_along() -> None:
    twin = known()
    plan = plan_for(twin, changed_there(twin, TYPE, TypeValue("Bug", BUG)))
    assert plan.item.type_name == "Bug"
    assert plan.item.description == TextWrite(REPRO_STEPS, text("<p>Text</p>"), HTML)


def test_a_change_from_a_bug_takes_the_description_along() -> None:
    fields = {DESCRIPTION_FIELD: None, REPRO_STEPS: "<p>Steps</p>"}
    twin = known(make_snapshot(type_name="Bug", fields=fields))
    plan = plan_for(twin, changed_there(twin, TYPE, TypeValue("Task", TASK)))
    assert plan.item.description == TextWrite(DESCRIPTION_FIELD, text("<p>Steps</p>"), HTML)


def test_a_change_of_type_by_a_person_takes_the_description_along_too() -> None:
    twin = known()
    plan = plan_for(twin, [], look(twin, make_snapshot(2, "Bug")))
    assert plan.item.type_name is None
    assert plan.item.description == TextWrite(REPRO_STEPS, text("<p>Text</p>"), HTML)
    assert set(plan.outgoing) == {TYPE}


def test_a_change_between_types_with_the_same_field_leaves_the_description_alone() -> None:
    twin = known()
    assert plan_for(twin, changed_there(twin, TYPE, TypeValue("Task", TASK))).item.description is None


@pytest.mark.parametrize(
    ("formats", "incoming", "target"),
    [
        ({}, HTML, HTML),
        ({}, MARKDOWN, MARKDOWN),
        ({DESCRIPTION_FIELD: MARKDOWN}, HTML, MARKDOWN),
        ({DESCRIPTION_FIELD: MARKDOWN}, MARKDOWN, MARKDOWN),
        (None, MARKDOWN, HTML),
        (None, HTML, HTML),
    ],
)
def test_a_text_keeps_its_format_where_the_field_holds_it_or_can(
    formats: dict[str, TextFormat] | None, incoming: TextFormat, target: TextFormat
) -> None:
    twin = known(make_snapshot(formats=formats))
    plan = plan_for(twin, changed_there(twin, DESCRIPTION, text("New", incoming)))
    assert plan.item.description == TextWrite(DESCRIPTION_FIELD, text("New", incoming), target)


@pytest.mark.parametrize(("knows_markdown", "target"), [(True, MARKDOWN), (False, HTML)])
def test_a_new_work_item_gets_markdown_where_the_organization_knows_it(
    *, knows_markdown: bool, target: TextFormat
) -> None:
    catalog = replace(CATALOG, knows_markdown=knows_markdown)
    plan = plan_for(NEW, new_item(description=text("*x*", MARKDOWN)), catalog=catalog)
    assert plan.item.description is not None
    assert plan.item.description.target_format is target


# comments ------------------------------------------------------------------------------------------------------------


def test_a_comment_of_the_peer_is_added_once() -> None:
    twin = known()
    plan = plan_for(twin, {COMMENT: register(comment_value())})
    assert plan.actions == (AddComment(f"{THERE}:1", comment_value()),)
    stands = trace(TraceKind.COMMENT, f"{THERE}:1", "5", comment_value())
    assert plan_for(twin, {COMMENT: register(comment_value())}, traces=(stands,)).actions == ()


def test_comments_are_added_oldest_first() -> None:
    young = replace(comment_value("young"), created_at=later(5))
    old = replace(comment_value("old"), created_at=later(1))
    incoming = {
        make_comment_key(f"{THERE}:1"): register(young),
        make_comment_key(f"{THERE}:2"): register(old),
    }
    actions = plan_for(known(), incoming).actions
    assert [action.value for action in actions if isinstance(action, AddComment)] == [old, young]


def test_an_edit_of_the_peer_rewrites_the_comment_that_stands_for_it() -> None:
    twin = known()
    stands = trace(TraceKind.COMMENT, f"{THERE}:1", "5", comment_value())
    edited = comment_value("<p>Edited</p>")
    plan = plan_for(twin, {COMMENT: register(edited, 0, 2)}, traces=(stands,))
    assert plan.actions == (EditComment(f"{THERE}:1", 5, edited),)


def test_a_deletion_of_the_peer_deletes_the_comment_that_stands_for_it() -> None:
    stands = trace(TraceKind.COMMENT, f"{THERE}:1", "5", comment_value())
    plan = plan_for(known(), {COMMENT: register(comment_value(is_deleted=True), 0, 2)}, traces=(stands,))
    assert plan.actions == (DeleteComment(f"{THERE}:1", 5),)


def test_a_comment_that_was_deleted_before_it_came_is_not_added() -> None:
    plan = plan_for(known(), {COMMENT: register(comment_value(is_deleted=True), 0, 2)})
    assert plan.actions == ()


def test_a_comment_that_was_deleted_here_and_edited_there_later_is_added_again() -> None:
    gone = trace(TraceKind.COMMENT, f"{THERE}:1", "5", comment_value(is_deleted=True))
    plan = plan_for(known(), {COMMENT: register(comment_value("<p>Edited</p>"), 0, 2)}, traces=(gone,))
    assert plan.actions == (AddComment(f"{THERE}:1", comment_value("<p>Edited</p>")),)


def test_an_edit_of_our_own_comment_by_the_peer_rewrites_it_in_place() -> None:
    key = make_comment_key(f"{HERE}:5")
    stands = trace(TraceKind.COMMENT, f"{HERE}:5", "5", comment_value())
    plan = plan_for(known(), {key: register(comment_value("<p>Edited</p>"), 1, 1)}, traces=(stands,))
    assert plan.actions == (EditComment(f"{HERE}:5", 5, comment_value("<p>Edited</p>")),)


# files ---------------------------------------------------------------------------------------------------------------


def test_a_file_of_the_peer_is_added_once_and_asked_for() -> None:
    value = AttachmentValue("a.txt", 3)
    plan = plan_for(known(), {FILE: register(value)})
    assert plan.actions == (AddAttachment(f"{THERE}:g-1", value),)
    assert plan.file_keys == {f"{THERE}:g-1": "a.txt"}
    stands = trace(TraceKind.ATTACHMENT, f"{THERE}:g-1", "f-9", value)
    assert plan_for(known(), {FILE: register(value)}, traces=(stands,)).actions == ()


def test_a_file_that_the_peer_removed_is_unlinked() -> None:
    stands = trace(TraceKind.ATTACHMENT, f"{THERE}:g-1", "f-9", AttachmentValue("a.txt", 3))
    gone = AttachmentValue("a.txt", 3, is_deleted=True)
    plan = plan_for(known(), {FILE: register(gone, 0, 2)}, traces=(stands,))
    assert plan.actions == (RemoveAttachment(f"{THERE}:g-1", "f-9"),)
    assert plan_for(known(), {FILE: register(gone, 0, 2)}).actions == ()


def test_files_that_texts_show_have_to_be_here_first_unless_they_are_ours() -> None:
    shown = text(f'<img src="adnode-file:{THERE}%3Ai/a.png"><img src="adnode-file:{HERE}%3Aj/b.png">')
    twin = known()
    plan = plan_for(
        twin,
        {**changed_there(twin, DESCRIPTION, shown), COMMENT: register(comment_value(shown.text.replace("a", "c", 0)))},
    )
    assert plan.file_keys == {f"{THERE}:i": "a.png"}


# presence ------------------------------------------------------------------------------------------------------------


def test_a_work_item_in_the_recycle_bin_rests_and_the_peer_is_told() -> None:
    twin = known()
    plan = plan_for(twin, changed_there(twin, SUMMARY, "Theirs"), observe_removed(twin, later(3)))
    assert plan.rests
    assert not plan.writes
    assert plan.outgoing[make_presence_key(HERE)].value is Presence.REMOVED
    assert plan.merged.registers[SUMMARY].value == "Title"


def test_a_removed_work_item_goes_on_resting_without_telling_again() -> None:
    twin = known()
    gone = settled(twin, observe_removed(twin, later(3)))
    plan = plan_for(gone, changed_there(twin, SUMMARY, "Theirs"), observe_removed(gone, later(9)))
    assert plan.rests
    assert plan.outgoing == {}


def test_what_waited_is_applied_after_the_restore() -> None:
    twin = known()
    gone = settled(twin, observe_removed(twin, later(3)))
    plan = plan_for(gone, changed_there(twin, SUMMARY, "Theirs"), look(gone, make_snapshot(4)))
    assert plan.item.summary == "Theirs"
    assert set(plan.outgoing) == {make_presence_key(HERE)}


def test_nobody_else_says_whether_our_work_item_is_there() -> None:
    twin = known()
    plan = plan_for(twin, {make_presence_key(HERE): register(Presence.REMOVED, 0, 9)})
    assert not plan.rests
    assert make_presence_key(HERE) not in plan.merged.registers


def test_a_removed_work_item_of_the_peer_is_noted_and_nothing_is_deleted() -> None:
    plan = plan_for(known(), {make_presence_key(THERE): register(Presence.REMOVED)})
    assert not plan.writes
    assert plan.merged.registers[make_presence_key(THERE)].value is Presence.REMOVED

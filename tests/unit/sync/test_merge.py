"""Merging registers and counting changes: the laws of a state that may meet itself in any way."""

from datetime import timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.unit.sync.materials import HERE, NOW, THERE, comment_value, later, register

from adnode.domain.rich_text import RichText, TextFormat
from adnode.domain.sync_state import SUMMARY, CommentValue, Register, Version
from adnode.sync.merge import Outcome, is_same_value, merge_register
from adnode.sync.observation import TICK, count_change

versions = st.builds(Version, st.integers(0, 3), st.integers(0, 3))
times = st.sampled_from([later(-1), NOW, NOW, later(1)])


def value_of(version: Version, draw: int) -> str:
    return f"value {draw}"


registers = st.builds(
    lambda version, draw, time, place: Register(value_of(version, draw), version, time, place),
    versions,
    st.integers(0, 2),
    times,
    st.sampled_from([HERE, THERE]),
)


def consistent(*several: Register) -> bool:
    """In a real history equal versions mean equal registers."""
    return all(one == other for one in several for other in several if one.version == other.version)


def merged(ours: Register, theirs: Register) -> Register:
    return merge_register(SUMMARY, ours, theirs).register


@given(registers)
def test_merging_a_register_with_itself_changes_nothing(one: Register) -> None:
    outcome = merge_register(SUMMARY, one, one)
    assert (outcome.register, outcome.outcome, outcome.conflict) == (one, Outcome.KEPT, None)


@given(registers, registers)
def test_the_order_of_two_does_not_matter(one: Register, other: Register) -> None:
    assume(consistent(one, other))
    assert merged(one, other) == merged(other, one)


@given(registers, registers)
def test_both_sides_come_to_the_same_register(ours: Register, theirs: Register) -> None:
    assume(consistent(ours, theirs))
    here = merged(ours, theirs)
    there = merged(theirs.mirrored(), ours.mirrored())
    assert here == there.mirrored()


@st.composite
def histories(draw: st.DrawFn) -> list[Register]:
    """Registers that two sides made one after another, exchanging now and then as real ones do."""
    here = there = Register("start", Version(1, 0), NOW, HERE)
    made = [here]
    for number in range(draw(st.integers(1, 6))):
        side, is_exchanged = draw(st.sampled_from([HERE, THERE])), draw(st.booleans())
        time = draw(times)
        if side == HERE:
            here = count_change(here, f"change {number}", time, HERE)
            made.append(here)
        else:
            there = count_change(there.mirrored(), f"change {number}", time, THERE).mirrored()
            made.append(there)
        if is_exchanged:
            here = there = merged(here, there)
            made.append(here)
    return made


@given(histories(), st.randoms(use_true_random=False))
def test_everything_that_was_ever_made_merges_to_the_same_in_any_order(made: list[Register], random: object) -> None:
    forwards = made[0]
    for each in made[1:]:
        forwards = merged(forwards, each)
    shuffled = list(made) * 2
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    backwards = shuffled[0]
    for each in shuffled[1:]:
        backwards = merged(backwards, each)
    assert backwards == forwards


@given(histories())
def test_grouping_does_not_matter(made: list[Register]) -> None:
    first, middle, last = made[0], made[len(made) // 2], made[-1]
    assert merged(merged(first, middle), last) == merged(first, merged(middle, last))


@pytest.mark.parametrize(
    ("ours", "theirs", "outcome", "value"),
    [
        (register("a", 1, 0), register("b", 1, 1), Outcome.TAKEN, "b"),
        (register("a", 1, 1), register("b", 1, 0), Outcome.KEPT, "a"),
        (register("a", 1, 1), register("b", 1, 1), Outcome.KEPT, "a"),
        (register("a", 2, 1, 0), register("b", 1, 2, 1), Outcome.JOINED, "b"),
        (register("a", 2, 1, 1), register("b", 1, 2, 0), Outcome.JOINED, "a"),
        (register("a", 2, 1, 0, HERE), register("b", 1, 2, 0, THERE), Outcome.JOINED, "b"),
        (register("a", 2, 1, 0, THERE), register("b", 1, 2, 0, HERE), Outcome.JOINED, "a"),
        (register("a", 2, 1, 1), register("a", 1, 2, 0), Outcome.JOINED, "a"),
    ],
)
def test_a_newer_version_wins_then_the_later_time_then_the_place(
    ours: Register, theirs: Register, outcome: Outcome, value: str
) -> None:
    result = merge_register(SUMMARY, ours, theirs)
    assert (result.outcome, result.register.value) == (outcome, value)
    assert result.register.version == ours.version.joined(theirs.version)


def test_what_is_not_known_here_is_taken() -> None:
    theirs = register("b", 0, 1)
    assert merge_register(SUMMARY, None, theirs).register == theirs


def test_the_losing_value_is_kept_in_the_conflict() -> None:
    ours, theirs = register("a", 2, 1, 0, HERE), register("b", 1, 2, 5, THERE)
    conflict = merge_register(SUMMARY, ours, theirs).conflict
    assert conflict is not None
    assert (conflict.key, conflict.winner.value, conflict.loser) == (SUMMARY, "b", ours)


def test_the_same_value_made_twice_is_no_conflict() -> None:
    result = merge_register(SUMMARY, register("a", 2, 1, 0), register("a", 1, 2, 5))
    assert (result.outcome, result.conflict) == (Outcome.JOINED, None)


def test_comments_deleted_on_both_sides_are_the_same() -> None:
    assert is_same_value(comment_value(is_deleted=True), comment_value("x", "Eve", is_deleted=True))
    assert not is_same_value(comment_value(), comment_value(is_deleted=True))


def test_an_empty_text_is_the_same_in_any_format() -> None:
    assert is_same_value(RichText("", TextFormat.HTML), RichText("", TextFormat.MARKDOWN))
    value = comment_value("")
    assert is_same_value(value, CommentValue(value.author, value.created_at, RichText("")))


@given(registers, times, st.sampled_from([HERE, THERE]))
def test_a_change_is_always_newer_and_later_than_what_was_known(known: Register, time: object, place: str) -> None:
    changed = count_change(known, "new", time, place)  # type: ignore[arg-type]
    assert changed.version == Version(known.version.local + 1, known.version.remote)
    assert changed.changed_at > known.changed_at
    assert changed.changed_at in (time, known.changed_at + TICK)
    assert changed.changed_in == place


def test_the_first_change_counts_one() -> None:
    assert count_change(None, "new", NOW, HERE) == Register("new", Version(1, 0), NOW, HERE)


def test_with_a_clock_that_goes_back_a_later_edit_still_wins_on_both_sides() -> None:
    """With the service's time alone the edit made after seeing the other one would lose on one side only."""
    seen = register("first", 0, 1, seconds=100, place=THERE)
    edited = count_change(seen, "second", later(-100), HERE)
    concurrent = Register("third", Version(0, 2), later(50), THERE)
    assert edited.changed_at == later(100) + TICK
    assert merged(edited, concurrent).value == merged(concurrent.mirrored(), edited.mirrored()).value == "second"


def test_a_tick_is_the_smallest_time_that_documents_keep() -> None:
    assert timedelta(microseconds=1) == TICK


@given(registers, registers)
def test_values_that_differ_at_equal_versions_are_settled_alike_on_both_sides(one: Register, other: Register) -> None:
    other = Register(other.value, one.version, other.changed_at, other.changed_in)
    here = merge_register(SUMMARY, one, other)
    there = merge_register(SUMMARY, other.mirrored(), one.mirrored())
    assert here.register.value == there.register.value
    is_equal = one.value == other.value
    assert [here.outcome, there.outcome].count(Outcome.TAKEN) == (0 if is_equal else 1)
    assert [here.conflict, there.conflict].count(None) == (2 if is_equal else 1)


def test_a_comment_that_stands_says_something_else_than_a_deleted_one() -> None:
    standing = comment_value("Said")
    deleted = CommentValue(standing.author, standing.created_at, RichText(""), is_deleted=True)
    assert not is_same_value(deleted, standing)
    assert not is_same_value(standing, deleted)
    assert is_same_value(deleted, CommentValue("Somebody else", NOW, RichText("<p>x</p>"), is_deleted=True))

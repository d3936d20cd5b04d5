"""What a wish does to registers, and which ones can't come true."""

from datetime import UTC, datetime, timedelta

import pytest

from adnode.domain.rich_text import RichText, TextFormat
from adnode.domain.sync_state import AttachmentValue, CommentValue, Presence, Register, SyncState, Value, Version
from adnode.sync.merge import merge_register
from adnode.sync.plan import Wish
from adnode.sync.rich_text import cut_line, list_lines, list_words
from adnode.sync.wishes import Obstacle, find_obstacle, grant_wishes

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
COMMENT = CommentValue("Ada", NOW, RichText("<p>x</p>"))
GONE = CommentValue("Ada", NOW, RichText(""), is_deleted=True)


def register(value: Value, local: int = 1, remote: int = 1, at: datetime = NOW) -> Register:
    return Register(value, Version(local, remote), at, "there")


@pytest.mark.parametrize(
    ("current", "wanted", "obstacle"),
    [
        ("now", "then", None),
        ("same", "same", Obstacle.IN_USE),
        (RichText("<p>a</p>"), RichText("<p>b</p>"), None),
        (COMMENT, CommentValue("Ada", NOW, RichText("<p>y</p>")), None),
        (GONE, COMMENT, Obstacle.DELETED_COMMENT),
        (COMMENT, GONE, Obstacle.DELETED_COMMENT),
        (AttachmentValue("a", 1), AttachmentValue("b", 1), Obstacle.ATTACHMENT),
        (Presence.ACTIVE, Presence.REMOVED, Obstacle.PRESENCE),
    ],
)
def test_what_stands_in_the_way(current: Value, wanted: Value, obstacle: Obstacle | None) -> None:
    assert find_obstacle(current, wanted) is obstacle


def test_a_granted_wish_wins_over_everything_known_on_both_sides() -> None:
    later = NOW + timedelta(hours=1)
    registers = {"summary": register("now", 4, 7, later)}
    granted = grant_wishes(registers, [Wish("summary", "then", NOW)], SyncState(dict(registers)), "here")
    wished = registers["summary"]
    assert (granted.keys, granted.conflicts) == (frozenset({"summary"}), ())
    assert (wished.value, wished.version, wished.changed_in) == ("then", Version(5, 7), "here")
    assert wished.changed_at > later
    theirs = register("now", 7, 4, later)
    assert merge_register("summary", theirs, wished.mirrored()).register == wished.mirrored()


def test_what_nobody_had_seen_is_kept_as_a_conflict() -> None:
    seen = SyncState({"summary": register("now")})
    registers = {"summary": register("unseen", 2)}
    [conflict] = grant_wishes(registers, [Wish("summary", "then", NOW)], seen, "here").conflicts
    assert (conflict.winner.value, conflict.loser.value) == ("then", "unseen")


def test_of_two_wishes_the_last_counts_and_what_can_not_be_is_left() -> None:
    registers = {"summary": register("now"), "comment/a:1": register(GONE)}
    wishes = [Wish("summary", "first", NOW), Wish("summary", "second", NOW), Wish("comment/a:1", COMMENT, NOW)]
    granted = grant_wishes(registers, [*wishes, Wish("type", "nowhere", NOW)], SyncState(dict(registers)), "here")
    assert granted.keys == {"summary"}
    assert (registers["summary"].value, registers["comment/a:1"].value) == ("second", GONE)


@pytest.mark.parametrize(
    ("text", "line", "lines"),
    [
        (
            RichText("<p>One <b>two</b></p><ul><li>three</li><li>four</li></ul>"),
            "One two three four",
            "One two\nthree\nfour",
        ),
        (RichText("<p>a &amp; b<br>c<img src='x'>d</p>"), "a & b c[image]d", "a & b\nc[image]d"),
        (RichText("# One\n\n- two", TextFormat.MARKDOWN), "# One - two", "# One\n- two"),
        (RichText(""), "", ""),
    ],
)
def test_the_words_of_a_text(text: RichText, line: str, lines: str) -> None:
    assert (list_words(text, 100), list_lines(text, 100)) == (line, lines)


def test_long_texts_are_cut() -> None:
    text = RichText("<p>" + "word " * 10_000 + "</p>")
    for shown in (list_words(text, 20), list_lines(text, 20), cut_line("word " * 100, 20)):
        assert len(shown) <= 20
        assert shown.endswith("…")

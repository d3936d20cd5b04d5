"""Comments, in both directions."""

import pytest
from tests.acceptance.conftest import Pair

pytestmark = pytest.mark.xdist_group("acceptance")
TITLE = "System.Title"


def texts(user: object, number: int) -> list[str]:
    return [str(comment["text"]) for comment in user.comments(number)]  # type: ignore[attr-defined]


def test_comments_that_are_there_already_come_along_in_order_with_author_and_time(pair: Pair) -> None:
    number = pair.public.user.create("Task", {TITLE: "With a history"})
    for word in ("first", "second", "third"):
        pair.public.user.add_comment(number, f"<div>{word} comment</div>")
    other = pair.share(number)
    arrived = texts(pair.private.user, other)
    assert [next(word for word in ("first", "second", "third") if word in text) for text in arrived] == [
        "first",
        "second",
        "third",
    ]
    author = pair.public.user.comments(number)[0]["createdBy"]["displayName"]
    assert all(author in text for text in arrived)


@pytest.mark.parametrize("direction", ["to the private side", "to the public side"])
def test_a_comment_is_added_edited_and_deleted(pair: Pair, direction: str) -> None:
    here, there = (pair.public, pair.private) if direction == "to the private side" else (pair.private, pair.public)
    number = here.user.create("Task", {TITLE: f"Talk {direction}"})
    other = pair.share(number, source=here)
    comment = here.user.add_comment(number, "<p>Is this <b>right</b>?</p>")
    pair.stage.wait_until(lambda: "<b>right</b>" in "".join(texts(there.user, other)), "the comment arrives")
    here.user.edit_comment(number, comment, "<p>This is right.</p>")
    pair.stage.wait_until(lambda: "This is right." in "".join(texts(there.user, other)), "the edit arrives")
    assert len(texts(there.user, other)) == 1
    here.user.delete_comment(number, comment)
    pair.stage.wait_until(lambda: texts(there.user, other) == [], "the deletion arrives")
    pair.rest()
    assert texts(here.user, number) == []


def test_a_conversation_has_every_comment_once_on_both_sides(pair: Pair) -> None:
    public, private = pair.public.user, pair.private.user
    number = public.create("Task", {TITLE: "Conversation"})
    other = pair.share(number)
    for turn in range(3):
        public.add_comment(number, f"<p>question {turn}</p>")
        private.add_comment(other, f"<p>answer {turn}</p>")
    wanted = sorted([f"question {turn}" for turn in range(3)] + [f"answer {turn}" for turn in range(3)])

    def heard(user: object, item: int) -> list[str]:
        return sorted(word for word in wanted for text in texts(user, item) if word in text)

    pair.stage.wait_until(lambda: heard(public, number) == wanted and heard(private, other) == wanted, "all comments")
    pair.rest()
    assert (heard(public, number), heard(private, other)) == (wanted, wanted)


def test_the_copy_of_a_comment_can_be_edited_and_deleted_on_the_other_side(pair: Pair) -> None:
    public, private = pair.public.user, pair.private.user
    number = public.create("Task", {TITLE: "Copies"})
    comment = public.add_comment(number, "<p>original words</p>")
    other = pair.share(number)
    copy = private.comments(other)[0]
    copy_id = int(copy.get("id") or copy["commentId"])
    private.edit_comment(other, copy_id, str(copy["text"]).replace("original words", "better words"))
    pair.stage.wait_until(lambda: "better words" in texts(public, number)[0], "the edit comes back")
    assert " wrote on " not in texts(public, number)[0]
    private.delete_comment(other, copy_id)
    pair.stage.wait_until(lambda: texts(public, number) == [], "the deletion comes back")
    assert comment


def test_mentions_become_names_and_notify_nobody(pair: Pair) -> None:
    number = pair.public.user.create("Task", {TITLE: "Mentions"})
    mention = '<a href="#" data-vss-mention="version:2.0,6c1f1f2e-3f69-4a4a-8a39-0f0f0f0f0f0f">@Ann Example</a>'
    pair.public.user.add_comment(number, f"<div>Please look, {mention}.</div>")
    text = texts(pair.private.user, pair.share(number))[0]
    assert "@Ann Example" in text
    assert "data-vss-mention" not in text

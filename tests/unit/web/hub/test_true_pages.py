"""What both nodes' pages say after a story: row, bar, badge, list and queue are of one mind, and true on both."""

import pytest
from tests.unit.web.hub.stories import TITLE, Side, Story, tell


@pytest.fixture(params=["public", "private"])
def story(request: pytest.FixtureRequest) -> Story:
    return tell(str(request.param))


@pytest.fixture(params=["alpha", "beta"])
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def both(story: Story, name: str) -> tuple[Side, Side]:
    """The side that something happens to, and the other one."""
    sides = {"alpha": (story.alpha, story.beta), "beta": (story.beta, story.alpha)}
    return sides[name]


def at_peace(side: Side) -> bool:
    return side.counts() == (0, 0, 0, None) and side.partner() == "answering"


def assert_one_mind(side: Side) -> None:
    """Badge, list and row count alike, and the bar tells of an error that is in the list."""
    badge, listed, row, bar = side.counts()
    assert badge == listed == row
    assert bar is None or bar in [item["message"] for item in side.page.get("/errors")["items"]]


def change(story: Story, side: Side, number: int, title: str) -> None:
    side.organization.edit(number, {TITLE: title})
    story.run(1)


def numbers(story: Story, name: str, pair: tuple[int, int]) -> tuple[int, int]:
    return pair if name == "alpha" else (pair[1], pair[0])


def test_nodes_with_nothing_to_tell_are_at_peace_however_long(story: Story) -> None:
    story.share()
    story.run(30)
    assert at_peace(story.alpha)
    assert at_peace(story.beta)


def test_a_partner_that_is_stopped_is_an_alarm_everywhere(story: Story, name: str) -> None:
    gone, left = both(story, name)
    _, number = numbers(story, name, story.share())
    with story.stopped(gone):
        story.run(5)
        change(story, left, number, "While away")
        assert left.partner() == "silent"
        since = left.connection()["partner_since"]
        badge, listed, row, bar = left.counts()
        assert badge == listed == row == 1
        assert bar is not None
        assert f"The node of {gone.organization.name} has not answered since" in bar
        assert since[:10] in bar
        assert since[11:19] in bar
        assert left.holds() == [("blocked", "peer_unreachable")]
        assert left.page.get("/queue?lane=outgoing_sync&status=blocked")["items"][0]["hold_since"] == since
    story.run(6)
    assert at_peace(gone)
    assert at_peace(left)
    assert left.holds() == []
    assert gone.organization.snapshot(numbers(story, name, (number, number))[0]).text(TITLE) == "While away"


def test_a_dead_partner_is_noticed_without_anything_to_tell(story: Story, name: str) -> None:
    gone, left = both(story, name)
    story.share()
    with story.stopped(gone):
        story.run(5)
        assert left.partner() == "silent"
        assert_one_mind(left)
        assert left.counts()[0] == 1
    story.run(6)
    assert at_peace(left)


def test_a_hiccup_is_told_nobody(story: Story, name: str) -> None:
    gone, left = both(story, name)
    _, number = numbers(story, name, story.share())
    with story.stopped(gone):
        left.organization.edit(number, {TITLE: "Hiccup"})
        story.run(0.25)
    assert at_peace(left)
    story.run(2)
    assert at_peace(left)


def test_a_deliberate_pause_is_no_alarm(story: Story, name: str) -> None:
    pausing, other = both(story, name)
    _, number = numbers(story, name, story.share())
    pausing.page.edit("POST", pausing.connection(), "/deactivate")
    story.run(1)
    change(story, other, number, "Meanwhile")
    story.run(10)
    assert other.partner() == "paused"
    assert other.connection()["partner_since"] is not None
    assert other.counts() == (0, 0, 0, None)
    assert other.holds() == [("blocked", "partner_paused")]
    assert pausing.counts() == (0, 0, 0, None)
    assert pausing.connection()["status"] == "deactivated"
    pausing.page.edit("POST", pausing.connection(), "/activate")
    story.run(2)
    assert at_peace(pausing)
    assert at_peace(other)
    assert other.holds() == []


def test_what_was_paused_for_long_is_no_alarm_when_it_goes_on(story: Story, name: str) -> None:
    pausing, other = both(story, name)
    story.share()
    pausing.page.edit("POST", pausing.connection(), "/deactivate")
    story.run(60)
    pausing.page.edit("POST", pausing.connection(), "/activate")
    assert pausing.partner() == "answering"
    for _ in range(12):
        story.run(0.25)
        assert pausing.counts() == (0, 0, 0, None)
        assert other.counts() == (0, 0, 0, None)


def test_a_partner_that_ended_the_connection_is_told_once_and_never_retried(story: Story, name: str) -> None:
    ending, other = both(story, name)
    _, number = numbers(story, name, story.share())
    ending.page.edit("DELETE", ending.connection())
    ending.is_stopped = True
    story.run(1)
    change(story, other, number, "In vain")
    story.run(30)
    assert other.partner() == "ended"
    assert other.errors() == ["connection_ended"]
    assert_one_mind(other)
    assert other.holds() in ([("blocked", "partner_ended")], [])
    [error] = other.page.get("/errors")["items"]
    details = other.page.get(f"/errors/{error['id']}")
    assert not details["can_retry"]
    assert "Delete the connection" in details["advice"]["step"]
    assert (error["occurrences"], error["is_transient"]) == (1, False)


@pytest.mark.parametrize("retried", ["there", "here"])
def test_what_fails_at_the_partner_says_so_and_is_over_on_both_sides(story: Story, name: str, retried: str) -> None:
    failing, other = both(story, name)
    there, number = numbers(story, name, story.share())
    with story.refusing(failing):
        change(story, other, number, "Refused")
    assert [failing.pair(there)["status"], other.pair(number)["status"]] == ["failed", "failed"]
    [own], [told] = failing.page.get("/errors")["items"], other.page.get("/errors")["items"]
    assert (own["side"], told["side"]) == ("local", "remote")
    assert own["impact"] == told["impact"] == "work_item"
    assert told["message"] == f"The node of {failing.organization.name} says: {own['message']}"
    for side in (failing, other):
        assert_one_mind(side)
    side = failing if retried == "there" else other
    error = side.page.get("/errors")["items"][0]
    answer = side.page.call("POST", f"/errors/{error['id']}/retry")
    assert answer.status_code in (200, 202, 204), answer.text
    story.run(2)
    assert [failing.pair(there)["status"], other.pair(number)["status"]] == ["synchronized", "synchronized"]
    assert at_peace(failing)
    assert at_peace(other)


def test_a_connection_that_the_acceptor_ended_is_made_anew_by_a_new_invitation(story: Story) -> None:
    number, other = story.share()
    story.beta.page.edit("DELETE", story.beta.connection())
    story.run(1)
    change(story, story.alpha, number, "After the end")
    assert story.alpha.partner() == "ended"
    renewed = story.alpha.page.edit("POST", story.alpha.connection(), "/invitation")
    assert renewed.status_code in (200, 201), renewed.text
    story.beta.page.accept(renewed.json["code"])
    story.run(3)
    assert [side.connection()["status"] for side in story.sides] == ["active", "active"]
    assert [side.partner() for side in story.sides] == ["answering", "answering"]
    fresh, there = story.share("Fresh")
    change(story, story.alpha, fresh, "Goes on")
    assert story.beta.organization.snapshot(there).text(TITLE) == "Goes on"
    # What was a pair before is not made once more.
    assert {snapshot.id for snapshot in story.beta.organization.snapshots()} == {other, there}

"""A node whose database went back goes on: nothing is doubled or lost, newest values stand, and both pages say so."""

from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial

import pytest
from tests.acceptance.stories import (
    back_up,
    begin,
    edit,
    is_active_again,
    is_stopped,
    put_back,
    wait_until_both_show,
)
from tests.acceptance.village import TITLE, House, Lane, Village, at_once, patiently

pytestmark = [pytest.mark.xdist_group("acceptance"), pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def lane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lane]:
    """A connection of a public node with a private one."""
    with ExitStack() as stack:
        village = Village(tmp_path_factory.mktemp("village"), stack)
        public, private = at_once(partial(village.add, "public"), partial(village.add, "private", is_public=False))
        yield village.connect(public, private, is_private=True)


def statuses(house: House) -> dict[int, str]:
    """What the list of pairs says, by number."""
    rows = house.console.command("work-item", "list")
    return {int(row["work_item_id"]): str(row["status"]) for row in rows}


def has_something_to_send(lane: Lane, house: House) -> bool:
    return bool(house.connection(lane.id)["queue"]["outgoing"])


@pytest.mark.parametrize("is_declared", [True, False], ids=["the operator says so", "the partner finds out"])
@pytest.mark.parametrize("restored", ["initiator", "acceptor"])
def test_what_was_made_since_the_backup_is_there_once(lane: Lane, restored: str, *, is_declared: bool) -> None:
    house: House = getattr(lane, restored)
    other = lane.other(house)
    word = f"{restored}-{is_declared}"
    pair = begin(lane, other, word)
    lane.rest()
    backup = back_up(house)
    wait_until_both_show(lane, other, pair, edit(lane, other, pair, word))
    made = begin(lane, other, f"{word}-made")
    wait_until_both_show(lane, other, made, edit(lane, other, made, f"{word}-made"))
    lane.rest()
    counts = [one.count() for one in (house, other)]
    # Without its partner the restored node gives the numbers of what it has told to other messages.
    at_once(house.node.kill, other.node.kill)
    put_back(house, backup, is_whole=True)
    if is_declared:
        house.console.command("database", "restored")
    for number, name in ((pair[1], word), (made[1], f"{word}-made")):
        house.user.add_comment(number, f"<p>says-{name}-since</p>")
        house.user.update(number, {TITLE: f"{name} since"})
    house.node.start()
    if not is_declared:
        patiently(partial(has_something_to_send, lane, house), "the restored node has new messages")
    other.user.add_comment(pair[0], f"<p>says-{word}-there</p>")
    other.node.start()
    patiently(partial(is_stopped, lane, house), "the restored node stops")
    patiently(lambda: all(at_once(*(partial(is_active_again, lane, one) for one in (house, other)))), "both go on")
    for numbers, name, others in ((pair, word, ["there"]), (made, f"{word}-made", [])):
        expected = {
            "title": f"{name} since",
            "text": f"<p>{name} rewritten</p>",
            "words": sorted(f"says-{name}-{text}" for text in ("first", "mended", "answer", "since", *others)),
            "files": sorted([f"{name}.txt", f"{name}-back.txt"]),
        }
        wait_until_both_show(lane, other, numbers, expected)
    lane.rest()
    assert [one.count() for one in (house, other)] == counts, "a work item was lost or doubled"
    for one, numbers in ((other, (pair[0], made[0])), (house, (pair[1], made[1]))):
        told = statuses(one)
        assert [told[number] for number in numbers] == ["synchronized"] * 2, one.name
        assert one.errors() == []

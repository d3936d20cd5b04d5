"""This release and each one in the field work together, and a database of the field goes on with this release.

The other release is built from the history into an environment of its own (scripts/releases.py) and runs there as a
process beside this one.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from scripts.releases import Release, ReleaseError, build, list_releases
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
from tests.contract.storage.databases import postgresql_database

pytestmark = [pytest.mark.xdist_group("acceptance"), pytest.mark.timeout(300)]


@dataclass(frozen=True, slots=True)
class Neighbours:
    """This release with a public node, another one with a public node and a private one.

    The private one is on PostgreSQL where a server is.
    """

    village: Village
    ours: House
    theirs: House
    hidden: House
    lanes: tuple[Lane, ...]


@pytest.fixture(scope="module", params=list_releases(), ids=lambda release: release.name)
def release(request: pytest.FixtureRequest) -> Release:
    return build(request.param)


@pytest.fixture(scope="module")
def neighbours(release: Release, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Neighbours]:
    with open_neighbours(release, tmp_path_factory.mktemp("village")) as opened:
        yield opened


@contextmanager
def open_neighbours(release: Release, directory: Path) -> Iterator[Neighbours]:
    with ExitStack() as stack:
        village = Village(directory, stack)
        database_url = database_of_a_server(stack)
        ours, theirs, hidden = at_once(
            partial(village.add, "ours"),
            partial(village.add, "theirs", release),
            partial(village.add, "hidden", release, is_public=False, database_url=database_url),
        )
        lanes = at_once(
            partial(village.connect, ours, theirs, is_private=False),
            partial(village.connect, theirs, ours, is_private=False),
            partial(village.connect, theirs, ours, is_private=True),
            partial(village.connect, ours, hidden, is_private=True),
        )
        yield Neighbours(village, ours, theirs, hidden, tuple(lanes))


def database_of_a_server(stack: ExitStack) -> str:
    """The URL of a PostgreSQL database of one's own; '' (SQLite) on a machine of a person who has no server."""
    try:
        return stack.enter_context(postgresql_database())
    except pytest.skip.Exception:
        return ""


def test_work_items_travel_both_ways_over_every_kind_of_connection(neighbours: Neighbours) -> None:
    ways = [(lane, house) for lane in neighbours.lanes for house in (lane.initiator, lane.acceptor)]
    words = [f"way{number}" for number in range(len(ways))]
    pairs = at_once(*(partial(begin, lane, house, word) for (lane, house), word in zip(ways, words, strict=True)))
    everything = list(zip(ways, pairs, words, strict=True))
    expected = [edit(lane, house, pair, word) for (lane, house), pair, word in everything]
    for ((lane, house), pair, word), wanted in zip(everything, expected, strict=True):
        wait_until_both_show(lane, house, pair, wanted)
        files = lane.other(house).user.attachments(pair[1])
        assert lane.other(house).user.download(files[f"{word}.txt"]) == word.encode()
        assert house.user.download(house.user.attachments(pair[0])[f"{word}-back.txt"]) == f"{word} back".encode()
    for house in neighbours.village.houses:
        assert house.errors() == []


@pytest.mark.parametrize("restored", ["ours", "theirs"])
def test_a_restored_backup_of_either_side_stops_both_and_nothing_is_lost(neighbours: Neighbours, restored: str) -> None:
    house: House = getattr(neighbours, restored)
    lane = neighbours.lanes[0]
    other = lane.other(house)
    word = f"restored-{restored}"
    pair = begin(lane, other, word)
    lane.rest()
    counts = [one.count() for one in (house, other)]
    backup = back_up(house)
    wait_until_both_show(lane, other, pair, edit(lane, other, pair, word))
    house.node.kill()
    put_back(house, backup)
    house.node.start()
    house.user.add_comment(pair[1], f"<p>says-{word}-after</p>")
    other.user.update(pair[0], {TITLE: f"{word} after"})
    patiently(lambda: is_stopped(lane, house) or is_stopped(lane, other), "the rewound queue is noticed")
    patiently(lambda: all(at_once(*(partial(is_active_again, lane, one) for one in (house, other)))), "both go on")
    for one, number in ((other, pair[0]), (house, pair[1])):
        arrived = partial(has_arrived, one, number, word, is_exact=restored == "ours")
        patiently(arrived, f"{one.name} has all: {one.shown(number)}")
    lane.rest()
    assert [one.count() for one in (house, other)] == counts, "a work item was lost or doubled"


def has_arrived(house: House, number: int, word: str, *, is_exact: bool) -> bool:
    """Say whether all is there: once, unless it was the node of the earlier release that was restored."""
    shown = house.shown(number)
    words = sorted(f"says-{word}-{text}" for text in ("first", "mended", "answer", "after"))
    files = sorted([f"{word}.txt", f"{word}-back.txt"])
    if not is_exact:
        shown = {**shown, "words": sorted(set(shown["words"])), "files": sorted(set(shown["files"]))}
    return (shown["title"], shown["words"], shown["files"]) == (f"{word} after", words, files)


def test_a_database_of_the_field_goes_on_with_this_release(release: Release, tmp_path: Path) -> None:
    """Twins, connections and what waits in the queue are still there after the upgrade, on SQLite and PostgreSQL."""
    with open_neighbours(release, tmp_path) as neighbours:
        lanes = neighbours.lanes[-2:]
        words = [f"upgrade{number}" for number in range(len(lanes))]
        pairs = at_once(*(partial(begin, lane, neighbours.ours, word) for lane, word in zip(lanes, words, strict=True)))
        for lane in lanes:
            lane.rest()
        neighbours.ours.node.kill()
        houses = [lane.other(neighbours.ours) for lane in lanes]
        for house, (_, theirs), word in zip(houses, pairs, words, strict=True):
            house.user.update(theirs, {TITLE: f"{word} waits in the queue"})
        for lane, house in zip(lanes, houses, strict=True):
            patiently(partial(has_outgoing, lane, house), f"{house.name} has something to send")
        # Each refused call doubles the pause before the next one.
        at_once(*(house.node.stop for house in houses))
        neighbours.ours.node.start()
        at_once(*(partial(neighbours.village.upgrade, house) for house in houses))
        for (ours, _), word in zip(pairs, words, strict=True):
            patiently(partial(has_title, neighbours.ours, ours, f"{word} waits in the queue"), "what waited arrives")
        for lane, pair, word in zip(lanes, pairs, words, strict=True):
            wait_until_both_show(lane, neighbours.ours, pair, edit(lane, neighbours.ours, pair, word))


def test_a_history_that_does_not_reach_back_is_said_and_never_passed_over() -> None:
    with pytest.raises(ReleaseError, match="history of this checkout does not reach back to it") as error:
        build(Release("0" * 40, "2020-01-01"))
    assert "git fetch --unshallow" in str(error.value)


def has_outgoing(lane: Lane, house: House) -> bool:
    return bool(house.connection(lane.id)["queue"]["outgoing"])


def has_title(house: House, number: int, title: str) -> bool:
    return bool(house.user.fields(number)[TITLE] == title)

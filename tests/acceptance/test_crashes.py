"""kill -9 of either node at random moments while Azure DevOps disturbs: after it heals, both sides are equal."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from tests.acceptance.conftest import Pair
from tests.acceptance.harness import Side

pytestmark = [pytest.mark.xdist_group("acceptance"), pytest.mark.timeout(600)]
TITLE = "System.Title"
DESCRIPTION = "System.Description"
EVERYTHING = "SELECT [System.Id] FROM WorkItems"
CHANGES = 200
KILLS = 5
"""However long a start takes on this machine: people go on changing things until so many nodes have died."""
ITEMS = 8
HEALING_SECONDS = 180.0
NODES_ONLY = {"user_agent": "*azure-devops*"}
"""The official client that the nodes use names itself; people are not disturbed."""
DISTURBANCES: tuple[dict[str, Any], ...] = (
    {"route": "*/wit/*", "status": 429, "retry_after": 1, "probability": 0.03, "seed": 1},
    {"route": "*/wit/*", "status": 500, "probability": 0.03, "seed": 2},
    {"route": "*/wit/*", "drop": "before", "probability": 0.03, "seed": 3},
    {"route": "*/wit/*", "drop": "after", "probability": 0.05, "seed": 4},
    {"route": "*/wit/*", "html_sign_in": True, "probability": 0.01, "seed": 5},
)


class Reaper(threading.Thread):
    """Kills one of the nodes at random moments and starts it again."""

    def __init__(self, sides: list[Side], randomness: random.Random) -> None:
        super().__init__(name="reaper", daemon=True)
        self._sides = sides
        self._random = randomness
        self._stopping = threading.Event()
        self.kills = 0
        self.failure: BaseException | None = None

    def run(self) -> None:
        try:
            while not self._stopping.wait(self._random.uniform(0.5, 4.0)):
                node = self._random.choice(self._sides).node
                node.kill()
                self.kills += 1
                node.start()
        except BaseException as error:  # noqa: BLE001 - reported by the test's own thread
            self.failure = error

    def finish(self) -> None:
        self._stopping.set()
        self.join()
        if self.failure is not None:
            raise self.failure


@contextmanager
def dying_nodes(sides: list[Side], randomness: random.Random) -> Iterator[Reaper]:
    reaper = Reaper(sides, randomness)
    reaper.start()
    try:
        yield reaper
    finally:
        reaper.finish()


class Crowd:
    """People on both sides who change what they see. Every comment and file is unique and remembered."""

    def __init__(self, pair: Pair, items: dict[int, int], randomness: random.Random) -> None:
        self._pair = pair
        self._items = list(items.items())
        self._random = randomness
        self.comments: dict[int, set[str]] = {number: set() for number in items}
        self.files: dict[int, set[str]] = {number: set() for number in items}

    def change(self, turn: int) -> None:
        number, other = self._random.choice(self._items)
        side, item = self._random.choice([(self._pair.public, number), (self._pair.private, other)])
        deed = self._random.choice((self._write_title, self._write_text, self._comment, self._comment, self._attach))
        deed(turn, number, side, item)

    def _write_title(self, turn: int, _number: int, side: Side, item: int) -> None:
        side.user.update(item, {TITLE: f"title {turn}"})

    def _write_text(self, turn: int, _number: int, side: Side, item: int) -> None:
        side.user.update(item, {DESCRIPTION: f"<p>text <b>{turn}</b></p>"})

    def _comment(self, turn: int, number: int, side: Side, item: int) -> None:
        side.user.add_comment(item, f"<p>comment-{turn}-end</p>")
        self.comments[number].add(f"comment-{turn}-end")

    def _attach(self, turn: int, number: int, side: Side, item: int) -> None:
        side.user.attach(item, f"file-{turn}.txt", f"content {turn}".encode())
        self.files[number].add(f"file-{turn}.txt")


def shown(side: Side, item: int) -> dict[str, Any]:
    """What people see of a work item, comments and files counted."""
    read = side.user.read(item)
    names = [one["attributes"]["name"] for one in read.get("relations") or [] if one["rel"] == "AttachedFile"]
    words = [
        word
        for comment in side.user.comments(item)
        for word in str(comment["text"]).replace("<", " ").replace(">", " ").split()
        if word.startswith("comment-")
    ]
    fields = read["fields"]
    return {
        "title": fields[TITLE],
        "text": fields.get(DESCRIPTION, ""),
        "comments": sorted(words),
        "files": sorted(names),
    }


def test_nothing_is_lost_or_doubled_when_nodes_die_and_azure_devops_disturbs(pair: Pair) -> None:
    randomness = random.Random(20261125)
    sides = [pair.public, pair.private]
    before = [len(side.user.find(EVERYTHING)) for side in sides]
    numbers = [pair.public.user.create("Task", {TITLE: f"Item {count}"}) for count in range(ITEMS)]
    items = pair.stage.synchronize(pair.public, pair.connection_id, numbers)
    crowd = Crowd(pair, items, randomness)
    for side in sides:
        side.faults(*({**one, **NODES_ONLY} for one in DISTURBANCES))
    with dying_nodes(sides, random.Random(7)) as reaper:
        turn = 0
        while turn < CHANGES or (reaper.kills < KILLS and reaper.is_alive()):
            crowd.change(turn)
            turn += 1
            time.sleep(randomness.uniform(0.0, 0.2))
    for side in sides:
        side.no_faults()
    assert reaper.kills >= KILLS

    def is_healed(number: int, other: int) -> Callable[[], bool]:
        def condition() -> bool:
            return shown(pair.public, number) == shown(pair.private, other)

        return condition

    for number, other in items.items():
        pair.stage.wait_until(is_healed(number, other), f"{number} and {other} are equal", HEALING_SECONDS)
    pair.stage.wait_for_rest(pair.connection_id, *sides, seconds=HEALING_SECONDS)
    for number, other in items.items():
        public, private = shown(pair.public, number), shown(pair.private, other)
        assert public == private
        assert public["comments"] == sorted(crowd.comments[number]), "a comment is lost or doubled"
        assert public["files"] == sorted(crowd.files[number]), "a file is lost or doubled"
    for side, count in zip(sides, before, strict=True):
        assert len(side.user.find(EVERYTHING)) - count == ITEMS, "a work item is lost or doubled"
        pair.stage.wait_until(lambda side=side: not side.errors(), "every error record closes itself")  # type: ignore[misc]


def test_creates_whose_answer_is_lost_are_found_again_and_not_repeated(pair: Pair) -> None:
    numbers = [pair.public.user.create("Task", {TITLE: f"Lost answer {count}"}) for count in range(6)]
    pair.private.faults({"route": "*/wit/*", "method": "POST", "drop": "after", "count": 2, **NODES_ONLY})
    pair.private.faults({"route": "*/wit/$batch", "drop": "after", "count": 2, **NODES_ONLY})
    items = pair.stage.synchronize(pair.public, pair.connection_id, numbers)
    pair.private.no_faults()
    pair.stage.wait_for_rest(pair.connection_id, pair.public, pair.private)
    found = pair.private.user.find("SELECT [System.Id] FROM WorkItems WHERE [System.Title] CONTAINS 'Lost answer'")
    assert sorted(found) == sorted(items.values())

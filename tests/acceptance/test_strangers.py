"""Strangers who are slow, silent or never end, and a partner that wants everything, beside honest partners."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from tests.acceptance.harness import Side, Stage, open_stage
from tests.acceptance.strangers import Crowd, Load, Partner, add_partners

pytestmark = pytest.mark.xdist_group("acceptance")

TITLE = "System.Title"
CROWD = Crowd(heads=50, bodies=50, holders=20, bytes_a_second=100)
POLLS = 100
"""A tenth of what `make bench` lets come."""
TURNS = 5


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with open_stage(tmp_path) as opened:
        yield opened


@pytest.fixture
def public(stage: Stage) -> Side:
    return stage.add_side("services")


@pytest.fixture
def private(stage: Stage) -> Side:
    return stage.add_side("collection", "Scrum", is_public=False)


class Pair:
    """A work item of each side, kept in sync over a private connection."""

    def __init__(self, stage: Stage, public: Side, private: Side) -> None:
        self._stage = stage
        connection_id = stage.connect(public, private)
        number = public.user.create("Task", {TITLE: "Hello"})
        other = stage.synchronize(public, connection_id, [number])[number]
        self._ends = [(public.user, number), (private.user, other)]

    def change(self, title: str) -> None:
        """Change the title on one side, by turns, and wait until it is at the other."""
        (here, own), (there, copy) = self._ends
        here.update(own, {TITLE: title})
        self._stage.wait_until(lambda: there.fields(copy)[TITLE] == title, f"{title} arrives")
        self._ends.reverse()


def is_healthy(side: Side) -> bool:
    return requests.get(f"{side.node.url}/healthz", timeout=30).status_code == 200


def processes(side: Side) -> list[list[int]]:
    return [side.process_ids(part) for part in ("web", "worker")]


def test_strangers_hold_nothing_that_others_need(stage: Stage, public: Side, private: Side) -> None:
    pair, partners, before = Pair(stage, public, private), add_partners(public, POLLS), processes(public)
    load = Load(public.node.url or "", CROWD, partners, wait_seconds=5.0)
    with load:
        stage.wait_until(lambda: load.strangers["holder 200"] >= CROWD.holders, "those that never close are there")
        for turn in range(TURNS):
            assert all(is_healthy(public) for _ in range(10))
            pair.change(f"turn {turn}")
        stage.wait_until(lambda: load.strangers["head 408"] >= CROWD.heads, "heads are told that they are too slow")
        stage.wait_until(lambda: load.strangers["body 408"] >= CROWD.bodies, "bodies are told that they are too slow")
        stage.wait_until(lambda: len(load.answers) == POLLS, "every partner has had an answer")
        pair.change("the last one")
    assert set(load.strangers) == {"head 408", "body 408", "holder 200", "over"}
    assert set(load.statuses) == {200}
    assert processes(public) == before
    assert '"process_ended"' not in public.node.child.log


def test_a_partner_with_many_polls_takes_nothing_from_another(stage: Stage, public: Side, private: Side) -> None:
    pair = Pair(stage, public, private)
    greedy, *modest = add_partners(public, 1 + POLLS // 10)
    polls: list[Partner] = [*[greedy] * POLLS, *modest]
    load = Load(public.node.url or "", Crowd(), polls, wait_seconds=5.0)
    with load:
        stage.wait_until(lambda: load.answers[greedy.connection_id][503], "it is told that it wants too much")
        for turn in range(TURNS):
            pair.change(f"turn {turn}")
        stage.wait_until(lambda: all(load.answers[one.connection_id] for one in modest), "the others are answered")
    # Everything was answered, the greedy one's polls too; told to come again was nobody but him.
    assert set(load.answers[greedy.connection_id]) == {200, 503}
    assert [set(load.answers[one.connection_id]) for one in modest] == [{200}] * len(modest)
    assert [message for message in public.errors() if message["impact"] == "connection"] == []

"""More than two organizations: a chain carries on, a ring comes to rest."""

from collections.abc import Iterator

import pytest
from tests.acceptance.harness import Side, Stage, open_stage

pytestmark = pytest.mark.xdist_group("acceptance")
TITLE = "System.Title"


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with open_stage(tmp_path_factory.mktemp("stage")) as opened:
        yield opened


@pytest.fixture(scope="module")
def sides(stage: Stage) -> list[Side]:
    return [stage.add_side(name, process) for name, process in (("one", "Agile"), ("two", "Scrum"), ("three", "Basic"))]


@pytest.fixture(scope="module")
def chain(stage: Stage, sides: list[Side]) -> list[str]:
    return [stage.connect(sides[0], sides[1]), stage.connect(sides[1], sides[2])]


def count_titles(side: Side, title: str) -> int:
    return len(side.user.find(f"SELECT [System.Id] FROM WorkItems WHERE [System.Title] = '{title}'"))  # noqa: S608


def rest(stage: Stage, connections: list[tuple[str, Side, Side]]) -> None:
    for _ in range(2):
        for connection_id, first, second in connections:
            stage.wait_for_rest(connection_id, first, second)


def test_a_chain_carries_changes_to_its_end_and_back(stage: Stage, sides: list[Side], chain: list[str]) -> None:
    one, two, three = sides
    first = one.user.create("Task", {TITLE: "Along the chain"})
    second = stage.synchronize(one, chain[0], [first])[first]
    third = stage.synchronize(two, chain[1], [second])[second]
    one.user.update(first, {TITLE: "From the first"})
    stage.wait_until(lambda: three.user.fields(third)[TITLE] == "From the first", "the title reaches the end")
    three.user.add_comment(third, "<p>from the third</p>")
    stage.wait_until(
        lambda: any("from the third" in str(comment["text"]) for comment in one.user.comments(first)),
        "the comment reaches the beginning",
    )
    three.user.attach(third, "end.txt", b"end")
    stage.wait_until(lambda: "end.txt" in one.user.attachments(first), "the file reaches the beginning")
    rest(stage, [(chain[0], one, two), (chain[1], two, three)])
    for side, number in ((one, first), (two, second), (three, third)):
        assert len(side.user.comments(number)) == 1
        assert list(side.user.attachments(number)) == ["end.txt"]


def test_a_ring_of_three_comes_to_rest_without_doubles(stage: Stage, sides: list[Side], chain: list[str]) -> None:
    one, two, three = sides
    closing = stage.connect(three, one, "closing the ring")
    ring = [(chain[0], one, two), (chain[1], two, three), (closing, three, one)]
    first = one.user.create("Task", {TITLE: "Round and round"})
    second = stage.synchronize(one, chain[0], [first])[first]
    third = stage.synchronize(two, chain[1], [second])[second]
    assert stage.synchronize(three, closing, [third])[third] == first
    two.user.update(second, {TITLE: "Round once"})
    two.user.add_comment(second, "<p>said once</p>")
    for side, number in ((one, first), (three, third)):
        stage.wait_until(
            lambda side=side, number=number: side.user.fields(number)[TITLE] == "Round once",  # type: ignore[misc]
            "the title arrives",
        )
    rest(stage, ring)
    revisions = [side.user.read(number)["rev"] for side, number in ((one, first), (two, second), (three, third))]
    marker = one.user.create("Task", {TITLE: "Marker"})
    stage.synchronize(one, chain[0], [marker])
    rest(stage, ring)
    for side, number, revision in zip(sides, (first, second, third), revisions, strict=True):
        assert side.user.read(number)["rev"] == revision, "the ring does not come to rest"
        assert count_titles(side, "Round once") == 1
        assert len(side.user.comments(number)) == 1

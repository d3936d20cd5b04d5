"""Work items that people move to another project while the other side changes their discussion."""

from collections.abc import Iterator

import pytest
from tests.acceptance.harness import Side, Stage, open_stage

pytestmark = pytest.mark.xdist_group("acceptance")
TITLE = "System.Title"
OTHER_PROJECT = "Tailspin"
PLACE = ("System.TeamProject", "System.AreaPath", "System.IterationPath")
SELDOM = "3600"
"""The side that moves reads its change feed at the start only: it learns of the move by what Azure DevOps answers."""


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with open_stage(tmp_path_factory.mktemp("stage")) as opened:
        yield opened


@pytest.fixture(scope="module")
def teller(stage: Stage) -> Side:
    return stage.add_side("teller", "Agile")


@pytest.fixture(scope="module", params=["public", "private"])
def mover(request: pytest.FixtureRequest, stage: Stage) -> Side:
    is_public = request.param == "public"
    name = f"{request.param}-mover"
    side = stage.add_side(name, "Scrum", is_public=is_public, ADNODE_FEED_INTERVAL_SECONDS=SELDOM)
    side.add_project(OTHER_PROJECT, "Scrum")
    return side


@pytest.fixture(scope="module")
def connection_id(stage: Stage, teller: Side, mover: Side) -> str:
    return stage.connect(teller, mover)


def texts(side: Side, number: int, project: str) -> list[str]:
    return [str(comment["text"]) for comment in side.user_of(project).comments(number)]


@pytest.mark.parametrize("text_format", ["html", "markdown"])
def test_a_comment_deleted_while_its_work_item_is_in_another_project_is_deleted_there(
    stage: Stage, teller: Side, mover: Side, connection_id: str, text_format: str
) -> None:
    number = teller.user.create("Task", {TITLE: "Goes elsewhere"})
    kept, deleted, edited = (
        teller.user.add_comment(number, f"said {word}", text_format) for word in ("kept", "deleted", "edited")
    )
    other = stage.synchronize(teller, connection_id, [number])[number]
    stage.wait_for_rest(connection_id, teller, mover)
    mover.user.update(other, dict.fromkeys(PLACE, OTHER_PROJECT))
    teller.user.delete_comment(number, deleted)
    teller.user.edit_comment(number, edited, "said better", text_format)

    def shown() -> list[str]:
        words = ("kept", "deleted", "edited", "better")
        return [word for text in texts(mover, other, OTHER_PROJECT) for word in words if f"said {word}" in text]

    stage.wait_until(lambda: shown() == ["kept", "better"], "the comment is deleted where its work item is now")
    stage.wait_for_rest(connection_id, teller, mover)
    assert shown() == ["kept", "better"]
    assert [one["id"] for one in teller.user.comments(number)] == [kept, edited]
    for side in (teller, mover):
        assert side.errors() == []
    assert {side.twin(item)["status"] for side, item in ((teller, number), (mover, other))} == {"synchronized"}

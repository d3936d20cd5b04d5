"""What every gateway holds of calls guarded by a check: it is asked before each of them, and its no is final."""

from collections.abc import Callable

import pytest
from tests.contract.gateway.stages import PROJECT, Stage

from adnode.domain.errors import LeaseLostError
from adnode.domain.rich_text import TextFormat
from adnode.domain.work_item import TITLE, WorkItemWrite
from adnode.ports.gateway import WorkItemGateway, chunk_stream

Act = Callable[[WorkItemGateway, int, int], object]
HTML = TextFormat.HTML
ACTS: dict[str, Act] = {
    "create": lambda gateway, _number, _comment: gateway.write_work_items(
        [WorkItemWrite(PROJECT, {TITLE: "made"}, type_name="Task")]
    ),
    "create several": lambda gateway, _number, _comment: gateway.write_work_items(
        [WorkItemWrite(PROJECT, {TITLE: "made"}, type_name="Task")] * 2
    ),
    "add": lambda gateway, number, _comment: gateway.add_comment(PROJECT, number, "added", HTML),
    "edit": lambda gateway, number, comment: gateway.edit_comment(PROJECT, number, comment, "edited", HTML),
    "delete": lambda gateway, number, comment: gateway.delete_comment(PROJECT, number, comment),
    "upload": lambda gateway, _number, _comment: gateway.upload_attachment(PROJECT, "a.txt", chunk_stream([b"a"])),
    "read": lambda gateway, number, _comment: gateway.read_work_items([number]),
    "read comments": lambda gateway, number, _comment: gateway.read_comments(PROJECT, number),
}


def refuse() -> None:
    raise LeaseLostError("Too late.")


@pytest.mark.parametrize("name", ACTS)
def test_what_the_check_refuses_does_not_happen(stage: Stage, name: str) -> None:
    number = stage.create()
    comment = stage.person.comment(number, "said")
    before = stage.gateway.read_work_items([number]), stage.gateway.read_comments(PROJECT, number)
    with pytest.raises(LeaseLostError):
        ACTS[name](stage.gateway.guarded_by(refuse), number, comment)
    assert (stage.gateway.read_work_items([number]), stage.gateway.read_comments(PROJECT, number)) == before
    [made] = stage.gateway.write_work_items([WorkItemWrite(PROJECT, {TITLE: "next"}, type_name="Task")])
    assert made.snapshot is not None
    assert made.snapshot.id == number + 1, "something was made"


@pytest.mark.parametrize("name", ACTS)
def test_what_the_check_lets_pass_happens(stage: Stage, name: str) -> None:
    number = stage.create()
    comment = stage.person.comment(number, "said")
    checks: list[str] = []
    ACTS[name](stage.gateway.guarded_by(lambda: checks.append(name)), number, comment)
    assert checks
    checks.clear()
    ACTS[name](stage.gateway, number, comment) if name != "delete" else None
    assert checks == []


def test_what_is_learned_over_a_guarded_gateway_is_learned_for_all(stage: Stage) -> None:
    number = stage.create()
    guarded = stage.gateway.guarded_by(lambda: None)
    guarded.read_work_items([number])
    assert guarded.read_catalog(PROJECT).knows_markdown == stage.gateway.read_catalog(PROJECT).knows_markdown

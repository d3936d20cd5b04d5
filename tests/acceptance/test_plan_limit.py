"""A node under a plan: what is beyond it waits and is named, pairs that exist go on, a higher limit lets it through."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.acceptance.harness import Side, Stage, open_stage

from adnode.cli.demo.sides import NodeProcess

pytestmark = pytest.mark.xdist_group("acceptance")
TITLE = "System.Title"
LIMIT_CODE = "plan_limit_reached"
TWO = "pairs:2"


@contextmanager
def restarted(side: Side, plan: str) -> Iterator[NodeProcess]:
    """The node of a side, ended and started again under another plan."""
    node = side.node
    node.stop()
    settings = {**node.settings, "ADNODE_PLAN": plan}
    again = NodeProcess(node.name, node.directory, node.port, settings=settings)
    again.start()
    try:
        yield again
    finally:
        again.stop()


def share_three(stage: Stage, sender: Side, connection_id: str) -> list[int]:
    """Put two work items under sync, and a third one once these are over there."""
    numbers = [sender.user.create("Task", {TITLE: f"Number {count}"}) for count in range(1, 4)]
    sender.node.command("work-item", "sync", connection_id, *map(str, numbers[:2]))
    for number in numbers[:2]:
        stage.counterpart(sender, number, connection_id)
    sender.node.command("work-item", "sync", connection_id, str(numbers[2]))
    return numbers


@pytest.mark.parametrize("limits_sender", [True, False], ids=["initiator", "acceptor"])
def test_the_third_pair_waits_until_the_limit_is_raised(tmp_path: Path, limits_sender: bool) -> None:
    with open_stage(tmp_path) as stage:
        sender = stage.add_side("services", ADNODE_PLAN=TWO if limits_sender else "")
        receiver = stage.add_side("collection", "Scrum", is_public=False, ADNODE_PLAN="" if limits_sender else TWO)
        limited = sender if limits_sender else receiver
        connection_id = stage.connect(sender, receiver)
        first, _, third = share_three(stage, sender, connection_id)

        def warnings() -> list[str]:
            return [record["message"] for record in limited.errors() if record["code"] == LIMIT_CODE]

        stage.wait_until(warnings, "the limit is told")
        assert warnings()[0].startswith("1 work item waits")
        [held] = limited.node.command("license", "held")
        assert held["work_item_id"] == (third if limits_sender else None)
        assert held["remote_work_item_id"] == (None if limits_sender else third)
        other = sender.twin(first)["remote_work_item_id"]
        sender.user.update(first, {TITLE: "Goes on"})
        stage.wait_until(lambda: receiver.user.fields(other)[TITLE] == "Goes on", "an existing pair goes on")
        assert sender.twin(third)["remote_work_item_id"] is None
        with restarted(limited, "pairs:3") as node:
            number = stage.counterpart(sender, third, connection_id)
            assert receiver.user.fields(number)[TITLE] == "Number 3"
            stage.wait_until(lambda: not warnings(), "the warning closes itself")
            [usage] = node.command("license", "export")
            assert usage["connection_name"] == "services and collection"
            assert usage["destination"] == (receiver if limits_sender else sender).user.organization_url
            assert usage["pairs"] == 3

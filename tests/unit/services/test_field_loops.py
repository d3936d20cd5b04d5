"""Two automations that answer each other's change on both sides: the field of that pair rests, on both nodes."""

from dataclasses import dataclass

import pytest
from tests.unit.services.memory_nodes import Meeting, MemoryNode

from adnode.domain.connection import Visibility
from adnode.domain.error_record import ErrorRecord
from adnode.domain.twin import TwinStatus

CODE = "field_loop"
TITLE = "System.Title"
STEPS = 60


@dataclass
class Bot:
    """An automation that sets a title back whenever it is another one."""

    node: MemoryNode
    number: int
    title: str
    is_on: bool = True

    def look(self) -> None:
        if self.is_on and title(self.node, self.number) != self.title:
            self.node.organization.edit(self.number, {TITLE: self.title}, by="Bot")


@dataclass
class Fight:
    """A pair with a bot on each side."""

    meeting: Meeting
    connection_id: str
    here: Bot
    there: Bot

    def go_on(self, steps: int = STEPS) -> None:
        for _ in range(steps):
            self.meeting.clock.advance(1.5)
            for bot in (self.here, self.there):
                bot.look()
                bot.node.step(bot.node.connections.list_connections())

    def revisions(self) -> int:
        return sum(bot.node.organization.snapshot(bot.number).revision for bot in (self.here, self.there))


@pytest.fixture(params=[Visibility.PUBLIC, Visibility.PRIVATE])
def fight(request: pytest.FixtureRequest) -> Fight:
    meeting = Meeting()
    alpha, beta = meeting.add("alpha"), meeting.add("beta")
    connection_id = meeting.connect(alpha, beta, request.param)
    number = alpha.create("Task", "From here", Description="One")
    [other] = meeting.share(alpha, connection_id, number)
    return Fight(meeting, connection_id, Bot(alpha, number, "From here"), Bot(beta, other, "From there"))


def title(node: MemoryNode, number: int) -> str:
    return node.organization.snapshot(number).text(TITLE)


def loops(node: MemoryNode) -> list[ErrorRecord]:
    return [record for record in node.error_records() if record.code == CODE]


def own_loops(node: MemoryNode) -> list[ErrorRecord]:
    return [record for record in loops(node) if not record.is_remote]


def test_two_automations_come_to_rest_and_both_sides_say_why(fight: Fight) -> None:
    fight.go_on()
    before = fight.revisions()
    fight.go_on()
    assert fight.revisions() == before, "they go on"
    for bot in (fight.here, fight.there):
        assert loops(bot.node), bot.node.organization.name
        assert bot.node.twin(bot.number).status is TwinStatus.FAILED
    assert {title(bot.node, bot.number) for bot in (fight.here, fight.there)} == {"From here", "From there"}


def test_everything_else_of_the_pair_goes_on(fight: Fight) -> None:
    fight.go_on()
    fight.here.node.organization.edit(fight.here.number, {"System.Description": "Two"})
    fight.there.node.organization.comment(fight.there.number, "Still here")
    fight.go_on(12)
    snapshot = fight.there.node.organization.snapshot(fight.there.number)
    assert "Two" in snapshot.text("System.Description")
    [comment] = fight.here.node.organization.comments(fight.here.number)
    assert "Still here" in comment.text


def test_a_retry_releases_the_field(fight: Fight) -> None:
    fight.go_on()
    fight.there.is_on = False
    for bot in (fight.here, fight.there):
        for record in own_loops(bot.node):
            bot.node.errors.retry(record.id)
    fight.go_on(20)
    assert [title(bot.node, bot.number) for bot in (fight.here, fight.there)] == ["From here", "From here"]
    assert loops(fight.here.node) == loops(fight.there.node) == []
    fight.here.title = "Another one"
    fight.go_on(20)
    assert title(fight.there.node, fight.there.number) == "Another one"
    assert loops(fight.here.node) == loops(fight.there.node) == []


def test_a_fight_that_goes_on_after_the_retry_rests_again(fight: Fight) -> None:
    fight.go_on()
    for bot in (fight.here, fight.there):
        for record in own_loops(bot.node):
            bot.node.errors.retry(record.id)
    fight.go_on()
    before = fight.revisions()
    fight.go_on()
    assert fight.revisions() == before
    assert loops(fight.here.node)
    assert loops(fight.there.node)


def test_people_who_change_a_title_often_are_left_alone(fight: Fight) -> None:
    fight.there.is_on = False
    for edit in range(30):
        fight.here.title = f"Title {edit}"
        fight.go_on(3)
    assert title(fight.there.node, fight.there.number) == "Title 29"
    assert loops(fight.here.node) == loops(fight.there.node) == []

"""A work item that this node has just created is its own from the create on, not only when the round ends."""

from collections.abc import Callable

import pytest
from tests.unit.services.memory_nodes import Meeting, MemoryNode, as_seen

from adnode.adapters.memory.gateway_failures import Moment
from adnode.domain.connection import Visibility
from adnode.domain.errors import AdnodeError
from adnode.domain.twin import TwinStatus

TITLE = "System.Title"


@pytest.fixture
def meeting() -> Meeting:
    return Meeting()


@pytest.fixture
def alpha(meeting: Meeting) -> MemoryNode:
    return meeting.add("alpha")


@pytest.fixture
def beta(meeting: Meeting) -> MemoryNode:
    return meeting.add("beta")


@pytest.fixture
def connection_id(meeting: Meeting, alpha: MemoryNode, beta: MemoryNode) -> str:
    return meeting.connect(alpha, beta, Visibility.PUBLIC)


class Interruption:
    """Has something done once, at a certain moment of a call or commit of a node."""

    def __init__(self, node: MemoryNode, deed: Callable[[], None]) -> None:
        self._node = node
        self._deed = deed
        self.is_done = False

    def after(self, operation: str, moment: Moment = Moment.AFTER) -> None:
        inner = self._node.gateway.disturb

        def disturb(name: str, when: Moment) -> None:
            inner(name, when)
            if (name, when) == (operation, moment) and not self.is_done:
                self.is_done = True
                self._deed()

        self._node.gateway.disturb = disturb


def offer(alpha: MemoryNode, connection_id: str, *numbers: int) -> None:
    """Have alpha tell its work items; beta has them in its inbox and has not made any yet."""
    alpha.work_items.synchronize(connection_id, numbers)
    alpha.reconciliation.reconcile(connection_id)
    alpha.exchange.send(connection_id)


def read_feed(node: MemoryNode) -> None:
    node.clock.advance(2)
    node.feed.read(node.organization.id)


def rename_made(node: MemoryNode) -> None:
    """A person renames what was made a moment ago."""
    newest = max(snapshot.id for snapshot in node.organization.snapshots())
    node.organization.edit(newest, {TITLE: "Renamed at once"})


@pytest.mark.parametrize("operation", ["write_work_items", "write_work_item"])
def test_an_edit_that_the_feed_tells_between_a_create_and_its_settlement_is_not_lost(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str, operation: str
) -> None:
    """The feed is read before the twin has its number: the row would be one of a work item that nobody knows."""
    number = alpha.create("Task", "First")
    offer(alpha, connection_id, number)

    def deed() -> None:
        rename_made(beta)
        read_feed(beta)

    Interruption(beta, deed).after(operation)
    beta.reconciliation.reconcile(connection_id)
    meeting.rest()
    assert as_seen(alpha, number)["title"] == "Renamed at once"


def test_an_edit_after_the_number_is_stored_is_noticed_by_the_feed_alone(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    number = alpha.create("Task", "First")
    alpha.organization.comment(number, "<p>one</p>")
    alpha.organization.comment(number, "<p>two</p>")
    offer(alpha, connection_id, number)
    found: list[int | None] = []

    def deed() -> None:
        rename_made(beta)
        read_feed(beta)
        found.extend(twin.work_item_id for twin in beta.twins(1))

    # The second call writes the second comment: the work item was made, and its round is not over.
    Interruption(beta, lambda: Interruption(beta, deed).after("write_work_items", Moment.BEFORE)).after(
        "write_work_items"
    )
    beta.reconciliation.reconcile(connection_id)
    assert found == [1]
    meeting.wait(1)
    meeting.rest()
    assert as_seen(alpha, number)["title"] == as_seen(beta, 1)["title"] == "Renamed at once"
    assert len(as_seen(beta, 1)["comments"]) == 2  # type: ignore[arg-type]
    assert meeting.situation() == []


def test_no_feed_in_between_costs_no_look(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    numbers = [alpha.create("Task", f"Item {count}") for count in range(3)]
    offer(alpha, connection_id, *numbers)
    beta.gateway.calls.clear()
    beta.reconciliation.reconcile(connection_id)
    meeting.rest()
    assert beta.gateway.calls["read_work_items"] == 0
    assert beta.gateway.calls["write_work_items"] == 1


def test_a_feed_in_between_costs_one_look_for_the_whole_round(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    numbers = [alpha.create("Task", f"Item {count}") for count in range(3)]
    offer(alpha, connection_id, *numbers)
    beta.gateway.calls.clear()
    beta.create("Task", "Something else")
    Interruption(beta, lambda: read_feed(beta)).after("write_work_items")
    beta.reconciliation.reconcile(connection_id)
    meeting.rest()
    assert beta.gateway.calls["read_work_items"] == 1


def test_somebody_who_puts_a_just_created_work_item_under_sync_doubles_nothing(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    numbers = [alpha.create("Task", f"Item {count}") for count in range(3)]
    offer(alpha, connection_id, *numbers)
    Interruption(beta, lambda: _start(beta, connection_id, 2)).after("write_work_items")
    beta.reconciliation.reconcile(connection_id)
    assert [twin.work_item_id for twin in beta.twins(1) + beta.twins(3)] == [1, 3]
    meeting.rest()
    assert len(alpha.organization.snapshots()) == len(beta.organization.snapshots()) == 3
    assert sorted(alpha.twin(number).remote_work_item_id or 0 for number in numbers) == [1, 2, 3]
    assert {twin.status for number in (1, 2, 3) for twin in beta.twins(number)} == {TwinStatus.SYNCHRONIZED}
    assert meeting.situation() == []


def _start(node: MemoryNode, connection_id: str, number: int) -> None:
    node.work_items.synchronize(connection_id, [number], check=False)


def test_a_twin_that_can_not_be_stored_takes_no_other_with_it(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = [alpha.create("Task", f"Item {count}") for count in range(3)]
    offer(alpha, connection_id, *numbers)
    settle = beta.reconciliation._settlement._settle_piece

    def fail_for_one(*arguments: object) -> None:
        piece = arguments[2]
        if piece.twin.work_item_id == 2:  # type: ignore[attr-defined]
            raise RuntimeError("This one can't be stored")
        settle(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(beta.reconciliation._settlement, "_settle_piece", fail_for_one)
    beta.reconciliation.reconcile(connection_id)
    beta.exchange.send(connection_id)
    assert [bool(twin.state.registers) for number in (1, 2, 3) for twin in beta.twins(number)] == [True, False, True]
    [record] = beta.error_records()
    assert record.work_item_id == 2
    assert "RuntimeError" in record.message
    monkeypatch.undo()
    for _ in range(3):
        meeting.wait(600)
        meeting.rest()
    assert len(beta.organization.snapshots()) == 3
    assert meeting.situation() == []
    assert {alpha.twin(number).status for number in numbers} == {TwinStatus.SYNCHRONIZED}


def test_what_was_created_is_found_when_the_process_dies_before_its_number_is_stored(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    class Died(BaseException):
        pass

    def die() -> None:
        raise Died

    number = alpha.create("Task", "First")
    offer(alpha, connection_id, number)
    Interruption(beta, die).after("write_work_items")
    with pytest.raises(Died):
        beta.reconciliation.reconcile(connection_id)
    rename_made(beta)
    meeting.wait(100)
    meeting.rest()
    assert len(beta.organization.snapshots()) == 1
    assert as_seen(alpha, number)["title"] == "Renamed at once"
    assert issubclass(AdnodeError, Exception)

"""A restored database that is told by the count outside of it, or by the operator, before it does anything."""

import copy
from collections.abc import Callable
from threading import Event

import pytest
from tests.unit.services.memory_nodes import Meeting, MemoryNode, as_seen

from adnode.domain.connection import ConnectionStatus, Visibility
from adnode.domain.realignment import Realignment

TITLE = "System.Title"
BOTH = pytest.mark.parametrize("visibility", list(Visibility))


@pytest.fixture
def meeting() -> Meeting:
    return Meeting()


@pytest.fixture
def alpha(meeting: Meeting) -> MemoryNode:
    return meeting.add("alpha", "Agile")


@pytest.fixture
def beta(meeting: Meeting) -> MemoryNode:
    return meeting.add("beta", "Scrum")


def backup(node: MemoryNode) -> Callable[[], None]:
    saved = copy.deepcopy(node.storage._tables)

    def restore() -> None:
        node.storage._tables = copy.deepcopy(saved)

    return restore


def count(node: MemoryNode) -> None:
    node.restoration.count(Event())


def status(node: MemoryNode, connection_id: str) -> ConnectionStatus:
    return node.connections.show(connection_id).status


def incarnation(node: MemoryNode, connection_id: str) -> str:
    with node.storage.unit_of_work() as work:
        return work.connections.queues(connection_id).incarnation


def test_a_database_that_was_not_restored_goes_on(meeting: Meeting, alpha: MemoryNode, beta: MemoryNode) -> None:
    connection_id = meeting.connect(alpha, beta)
    assert not alpha.restoration.check()
    for _ in range(3):
        count(alpha)
        assert not alpha.restoration.check()
    assert status(alpha, connection_id) is ConnectionStatus.ACTIVE


def test_a_crash_between_the_two_counts_is_no_restore(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection_id = meeting.connect(alpha, beta)
    count(alpha)
    monkeypatch.setattr(alpha.witness, "keep", lambda _epoch: None)
    count(alpha)
    assert not alpha.restoration.check()
    assert status(alpha, connection_id) is ConnectionStatus.ACTIVE


@BOTH
@pytest.mark.parametrize("restored", ["alpha", "beta"])
def test_a_restored_database_stops_before_it_acts_on_what_it_has_forgotten(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, visibility: Visibility, restored: str
) -> None:
    connection_id = meeting.connect(alpha, beta, visibility)
    number = alpha.create("Task", "Start")
    [other] = meeting.share(alpha, connection_id, number)
    node, partner = (alpha, beta) if restored == "alpha" else (beta, alpha)
    restore, before = backup(node), incarnation(node, connection_id)
    count(node)
    alpha.organization.edit(number, {TITLE: "Told before the restore"})
    meeting.rest()
    restore()
    assert node.restoration.check()
    assert not node.restoration.check()
    assert status(node, connection_id) is ConnectionStatus.BLOCKED
    assert "database of this node was restored" in node.error_records()[0].message
    assert incarnation(node, connection_id) != before
    partner.organization.comment(other if partner is beta else number, "<p>after</p>")
    meeting.rest()
    # A private node calls nobody while it is stopped; its partner hears of it with the first call after that.
    node.connections.activate(connection_id)
    for _ in range(3):
        meeting.rest()
        meeting.wait(400)
    assert status(partner, connection_id) is ConnectionStatus.BLOCKED
    partner.connections.activate(connection_id)
    for _ in range(3):
        meeting.rest()
        meeting.wait(400)
    assert status(node, connection_id) is status(partner, connection_id) is ConnectionStatus.ACTIVE
    assert as_seen(alpha, number)["title"] == as_seen(beta, other)["title"] == "Told before the restore"
    assert meeting.situation() == []


@BOTH
def test_the_restored_side_may_be_activated_before_the_partner_has_noticed(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, visibility: Visibility
) -> None:
    connection_id = meeting.connect(alpha, beta, visibility)
    number = alpha.create("Task", "Start")
    [other] = meeting.share(alpha, connection_id, number)
    restore = backup(alpha)
    count(alpha)
    alpha.organization.edit(number, {TITLE: "Told before the restore"})
    meeting.rest()
    restore()
    assert alpha.restoration.check()
    alpha.connections.activate(connection_id)
    for _ in range(3):
        meeting.rest()
        meeting.wait(400)
    assert status(alpha, connection_id) is ConnectionStatus.ACTIVE
    assert status(beta, connection_id) is ConnectionStatus.BLOCKED
    beta.connections.activate(connection_id)
    for _ in range(3):
        meeting.rest()
        meeting.wait(400)
    assert status(alpha, connection_id) is status(beta, connection_id) is ConnectionStatus.ACTIVE
    assert as_seen(alpha, number)["title"] == as_seen(beta, other)["title"] == "Told before the restore"


def test_the_operator_may_say_it(meeting: Meeting, alpha: MemoryNode, beta: MemoryNode) -> None:
    connection_id = meeting.connect(alpha, beta)
    pending, _ = alpha.invitations.initiate(alpha.organization.id, "Fabrikam", "Open")
    before = incarnation(alpha, connection_id)
    assert alpha.restoration.declare() == 1
    assert status(alpha, connection_id) is ConnectionStatus.BLOCKED
    assert status(alpha, pending.id) is ConnectionStatus.PENDING
    assert incarnation(alpha, connection_id) != before
    assert not alpha.restoration.check()


def test_what_is_deactivated_stays_so_and_compares_once_it_is_activated(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode
) -> None:
    connection_id = meeting.connect(alpha, beta)
    alpha.connections.deactivate(connection_id)
    alpha.restoration.declare()
    assert status(alpha, connection_id) is ConnectionStatus.DEACTIVATED
    assert alpha.connections.show(connection_id).realignment is Realignment.DUE
    alpha.connections.activate(connection_id)
    assert alpha.connections.show(connection_id).realignment is Realignment.NONE

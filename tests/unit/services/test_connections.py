"""What people do to connections."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from tests.unit.services.node_pair import ALPHA, ALPHA_URL, Node, make_node

from adnode.adapters.memory.clock import MemoryClock, MemoryIds
from adnode.adapters.memory.peer import MemoryPeerNetwork
from adnode.adapters.memory.wakeups import MemoryWakeups
from adnode.domain.connection import Connection, ConnectionStatus, PeerIdentity
from adnode.domain.errors import NotFoundError, StateError, ValidationError
from adnode.domain.invitation import InvitationStatus
from adnode.domain.message import AppliedBody, ConnectionChangedBody, Message, QueueRow, QueueStatus
from adnode.domain.queues import Position
from adnode.domain.realignment import Realignment
from adnode.domain.sync_state import SUMMARY, Register, SyncState, Version
from adnode.domain.twin import Twin, TwinStatus
from adnode.ports.storage import UnitOfWork
from adnode.services.connections import ConnectionService
from adnode.services.queue_agreement import stop_rewound


def make_service(node: Node, send: Callable[[str], int]) -> ConnectionService:
    storage = node.storage.unit_of_work
    return ConnectionService(storage, MemoryWakeups(), node.clock, send)


@dataclass(slots=True)
class Desk:
    """A node with one connection, and what was sent at which status."""

    node: Node
    connection_id: str
    service: ConnectionService = field(init=False)
    sent_at: list[ConnectionStatus] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.service = make_service(self.node, self._send)

    def _send(self, connection_id: str) -> int:
        self.sent_at.append(self.service.show(connection_id).status)
        return 0

    def rows(self, direction: str) -> list[QueueRow]:
        with self.node.storage.unit_of_work() as work:
            return work.queue.list_rows(connection_id=self.connection_id, direction=direction)

    def waiting(self) -> list[Message]:
        with self.node.storage.unit_of_work() as work:
            return work.outbox.next_batch(self.connection_id, 100, 1_000_000)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    node = make_node(tmp_path, ALPHA, ALPHA_URL, MemoryPeerNetwork(), MemoryClock())
    pending, _ = node.invitations.initiate(ALPHA, "Fabrikam", "To Beta")
    yield Desk(node, pending.id)
    node.storage.close()


def activate(desk: Desk) -> Connection:
    """Pretend that somebody accepted."""
    with desk.node.storage.unit_of_work() as work:
        pending = work.connections.get(desk.connection_id)
        peer = PeerIdentity("org-beta", "Beta", "https://dev.example/org-beta", "", b"p" * 32)
        active = replace(pending.moved_to(ConnectionStatus.ACTIVE), peer=peer)
        work.connections.save(active)
        work.commit()
    return active


def test_stopping_and_starting_tells_the_peer_and_keeps_the_queue(desk: Desk) -> None:
    activate(desk)
    with desk.node.storage.unit_of_work() as work:
        body = AppliedBody(1, "https://dev.example/1", frozenset(), ())
        work.outbox.add(desk.connection_id, "twin-1", "applied", body, desk.node.clock.now())
        work.commit()
    assert desk.service.deactivate(desk.connection_id).status is ConnectionStatus.DEACTIVATED
    assert desk.service.activate(desk.connection_id).status is ConnectionStatus.ACTIVE
    bodies = [message.body for message in desk.waiting()]
    assert bodies[1:] == [
        ConnectionChangedBody("deactivated", "To Beta"),
        ConnectionChangedBody("activated", "To Beta"),
    ]
    assert isinstance(bodies[0], AppliedBody)


def test_a_blocked_connection_is_started_by_a_person(desk: Desk) -> None:
    active = activate(desk)
    with desk.node.storage.unit_of_work() as work:
        work.connections.save(active.moved_to(ConnectionStatus.BLOCKED, "the queue went backwards"))
        work.commit()
    started = desk.service.activate(desk.connection_id)
    assert (started.status, started.block_reason) == (ConnectionStatus.ACTIVE, "")


def test_a_pending_connection_cannot_be_started_by_hand(desk: Desk) -> None:
    with pytest.raises(StateError, match="accepted"):
        desk.service.activate(desk.connection_id)
    assert desk.service.show(desk.connection_id).status is ConnectionStatus.PENDING


def test_stopping_twice_is_refused(desk: Desk) -> None:
    activate(desk)
    desk.service.deactivate(desk.connection_id)
    with pytest.raises(StateError):
        desk.service.deactivate(desk.connection_id)


def test_renaming_tells_the_peer(desk: Desk) -> None:
    activate(desk)
    assert desk.service.rename(desk.connection_id, " Supplier ").name == "Supplier"
    assert [message.body for message in desk.waiting()] == [ConnectionChangedBody("renamed", "Supplier")]
    with pytest.raises(ValidationError):
        desk.service.rename(desk.connection_id, "")


def test_an_unknown_connection_is_not_found(desk: Desk) -> None:
    with pytest.raises(NotFoundError):
        desk.service.deactivate("nothing")


def test_removing_ends_twins_queue_and_key_but_not_the_past(desk: Desk) -> None:
    activate(desk)
    now = desk.node.clock.now()
    body = AppliedBody(1, "https://dev.example/1", frozenset(), ())
    with desk.node.storage.unit_of_work() as work:
        for number in range(1, 4):
            twin = Twin(
                id=f"twin-{number}",
                connection_id=desk.connection_id,
                organization_id=ALPHA,
                status=TwinStatus.SYNCHRONIZED,
                created_at=now,
                work_item_id=number,
                project="Fabrikam",
            )
            work.twins.add(twin, due_at=None)
        work.outbox.settle([work.outbox.add(desk.connection_id, "twin-1", "applied", body, now)], QueueStatus.SENT, now)
        work.outbox.add(desk.connection_id, "twin-2", "applied", body, now)
        work.inbox.add(desk.connection_id, Message("m-1", 1, "applied", "twin-1", body, now), QueueStatus.APPLYING, now)
        work.commit()
    removed = desk.service.remove(desk.connection_id)
    assert (removed.status, removed.sealed_private_key) == (ConnectionStatus.REMOVED, b"")
    with desk.node.storage.unit_of_work() as work:
        twins = work.twins.list_page(desk.connection_id)
        assert work.twins.find_by_work_item(ALPHA, [1, 2, 3]) == []
    assert {twin.status for twin in twins} == {TwinStatus.UNLINKED}
    assert {row.status for row in desk.rows("outgoing")} == {QueueStatus.SENT, QueueStatus.CANCELLED}
    assert [row.status for row in desk.rows("incoming")] == [QueueStatus.CANCELLED]
    assert desk.service.list_connections() == []
    assert desk.service.list_connections(include_removed=True) == [removed]


def test_the_peer_is_told_while_the_key_is_still_there(desk: Desk) -> None:
    activate(desk)
    desk.service.remove(desk.connection_id)
    assert desk.sent_at == [ConnectionStatus.ACTIVE]
    assert [row.kind for row in desk.rows("outgoing")] == ["connection_changed"]


def test_removing_a_pending_connection_takes_its_invitation_back(desk: Desk) -> None:
    desk.service.remove(desk.connection_id)
    (invitation,) = desk.node.invitations.list_invitations(desk.connection_id)
    assert (invitation.status, invitation.sealed_secret) == (InvitationStatus.REVOKED, b"")
    assert desk.sent_at == []


def test_what_was_removed_stays_removed(desk: Desk) -> None:
    desk.service.remove(desk.connection_id)
    for change in (desk.service.remove, desk.service.deactivate, desk.service.activate):
        with pytest.raises(StateError):
            change(desk.connection_id)


class Crash(BaseException):
    """The process is gone."""


def blocked_with_a_twin(desk: Desk) -> Connection:
    active = activate(desk)
    twin = Twin(
        id="twin-1",
        connection_id=active.id,
        organization_id=ALPHA,
        status=TwinStatus.SYNCHRONIZED,
        created_at=desk.node.clock.now(),
        work_item_id=7,
        state=SyncState({SUMMARY: Register("Title", Version(1, 0), desk.node.clock.now(), ALPHA)}),
    )
    with desk.node.storage.unit_of_work() as work:
        work.twins.add(twin, due_at=None)
        work.connections.set_received(active.id, Position("", 41))
        stop_rewound(work, active, MemoryIds("brake"), desk.node.clock.now())
        work.commit()
    assert desk.service.show(active.id).status is ConnectionStatus.BLOCKED
    return active


def check_that_everything_is_compared(desk: Desk) -> None:
    """Everything is to be told and read in the light of the peer's word, whose queue is taken from its beginning."""
    with desk.node.storage.unit_of_work() as work:
        assert work.twins.get("twin-1").realignment is Realignment.DUE
        assert work.connections.get(desk.connection_id).realigned_at == desk.node.clock.now()
        [claimed] = work.twins.claim(desk.connection_id, "worker", desk.node.clock.now(), 60, 10)
        assert claimed.must_read
        assert work.connections.queues(desk.connection_id).received.sequence == 0
        assert work.error_records.list_records(connection_id=desk.connection_id) == []


def test_activation_after_a_brake_compares_everything(desk: Desk) -> None:
    active = blocked_with_a_twin(desk)
    assert desk.service.activate(active.id).status is ConnectionStatus.ACTIVE
    check_that_everything_is_compared(desk)


def test_a_crash_right_after_activation_loses_nothing_of_the_comparison(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    active = blocked_with_a_twin(desk)
    units = iter([desk.node.storage.unit_of_work()])

    def new_unit_of_work() -> UnitOfWork:
        unit = next(units, None)
        if unit is None:
            raise Crash
        return unit

    monkeypatch.setattr(desk.service, "_new_unit_of_work", new_unit_of_work)
    with suppress(Crash):
        desk.service.activate(active.id)
    with desk.node.storage.unit_of_work() as work:
        assert work.connections.get(active.id).status is ConnectionStatus.ACTIVE
    check_that_everything_is_compared(desk)


def test_a_plain_stop_and_start_compares_nothing(desk: Desk) -> None:
    blocked_with_a_twin(desk)
    desk.service.activate(desk.connection_id)
    with desk.node.storage.unit_of_work() as work:
        work.twins.realign(desk.connection_id, Realignment.NONE, desk.node.clock.now())
        work.commit()
    desk.service.deactivate(desk.connection_id)
    desk.service.activate(desk.connection_id)
    with desk.node.storage.unit_of_work() as work:
        assert work.twins.get("twin-1").realignment is Realignment.NONE

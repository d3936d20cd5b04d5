"""Nodes in memory with everything real between the adapters: reconciliation, exchange, change feed, contents."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Self

from tests.property.faults import Crash, Faults

from adnode.adapters.memory.clock import MemoryIds
from adnode.adapters.memory.gateway import MemoryGateway, MemoryGateways
from adnode.adapters.memory.gateway_organization import MemoryOrganization
from adnode.adapters.memory.peer import MemoryPeerNetwork, MemoryPeerTransport
from adnode.adapters.memory.storage import MemoryStorage, MemoryUnitOfWork
from adnode.adapters.memory.vault import MemoryVault
from adnode.adapters.memory.wakeups import MemoryWakeups
from adnode.domain.connection import (
    Connection,
    ConnectionStatus,
    Mode,
    PeerIdentity,
    Role,
    TransportKind,
    Visibility,
)
from adnode.domain.errors import AdnodeError, GatewayError, NotFoundError, PeerUnreachableError
from adnode.domain.message import Message, MessageAnswer
from adnode.domain.organization import CredentialKind, Organization
from adnode.domain.twin import Twin
from adnode.ports.gateway import ContentStream
from adnode.ports.peer import Acceptance, AcceptanceAnswer, PeerEndpoint
from adnode.services.change_feed import ChangeFeedService, FeedSettings
from adnode.services.contents import ContentService
from adnode.services.exchange import ExchangeService
from adnode.services.reconciliation import ReconciliationService
from adnode.services.reconciliation.service import ReconciliationSettings
from adnode.services.retry import RetryPolicy
from adnode.services.work_items import WorkItemService

PROJECT = "Fabrikam"
START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


class WorldClock:
    """The time everywhere, and how far the clock of one place is off."""

    def __init__(self) -> None:
        self.time = START
        self.offsets: dict[str, float] = {}

    def advance(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)

    def at(self, place: str) -> "PlaceClock":
        return PlaceClock(self, place)


class PlaceClock:
    """A clock that may be off, stand still, or go back."""

    def __init__(self, world: WorldClock, place: str) -> None:
        self._world = world
        self._place = place

    def now(self) -> datetime:
        return self._world.time + timedelta(seconds=self._world.offsets.get(self._place, 0.0))

    def monotonic(self) -> float:
        return (self._world.time - START).total_seconds()


class FragileUnitOfWork(MemoryUnitOfWork):
    """A unit of work of a process that may crash before or after it commits."""

    def __init__(self, storage: MemoryStorage, faults: Faults) -> None:
        super().__init__(storage)
        self._faults = faults

    def __enter__(self) -> Self:
        self._faults.check_life()
        super().__enter__()
        return self

    def commit(self, *, durable: bool = True) -> None:
        self._faults.at_commit()
        super().commit(durable=durable)
        self._faults.at_commit()


class FragileTransport(MemoryPeerTransport):
    """A wire on which messages are lost, doubled, and delayed past newer ones."""

    def __init__(self, network: MemoryPeerNetwork, faults: Faults, late: list[Callable[[], None]]) -> None:
        super().__init__(network)
        self._faults = faults
        self._late = late

    def send_messages(self, endpoint: PeerEndpoint, messages: Sequence[Message]) -> list[MessageAnswer]:
        fate, batch = self._faults.on_wire(), list(messages)

        def deliver() -> None:
            super(FragileTransport, self).send_messages(endpoint, batch)

        if fate == "delay":
            self._late.append(deliver)
        if fate in ("lose", "delay"):
            raise PeerUnreachableError("Lost on the way.")
        if fate == "double":
            deliver()
            self._late.append(deliver)
        answers = super().send_messages(endpoint, batch)
        if fate == "lose_answer":
            raise PeerUnreachableError("The answer was lost.")
        return answers

    def poll_messages(self, endpoint: PeerEndpoint, after: int, wait_seconds: float) -> list[Message]:
        fate = self._faults.on_wire()
        if fate in ("lose", "delay"):
            raise PeerUnreachableError("Lost on the way.")
        messages = super().poll_messages(endpoint, after, wait_seconds)
        if fate == "double":
            messages = super().poll_messages(endpoint, after, wait_seconds)
        if fate == "lose_answer":
            raise PeerUnreachableError("The answer was lost.")
        return messages

    @contextmanager
    def open_content(self, endpoint: PeerEndpoint, key: str) -> Iterator[ContentStream]:
        if self._faults.on_wire() in ("lose", "lose_answer"):
            raise PeerUnreachableError("Lost on the way.")
        with super().open_content(endpoint, key) as stream:
            yield stream

    def put_content(self, endpoint: PeerEndpoint, key: str, name: str, stream: ContentStream) -> None:
        fate = self._faults.on_wire()
        if fate == "lose":
            raise PeerUnreachableError("Lost on the way.")
        super().put_content(endpoint, key, name, stream)
        if fate == "lose_answer":
            raise PeerUnreachableError("The answer was lost.")


class MemoryNode:
    """One node and its organization. ``restart`` is what the operating system does after a crash."""

    def __init__(
        self, name: str, organization: MemoryOrganization, world: WorldClock, network: MemoryPeerNetwork
    ) -> None:
        self.name = name
        self.url = f"https://{name}.example"
        self.organization = organization
        self.storage = MemoryStorage()
        self.late: list[Callable[[], None]] = []
        self._clock = world.at(name)
        self._network = network
        self._vault = MemoryVault()
        self._ids = MemoryIds(name)
        self._starts = 0
        self._add_organization()
        self.restart()

    def restart(self) -> None:
        """Start the process anew; only what is stored remains."""
        self._starts += 1
        self.faults = faults = Faults()
        owner = f"{self.name}-{self._starts}"
        clock, ids, vault, wakeups = self._clock, self._ids, self._vault, MemoryWakeups()
        self.gateway = MemoryGateway(self.organization, disturb=faults.at_call)
        gateways = MemoryGateways(self.gateway)
        transport = FragileTransport(self._network, faults, self.late)
        retry = RetryPolicy()

        def new_unit_of_work() -> FragileUnitOfWork:
            return FragileUnitOfWork(self.storage, faults)

        self.contents = ContentService(new_unit_of_work, gateways, transport, vault, wakeups, clock)
        self.exchange = ExchangeService(
            new_unit_of_work, transport, self.contents, vault, wakeups, clock, ids, retry, owner
        )
        self.feed = ChangeFeedService(new_unit_of_work, gateways, wakeups, clock, ids, FeedSettings(owner, 0.0))
        self.reconciliation = ReconciliationService(
            new_unit_of_work, gateways, self.contents, wakeups, clock, ids, retry, ReconciliationSettings(owner)
        )
        self.work_items = WorkItemService(new_unit_of_work, gateways, wakeups, clock, ids)

    def _add_organization(self) -> None:
        organization = Organization(
            id=self.organization.id,
            name=self.name,
            url=self.organization.address.url,
            kind=self.organization.kind,
            credential_kind=CredentialKind.PERSONAL_ACCESS_TOKEN,
            identity="Robot",
            identity_id="robot",
            added_at=START,
        )
        with self.storage.unit_of_work() as work:
            work.organizations.add(organization, b"sealed")
            work.commit()

    # what the process does -------------------------------------------------------------------------------------------

    def run(self, step: Callable[[], object]) -> bool:
        """Take one step; a crash starts the process anew, a failure is tried again later. Say whether it ended well."""
        try:
            step()
        except Crash:
            self.restart()
            return False
        except AdnodeError:
            return False
        return True

    def read_feed(self) -> bool:
        return self.run(lambda: self.feed.read(self.organization.id))

    def reconcile(self, connection_id: str) -> bool:
        try:
            self.reconciliation.reconcile(connection_id)
        except Crash:
            self.restart()
            return False
        return True

    def exchange_messages(self, connection_id: str) -> bool:
        """Send what waits; as the private side, fetch what the peer has, too."""
        with self.storage.unit_of_work() as work:
            kind = work.connections.get(connection_id).transport
        if kind is TransportKind.POLL and not self.run(lambda: self.exchange.poll_once(connection_id, 0)):
            return False
        return self.run(lambda: self.exchange.send(connection_id))

    def deliver_late(self) -> None:
        """Let a message arrive that was thought lost, or that came once before."""
        if self.late:
            self.run(self.late.pop(0))

    # what others see -------------------------------------------------------------------------------------------------

    @contextmanager
    def _answering(self) -> Iterator[None]:
        """A peer sees a crash as a broken connection, and trouble with our Azure DevOps as trouble of this node."""
        try:
            yield
        except Crash:
            self.restart()
            raise PeerUnreachableError("The connection broke.") from None
        except GatewayError as error:
            raise PeerUnreachableError(error.message) from error

    def pinned_key(self, connection_id: str) -> bytes | None:
        with self.storage.unit_of_work() as work:
            try:
                peer = work.connections.get(connection_id).peer
            except NotFoundError:
                return None
        return peer.public_key if peer else None

    def admit(self, acceptance: Acceptance) -> AcceptanceAnswer:
        raise NotImplementedError

    def receive(self, connection_id: str, messages: Sequence[Message]) -> list[MessageAnswer]:
        with self._answering():
            return self.exchange.receive(connection_id, messages)

    def hand_out(self, connection_id: str, after: int, wait_seconds: float) -> list[Message]:
        with self._answering():
            return self.exchange.hand_out(connection_id, after, wait_seconds)

    @contextmanager
    def open_content(self, connection_id: str, key: str) -> Iterator[ContentStream]:
        with self._answering(), self.contents.open(connection_id, key) as stream:
            chunks = list(stream.chunks)
        yield ContentStream(iter(chunks), stream.size)

    def store_content(self, connection_id: str, key: str, name: str, stream: ContentStream) -> None:
        with self._answering():
            self.contents.store(connection_id, key, name, stream)

    # what tests look at ----------------------------------------------------------------------------------------------

    def twins(self, connection_id: str) -> list[Twin]:
        with self.storage.unit_of_work() as work:
            return work.twins.list_page(connection_id)

    def twin(self, connection_id: str) -> Twin | None:
        return next(iter(self.twins(connection_id)), None)


def connect(
    first: MemoryNode, second: MemoryNode, connection_id: str, kinds: tuple[TransportKind, TransportKind]
) -> None:
    """Join two nodes: pushing both, or the second one private."""
    _add_connection(first, second, connection_id, kinds[0], Role.INITIATOR)
    _add_connection(second, first, connection_id, kinds[1], Role.ACCEPTOR)


def _add_connection(node: MemoryNode, peer: MemoryNode, connection_id: str, kind: TransportKind, role: Role) -> None:
    identity = PeerIdentity(
        organization_id=peer.organization.id,
        organization_name=peer.name,
        organization_url=peer.organization.address.url,
        url="" if kind is TransportKind.POLLED else peer.url,
        public_key=_key(peer, connection_id),
    )
    connection = Connection(
        id=connection_id,
        name=connection_id,
        organization_id=node.organization.id,
        project=PROJECT,
        mode=Mode.BASIC,
        visibility=Visibility.PUBLIC if kind is TransportKind.PUSH else Visibility.PRIVATE,
        role=role,
        status=ConnectionStatus.ACTIVE,
        transport=kind,
        sealed_private_key=node._vault.seal(b"private", f"connection:{connection_id}"),
        public_key=_key(node, connection_id),
        created_at=START,
        peer=identity,
    )
    with node.storage.unit_of_work() as work:
        work.connections.add(connection)
        work.commit()
    node._network.nodes[node.url] = node


def _key(node: MemoryNode, connection_id: str) -> bytes:
    return f"{node.name} {connection_id}".encode()

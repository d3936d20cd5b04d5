"""Nodes in memory with everything real between the adapters: reconciliation, exchange, change feed, contents."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from tests.property.clocks import START, WorldClock
from tests.property.faults import Crash, Faults
from tests.property.processes import NodeProcess

from adnode.adapters.memory.clock import MemoryIds
from adnode.adapters.memory.gateway_organization import MemoryOrganization
from adnode.adapters.memory.peer import MemoryPeerNetwork
from adnode.adapters.memory.storage import MemoryStorage
from adnode.adapters.memory.vault import MemoryVault
from adnode.domain.connection import (
    Connection,
    ConnectionStatus,
    Mode,
    PeerIdentity,
    Role,
    TransportKind,
    Visibility,
)
from adnode.domain.consent import Consent
from adnode.domain.errors import AdnodeError, GatewayError, NotFoundError, PeerUnreachableError
from adnode.domain.message import Message, MessageAnswer
from adnode.domain.organization import CredentialKind, Organization
from adnode.domain.queues import QueueReport
from adnode.domain.twin import Twin
from adnode.ports.gateway import ContentStream
from adnode.ports.peer import Acceptance, AcceptanceAnswer
from adnode.services.work_items import WorkItemService

PROJECT = "Fabrikam"


class MemoryNode:
    """One node and its organization: two processes over one database. One that crashed is started anew at once; what is
    stored remains.

    ``process`` does what the node is asked for. ``other`` works beside it, when something happens meanwhile.
    """

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
        self.process, self.other = self._start(), self._start()

    @property
    def faults(self) -> Faults:
        """What goes wrong in the first process."""
        return self.process.faults

    @property
    def work_items(self) -> WorkItemService:
        """What people use to put work items under sync."""
        return self.process.work_items

    def _start(self) -> NodeProcess:
        self._starts += 1
        return NodeProcess(
            f"{self.name}-{self._starts}",
            self.storage,
            self.organization,
            self._network,
            self.late,
            self._vault,
            self._clock,
            self._ids,
        )

    def _start_instead_of(self, dead: NodeProcess) -> None:
        """Start a process anew, unless that was done already."""
        if self.process is dead:
            self.process = self._start()
        elif self.other is dead:
            self.other = self._start()

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

    # what the processes do -------------------------------------------------------------------------------------------

    def _run(self, process: NodeProcess, step: Callable[[], object]) -> bool:
        """Take one step; a crash starts the process anew, a failure is tried again later. Say whether it ended well."""
        try:
            step()
        except Crash:
            self._start_instead_of(process)
            return False
        except AdnodeError:
            return False
        return True

    def read_feed(self, process: NodeProcess | None = None) -> bool:
        process = process or self.process
        return self._run(process, lambda: process.feed.read(self.organization.id))

    def reconcile(self, connection_id: str, process: NodeProcess | None = None) -> bool:
        process = process or self.process
        try:
            process.reconciliation.reconcile(connection_id)
        except Crash:
            self._start_instead_of(process)
            return False
        return True

    def exchange_messages(self, connection_id: str, process: NodeProcess | None = None) -> bool:
        """Send what waits; as the private side, fetch what the peer has, too."""
        process = process or self.process
        exchange = process.exchange
        with self.storage.unit_of_work() as work:
            kind = work.connections.get(connection_id).transport
        if kind is TransportKind.POLL and not self._run(process, lambda: exchange.poll_once(connection_id, 0)):
            return False
        if kind is TransportKind.POLL and not self._run(process, lambda: process.content_answers.answer(connection_id)):
            return False
        return self._run(process, lambda: exchange.send(connection_id))

    def deliver_late(self) -> None:
        """Let a message arrive that was thought lost, or that came once before."""
        if self.late:
            self._run(self.process, self.late.pop(0))

    # what others see -------------------------------------------------------------------------------------------------

    @contextmanager
    def _answering(self) -> Iterator[NodeProcess]:
        """A peer sees a crash as a broken connection, and trouble with our Azure DevOps as trouble of this node."""
        process = self.process
        try:
            yield process
        except Crash:
            self._start_instead_of(process)
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

    def receive(self, connection_id: str, messages: Sequence[Message], report: QueueReport) -> list[MessageAnswer]:
        with self._answering() as process:
            return process.exchange.receive(connection_id, messages, report)

    def hand_out(self, connection_id: str, report: QueueReport) -> Sequence[Message]:
        with self._answering() as process:
            process.exchange.acknowledge(connection_id, report)
            return process.exchange.look(connection_id, report.known.sequence).messages

    @contextmanager
    def open_content(self, connection_id: str, key: str) -> Iterator[ContentStream]:
        with self._answering() as process, process.contents.open(connection_id, key) as stream:
            chunks = list(stream.chunks)
        yield ContentStream(iter(chunks), stream.size)

    def store_content(self, connection_id: str, key: str, name: str, stream: ContentStream) -> None:
        with self._answering() as process:
            process.contents.store(connection_id, key, name, stream)

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
        # These tests are about what happens after a yes.
        consent=Consent.ALL,
    )
    with node.storage.unit_of_work() as work:
        work.connections.add(connection)
        work.commit()
    node._network.nodes[node.url] = node


def _key(node: MemoryNode, connection_id: str) -> bytes:
    return f"{node.name} {connection_id}".encode()

"""Two nodes with real databases and services, joined by a network in memory."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from adnode.adapters.memory.clock import MemoryClock, MemoryIds
from adnode.adapters.memory.peer import MemoryPeerNetwork, MemoryPeerTransport
from adnode.adapters.memory.vault import MemoryVault
from adnode.adapters.peer.keys import Ed25519Signer
from adnode.adapters.storage.storage import Storage, open_storage
from adnode.domain.connection import Connection
from adnode.domain.errors import NotFoundError, PeerUnreachableError
from adnode.domain.message import Message, MessageAnswer
from adnode.domain.organization import CredentialKind, Organization, OrganizationKind
from adnode.domain.queues import QueueReport
from adnode.domain.work_item import Project
from adnode.ports.gateway import ContentStream, WorkItemGateway
from adnode.ports.peer import Acceptance, AcceptanceAnswer
from adnode.services.invitations import InvitationService

ALPHA, BETA = "org-alpha", "org-beta"
ALPHA_URL = "https://alpha.example"
BETA_URL = "https://beta.example"


class FakeGateway:
    """An organization with two projects."""

    def list_projects(self) -> list[Project]:
        return [Project("p-1", "Fabrikam"), Project("p-2", "Tailspin")]

    def work_item_url(self, work_item_id: int) -> str:
        return f"https://dev.example/work-items/{work_item_id}"


class FakeGateways:
    """Gives the same gateway for every organization."""

    def get(self, organization_id: str) -> WorkItemGateway:
        if organization_id not in (ALPHA, BETA):
            raise NotFoundError(f"This node does not serve organization {organization_id}.")
        return cast(WorkItemGateway, FakeGateway())


@dataclass(slots=True)
class Node:
    """A node as its peers see it, and as its administrator uses it."""

    organization: Organization
    url: str
    storage: Storage
    network: MemoryPeerNetwork
    clock: MemoryClock
    vault: MemoryVault = field(default_factory=MemoryVault)
    drops_answers: bool = False

    @property
    def invitations(self) -> InvitationService:
        return InvitationService(
            self.storage.unit_of_work,
            FakeGateways(),
            MemoryPeerTransport(self.network),
            Ed25519Signer(),
            self.vault,
            self.clock,
            MemoryIds(f"{self.organization.name}-{self._count()}"),
            self.url,
        )

    def connections(self) -> list[Connection]:
        with self.storage.unit_of_work() as work:
            return work.connections.list_all()

    def _count(self) -> int:
        # Each service counts its ids from one, so each gets its own prefix.
        with self.storage.unit_of_work() as work:
            return sum(1 + len(work.invitations.list_of(one.id)) for one in work.connections.list_all())

    def pinned_key(self, connection_id: str) -> bytes | None:
        with self.storage.unit_of_work() as work:
            peer = work.connections.get(connection_id).peer
        return peer.public_key if peer else None

    def admit(self, acceptance: Acceptance) -> AcceptanceAnswer:
        answer = self.invitations.admit(acceptance)
        if self.drops_answers:
            raise PeerUnreachableError("The answer was lost.")
        return answer

    def receive(self, connection_id: str, messages: Sequence[Message], report: QueueReport) -> list[MessageAnswer]:
        raise NotImplementedError

    def hand_out(self, connection_id: str, report: QueueReport) -> Sequence[Message]:
        raise NotImplementedError

    @contextmanager
    def open_content(self, connection_id: str, key: str) -> Iterator[ContentStream]:
        raise NotImplementedError

    def store_content(self, connection_id: str, key: str, name: str, stream: ContentStream) -> None:
        raise NotImplementedError


def make_node(folder: Path, organization_id: str, url: str, network: MemoryPeerNetwork, clock: MemoryClock) -> Node:
    storage = open_storage(f"sqlite:///{folder / organization_id}.db")
    storage.upgrade()
    organization = Organization(
        id=organization_id,
        name=organization_id.removeprefix("org-").title(),
        url=f"https://dev.example/{organization_id}",
        kind=OrganizationKind.SERVICES,
        credential_kind=CredentialKind.PERSONAL_ACCESS_TOKEN,
        identity="Robot",
        identity_id="robot",
        added_at=clock.now(),
    )
    with storage.unit_of_work() as work:
        work.organizations.add(organization, b"sealed")
        work.commit()
    node = Node(organization, url, storage, network, clock)
    if url:
        network.nodes[url] = node
    return node

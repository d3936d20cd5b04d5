"""The fake node behind the real web edge on a loopback port."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from tests.contract.peer.fake_node import CONNECTION_ID, FakeNode

from adnode.adapters.memory.vault import MemoryVault
from adnode.adapters.memory.wakeups import MemoryWakeups
from adnode.adapters.peer.keys import Ed25519Signer
from adnode.adapters.peer.signatures import HttpMessageSecurity
from adnode.adapters.storage.storage import Storage, open_storage
from adnode.adapters.system_clock import SystemClock, SystemIds
from adnode.domain.connection import (
    Connection,
    ConnectionStatus,
    Mode,
    PeerIdentity,
    Role,
    TransportKind,
    Visibility,
)
from adnode.domain.organization import CredentialKind, Organization, OrganizationKind
from adnode.ports.peer import PeerEndpoint
from adnode.ports.system import Clock, Topic
from adnode.services.peer_access import PeerAccessService
from adnode.services.refused_requests import RefusedRequests
from adnode.web.front import Front, FrontLimits, FrontServer, create_front
from adnode.web.node_services import NodeServices

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def open_test_storage(folder: Path) -> Storage:
    storage = open_storage(f"sqlite:///{folder / 'node.db'}")
    storage.upgrade()
    return storage


def make_organization(organization_id: str, name: str) -> Organization:
    return Organization(
        id=organization_id,
        name=name,
        url=f"https://dev.example/{name.lower()}",
        kind=OrganizationKind.SERVICES,
        credential_kind=CredentialKind.PERSONAL_ACCESS_TOKEN,
        identity="Robot",
        identity_id="robot-1",
        added_at=NOW,
    )


def add_connection(
    storage: Storage,
    vault: MemoryVault,
    private_key: bytes,
    peer_key: bytes,
    *,
    status: ConnectionStatus = ConnectionStatus.ACTIVE,
) -> Connection:
    connection = Connection(
        id=CONNECTION_ID,
        name="Alpha",
        organization_id="org-a",
        project="Fabrikam",
        mode=Mode.BASIC,
        visibility=Visibility.PRIVATE,
        role=Role.INITIATOR,
        status=status,
        transport=TransportKind.POLLED,
        sealed_private_key=vault.seal(private_key, f"connection:{CONNECTION_ID}"),
        public_key=Ed25519Signer().public_key(private_key),
        created_at=NOW,
        peer=PeerIdentity("org-b", "Beta", "https://dev.example/beta", "", peer_key),
    )
    with storage.unit_of_work() as work:
        work.organizations.add(make_organization("org-a", "Alpha"), b"sealed")
        work.connections.add(connection)
        work.commit()
    return connection


def make_services(
    node: FakeNode,
    storage: Storage,
    vault: MemoryVault,
    *,
    clock: Clock | None = None,
    node_url: str = "",
    metrics_token: str = "",
) -> NodeServices:
    clock, ids = clock or SystemClock(), SystemIds()
    security = HttpMessageSecurity(clock, ids)
    refused = RefusedRequests(storage.unit_of_work, clock, ids)
    return NodeServices(
        exchange=node,
        contents=node,
        invitations=node,
        access=PeerAccessService(storage.unit_of_work, security, Ed25519Signer(), vault, refused),
        security=security,
        new_unit_of_work=storage.unit_of_work,
        readiness=lambda: {"database": True},
        node_url=node_url,
        metrics_token=metrics_token,
    )


@dataclass(slots=True)
class ServedNode:
    """A node behind its front, and what wakes its parked polls."""

    url: str
    front: Front
    wake: Callable[[str], None]


@contextmanager
def open_front(services: NodeServices, limits: FrontLimits | None = None) -> Iterator[ServedNode]:
    """Serve on a loopback port with the real server, in a thread of its own."""
    wakeups, limits = MemoryWakeups(), limits or FrontLimits()
    front = create_front(services, partial(wakeups.subscribe, Topic.SEND), limits)
    server = FrontServer(front, grace_seconds=2, limits=limits)
    listening = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        yield ServedNode(url, front, partial(wakeups.wake, Topic.SEND))
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def serve(services: NodeServices) -> Iterator[str]:
    with open_front(services) as served:
        yield served.url


def make_endpoint(url: str, private_key: bytes, peer_public_key: bytes) -> PeerEndpoint:
    return PeerEndpoint(
        connection_id=CONNECTION_ID,
        url=url,
        private_key=private_key,
        public_key=Ed25519Signer().public_key(private_key),
        peer_public_key=peer_public_key,
    )

"""Two nodes with real services connect over HTTP, and then talk with the keys they agreed on."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from tests.contract.peer.fake_node import FakeNode, make_message
from tests.contract.peer.http_node import make_organization, serve
from tests.unit.services.node_pair import ALPHA, BETA, FakeGateways

from adnode.adapters.memory.wakeups import MemoryWakeups
from adnode.adapters.peer.guarded_network import NetworkPolicy
from adnode.adapters.peer.keys import Ed25519Signer
from adnode.adapters.peer.signatures import HttpMessageSecurity
from adnode.adapters.peer.transport import HttpPeerTransport
from adnode.adapters.storage.storage import Storage, open_storage
from adnode.adapters.system_clock import SystemClock, SystemIds
from adnode.adapters.vault import AesGcmVault
from adnode.domain.connection import Connection, ConnectionStatus
from adnode.domain.errors import InvitationUsedError, PeerRefusedError, PeerUnreachableError, SignatureError
from adnode.domain.invitation_code import decode_offer, encode_offer
from adnode.domain.queues import QueueReport
from adnode.ports.message_security import MessageSecurity
from adnode.services.connections import ConnectionService
from adnode.services.invitations import InvitationService
from adnode.services.peer_access import PeerAccessService
from adnode.services.peers import make_endpoint
from adnode.services.refused_requests import RefusedRequests
from adnode.web.node_services import NodeServices


class RealNode:
    """A node's database, vault, transport and invitations; the exchange is a fake that remembers."""

    def __init__(self, folder: Path, organization_id: str) -> None:
        self.storage: Storage = open_storage(f"sqlite:///{folder / organization_id}.db")
        self.storage.upgrade()
        with self.storage.unit_of_work() as work:
            work.organizations.add(make_organization(organization_id, organization_id.title()), b"sealed")
            work.commit()
        self.vault = AesGcmVault([organization_id.ljust(32).encode()])
        self.security = HttpMessageSecurity(SystemClock(), SystemIds())
        self.transport = HttpPeerTransport(self.security, NetworkPolicy(allows_loopback_http=True))
        self.exchange = FakeNode()

    def invitations(self, url: str = "") -> InvitationService:
        return InvitationService(
            self.storage.unit_of_work,
            FakeGateways(),
            self.transport,
            Ed25519Signer(),
            self.vault,
            SystemClock(),
            SystemIds(),
            url,
        )

    def connection(self) -> Connection:
        with self.storage.unit_of_work() as work:
            return work.connections.list_all()[0]

    def web(self, url: str = "") -> NodeServices:
        security: MessageSecurity = self.security
        return NodeServices(
            exchange=self.exchange,
            contents=self.exchange,
            invitations=self.invitations(url),
            access=PeerAccessService(
                self.storage.unit_of_work,
                security,
                Ed25519Signer(),
                self.vault,
                RefusedRequests(self.storage.unit_of_work, SystemClock(), SystemIds()),
            ),
            security=security,
            new_unit_of_work=self.storage.unit_of_work,
            readiness=dict,
        )

    def close(self) -> None:
        self.transport.close()
        self.storage.close()


@contextmanager
def real_node(folder: Path, organization_id: str) -> Iterator[RealNode]:
    node = RealNode(folder, organization_id)
    try:
        yield node
    finally:
        node.close()


@pytest.fixture
def alpha(tmp_path: Path) -> Iterator[RealNode]:
    with real_node(tmp_path, ALPHA) as node:
        yield node


@pytest.fixture
def beta(tmp_path: Path) -> Iterator[RealNode]:
    with real_node(tmp_path, BETA) as node:
        yield node


def test_invited_accepted_and_talking(alpha: RealNode, beta: RealNode) -> None:
    with serve(alpha.web()) as url:
        _, code = alpha.invitations(url).initiate(ALPHA, "Fabrikam", "To Beta")
        connection = beta.invitations().accept(code, BETA, "Tailspin")
        endpoint = make_endpoint(connection, beta.vault)
        alpha.exchange.waiting = [make_message(1)]
        assert [message.id for message in beta.transport.poll_messages(endpoint, QueueReport(), 0)] == ["m-1"]
        assert beta.transport.send_messages(endpoint, [make_message(5)], QueueReport())[0].outcome == "stored"
    assert alpha.connection().status is ConnectionStatus.ACTIVE
    assert connection.status is ConnectionStatus.ACTIVE


def test_a_code_that_somebody_used_is_used(alpha: RealNode, beta: RealNode, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    with real_node(tmp_path / "other", BETA) as stranger, serve(alpha.web()) as url:
        _, code = alpha.invitations(url).initiate(ALPHA, "Fabrikam", "To Beta")
        beta.invitations().accept(code, BETA, "Tailspin")
        with pytest.raises(InvitationUsedError):
            stranger.invitations().accept(code, BETA, "Tailspin")
    with alpha.storage.unit_of_work() as work:
        assert [record.code for record in work.error_records.list_records()] == ["invitation_used"]


def test_an_answer_that_the_inviting_key_did_not_sign_is_refused(alpha: RealNode, beta: RealNode) -> None:
    with serve(alpha.web()) as url:
        _, code = alpha.invitations(url).initiate(ALPHA, "Fabrikam", "To Beta")
        other = Ed25519Signer().public_key(Ed25519Signer().new_private_key())
        with pytest.raises(SignatureError):
            beta.invitations().accept(encode_offer(replace(decode_offer(code), public_key=other)), BETA, "Tailspin")
    assert beta.connection().status is not ConnectionStatus.ACTIVE


def test_a_stopped_side_refuses_and_says_so(alpha: RealNode, beta: RealNode) -> None:
    with serve(alpha.web()) as url:
        _, code = alpha.invitations(url).initiate(ALPHA, "Fabrikam", "To Beta")
        connection = beta.invitations().accept(code, BETA, "Tailspin")
        service = ConnectionService(alpha.storage.unit_of_work, MemoryWakeups(), SystemClock(), lambda _: 0)
        service.deactivate(connection.id)
        with pytest.raises(PeerRefusedError, match="deactivated on this side"):
            beta.transport.poll_messages(make_endpoint(connection, beta.vault), QueueReport(), 0)
        service.remove(connection.id)
        with pytest.raises(PeerRefusedError, match="removed on this side"):
            beta.transport.poll_messages(make_endpoint(connection, beta.vault), QueueReport(), 0)


def test_a_node_that_is_gone_is_unreachable(alpha: RealNode, beta: RealNode) -> None:
    with serve(alpha.web()) as url:
        _, code = alpha.invitations(url).initiate(ALPHA, "Fabrikam", "To Beta")
    with pytest.raises(PeerUnreachableError):
        beta.invitations().accept(code, BETA, "Tailspin")
    with serve(alpha.web()) as url:
        moved = encode_offer(replace(decode_offer(code), node_url=url))
        assert beta.invitations().accept(moved, BETA, "Tailspin").status is ConnectionStatus.ACTIVE

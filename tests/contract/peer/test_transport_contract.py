"""What every transport between nodes does, in memory and over HTTP."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.contract.peer.fake_node import CONNECTION_ID, INVITATION_ID, FakeNode, make_message
from tests.contract.peer.http_node import add_connection, make_endpoint, make_services, open_test_storage, serve

from adnode.adapters.memory.peer import MemoryPeerNetwork, MemoryPeerTransport
from adnode.adapters.memory.vault import MemoryVault
from adnode.adapters.peer.guarded_network import NetworkPolicy
from adnode.adapters.peer.keys import Ed25519Signer
from adnode.adapters.peer.signatures import HttpMessageSecurity
from adnode.adapters.peer.transport import HttpPeerTransport
from adnode.adapters.system_clock import SystemClock, SystemIds
from adnode.domain.errors import (
    ContentUnavailableError,
    InvitationUsedError,
    PeerRefusedError,
    PeerUnreachableError,
    QueuesDisagreeError,
)
from adnode.domain.queues import Position, QueueReport
from adnode.ports.gateway import ContentStream
from adnode.ports.peer import Acceptance, PeerEndpoint, PeerTransport

CLOSED_PORT_URL = "http://127.0.0.1:9"
LARGE_FILE = [bytes([number % 251]) * 100_000 for number in range(30)]


@dataclass(frozen=True, slots=True)
class Pair:
    """Our transport, the other node, and how it is called."""

    transport: PeerTransport
    node: FakeNode
    endpoint: PeerEndpoint


@pytest.fixture(params=["memory", "http"])
def pair(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Pair]:
    signer = Ed25519Signer()
    ours, theirs = signer.new_private_key(), signer.new_private_key()
    node = FakeNode()
    node.peer_key = signer.public_key(ours)
    if request.param == "memory":
        endpoint = make_endpoint("https://node-a.example", ours, signer.public_key(theirs))
        yield Pair(MemoryPeerTransport(MemoryPeerNetwork({endpoint.url: node})), node, endpoint)
        return
    storage, vault = open_test_storage(tmp_path), MemoryVault()
    add_connection(storage, vault, theirs, signer.public_key(ours))
    transport = HttpPeerTransport(
        HttpMessageSecurity(SystemClock(), SystemIds()), NetworkPolicy(allows_loopback_http=True)
    )
    with serve(make_services(node, storage, vault)) as url:
        yield Pair(transport, node, make_endpoint(url, ours, signer.public_key(theirs)))
        transport.close()
    storage.close()


def make_acceptance(public_key: bytes) -> Acceptance:
    return Acceptance(
        invitation_id=INVITATION_ID,
        connection_id=CONNECTION_ID,
        public_key=public_key,
        organization_id="org-b",
        organization_name="Bêta",
        organization_url="https://dev.example/beta",
        node_url="",
        protocol_version=1,
        nonce="00ff",
        proof=b"\x01" * 32,
    )


def test_information_says_versions_and_modes(pair: Pair) -> None:
    information = pair.transport.fetch_information(pair.endpoint.url)
    assert (information.minimum_version, information.maximum_version, information.modes) == (1, 1, ("basic",))


def test_messages_arrive_as_they_were_sent_and_are_answered_one_by_one(pair: Pair) -> None:
    messages = [make_message(1), make_message(2, text="https://dev.example/ä?x=1")]
    first = pair.transport.send_messages(pair.endpoint, messages[:1], QueueReport())
    both = pair.transport.send_messages(pair.endpoint, messages, QueueReport())
    assert [answer.outcome for answer in first + both] == ["stored", "duplicate", "stored"]
    assert [(one.id, one.sequence, one.body) for one in pair.node.received] == [
        (one.id, one.sequence, one.body) for one in messages
    ]


def test_a_poll_passes_its_acknowledgement_and_brings_what_is_newer(pair: Pair) -> None:
    pair.node.waiting = [replace(make_message(number), incarnation="theirs") for number in (1, 2, 3)]
    report = QueueReport(incarnation="ours", known=Position("theirs", 1, "m-1"), tells_position=True)
    polled = pair.transport.poll_messages(pair.endpoint, report, 0.5)
    assert [(message.sequence, message.incarnation) for message in polled] == [(2, "theirs"), (3, "theirs")]
    sure = replace(report, is_confirmed=True)
    pair.transport.poll_messages(pair.endpoint, sure, 0)
    assert pair.node.polls == [report, sure]


@pytest.mark.parametrize("pair", ["http"], indirect=True)
def test_what_the_peer_answers_tells_the_time_there(pair: Pair) -> None:
    assert isinstance(pair.transport, HttpPeerTransport)
    assert pair.transport.time_at(pair.endpoint.url) is None
    pair.transport.send_messages(pair.endpoint, [make_message(1)], QueueReport())
    told = pair.transport.time_at(pair.endpoint.url)
    assert told is not None
    assert abs(told - SystemClock().now()) < timedelta(seconds=5)
    assert pair.transport.time_at("https://another.example") is None


def test_messages_bring_word_of_the_queues(pair: Pair) -> None:
    report = QueueReport("ours", 7, Position("ours", 5, "m-5"), Position("theirs"), is_confirmed=True)
    pair.transport.send_messages(pair.endpoint, [replace(make_message(6), incarnation="ours")], report)
    assert pair.node.reports == [report]
    assert [message.incarnation for message in pair.node.received] == ["ours"]


def test_a_doubt_says_what_is_known_there(pair: Pair) -> None:
    pair.node.doubt = QueuesDisagreeError("Look again.", acknowledged_sequence=7, received_sequence=9)
    with pytest.raises(PeerRefusedError) as caught:
        pair.transport.poll_messages(pair.endpoint, QueueReport(), 0)
    assert caught.value.details["peer_code"] == QueuesDisagreeError.code
    assert (caught.value.details["acknowledged_sequence"], caught.value.details["received_sequence"]) == (7, 9)


def test_acceptance_reaches_the_initiator_and_its_answer_comes_back(pair: Pair) -> None:
    acceptance = make_acceptance(pair.endpoint.public_key)
    answer = pair.transport.accept_invitation(pair.endpoint, acceptance)
    assert pair.node.accepted == [acceptance]
    assert (answer.connection_id, answer.name, answer.organization_id) == (
        CONNECTION_ID,
        "Müller – Zulieferer",
        "org-a",
    )


def test_a_used_invitation_is_told_apart(pair: Pair) -> None:
    pair.transport.accept_invitation(pair.endpoint, make_acceptance(pair.endpoint.public_key))
    private_key = Ed25519Signer().new_private_key()
    other = make_endpoint(pair.endpoint.url, private_key, pair.endpoint.peer_public_key)
    with pytest.raises(InvitationUsedError):
        pair.transport.accept_invitation(other, make_acceptance(other.public_key))


def test_content_streams_out_of_the_peer(pair: Pair) -> None:
    pair.node.files["org-a:file 1/ä"] = LARGE_FILE
    with pair.transport.open_content(pair.endpoint, "org-a:file 1/ä") as stream:
        assert stream.size == 3_000_000
        assert b"".join(stream.chunks) == b"".join(LARGE_FILE)


def test_empty_content_is_content(pair: Pair) -> None:
    pair.node.files["empty"] = []
    with pair.transport.open_content(pair.endpoint, "empty") as stream:
        assert list(stream.chunks) == []


def test_content_that_is_not_there_is_unavailable(pair: Pair) -> None:
    with pytest.raises(ContentUnavailableError), pair.transport.open_content(pair.endpoint, "gone"):
        pytest.fail("nothing to open")


@pytest.mark.parametrize("size", [3_000_000, None])
def test_content_streams_into_the_peer_with_its_name(pair: Pair, size: int | None) -> None:
    pair.transport.put_content(pair.endpoint, "org-b:9", "Plan ü.pdf", ContentStream(iter(LARGE_FILE), size))
    assert pair.node.stored == {"org-b:9": ("Plan ü.pdf", b"".join(LARGE_FILE), size)}


def test_a_peer_with_another_key_is_refused(pair: Pair) -> None:
    stranger = Ed25519Signer().new_private_key()
    endpoint = make_endpoint(pair.endpoint.url, stranger, pair.endpoint.peer_public_key)
    with pytest.raises(PeerRefusedError) as caught:
        pair.transport.send_messages(endpoint, [make_message(1)], QueueReport())
    assert caught.value.details["peer_code"] == "signature_invalid"
    assert pair.node.received == []


def test_an_unknown_connection_is_refused(pair: Pair) -> None:
    with pytest.raises(PeerRefusedError) as caught:
        pair.transport.poll_messages(replace(pair.endpoint, connection_id="connection-2"), QueueReport(), 0)
    assert caught.value.details["peer_code"] == "not_found"


def test_a_stopped_connection_is_refused_with_its_reason(pair: Pair) -> None:
    pair.node.is_active = False
    with pytest.raises(PeerRefusedError, match="deactivated on this side") as caught:
        pair.transport.send_messages(pair.endpoint, [make_message(1)], QueueReport())
    assert caught.value.details["peer_code"] == "state"


def test_a_node_that_does_not_answer_is_unreachable(pair: Pair) -> None:
    with pytest.raises(PeerUnreachableError):
        pair.transport.send_messages(replace(pair.endpoint, url=CLOSED_PORT_URL), [make_message(1)], QueueReport())

"""The edge of the peer API: who is let in, and how much."""

import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from tests.contract.peer.fake_node import CONNECTION_ID, FakeNode, make_message
from tests.contract.peer.http_node import add_connection, make_services, open_test_storage
from werkzeug.test import TestResponse

from adnode.adapters.memory.clock import MemoryClock
from adnode.adapters.memory.vault import MemoryVault
from adnode.adapters.peer.keys import Ed25519Signer
from adnode.adapters.peer.signatures import HttpMessageSecurity
from adnode.adapters.storage.storage import Storage
from adnode.adapters.system_clock import SystemIds
from adnode.domain.connection import ConnectionStatus
from adnode.domain.errors import ContentMismatchError
from adnode.domain.message import Message
from adnode.domain.message_documents import message_to_document
from adnode.domain.queues import Position, QueueReport
from adnode.ports.message_security import FRAMED_CONTENT_TYPE, NAME_HEADER, SIZE_HEADER, ContentBinding, RequestHead
from adnode.web.application import create_application
from adnode.web.peer import ACCEPTANCE_LIMIT_BYTES, MESSAGES_LIMIT_BYTES

NODE_URL = "https://node-a.example/adnode"
MESSAGES = f"/peer/v1/connections/{CONNECTION_ID}/messages"
ACCEPTANCE = "/peer/v1/invitations/invitation-1/acceptance"
FILE = f"/peer/v1/connections/{CONNECTION_ID}/attachments/org-a%3A1"
SIGNER = Ed25519Signer()
OURS, THEIRS = SIGNER.new_private_key(), SIGNER.new_private_key()


@dataclass(slots=True)
class Edge:
    """The application behind a proxy, and a peer that signs for its public address."""

    open_client: Callable[[], FlaskClient]
    client: FlaskClient
    node: FakeNode
    storage: Storage
    security: HttpMessageSecurity
    clock: MemoryClock

    def reopened(self) -> "Edge":
        """Another process of the same node."""
        return replace(self, client=self.open_client())

    def head(self, method: str, path: str, body: bytes | None, key: bytes, headers: dict[str, str]) -> RequestHead:
        head = RequestHead(method, NODE_URL + path, headers)
        signed, _ = self.security.sign_request(head, body, key)
        return replace(head, headers=signed)

    def send(self, head: RequestHead, path: str, body: bytes) -> TestResponse:
        headers = dict(head.headers)
        overrides = {"REQUEST_URI": path}
        return self.client.open(
            path, method=head.method, data=body, headers=headers, environ_overrides=overrides, base_url="http://backend"
        )

    def call(self, method: str, path: str, body: bytes = b"", key: bytes = OURS) -> TestResponse:
        return self.send(self.head(method, path, body, key, {"content-type": "application/json"}), path, body)

    def push(self, *messages: Message, key: bytes = OURS) -> TestResponse:
        return self.call("POST", MESSAGES, batch(*messages), key)


def batch(*messages: Message) -> bytes:
    return json.dumps({"messages": [message_to_document(message) for message in messages]}).encode()


@contextmanager
def make_edge(
    folder: Path, *, status: ConnectionStatus = ConnectionStatus.ACTIVE, metrics_token: str = ""
) -> Iterator[Edge]:
    clock, node, vault = MemoryClock(), FakeNode(), MemoryVault()
    storage = open_test_storage(folder)
    add_connection(storage, vault, THEIRS, SIGNER.public_key(OURS), status=status)
    options = {"clock": clock, "node_url": NODE_URL, "metrics_token": metrics_token}
    security = HttpMessageSecurity(clock, SystemIds())

    def open_client() -> FlaskClient:
        return create_application(make_services(node, storage, vault, **options)).test_client()  # type: ignore[arg-type]

    yield Edge(open_client, open_client(), node, storage, security, clock)
    storage.close()


@pytest.fixture
def edge(tmp_path: Path) -> Iterator[Edge]:
    with make_edge(tmp_path) as edge:
        yield edge


def code_of(response: TestResponse) -> tuple[int, str]:
    assert response.content_type == "application/problem+json"
    document = response.get_json(force=True)
    assert document["status"] == response.status_code
    return response.status_code, document["code"]


def test_a_signed_push_is_stored_and_answered_signed(edge: Edge) -> None:
    body = batch(make_message(1))
    head = edge.head("POST", MESSAGES, body, OURS, {})
    response = edge.send(head, MESSAGES, body)
    assert response.status_code == 200
    edge.security.verify_answer(head, 200, dict(response.headers), response.data, SIGNER.public_key(THEIRS))
    assert [message.id for message in edge.node.received] == ["m-1"]


def test_an_unsigned_request_is_refused(edge: Edge) -> None:
    assert code_of(edge.client.post(MESSAGES, data=batch(make_message(1)))) == (401, "signature_invalid")
    assert edge.node.received == []


def test_a_replayed_request_is_refused(edge: Edge) -> None:
    body = batch(make_message(1))
    head = edge.head("POST", MESSAGES, body, OURS, {})
    assert edge.send(head, MESSAGES, body).status_code == 200
    assert code_of(edge.send(head, MESSAGES, body)) == (401, "signature_invalid")


def test_another_key_is_refused(edge: Edge) -> None:
    assert code_of(edge.push(make_message(1), key=SIGNER.new_private_key())) == (401, "signature_invalid")


def test_a_changed_body_is_refused(edge: Edge) -> None:
    head = edge.head("POST", MESSAGES, batch(make_message(1)), OURS, {})
    assert code_of(edge.send(head, MESSAGES, batch(make_message(2)))) == (401, "signature_invalid")
    assert edge.node.received == []


def test_a_request_signed_for_another_connection_is_refused(edge: Edge) -> None:
    head = edge.head("POST", MESSAGES.replace(CONNECTION_ID, "connection-2"), batch(), OURS, {})
    assert code_of(edge.send(head, MESSAGES, batch())) == (401, "signature_invalid")


def test_an_unknown_connection_is_not_found_however_it_is_signed(edge: Edge) -> None:
    path = MESSAGES.replace(CONNECTION_ID, "connection-2")
    assert code_of(edge.call("POST", path, batch())) == (404, "not_found")


def test_a_wrong_clock_is_told_the_time_here(edge: Edge) -> None:
    head = edge.head("POST", MESSAGES, batch(), OURS, {})
    edge.clock.advance(301)
    response = edge.send(head, MESSAGES, batch())
    assert code_of(response) == (401, "signature_invalid")
    assert response.get_json(force=True)["receiver_time"] == edge.clock.now().isoformat()


@pytest.mark.parametrize("status", [ConnectionStatus.DEACTIVATED, ConnectionStatus.BLOCKED, ConnectionStatus.REMOVED])
def test_a_connection_that_is_stopped_says_so_to_its_peer_only(tmp_path: Path, status: ConnectionStatus) -> None:
    with make_edge(tmp_path, status=status) as edge:
        response = edge.push(make_message(1))
        assert code_of(response) == (409, "state")
        assert response.get_json(force=True)["connection_status"] == status.value
        assert code_of(edge.push(make_message(1), key=SIGNER.new_private_key())) == (401, "signature_invalid")


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"messages":{}}', b'{"messages":[1]}', b"\xff", b"[" * 90_000])
def test_malformed_bodies_are_refused_by_the_signed_peer_too(edge: Edge, body: bytes) -> None:
    assert code_of(edge.call("POST", MESSAGES, body)) == (422, "validation")


def test_more_messages_than_the_limit_are_refused(edge: Edge) -> None:
    messages = [make_message(number) for number in range(1, 202)]
    assert code_of(edge.push(*messages)) == (422, "too_many_values")
    assert edge.push(*messages[:-1]).status_code == 200


@pytest.mark.parametrize(("path", "limit"), [(MESSAGES, MESSAGES_LIMIT_BYTES), (ACCEPTANCE, ACCEPTANCE_LIMIT_BYTES)])
def test_bodies_over_the_limit_are_refused_before_they_are_read(edge: Edge, path: str, limit: int) -> None:
    assert code_of(edge.call("POST", path, b"x" * (limit + 1))) == (413, "too_large")


class Untouchable(io.BytesIO):
    """A body that must not be read."""

    def read(self, _size: int | None = -1) -> bytes:
        raise AssertionError("the body of a stranger was read")

    readinto = readline = read  # type: ignore[assignment]


@pytest.mark.parametrize("path", [MESSAGES, MESSAGES.replace(CONNECTION_ID, "connection-2"), ACCEPTANCE])
@pytest.mark.parametrize("is_signed", [False, True])
def test_the_body_of_somebody_whose_head_does_not_hold_is_not_read(edge: Edge, path: str, is_signed: bool) -> None:
    headers = dict(edge.head("POST", path, b"", SIGNER.new_private_key(), {}).headers) if is_signed else {}
    if path == ACCEPTANCE and is_signed:
        edge.clock.advance(301)
    body = Untouchable(b"x" * 1000)
    response = edge.client.open(path, method="POST", input_stream=body, content_length=1000, headers=headers)
    assert code_of(response) == ((404, "not_found") if "connection-2" in path else (401, "signature_invalid"))


@pytest.mark.parametrize("query", ["after=-1", "after=x", "after=9999999999999999999", "wait=nan", "wait=1e9"])
def test_odd_numbers_are_refused(edge: Edge, query: str) -> None:
    assert code_of(edge.call("GET", f"{MESSAGES}?{query}")) == (422, "validation")


def test_a_poll_says_which_message_of_which_queue_came_last(edge: Edge) -> None:
    query = "after=3&incarnation=ours&last=m-3&own=theirs&confirmed=yes&wait=0"
    assert edge.call("GET", f"{MESSAGES}?{query}").status_code == 200
    report = QueueReport("theirs", known=Position("ours", 3, "m-3"), tells_position=True, is_confirmed=True)
    assert edge.node.polls == [report]


@pytest.mark.parametrize("name", ["incarnation", "last", "own"])
def test_names_of_queues_are_short(edge: Edge, name: str) -> None:
    assert code_of(edge.call("GET", f"{MESSAGES}?{name}={'x' * 65}")) == (422, "text_too_long")


def test_a_poll_acknowledges_and_brings_what_is_newer(edge: Edge) -> None:
    edge.node.waiting = [make_message(3), make_message(4)]
    response = edge.call("GET", f"{MESSAGES}?after=3&wait=900")
    assert [message["id"] for message in response.get_json(force=True)["messages"]] == ["m-4"]
    assert edge.node.polls == [QueueReport(known=Position("", 3), tells_position=True)]


def test_without_a_front_that_parks_polls_nothing_is_waited_for(edge: Edge) -> None:
    assert edge.call("GET", f"{MESSAGES}?after=3&wait=900").get_json(force=True) == {"messages": []}


def test_content_comes_framed_and_signed(edge: Edge) -> None:
    edge.node.files["org-a:1"] = [b"first", b"second"]
    head = edge.head("GET", FILE, b"", OURS, {})
    response = edge.send(head, FILE, b"")
    edge.security.verify_answer(head, 200, dict(response.headers), None, SIGNER.public_key(THEIRS))
    nonce = edge.security.verify_head(head, SIGNER.public_key(OURS), is_stream=False).nonce
    binding = ContentBinding(CONNECTION_ID, "org-a:1", nonce)
    content = edge.security.unframe([response.data], binding, SIGNER.public_key(THEIRS))
    assert b"".join(content) == b"firstsecond"
    with pytest.raises(ContentMismatchError):
        list(edge.security.unframe([response.data], replace(binding, nonce="x"), SIGNER.public_key(THEIRS)))


def test_content_that_is_missing_is_a_problem_document(edge: Edge) -> None:
    assert code_of(edge.call("GET", FILE)) == (404, "content_unavailable")


def put(
    edge: Edge, *, content_type: str = FRAMED_CONTENT_TYPE, name: str = "plan.pdf", damage: bool = False
) -> TestResponse:
    headers = {"content-type": content_type, NAME_HEADER: name, SIZE_HEADER: "unknown"}
    head = edge.head("PUT", FILE, None, OURS, headers)
    nonce = edge.security.verify_head(head, SIGNER.public_key(OURS), is_stream=True).nonce
    binding = ContentBinding(CONNECTION_ID, "org-a:1", nonce)
    body = bytearray(b"".join(edge.security.frame([b"content"], binding, OURS)))
    body[5] ^= damage
    return edge.send(head, FILE, bytes(body))


def test_content_is_taken_in(edge: Edge) -> None:
    assert put(edge).status_code == 200
    assert edge.node.stored == {"org-a:1": ("plan.pdf", b"content", None)}


def test_damaged_content_is_refused(edge: Edge) -> None:
    assert code_of(put(edge, damage=True)) == (422, "content_mismatch")
    assert edge.node.stored == {}


def test_content_of_another_type_is_refused(edge: Edge) -> None:
    assert code_of(put(edge, content_type="application/octet-stream")) == (422, "validation")


@pytest.mark.parametrize(
    ("sent", "stored"),
    [("..%2F..%2Fetc%2Fpasswd", "etcpasswd"), ("", "file"), ("a%0D%0Ab", "ab"), ("C%3A%5Cx.txt", "Cx.txt")],
)
def test_file_names_carry_no_paths(edge: Edge, sent: str, stored: str) -> None:
    assert put(edge, name=sent).status_code == 200
    assert edge.node.stored["org-a:1"][0] == stored


def test_information_tells_nothing_about_organizations(edge: Edge) -> None:
    response = edge.client.get("/peer/v1/information")
    assert response.get_json() == {"minimum_version": 1, "maximum_version": 1, "modes": ["basic"]}

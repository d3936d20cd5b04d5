"""Calls to the other node over HTTPS (peer protocol, version 1)."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

import httpx2

from adnode.adapters.answered_time import AnsweredTime
from adnode.adapters.peer.guarded_network import BlockedAddressError, NetworkPolicy, make_guarded_client
from adnode.adapters.peer.refusals import raise_refusal
from adnode.adapters.peer.signatures import HttpMessageSecurity
from adnode.domain.documents import fail, parse_document, read
from adnode.domain.errors import PeerError, PeerUnreachableError, UrlRefusedError, ValidationError
from adnode.domain.limits import BATCH, ID, WORDS, check_count, check_length
from adnode.domain.message import Message, MessageAnswer
from adnode.domain.message_documents import message_to_document
from adnode.domain.peer_messages import read_code, read_peer_messages
from adnode.domain.queue_documents import report_to_document, report_to_query
from adnode.domain.queues import QueueReport
from adnode.domain.visible_text import make_plain
from adnode.ports.acceptance_documents import (
    acceptance_to_document,
    answer_from_document,
    information_from_document,
)
from adnode.ports.gateway import ContentStream
from adnode.ports.message_security import (
    FRAMED_CONTENT_TYPE,
    NAME_HEADER,
    SIZE_HEADER,
    ContentBinding,
    RequestHead,
    read_size,
)
from adnode.ports.peer import Acceptance, AcceptanceAnswer, PeerEndpoint, PeerInformation

T = TypeVar("T")

BODY_LIMIT = 8 * 1024 * 1024
"""Bytes of an answer that are read at most: batches are of 1 MiB, but one large message may travel alone."""
CONNECT_SECONDS = 10.0
READ_SECONDS = 60.0
POLL_MARGIN_SECONDS = 15.0
JSON_TYPE = "application/json"


@dataclass(frozen=True, slots=True)
class _Signed:
    """A signed request on its way: what the answer must be bound to."""

    head: RequestHead
    nonce: str


class HttpPeerTransport:
    """PeerTransport over one pooled, guarded client. Thread-safe; close it when the node stops."""

    def __init__(self, security: HttpMessageSecurity, policy: NetworkPolicy, connection_limit: int = 256) -> None:
        self._security = security
        self._policy = policy
        self._client = make_guarded_client(policy, connection_limit)
        self._times: dict[str, AnsweredTime] = {}

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def check_url(self, url: str) -> None:
        """Raise UrlRefusedError when the SSRF rules forbid this URL."""
        self._policy.check_url(url)

    def time_at(self, url: str) -> datetime | None:
        """Return the time by the node at that address as its signed answers tell it, None before the first."""
        known = self._times.get(_host(url))
        return known.now() if known else None

    def fetch_information(self, url: str) -> PeerInformation:
        """Ask a node for its protocol range and modes."""
        self.check_url(url)
        with self._open("GET", _address(url, "information"), {}, None, READ_SECONDS) as response:
            return _parsed(url, lambda: information_from_document(_document(url, _read_body(url, response))))

    def accept_invitation(self, endpoint: PeerEndpoint, acceptance: Acceptance) -> AcceptanceAnswer:
        """Post the acceptance; the answer must be signed with the key from the code."""
        path = f"invitations/{quote(acceptance.invitation_id, safe='')}/acceptance"
        answer = self._exchange(endpoint, "POST", path, acceptance_to_document(acceptance))
        return _parsed(endpoint.url, lambda: answer_from_document(answer))

    def send_messages(
        self, endpoint: PeerEndpoint, messages: Sequence[Message], report: QueueReport
    ) -> list[MessageAnswer]:
        """Push messages; return the peer's answer to each."""
        document = {
            "messages": [message_to_document(message) for message in messages],
            "queues": report_to_document(report),
        }
        answer = self._exchange(endpoint, "POST", _path(endpoint, "messages"), document)
        return _parsed(endpoint.url, lambda: [_message_answer(one) for one in _limited(read(answer, "answers", list))])

    def poll_messages(self, endpoint: PeerEndpoint, report: QueueReport, wait_seconds: float) -> list[Message]:
        """Fetch messages behind the position that the report names, waiting at most that long for some."""
        query = urlencode({**report_to_query(report), "wait": f"{wait_seconds:g}"})
        path = f"{_path(endpoint, 'messages')}?{query}"
        answer = self._exchange(endpoint, "GET", path, None, read_seconds=wait_seconds + POLL_MARGIN_SECONDS)
        return _parsed(endpoint.url, lambda: read_peer_messages(read(answer, "messages", list)))

    def open_content(self, endpoint: PeerEndpoint, key: str) -> AbstractContextManager[ContentStream]:
        """Open the content of a file of the peer; its end is checked as the last chunk is read."""
        return self._open_content(endpoint, key)

    def put_content(self, endpoint: PeerEndpoint, key: str, name: str, stream: ContentStream) -> None:
        """Send the content of one of our files to a peer that asked for it."""
        headers = {
            "content-type": FRAMED_CONTENT_TYPE,
            NAME_HEADER: quote(name, safe=""),
            SIZE_HEADER: "unknown" if stream.size is None else str(stream.size),
        }
        signed = self._sign(endpoint, "PUT", _path(endpoint, "attachments", key), headers, None)
        binding = ContentBinding(endpoint.connection_id, key, signed.nonce)
        frames = self._security.frame(stream.chunks, binding, endpoint.private_key)
        with self._open("PUT", signed.head.url, signed.head.headers, frames, READ_SECONDS) as response:
            self._verified_body(endpoint, signed, response)

    @contextmanager
    def _open_content(self, endpoint: PeerEndpoint, key: str) -> Iterator[ContentStream]:
        signed = self._sign(endpoint, "GET", _path(endpoint, "attachments", key), {}, b"")
        with self._open("GET", signed.head.url, signed.head.headers, None, READ_SECONDS) as response:
            self._security.verify_answer(
                signed.head, response.status_code, response.headers, None, endpoint.peer_public_key
            )
            binding = ContentBinding(endpoint.connection_id, key, signed.nonce)
            chunks = _translated(endpoint.url, response.iter_raw())
            content = self._security.unframe(chunks, binding, endpoint.peer_public_key)
            yield ContentStream(content, read_size(response.headers.get(SIZE_HEADER, "")))

    def _exchange(
        self,
        endpoint: PeerEndpoint,
        method: str,
        path: str,
        document: object | None,
        *,
        read_seconds: float = READ_SECONDS,
    ) -> object:
        body = b"" if document is None else json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
        headers = {"content-type": JSON_TYPE} if body else {}
        signed = self._sign(endpoint, method, path, headers, body)
        with self._open(method, signed.head.url, signed.head.headers, body or None, read_seconds) as response:
            answer = _document(endpoint.url, self._verified_body(endpoint, signed, response))
            self._times.setdefault(_host(endpoint.url), AnsweredTime()).observe(response.headers.get("date"))
            return answer

    def _sign(
        self, endpoint: PeerEndpoint, method: str, path: str, headers: Mapping[str, str], body: bytes | None
    ) -> _Signed:
        # The client's own idea of the address is signed, so that what arrives is what was covered.
        address = str(httpx2.URL(_address(endpoint.url, path)))
        signed, nonce = self._security.sign_request(RequestHead(method, address, headers), body, endpoint.private_key)
        return _Signed(RequestHead(method, address, signed), nonce)

    def _verified_body(self, endpoint: PeerEndpoint, signed: _Signed, response: httpx2.Response) -> bytes:
        body = _read_body(endpoint.url, response)
        self._security.verify_answer(
            signed.head, response.status_code, response.headers, body, endpoint.peer_public_key
        )
        return body

    @contextmanager
    def _open(
        self, method: str, address: str, headers: Mapping[str, str], content: Any, read_seconds: float
    ) -> Iterator[httpx2.Response]:
        """Open an answer of success; raises what a refusal or a lost connection means."""
        timeout = httpx2.Timeout(CONNECT_SECONDS, read=read_seconds)
        sent = {**headers, "accept-encoding": "identity"}
        with (
            _naming(method, address),
            _connection_errors(address),
            self._client.stream(method, address, headers=sent, content=content, timeout=timeout) as response,
        ):
            if response.status_code != httpx2.codes.OK:
                raise_refusal(address, response.status_code, response.headers, _read_body(address, response))
            yield response


@contextmanager
def _naming(method: str, address: str) -> Iterator[None]:
    """Note on errors which request they are about: method and path, never its query or body."""
    try:
        yield
    except PeerError as error:
        error.details.setdefault("request", f"{method} {httpx2.URL(address).path}")
        raise


@contextmanager
def _connection_errors(address: str) -> Iterator[None]:
    try:
        yield
    except httpx2.HTTPError as error:
        if _is_blocked(error):
            raise UrlRefusedError(
                f"The other node at {_host(address)} leads to an address that this node must not call. Ask the "
                "operator to allow its network, or the other administrator for the right address."
            ) from error
        raise _unreachable(address, type(error).__name__) from error


def _translated(address: str, chunks: Iterator[bytes]) -> Iterator[bytes]:
    with _connection_errors(address):
        yield from chunks


def _is_blocked(error: BaseException) -> bool:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, BlockedAddressError):
            return True
        cause = cause.__cause__ or cause.__context__
    return False


def _unreachable(address: str, reason: str) -> PeerUnreachableError:
    return PeerUnreachableError(
        f"The other node at {_host(address)} gave no usable answer ({reason}). It is tried again by itself; if this "
        "stays, ask its administrator whether the node runs and can be reached."
    )


def _host(address: str) -> str:
    return httpx2.URL(address).netloc.decode()


def _address(url: str, path: str) -> str:
    return f"{url.rstrip('/')}/peer/v1/{path}"


def _path(endpoint: PeerEndpoint, *names: str) -> str:
    return "/".join(["connections", endpoint.connection_id, *(quote(name, safe="") for name in names)])


def _read_body(address: str, response: httpx2.Response) -> bytes:
    body = bytearray()
    for chunk in response.iter_raw():
        body += chunk
        if len(body) > BODY_LIMIT:
            raise _unreachable(address, "its answer is too large")
    return bytes(body)


def _document(address: str, body: bytes) -> object:
    try:
        return parse_document(body)
    except ValidationError as error:
        raise _unreachable(address, "its answer is no JSON") from error


def _parsed(address: str, parse: Callable[[], T]) -> T:
    try:
        return parse()
    except ValidationError as error:
        raise _unreachable(address, f"its answer is malformed: {error.message}") from error


def _message_answer(document: object) -> MessageAnswer:
    outcome = read(document, "outcome", str)
    if outcome not in ("stored", "duplicate", "refused"):
        raise fail("outcome", "stored, duplicate or refused")
    text = document.get("text") if isinstance(document, dict) else None
    return MessageAnswer(
        message_id=check_length(read(document, "message_id", str), ID, "message_id"),
        outcome=outcome,
        error_code=read_code(read(document, "error_code", str)),
        text=make_plain(text)[: WORDS.maximum] if isinstance(text, str) else "",
    )


def _limited(answers: list[object]) -> list[object]:
    check_count(answers, BATCH, "answers")
    return answers

"""What the HTTP transport makes of answers that are not what they should be."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from adnode.adapters.peer.guarded_network import NetworkPolicy
from adnode.adapters.peer.keys import Ed25519Signer
from adnode.adapters.peer.signatures import HttpMessageSecurity
from adnode.adapters.peer.transport import BODY_LIMIT, HttpPeerTransport
from adnode.adapters.system_clock import SystemClock, SystemIds
from adnode.domain.errors import (
    AdnodeError,
    PeerBusyError,
    PeerRefusedError,
    PeerUnreachableError,
    SignatureError,
    UrlRefusedError,
)
from adnode.domain.queues import QueueReport
from adnode.ports.peer import PeerEndpoint

SIGNER = Ed25519Signer()


@contextmanager
def answering(status: int, body: bytes, headers: dict[str, str] | None = None) -> Iterator[str]:
    """Serve the same answer to everybody."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def transport() -> Iterator[HttpPeerTransport]:
    security = HttpMessageSecurity(SystemClock(), SystemIds())
    transport = HttpPeerTransport(security, NetworkPolicy(allows_loopback_http=True))
    yield transport
    transport.close()


def endpoint_at(url: str) -> PeerEndpoint:
    private_key = SIGNER.new_private_key()
    public_key = SIGNER.public_key(private_key)
    return PeerEndpoint("connection-1", url, private_key, public_key, public_key)


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (200, b'{"messages":[]}', SignatureError),
        (302, b"", PeerUnreachableError),
        (404, b"<html>not here</html>", PeerUnreachableError),
        (407, b"proxy", PeerUnreachableError),
        (429, b"{}", PeerUnreachableError),
        (429, b'{"code":"rate_limited"}', PeerBusyError),
        (503, b'{"code":"busy"}', PeerBusyError),
        (503, b'{"code":"storage_unavailable"}', PeerUnreachableError),
        (500, b'{"code":"internal"}', PeerUnreachableError),
        (503, b"", PeerUnreachableError),
        (409, b'{"code":"state","detail":"It is deactivated."}', PeerRefusedError),
        (401, b'{"code":"signature_invalid","detail":"Clock."}', PeerRefusedError),
        (404, b"[" * 100_000, PeerUnreachableError),
    ],
)
def test_answers_mean_what_they_should(
    transport: HttpPeerTransport, status: int, body: bytes, error: type[AdnodeError]
) -> None:
    with answering(status, body) as url, pytest.raises(AdnodeError) as caught:
        transport.poll_messages(endpoint_at(url), QueueReport(), 0)
    assert type(caught.value) is error


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("7", 7.0), ("0", 1.0), ("100000", 300.0), ("", 2.0), ("soon", 2.0), ("-3", 2.0), ("9" * 30, 2.0)],
)
def test_a_busy_node_says_when_to_come_again(transport: HttpPeerTransport, said: str, seconds: float) -> None:
    with (
        answering(503, b'{"code":"busy"}', {"Retry-After": said}) as url,
        pytest.raises(PeerBusyError) as caught,
    ):
        transport.poll_messages(endpoint_at(url), QueueReport(), 0)
    assert caught.value.retry_after_seconds == seconds


def test_an_endless_answer_is_not_read_to_its_end(transport: HttpPeerTransport) -> None:
    with (
        answering(200, b"x" * (BODY_LIMIT + 1)) as url,
        pytest.raises(PeerUnreachableError, match="too large"),
    ):
        transport.poll_messages(endpoint_at(url), QueueReport(), 0)


def test_a_compressed_answer_is_not_unpacked(transport: HttpPeerTransport) -> None:
    with answering(200, b"\x1f\x8b", {"Content-Encoding": "gzip"}) as url, pytest.raises(PeerUnreachableError):
        transport.fetch_information(url)


def test_malformed_information_is_no_information(transport: HttpPeerTransport) -> None:
    with answering(200, b'{"minimum_version":"1"}') as url, pytest.raises(PeerUnreachableError, match="malformed"):
        transport.fetch_information(url)


def test_an_address_inside_is_refused_when_it_is_called() -> None:
    security = HttpMessageSecurity(SystemClock(), SystemIds())
    transport = HttpPeerTransport(security, NetworkPolicy())
    with pytest.raises(UrlRefusedError, match="must not call"):
        transport.poll_messages(endpoint_at("https://127.0.0.1:9"), QueueReport(), 0)
    transport.close()

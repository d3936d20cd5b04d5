"""Webhooks to real receivers on this machine, checked with the specification's own library."""

import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from standardwebhooks.webhooks import Webhook
from tests.unit.adapters.mail_servers import HOST, free_port, make_certificate, scripted_server

from adnode.adapters.peer.guarded_network import NetworkPolicy
from adnode.adapters.webhook import HttpWebhookSender
from adnode.domain.errors import NotificationFailedError, UrlRefusedError
from adnode.ports.notifier import Step, WebhookMessage

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
LOCAL = NetworkPolicy(allows_loopback_http=True)


@dataclass(slots=True)
class Receiver:
    """What came in, and how it is answered."""

    status: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


@contextmanager
def receiving(receiver: Receiver, context: ssl.SSLContext | None = None) -> Iterator[int]:
    """Run a receiver; its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            receiver.requests.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(receiver.status)
            for name, value in receiver.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(receiver.body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the library's
            pass

    server = ThreadingHTTPServer((HOST, 0), Handler)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()


def message(text: str = "Überfällig") -> WebhookMessage:
    body = json.dumps({"type": "errors.opened", "data": {"text": text}}, ensure_ascii=False)
    return WebhookMessage("d1", datetime.now(UTC), body)


def failure(url: str, policy: NetworkPolicy = LOCAL, seconds: float = 5.0) -> NotificationFailedError:
    with pytest.raises(NotificationFailedError) as failed:
        HttpWebhookSender(policy).send(url, SECRET, message(), seconds)
    return failed.value


def test_a_receiver_can_check_what_comes_with_the_specifications_library() -> None:
    receiver = Receiver()
    with receiving(receiver) as port:
        HttpWebhookSender(LOCAL).send(f"http://{HOST}:{port}/hook?sig=a%20b", SECRET, message(), 5)
    [(headers, body)] = receiver.requests
    assert Webhook(SECRET).verify(body, headers) == json.loads(message().body)
    assert (headers["webhook-id"], headers["content-type"]) == ("d1", "application/json")
    other = "whsec_" + "A" * 32
    with pytest.raises(Exception, match="No matching signature"):
        Webhook(other).verify(body, headers)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("https://127.0.0.1/x", "private network"),
        ("https://localhost/x", "private network"),
        ("https://10.1.2.3/x", "private network"),
        ("https://192.168.0.1:8443/x", "private network"),
        ("https://169.254.169.254/latest/meta-data/", "private network"),
        ("https://[::1]/x", "private network"),
        ("https://[::ffff:10.0.0.1]/x", "private network"),
        ("https://[fd00:ec2::254]/x", "private network"),
        ("https://0x7f000001/x", "private network"),
        ("https://0/x", "private network"),
        ("http://127.0.0.1/x", "https://"),
        ("http://93.184.216.34/x", "https://"),
        ("ftp://93.184.216.34/x", "https://"),
        ("https://user:pw@93.184.216.34/x", "user name"),
        ("https://93.184.216.34/x#y", "#"),
        ("https:///x", "no host"),
        ("https://93.184.216.34:99999/x", "port"),
        ("https://93.184.216.34/x y", "characters"),
        ("https://93.184.216.34/x\r\nHost: y", "characters"),
        ("https://nobody.invalid/x", "not known"),
        ("https://[::1/x", "no URL"),
    ],
)
def test_addresses_that_must_not_be_called_are_refused(url: str, reason: str) -> None:
    sender = HttpWebhookSender(NetworkPolicy())
    with pytest.raises(UrlRefusedError, match=reason) as refused:
        sender.check_url(url)
    assert "pw" not in refused.value.message
    assert failure(url, NetworkPolicy()).step == Step.LOOKUP


def test_a_name_that_leads_elsewhere_later_is_refused_when_it_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    receiver = Receiver()
    places = iter(["93.184.216.34"])

    def resolve(host: str, port: int, *_: object, **__: object) -> list[object]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(places, HOST), port))]

    with receiving(receiver) as port:
        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        failed = failure(f"https://rebound.example:{port}/x", NetworkPolicy())
    assert "must not be called" in failed.message
    assert receiver.requests == []


@pytest.mark.parametrize(
    ("status", "said", "is_lasting"),
    [(500, "500", False), (404, "404", False), (429, "429", False), (410, "gone for good", True)],
)
def test_whatever_is_not_2xx_has_failed(status: int, said: str, is_lasting: bool) -> None:
    with receiving(Receiver(status, body=b"<secret>")) as port:
        failed = failure(f"http://{HOST}:{port}/")
    assert (failed.step, failed.is_lasting, failed.is_of_receiver) == (Step.ANSWER, is_lasting, True)
    assert said in failed.message
    assert "secret" not in failed.message


def test_redirects_are_not_followed() -> None:
    inner, outer = Receiver(), Receiver(307)
    with receiving(inner) as inner_port, receiving(outer) as port:
        outer.headers["location"] = f"http://{HOST}:{inner_port}/"
        failed = failure(f"http://{HOST}:{port}/")
    assert "elsewhere" in failed.message
    assert inner.requests == []


def test_a_body_however_long_is_not_read() -> None:
    receiver = Receiver(200, {"content-length": "900000000000"}, b"x" * 1000)
    with receiving(receiver) as port:
        HttpWebhookSender(LOCAL).send(f"http://{HOST}:{port}/", SECRET, message(), 5)
    assert len(receiver.requests) == 1


def test_nobody_listens() -> None:
    failed = failure(f"http://{HOST}:{free_port()}/")
    assert failed.step == Step.CONNECTION
    assert "can't be reached" in failed.message


@pytest.mark.parametrize("drip_seconds", [0.0, 0.05], ids=["silent", "dripping"])
@pytest.mark.parametrize("beginning", [b"", b"HTTP/1.1 200 OK\r\nx: "])
def test_a_receiver_that_hangs_is_left(beginning: bytes, drip_seconds: float) -> None:
    with scripted_server(beginning, drip_seconds=drip_seconds) as port:
        failed = failure(f"http://{HOST}:{port}/", seconds=0.4)
    assert failed.step == Step.ANSWER


def test_a_handshake_that_hangs_is_left() -> None:
    with scripted_server(b"") as port:
        failed = failure(f"https://{HOST}:{port}/", seconds=0.4)
    assert (failed.step, "in time" in failed.message) == (Step.ENCRYPTION, True)


def test_a_certificate_that_is_not_trusted_is_refused(tmp_path: Path) -> None:
    receiver = Receiver()
    with receiving(receiver, make_certificate(tmp_path).server) as port:
        failed = failure(f"https://localhost:{port}/")
    assert failed.step == Step.ENCRYPTION
    assert receiver.requests == []

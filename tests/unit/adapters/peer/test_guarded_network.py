"""Where a node may call (SSRF rules)."""

import ipaddress
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpcore2
import httpx2
import pytest

from adnode.adapters.peer import guarded_network
from adnode.adapters.peer.guarded_network import GuardedBackend, NetworkPolicy, make_guarded_client
from adnode.domain.errors import UrlRefusedError

STRICT = NetworkPolicy()
LOOPBACK = NetworkPolicy(allows_loopback_http=True)
OFFICE = NetworkPolicy(allowed_networks=(ipaddress.ip_network("10.20.0.0/16"),))


def answer_with(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    """Make every name lead to these addresses."""
    found = [ipaddress.ip_address(address) for address in addresses]
    monkeypatch.setattr(guarded_network, "resolve", lambda host, port: found)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "0.0.0.0",  # noqa: S104
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "224.0.0.1",
        "::1",
        "::",
        "fe80::1",
        "fd00::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "2002:7f00:1::",
    ],
)
def test_addresses_inside_are_refused(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    answer_with(monkeypatch, address)
    with pytest.raises(UrlRefusedError, match="private network"):
        STRICT.check_url("https://node.example")


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111"])
def test_global_addresses_are_fine(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    answer_with(monkeypatch, address)
    STRICT.check_url("https://node.example/adnode")


def test_one_address_inside_is_enough_to_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    answer_with(monkeypatch, "8.8.8.8", "10.0.0.1")
    with pytest.raises(UrlRefusedError):
        STRICT.check_url("https://node.example")


def test_the_operator_may_allow_a_network_and_only_that_one(monkeypatch: pytest.MonkeyPatch) -> None:
    answer_with(monkeypatch, "10.20.3.4")
    OFFICE.check_url("https://node.example")
    answer_with(monkeypatch, "10.21.3.4")
    with pytest.raises(UrlRefusedError):
        OFFICE.check_url("https://node.example")


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://node.example", "https://"),
        ("ftp://node.example", "https://"),
        ("file:///etc/passwd", "no host"),
        ("https://", "no host"),
        ("https://user@node.example", "user name"),
        ("https://user:word@node.example", "user name"),
        ("https://node.example?x=1", "path"),
        ("https://node.example#x", "path"),
        ("https://node.example:99999", "port"),
        ("https://node.example\\@evil.example", "characters"),
        ("https://node example", "characters"),
        ("https://[::1", "no URL"),
    ],
)
def test_urls_of_a_wrong_form_are_refused(monkeypatch: pytest.MonkeyPatch, url: str, reason: str) -> None:
    answer_with(monkeypatch, "8.8.8.8")
    with pytest.raises(UrlRefusedError, match=reason):
        LOOPBACK.check_url(url)


def test_the_message_does_not_repeat_a_password(monkeypatch: pytest.MonkeyPatch) -> None:
    answer_with(monkeypatch, "8.8.8.8")
    with pytest.raises(UrlRefusedError) as caught:
        STRICT.check_url("https://user:hunter2@node.example")
    assert "hunter2" not in caught.value.message


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]"])
def test_every_way_to_write_loopback_is_seen(host: str) -> None:
    with pytest.raises(UrlRefusedError):
        STRICT.check_url(f"https://{host}/")


def test_plain_http_is_for_loopback_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    LOOPBACK.check_url("http://127.0.0.1:8080")
    answer_with(monkeypatch, "8.8.8.8")
    with pytest.raises(UrlRefusedError):
        LOOPBACK.check_url("http://node.example")


class _Redirecting(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(302)
        self.send_header("Location", "http://127.0.0.1:1/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
        """Say nothing."""


@pytest.fixture
def local_url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Redirecting)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_client_itself_is_behind_the_guard(local_url: str) -> None:
    with make_guarded_client(STRICT, 4) as client, pytest.raises(httpx2.ConnectError, match="must not be called"):
        client.get(local_url)


def test_the_client_follows_no_redirect(local_url: str) -> None:
    with make_guarded_client(LOOPBACK, 4) as client:
        assert client.get(local_url).status_code == 302


def test_the_client_takes_no_proxy_from_the_environment(local_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    with make_guarded_client(LOOPBACK, 4) as client:
        assert client.get(local_url).status_code == 302


def test_a_name_that_changes_its_mind_leads_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    answer_with(monkeypatch, "8.8.8.8")
    STRICT.check_url("https://node.example")
    answer_with(monkeypatch, "127.0.0.1")
    with pytest.raises(httpcore2.ConnectError, match="must not be called"):
        GuardedBackend(STRICT).connect_tcp("node.example", 443)


def test_the_connection_goes_to_the_checked_address(monkeypatch: pytest.MonkeyPatch) -> None:
    answer_with(monkeypatch, "127.0.0.1")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        stream = GuardedBackend(LOOPBACK).connect_tcp("no-such-name.invalid", port, timeout=5)
        assert stream.get_extra_info("server_addr") == ("127.0.0.1", port)
        stream.close()


def test_socket_files_are_refused() -> None:
    with pytest.raises(httpcore2.ConnectError):
        GuardedBackend(LOOPBACK).connect_unix_socket("/run/anything.sock")

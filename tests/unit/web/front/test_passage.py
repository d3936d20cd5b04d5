"""Requests and answers on their way through the front: as they were sent, as they come, and flat in memory."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask, Response, jsonify, request
from tests.contract.peer.fake_node import CONNECTION_ID
from tests.unit.web.front import stage as stages
from tests.unit.web.front.stage import Line, Stage, open_stage

from adnode.adapters.peer.guarded_network import NetworkPolicy
from adnode.adapters.peer.transport import HttpPeerTransport
from adnode.ports.gateway import ContentStream
from adnode.ports.peer import PeerEndpoint
from adnode.web.front import application

LARGE = 60 * 1024 * 1024
FLAT = 24 * 1024 * 1024


def echo(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have Flask say what it was asked."""

    def make(_services: object) -> Flask:
        flask = Flask("echo")

        @flask.route("/", defaults={"path": ""}, methods=["GET", "POST", "OPTIONS"])
        @flask.route("/<path:path>", methods=["GET", "POST"])
        def say(path: str) -> Response:
            environ = {name: str(request.environ.get(name)) for name in ("RAW_URI", "QUERY_STRING", "REMOTE_ADDR")}
            headers = {name.lower(): value for name, value in request.headers.items()}
            document = {"path": path, "headers": headers, "body": request.get_data(as_text=True), **environ}
            return jsonify(document)

        @flask.route("/endless-file")
        def send() -> Response:
            return Response((b"x" * 50_000 for _ in range(20)), headers={"X-Two": "a"})

        return flask

    monkeypatch.setattr(application, "create_application", make)


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    echo(monkeypatch)
    with open_stage(tmp_path) as opened:
        yield opened


def ask(stage: Stage, sent: bytes) -> dict[str, object]:
    answered = stage.line().send(sent).read()
    assert answered.status == 200
    return dict(answered.document)


def test_a_request_arrives_as_it_was_sent(stage: Stage) -> None:
    heard = ask(stage, stages.request("GET", "/a%2Fb/%C3%A4%20?x=%2F&y=ü".replace("ü", "%C3%BC"), {"X-Some": "one"}))
    assert heard["path"] == "a/b/ä "
    assert heard["RAW_URI"] == "/a%2Fb/%C3%A4%20?x=%2F&y=%C3%BC"
    assert heard["QUERY_STRING"] == "x=%2F&y=%C3%BC"
    assert heard["REMOTE_ADDR"] == "127.0.0.1"
    assert heard["headers"]["x-some"] == "one"  # type: ignore[index]


def test_headers_that_could_be_taken_for_others_are_dropped_and_doubles_are_joined(stage: Stage) -> None:
    heard = ask(stage, b"GET / HTTP/1.1\r\nHost: n\r\nX_Forwarded_For: evil\r\nX-A: 1\r\nX-A: 2\r\n\r\n")
    assert "x-forwarded-for" not in heard["headers"]  # type: ignore[operator]
    assert heard["headers"]["x-a"] == "1,2"  # type: ignore[index]


def test_a_target_in_the_form_for_proxies_is_understood(stage: Stage) -> None:
    heard = ask(stage, b"GET http://node/a/b?c=d HTTP/1.1\r\nHost: node\r\n\r\n")
    assert (heard["path"], heard["RAW_URI"]) == ("a/b", "/a/b?c=d")


def test_a_body_arrives_with_its_length_or_in_chunks(stage: Stage) -> None:
    assert ask(stage, stages.request("POST", "/", {"content-length": "5"}, b"hello"))["body"] == "hello"
    sent = stages.request("POST", "/", {"transfer-encoding": "chunked"}, b"3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n")
    assert ask(stage, sent)["body"] == "hello"


def test_an_answer_without_a_length_comes_in_chunks(stage: Stage) -> None:
    line = stage.line().send(stages.request("GET", "/endless-file", {"connection": "close"}))
    received = b""
    while data := line.socket.recv(65536):
        received += data
    head, _, body = received.partition(b"\r\n\r\n")
    assert b"transfer-encoding: chunked" in head.lower()
    assert b"x-two: a" in head.lower()
    assert body.count(b"x") == 1_000_000


def test_a_head_alone_has_no_body(stage: Stage) -> None:
    line: Line = stage.line().send(stages.request("OPTIONS", "/"))
    assert line.read().status == 200


class Files:
    """A large file that is made as it is read, and a place for one that only counts."""

    def __init__(self) -> None:
        self.stored = 0

    @contextmanager
    def open(self, connection_id: str, key: str) -> Iterator[ContentStream]:
        yield ContentStream(produce(), LARGE)

    def store(self, connection_id: str, key: str, name: str, stream: ContentStream, sha256: str = "") -> None:
        for chunk in stream.chunks:
            self.stored += len(chunk)


def produce() -> Iterator[bytes]:
    for _ in range(LARGE // 65536):
        yield bytes(65536)


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def test_large_files_pass_in_both_directions_with_flat_memory(tmp_path: Path) -> None:
    files = Files()
    with open_stage(tmp_path, contents=files, node_url="") as stage:
        transport = HttpPeerTransport(stage.security, NetworkPolicy(allows_loopback_http=True))
        stage.stack.callback(transport.close)
        public = stage.served_key
        endpoint = PeerEndpoint(CONNECTION_ID, stage.served.url, stage.key, stages.SIGNER.public_key(stage.key), public)
        before, peaks, received = resident_bytes(), [0], 0

        def watched() -> Iterator[bytes]:
            for chunk in produce():
                peaks.append(resident_bytes())
                yield chunk

        with transport.open_content(endpoint, "org-a:1") as stream:
            for chunk in stream.chunks:
                received += len(chunk)
                peaks.append(resident_bytes())
        transport.put_content(endpoint, "org-b:1", "large.bin", ContentStream(watched(), LARGE))
    assert received == files.stored == LARGE
    assert max(peaks) - before < FLAT

"""Connections that are slow, silent or never end: each is over in time, and none keeps anybody else waiting."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest
from tests.unit.web.front.stage import FILE, MESSAGES, PATIENCE_SECONDS, QUICK, Stage, open_stage, request, until

from adnode.ports.gateway import ContentStream

MANY = 40


def test_half_open_heads_are_told_that_they_are_too_slow(stage: Stage) -> None:
    lines = [stage.line().send(b"GET / HTTP/1.1\r\nHost: node\r\nX-Slow: ") for _ in range(MANY)]
    assert stage.is_well()
    assert [line.read().status for line in lines] == [408] * MANY
    assert all(line.is_closed() for line in lines)


def test_a_byte_now_and_then_does_not_make_the_time_for_a_head_longer(stage: Stage) -> None:
    line = stage.line().send(b"GET / HTTP/1.1\r\n")
    line.socket.settimeout(0.05)
    said = b""
    with pytest.raises((ConnectionError, AssertionError)):  # noqa: PT012 - sooner or later one of the two fails
        for _ in range(int(PATIENCE_SECONDS / 0.05)):
            line.send(b"x")
            try:
                said += line.socket.recv(100)
            except TimeoutError:
                continue
            assert not said
    assert said.startswith(b"HTTP/1.1 408") or not said


def test_a_connection_that_says_nothing_is_over_too(stage: Stage) -> None:
    assert stage.line().is_closed()


def test_the_second_head_of_a_connection_has_to_come_in_time_as_well(stage: Stage) -> None:
    line = stage.line().send(request("GET", "/healthz"))
    assert line.read().status == 200
    line.send(b"GET / HTTP/1.1\r\n")
    assert line.read().status == 408
    assert line.is_closed()


def test_a_head_that_came_behind_another_request_has_to_be_completed_in_time(stage: Stage) -> None:
    line = stage.line().send(request("GET", "/healthz") + b"GET / HTTP/1.1\r\nHost:")
    assert line.read().status == 200
    assert line.read().status == 408


def test_requests_one_after_another_use_one_connection(stage: Stage) -> None:
    line = stage.line()
    assert [line.send(request("GET", "/healthz")).read().status for _ in range(3)] == [200] * 3
    line.send(request("GET", "/healthz") + request("GET", "/healthz"))
    assert [line.read().status for _ in range(2)] == [200] * 2


def test_clients_that_never_close_are_closed(stage: Stage) -> None:
    lines = [stage.line().send(request("GET", "/healthz")) for _ in range(MANY)]
    assert [line.read().status for line in lines] == [200] * MANY
    assert all(line.is_closed() for line in lines)


def test_what_is_no_http_is_refused(stage: Stage) -> None:
    line = stage.line().send(b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n")
    assert line.read().status == 400
    assert line.is_closed()


def test_a_head_without_end_is_refused(stage: Stage) -> None:
    line = stage.line().send(b"GET / HTTP/1.1\r\nX: " + b"x" * (QUICK.head_bytes + 1))
    assert line.read().status == 400
    assert line.is_closed()


def test_who_is_refused_while_still_talking_hears_the_answer(stage: Stage) -> None:
    body = b"x" * 1_000_000
    line = stage.line().send(stage.signed("POST", MESSAGES, body, key=b"k" * 32))
    assert line.read().status == 401
    # All of what was said had been taken, so the connection is of use for more.
    assert line.send(request("GET", "/healthz")).read().status == 200


def test_who_does_not_stop_talking_after_the_answer_is_cut_off(stage: Stage) -> None:
    line = stage.line().send(request("POST", MESSAGES, {"content-length": "9999999"}, b"x" * 100))
    assert line.read().status == 401
    assert line.is_closed()


def test_more_connections_than_there_may_be_cost_the_one_that_rested_longest(tmp_path: Path) -> None:
    limits = replace(QUICK, connections=10, head_seconds=PATIENCE_SECONDS, idle_seconds=int(PATIENCE_SECONDS))
    with open_stage(tmp_path, limits) as stage:
        poll = stage.line().send(stage.signed("GET", f"{MESSAGES}?after=0&wait=20"))
        until(lambda: stage.served.front.parked_polls == 1)
        first = stage.line().send(b"GET /")
        others = [stage.line() for _ in range(20)]
        assert first.is_closed()
        assert all(line.is_closed() for line in others[:11])
        assert others[-1].send(request("GET", "/healthz")).read().status == 200
        stage.node.is_active = False
        assert poll.read().status == 200


class Endless:
    """Content that has no end; it notes when nobody wants more."""

    def __init__(self) -> None:
        self.was_closed = Event()
        self.chunks = 0

    @contextmanager
    def open(self, connection_id: str, key: str) -> Iterator[ContentStream]:
        try:
            yield ContentStream(self._produce(), None)
        finally:
            self.was_closed.set()

    def _produce(self) -> Iterator[bytes]:
        while True:
            self.chunks += 1
            yield b"x" * 65536


@pytest.mark.parametrize("leaves", [False, True])
def test_who_asks_for_content_and_does_not_read_it_holds_it_no_longer(tmp_path: Path, leaves: bool) -> None:
    endless = Endless()
    with open_stage(tmp_path, contents=endless) as stage:
        lines = [stage.line().send(stage.signed("GET", FILE)) for _ in range(3)]
        if leaves:
            for line in lines:
                line.close()
        assert endless.was_closed.wait(PATIENCE_SECONDS)
        assert stage.is_well()
    # Three callers, and what fits into the buffers between them and the node.
    assert endless.chunks < 3 * 200

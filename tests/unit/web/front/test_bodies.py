"""Bodies that are slow, long or not allowed: no thread waits for them, and together they take only so much memory."""

import hashlib
import itertools
import json
import select
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest
from tests.contract.peer.fake_node import CONNECTION_ID, make_message
from tests.unit.web.front.stage import FILE, MESSAGES, QUICK, Answered, Line, Stage, open_stage, request, until

from adnode.domain.message_documents import message_to_document
from adnode.ports.gateway import ContentStream
from adnode.ports.message_security import FRAMED_CONTENT_TYPE, NAME_HEADER, SIZE_HEADER, ContentBinding, RequestHead

MANY = 40
ACCEPTANCE = "/peer/v1/invitations/invitation-1/acceptance"
FEW_THREADS = replace(QUICK, threads_for_peers=2, threads_for_pages=2, threads_for_content=2)


def batch(sequence: int = 1) -> bytes:
    return json.dumps({"messages": [message_to_document(make_message(sequence))]}).encode()


def code_of(answered: Answered) -> tuple[int, str]:
    assert answered.headers["content-type"] == "application/problem+json"
    assert answered.headers["x-content-type-options"] == "nosniff"
    assert answered.document["status"] == answered.status
    return answered.status, answered.document["code"]


def test_a_push_arrives_whole_however_it_is_cut(stage: Stage) -> None:
    body = batch()
    sent = stage.signed("POST", MESSAGES, body)
    line = stage.line()
    for start in range(0, len(sent), 50):
        line.send(sent[start : start + 50])
    answered = line.read()
    assert answered.status == 200
    assert answered.document["answers"][0]["outcome"] == "stored"
    assert [message.id for message in stage.node.received] == ["m-1"]


def test_a_push_in_chunks_arrives_too(stage: Stage) -> None:
    body = batch()
    head = stage.signed("POST", MESSAGES, body, sent=b"")
    head = head.replace(f"content-length: {len(body)}".encode(), b"transfer-encoding: chunked")
    line = stage.line().send(head)
    for start in range(0, len(body), 100):
        part = body[start : start + 100]
        line.send(f"{len(part):x}\r\n".encode() + part + b"\r\n")
    assert line.send(b"0\r\n\r\n").read().status == 200
    assert len(stage.node.received) == 1


def test_slow_bodies_hold_no_thread_and_are_told_so(tmp_path: Path) -> None:
    with open_stage(tmp_path, FEW_THREADS) as stage:
        lines = [
            stage.line().send(request("POST", "/api/v1/session", {"content-length": "1000"}, b"{")) for _ in range(MANY)
        ]
        lines += [stage.line().send(stage.signed("POST", MESSAGES, batch(number), sent=b"{")) for number in range(3)]
        assert stage.is_well()
        assert stage.ask("POST", MESSAGES, body=batch(9)).status == 200
        assert [code_of(line.read()) for line in lines] == [(408, "too_slow")] * (MANY + 3)
    assert len(stage.node.received) == 1


def test_a_body_that_drips_is_over_after_the_whole_time(stage: Stage) -> None:
    line = stage.line().send(request("POST", "/api/v1/session", {"content-length": "60000"}))
    pieces = 0
    while pieces < 200:
        try:
            # Faster than the slowest that is borne: the time for the whole body is what ends it.
            line.send(b"x" * 100)
        except ConnectionError:
            break
        pieces += 1
        Event().wait(0.05)
        if _has_answer(line):
            break
    assert code_of(line.read()) == (408, "too_slow")
    assert pieces < 200


def _has_answer(line: Line) -> bool:
    return bool(select.select([line.socket], [], [], 0)[0])


@pytest.mark.parametrize(
    ("path", "code"),
    [
        (MESSAGES, (401, "signature_invalid")),
        (MESSAGES.replace(CONNECTION_ID, "nobody"), (404, "not_found")),
        (ACCEPTANCE, (401, "signature_invalid")),
        (FILE, (401, "signature_invalid")),
    ],
)
def test_strangers_are_answered_before_their_body_comes(stage: Stage, path: str, code: tuple[int, str]) -> None:
    method = "PUT" if path == FILE else "POST"
    head = request(method, path, {"content-length": "1000", "content-type": FRAMED_CONTENT_TYPE})
    assert code_of(stage.line().send(head).read()) == code


def test_a_forged_signature_is_answered_before_the_body_comes(stage: Stage) -> None:
    sent = stage.signed("POST", MESSAGES, batch(), sent=b"", key=b"k" * 32)
    assert code_of(stage.line().send(sent).read()) == (401, "signature_invalid")


def test_another_body_than_the_signed_one_is_refused(stage: Stage) -> None:
    body = batch()
    sent = stage.signed("POST", MESSAGES, body, sent=body.replace(b"m-1", b"m-2"))
    assert code_of(stage.line().send(sent).read()) == (401, "signature_invalid")
    assert stage.node.received == []


def test_a_body_beyond_the_limit_is_refused_by_its_length(stage: Stage) -> None:
    head = request("POST", "/api/v1/session", {"content-length": "999999999"})
    line = stage.line().send(head)
    assert line.read().status in (404, 413)
    sent = stage.signed("POST", MESSAGES, b"", sent=b"").replace(b"content-length: 0", b"content-length: 99999999")
    assert code_of(stage.line().send(sent).read()) == (413, "too_large")


def test_when_the_budget_is_spent_the_body_that_took_longest_gives_way(tmp_path: Path) -> None:
    limits = replace(QUICK, budget_bytes=50_000, patience_seconds=20.0, body_seconds=20.0)
    with open_stage(tmp_path, limits) as stage:
        sent = request("POST", "/api/v1/session", {"content-length": "60000"}, b"x" * 20_000)
        first = stage.line().send(sent)
        assert stage.is_well()
        second = stage.line().send(sent)
        assert stage.is_well()
        stage.line().send(sent)
        answered = first.read()
        assert code_of(answered) == (503, "busy")
        assert int(answered.headers["retry-after"]) > 0
        # An honest push finds room, at the cost of the next oldest.
        assert stage.ask("POST", MESSAGES, body=batch()).status == 200
        second.socket.settimeout(0.2)
        with pytest.raises(TimeoutError):
            second.read()


def test_more_pushes_of_one_partner_than_are_worked_on_at_once_are_told_to_come_again(tmp_path: Path) -> None:
    limits = replace(QUICK, crowd=2, patience_seconds=20.0)
    with open_stage(tmp_path, limits) as stage:
        waiting = [stage.line().send(stage.signed("POST", MESSAGES, batch(number), sent=b"{")) for number in (1, 2)]
        assert stage.is_well()
        answered = stage.ask("POST", MESSAGES, body=batch(8))
        assert code_of(answered) == (503, "busy")
        assert int(answered.headers["retry-after"]) > 0
        for number, line in zip((1, 2), waiting, strict=True):
            assert line.send(batch(number)[1:]).read().status == 200
        assert stage.ask("POST", MESSAGES, body=batch(9)).status == 200


def test_a_partner_that_comes_from_many_addresses_has_no_more_room_than_others(tmp_path: Path) -> None:
    limits = replace(QUICK, crowd=2, patience_seconds=20.0)
    with open_stage(tmp_path, limits, trusted_proxies=1) as stage:

        def push(number: int, sent: bytes | None = None) -> Line:
            signed = stage.signed("POST", MESSAGES, batch(number), sent=sent)
            address = f"Host: node\r\nX-Forwarded-For: 203.0.113.{number}".encode()
            return stage.line().send(signed.replace(b"Host: node", address))

        waiting = [push(number, b"{") for number in (1, 2)]
        others = itertools.count(10)
        # As soon as both have proven who they are.
        until(lambda: push(next(others)).read().status == 503)
        for number, line in zip((1, 2), waiting, strict=True):
            assert line.send(batch(number)[1:]).read().status == 200
        assert push(9).read().status == 200


class Sink:
    """Takes content and remembers only its size and digest."""

    def __init__(self) -> None:
        self.size = 0
        self.sha256 = hashlib.sha256()
        self.began = Event()

    def store(self, connection_id: str, key: str, name: str, stream: ContentStream, sha256: str = "") -> None:
        self.began.set()
        for chunk in stream.chunks:
            self.size += len(chunk)
            self.sha256.update(chunk)


def content_head(stage: Stage) -> tuple[bytes, str]:
    headers = {"content-type": FRAMED_CONTENT_TYPE, NAME_HEADER: "plan.pdf", SIZE_HEADER: "unknown"}
    head = RequestHead("PUT", f"https://node.example{FILE}", headers)
    signed, nonce = stage.security.sign_request(head, None, stage.key)
    return request("PUT", FILE, {**signed, "transfer-encoding": "chunked"}), nonce


def chunked(parts: Iterator[bytes]) -> Iterator[bytes]:
    for part in parts:
        yield f"{len(part):x}\r\n".encode() + part + b"\r\n"
    yield b"0\r\n\r\n"


def test_content_passes_while_it_comes(tmp_path: Path) -> None:
    sink = Sink()
    with open_stage(tmp_path, contents=sink) as stage:
        head, nonce = content_head(stage)
        line = stage.line().send(head)
        assert sink.began.wait(20)
        content = [bytes([number]) * 100_000 for number in range(20)]
        frames = stage.security.frame(iter(content), ContentBinding(CONNECTION_ID, "org-a:1", nonce), stage.key)
        for piece in chunked(frames):
            line.send(piece)
        assert line.read().status == 200
        assert sink.sha256.digest() == hashlib.sha256(b"".join(content)).digest()


def test_content_that_stops_coming_ends_with_its_own_answer(tmp_path: Path) -> None:
    sink = Sink()
    with open_stage(tmp_path, replace(QUICK, threads_for_content=1), contents=sink) as stage:
        head, nonce = content_head(stage)
        line = stage.line().send(head)
        frames = stage.security.frame([b"x" * 300], ContentBinding(CONNECTION_ID, "org-a:1", nonce), stage.key)
        line.send(next(chunked(frames)))
        assert line.read().status == 408
        # Its thread is free again.
        sink.began.clear()
        stage.line().send(content_head(stage)[0])
        assert sink.began.wait(20)


def test_content_whose_sender_leaves_is_not_taken_for_complete(tmp_path: Path) -> None:
    sink = Sink()
    with open_stage(tmp_path, replace(QUICK, threads_for_content=1, patience_seconds=20.0), contents=sink) as stage:
        head, nonce = content_head(stage)
        line = stage.line().send(head)
        frames = stage.security.frame([b"x" * 300], ContentBinding(CONNECTION_ID, "org-a:1", nonce), stage.key)
        line.send(next(chunked(frames)))
        assert sink.began.wait(20)
        line.close()
        sink.began.clear()
        stage.line().send(content_head(stage)[0])
        assert sink.began.wait(20)
        assert sink.size == 0

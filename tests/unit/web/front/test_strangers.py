"""Callers that are refused again and again: nothing is done for them, and nobody at their address is shut out."""

from dataclasses import replace
from pathlib import Path

from tests.contract.peer.fake_node import CONNECTION_ID
from tests.unit.web.front.stage import MESSAGES, QUICK, Stage, open_stage, request

from adnode.web.front.strangers import REMEMBERED, SPAN_SECONDS, Strangers

STRICT = replace(QUICK, refusals=5)


class Watch:
    seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def shut_out(refused: Strangers, group: str, count: int) -> None:
    for _ in range(count):
        refused.count(group)


def test_from_some_number_on_nothing_is_done_until_the_span_is_over() -> None:
    watch = Watch()
    refused = Strangers(3, watch)
    shut_out(refused, "192.0.2.1", 2)
    assert refused.wait_seconds("192.0.2.1", "") == 0
    watch.seconds += 10
    refused.count("192.0.2.1")
    assert refused.wait_seconds("192.0.2.1", "") == SPAN_SECONDS - 10
    assert refused.wait_seconds("192.0.2.2", "") == 0
    watch.seconds += SPAN_SECONDS - 10
    assert refused.wait_seconds("192.0.2.1", "") == 0
    refused.count("192.0.2.1")
    assert refused.wait_seconds("192.0.2.1", "") == 0


def test_who_has_proven_who_he_is_goes_on_from_the_same_address_only() -> None:
    refused = Strangers(3, Watch())
    refused.remember("192.0.2.1", "connection-1")
    shut_out(refused, "192.0.2.1", 5)
    shut_out(refused, "192.0.2.2", 5)
    assert refused.wait_seconds("192.0.2.1", "connection-1") == 0
    assert refused.wait_seconds("192.0.2.1", "connection-2") > 0
    assert refused.wait_seconds("192.0.2.1", "") > 0
    assert refused.wait_seconds("192.0.2.2", "connection-1") > 0


def test_memory_stays_bounded() -> None:
    refused = Strangers(1, Watch())
    for number in range(REMEMBERED + 10):
        refused.count(f"group {number}")
        refused.remember(f"group {number}", "somebody")
    assert refused.wait_seconds("group 0", "") == 0
    assert refused.wait_seconds("group 10", "") > 0
    assert refused.wait_seconds("group 10", "somebody") == 0


def refuse(stage: Stage, count: int, forwarded_for: str = "") -> list[int]:
    headers = {"x-forwarded-for": forwarded_for} if forwarded_for else {}
    path = MESSAGES.replace(CONNECTION_ID, "nobody")
    return [stage.line().send(request("GET", path, headers)).read().status for _ in range(count)]


def test_a_stranger_is_told_to_come_later_and_a_partner_is_not(tmp_path: Path) -> None:
    with open_stage(tmp_path, STRICT) as stage:
        assert stage.ask("POST", MESSAGES, body=b'{"messages":[]}').status == 200
        assert refuse(stage, 7) == [404] * 5 + [429] * 2
        answered = stage.line().send(request("GET", "/static/hub.html")).read()
        assert (answered.status, answered.document["code"]) == (429, "rate_limited")
        assert int(answered.headers["retry-after"]) > 0
        assert answered.headers["strict-transport-security"].startswith("max-age=")
        assert answered.headers["x-correlation-id"] == answered.document["correlation_id"]
        assert stage.ask("POST", MESSAGES, body=b'{"messages":[]}').status == 200
        assert stage.line().send(request("GET", "/healthz")).read().status == 200


def test_what_a_partner_does_wrong_does_not_count(tmp_path: Path) -> None:
    with open_stage(tmp_path, STRICT) as stage:
        assert [stage.ask("POST", MESSAGES, body=b"[]").status for _ in range(10)] == [422] * 10


def test_behind_a_trusted_proxy_the_forwarded_address_counts(tmp_path: Path) -> None:
    with open_stage(tmp_path, STRICT, trusted_proxies=1) as stage:
        assert refuse(stage, 6, "2001:db8::1")[-1] == 429
        assert refuse(stage, 1, "spoofed, 2001:db8:0:0:ffff::2") == [429]
        assert refuse(stage, 1, "2001:db8::1, 2001:db8:1::2") == [404]


def test_without_one_it_does_not(tmp_path: Path) -> None:
    with open_stage(tmp_path, STRICT) as stage:
        assert [refuse(stage, 1, f"192.0.2.{number}") for number in range(6)] == [[404]] * 5 + [[429]]

"""What may be asked for how often."""

import pytest
from tests.unit.web.hub.bench import make_bench

from adnode.web.rate_limits import CALLER_LIMIT, DEFAULT_RATES, Rate, RateLimits, TooManyRequestsError


class Watch:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_callers_and_purposes_are_counted_apart() -> None:
    limits = RateLimits({"a": Rate(1, 10.0), "b": Rate(1, 10.0)}, Watch())
    limits.count("a", "x")
    limits.count("a", "y")
    limits.count("b", "x")
    with pytest.raises(TooManyRequestsError):
        limits.count("a", "x")


def test_the_span_moves_along() -> None:
    watch = Watch()
    limits = RateLimits({"a": Rate(2, 10.0)}, watch)
    for moment in (0.0, 6.0):
        watch.now = moment
        limits.count("a", "x")
    watch.now = 9.5
    with pytest.raises(TooManyRequestsError) as refused:
        limits.count("a", "x")
    assert refused.value.retry_after_seconds == 1
    watch.now = 10.0
    limits.count("a", "x")
    with pytest.raises(TooManyRequestsError) as refused:
        limits.count("a", "x")
    assert refused.value.retry_after_seconds == 6


def test_refused_requests_do_not_count() -> None:
    watch = Watch()
    limits = RateLimits({"a": Rate(1, 10.0)}, watch)
    limits.count("a", "x")
    for moment in range(1, 10):
        watch.now = float(moment)
        with pytest.raises(TooManyRequestsError):
            limits.count("a", "x")
    watch.now = 10.0
    limits.count("a", "x")


def test_memory_is_bounded_and_forgets_the_longest_silent() -> None:
    limits = RateLimits({"a": Rate(1, 10.0)}, Watch())
    for number in range(CALLER_LIMIT + 1):
        limits.count("a", str(number))
    assert len(limits._times) == CALLER_LIMIT
    limits.count("a", "0")
    with pytest.raises(TooManyRequestsError):
        limits.count("a", str(CALLER_LIMIT))


def test_what_has_no_rate_is_free() -> None:
    limits = RateLimits({}, Watch())
    for _ in range(1000):
        limits.count("a", "x")


@pytest.mark.parametrize(
    ("name", "method", "path", "body"),
    [
        ("invitation", "POST", "/connections", {"project": "Nowhere", "visibility": "private"}),
        ("acceptance", "POST", "/invitations/inspection", {"code": "x"}),
        ("acceptance", "POST", "/invitations/acceptance", {"code": "x", "project": "y"}),
        ("destination", "POST", "/destinations/check", {"url": "https://nobody.example"}),
        ("credential", "POST", "/organization/credential/test", {"kind": "personal_access_token", "token": "x"}),
    ],
)
def test_what_costs_or_could_be_guessed_is_rationed(name: str, method: str, path: str, body: object) -> None:
    bench = make_bench("alpha", rates={name: Rate(1, 60.0)})
    bench.person("alice", bench.organizations[0])
    bench.person("amy", bench.organizations[0])
    alice, amy = (bench.sign_in(name, bench.organizations[0]) for name in ("alice", "amy"))
    assert alice.call(method, path, body).status_code != 429
    assert alice.call(method, path, body).status_code == 429
    assert amy.call(method, path, body).status_code != 429
    assert name in DEFAULT_RATES


def test_acceptances_of_strangers_are_rationed() -> None:
    bench = make_bench("alpha", rates={"peer_acceptance": Rate(1, 60.0)})
    path = "/peer/v1/invitations/x/acceptance"
    assert bench.client.post(path, data=b"{}").status_code != 429
    refused = bench.client.post(path, data=b"{}")
    assert (refused.status_code, refused.json["code"]) == (429, "rate_limited")
    assert bench.client.get("/peer/v1/information").status_code == 200

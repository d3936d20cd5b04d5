import pytest

from azure_devops_emulator.throttling import Throttle


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_small_use_is_not_mentioned() -> None:
    decision = Throttle(100, 300, Clock()).charge("ann", 10)
    assert (decision.delay_seconds, decision.retry_after_seconds, decision.rejected) == (0, None, False)
    assert decision.headers == {}


def test_near_the_limit_headers_warn_before_anything_is_delayed() -> None:
    decision = Throttle(100, 300, Clock()).charge("ann", 90)
    assert decision.delay_seconds == 0
    assert decision.headers["X-RateLimit-Remaining"] == "10"
    assert "Retry-After" not in decision.headers


def test_above_the_limit_calls_are_delayed_and_told_to_come_later() -> None:
    decision = Throttle(100, 300, Clock()).charge("ann", 110)
    assert 0 < decision.delay_seconds <= 30
    assert decision.headers["Retry-After"] == "300"
    assert decision.headers["X-RateLimit-Delay"] == f"{decision.delay_seconds:.3f}"
    assert not decision.rejected


def test_far_above_the_limit_calls_are_refused_until_the_window_has_moved_on() -> None:
    clock = Clock()
    throttle = Throttle(100, 300, clock)
    throttle.charge("ann", 120)
    refused = throttle.charge("ann", 10)
    assert refused.rejected
    assert refused.retry_after_seconds == 300
    assert not throttle.charge("ben", 10).rejected
    clock.now += 300
    assert not throttle.charge("ann", 10).rejected


def test_a_throttle_without_budget_is_refused() -> None:
    with pytest.raises(ValueError, match="above zero"):
        Throttle(0, 300, Clock())

"""When the next call goes out, on a clock that only sleeping moves."""

import threading
from dataclasses import dataclass, field

import pytest

from adnode.adapters.azure_devops.pacing import Pace, PaceSettings
from adnode.domain.errors import RateLimitedError


@dataclass
class Watch:
    """A clock that moves by sleeping alone."""

    now: float = 1000.0
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def pace(watch: Watch) -> Pace:
    return Pace(monotonic=lambda: watch.now, sleep=watch.sleep, jitter=lambda: 0.0)


def test_nothing_is_held_back_while_there_is_enough(watch: Watch, pace: Pace) -> None:
    for _ in range(5):
        pace.wait()
        pace.observe({"X-RateLimit-Limit": "200", "X-RateLimit-Remaining": "150"})
    assert watch.slept == []


def test_retry_after_is_honoured_before_the_next_call(watch: Watch, pace: Pace) -> None:
    pace.observe({"Retry-After": "7"})
    pace.wait()
    pace.wait()
    assert watch.slept == [7.0]


def test_a_pause_is_prolonged_by_jitter_and_never_shortened(watch: Watch) -> None:
    pace = Pace(monotonic=lambda: watch.now, sleep=watch.sleep, jitter=lambda: 1.0)
    pace.observe({"Retry-After": "10"})
    pace.observe({"Retry-After": "1"})
    pace.wait()
    assert watch.slept == [11.0]


def test_a_pause_ends_by_itself(watch: Watch, pace: Pace) -> None:
    pace.observe({"Retry-After": "7"})
    watch.now += 7
    pace.wait()
    assert watch.slept == []


def test_a_long_pause_is_told_with_what_is_left_of_it(watch: Watch, pace: Pace) -> None:
    pace.observe({"Retry-After": "120"})
    watch.now += 20
    with pytest.raises(RateLimitedError) as caught:
        pace.wait()
    assert caught.value.retry_after_seconds == 100.0
    assert watch.slept == []


@pytest.mark.parametrize(("remaining", "spacing"), [("40", 0.0), ("30", 0.25), ("20", 0.5), ("0", 1.0)])
def test_calls_are_spread_out_when_little_is_left(watch: Watch, pace: Pace, remaining: str, spacing: float) -> None:
    pace.observe({"X-RateLimit-Limit": "200", "X-RateLimit-Remaining": remaining})
    for _ in range(3):
        pace.wait()
    assert sum(watch.slept) == pytest.approx(2 * spacing)


def test_calls_flow_again_when_the_budget_is_back(watch: Watch, pace: Pace) -> None:
    pace.observe({"X-RateLimit-Limit": "200", "X-RateLimit-Remaining": "0"})
    pace.observe({})
    pace.wait()
    pace.wait()
    assert watch.slept == []


@pytest.mark.parametrize("value", ["soon", "-3", "nan", "1e99", ""])
def test_a_retry_after_that_makes_no_sense_is_ignored(watch: Watch, pace: Pace, value: str) -> None:
    pace.observe({"Retry-After": value, "X-RateLimit-Limit": value, "X-RateLimit-Remaining": value})
    pace.wait()
    assert watch.slept == []


def test_threads_share_the_budget() -> None:
    guard, watch = threading.Lock(), Watch()
    started: list[float] = []

    def sleep(seconds: float) -> None:
        with guard:
            watch.sleep(seconds)

    pace = Pace(PaceSettings(longest_wait=1000), monotonic=lambda: watch.now, sleep=sleep, jitter=lambda: 0.0)
    pace.observe({"X-RateLimit-Limit": "200", "X-RateLimit-Remaining": "0"})

    def call() -> None:
        pace.wait()
        with guard:
            started.append(watch.now)

    threads = [threading.Thread(target=call) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(started) - 1000.0 >= 7.0

"""The time by Azure DevOps goes on from what its last answer said."""

from datetime import UTC, datetime

from adnode.adapters.answered_time import AnsweredTime

TOLD = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


class Seconds:
    """Seconds that a test moves on."""

    def __init__(self) -> None:
        self.passed = 0.0

    def __call__(self) -> float:
        return self.passed


def test_nothing_is_known_before_the_first_answer() -> None:
    time = AnsweredTime()
    time.observe(None)
    time.observe("yesterday")
    assert time.now() is None


def test_the_time_goes_on_between_answers_and_follows_the_last() -> None:
    seconds = Seconds()
    time = AnsweredTime(monotonic=seconds)
    time.observe("Mon, 05 Jan 2026 09:00:00 GMT")
    assert time.now() == TOLD
    seconds.passed = 30
    assert time.now() == TOLD.replace(second=30)
    time.observe("Mon, 05 Jan 2026 11:00:00 GMT")
    time.observe("nonsense")
    assert time.now() == TOLD.replace(hour=11)

"""Chores: each goes on whatever the others do, and all end together."""

import time
from threading import Event

from adnode.workers.chores import Chore, ChoreRunner

MANY = 20
LIMIT_SECONDS = 0.25


def test_chores_that_do_not_end_are_waited_for_together_and_no_longer() -> None:
    begun, may_end = [Event() for _ in range(MANY)], Event()

    def make(number: int) -> Chore:
        def hang(_stopping: Event) -> bool:
            begun[number].set()
            return not may_end.wait(30)

        return Chore(f"hanging-{number}", 1.0, hang)

    runner = ChoreRunner([make(number) for number in range(MANY)])
    runner.start()
    assert all(one.wait(20) for one in begun)
    before = time.monotonic()
    runner.stop(LIMIT_SECONDS)
    # One after another they would take twenty times the limit.
    assert time.monotonic() - before < MANY * LIMIT_SECONDS / 2
    may_end.set()

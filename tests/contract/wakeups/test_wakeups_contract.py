"""What every adapter of wake-ups holds: nothing woken here is lost, doubles are harmless, stopping ends."""

import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from adnode.adapters.memory.wakeups import MemoryWakeups
from adnode.adapters.wakeups import HueyWakeups, open_wakeups
from adnode.domain.errors import ConfigurationError
from adnode.ports.system import Topic, Wakeups

DEADLINE_SECONDS = 20.0


@pytest.fixture(params=["memory", "huey"])
def wakeups(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Wakeups]:
    made: Wakeups = MemoryWakeups(3) if request.param == "memory" else open(tmp_path)
    yield made
    made.stop()


def open(directory: Path) -> HueyWakeups:  # noqa: A001
    return open_wakeups(f"sqlite:///{directory / 'wakeups.db'}", 3, directory / "wakeups")


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "did not happen in time"
        threading.Event().wait(0.01)


def note(seen: set[tuple[str, str]], topic: str, key: str) -> None:
    seen.add((topic, key))


def test_each_subject_is_handled(wakeups: Wakeups) -> None:
    seen: set[tuple[str, str]] = set()
    topics = (Topic.RECONCILE, Topic.SEND, Topic.FEED)
    handlers: dict[str, Callable[[str], None]] = {topic: partial(note, seen, topic) for topic in topics}
    wakeups.start(handlers)
    wanted = {(topic, str(number)) for topic in topics for number in range(20)}
    for topic, key in wanted:
        wakeups.wake(topic, key)
    until(lambda: seen == wanted)


def test_a_subject_is_never_handled_by_two_threads_at_once(wakeups: Wakeups) -> None:
    guard, handled = threading.Lock(), Counter[str]()

    def handle(key: str) -> None:
        assert guard.acquire(blocking=False)
        threading.Event().wait(0.005)
        handled[key] += 1
        guard.release()

    wakeups.start({Topic.SEND: handle})
    for _ in range(50):
        wakeups.wake(Topic.SEND, "one")
        threading.Event().wait(0.001)
    until(lambda: handled["one"] >= 2 and not guard.locked())
    assert handled["one"] <= 50


def test_what_is_woken_while_it_is_handled_is_handled_again(wakeups: Wakeups) -> None:
    entered, leave, count = threading.Event(), threading.Event(), Counter[str]()

    def handle(key: str) -> None:
        count[key] += 1
        entered.set()
        leave.wait(DEADLINE_SECONDS)

    wakeups.start({Topic.RECONCILE: handle})
    wakeups.wake(Topic.RECONCILE, "one")
    assert entered.wait(DEADLINE_SECONDS)
    wakeups.wake(Topic.RECONCILE, "one")
    leave.set()
    until(lambda: count["one"] == 2)


def test_a_handler_that_fails_stops_nothing(wakeups: Wakeups) -> None:
    done = threading.Event()

    def handle(key: str) -> None:
        if key == "bad":
            raise RuntimeError("broken on purpose")
        done.set()

    wakeups.start({Topic.SEND: handle})
    for _ in range(5):
        wakeups.wake(Topic.SEND, "bad")
    wakeups.wake(Topic.SEND, "good")
    assert done.wait(DEADLINE_SECONDS)


def test_stopping_ends_while_a_handler_hangs(wakeups: Wakeups) -> None:
    entered, leave = threading.Event(), threading.Event()

    def handle(_key: str) -> None:
        entered.set()
        leave.wait(DEADLINE_SECONDS)

    wakeups.start({Topic.SEND: handle})
    wakeups.wake(Topic.SEND, "one")
    assert entered.wait(DEADLINE_SECONDS)
    stopper = threading.Thread(target=wakeups.stop)
    stopper.start()
    stopper.join(DEADLINE_SECONDS)
    assert not stopper.is_alive()
    leave.set()


def test_who_subscribed_hears_each_key_of_its_topic(wakeups: Wakeups) -> None:
    heard: list[str] = []
    wakeups.subscribe(Topic.SEND, heard.append)
    for topic, key in ((Topic.SEND, "one"), (Topic.FEED, "two"), (Topic.SEND, "three")):
        wakeups.wake(topic, key)
    assert heard == ["one", "three"]


def test_a_process_that_subscribed_hears_what_others_wake_and_handle(tmp_path: Path) -> None:
    worker, web, heard = open(tmp_path), open(tmp_path), set[str]()
    worker.start({Topic.SEND: lambda _key: None})
    web.subscribe(Topic.SEND, heard.add)
    try:
        for number in range(100):
            worker.wake(Topic.SEND, str(number))
            worker.wake(Topic.RECONCILE, "other")
        until(lambda: heard == {str(number) for number in range(100)})
    finally:
        worker.stop()
        web.stop()


def test_what_a_process_of_this_machine_handles_does_not_go_over_the_store(tmp_path: Path) -> None:
    worker, web, seen = open(tmp_path), open(tmp_path), set[str]()
    worker.start({Topic.RECONCILE: seen.add})
    (tmp_path / "wakeups.db").write_bytes(b"not a database any more" * 100)
    try:
        web.wake(Topic.RECONCILE, "one")
        until(lambda: seen == {"one"})
    finally:
        worker.stop()
        web.stop()


def test_a_process_that_died_is_told_nothing_and_forgotten(tmp_path: Path) -> None:
    web = open(tmp_path)
    (tmp_path / "wakeups").mkdir()
    abandoned = tmp_path / "wakeups" / "handler.4711.abcd"
    os.mkfifo(abandoned)
    web.wake(Topic.RECONCILE, "one")
    assert not abandoned.exists()
    worker, seen = open(tmp_path), set[str]()
    worker.start({Topic.RECONCILE: seen.add})
    try:
        until(lambda: seen == {"one"})
    finally:
        worker.stop()


def test_a_process_that_does_not_listen_keeps_nobody_waiting(tmp_path: Path) -> None:
    web = open(tmp_path)
    (tmp_path / "wakeups").mkdir()
    deaf = tmp_path / "wakeups" / "send.4711.abcd"
    os.mkfifo(deaf)
    reader = os.open(deaf, os.O_RDONLY | os.O_NONBLOCK)
    try:
        for number in range(2000):
            web.wake(Topic.SEND, f"a key that fills the pipe sooner or later, number {number}")
    finally:
        os.close(reader)
        web.stop()


def test_stopping_leaves_no_pipe_behind(tmp_path: Path) -> None:
    wakeups = open(tmp_path)
    wakeups.start({})
    wakeups.subscribe(Topic.SEND, lambda _key: None)
    assert len(list((tmp_path / "wakeups").iterdir())) == 2
    wakeups.stop()
    assert list((tmp_path / "wakeups").iterdir()) == []


def test_another_process_is_woken(tmp_path: Path) -> None:
    worker, web, seen = open(tmp_path), open(tmp_path), threading.Event()
    worker.start({Topic.RECONCILE: lambda _key: seen.set()})
    try:
        web.wake(Topic.RECONCILE, "one")
        assert seen.wait(DEADLINE_SECONDS)
    finally:
        worker.stop()
        web.stop()


def test_what_was_woken_while_no_worker_ran_is_handled_later(tmp_path: Path) -> None:
    web = open(tmp_path)
    for number in range(10):
        web.wake(Topic.RECONCILE, str(number))
    worker, seen = open(tmp_path), set[str]()
    worker.start({Topic.RECONCILE: seen.add})
    try:
        until(lambda: len(seen) == 10)
    finally:
        worker.stop()


def test_a_store_that_is_gone_does_not_break_who_wakes(tmp_path: Path) -> None:
    web = open(tmp_path)
    web.wake(Topic.SEND, "one")
    (tmp_path / "wakeups.db").write_bytes(b"not a database any more" * 100)
    web.wake(Topic.SEND, "two")


def test_an_address_of_another_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="ADNODE_WAKEUPS_URL"):
        open_wakeups("amqp://host", 1, tmp_path)

"""The supervisor of a node's processes, as a process: what dies comes again, what is ended ends in order."""

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from adnode.cli.demo.processes import Child, wait_until

SCRIPT = """
import signal, sys, threading, time
from adnode.cli.logs import configure_logs
from adnode.cli.supervision import Part, Supervisor
from adnode.domain.errors import ConfigurationError
from adnode.services.retry import RetryPolicy

def steady(name, is_up, look=lambda: None, on_term=lambda: None):
    ending = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: (on_term(), ending.set()))
    is_up.set()
    print(f"{name} began", flush=True)
    while not ending.wait(0.01):
        look()
    print(f"{name} ended", flush=True)

def deaf(name, is_up):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print(f"{name} began", flush=True)
    threading.Event().wait()

def broken(name, is_up):
    raise ConfigurationError("out of luck")

def told(flag):
    seen = []
    def look():
        if seen[-1:] != [flag.is_set]:
            seen.append(flag.is_set)
            print(f"worker is up: {flag.is_set}", flush=True)
    return look

configure_logs("json")
kinds = dict(steady=steady, deaf=deaf, broken=broken)
worker = Part("worker", lambda is_up: kinds[sys.argv[2]]("worker", is_up))
web = Part("web", lambda is_up: kinds[sys.argv[1]]("web", is_up, *[told(worker.is_up)][:sys.argv[1] == "steady"]))
Supervisor([web, worker], RetryPolicy(0.05, 0.4), end_seconds=float(sys.argv[3])).run()
"""
WAIT_SECONDS = 20.0


class Supervised:
    """A supervisor and its two parts."""

    def __init__(self, directory: Path, web: str, worker: str, end_seconds: float) -> None:
        command = [sys.executable, "-c", SCRIPT, web, worker, str(end_seconds)]
        self.child = Child("supervisor", command, os.environ, directory / "log")
        self.child.start()

    def events(self, name: str) -> list[dict[str, Any]]:
        lines = [json.loads(line) for line in self.child.log.splitlines() if line.startswith("{")]
        return [line for line in lines if line["event"] == name]

    def ids(self, name: str) -> list[int]:
        """Return the ids of all processes that were that part, in order."""
        return [event["id"] for event in self.events("process_started") if event["process"] == name]

    def until(self, condition: Callable[[], Any], what: str) -> None:
        wait_until(condition, WAIT_SECONDS, f"{what}\n{self.child.log}")

    def until_said(self, text: str, count: int = 1) -> None:
        self.until(lambda: self.child.log.count(text) >= count, text)


Start = Callable[..., Supervised]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    with ExitStack() as stack:

        def begin(web: str = "steady", worker: str = "steady", end_seconds: float = WAIT_SECONDS) -> Supervised:
            supervised = Supervised(tmp_path, web, worker, end_seconds)
            stack.callback(supervised.child.kill)
            return supervised

        yield begin


def lives(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{process_id}/stat")
    # What nobody waits for any more stays a zombie.
    return not status.exists() or status.read_text().rpartition(")")[2].split()[0] != "Z"


@pytest.mark.parametrize(("dies", "stays"), [("web", "worker"), ("worker", "web")])
def test_what_dies_is_started_again_and_the_other_does_not_notice(start: Start, dies: str, stays: str) -> None:
    node = start()
    node.until_said("began", 2)
    os.kill(node.ids(dies)[0], signal.SIGKILL)
    node.until_said(f"{dies} began", 2)
    assert len(set(node.ids(dies))) == 2
    assert len(node.ids(stays)) == 1
    assert lives(node.ids(stays)[0])
    [ended] = node.events("process_ended")
    assert (ended["process"], ended["exit_code"]) == (dies, -signal.SIGKILL)


def test_what_dies_again_and_again_is_started_ever_more_seldom(start: Start) -> None:
    node = start(worker="broken")
    node.until(lambda: len(node.ids("worker")) == 5, "it is started five times")
    delays = [event["starts_again_in_seconds"] for event in node.events("process_ended")]
    assert delays[:4] == sorted(delays[:4])
    assert delays[3] > delays[0]
    assert node.events("process_failed")[0]["reason"] == "out of luck"
    assert len(node.ids("web")) == 1


def test_sigterm_ends_the_web_first_and_then_the_worker(start: Start) -> None:
    node = start()
    node.until_said("began", 2)
    node.child.stop()
    assert node.child.exit_code == 0
    assert [line for line in node.child.log.splitlines() if line.endswith("ended")] == ["web ended", "worker ended"]
    assert node.events("process_ended") == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_part_that_does_not_end_is_killed_and_the_others_still_end(start: Start, number: int) -> None:
    node = start(web="deaf", end_seconds=0.5)
    node.until_said("began", 2)
    os.kill(node.child.pid or 0, number)
    node.until(lambda: not node.child.is_running, "the supervisor ends")
    assert [event["process"] for event in node.events("process_killed")] == ["web"]
    assert "worker ended" in node.child.log
    assert not lives(node.ids("web")[0])


@pytest.mark.parametrize("restarted", [[], ["web"], ["worker", "web"]])
def test_a_supervisor_that_dies_takes_its_parts_along(start: Start, restarted: list[str]) -> None:
    node = start()
    node.until_said("began", 2)
    for number, name in enumerate(restarted):
        os.kill(node.ids(name)[-1], signal.SIGKILL)
        node.until_said("began", 3 + number)
    supervisor = node.child.pid
    assert supervisor is not None
    os.kill(supervisor, signal.SIGKILL)
    parts = [*node.ids("web"), *node.ids("worker")]
    node.until(lambda: not any(lives(one) for one in parts), "all parts are gone")
    assert node.child.log.count("web ended") == node.child.log.count("worker ended") == 1


def test_the_web_sees_when_the_worker_is_missing(start: Start) -> None:
    node = start()
    node.until_said("worker is up: True")
    os.kill(node.ids("worker")[0], signal.SIGKILL)
    node.until_said("worker is up: False")
    node.until_said("worker is up: True", 2)


def test_the_supervisor_has_one_thread(start: Start) -> None:
    node = start()
    node.until_said("began", 2)
    assert len(list(Path(f"/proc/{node.child.pid}/task").iterdir())) == 1

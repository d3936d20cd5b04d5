"""A worker that is stopped for longer than its lease and goes on (SIGSTOP, SIGCONT): what another one wrote stays."""

import os
import re
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.acceptance.harness import NODE_CLIENT, Side, Stage, open_stage

from adnode.cli.demo.processes import Child, python_command, wait_until

pytestmark = [pytest.mark.xdist_group("acceptance"), pytest.mark.timeout(300)]
TITLE = "System.Title"
COMMENTS = 40
LEASE_SECONDS = 9
SLOW = {"user_agent": f"*{NODE_CLIENT}*", "latency_ms": 250}
"""With 40 comments a round takes longer than its lease."""
LATE = '"event": "round_was_late"'
PLACE = re.compile(r"place-\d+-\w+")


@dataclass(slots=True)
class Crew:
    """The side that writes: a web process and two workers over one database."""

    side: Side
    web: Child
    workers: list[Child]

    @classmethod
    def start(cls, stage: Stage, side: Side) -> "Crew":
        """Take the place of the side's own process, which is web and worker in one."""
        side.node.stop()
        directory = side.node.directory

        def child(verb: str, name: str) -> Child:
            made = Child(name, python_command("adnode", verb), side.node.environment, directory / f"{name}.log")
            stage.callback(made.kill)
            made.start()
            return made

        return cls(side, child("serve", "web"), [child("worker", "first"), child("worker", "second")])

    def read(self, query: str) -> list[str]:
        """Ask the node's database."""
        path = self.side.node.directory / "adnode.db"
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            return [str(row[0]) for row in connection.execute(query)]

    def owner(self) -> Child | None:
        """Return the worker that has the lease of a twin, if there is one."""
        owners = self.read("SELECT DISTINCT lease_owner FROM twins WHERE lease_owner IS NOT NULL")
        pids = {owner.split(":")[1] for owner in owners}
        return next((worker for worker in self.workers if str(worker.pid) in pids), None)

    def stop_owner(self) -> Child:
        """Stop the worker that has the lease, at a moment in which it does not hold the database."""
        owner = self.owner()
        assert owner is not None, "nobody works on the twin"
        while not self._stop(owner):
            os.kill(_pid(owner), signal.SIGCONT)
        return owner

    def _stop(self, worker: Child) -> bool:
        os.kill(_pid(worker), signal.SIGSTOP)
        wait_until(lambda: _is_stopped(_pid(worker)), 10.0, "all its threads stand still")
        return all(_is_free(self.side.node.directory / name) for name in ("adnode.db", "wakeups.db"))


def _pid(worker: Child) -> int:
    assert worker.pid is not None
    return worker.pid


def _is_stopped(pid: int) -> bool:
    """Say whether every thread of a process is stopped (proc(5)): a signal takes a moment to reach them."""
    texts = [path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/stat")]
    return all(text.rpartition(")")[2].split()[0] == "T" for text in texts)


def _is_free(path: Path) -> bool:
    """Say whether nobody holds the database; others let go of it within the second."""
    with closing(sqlite3.connect(path, timeout=1.0, isolation_level=None)) as connection:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return False
        connection.execute("ROLLBACK")
        return True


@dataclass(slots=True)
class Scene:
    """A side that tells, the crew that writes, and what people of both see."""

    stage: Stage
    here: Side
    crew: Crew
    connection_id: str

    @property
    def there(self) -> Side:
        return self.crew.side

    def share(self, number: int) -> int:
        return self.stage.synchronize(self.here, self.connection_id, [number])[number]

    def rest(self) -> None:
        self.stage.wait_for_rest(self.connection_id, self.here, self.there)

    def wait_until(self, condition: Callable[[], bool], what: str) -> None:
        self.stage.wait_until(condition, what, 120.0)

    def additions(self) -> int:
        """Return how often a comment was added there, by whomever."""
        calls = self.there.stats()["calls"].items()
        return sum(count for name, count in calls if name.startswith("POST") and name.endswith("/comments"))

    def go_on(self, stopped: Child) -> None:
        """Let the stopped worker go on, and see it end its round."""
        before = stopped.log.count(LATE)
        os.kill(_pid(stopped), signal.SIGCONT)
        self.wait_until(lambda: stopped.log.count(LATE) > before, "the stopped worker notices that it is late")
        self.rest()


def shown(side: Side, number: int) -> list[str]:
    """Return what the comments say, without who wrote them."""
    return sorted(word for one in side.user.comments(number) for word in PLACE.findall(str(one["text"])))


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with open_stage(tmp_path_factory.mktemp("stage")) as opened:
        yield opened


@pytest.fixture(scope="module")
def scene(stage: Stage) -> Scene:
    here = stage.add_side("east", "Agile")
    there = stage.add_side("west", "Scrum", ADNODE_LEASE_SECONDS=str(LEASE_SECONDS))
    connection_id = stage.connect(here, there)
    return Scene(stage, here, Crew.start(stage, there), connection_id)


@pytest.fixture(autouse=True)
def _everybody_works(scene: Scene) -> Iterator[None]:
    yield
    scene.there.no_faults()
    for worker in scene.crew.workers:
        os.kill(_pid(worker), signal.SIGCONT)


def comment(scene: Scene, number: int) -> list[int]:
    users = [scene.here.user.add_comment(number, f"**place-{place}-first**", "markdown") for place in range(COMMENTS)]
    assert len(set(users)) == COMMENTS
    return users


def test_comments_are_edited_to_the_newest_text(scene: Scene) -> None:
    here, there = scene.here, scene.there
    number = here.user.create("Task", {TITLE: "Edited while a worker stands still"})
    comments = comment(scene, number)
    other = scene.share(number)
    there.faults({**SLOW, "route": "*/comments/*", "method": "PATCH"})
    for place, one in enumerate(comments):
        here.user.edit_comment(number, one, f"**place-{place}-second**", "markdown")

    def edited() -> int:
        return sum(word.endswith("-second") for word in shown(there, other))

    scene.wait_until(lambda: edited() >= 8, "some comments are edited")
    stopped = scene.crew.stop_owner()
    assert edited() < COMMENTS - 8
    for place, one in enumerate(comments[-8:], start=COMMENTS - 8):
        here.user.edit_comment(number, one, f"**place-{place}-third**", "markdown")
    newest = shown(here, number)
    scene.wait_until(lambda: shown(there, other) == newest, "the other worker writes the newest text")
    scene.go_on(stopped)
    assert shown(here, number) == shown(there, other) == newest


def test_comments_are_added_once(scene: Scene) -> None:
    here, there = scene.here, scene.there
    number = here.user.create("Task", {TITLE: "Discussed while a worker stands still"})
    other = scene.share(number)
    there.faults({**SLOW, "route": "*/comments", "method": "POST"})
    comment(scene, number)
    newest = shown(here, number)
    scene.wait_until(lambda: len(shown(there, other)) >= 8, "some comments are there")
    stopped = scene.crew.stop_owner()
    assert len(shown(there, other)) < COMMENTS - 8
    scene.wait_until(lambda: len(shown(there, other)) >= COMMENTS, "the other worker adds the rest")
    scene.go_on(stopped)
    assert shown(here, number) == shown(there, other) == newest


def test_a_round_that_takes_longer_than_its_lease_is_not_taken_over(scene: Scene) -> None:
    here, there = scene.here, scene.there
    number = here.user.create("Task", {TITLE: "Discussed at length"})
    other = scene.share(number)
    there.faults({**SLOW, "route": "*/comments", "method": "POST", "latency_ms": 500})
    before = scene.additions()
    comment(scene, number)
    newest = shown(here, number)
    scene.wait_until(lambda: len(shown(there, other)) >= COMMENTS, "all comments are there")
    scene.rest()
    assert shown(there, other) == newest
    assert scene.additions() - before == COMMENTS


def test_a_work_item_is_created_once(scene: Scene) -> None:
    """The worker is asked to pause after its upload, so it waits between what it is about to do and doing it."""
    here, there = scene.here, scene.there
    title = "Made while a worker stands still"
    number = here.user.create("Task", {TITLE: title})
    here.user.attach(number, "a.txt", b"content")
    there.faults({"user_agent": SLOW["user_agent"], "route": "*/attachments", "retry_after": 3, "count": 1})
    here.observer.work_items.synchronize(scene.connection_id, [number])
    query = "SELECT id FROM twins WHERE intent IS NOT NULL AND work_item_id IS NULL"
    scene.wait_until(lambda: bool(scene.crew.read(query)), "a worker is about to create it")
    stopped = scene.crew.stop_owner()
    assert there.user.find(f"SELECT [System.Id] FROM WorkItems WHERE [System.Title] = '{title}'") == []  # noqa: S608
    other = scene.stage.counterpart(here, number, scene.connection_id)
    scene.go_on(stopped)
    assert there.user.find(f"SELECT [System.Id] FROM WorkItems WHERE [System.Title] = '{title}'") == [other]  # noqa: S608
    assert list(there.user.attachments(other)) == ["a.txt"]

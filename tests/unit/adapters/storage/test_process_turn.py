"""Turns of processes at a database: one at a time, in order, and none lost with a process that dies.

Locks of flock(2) belong to the opening of a file, so two turns of one process meet like those of two.
"""

import fcntl
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text

from adnode.adapters.storage.engine import make_engine
from adnode.adapters.storage.process_turn import ProcessTurn

PATIENCE_SECONDS = 20.0
TAKING = """
import sys, time
from pathlib import Path
from adnode.adapters.storage.process_turn import ProcessTurn
turn = ProcessTurn(Path(sys.argv[1]))
print(turn.take(time.monotonic()), flush=True)
time.sleep(60)
"""


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "node.db"


@pytest.fixture
def turns(database: Path) -> Iterator[list[ProcessTurn]]:
    made = [ProcessTurn(database) for _ in range(2)]
    yield made
    for turn in made:
        turn.close()


def soon() -> float:
    return time.monotonic() + PATIENCE_SECONDS


def until(condition: Callable[[], bool]) -> None:
    deadline = soon()
    while not condition():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.005)


def is_somebody_waiting(database: Path) -> bool:
    with database.with_name(f"{database.name}-next").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


def test_one_at_a_time(turns: list[ProcessTurn]) -> None:
    first, second = turns
    assert first.take(time.monotonic())
    assert not second.take(time.monotonic() + 0.01)
    first.give_back()
    assert second.take(time.monotonic())
    assert not first.take(time.monotonic())


def test_who_waits_comes_before_the_one_that_had_it(database: Path, turns: list[ProcessTurn]) -> None:
    busy, other = turns
    order: list[str] = []

    def have_a_turn() -> None:
        assert other.take(soon())
        order.append("other")
        other.give_back()

    assert busy.take(soon())
    with ThreadPoolExecutor(1) as pool:
        had = pool.submit(have_a_turn)
        until(lambda: is_somebody_waiting(database))
        busy.give_back()
        assert busy.take(soon())
        order.append("busy")
        had.result()
    assert order == ["other", "busy"]


def test_a_process_that_dies_leaves_its_turn(database: Path, turns: list[ProcessTurn]) -> None:
    with subprocess.Popen([sys.executable, "-c", TAKING, str(database)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "True\n"
        assert not turns[0].take(time.monotonic())
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert turns[0].take(soon())


def test_files_are_for_the_own_account_alone(database: Path, turns: list[ProcessTurn]) -> None:
    assert turns[0].take(soon())
    modes = {path.name: path.stat().st_mode & 0o777 for path in database.parent.iterdir()}
    assert modes == {"node.db-next": 0o600, "node.db-turn": 0o600}


def test_transactions_of_two_processes_wait_for_each_other_in_turn(database: Path) -> None:
    engines = [make_engine(f"sqlite:///{database}") for _ in range(2)]
    with engines[0].begin() as connection:
        connection.execute(text("CREATE TABLE notes (text TEXT)"))

    def write() -> None:
        with engines[1].begin() as connection:
            connection.execute(text("INSERT INTO notes VALUES ('later')"))

    with ThreadPoolExecutor(1) as pool:
        with engines[0].begin() as connection:
            written = pool.submit(write)
            until(lambda: is_somebody_waiting(database))
            connection.execute(text("INSERT INTO notes VALUES ('first')"))
        written.result()
    with engines[0].begin() as connection:
        assert connection.execute(text("SELECT text FROM notes ORDER BY rowid")).scalars().all() == ["first", "later"]
    for engine in engines:
        engine.dispose()
    # Nothing of a turn is left behind: others may take it, also those that are forked now.
    assert not is_somebody_waiting(database)
    late = ProcessTurn(database)
    assert late.take(time.monotonic())
    late.close()

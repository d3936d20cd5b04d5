"""Whether the owner of a lease still lives."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from adnode.adapters.process_owner import ProcessOwner


def test_this_process_lives() -> None:
    owner = ProcessOwner()
    assert not owner.is_dead(owner.name)


def test_an_earlier_start_under_the_same_process_id_is_dead() -> None:
    assert ProcessOwner().is_dead(ProcessOwner().name)


def test_a_process_that_ended_is_dead_and_one_that_runs_is_not() -> None:
    owner = ProcessOwner()
    host = owner.name.partition(":")[0]
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        assert not owner.is_dead(f"{host}:{child.pid}:00000000")
        child.communicate(b"\n")
    assert owner.is_dead(f"{host}:{child.pid}:00000000")


@pytest.mark.skipif(sys.platform != "linux", reason="tells such processes apart on Linux only")
def test_a_process_that_ended_and_that_nobody_waited_for_is_dead() -> None:
    owner = ProcessOwner()
    host = owner.name.partition(":")[0]
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        os.kill(child.pid, 0)
        assert owner.is_dead(f"{host}:{child.pid}:00000000")


@pytest.mark.skipif(sys.platform != "linux", reason="tells such processes apart on Linux only")
def test_another_process_that_has_the_id_of_one_that_ended_is_not_it() -> None:
    owner = ProcessOwner()
    host, _, mark, started = owner.name.split(":")
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        began = Path(f"/proc/{child.pid}/stat").read_text().rpartition(")")[2].split()[19]
        assert not owner.is_dead(f"{host}:{child.pid}:{mark}:{began}")
        assert owner.is_dead(f"{host}:{child.pid}:{mark}:{int(began) - 1}")
        child.communicate(b"\n")
    assert int(started) <= int(began)


def test_nothing_is_known_of_other_machines_and_other_names() -> None:
    owner = ProcessOwner()
    assert not owner.is_dead(f"elsewhere:{os.getpid()}:00000000")
    assert not owner.is_dead("somebody")

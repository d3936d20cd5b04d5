"""Whether the owner of a lease still lives."""

import os
import subprocess
import sys

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


def test_nothing_is_known_of_other_machines_and_other_names() -> None:
    owner = ProcessOwner()
    assert not owner.is_dead(f"elsewhere:{os.getpid()}:00000000")
    assert not owner.is_dead("somebody")

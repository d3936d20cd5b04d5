import os
import socket
from pathlib import Path

import pytest

from adnode.cli.demo.processes import Child, DemoError, check_ports, free_ports, python_command, wait_until
from adnode.domain.errors import ConfigurationError

READY = "import signal, sys, time; signal.signal(signal.SIGTERM, {handler}); print('ready', flush=True); time.sleep(60)"


def start(directory: Path, code: str) -> Child:
    command = [*python_command("sys")[:1], "-c", code]
    child = Child("child", command, os.environ, directory / "child.log")
    child.start()
    return child


def test_a_child_that_listens_to_sigterm_ends_politely(tmp_path: Path) -> None:
    child = start(tmp_path, READY.format(handler="lambda *_: sys.exit(print('bye', flush=True))"))
    wait_until(lambda: "ready" in child.log, 20.0, "the child is ready")
    child.stop()
    assert not child.is_running
    assert "bye" in child.log


def test_a_killed_child_has_no_last_word(tmp_path: Path) -> None:
    child = start(tmp_path, READY.format(handler="lambda *_: print('bye', flush=True)"))
    wait_until(lambda: "ready" in child.log, 20.0, "the child is ready")
    child.kill()
    assert not child.is_running
    assert "bye" not in child.log


def test_a_child_that_ended_is_reported_with_its_log(tmp_path: Path) -> None:
    child = start(tmp_path, "raise SystemExit('out of luck')")
    wait_until(lambda: not child.is_running, 20.0, "the child ends")
    with pytest.raises(DemoError, match="out of luck"):
        child.check()


def test_waiting_in_vain_names_what_did_not_happen() -> None:
    with pytest.raises(DemoError, match="the moon rises"):
        wait_until(lambda: False, 0.0, "the moon rises")


def test_a_port_in_use_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationError, match=str(port)):
            check_ports([*free_ports(1), port])

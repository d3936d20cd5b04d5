"""Child processes, ports and waiting."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from adnode.domain.errors import AdnodeError, ConfigurationError

STOP_SECONDS = 15.0
LOOK_SECONDS = 0.1
T = TypeVar("T")


class DemoError(AdnodeError):
    """Something that should have happened did not."""

    code = "demo"


class Child:
    """An operating system process that writes its output to a file."""

    def __init__(self, name: str, command: list[str], environment: Mapping[str, str], log_path: Path) -> None:
        self.name = name
        self._command = command
        self._environment = dict(environment)
        self._log_path = log_path
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """Return the process id while it runs."""
        return self._process.pid if self._process is not None and self.is_running else None

    @property
    def is_running(self) -> bool:
        """Say whether the process runs."""
        return self._process is not None and self._process.poll() is None

    @property
    def exit_code(self) -> int | None:
        """Return how it ended, None while it runs; less than zero for the signal that killed it."""
        return None if self._process is None else self._process.poll()

    @property
    def log(self) -> str:
        """Return what the process has written."""
        return self._log_path.read_text(encoding="utf-8", errors="replace") if self._log_path.exists() else ""

    def start(self) -> None:
        """Start it, in a session of its own so that Ctrl-C at the terminal does not reach it before us."""
        with self._log_path.open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603
                self._command,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def stop(self) -> None:
        """End it politely, after some seconds by force."""
        if self._process is None:
            return
        if self.is_running:
            self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End it at once with everything it started (kill -9)."""
        if self._process is None:
            return
        if hasattr(os, "killpg"):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        else:
            self._process.kill()
        self._process.wait()

    def check(self) -> None:
        """Raise DemoError with the end of the log when the process has ended."""
        if not self.is_running:
            raise DemoError(f"{self.name} ended by itself. The end of its log:\n{self.log[-2000:]}")


def python_command(module: str, *arguments: str, python: str = sys.executable) -> list[str]:
    """Return the command line that runs a module with this interpreter, or another one."""
    return [python, "-m", module, *arguments]


def wait_until(condition: Callable[[], T], seconds: float, what: str) -> T:
    """Return the condition's first true value; raises DemoError naming what did not happen in time."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise DemoError(f"Not within {seconds:g} seconds: {what}")
        time.sleep(LOOK_SECONDS)


def is_listening(port: int) -> bool:
    """Say whether something on this machine accepts connections at the port."""
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_ports(count: int) -> list[int]:
    """Return ports that nothing uses right now."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]
    finally:
        for probe in probes:
            probe.close()


def check_ports(ports: list[int]) -> None:
    """Raise ConfigurationError when one of the ports is in use."""
    for port in ports:
        if is_listening(port):
            raise ConfigurationError(f"Port {port} is in use. Choose other ports with --port-base.")

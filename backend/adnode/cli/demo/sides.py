"""One side: an emulated Azure DevOps and a node beside it, each a process of its own."""

import base64
import json
import os
import secrets
import shlex
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from adnode.cli.demo.azure_devops import AzureDevOpsUser
from adnode.cli.demo.processes import Child, DemoError, is_listening, python_command, wait_until

START_SECONDS = 30.0
COMMAND_SECONDS = 120.0
PASSED_ON = ("PATH", "HOME", "LANG", "TMPDIR", "SYSTEMROOT", "PYTHONPATH")


@dataclass(frozen=True, slots=True)
class EmulatedOrganization:
    """An organization or collection of an emulator. ``process`` is the process template."""

    name: str
    process: str
    project: str
    is_server: bool = False


@dataclass(frozen=True, slots=True)
class EmulatedExtension:
    """The extension as an emulator shows it: where its pages are, and what its app tokens are signed with and for."""

    page_url: str
    key: str = field(repr=False)
    audience: str

    @property
    def options(self) -> list[str]:
        """Return the emulator's options for it."""
        pages, key, audience = self.page_url, self.key, self.audience
        return ["--extension-page", pages, "--extension-key", key, "--extension-audience", audience]


class EmulatorProcess:
    """A local Azure DevOps."""

    def __init__(
        self,
        directory: Path,
        port: int,
        organizations: list[EmulatedOrganization],
        token: str,
        extension: EmulatedExtension | None = None,
    ) -> None:
        self.port = port
        self.token = token
        self.url = f"http://127.0.0.1:{port}"
        arguments = ["--port", str(port), "--pat", token]
        for one in organizations:
            option = "--server-collection" if one.is_server else "--organization"
            arguments += [option, f"{one.name}:{one.process}:{one.project}"]
        arguments += extension.options if extension else []
        command = python_command("azure_devops_emulator", *arguments)
        self.child = Child(f"emulator-{port}", command, _environment({}), directory / f"emulator-{port}.log")

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.child.start()
        _wait_for_port(self.child, self.port)

    def stop(self) -> None:
        """End it."""
        self.child.stop()

    def user(self, organization: EmulatedOrganization) -> AzureDevOpsUser:
        """Return a person at work in the organization."""
        return AzureDevOpsUser(f"{self.url}/{organization.name}", organization.project, self.token)


class NodeProcess:
    """A node with its own directory and settings.

    ``port`` is None for one that opens no port at all. With a port, one that is not public serves only its own
    administrators' pages there and gives no address to its peers. ``python`` is the interpreter of another release's
    environment, where the node is to be of that release.
    """

    def __init__(
        self,
        name: str,
        directory: Path,
        port: int | None,
        *,
        is_public: bool = True,
        settings: Mapping[str, str] | None = None,
        python: str = sys.executable,
    ) -> None:
        self.name = name
        self.python = python
        self.directory = directory
        self.port = port
        self.url = f"http://127.0.0.1:{port}" if port is not None else None
        self._is_public = is_public and port is not None
        directory.mkdir(parents=True, exist_ok=True)
        self.environment = _environment({**self._defaults(), **(settings or {})})
        verb = "worker" if port is None else "run"
        command = python_command("adnode", verb, python=python)
        self.child = Child(f"node-{name}", command, self.environment, directory / "node.log")

    @property
    def settings(self) -> dict[str, str]:
        """Return the node's own settings."""
        return {name: value for name, value in self.environment.items() if name.startswith("ADNODE_")}

    def write_command(self) -> Path:
        """Write a script that runs ``adnode`` with this node's settings; return where it is."""
        path = self.directory / "adnode"
        settings = " ".join(shlex.quote(f"{name}={value}") for name, value in self.settings.items())
        path.write_text(
            f'#!/bin/sh\nexec env {settings} {shlex.join(python_command("adnode", python=self.python))} "$@"\n'
        )
        path.chmod(0o700)
        return path

    def start(self) -> None:
        """Start it and wait until it works."""
        self.child.start()
        if self.port is not None:
            _wait_for_port(self.child, self.port)

    def stop(self) -> None:
        """End it politely."""
        self.child.stop()

    def kill(self) -> None:
        """End it with kill -9."""
        self.child.kill()

    def command(self, *arguments: str, given: str = "") -> Any:
        """Run a command of this node with ``--json`` and return its document; raises DemoError when it fails."""
        result = self.try_command(*arguments, given=given)
        if result.returncode != 0:
            raise DemoError(
                f"adnode {' '.join(arguments)} failed: {result.stdout.strip()} {result.stderr.strip()[-2000:]}"
            )
        return json.loads(result.stdout)

    def try_command(self, *arguments: str, given: str = "") -> "subprocess.CompletedProcess[str]":
        """Run a command of this node with ``--json``; ``given`` is its standard input."""
        return subprocess.run(  # noqa: S603
            python_command("adnode", *arguments, "--json", python=self.python),
            env=self.environment,
            input=given,
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )

    def _defaults(self) -> dict[str, str]:
        return {
            "ADNODE_DATA_DIR": str(self.directory),
            "ADNODE_SECRET_KEYS": base64.b64encode(secrets.token_bytes(32)).decode(),
            "ADNODE_URL": (self.url or "") if self._is_public else "",
            "ADNODE_LISTEN": f"127.0.0.1:{self.port or 0}",
            "ADNODE_ALLOW_LOOPBACK_HTTP": "yes",
            "ADNODE_FEED_INTERVAL_SECONDS": "1",
            "ADNODE_SWEEP_INTERVAL_SECONDS": "0.5",
            "ADNODE_LOG_FORMAT": "json",
        }


def _environment(settings: dict[str, str]) -> dict[str, str]:
    kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return {**kept, "PYTHONUNBUFFERED": "1", **settings}


def _wait_for_port(child: Child, port: int) -> None:
    def answers() -> bool:
        child.check()
        return is_listening(port)

    wait_until(answers, START_SECONDS, f"{child.name} listens at port {port}")

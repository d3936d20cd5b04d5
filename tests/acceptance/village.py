"""Nodes of this release beside nodes of an earlier one, each told what to do by its own command line.

Nothing here opens a node's database: one of another release is understood by its own release only.
"""

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import requests
from scripts.releases import Release

from adnode.cli.demo.azure_devops import AzureDevOpsUser
from adnode.cli.demo.processes import DemoError, free_ports, wait_until
from adnode.cli.demo.sides import EmulatedOrganization, EmulatorProcess, NodeProcess

T = TypeVar("T")
PROJECT = "Fabrikam"
TITLE, DESCRIPTION = "System.Title", "System.Description"
DEADLINE_SECONDS = 60.0
CONSOLE = Path(__file__).parent / "console.py"
PERSON = "token-of-a-person"
ACCOUNT = {"displayName": "Node Robot", "uniqueName": "robot@example.com", "token": "token-of-the-node"}


class Console:
    """A process that runs commands of a node's own release with that node's settings (console.py)."""

    def __init__(self, node: NodeProcess) -> None:
        self._turn = threading.Lock()
        self._process = subprocess.Popen(
            [node.python, "-I", str(CONSOLE)],
            env=node.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def command(self, *arguments: str, given: str = "") -> Any:
        """Run a command with ``--json`` and return its document; fails when it fails."""
        request = {"arguments": [*arguments, "--json"], "given": given}
        with self._turn:
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
            answer = json.loads(self._process.stdout.readline())
        assert answer["code"] == 0, f"adnode {' '.join(arguments)} failed: {answer}"
        return json.loads(answer["output"])

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.communicate()


@dataclass(slots=True)
class House:
    """An organization and the node that serves it; node and console are others after an upgrade."""

    name: str
    emulator: EmulatorProcess
    node: NodeProcess
    console: Console
    user: AzureDevOpsUser
    organization_id: str

    def find(self, title: str) -> list[int]:
        """Return the work items of that title."""
        return self.user.find(f"SELECT [System.Id] FROM WorkItems WHERE [System.Title] = '{title}'")  # noqa: S608

    def count(self) -> int:
        """Return how many work items there are."""
        return len(self.user.find("SELECT [System.Id] FROM WorkItems"))

    def shown(self, number: int) -> dict[str, Any]:
        """Return what people see of a work item: of comments and files what tells them apart."""
        read = self.user.read(number)
        files = [one["attributes"]["name"] for one in read.get("relations") or [] if one["rel"] == "AttachedFile"]
        texts = " ".join(str(comment["text"]) for comment in self.user.comments(number))
        words = [word for word in texts.replace("<", " ").replace(">", " ").split() if word.startswith("says-")]
        fields = read["fields"]
        return {
            "title": fields[TITLE],
            "text": fields.get(DESCRIPTION, ""),
            "words": sorted(words),
            "files": sorted(files),
        }

    def connection(self, connection_id: str) -> dict[str, Any]:
        """Return what the node says of a connection."""
        return dict(self.console.command("connection", "show", connection_id))

    def errors(self) -> list[dict[str, Any]]:
        """Return the open error records."""
        return list(self.console.command("errors", "list"))

    def is_at_rest(self, connection_id: str) -> bool:
        """Say whether nothing is under way on this side of a connection."""
        told = self.connection(connection_id)
        return not told["in_progress"] and not any(told["queue"].values())


@dataclass(frozen=True, slots=True)
class Lane:
    """A connection between two houses, as the one that invited made it."""

    id: str
    initiator: House
    acceptor: House

    def share(self, source: House, number: int) -> int:
        """Put a work item of one house under sync and return the other's number."""
        source.console.command("work-item", "sync", self.id, str(number))
        title = str(source.user.fields(number)[TITLE])
        return patiently(lambda: self.other(source).find(title), f"{title} reaches {self.other(source).name}")[0]

    def other(self, house: House) -> House:
        """Return the house at the other end."""
        return self.acceptor if house is self.initiator else self.initiator

    def rest(self) -> None:
        """Wait until nothing is under way on either side."""
        for house in (self.initiator, self.acceptor):
            patiently(lambda house=house: house.is_at_rest(self.id), f"{house.name} rests")  # type: ignore[misc]


class Village:
    """The houses of one test; everything in them is stopped at its end."""

    def __init__(self, directory: Path, stack: ExitStack) -> None:
        self.directory = directory
        self._stack = stack
        self.houses: list[House] = []

    def add(
        self, name: str, release: Release | None = None, *, is_public: bool = True, database_url: str = ""
    ) -> House:
        """Start an organization and a node beside it, of this release where none is named."""
        emulator_port, node_port = free_ports(2)
        organization = EmulatedOrganization(name, "Agile", PROJECT)
        emulator = EmulatorProcess(self.directory, emulator_port, [organization], PERSON)
        self._stack.callback(emulator.stop)
        emulator.start()
        user = emulator.user(organization)
        self._stack.callback(user.close)
        seeds = {"organization": name, "identities": [{**ACCOUNT, "role": "contributor"}]}
        requests.post(f"{emulator.url}/_emulator/seed", json=seeds, timeout=30).raise_for_status()
        settings = {"ADNODE_DATABASE_URL": database_url} if database_url else {}
        node = make_node(name, self.directory / name, node_port if is_public else None, settings, release)
        console = self._open(node)
        console.command("database", "upgrade")
        added = console.command("organization", "add", user.organization_url, "--pat-file", "-", given=ACCOUNT["token"])
        node.start()
        house = House(name, emulator, node, console, user, str(added["id"]))
        self.houses.append(house)
        return house

    def connect(self, initiator: House, acceptor: House, *, is_private: bool) -> Lane:
        """Have one house invite and the other accept."""
        kind = "--private" if is_private else "--public"
        name = f"{initiator.name} invites {acceptor.name}"
        made = initiator.console.command("connection", "initiate", initiator.organization_id, PROJECT, name, kind)
        arguments = ("connection", "accept", acceptor.organization_id, PROJECT, "--code-file", "-")
        accepted = acceptor.console.command(*arguments, given=made["code"])
        assert (accepted["id"], accepted["status"]) == (made["connection"]["id"], "active")
        return Lane(accepted["id"], initiator, acceptor)

    def upgrade(self, house: House) -> None:
        """Take the house's node to this release, as its operator would."""
        house.node.stop()
        settings = house.node.settings
        house.node = make_node(house.name, house.node.directory, house.node.port, settings, None)
        house.console = self._open(house.node)
        house.console.command("database", "upgrade")
        house.node.start()

    def _open(self, node: NodeProcess) -> Console:
        console = Console(node)
        self._stack.callback(console.close)
        self._stack.callback(node.kill)
        return console


def make_node(
    name: str, directory: Path, port: int | None, settings: Mapping[str, str], release: Release | None
) -> NodeProcess:
    """Return a node of a release, not started."""
    python = sys.executable if release is None else str(release.python)
    node = NodeProcess(name, directory, port, settings=settings, python=python)
    # The release's own code, whatever this process runs with.
    node.environment.pop("PYTHONPATH", None)
    return node


def at_once(*deeds: Callable[[], T]) -> list[T]:
    """Do several things at once: each of them mostly waits for a process to start."""
    with ThreadPoolExecutor(len(deeds)) as pool:
        return [future.result() for future in [pool.submit(deed) for deed in deeds]]


def patiently(condition: Callable[[], T], what: str, seconds: float = DEADLINE_SECONDS) -> T:
    """Return the condition's first true value; fail naming what did not happen."""
    try:
        return wait_until(condition, seconds, what)
    except DemoError as error:
        raise AssertionError(str(error)) from error

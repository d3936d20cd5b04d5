"""Emulators and nodes as real processes for the acceptance tests.

with open_stage(tmp_path) as stage:
    public = stage.add_side("services", "Agile")                 # emulator organization + node `adnode run`
    private = stage.add_side("collection", "Scrum", is_public=False)  # node `adnode worker`, no port
    connection_id = stage.connect(public, private)
    number = public.user.create("User Story", {"System.Title": "Hello"})
    other = stage.synchronize(public, connection_id, [number])[number]
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import requests

from adnode.cli.demo.azure_devops import AzureDevOpsUser
from adnode.cli.demo.processes import free_ports
from adnode.cli.demo.processes import wait_until as wait_for
from adnode.cli.demo.sides import EmulatedOrganization, EmulatorProcess, NodeProcess

T = TypeVar("T")
DEADLINE_SECONDS = 60.0
TOKEN = "acceptance-token-of-the-emulator"


@dataclass(frozen=True, slots=True)
class Side:
    """An organization of an emulator and the node that serves it."""

    organization: EmulatedOrganization
    emulator: EmulatorProcess
    node: NodeProcess
    user: AzureDevOpsUser
    organization_id: str

    def faults(self, *faults: dict[str, Any]) -> None:
        """Have the emulator disturb (see ``POST /_emulator/faults``)."""
        for fault in faults:
            _control(self.emulator, "POST", "faults", fault)

    def no_faults(self) -> None:
        """End all disturbance."""
        _control(self.emulator, "DELETE", "faults")

    def stats(self) -> dict[str, Any]:
        """Return what the emulator counted."""
        return _control(self.emulator, "GET", "stats")

    def user_of(self, project: str) -> AzureDevOpsUser:
        """Return a person at work in another project of the same organization."""
        return AzureDevOpsUser(self.user.organization_url, project, self.emulator.token)

    def errors(self) -> list[dict[str, Any]]:
        """Return the open error records."""
        return list(self.node.command("errors", "list"))

    def twin(self, work_item_id: int) -> dict[str, Any]:
        """Return the first twin of a work item, {} when it has none."""
        result = self.node.try_command("work-item", "status", str(work_item_id))
        return dict(json.loads(result.stdout)[0]) if result.returncode == 0 else {}

    def is_at_rest(self, connection_id: str) -> bool:
        """Say whether nothing is in progress on this side of the connection."""
        shown = self.node.command("connection", "show", connection_id)
        return not shown["in_progress"] and not any(shown["queue"].values())


class Stage:
    """Everything that runs for one test; stopped at its end."""

    def __init__(self, directory: Path, stack: ExitStack) -> None:
        self._directory = directory
        self._stack = stack
        self.sides: list[Side] = []

    def add_side(
        self,
        name: str,
        process: str = "Agile",
        *,
        is_public: bool = True,
        is_server: bool = False,
        project: str = "Fabrikam",
        **settings: str,
    ) -> Side:
        """Start an emulator with one organization and a node that serves it."""
        emulator_port, node_port = free_ports(2)
        organization = EmulatedOrganization(name, process, project, is_server)
        emulator = EmulatorProcess(self._directory, emulator_port, [organization], TOKEN)
        self._stack.callback(emulator.stop)
        emulator.start()
        user = emulator.user(organization)
        self._stack.callback(user.close)
        node = NodeProcess(name, self._directory / name, node_port if is_public else None, **settings)
        self._stack.callback(node.stop)
        added = node.command("organization", "add", user.organization_url, "--pat-file", "-", given=TOKEN)
        node.start()
        side = Side(organization, emulator, node, user, str(added["id"]))
        self.sides.append(side)
        return side

    def connect(self, initiator: Side, acceptor: Side, name: str = "") -> str:
        """Make a connection by an invitation code; return its id."""
        visibility = "--private" if acceptor.node.port is None else "--public"
        made = initiator.node.command(
            "connection",
            "initiate",
            initiator.organization_id,
            initiator.organization.project,
            name or f"{initiator.organization.name} and {acceptor.organization.name}",
            visibility,
        )
        accepted = acceptor.node.command(
            "connection",
            "accept",
            acceptor.organization_id,
            acceptor.organization.project,
            "--code-file",
            "-",
            given=str(made["code"]),
        )
        return str(accepted["id"])

    def synchronize(
        self, side: Side, connection_id: str, numbers: Sequence[int], seconds: float = DEADLINE_SECONDS
    ) -> dict[int, int]:
        """Put work items under sync and return the other side's numbers by ours once all are there."""
        side.node.command("work-item", "sync", connection_id, *map(str, numbers))
        return {number: self.counterpart(side, number, connection_id, seconds) for number in numbers}

    def counterpart(
        self, side: Side, number: int, connection_id: str | None = None, seconds: float = DEADLINE_SECONDS
    ) -> int:
        """Return the other side's number of a work item under sync, waiting until it is there."""
        options = ("--connection", connection_id) if connection_id else ()

        def remote() -> int:
            twins = side.node.command("work-item", "status", str(number), *options)
            return int(twins[0]["remote_work_item_id"] or 0)

        return wait_for(remote, seconds, f"work item {number} gets its counterpart; {self._situation()}")

    def wait_until(self, condition: Callable[[], T], what: str, seconds: float = DEADLINE_SECONDS) -> T:
        """Return the condition's first true value; fail with the nodes' open errors when the time is up."""
        try:
            return wait_for(condition, seconds, what)
        except Exception as error:
            raise AssertionError(f"{error}\n{self._situation()}") from error

    def wait_for_rest(self, connection_id: str, *sides: Side, seconds: float = DEADLINE_SECONDS) -> None:
        """Wait until nothing is in progress on those sides."""
        self.wait_until(lambda: all(side.is_at_rest(connection_id) for side in sides), "both sides rest", seconds)

    def _situation(self) -> str:
        texts = []
        for side in self.sides:
            result = side.node.try_command("errors", "list")
            texts.append(f"{side.node.name} errors: {result.stdout.strip()}\nlog: {side.node.child.log[-1500:]}")
        return "\n".join(texts)


@contextmanager
def open_stage(directory: Path) -> Iterator[Stage]:
    """Open a stage whose processes are stopped at the end."""
    with ExitStack() as stack:
        yield Stage(directory, stack)


def has_listening_port(pid: int) -> bool:
    """Say whether a process or one of its children listens on a TCP port (proc(5): /proc/net/tcp, state 0A)."""
    inodes = _listening_inodes()
    for process in [pid, *_children(pid)]:
        for link in Path(f"/proc/{process}/fd").iterdir():
            if link.is_symlink() and str(link.readlink()) in inodes:
                return True
    return False


def _listening_inodes() -> set[str]:
    found = set()
    for table in ("tcp", "tcp6"):
        path = Path(f"/proc/net/{table}")
        lines = path.read_text().splitlines()[1:] if path.exists() else []
        found |= {f"socket:[{line.split()[9]}]" for line in lines if line.split()[3] == "0A"}
    return found


def _children(pid: int) -> list[int]:
    path = Path(f"/proc/{pid}/task/{pid}/children")
    direct = [int(number) for number in path.read_text().split()] if path.exists() else []
    return direct + [one for child in direct for one in _children(child)]


def _control(
    emulator: EmulatorProcess, method: str, path: str, document: dict[str, Any] | None = None
) -> dict[str, Any]:
    response = requests.request(method, f"{emulator.url}/_emulator/{path}", json=document, timeout=30)
    response.raise_for_status()
    return dict(response.json()) if response.content else {}

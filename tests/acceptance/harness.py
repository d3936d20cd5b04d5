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
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import requests

from adnode.bootstrap import Node, open_node
from adnode.cli.demo.azure_devops import AzureDevOpsUser
from adnode.cli.demo.processes import free_ports
from adnode.cli.demo.processes import wait_until as wait_for
from adnode.cli.demo.sides import EmulatedOrganization, EmulatorProcess, NodeProcess
from adnode.cli.output import to_document
from adnode.domain.connection import Connection, Visibility
from adnode.domain.consent import Consent
from adnode.domain.errors import NotFoundError
from adnode.domain.organization import PersonalAccessToken
from adnode.ports.storage import UnitOfWork
from adnode.settings import read_settings

T = TypeVar("T")
DEADLINE_SECONDS = 60.0
TOKEN = "acceptance-token-of-the-emulator"
ACCOUNT = {"displayName": "Node Robot", "uniqueName": "robot@example.com", "token": "acceptance-token-of-the-node"}
"""Whom a node signs in as: a contributor, not the person whose token is ``TOKEN``."""
NODE_CLIENT = "azure-devops"
"""How the official Python client names itself."""


@dataclass(frozen=True, slots=True)
class Side:
    """An organization of an emulator and the node that serves it.

    ``observer`` is the same node opened in this process: it prepares what a test begins with and looks at what came
    of it, because starting a command for every step would take most of the time of these tests. The steps that a test
    is about go over the command line.
    """

    organization: EmulatedOrganization
    emulator: EmulatorProcess
    node: NodeProcess
    user: AzureDevOpsUser
    organization_id: str
    observer: Node

    def process_ids(self, part: str) -> list[int]:
        """Return the ids of the processes that were that part of a node (web, worker), the one that runs last."""
        lines = [line for line in self.node.child.log.splitlines() if '"process_started"' in line]
        started = [json.loads(line) for line in lines]
        return [int(event["id"]) for event in started if event["process"] == part]

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

    def calls(self) -> int:
        """Return how many calls the nodes have made, without the change feed."""
        calls = _control(self.emulator, "GET", "calls")["calls"]
        return sum(1 for call in calls if NODE_CLIENT in call["user_agent"] and "/wit/reporting/" not in call["route"])

    def seed(self, items: list[dict[str, Any]]) -> list[int]:
        """Make work items past the REST API; return their numbers."""
        return [int(number) for number in self._seed(items=items)["items"]]

    def add_project(self, name: str, process: str) -> None:
        """Make another project."""
        self._seed(projects=[{"name": name, "process": process}])

    def remove_project(self, name: str) -> None:
        """Delete a project with everything in it."""
        address = f"{self.user.organization_url}/_apis/projects"
        options: dict[str, Any] = {"params": {"api-version": "7.1"}, "auth": ("", self.emulator.token), "timeout": 30}
        found = requests.get(f"{address}/{name}", **options)  # noqa: S113 - in the options
        found.raise_for_status()
        requests.delete(f"{address}/{found.json()['id']}", **options).raise_for_status()  # noqa: S113

    def rename_project(self, name: str, new_name: str) -> None:
        """Give a project another name."""
        address = f"{self.user.organization_url}/_apis/projects"
        options: dict[str, Any] = {"params": {"api-version": "7.1"}, "auth": ("", self.emulator.token), "timeout": 30}
        found = requests.get(f"{address}/{name}", **options)  # noqa: S113 - in the options
        found.raise_for_status()
        url = f"{address}/{found.json()['id']}"
        requests.patch(url, json={"name": new_name}, **options).raise_for_status()  # noqa: S113

    def require_field(self, project: str, type_name: str, field: str, default: str | None = None) -> None:
        """Make a field of a work item type required, with a default for new work items or without."""
        self._seed(rules=[{"project": project, "type": type_name, "required": {field: default}}])

    def add_token(self, role: str) -> str:
        """Make a person of that role and return a token of theirs."""
        token = f"token-of-the-{role}"
        self._seed(identities=[{"displayName": f"Some {role}", "role": role, "token": token}])
        return token

    def set_role(self, role: str) -> None:
        """Give the account of the node another role."""
        self._seed(identities=[{**ACCOUNT, "role": role}])

    def limit_attachments(self, size: int) -> None:
        """Set how many bytes a file may have."""
        self._seed(limits={"attachment_bytes": size})

    def _seed(self, **document: Any) -> dict[str, Any]:
        return _control(self.emulator, "POST", "seed", {"organization": self.organization.name, **document})

    def user_of(self, project: str) -> AzureDevOpsUser:
        """Return a person at work in another project of the same organization."""
        return AzureDevOpsUser(self.user.organization_url, project, self.emulator.token)

    def errors(self) -> list[dict[str, Any]]:
        """Return the open error records."""
        return list(to_document(self.observer.error_records.list_records()))

    def twin(self, work_item_id: int, connection_id: str | None = None) -> dict[str, Any]:
        """Return the first twin of a work item, {} when it has none."""
        try:
            reports = self.observer.work_items.status(work_item_id, connection_id)
        except NotFoundError:
            return {}
        return dict(to_document(reports[0].twin))

    def set_consent(self, connection_id: str, consent: Consent, query: str = "") -> None:
        """Have the administrator say what the partner may do with existing work items."""

        def change(_work: UnitOfWork, connection: Connection) -> Connection:
            return replace(connection, consent=consent, consent_query=query)

        self.observer.connections.edit(connection_id, change)

    def queue(self, connection_id: str) -> dict[str, int]:
        """Return how many messages of the connection are under way, by direction."""
        with self.observer.new_unit_of_work() as work:
            return dict(work.queue.depth(connection_id))

    def is_at_rest(self, connection_id: str) -> bool:
        """Say whether nothing is in progress on this side of the connection."""
        with self.observer.new_unit_of_work() as work:
            return not work.twins.count_due(connection_id) and not any(work.queue.depth(connection_id).values())


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
        node = NodeProcess(name, self._directory / name, node_port if is_public else None, settings=settings)
        # There is nothing to save at the end, so it need not end politely; test_processes.py sees that it can.
        self._stack.callback(node.kill)
        seeds = {"organization": name, "identities": [{**ACCOUNT, "role": "contributor"}]}
        _control(emulator, "POST", "seed", seeds)
        observer = self._stack.enter_context(open_node(read_settings(node.environment)))
        added = observer.organizations.add(user.organization_url, PersonalAccessToken(ACCOUNT["token"]))
        node.start()
        side = Side(organization, emulator, node, user, added.id, observer)
        self.sides.append(side)
        return side

    def callback(self, end: Callable[[], None]) -> None:
        """Have something done at the end, before what was begun earlier ends."""
        self._stack.callback(end)

    def connect(self, initiator: Side, acceptor: Side, name: str = "", consent: Consent = Consent.ALL) -> str:
        """Make a connection by an invitation code; return its id. Both sides give that consent: most tests are about
        what happens after a yes.
        """
        visibility = Visibility.PRIVATE if acceptor.node.port is None else Visibility.PUBLIC
        _, code = initiator.observer.invitations.initiate(
            initiator.organization_id,
            initiator.organization.project,
            name or f"{initiator.organization.name} and {acceptor.organization.name}",
            visibility=visibility,
        )
        invitations = acceptor.observer.invitations
        connection_id = invitations.accept(code, acceptor.organization_id, acceptor.organization.project).id
        for side in (initiator, acceptor):
            side.set_consent(connection_id, consent)
        return connection_id

    def synchronize(
        self, side: Side, connection_id: str, numbers: Sequence[int], seconds: float = DEADLINE_SECONDS
    ) -> dict[int, int]:
        """Put work items under sync and return the other side's numbers by ours once all are there."""
        side.observer.work_items.synchronize(connection_id, numbers)
        return {number: self.counterpart(side, number, connection_id, seconds) for number in numbers}

    def counterpart(
        self, side: Side, number: int, connection_id: str | None = None, seconds: float = DEADLINE_SECONDS
    ) -> int:
        """Return the other side's number of a work item under sync, waiting until it is there."""

        def remote() -> int:
            return int(side.twin(number, connection_id).get("remote_work_item_id") or 0)

        return self.wait_until(remote, f"work item {number} gets its counterpart", seconds)

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
            messages = [record["message"] for record in side.errors()]
            texts.append(f"{side.node.name} errors: {messages}\nlog: {side.node.child.log[-1500:]}")
        return "\n".join(texts)


@contextmanager
def open_stage(directory: Path) -> Iterator[Stage]:
    """Open a stage whose processes are stopped at the end."""
    with ExitStack() as stack:
        yield Stage(directory, stack)


@dataclass(frozen=True, slots=True)
class Socket:
    """A TCP socket of a process (proc(5): /proc/net/tcp)."""

    local_port: int
    remote_port: int
    is_listening: bool


def list_sockets(pid: int) -> list[Socket]:
    """Return the TCP sockets of a process and its children."""
    sockets = _sockets_by_inode()
    return [
        sockets[name]
        for process in [pid, *children(pid)]
        for link in Path(f"/proc/{process}/fd").iterdir()
        if link.is_symlink() and (name := str(link.readlink())) in sockets
    ]


def has_listening_port(pid: int) -> bool:
    """Say whether a process or one of its children listens on a TCP port."""
    return any(socket.is_listening for socket in list_sockets(pid))


def _sockets_by_inode() -> dict[str, Socket]:
    found = {}
    for table in ("tcp", "tcp6"):
        path = Path(f"/proc/net/{table}")
        for line in path.read_text().splitlines()[1:] if path.exists() else []:
            columns = line.split()
            local, remote = (int(address.rpartition(":")[2], 16) for address in columns[1:3])
            found[f"socket:[{columns[9]}]"] = Socket(local, remote, columns[3] == "0A")
    return found


def children(pid: int) -> list[int]:
    """Return the processes that a process began, and theirs."""
    path = Path(f"/proc/{pid}/task/{pid}/children")
    direct = [int(number) for number in path.read_text().split()] if path.exists() else []
    return direct + [one for child in direct for one in children(child)]


def _control(
    emulator: EmulatorProcess, method: str, path: str, document: dict[str, Any] | None = None
) -> dict[str, Any]:
    response = requests.request(method, f"{emulator.url}/_emulator/{path}", json=document, timeout=30)
    response.raise_for_status()
    return dict(response.json()) if response.content else {}

"""A node as it is served, with work items that its partner must neither see nor change."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from tests.contract.peer.http_node import open_front
from tests.unit.services.memory_nodes import OTHER_PROJECT, PROJECT, Meeting, MemoryNode

from adnode.adapters.memory.peer import MemoryPeerNetwork
from adnode.adapters.memory.storage import MemoryStorage
from adnode.adapters.memory.vault import MemoryVault
from adnode.adapters.peer.keys import Ed25519Signer
from adnode.adapters.peer.signatures import HttpMessageSecurity
from adnode.adapters.storage.storage import Storage, open_storage
from adnode.adapters.system_clock import SystemIds
from adnode.domain.connection import Visibility
from adnode.services.peer_access import PeerAccessService
from adnode.services.refused_requests import RefusedRequests
from adnode.web.front import FrontLimits
from adnode.web.node_services import NodeServices

SECRET = "SECRET"
"""In every text of a work item that the hostile peer must not see."""


class VictimNode(MemoryNode):
    """A node on a database of its own in a file, behind the real front."""

    def __init__(self, folder: Path, network: MemoryPeerNetwork, meeting: Meeting) -> None:
        self.database = folder / "node.db"
        self.real_storage: Storage = open_storage(f"sqlite:///{self.database}")
        self.real_storage.upgrade()
        super().__init__("victim", "Agile", network, meeting.clock)

    def _build(self, name: str) -> None:
        self.storage = cast(MemoryStorage, self.real_storage)
        super()._build(name)

    def services(self) -> NodeServices:
        clock, ids, unit_of_work = self.clock, SystemIds(), self.storage.unit_of_work
        security = HttpMessageSecurity(clock, ids)
        refused = RefusedRequests(unit_of_work, clock, ids)
        return NodeServices(
            exchange=self.exchange,
            contents=self.contents,
            invitations=self.invitations,
            access=PeerAccessService(unit_of_work, security, Ed25519Signer(), MemoryVault(), refused),
            security=security,
            new_unit_of_work=unit_of_work,
            readiness=lambda: {"database": True},
            node_url=self.url,
            trusted_proxies=1,
        )


class Stage:
    """The victim with what it protects: a work item of its own, one of another project, one that it shares with an
    honest partner; and one that it shares with whoever is hostile.
    """

    def __init__(self, victim: VictimNode, meeting: Meeting, url: str) -> None:
        self.victim, self.meeting, self.url = victim, meeting, url
        self.honest = meeting.add("honest")
        self.alone = self._secret(PROJECT, "alone")
        self.elsewhere = self._secret(OTHER_PROJECT, "of another project")
        self.of_others = self._secret(PROJECT, "of others")
        self.honest_connection = meeting.connect(victim, self.honest, Visibility.PUBLIC)
        meeting.share(victim, self.honest_connection, self.of_others)
        self.protected = (self.alone, self.elsewhere, self.of_others)
        self.foreign_twin = victim.twin(self.of_others).id
        self.before = self.look()

    def _secret(self, project: str, what: str) -> int:
        people = self.victim.organization
        fields: dict[str, object] = {"System.Title": f"{SECRET} {what}", "System.Description": f"{SECRET} text {what}"}
        number = people.create(project, "Task", fields)
        people.comment(number, f"{SECRET} comment {what}")
        people.attach(number, f"{SECRET}.txt", f"{SECRET} content {what}".encode())
        return number

    def look(self) -> list[object]:
        """Return everything that there is of the protected work items."""
        people = self.victim.organization
        return [(people.snapshot(number), people.comments(number)) for number in self.protected]

    def standing(self) -> list[object]:
        """Return how the pair with the honest partner stands."""
        with self.victim.storage.unit_of_work() as work:
            connection = work.connections.get(self.honest_connection)
            queues = work.connections.queues(self.honest_connection)
        twin = self.victim.twin(self.of_others)
        return [connection, queues, twin.state, twin.status, twin.lineage, twin.remote_url, twin.remote_work_item_id]

    def invite(self) -> str:
        """Return the code of a new invitation, as its administrator would send it by mail; nothing is allowed beyond
        what the setting allows from the start.
        """
        organization_id = self.victim.organization.id
        _, code = self.victim.invitations.initiate(organization_id, PROJECT, None, visibility=Visibility.PRIVATE)
        return code

    def share(self, connection_id: str) -> int:
        """Put a new work item under sync with the hostile peer; return its number."""
        number = self.victim.create("Task", "Shared", Description="for both")
        self.victim.organization.comment(number, "a shared comment")
        self.victim.organization.attach(number, "shared.txt", b"shared content")
        self.victim.work_items.synchronize(connection_id, [number])
        return number

    def settle(self, connection_id: str) -> None:
        """Let the victim do everything that is due over that connection and the honest one, as its workers would."""
        shown = self.victim.connections.show
        connections = [shown(connection_id), shown(self.honest_connection)]
        for _ in range(4):
            self.meeting.clock.advance(1.5)
            self.victim.step(connections)
            self.honest.step(connections[1:])


@contextmanager
def open_stage(folder: Path) -> Iterator[Stage]:
    meeting = Meeting()
    victim = VictimNode(folder, meeting.network, meeting)
    meeting.nodes.append(victim)
    try:
        with open_front(victim.services(), FrontLimits(refusals=100_000, poll_seconds=0.05)) as served:
            yield Stage(victim, meeting, served.url)
    finally:
        victim.real_storage.close()

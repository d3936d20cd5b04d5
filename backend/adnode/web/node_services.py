"""What the web edge needs of the node."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from adnode.domain.message import Message, MessageAnswer
from adnode.domain.queues import QueueReport
from adnode.ports.gateway import ContentStream
from adnode.ports.message_security import MessageSecurity
from adnode.ports.peer import Acceptance, AcceptanceAnswer
from adnode.ports.storage import UnitOfWorkFactory
from adnode.services.exchange import Waiting
from adnode.services.peer_access import PeerAccessService
from adnode.web.hub.hub_services import HubServices
from adnode.web.refusals import Refusals


class Exchange(Protocol):
    """The sync queue (services.exchange)."""

    def receive(self, connection_id: str, messages: Sequence[Message], report: QueueReport) -> list[MessageAnswer]:
        """Take in messages of the peer."""

    def acknowledge(self, connection_id: str, report: QueueReport) -> None:
        """Take in what a peer that polls has."""

    def look(self, connection_id: str, after: int) -> Waiting:
        """Return messages above ``after`` for it, and whether it is worth waiting for some."""

    def list_ready(self, parked: Mapping[str, int]) -> set[str]:
        """Return the connections that have something to hear above these numbers, or nothing ever."""


class Contents(Protocol):
    """Files between the two Azure DevOps (services.contents)."""

    def open(self, connection_id: str, key: str) -> AbstractContextManager[ContentStream]:
        """Open one of our files for the peer."""

    def store(self, connection_id: str, key: str, name: str, stream: ContentStream) -> object:
        """Upload a file of the peer to our Azure DevOps."""


class Admissions(Protocol):
    """The initiator's side of invitations (services.invitations)."""

    def admit(self, acceptance: Acceptance) -> AcceptanceAnswer:
        """Let in who proved to hold an invitation."""


@dataclass(frozen=True, slots=True)
class NodeServices:
    """The services and limits behind the web edge.

    ``readiness`` names the things that must work and says of each whether it does. ``node_url`` is the address that
    peers call and sign for; without ``serves_peers`` nobody may call. ``metrics_token`` is asked of whoever reads the
    metrics; '' lets in callers on this machine only. ``hub`` is None for a node without pages. ``trusted_proxies`` is
    how many reverse proxies stand before this node, whose word about callers is believed.
    """

    exchange: Exchange
    contents: Contents
    invitations: Admissions
    access: PeerAccessService
    security: MessageSecurity
    new_unit_of_work: UnitOfWorkFactory
    readiness: Callable[[], Mapping[str, bool]]
    node_url: str = ""
    serves_peers: bool = True
    metrics_token: str = ""
    hub: HubServices | None = None
    static_directory: Path | None = None
    trusted_proxies: int = 0
    refusals: Refusals = field(default_factory=Refusals)

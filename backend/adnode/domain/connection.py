"""Connections between two organizations, and how they live."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from adnode.domain.consent import Consent, PanelAccess, PanelDeed
from adnode.domain.errors import StateError
from adnode.domain.realignment import Realignment


class Mode(StrEnum):
    """How sync rules are made. Only Basic exists yet."""

    BASIC = "basic"


class Visibility(StrEnum):
    """Whether both nodes can be called, or only the initiator's (a private connection)."""

    PUBLIC = "public"
    PRIVATE = "private"


class Role(StrEnum):
    """Which part this node had in making the connection."""

    INITIATOR = "initiator"
    ACCEPTOR = "acceptor"


class TransportKind(StrEnum):
    """How this node exchanges messages: it pushes to the peer and is pushed to, or it polls, or it is polled.

    PUSH: both sides call. POLL: we call only (we are the private side). POLLED: the peer calls only (it is the
    private side).
    """

    PUSH = "push"
    POLL = "poll"
    POLLED = "polled"


class ConnectionStatus(StrEnum):
    """The life of a connection. BLOCKED: a brake stopped it and asks a person."""

    PENDING = "pending"
    ACTIVE = "active"
    DEACTIVATED = "deactivated"
    BLOCKED = "blocked"
    REMOVED = "removed"


TRANSITIONS: Mapping[ConnectionStatus, frozenset[ConnectionStatus]] = {
    ConnectionStatus.PENDING: frozenset({ConnectionStatus.ACTIVE, ConnectionStatus.REMOVED}),
    ConnectionStatus.ACTIVE: frozenset(
        {ConnectionStatus.DEACTIVATED, ConnectionStatus.BLOCKED, ConnectionStatus.REMOVED}
    ),
    ConnectionStatus.DEACTIVATED: frozenset({ConnectionStatus.ACTIVE, ConnectionStatus.REMOVED}),
    ConnectionStatus.BLOCKED: frozenset(
        {ConnectionStatus.ACTIVE, ConnectionStatus.DEACTIVATED, ConnectionStatus.REMOVED}
    ),
    ConnectionStatus.REMOVED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class PeerIdentity:
    """The other side, as pinned at acceptance. ``public_key`` is the raw Ed25519 key (32 bytes), ``url`` '' when
    it can't be called.
    """

    organization_id: str
    organization_name: str
    organization_url: str
    url: str
    public_key: bytes


FORGOTTEN_FOR = timedelta(days=30)
"""How long after one of the nodes went back a new pair may be one that was forgotten."""


@dataclass(frozen=True, slots=True)
class Connection:
    """A connection as this node holds it. ``id`` is shared by both nodes. ``project`` receives the peer's work items.

    ``sealed_private_key`` is our Ed25519 key for this connection, sealed by the vault for the context
    ``connection:{id}``. ``consent`` says what the partner may do with work items of ours that exist, ``consent_query``
    is its condition: what stands after WHERE in WIQL. ``restricted_deeds`` are for administrators only. ``realignment``
    is what activating it has to do with its twins; ``realigned_at`` is when they were taken up again after one of the
    nodes went back.
    """

    id: str
    name: str
    organization_id: str
    project: str
    mode: Mode
    visibility: Visibility
    role: Role
    status: ConnectionStatus
    transport: TransportKind
    sealed_private_key: bytes = field(repr=False)
    public_key: bytes
    created_at: datetime
    description: str = ""
    peer: PeerIdentity | None = None
    default_type: str = ""
    block_reason: str = ""
    consent: Consent = Consent.ASK
    consent_query: str = ""
    restricted_deeds: frozenset[PanelDeed] = frozenset()
    realignment: Realignment = Realignment.NONE
    realigned_at: datetime | None = None

    def has_forgotten(self, now: datetime) -> bool:
        """Say whether this side may still hear of pairs for the first time that it knew before it went back."""
        return self.realigned_at is not None and now < self.realigned_at + FORGOTTEN_FOR

    def access_to(self, deed: PanelDeed) -> PanelAccess:
        """Return who may do that to a work item in its panel."""
        return PanelAccess.ADMINISTRATORS if deed in self.restricted_deeds else PanelAccess.CONTRIBUTORS

    @property
    def peer_organization_id(self) -> str:
        """Return the id of the partner's organization, '' while there is no partner."""
        return self.peer.organization_id if self.peer else ""

    @property
    def is_rewound(self) -> bool:
        """Say whether it was stopped because one of its nodes went back, and nobody has activated it since."""
        return self.realignment is Realignment.DUE and self.status is not ConnectionStatus.ACTIVE

    def moved_to(self, status: ConnectionStatus, reason: str = "") -> "Connection":
        """Return the connection in that status; raises StateError where the transition table does not allow it."""
        if status not in TRANSITIONS[self.status]:
            raise StateError(
                f"Connection {self.name} is {self.status}; it can't become {status}.",
                connection=self.id,
                status=self.status,
            )
        return replace(self, status=status, block_reason=reason)

"""One-time invitations to a connection."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from adnode.domain.connection import Mode, Visibility


class InvitationStatus(StrEnum):
    """The life of an invitation; EXPIRED is derived from the time."""

    OPEN = "open"
    USED = "used"
    REVOKED = "revoked"
    EXPIRED = "expired"


TRANSITIONS: Mapping[InvitationStatus, frozenset[InvitationStatus]] = {
    InvitationStatus.OPEN: frozenset({InvitationStatus.USED, InvitationStatus.REVOKED, InvitationStatus.EXPIRED}),
    InvitationStatus.USED: frozenset(),
    InvitationStatus.REVOKED: frozenset(),
    InvitationStatus.EXPIRED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invitation as the initiator holds it. The secret is sealed while open (context ``invitation:{id}``) and
    destroyed after.

    ``accepted_public_key`` is the key of who used it, so that a lost reply can be repeated to the same key.
    """

    id: str
    connection_id: str
    status: InvitationStatus
    sealed_secret: bytes = field(repr=False)
    created_at: datetime
    expires_at: datetime
    accepted_public_key: bytes = b""
    accepted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class InvitationOffer:
    """What an invitation code says: whom to call, with which secret, and what is offered."""

    node_url: str
    invitation_id: str
    connection_id: str
    secret: bytes = field(repr=False)
    public_key: bytes
    organization_id: str
    organization_name: str
    mode: Mode
    visibility: Visibility
    expires_at: datetime

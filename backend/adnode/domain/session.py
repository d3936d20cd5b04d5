"""Sessions of the pages inside Azure DevOps: who sits at the keyboard, and for which organization."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from adnode.domain.actor import ActorKind
from adnode.domain.organization import OrganizationKind


class SessionPurpose(StrEnum):
    """Which page asks. The hub is for administrators; the panel on work items is for everybody."""

    HUB = "hub"
    PANEL = "panel"


@dataclass(frozen=True, slots=True)
class ExtensionKey:
    """What checks app tokens of one listing of the extension. ``audience`` is '' while the operator does not know it:
    such a key lets nobody in, but what it checks is named in the log. ``key`` is the text of the certificate.
    """

    audience: str
    key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Collection:
    """An organization or collection that this node may call. ``url`` was rebuilt or found in the operator's settings,
    never taken from a caller; ``name`` is the last part of it.
    """

    url: str
    name: str
    kind: OrganizationKind


@dataclass(frozen=True, slots=True)
class Tenant:
    """An organization whose administrator signed in here once. It may have no credential yet, so it stands apart from
    the organizations that the node works in. ``id`` is its instanceId and outlives renames.
    """

    id: str
    name: str
    url: str
    kind: OrganizationKind
    first_seen_at: datetime

    @property
    def collection(self) -> Collection:
        """Return where it is called."""
        return Collection(self.url, self.name, self.kind)


class SessionEnd(StrEnum):
    """Why a session is over: its person left, an administrator ended it, it was not renewed in time, or its person
    lost the right.
    """

    LEFT = "left"
    ENDED = "ended"
    RAN_OUT = "ran_out"
    RIGHT_LOST = "right_lost"


@dataclass(frozen=True, slots=True)
class Session:
    """What a session token says: this person, in this organization, until then. The operator at the command line acts
    in one, too.
    """

    id: str
    tenant: Tenant
    user_id: str
    user_name: str
    is_administrator: bool
    issued_at: datetime
    expires_at: datetime
    actor: ActorKind = ActorKind.PERSON


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """What the node remembers of a session: without its record a token is worth nothing.

    ``checked_at`` is when Azure DevOps last said who the person is and which right they hold, ``used_at`` (to within a
    minute) when the page last asked for something. ``address`` and ``browser`` are where it was opened, for people
    to know it again. ``ended_at`` is None while it lives.
    """

    id: str
    organization_id: str
    user_id: str
    user_name: str
    purpose: SessionPurpose
    is_administrator: bool
    opened_at: datetime
    checked_at: datetime
    used_at: datetime
    expires_at: datetime
    address: str = ""
    browser: str = ""
    ended_at: datetime | None = None
    ended_as: SessionEnd | None = None

    def is_live(self, now: datetime) -> bool:
        """Say whether it can still be used."""
        return self.ended_at is None and now < self.expires_at

    def ended(self, now: datetime, ended_as: SessionEnd) -> "SessionRecord":
        """Return it ended; one that is over stays as it is."""
        return self if self.ended_at is not None else replace(self, ended_at=now, ended_as=ended_as)

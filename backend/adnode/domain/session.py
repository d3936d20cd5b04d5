"""Sessions of the pages inside Azure DevOps: who sits at the keyboard, and for which organization."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

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


@dataclass(frozen=True, slots=True)
class Session:
    """What a session token says: this person, in this organization, until then."""

    id: str
    tenant: Tenant
    user_id: str
    user_name: str
    is_administrator: bool
    issued_at: datetime
    expires_at: datetime

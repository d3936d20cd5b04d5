"""Ports to what proves who sits at a page, and to the node's own session tokens."""

from dataclasses import dataclass
from typing import Protocol

from adnode.domain.organization import OrganizationKind
from adnode.domain.session import Collection, Session


@dataclass(frozen=True, slots=True)
class AppIdentity:
    """What an app token of the extension proves: this user of this Entra tenant uses the extension in *some*
    organization. Nothing about which organization or any right.
    """

    user_id: str
    entra_tenant_id: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """Who the bearer of an access token is, as the organization itself says. ``entra_tenant_id`` is the tenant that
    backs the organization, '' when it has none or does not say.
    """

    instance_id: str
    user_id: str
    user_name: str
    entra_tenant_id: str = ""


@dataclass(frozen=True, slots=True)
class AdministratorCheck:
    """Whether somebody holds the collection's edit right. ``is_known`` is False when Azure DevOps would not say."""

    is_granted: bool
    is_known: bool = True


@dataclass(frozen=True, slots=True)
class WorkItemRights:
    """What a person may do with one work item."""

    may_read: bool
    may_edit: bool


class AppTokens(Protocol):
    """Checks app tokens of the extension (extension-platform contract, 1.1)."""

    def is_required(self, kind: OrganizationKind) -> bool:
        """Say whether pages of that product must show an app token."""

    def verify(self, token: str, kind: OrganizationKind) -> AppIdentity:
        """Return whom the token names; raises SessionRefusedError, ConfigurationError without a key."""


class IdentityDirectory(Protocol):
    """Asks Azure DevOps about the bearer of an access token, with that very token, which is never kept.

    Raises SessionRefusedError for a token that identifies nobody there, GatewayUnavailableError without an answer.
    """

    def identify(self, collection: Collection, access_token: str) -> Person: ...
    def check_administrator(self, collection: Collection, access_token: str, user_id: str) -> AdministratorCheck: ...
    def rights_on(self, collection: Collection, access_token: str, work_item_id: int) -> WorkItemRights: ...


class SessionTokens(Protocol):
    """The node's own session tokens: unforgeable, short-lived, and nothing is stored about them."""

    def issue(self, session: Session) -> str: ...
    def read(self, token: str) -> Session:
        """Return the session; raises SessionExpiredError, SessionRefusedError."""

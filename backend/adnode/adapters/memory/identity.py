"""Identities for tests: people, tokens and sessions in dictionaries."""

from dataclasses import dataclass, field

from adnode.domain.errors import (
    ConfigurationError,
    GatewayUnavailableError,
    SessionExpiredError,
    SessionRefusedError,
)
from adnode.domain.organization import OrganizationKind
from adnode.domain.session import Collection, Session
from adnode.ports.identity import AdministratorCheck, AppIdentity, Person, WorkItemRights
from adnode.ports.system import Clock


@dataclass(slots=True)
class MemoryPerson:
    """Somebody with an access token in one collection. ``readable`` and ``editable`` are work item ids."""

    person: Person
    is_administrator: bool = False
    is_known: bool = True
    readable: frozenset[int] = frozenset()
    editable: frozenset[int] = frozenset()


@dataclass(slots=True)
class MemoryIdentityDirectory:
    """IdentityDirectory by (collection URL, access token). ``sent`` are the tokens that left, and where to."""

    people: dict[tuple[str, str], MemoryPerson] = field(default_factory=dict)
    is_available: bool = True
    sent: list[tuple[str, str]] = field(default_factory=list, repr=False)

    def identify(self, collection: Collection, access_token: str) -> Person:
        """Return who the bearer is."""
        return self._find(collection, access_token).person

    def check_administrator(self, collection: Collection, access_token: str, user_id: str) -> AdministratorCheck:
        """Say whether the bearer is an administrator."""
        found = self._find(collection, access_token)
        return AdministratorCheck(found.is_administrator and found.is_known, found.is_known)

    def rights_on(self, collection: Collection, access_token: str, work_item_id: int) -> WorkItemRights:
        """Return what the bearer may do with a work item."""
        try:
            found = self._find(collection, access_token)
        except SessionRefusedError:
            return WorkItemRights(may_read=False, may_edit=False)
        return WorkItemRights(work_item_id in found.readable, work_item_id in found.editable)

    def _find(self, collection: Collection, access_token: str) -> MemoryPerson:
        if not access_token:
            raise SessionRefusedError("The page's access token is missing.")
        self.sent.append((collection.url, access_token))
        if not self.is_available:
            raise GatewayUnavailableError("Azure DevOps gave no answer.")
        found = self.people.get((collection.url, access_token))
        if found is None:
            raise SessionRefusedError(f"{collection.name} does not recognize you.")
        return found


@dataclass(slots=True)
class MemoryAppTokens:
    """AppTokens by product and token; a product without tokens has no key."""

    tokens: dict[OrganizationKind, dict[str, AppIdentity]] = field(default_factory=dict)

    def is_required(self, kind: OrganizationKind) -> bool:
        """Say whether pages of that product must show one."""
        return kind is OrganizationKind.SERVICES or kind in self.tokens

    def verify(self, token: str, kind: OrganizationKind) -> AppIdentity:
        """Return whom the token names."""
        if kind not in self.tokens:
            raise ConfigurationError("This node has no key of the extension.")
        found = self.tokens[kind].get(token)
        if found is None:
            raise SessionRefusedError("The page's app token can't be used.")
        return found


@dataclass(slots=True)
class MemorySessionTokens:
    """SessionTokens that are names of remembered sessions."""

    clock: Clock
    sessions: dict[str, Session] = field(default_factory=dict)

    def issue(self, session: Session) -> str:
        """Return the token of a session."""
        token = f"session-{len(self.sessions) + 1}-{session.id}"
        self.sessions[token] = session
        return token

    def read(self, token: str) -> Session:
        """Return the session."""
        session = self.sessions.get(token)
        if session is None:
            raise SessionRefusedError("This is no session of this node.")
        if session.expires_at <= self.clock.now():
            raise SessionExpiredError("This page's session is over.")
        return session

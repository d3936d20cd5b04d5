"""Sessions of the pages: who may use the hub, for which organization (extension-platform contract, 1.4).

Everything a page says is a claim. The app token proves that the page is ours, the organization itself proves who the
person is and which organization answers, and only then a session of our own is given out. Neither token is kept.
"""

from dataclasses import dataclass, field, replace
from datetime import timedelta

import structlog

from adnode.domain.audit import AuditAction, AuditEntry
from adnode.domain.errors import (
    AdministratorRequiredError,
    OrganizationNotAllowedError,
    SessionRefusedError,
)
from adnode.domain.organization import OrganizationKind
from adnode.domain.session import Collection, Session, SessionPurpose, Tenant
from adnode.ports.identity import (
    AdministratorCheck,
    AppIdentity,
    AppTokens,
    IdentityDirectory,
    Person,
    SessionTokens,
)
from adnode.ports.storage import UnitOfWork, UnitOfWorkFactory
from adnode.ports.system import Clock, Ids
from adnode.services.collection_directory import CollectionDirectory

RIGHT = "Edit collection-level information"
GRANTOR = (
    "a member of Project Collection Administrators, or the owner of the organization, under Organization settings, "
    "Permissions"
)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class SessionRequest:
    """What a page shows and claims. The tokens are secrets."""

    app_token: str = field(repr=False)
    access_token: str = field(repr=False)
    host_id: str
    host_name: str
    is_hosted: bool
    collection_url: str = ""
    purpose: SessionPurpose = SessionPurpose.HUB


@dataclass(frozen=True, slots=True)
class SessionPolicy:
    """What the operator decides. ``is_strict``: both tokens must name the same user id. ``allowed_organizations`` are
    ids or names, none for everybody.
    """

    lifetime_seconds: float = 2700.0
    is_strict: bool = False
    allowed_organizations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """A session and the token that stands for it."""

    session: Session
    token: str = field(repr=False)


class SessionService:
    """Opens sessions and reads them back."""

    def __init__(
        self,
        new_unit_of_work: UnitOfWorkFactory,
        collections: CollectionDirectory,
        app_tokens: AppTokens,
        directory: IdentityDirectory,
        tokens: SessionTokens,
        clock: Clock,
        ids: Ids,
        policy: SessionPolicy,
    ) -> None:
        self._new_unit_of_work = new_unit_of_work
        self._collections = collections
        self._app_tokens = app_tokens
        self._directory = directory
        self._tokens = tokens
        self._clock = clock
        self._ids = ids
        self._policy = policy

    def open(self, request: SessionRequest) -> OpenedSession:
        """Return a session for the person at the page.

        Raises SessionRefusedError, CollectionRefusedError, OrganizationNotAllowedError, AdministratorRequiredError,
        GatewayUnavailableError, ConfigurationError; in this order of what is looked at.
        """
        app = self._check_app(request)
        collection = self._collections.find(
            is_hosted=request.is_hosted, host_name=request.host_name, collection_url=request.collection_url
        )
        person = self._directory.identify(collection, request.access_token)
        if person.instance_id != request.host_id.strip().lower():
            raise SessionRefusedError(
                f"{collection.name} is not the organization that the page claims to be in. Reload the page there."
            )
        is_pair = self._check_pair(app, person)
        self._check_allowed(collection, person)
        check = self._directory.check_administrator(collection, request.access_token, person.user_id)
        if not check.is_granted and request.purpose is SessionPurpose.HUB:
            raise _administrator_required(collection, person, check)
        tenant = self._tenant(collection, person, app if is_pair else None, is_registered=check.is_granted)
        session = self._session(tenant, person, is_administrator=check.is_granted)
        return OpenedSession(session, self._tokens.issue(session))

    def read(self, token: str) -> Session:
        """Return the session that a token stands for; raises SessionExpiredError, SessionRefusedError."""
        return self._tokens.read(token)

    def _check_app(self, request: SessionRequest) -> AppIdentity | None:
        kind = OrganizationKind.SERVICES if request.is_hosted else OrganizationKind.SERVER
        if not self._app_tokens.is_required(kind):
            return None
        return self._app_tokens.verify(request.app_token, kind)

    def _check_pair(self, app: AppIdentity | None, person: Person) -> bool:
        """Make sure that both tokens are of one person; say whether they name that person differently.

        The user id in an app token is not always the one in the organization. Then both must at least come from the
        Entra tenant that backs it, unless the operator is strict.
        """
        if app is None or app.user_id == person.user_id:
            return False
        is_same_tenant = bool(app.entra_tenant_id) and app.entra_tenant_id == person.entra_tenant_id
        if self._policy.is_strict or not is_same_tenant:
            raise SessionRefusedError("The page's two tokens belong to different people. Sign in again and reload it.")
        return True

    def _check_allowed(self, collection: Collection, person: Person) -> None:
        allowed = {entry.casefold() for entry in self._policy.allowed_organizations}
        if not allowed or person.instance_id in allowed:
            return
        if collection.name.casefold() in allowed and self._is_first_of_that_name(collection, person):
            return
        raise OrganizationNotAllowedError(
            f"This node is not open to {collection.name}. Ask its operator to add {person.instance_id} to "
            "ADNODE_ALLOWED_ORGANIZATIONS.",
            organization=person.instance_id,
        )

    def _is_first_of_that_name(self, collection: Collection, person: Person) -> bool:
        """Say whether no other organization had this address before: a name can be given up and taken by a stranger."""
        with self._new_unit_of_work() as work:
            return all(tenant.id == person.instance_id for tenant in work.tenants.find_by_url(collection.url))

    def _tenant(
        self, collection: Collection, person: Person, app: AppIdentity | None, *, is_registered: bool
    ) -> Tenant:
        """Return the tenant as it is now; an administrator's first session makes it known here."""
        now = self._clock.now()
        seen = Tenant(person.instance_id, collection.name, collection.url, collection.kind, now)
        with self._new_unit_of_work() as work:
            known = work.tenants.find(seen.id)
            tenant = replace(seen, first_seen_at=known.first_seen_at) if known else seen
            if not is_registered:
                return tenant
            if tenant != known:
                work.tenants.save(tenant)
            if known is None:
                self._note(work, AuditAction.ORGANIZATION_REGISTERED, person, {"url": tenant.url})
            if app is not None and work.tenants.remember_pair(tenant.id, app.user_id, person.user_id, now):
                log.warning("identities_paired", organization=tenant.id, app_user=app.user_id, user=person.user_id)
                self._note(work, AuditAction.IDENTITIES_PAIRED, person, {"app_user_id": app.user_id})
            work.commit()
        return tenant

    def _note(self, work: UnitOfWork, action: AuditAction, person: Person, details: dict[str, str]) -> None:
        entry = AuditEntry(
            id=self._ids.new_id(),
            organization_id=person.instance_id,
            at=self._clock.now(),
            user_id=person.user_id,
            user_name=person.user_name,
            action=action,
            details=details,
        )
        work.audit.add(entry)

    def _session(self, tenant: Tenant, person: Person, *, is_administrator: bool) -> Session:
        now = self._clock.now().replace(microsecond=0)
        return Session(
            id=self._ids.new_id(),
            tenant=tenant,
            user_id=person.user_id,
            user_name=person.user_name,
            is_administrator=is_administrator,
            issued_at=now,
            expires_at=now + timedelta(seconds=self._policy.lifetime_seconds),
        )


def _administrator_required(
    collection: Collection, person: Person, check: AdministratorCheck
) -> AdministratorRequiredError:
    unknown = "" if check.is_known else " Azure DevOps did not say whether you hold it, which counts as no."
    return AdministratorRequiredError(
        f"This page is for people with the right “{RIGHT}” in {collection.name}. You are signed in as "
        f"{person.user_name}, who does not hold it.{unknown} It can be given by {GRANTOR}.",
        right=RIGHT,
        grantor=GRANTOR,
        user_name=person.user_name,
        is_known=check.is_known,
    )

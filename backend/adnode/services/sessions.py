"""Sessions of the pages: who may use the hub, for which organization (extension-platform contract, 1.4).

Everything a page says is a claim. The app token proves that the page is ours, the organization itself proves who the
person is and which organization answers, and only then a session of our own is given out. Neither token is kept: an
administrator's session is asked for fresh ones every five minutes, and goes on when Azure DevOps still says the same.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog

from adnode.domain.audit import AuditAction, AuditEntry
from adnode.domain.errors import (
    AdministratorRequiredError,
    AdnodeError,
    OrganizationNotAllowedError,
    SessionEndedError,
    SessionExpiredError,
    SessionRefusedError,
)
from adnode.domain.organization import OrganizationKind
from adnode.domain.session import Collection, Session, SessionEnd, SessionPurpose, SessionRecord, Tenant
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

CHECKED_FOR = timedelta(minutes=5)
"""How long an administrator's session is used before Azure DevOps is asked again about the right."""
LONGEST = timedelta(hours=12)
"""A session that goes on for longer is another one."""
ADDRESS_LIMIT, BROWSER_LIMIT = 64, 200
USE_NOTED_EVERY = timedelta(minutes=1)
REFUSALS_REMEMBERED = 1000
REFUSAL_NOTED_EVERY = timedelta(minutes=10)
"""The trail names one person's refusal once in this time, however often the page is loaded."""

REFUSALS = (SessionRefusedError, OrganizationNotAllowedError, AdministratorRequiredError)
_ENDINGS = {
    SessionEnd.LEFT: "This session was signed out.",
    SessionEnd.ENDED: "An administrator ended this session.",
    SessionEnd.RAN_OUT: "This session was not used for a while.",
    SessionEnd.RIGHT_LOST: f"This session ended because its person no longer holds the right “{RIGHT}”.",
}

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class SessionRequest:
    """What a page shows and claims. The tokens are secrets. ``so_far`` is the token of the session that is to go on."""

    app_token: str = field(repr=False)
    access_token: str = field(repr=False)
    host_id: str
    host_name: str
    is_hosted: bool
    collection_url: str = ""
    purpose: SessionPurpose = SessionPurpose.HUB
    so_far: str = field(default="", repr=False)
    address: str = ""
    browser: str = ""


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
        self._refused: dict[tuple[str, str], datetime] = {}

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
        try:
            is_pair = self._check_pair(app, person)
            self._check_allowed(collection, person)
            check = self._directory.check_administrator(collection, request.access_token, person.user_id)
            if not check.is_granted and request.purpose is SessionPurpose.HUB:
                raise _administrator_required(collection, person, check)
        except REFUSALS as error:
            self._note_refusal(request, person, error)
            raise
        with self._new_unit_of_work() as work:
            tenant = self._tenant(work, collection, person, app if is_pair else None, is_registered=check.is_granted)
            record = self._record(work, request, person, is_administrator=check.is_granted)
            work.commit()
        session = _session(tenant, record)
        return OpenedSession(session, self._tokens.issue(session))

    def read(self, token: str) -> Session:
        """Return the session that a token stands for; raises SessionExpiredError where the page has to show its tokens
        again, SessionEndedError, SessionRefusedError.
        """
        session, now = self._tokens.read(token), self._clock.now()
        with self._new_unit_of_work() as work:
            record = work.sessions.find(session.id)
            if record is None or record.organization_id != session.tenant.id:
                raise SessionRefusedError("This is no session of this node. Reload the page.")
            if record.ended_at is not None:
                raise SessionEndedError(_ENDINGS[record.ended_as or SessionEnd.ENDED])
            if record.is_administrator and now >= record.checked_at + CHECKED_FOR:
                raise SessionExpiredError("It is time to ask for the administrator's right again. The page does it.")
            if now >= record.used_at + USE_NOTED_EVERY:
                work.sessions.note_use(record.id, now)
                work.commit(durable=False)
        return replace(session, is_administrator=record.is_administrator)

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
        self, work: UnitOfWork, collection: Collection, person: Person, app: AppIdentity | None, *, is_registered: bool
    ) -> Tenant:
        """Return the tenant as it is now; an administrator's first session makes it known here."""
        now = self._clock.now()
        seen = Tenant(person.instance_id, collection.name, collection.url, collection.kind, now)
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
        return tenant

    def _record(
        self, work: UnitOfWork, request: SessionRequest, person: Person, *, is_administrator: bool
    ) -> SessionRecord:
        """Return the session that goes on, or a new one; stored, and a new one of the hub is in the audit trail."""
        now = self._clock.now().replace(microsecond=0)
        expires_at = now + timedelta(seconds=self._policy.lifetime_seconds)
        so_far = self._so_far(work, request, person)
        if so_far is not None:
            record = replace(
                so_far, checked_at=now, used_at=now, expires_at=expires_at, is_administrator=is_administrator
            )
            if work.sessions.renew(record):
                return record
        record = SessionRecord(
            id=self._ids.new_id(),
            organization_id=person.instance_id,
            user_id=person.user_id,
            user_name=person.user_name,
            purpose=request.purpose,
            is_administrator=is_administrator,
            opened_at=now,
            checked_at=now,
            used_at=now,
            expires_at=expires_at,
            address=request.address[:ADDRESS_LIMIT],
            browser=request.browser[:BROWSER_LIMIT],
        )
        if request.purpose is SessionPurpose.HUB:
            self._note(work, AuditAction.SESSION_OPENED, person, _where(request))
        work.sessions.add(record)
        return record

    def _so_far(self, work: UnitOfWork, request: SessionRequest, person: Person) -> SessionRecord | None:
        """Return the session that the page has had so far, where it is the same person's and may go on."""
        if not request.so_far:
            return None
        try:
            record = work.sessions.find(self._tokens.read(request.so_far).id)
        except (SessionExpiredError, SessionRefusedError):
            return None
        is_same = record is not None and (record.organization_id, record.user_id, record.purpose) == (
            person.instance_id,
            person.user_id,
            request.purpose,
        )
        now = self._clock.now()
        return record if record and is_same and record.is_live(now) and now < record.opened_at + LONGEST else None

    def _note_refusal(self, request: SessionRequest, person: Person, error: AdnodeError) -> None:
        """Write down who was refused, once in a while, in the trail of an organization that is known here; a session
        whose person has lost the right ends.
        """
        now = self._clock.now()
        with self._new_unit_of_work() as work:
            if work.tenants.find(person.instance_id) is None:
                return
            record = self._so_far(work, request, person)
            is_lost = record is not None and isinstance(error, AdministratorRequiredError)
            if record is not None and is_lost:
                work.sessions.end(record.id, now, SessionEnd.RIGHT_LOST)
                details = {"how": SessionEnd.RIGHT_LOST.value, **_where(request)}
                self._note(work, AuditAction.SESSION_ENDED, person, details)
            elif self._is_news(person, now):
                self._note(work, AuditAction.SESSION_REFUSED, person, {"reason": error.code, **_where(request)})
            work.commit()

    def _is_news(self, person: Person, now: datetime) -> bool:
        key = (person.instance_id, person.user_id)
        noted = self._refused.pop(key, None)
        is_news = noted is None or noted <= now - REFUSAL_NOTED_EVERY
        self._refused[key] = now if is_news or noted is None else noted
        if len(self._refused) > REFUSALS_REMEMBERED:
            self._refused.pop(next(iter(self._refused)), None)
        return is_news

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


def _session(tenant: Tenant, record: SessionRecord) -> Session:
    return Session(
        id=record.id,
        tenant=tenant,
        user_id=record.user_id,
        user_name=record.user_name,
        is_administrator=record.is_administrator,
        issued_at=record.checked_at,
        expires_at=record.expires_at,
    )


def _where(request: SessionRequest) -> dict[str, str]:
    found = {"address": request.address[:ADDRESS_LIMIT], "browser": request.browser[:BROWSER_LIMIT]}
    return {name: text for name, text in found.items() if text}


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

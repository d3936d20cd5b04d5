"""Invitations as the hub page handles them: initiating once even on a double click, showing, renewing, accepting."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from adnode.domain.audit import AuditAction
from adnode.domain.connection import Connection, Mode, Visibility
from adnode.domain.errors import (
    InvitationError,
    NotFoundError,
    OwnOrganizationError,
    RepetitionError,
    ValidationError,
)
from adnode.domain.invitation import Invitation, InvitationOffer, InvitationStatus
from adnode.domain.session import Session
from adnode.ports.hub_storage import Repetition
from adnode.ports.storage import UnitOfWork, UnitOfWorkFactory
from adnode.ports.system import Clock
from adnode.services.audit import AuditService
from adnode.services.connection_details import check_name
from adnode.services.connection_names import UNKNOWN, make_unique, make_up_name
from adnode.services.guards import Guard, unguarded
from adnode.services.hub_connections import ConnectionView, HubConnectionService
from adnode.services.invitations import DEFAULT_VALID_HOURS, InvitationService
from adnode.services.json_text import to_json
from adnode.services.ownership import check_revision, own_connection, require_own

REPETITION_TIME = timedelta(hours=24)
KEY_LIMIT = 200


@dataclass(frozen=True, slots=True)
class Initiation:
    """What the Initiate wizard and its command collect. Without a name the connection is called after both sides."""

    project: str
    visibility: Visibility
    name: str = ""
    description: str = ""
    destination_url: str = ""
    mode: Mode = Mode.BASIC
    valid_hours: int = DEFAULT_VALID_HOURS


@dataclass(frozen=True, slots=True)
class Invited:
    """A code to hand over, and until when it can be used."""

    connection_id: str
    code: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a pasted code offers, and the fingerprint that two administrators compare."""

    offer: InvitationOffer
    fingerprint: str


class _DoneAlreadyError(Exception):
    """The request with this repetition key was done already; rolls its repetition back."""


class HubInvitationService:
    """Use cases of the Initiate and Accept wizards, for one organization."""

    def __init__(
        self,
        new_unit_of_work: UnitOfWorkFactory,
        invitations: InvitationService,
        connections: HubConnectionService,
        audit: AuditService,
        clock: Clock,
    ) -> None:
        self._new_unit_of_work = new_unit_of_work
        self._invitations = invitations
        self._connections = connections
        self._audit = audit
        self._clock = clock

    def initiate(self, session: Session, initiation: Initiation, key: str = "") -> Invited:
        """Make a pending connection and its code. The same key and wish again answer the same.

        Raises NotFoundError without a credential, RepetitionError, and what InvitationService.initiate raises.
        """
        _check_wish(initiation, key)
        self._require_credential(session)
        if done := self._find_done(session, initiation, key):
            return self._shown(done)
        try:
            connection, code = self._invitations.initiate(
                session.tenant.id,
                initiation.project,
                self._chosen_name(session, initiation),
                initiation.mode,
                initiation.visibility,
                initiation.valid_hours,
                partner_name=_partner_name(initiation),
                description=initiation.description.strip(),
                guard=self._initiation_guard(session, initiation, key),
            )
        except _DoneAlreadyError:
            done = self._find_done(session, initiation, key)
            if done is None:
                raise RepetitionError("This request is being done already. Reload the list of connections.") from None
            return self._shown(done)
        return Invited(connection.id, code, self._open_invitation(connection.id).expires_at)

    def code(self, session: Session, connection_id: str) -> Invited:
        """Return the code of the open invitation once more; raises InvitationError when there is none."""
        self._own(session, connection_id)
        return self._shown(connection_id, self._guard(session, AuditAction.INVITATION_SHOWN))

    def renew(self, session: Session, connection_id: str, revision: int) -> Invited:
        """Return a new code; an earlier one is taken back. To a connection in use it pairs the partner anew."""
        self._own(session, connection_id)
        guard = self._guard(session, AuditAction.INVITATION_RENEWED, revision)
        code = self._invitations.invite_again(connection_id, guard=guard)
        return Invited(connection_id, code, self._open_invitation(connection_id).expires_at)

    def revoke(self, session: Session, connection_id: str, revision: int) -> None:
        """Take the open invitation back; raises InvitationError when there is none."""
        self._own(session, connection_id, revision)
        invitation = self._open_invitation(connection_id)
        self._invitations.revoke(invitation.id, self._guard(session, AuditAction.INVITATION_REVOKED, revision))

    def inspect(self, session: Session, code: str) -> Inspection:
        """Return what a code offers; nothing is called and nothing is stored."""
        offer = self._invitations.inspect(code)
        if offer.organization_id == session.tenant.id:
            raise OwnOrganizationError(
                "This code was made in this very organization. Give it to the administrator of the other one."
            )
        return Inspection(offer, self._invitations.fingerprint(offer))

    def accept(self, session: Session, code: str, project: str, name: str = "") -> ConnectionView:
        """Accept an invitation; without a name the connection is called after both sides."""
        offer = self.inspect(session, code).offer
        self._require_credential(session)
        chosen = self._accepted_name(session, offer, name)
        connection = self._invitations.accept(
            code, session.tenant.id, project, chosen, self._guard(session, AuditAction.INVITATION_ACCEPTED)
        )
        return self._connections.show(session, connection.id)

    def _require_credential(self, session: Session) -> None:
        with self._new_unit_of_work() as work:
            try:
                work.organizations.get(session.tenant.id)
            except NotFoundError:
                raise ValidationError(
                    f"This node can't work in {session.tenant.name} yet. Set up its account under General Settings "
                    "first.",
                    reason="credential_missing",
                ) from None

    def _chosen_name(self, session: Session, initiation: Initiation) -> str | None:
        if not initiation.name.strip():
            return None
        with self._new_unit_of_work() as work:
            return make_unique(work, session.tenant.id, check_name(initiation.name))

    def _accepted_name(self, session: Session, offer: InvitationOffer, name: str) -> str:
        with self._new_unit_of_work() as work:
            if name.strip():
                return make_unique(work, session.tenant.id, name, except_id=offer.connection_id)
            try:
                # One that is known keeps its name.
                return own_connection(work, session, offer.connection_id).name
            except NotFoundError:
                made_up = make_up_name(session.tenant.name, offer.organization_name)
                return make_unique(work, session.tenant.id, made_up)

    def _own(self, session: Session, connection_id: str, revision: int | None = None) -> Connection:
        with self._new_unit_of_work() as work:
            connection = own_connection(work, session, connection_id)
            if revision is not None:
                check_revision(work, connection, revision)
            return connection

    def _guard(self, session: Session, action: AuditAction, revision: int | None = None) -> Guard:
        def check(work: UnitOfWork, connection: Connection) -> None:
            require_own(session, connection)
            if revision is not None:
                check_revision(work, connection, revision)

        def note(work: UnitOfWork, connection: Connection) -> None:
            self._audit.note(work, session, action, connection)

        return Guard(check, note)

    def _initiation_guard(self, session: Session, initiation: Initiation, key: str) -> Guard:
        def note(work: UnitOfWork, connection: Connection) -> None:
            if key:
                now = self._clock.now()
                work.repetitions.forget(now - REPETITION_TIME)
                repetition = Repetition(session.tenant.id, key, _digest(initiation), connection.id, now)
                if not work.repetitions.add(repetition):
                    raise _DoneAlreadyError
            details = {"project": connection.project, "visibility": connection.visibility.value}
            self._audit.note(work, session, AuditAction.CONNECTION_INITIATED, connection, details)

        return Guard(note=note)

    def _find_done(self, session: Session, initiation: Initiation, key: str) -> str | None:
        if not key:
            return None
        with self._new_unit_of_work() as work:
            found = work.repetitions.find(session.tenant.id, key)
        if found is None or found.at < self._clock.now() - REPETITION_TIME:
            return None
        if found.digest != _digest(initiation):
            raise RepetitionError("This repetition key was used for another request. Send a new one.")
        return found.subject

    def _shown(self, connection_id: str, guard: Guard = unguarded) -> Invited:
        invitation = self._open_invitation(connection_id)
        return Invited(connection_id, self._invitations.code(invitation.id, guard), invitation.expires_at)

    def _open_invitation(self, connection_id: str) -> Invitation:
        """Return the invitation that is open; raises InvitationError, which says what became of it."""
        invitations = self._invitations.list_invitations(connection_id)
        for invitation in invitations:
            if invitation.status is InvitationStatus.OPEN:
                return invitation
        if invitations:
            self._invitations.code(invitations[0].id)
        raise InvitationError("This connection has no invitation of this node. The other side made it.")


def _check_wish(initiation: Initiation, key: str) -> None:
    if len(key) > KEY_LIMIT or not key.isascii() or not (key == "" or key.isprintable()):
        raise ValidationError(f"A repetition key has at most {KEY_LIMIT} printable characters.")
    if initiation.destination_url and initiation.visibility is Visibility.PRIVATE:
        raise ValidationError("A private connection has no destination URL: the other node calls this one.")


def _partner_name(initiation: Initiation) -> str:
    try:
        return urlsplit(initiation.destination_url).hostname or UNKNOWN
    except ValueError:
        return UNKNOWN


def _digest(initiation: Initiation) -> str:
    wish = {
        "project": initiation.project,
        "visibility": initiation.visibility.value,
        "name": initiation.name,
        "description": initiation.description,
        "destination_url": initiation.destination_url,
        "mode": initiation.mode.value,
        "valid_hours": initiation.valid_hours,
    }
    return hashlib.sha256(to_json(wish).encode()).hexdigest()

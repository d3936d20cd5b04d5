"""The initiator's side of an acceptance: one invitation lets in one key, once."""

import hmac
from dataclasses import replace
from datetime import datetime

from adnode.domain.actor import ActorKind
from adnode.domain.audit import AuditAction, AuditEntry
from adnode.domain.connection import Connection, ConnectionStatus, PeerIdentity, TransportKind, Visibility
from adnode.domain.error_record import ErrorRecord, Impact
from adnode.domain.errors import (
    InvitationExpiredError,
    InvitationRevokedError,
    InvitationUnknownError,
    InvitationUsedError,
    NotFoundError,
    ValidationError,
)
from adnode.domain.invitation import Invitation, InvitationStatus
from adnode.ports.acceptance_documents import acceptance_proof
from adnode.ports.peer import Acceptance, AcceptanceAnswer, PeerTransport
from adnode.ports.storage import UnitOfWork, UnitOfWorkFactory
from adnode.ports.system import Clock, Ids, Vault
from adnode.services.connection_names import make_unique, make_up_name
from adnode.services.contacts import note_paired
from adnode.services.correlation import correlation_id
from adnode.services.resynchronization import compare_with_new_node

PROTOCOL_VERSION = 1


class AdmissionDesk:
    """Checks acceptances of our invitations and pins who accepted."""

    def __init__(
        self,
        new_unit_of_work: UnitOfWorkFactory,
        transport: PeerTransport,
        vault: Vault,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._new_unit_of_work = new_unit_of_work
        self._transport = transport
        self._vault = vault
        self._clock = clock
        self._ids = ids

    def admit(self, acceptance: Acceptance) -> AcceptanceAnswer:
        """Use the invitation up and activate the connection; the same key posting again gets the same answer.

        The key that posts must have signed the request already. Raises InvitationError subclasses and
        ValidationError; a refusal changes nothing but the warning about a second key.
        """
        with self._new_unit_of_work() as work:
            invitation, connection = _find(work, acceptance)
            if self._is_repetition(work, invitation, connection, acceptance):
                return _answer(work, connection)
            self._check(invitation, connection, acceptance)
        self._check_peer(connection, acceptance)
        return self._consume(acceptance)

    def _consume(self, acceptance: Acceptance) -> AcceptanceAnswer:
        now = self._clock.now()
        with self._new_unit_of_work() as work:
            if not work.invitations.consume(acceptance.invitation_id, acceptance.public_key, now):
                invitation, connection = _find(work, acceptance)
                if self._is_repetition(work, invitation, connection, acceptance):
                    return _answer(work, connection)
                _check_status(replace(invitation, status=self._status(invitation)))
                raise InvitationUsedError(_USED)
            connection = work.connections.get(acceptance.connection_id)
            paired = _paired(work, connection, acceptance)
            work.connections.save(paired)
            work.connections.postpone_sending(paired.id, now, 0)
            note_paired(work, paired, now)
            work.audit.add(self._entry(paired, acceptance, now))
            if connection.peer is not None and connection.peer.public_key != acceptance.public_key:
                compare_with_new_node(work, paired, now)
            answer = _answer(work, paired)
            work.commit()
        return answer

    def _entry(self, connection: Connection, acceptance: Acceptance, now: datetime) -> AuditEntry:
        return AuditEntry(
            id=self._ids.new_id(),
            organization_id=connection.organization_id,
            at=now,
            user_id=acceptance.organization_id,
            user_name=acceptance.organization_name,
            action=AuditAction.CONNECTION_ACCEPTED,
            actor=ActorKind.PARTNER,
            connection_id=connection.id,
            connection_name=connection.name,
        )

    def _is_repetition(
        self, work: UnitOfWork, invitation: Invitation, connection: Connection, acceptance: Acceptance
    ) -> bool:
        if invitation.status is not InvitationStatus.USED:
            return False
        if hmac.compare_digest(invitation.accepted_public_key, acceptance.public_key):
            return True
        work.error_records.open(self._warning(connection))
        work.commit()
        raise InvitationUsedError(_USED)

    def _check(self, invitation: Invitation, connection: Connection, acceptance: Acceptance) -> None:
        _check_status(replace(invitation, status=self._status(invitation)))
        secret = self._vault.open(invitation.sealed_secret, f"invitation:{invitation.id}")
        if not hmac.compare_digest(acceptance_proof(acceptance, secret), acceptance.proof):
            raise InvitationUnknownError(_UNKNOWN)
        if acceptance.connection_id != connection.id:
            raise InvitationUnknownError(_UNKNOWN)

    def _check_peer(self, connection: Connection, acceptance: Acceptance) -> None:
        if acceptance.protocol_version != PROTOCOL_VERSION:
            raise ValidationError(
                f"The inviting node speaks version {PROTOCOL_VERSION} of the peer protocol, not "
                f"{acceptance.protocol_version}. Bring both nodes to the same release."
            )
        if connection.peer is not None and connection.peer.organization_id != acceptance.organization_id:
            raise ValidationError(
                f"This invitation pairs connection {connection.name} anew. It can be accepted for "
                f"{connection.peer.organization_name} only, because its work items are the ones in sync."
            )
        if acceptance.organization_id == connection.organization_id:
            raise ValidationError("A connection joins two different organizations; this is the inviting one itself.")
        if connection.visibility is Visibility.PUBLIC:
            if not acceptance.node_url:
                raise ValidationError(
                    "The invitation is for a node that can be called, and this one can't. Ask for a private invitation."
                )
            self._transport.check_url(acceptance.node_url)

    def _status(self, invitation: Invitation) -> InvitationStatus:
        is_over = invitation.status is InvitationStatus.OPEN and invitation.expires_at <= self._clock.now()
        return InvitationStatus.EXPIRED if is_over else invitation.status

    def _warning(self, connection: Connection) -> ErrorRecord:
        now = self._clock.now()
        return ErrorRecord(
            id=self._ids.new_id(),
            organization_id=connection.organization_id,
            connection_id=connection.id,
            twin_id="",
            impact=Impact.WARNING,
            code=InvitationUsedError.code,
            message=(
                f"Somebody else tried to use the invitation to connection {connection.name} after it was accepted. "
                "If the accepted side is not the one you invited, remove the connection and make a new invitation."
            ),
            opened_at=now,
            last_seen_at=now,
            correlation_id=correlation_id(),
        )


_USED = "This invitation was used by another node already. Ask the other administrator for a new one."
_UNKNOWN = (
    "The inviting node does not know this invitation: its database was replaced, or the code belongs to another node. "
    "Ask the other administrator for a new one."
)


def _paired(work: UnitOfWork, connection: Connection, acceptance: Acceptance) -> Connection:
    """Return the connection with its acceptor. One that was accepted before keeps its status: that is for the people on
    this side to change.
    """
    is_first = connection.status is ConnectionStatus.PENDING
    return replace(
        connection.moved_to(ConnectionStatus.ACTIVE) if is_first else connection,
        name=_name(work, connection, acceptance.organization_name),
        peer=_peer(connection, acceptance),
        transport=TransportKind.POLLED if connection.visibility is Visibility.PRIVATE else TransportKind.PUSH,
    )


def _name(work: UnitOfWork, connection: Connection, partner_name: str) -> str:
    """Return the name of the connection; one that nobody chose says the partner's name as soon as it is known."""
    if not work.notes.get(connection.id).has_made_up_name:
        return connection.name
    organization = work.organizations.get(connection.organization_id)
    wanted = make_up_name(organization.name, partner_name)
    return make_unique(work, organization.id, wanted, except_id=connection.id)


def _find(work: UnitOfWork, acceptance: Acceptance) -> tuple[Invitation, Connection]:
    try:
        invitation = work.invitations.get(acceptance.invitation_id)
        return invitation, work.connections.get(invitation.connection_id)
    except NotFoundError as error:
        raise InvitationUnknownError(_UNKNOWN) from error


def _check_status(invitation: Invitation) -> None:
    if invitation.status is InvitationStatus.REVOKED:
        raise InvitationRevokedError("The other administrator took this invitation back. Ask for a new one.")
    if invitation.status is InvitationStatus.EXPIRED:
        raise InvitationExpiredError(
            "The time of this invitation has passed. Ask the other administrator for a new one."
        )


def _peer(connection: Connection, acceptance: Acceptance) -> PeerIdentity:
    """Return who accepted; a private side is never called, whatever address it names."""
    return PeerIdentity(
        organization_id=acceptance.organization_id,
        organization_name=acceptance.organization_name,
        organization_url=acceptance.organization_url,
        url=acceptance.node_url if connection.visibility is Visibility.PUBLIC else "",
        public_key=acceptance.public_key,
    )


def _answer(work: UnitOfWork, connection: Connection) -> AcceptanceAnswer:
    organization = work.organizations.get(connection.organization_id)
    return AcceptanceAnswer(
        connection_id=connection.id,
        name=connection.name,
        organization_id=organization.id,
        organization_name=organization.name,
        organization_url=organization.url,
    )

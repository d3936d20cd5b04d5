"""Invitations: how two administrators make a connection between their organizations."""

from dataclasses import replace
from datetime import timedelta

from adnode.domain.connection import Connection, ConnectionStatus, Mode, Role, TransportKind, Visibility
from adnode.domain.connection_note import ConnectionNote
from adnode.domain.errors import (
    ConfigurationError,
    InvitationError,
    InvitationExpiredError,
    InvitationRevokedError,
    InvitationUsedError,
    StateError,
    ValidationError,
)
from adnode.domain.invitation import Invitation, InvitationOffer, InvitationStatus
from adnode.domain.invitation_code import decode_offer, encode_offer
from adnode.ports.gateway import GatewayProvider
from adnode.ports.peer import Acceptance, AcceptanceAnswer, PeerTransport
from adnode.ports.storage import UnitOfWork, UnitOfWorkFactory
from adnode.ports.system import Clock, Ids, Signer, Vault
from adnode.services.acceptances import AcceptanceDesk
from adnode.services.admissions import AdmissionDesk
from adnode.services.connection_details import check_name, find_project, seal_private_key
from adnode.services.connection_names import UNKNOWN, make_unique, make_up_name
from adnode.services.guards import Guard, unguarded

DEFAULT_VALID_HOURS = 72
MAXIMUM_VALID_HOURS = 7 * 24


class InvitationService:
    """Makes, shows and takes back invitations, accepts those of others and admits who accepts ours.

    ``node_url`` is where other nodes call this one, '' for a node that can't be called.
    """

    def __init__(
        self,
        new_unit_of_work: UnitOfWorkFactory,
        gateways: GatewayProvider,
        transport: PeerTransport,
        signer: Signer,
        vault: Vault,
        clock: Clock,
        ids: Ids,
        node_url: str = "",
    ) -> None:
        self._new_unit_of_work = new_unit_of_work
        self._gateways = gateways
        self._transport = transport
        self._signer = signer
        self._vault = vault
        self._clock = clock
        self._ids = ids
        self._node_url = node_url
        self._admissions = AdmissionDesk(new_unit_of_work, transport, vault, clock, ids)
        self._acceptances = AcceptanceDesk(
            new_unit_of_work, gateways, transport, signer, vault, clock, ids, node_url=node_url
        )

    def initiate(
        self,
        organization_id: str,
        project: str,
        name: str | None,
        mode: Mode = Mode.BASIC,
        visibility: Visibility = Visibility.PRIVATE,
        valid_hours: int = DEFAULT_VALID_HOURS,
        *,
        partner_name: str = UNKNOWN,
        description: str = "",
        guard: Guard = unguarded,
    ) -> tuple[Connection, str]:
        """Make a pending connection and the code that invites to it. Without a name it is called after both sides, as
        far as the partner is known.

        Raises ConfigurationError when other nodes can't call this one, ValidationError for a name or time that can't
        be used, ProjectNotFoundError.
        """
        self._check_initiation(valid_hours)
        chosen_name = None if name is None else check_name(name)
        project = find_project(self._gateways, organization_id, project)
        connection = self._new_connection(organization_id, project, chosen_name or "", mode, visibility)
        secret = self._ids.new_secret()
        invitation = self._new_invitation(connection, secret, valid_hours)
        with self._new_unit_of_work() as work:
            if chosen_name is None:
                connection = _called_after_both(work, connection, partner_name)
            connection = replace(connection, description=description)
            work.connections.add(connection)
            work.invitations.add(invitation)
            guard(work, connection)
            code = encode_offer(self._offer(work, connection, invitation, secret))
            work.commit()
        return connection, code

    def code(self, invitation_id: str, guard: Guard = unguarded) -> str:
        """Return the code of an open invitation once more; raises InvitationError when it is not open."""
        with self._new_unit_of_work() as work:
            invitation = work.invitations.get(invitation_id)
            self._check_open(invitation)
            secret = self._vault.open(invitation.sealed_secret, f"invitation:{invitation.id}")
            connection = work.connections.get(invitation.connection_id)
            guard(work, connection)
            code = encode_offer(self._offer(work, connection, invitation, secret))
            work.commit()
        return code

    def list_invitations(self, connection_id: str) -> list[Invitation]:
        """Return the invitations of a connection, the newest first; one whose time has passed shows as expired."""
        with self._new_unit_of_work() as work:
            work.connections.get(connection_id)
            return [self._as_of_now(invitation) for invitation in work.invitations.list_of(connection_id)]

    def revoke(self, invitation_id: str, guard: Guard = unguarded) -> Invitation:
        """Take an open invitation back and destroy its secret; raises StateError when it is not open."""
        with self._new_unit_of_work() as work:
            invitation = self._as_of_now(work.invitations.get(invitation_id))
            if invitation.status is not InvitationStatus.OPEN:
                raise StateError(f"The invitation is {invitation.status} already; there is nothing to take back.")
            guard(work, work.connections.get(invitation.connection_id))
            revoked = replace(invitation, status=InvitationStatus.REVOKED, sealed_secret=b"")
            work.invitations.save(revoked)
            work.commit()
        return revoked

    def invite_again(self, connection_id: str, valid_hours: int = DEFAULT_VALID_HOURS, guard: Guard = unguarded) -> str:
        """Return a new code for a connection that this node began; the earlier code is taken back.

        To one that was accepted already it pairs the same organization anew: the twins stay, the acceptor's key and
        address are replaced.
        """
        self._check_initiation(valid_hours)
        secret = self._ids.new_secret()
        with self._new_unit_of_work() as work:
            connection = work.connections.get(connection_id)
            _check_invitable(connection)
            guard(work, connection)
            revoke_open(work, connection.id)
            invitation = self._new_invitation(connection, secret, valid_hours)
            work.invitations.add(invitation)
            code = encode_offer(self._offer(work, connection, invitation, secret))
            work.commit()
        return code

    def inspect(self, code: str) -> InvitationOffer:
        """Return what a code offers; raises InvitationTornError, InvitationExpiredError, UrlRefusedError.

        Nothing is called and nothing is changed.
        """
        offer = decode_offer(code)
        if offer.expires_at <= self._clock.now():
            raise InvitationExpiredError(
                f"The invitation of {offer.organization_name} ended at {offer.expires_at:%Y-%m-%d %H:%M} UTC. "
                "Ask its administrator for a new one."
            )
        self._transport.check_url(offer.node_url)
        return offer

    def fingerprint(self, offer: InvitationOffer) -> str:
        """Return what two administrators compare by telephone."""
        return self._signer.fingerprint(offer.public_key)

    def accept(
        self, code: str, organization_id: str, project: str, name: str = "", guard: Guard = unguarded
    ) -> Connection:
        """Accept an invitation for one of our organizations; without a name the initiator's is taken.

        May be repeated with the same code when the answer was lost. Raises the errors of inspect(), InvitationError
        subclasses as the initiator tells them, PeerUnreachableError, ProjectNotFoundError.
        """
        return self._acceptances.accept(self.inspect(code), organization_id, project, name, guard)

    def admit(self, acceptance: Acceptance) -> AcceptanceAnswer:
        """As the initiator: let in who proved to hold the code; raises InvitationError subclasses."""
        return self._admissions.admit(acceptance)

    def _check_initiation(self, valid_hours: int) -> None:
        if not self._node_url:
            raise ConfigurationError(
                "Other nodes can't call this one, so it can't invite them. Set ADNODE_URL, or be invited."
            )
        if not 1 <= valid_hours <= MAXIMUM_VALID_HOURS:
            raise ValidationError(f"An invitation is open for 1 to {MAXIMUM_VALID_HOURS} hours, not {valid_hours}.")

    def _new_connection(
        self, organization_id: str, project: str, name: str, mode: Mode, visibility: Visibility
    ) -> Connection:
        connection_id = self._ids.new_id()
        private_key = self._signer.new_private_key()
        return Connection(
            id=connection_id,
            name=name,
            organization_id=organization_id,
            project=project,
            mode=mode,
            visibility=visibility,
            role=Role.INITIATOR,
            status=ConnectionStatus.PENDING,
            transport=TransportKind.POLLED if visibility is Visibility.PRIVATE else TransportKind.PUSH,
            sealed_private_key=seal_private_key(self._vault, connection_id, private_key),
            public_key=self._signer.public_key(private_key),
            created_at=self._clock.now(),
        )

    def _new_invitation(self, connection: Connection, secret: bytes, valid_hours: int) -> Invitation:
        invitation_id = self._ids.new_id()
        now = self._clock.now()
        return Invitation(
            id=invitation_id,
            connection_id=connection.id,
            status=InvitationStatus.OPEN,
            sealed_secret=self._vault.seal(secret, f"invitation:{invitation_id}"),
            created_at=now,
            expires_at=now + timedelta(hours=valid_hours),
        )

    def _offer(
        self, work: UnitOfWork, connection: Connection, invitation: Invitation, secret: bytes
    ) -> InvitationOffer:
        organization = work.organizations.get(connection.organization_id)
        return InvitationOffer(
            node_url=self._node_url,
            invitation_id=invitation.id,
            connection_id=connection.id,
            secret=secret,
            public_key=connection.public_key,
            organization_id=organization.id,
            organization_name=organization.name,
            mode=connection.mode,
            visibility=connection.visibility,
            expires_at=invitation.expires_at,
        )

    def _as_of_now(self, invitation: Invitation) -> Invitation:
        if invitation.status is InvitationStatus.OPEN and invitation.expires_at <= self._clock.now():
            return replace(invitation, status=InvitationStatus.EXPIRED)
        return invitation

    def _check_open(self, invitation: Invitation) -> None:
        errors: dict[InvitationStatus, InvitationError] = {
            InvitationStatus.USED: InvitationUsedError("The invitation was accepted; its code is gone."),
            InvitationStatus.REVOKED: InvitationRevokedError("The invitation was taken back; make a new one."),
            InvitationStatus.EXPIRED: InvitationExpiredError("The invitation's time has passed; make a new one."),
        }
        if error := errors.get(self._as_of_now(invitation).status):
            raise error


def _called_after_both(work: UnitOfWork, connection: Connection, partner_name: str) -> Connection:
    organization = work.organizations.get(connection.organization_id)
    name = make_unique(work, organization.id, make_up_name(organization.name, partner_name))
    work.notes.save(ConnectionNote(connection.id, has_made_up_name=True))
    return replace(connection, name=name)


def _check_invitable(connection: Connection) -> None:
    if connection.status is ConnectionStatus.REMOVED:
        raise StateError(f"Connection {connection.name} was removed. Make a new one with a new invitation.")
    if connection.role is not Role.INITIATOR:
        raise StateError(
            f"Connection {connection.name} was begun by the other side; its administrator makes the invitation to pair "
            "it anew."
        )


def revoke_open(work: UnitOfWork, connection_id: str) -> None:
    """Take back every open invitation to a connection and destroy the secrets."""
    for invitation in work.invitations.list_of(connection_id):
        if invitation.status is InvitationStatus.OPEN:
            work.invitations.save(replace(invitation, status=InvitationStatus.REVOKED, sealed_secret=b""))

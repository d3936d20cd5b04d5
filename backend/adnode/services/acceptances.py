"""The acceptor's side of an acceptance."""

from dataclasses import replace
from datetime import datetime

from adnode.domain.connection import (
    Connection,
    ConnectionStatus,
    PeerIdentity,
    Role,
    TransportKind,
    Visibility,
)
from adnode.domain.errors import (
    ConfigurationError,
    InvitationError,
    NotFoundError,
    PeerRefusedError,
    StateError,
    ValidationError,
)
from adnode.domain.invitation import InvitationOffer
from adnode.domain.organization import Organization
from adnode.ports.acceptance_documents import acceptance_proof
from adnode.ports.gateway import GatewayProvider
from adnode.ports.peer import Acceptance, AcceptanceAnswer, PeerEndpoint, PeerTransport
from adnode.ports.storage import UnitOfWork, UnitOfWorkFactory
from adnode.ports.system import Clock, Ids, Signer, Vault
from adnode.services.admissions import PROTOCOL_VERSION
from adnode.services.connection_details import check_name, find_project, seal_private_key
from adnode.services.contacts import note_paired
from adnode.services.guards import Guard, unguarded
from adnode.services.peers import make_endpoint
from adnode.services.queue_agreement import begin_queues_anew

PAGE = 200
"""Pairs that are forgotten at once."""


class AcceptanceDesk:
    """Accepts invitations of other nodes. Our key is stored before it is posted, so that a lost answer can be asked for
    again with the same key.
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
        *,
        node_url: str,
    ) -> None:
        self._new_unit_of_work = new_unit_of_work
        self._gateways = gateways
        self._transport = transport
        self._signer = signer
        self._vault = vault
        self._clock = clock
        self._ids = ids
        self._node_url = node_url

    def accept(
        self, offer: InvitationOffer, organization_id: str, project: str, name: str, guard: Guard = unguarded
    ) -> Connection:
        """Post our acceptance and return the active connection; a refusal leaves nothing that works behind.

        An invitation to a connection that we have accepted before pairs it anew, or is the same one once more; its
        twins stay.
        """
        self._check(offer, organization_id)
        project = find_project(self._gateways, organization_id, project)
        name = check_name(name) if name.strip() else ""
        prepared = self._prepare(offer, organization_id, project, name)
        endpoint = self._endpoint(prepared, offer)
        try:
            self._check_version(offer)
            answer = self._transport.accept_invitation(endpoint, self._acceptance(prepared, offer))
        except (InvitationError, PeerRefusedError, ValidationError):
            self._discard(prepared)
            raise
        return self._activate(replace(prepared, project=project, name=name), offer, answer, guard)

    def _check(self, offer: InvitationOffer, organization_id: str) -> None:
        if offer.organization_id == organization_id:
            raise ValidationError("The invitation comes from this very organization; a connection joins two.")
        if offer.visibility is Visibility.PUBLIC and not self._node_url:
            raise ConfigurationError(
                "The invitation is for a node that can be called. Set ADNODE_URL, or ask for a private invitation."
            )

    def _check_version(self, offer: InvitationOffer) -> None:
        information = self._transport.fetch_information(offer.node_url)
        if not information.minimum_version <= PROTOCOL_VERSION <= information.maximum_version:
            raise ValidationError(
                f"The inviting node speaks versions {information.minimum_version} to {information.maximum_version} of "
                f"the peer protocol, this one {PROTOCOL_VERSION}. Bring both nodes to the same release."
            )

    def _prepare(self, offer: InvitationOffer, organization_id: str, project: str, name: str) -> Connection:
        """Return the connection to post for: the stored one of an earlier try, else a new one."""
        with self._new_unit_of_work() as work:
            known = _known(work, offer.connection_id)
            if known is not None and _is_usable(known, organization_id):
                if known.status is not ConnectionStatus.PENDING:
                    _check_renewal(known, offer)
                    return known
                connection = replace(known, project=project, name=name or known.name)
            else:
                connection = self._new_connection(offer, organization_id, project, name)
            if known is None:
                work.connections.add(connection)
            else:
                work.connections.save(connection)
            if known is not None and known.status is ConnectionStatus.REMOVED:
                begin_queues_anew(work, connection, self._clock.now())
                _forget_pairs(work, known.id, self._clock.now())
            work.commit()
        return connection

    def _new_connection(self, offer: InvitationOffer, organization_id: str, project: str, name: str) -> Connection:
        private_key = self._signer.new_private_key()
        return Connection(
            id=offer.connection_id,
            name=name or offer.organization_name,
            organization_id=organization_id,
            project=project,
            mode=offer.mode,
            visibility=offer.visibility,
            role=Role.ACCEPTOR,
            status=ConnectionStatus.PENDING,
            transport=TransportKind.POLL if offer.visibility is Visibility.PRIVATE else TransportKind.PUSH,
            sealed_private_key=seal_private_key(self._vault, offer.connection_id, private_key),
            public_key=self._signer.public_key(private_key),
            created_at=self._clock.now(),
        )

    def _endpoint(self, connection: Connection, offer: InvitationOffer) -> PeerEndpoint:
        return make_endpoint(replace(connection, peer=_initiator(offer)), self._vault)

    def _acceptance(self, connection: Connection, offer: InvitationOffer) -> Acceptance:
        organization = self._organization(connection.organization_id)
        acceptance = Acceptance(
            invitation_id=offer.invitation_id,
            connection_id=offer.connection_id,
            public_key=connection.public_key,
            organization_id=organization.id,
            organization_name=organization.name,
            organization_url=organization.url,
            node_url=self._node_url if offer.visibility is Visibility.PUBLIC else "",
            protocol_version=PROTOCOL_VERSION,
            nonce=self._ids.new_secret().hex(),
        )
        return replace(acceptance, proof=acceptance_proof(acceptance, offer.secret))

    def _organization(self, organization_id: str) -> Organization:
        with self._new_unit_of_work() as work:
            return work.organizations.get(organization_id)

    def _activate(
        self, prepared: Connection, offer: InvitationOffer, answer: AcceptanceAnswer, guard: Guard
    ) -> Connection:
        if (answer.connection_id, answer.organization_id) != (offer.connection_id, offer.organization_id):
            raise PeerRefusedError("The inviting node answered for another connection. Ask for a new invitation.")
        peer = replace(
            _initiator(offer),
            organization_name=answer.organization_name,
            organization_url=answer.organization_url,
        )
        with self._new_unit_of_work() as work:
            stored = work.connections.get(prepared.id)
            is_first = stored.status is ConnectionStatus.PENDING
            guard(work, stored)
            active = stored if stored.status is ConnectionStatus.ACTIVE else stored.moved_to(ConnectionStatus.ACTIVE)
            name = prepared.name or (answer.name if is_first else stored.name)
            active = replace(active, peer=peer, project=prepared.project, name=name)
            work.connections.save(active)
            work.connections.postpone_sending(active.id, self._clock.now(), 0)
            note_paired(work, active, self._clock.now())
            work.commit()
        return active

    def _discard(self, pending: Connection) -> None:
        with self._new_unit_of_work() as work:
            stored = work.connections.get(pending.id)
            if stored.status is ConnectionStatus.PENDING:
                work.connections.save(replace(stored.moved_to(ConnectionStatus.REMOVED), sealed_private_key=b""))
                work.commit()


def _known(work: UnitOfWork, connection_id: str) -> Connection | None:
    try:
        return work.connections.get(connection_id)
    except NotFoundError:
        return None


def _is_usable(known: Connection, organization_id: str) -> bool:
    if known.role is Role.INITIATOR:
        raise ValidationError("The invitation was made by this very node. Accept it on the other side's node.")
    if known.status is ConnectionStatus.PENDING:
        if known.organization_id != organization_id:
            raise StateError("This invitation is being accepted for another organization of this node already.")
        return True
    if known.status is ConnectionStatus.REMOVED and known.peer is None:
        return False
    if known.organization_id != organization_id:
        raise StateError("This invitation was accepted for another organization of this node already.")
    # One that was removed here begins anew: the other side still has its half, and made a new invitation to it.
    return known.status is not ConnectionStatus.REMOVED


def _forget_pairs(work: UnitOfWork, connection_id: str, now: datetime) -> None:
    """Forget the pairs of a connection that was removed here: what the other side still has of them is asked about."""
    while twins := work.twins.list_page(connection_id, limit=PAGE):
        work.clean_up.forget(connection_id, [twin.id for twin in twins], now, for_good=False)


def _check_renewal(known: Connection, offer: InvitationOffer) -> None:
    """Let a connection in use be paired anew by the very node that it was made with, which keeps its key."""
    if known.peer is None or known.peer.public_key != offer.public_key:
        raise ValidationError(
            f"The code names connection {known.name}, but comes from another node than the one it was made with. "
            "Ask the other administrator by telephone where it came from."
        )


def _initiator(offer: InvitationOffer) -> PeerIdentity:
    return PeerIdentity(
        organization_id=offer.organization_id,
        organization_name=offer.organization_name,
        organization_url="",
        url=offer.node_url,
        public_key=offer.public_key,
    )

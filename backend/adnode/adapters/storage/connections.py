"""Connections and invitations in the database."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from adnode.adapters.storage.rows import ConnectionRow, InvitationRow, OutboxRow
from adnode.adapters.storage.statements import changed_rows
from adnode.domain.connection import (
    Connection,
    ConnectionStatus,
    Mode,
    PeerIdentity,
    Role,
    TransportKind,
    Visibility,
)
from adnode.domain.errors import NotFoundError
from adnode.domain.invitation import Invitation, InvitationStatus
from adnode.domain.message import QueueStatus

UNSENT = (QueueStatus.WAITING.value, QueueStatus.SENDING.value)


class SqlConnections:
    """ConnectionRepository on SQL."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, connection: Connection) -> None:
        row = ConnectionRow(id=connection.id, outbox_sequence=0, received_through=0, postponed_attempts=0)
        _fill(row, connection)
        self._session.add(row)
        self._session.flush()

    def get(self, connection_id: str) -> Connection:
        return _from_row(self._row(connection_id))

    def list_all(self, *, statuses: Collection[ConnectionStatus] | None = None) -> list[Connection]:
        query = select(ConnectionRow).order_by(ConnectionRow.created_at, ConnectionRow.id)
        if statuses is not None:
            query = query.where(ConnectionRow.status.in_([status.value for status in statuses]))
        return [_from_row(row) for row in self._session.scalars(query)]

    def save(self, connection: Connection) -> None:
        _fill(self._row(connection.id), connection)
        self._session.flush()

    def claim_sender(self, connection_id: str, owner: str, now: datetime, lease_seconds: float) -> bool:
        is_free = or_(
            ConnectionRow.sender_owner.is_(None),
            ConnectionRow.sender_owner == owner,
            ConnectionRow.sender_until < now,
        )
        statement = (
            update(ConnectionRow)
            .where(ConnectionRow.id == connection_id, is_free)
            .values(sender_owner=owner, sender_until=now + timedelta(seconds=lease_seconds))
        )
        return changed_rows(self._session, statement) == 1

    def release_sender(self, connection_id: str, owner: str) -> None:
        self._session.execute(
            update(ConnectionRow)
            .where(ConnectionRow.id == connection_id, ConnectionRow.sender_owner == owner)
            .values(sender_owner=None, sender_until=None)
        )

    def received_through(self, connection_id: str) -> int:
        return self._row(connection_id).received_through

    def set_received_through(self, connection_id: str, sequence: int) -> None:
        self._session.execute(
            update(ConnectionRow).where(ConnectionRow.id == connection_id).values(received_through=sequence)
        )

    def postpone_sending(self, connection_id: str, until: datetime, attempts: int) -> None:
        self._session.execute(
            update(ConnectionRow)
            .where(ConnectionRow.id == connection_id)
            .values(postponed_until=until, postponed_attempts=attempts)
        )

    def sending_due(self, now: datetime) -> list[tuple[str, int]]:
        has_unsent = (
            select(OutboxRow.id)
            .where(OutboxRow.connection_id == ConnectionRow.id, OutboxRow.status.in_(UNSENT))
            .exists()
        )
        query = select(ConnectionRow.id, ConnectionRow.postponed_attempts).where(
            ConnectionRow.status == ConnectionStatus.ACTIVE.value,
            ConnectionRow.transport != TransportKind.POLLED.value,
            or_(ConnectionRow.postponed_until.is_(None), ConnectionRow.postponed_until <= now),
            has_unsent,
        )
        return [(row.id, row.postponed_attempts) for row in self._session.execute(query)]

    def _row(self, connection_id: str) -> ConnectionRow:
        row = self._session.get(ConnectionRow, connection_id, populate_existing=True)
        if row is None:
            raise NotFoundError(f"There is no connection {connection_id} here. List the connections to see their ids.")
        return row


def _fill(row: ConnectionRow, connection: Connection) -> None:
    row.name, row.description = connection.name, connection.description
    row.organization_id, row.project = connection.organization_id, connection.project
    row.mode, row.visibility = connection.mode.value, connection.visibility.value
    row.role, row.status, row.transport = connection.role.value, connection.status.value, connection.transport.value
    row.sealed_private_key, row.public_key = connection.sealed_private_key, connection.public_key
    row.created_at, row.synchronized_at = connection.created_at, connection.synchronized_at
    row.default_type, row.block_reason = connection.default_type, connection.block_reason
    peer = connection.peer
    row.peer_organization_id = peer.organization_id if peer else None
    row.peer_organization_name = peer.organization_name if peer else None
    row.peer_organization_url = peer.organization_url if peer else None
    row.peer_url = peer.url if peer else None
    row.peer_public_key = peer.public_key if peer else None


def _peer(row: ConnectionRow) -> PeerIdentity | None:
    if row.peer_public_key is None:
        return None
    return PeerIdentity(
        row.peer_organization_id or "",
        row.peer_organization_name or "",
        row.peer_organization_url or "",
        row.peer_url or "",
        row.peer_public_key,
    )


def _from_row(row: ConnectionRow) -> Connection:
    return Connection(
        id=row.id,
        name=row.name,
        organization_id=row.organization_id,
        project=row.project,
        mode=Mode(row.mode),
        visibility=Visibility(row.visibility),
        role=Role(row.role),
        status=ConnectionStatus(row.status),
        transport=TransportKind(row.transport),
        sealed_private_key=row.sealed_private_key,
        public_key=row.public_key,
        created_at=row.created_at,
        description=row.description,
        peer=_peer(row),
        default_type=row.default_type,
        block_reason=row.block_reason,
        synchronized_at=row.synchronized_at,
    )


class SqlInvitations:
    """InvitationRepository on SQL."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, invitation: Invitation) -> None:
        row = InvitationRow(id=invitation.id, connection_id=invitation.connection_id)
        _fill_invitation(row, invitation)
        self._session.add(row)
        self._session.flush()

    def get(self, invitation_id: str) -> Invitation:
        return _invitation(self._row(invitation_id))

    def list_of(self, connection_id: str) -> list[Invitation]:
        query = (
            select(InvitationRow)
            .where(InvitationRow.connection_id == connection_id)
            .order_by(InvitationRow.created_at.desc())
        )
        return [_invitation(row) for row in self._session.scalars(query)]

    def consume(self, invitation_id: str, public_key: bytes, now: datetime) -> bool:
        statement = (
            update(InvitationRow)
            .where(
                InvitationRow.id == invitation_id,
                InvitationRow.status == InvitationStatus.OPEN.value,
                InvitationRow.expires_at > now,
            )
            .values(
                status=InvitationStatus.USED.value, accepted_public_key=public_key, accepted_at=now, sealed_secret=b""
            )
        )
        return changed_rows(self._session, statement) == 1

    def save(self, invitation: Invitation) -> None:
        _fill_invitation(self._row(invitation.id), invitation)
        self._session.flush()

    def _row(self, invitation_id: str) -> InvitationRow:
        row = self._session.get(InvitationRow, invitation_id, populate_existing=True)
        if row is None:
            raise NotFoundError(f"There is no invitation {invitation_id} here.")
        return row


def _fill_invitation(row: InvitationRow, invitation: Invitation) -> None:
    row.status, row.sealed_secret = invitation.status.value, invitation.sealed_secret
    row.created_at, row.expires_at = invitation.created_at, invitation.expires_at
    row.accepted_public_key, row.accepted_at = invitation.accepted_public_key, invitation.accepted_at


def _invitation(row: InvitationRow) -> Invitation:
    return Invitation(
        id=row.id,
        connection_id=row.connection_id,
        status=InvitationStatus(row.status),
        sealed_secret=row.sealed_secret,
        created_at=row.created_at,
        expires_at=row.expires_at,
        accepted_public_key=row.accepted_public_key,
        accepted_at=row.accepted_at,
    )

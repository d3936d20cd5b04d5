"""Connections in the database."""

import uuid
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from adnode.adapters.storage.message_rows import OutboxRow, is_unsent
from adnode.adapters.storage.rows import ConnectionRow
from adnode.adapters.storage.statements import changed_rows, chunked, read_rows
from adnode.adapters.storage.turns import Turns
from adnode.adapters.storage.upserts import insert_new
from adnode.domain.connection import (
    Connection,
    ConnectionStatus,
    Mode,
    PeerIdentity,
    Role,
    TransportKind,
    Visibility,
)
from adnode.domain.consent import Consent, PanelDeed
from adnode.domain.errors import NotFoundError, StateError
from adnode.domain.queues import BEGINNING, Position, Queues
from adnode.domain.realignment import Realignment

_Lane = tuple[InstrumentedAttribute[str | None], InstrumentedAttribute[datetime | None]]
_SENDING: _Lane = (ConnectionRow.sender_owner, ConnectionRow.sender_until)
_FILES: _Lane = (ConnectionRow.files_owner, ConnectionRow.files_until)


class SqlConnections:
    """ConnectionRepository on SQL."""

    def __init__(self, session: Session, turns: Turns) -> None:
        self._session = session
        self._turns = turns

    def add(self, connection: Connection) -> None:
        counters = {"outbox_sequence": 0, "received_through": 0, "postponed_attempts": 0}
        incarnation = {"outbox_incarnation": uuid.uuid4().hex}
        if not insert_new(self._session, ConnectionRow, _values(connection) | counters | incarnation):
            raise StateError(f"There is a connection {connection.id} already.")

    def get(self, connection_id: str) -> Connection:
        return _from_row(self._row(connection_id))

    def list_all(self, *, statuses: Collection[ConnectionStatus] | None = None) -> list[Connection]:
        query = select(ConnectionRow).order_by(ConnectionRow.created_at, ConnectionRow.id)
        if statuses is not None:
            query = query.where(ConnectionRow.status.in_([status.value for status in statuses]))
        return [_from_row(row) for row in read_rows(self._session, query)]

    def list_stopped(self, connection_ids: Collection[str]) -> set[str]:
        active: set[str] = set()
        for ids in chunked(connection_ids):
            query = select(ConnectionRow.id).where(
                ConnectionRow.id.in_(ids), ConnectionRow.status == ConnectionStatus.ACTIVE.value
            )
            active.update(self._session.scalars(query))
        return set(connection_ids) - active

    def save(self, connection: Connection) -> None:
        if not self._change(connection.id, **_values(connection)):
            raise connection_not_found(connection.id)

    def claim_sender(self, connection_id: str, owner: str, now: datetime, lease_seconds: float) -> bool:
        return self._claim(_SENDING, connection_id, owner, now, lease_seconds)

    def release_sender(self, connection_id: str, owner: str) -> None:
        self._release(_SENDING, connection_id, owner)

    def claim_files(self, connection_id: str, owner: str, now: datetime, lease_seconds: float) -> bool:
        return self._claim(_FILES, connection_id, owner, now, lease_seconds)

    def release_files(self, connection_id: str, owner: str) -> None:
        self._release(_FILES, connection_id, owner)

    def _claim(self, lane: _Lane, connection_id: str, owner: str, now: datetime, lease_seconds: float) -> bool:
        holder, until = lane
        statement = (
            update(ConnectionRow)
            .where(ConnectionRow.id == connection_id, or_(holder.is_(None), holder == owner, until <= now))
            .values({holder.key: owner, until.key: now + timedelta(seconds=lease_seconds)})
        )
        return changed_rows(self._session, statement) == 1

    def _release(self, lane: _Lane, connection_id: str, owner: str) -> None:
        holder, until = lane
        statement = (
            update(ConnectionRow)
            .where(ConnectionRow.id == connection_id, holder == owner)
            .values({holder.key: None, until.key: None})
        )
        changed_rows(self._session, statement)

    def queues(self, connection_id: str) -> Queues:
        row = self._row(connection_id)
        return Queues(
            incarnation=row.outbox_incarnation,
            highest=row.outbox_sequence,
            acknowledged=_acknowledged(row),
            retired=row.retired_incarnation,
            received=Position(row.received_incarnation, row.received_through, row.received_id),
        )

    def set_received(self, connection_id: str, position: Position) -> None:
        self._change(
            connection_id,
            received_through=position.sequence,
            received_incarnation=position.incarnation,
            received_id=position.message_id,
        )

    def set_acknowledged(self, connection_id: str, position: Position) -> None:
        self._change(connection_id, acknowledged_sequence=position.sequence, acknowledged_id=position.message_id)

    def postpone_sending(self, connection_id: str, until: datetime, attempts: int) -> None:
        self._change(connection_id, postponed_until=until, postponed_attempts=attempts)

    def sending_due(self, now: datetime) -> list[tuple[str, int]]:
        has_unsent = select(OutboxRow.id).where(OutboxRow.connection_id == ConnectionRow.id, is_unsent()).exists()
        query = select(ConnectionRow.id, ConnectionRow.postponed_attempts).where(
            ConnectionRow.status == ConnectionStatus.ACTIVE.value,
            ConnectionRow.transport != TransportKind.POLLED.value,
            or_(ConnectionRow.postponed_until.is_(None), ConnectionRow.postponed_until <= now),
            has_unsent,
        )
        return sorted((row.id, row.postponed_attempts) for row in self._session.execute(query))

    def _row(self, connection_id: str) -> ConnectionRow:
        self._turns.take(connection_id)
        rows = read_rows(self._session, select(ConnectionRow).where(ConnectionRow.id == connection_id))
        if not rows:
            raise connection_not_found(connection_id)
        return rows[0]

    def _change(self, connection_id: str, **values: object) -> bool:
        self._turns.take(connection_id)
        statement = update(ConnectionRow).where(ConnectionRow.id == connection_id).values(**values)
        return changed_rows(self._session, statement) == 1


def connection_not_found(connection_id: str) -> NotFoundError:
    """Return the error for a connection that is not here."""
    return NotFoundError(f"There is no connection {connection_id} here. List the connections to see their ids.")


def _acknowledged(row: ConnectionRow) -> Position:
    if not row.acknowledged_sequence:
        return BEGINNING
    return Position(row.outbox_incarnation, row.acknowledged_sequence, row.acknowledged_id)


def _values(connection: Connection) -> dict[str, Any]:
    peer = connection.peer
    return {
        "id": connection.id,
        "name": connection.name,
        "description": connection.description,
        "organization_id": connection.organization_id,
        "project": connection.project,
        "mode": connection.mode.value,
        "visibility": connection.visibility.value,
        "role": connection.role.value,
        "status": connection.status.value,
        "transport": connection.transport.value,
        "sealed_private_key": connection.sealed_private_key,
        "public_key": connection.public_key,
        "created_at": connection.created_at,
        "default_type": connection.default_type,
        "block_reason": connection.block_reason,
        "realignment": connection.realignment.value,
        "realigned_at": connection.realigned_at,
        "consent": connection.consent.value,
        "consent_query": connection.consent_query,
        "restricted_deeds": " ".join(sorted(connection.restricted_deeds)),
        "peer_organization_id": peer.organization_id if peer else None,
        "peer_organization_name": peer.organization_name if peer else None,
        "peer_organization_url": peer.organization_url if peer else None,
        "peer_url": peer.url if peer else None,
        "peer_public_key": peer.public_key if peer else None,
    }


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
        realignment=Realignment(row.realignment),
        realigned_at=row.realigned_at,
        consent=Consent(row.consent),
        consent_query=row.consent_query,
        restricted_deeds=frozenset(map(PanelDeed, row.restricted_deeds.split())),
    )

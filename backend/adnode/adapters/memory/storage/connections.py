"""Organizations, connections and invitations in memory."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from adnode.adapters.memory.storage.tables import (
    StoredConnection,
    StoredOrganization,
    Tables,
    existing,
    new_incarnation,
)
from adnode.domain.connection import Connection, ConnectionStatus, TransportKind
from adnode.domain.errors import StateError
from adnode.domain.invitation import Invitation, InvitationStatus
from adnode.domain.message import QueueStatus
from adnode.domain.organization import Organization
from adnode.domain.queues import BEGINNING, Position, Queues

UNSENT = (QueueStatus.WAITING, QueueStatus.SENDING)


class MemoryOrganizations:
    """OrganizationRepository in memory."""

    def __init__(self, tables: Tables) -> None:
        self._rows = tables.organizations

    def add(self, organization: Organization, sealed_credential: bytes) -> None:
        if organization.id in self._rows:
            raise StateError(f"Organization {organization.name} is served by this node already.")
        self._rows[organization.id] = StoredOrganization(organization, sealed_credential)

    def get(self, organization_id: str) -> Organization:
        return self._row(organization_id).organization

    def list_all(self) -> list[Organization]:
        return sorted((row.organization for row in self._rows.values()), key=lambda found: (found.name, found.id))

    def sealed_credential(self, organization_id: str) -> bytes:
        return self._row(organization_id).sealed_credential

    def replace_credential(self, organization: Organization, sealed_credential: bytes) -> None:
        self._row(organization.id)
        self._rows[organization.id] = StoredOrganization(organization, sealed_credential)

    def remove(self, organization_id: str) -> None:
        self._rows.pop(organization_id, None)

    def _row(self, organization_id: str) -> StoredOrganization:
        return existing(
            self._rows,
            organization_id,
            f"This node serves no organization {organization_id}. List them to see which it serves.",
        )


class MemoryConnections:
    """ConnectionRepository in memory."""

    def __init__(self, tables: Tables) -> None:
        self._rows = tables.connections
        self._outbox = tables.outbox

    def add(self, connection: Connection) -> None:
        if connection.id in self._rows:
            raise StateError(f"There is a connection {connection.id} already.")
        self._rows[connection.id] = StoredConnection(connection, new_incarnation())

    def get(self, connection_id: str) -> Connection:
        return self._row(connection_id).connection

    def list_all(self, *, statuses: Collection[ConnectionStatus] | None = None) -> list[Connection]:
        found = [row.connection for row in self._rows.values() if statuses is None or row.connection.status in statuses]
        return sorted(found, key=lambda connection: (connection.created_at, connection.id))

    def list_stopped(self, connection_ids: Collection[str]) -> set[str]:
        active = {row.connection.id for row in self._rows.values() if row.connection.status is ConnectionStatus.ACTIVE}
        return set(connection_ids) - active

    def save(self, connection: Connection) -> None:
        self._rows[connection.id] = replace(self._row(connection.id), connection=connection)

    def claim_sender(self, connection_id: str, owner: str, now: datetime, lease_seconds: float) -> bool:
        return self._claim("sender", connection_id, owner, now, lease_seconds)

    def release_sender(self, connection_id: str, owner: str) -> None:
        self._release("sender", connection_id, owner)

    def claim_files(self, connection_id: str, owner: str, now: datetime, lease_seconds: float) -> bool:
        return self._claim("files", connection_id, owner, now, lease_seconds)

    def release_files(self, connection_id: str, owner: str) -> None:
        self._release("files", connection_id, owner)

    def _claim(self, lane: str, connection_id: str, owner: str, now: datetime, lease_seconds: float) -> bool:
        row = self._rows.get(connection_id)
        if row is None:
            return False
        until = getattr(row, f"{lane}_until")
        if getattr(row, f"{lane}_owner") not in (None, owner) and until is not None and until > now:
            return False
        lease: dict[str, Any] = {f"{lane}_owner": owner, f"{lane}_until": now + timedelta(seconds=lease_seconds)}
        self._rows[connection_id] = replace(row, **lease)
        return True

    def _release(self, lane: str, connection_id: str, owner: str) -> None:
        row = self._rows.get(connection_id)
        if row is not None and getattr(row, f"{lane}_owner") == owner:
            nobody: dict[str, Any] = {f"{lane}_owner": None, f"{lane}_until": None}
            self._rows[connection_id] = replace(row, **nobody)

    def queues(self, connection_id: str) -> Queues:
        row = self._row(connection_id)
        return Queues(row.incarnation, row.outbox_sequence, row.acknowledged, row.retired_incarnation, row.received)

    def set_received(self, connection_id: str, position: Position) -> None:
        if row := self._rows.get(connection_id):
            self._rows[connection_id] = replace(row, received=position)

    def set_acknowledged(self, connection_id: str, position: Position) -> None:
        if row := self._rows.get(connection_id):
            acknowledged = replace(position, incarnation=row.incarnation) if position.sequence else BEGINNING
            self._rows[connection_id] = replace(row, acknowledged=acknowledged)

    def postpone_sending(self, connection_id: str, until: datetime, attempts: int) -> None:
        if row := self._rows.get(connection_id):
            self._rows[connection_id] = replace(row, postponed_until=until, postponed_attempts=attempts)

    def sending_due(self, now: datetime) -> list[tuple[str, int]]:
        unsent = {row.connection_id for row in self._outbox.values() if row.status in UNSENT}
        return sorted(
            (connection_id, row.postponed_attempts)
            for connection_id, row in self._rows.items()
            if connection_id in unsent and _may_send(row, now)
        )

    def _row(self, connection_id: str) -> StoredConnection:
        return existing(
            self._rows,
            connection_id,
            f"There is no connection {connection_id} here. List the connections to see their ids.",
        )


def _may_send(row: StoredConnection, now: datetime) -> bool:
    is_postponed = row.postponed_until is not None and row.postponed_until > now
    is_active = row.connection.status is ConnectionStatus.ACTIVE
    return is_active and row.connection.transport is not TransportKind.POLLED and not is_postponed


class MemoryInvitations:
    """InvitationRepository in memory."""

    def __init__(self, tables: Tables) -> None:
        self._rows = tables.invitations

    def add(self, invitation: Invitation) -> None:
        if invitation.id in self._rows:
            raise StateError(f"There is an invitation {invitation.id} already.")
        self._rows[invitation.id] = invitation

    def get(self, invitation_id: str) -> Invitation:
        return existing(self._rows, invitation_id, f"There is no invitation {invitation_id} here.")

    def list_of(self, connection_id: str) -> list[Invitation]:
        found = sorted(
            (row for row in self._rows.values() if row.connection_id == connection_id), key=lambda row: row.id
        )
        return sorted(found, key=lambda row: row.created_at, reverse=True)

    def consume(self, invitation_id: str, public_key: bytes, now: datetime) -> bool:
        row = self._rows.get(invitation_id)
        if row is None or row.status is not InvitationStatus.OPEN or row.expires_at <= now:
            return False
        self._rows[invitation_id] = replace(
            row, status=InvitationStatus.USED, accepted_public_key=public_key, accepted_at=now, sealed_secret=b""
        )
        return True

    def save(self, invitation: Invitation) -> None:
        self.get(invitation.id)
        self._rows[invitation.id] = invitation

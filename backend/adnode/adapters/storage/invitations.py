"""Invitations in the database."""

from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from adnode.adapters.storage.rows import InvitationRow
from adnode.adapters.storage.statements import changed_rows, read_rows
from adnode.adapters.storage.turns import Turns
from adnode.adapters.storage.upserts import insert_new
from adnode.domain.errors import NotFoundError, StateError
from adnode.domain.invitation import Invitation, InvitationStatus


class SqlInvitations:
    """InvitationRepository on SQL."""

    def __init__(self, session: Session, turns: Turns) -> None:
        self._session = session
        self._turns = turns

    def add(self, invitation: Invitation) -> None:
        self._turns.take(invitation.connection_id)
        if not insert_new(self._session, InvitationRow, _values(invitation)):
            raise StateError(f"There is an invitation {invitation.id} already.")

    def get(self, invitation_id: str) -> Invitation:
        rows = read_rows(self._session, select(InvitationRow).where(InvitationRow.id == invitation_id))
        if not rows:
            raise _not_found(invitation_id)
        return _from_row(rows[0])

    def list_of(self, connection_id: str) -> list[Invitation]:
        query = (
            select(InvitationRow)
            .where(InvitationRow.connection_id == connection_id)
            .order_by(InvitationRow.created_at.desc(), InvitationRow.id)
        )
        return [_from_row(row) for row in read_rows(self._session, query)]

    def consume(self, invitation_id: str, public_key: bytes, now: datetime) -> bool:
        self._turns.take_of(select(InvitationRow.connection_id).where(InvitationRow.id == invitation_id))
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
        self._turns.take(invitation.connection_id)
        statement = update(InvitationRow).where(InvitationRow.id == invitation.id).values(_values(invitation))
        if not changed_rows(self._session, statement):
            raise _not_found(invitation.id)


def _not_found(invitation_id: str) -> NotFoundError:
    return NotFoundError(f"There is no invitation {invitation_id} here.")


def _values(invitation: Invitation) -> dict[str, Any]:
    return {
        "id": invitation.id,
        "connection_id": invitation.connection_id,
        "status": invitation.status.value,
        "sealed_secret": invitation.sealed_secret,
        "created_at": invitation.created_at,
        "expires_at": invitation.expires_at,
        "accepted_public_key": invitation.accepted_public_key,
        "accepted_at": invitation.accepted_at,
    }


def _from_row(row: InvitationRow) -> Invitation:
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

"""Whose things are whose: what belongs to another organization does not exist for this one."""

import hashlib
from collections.abc import Mapping

from adnode.domain.connection import Connection
from adnode.domain.errors import NotFoundError, PreconditionFailedError
from adnode.domain.invitation import Invitation
from adnode.domain.session import Session
from adnode.ports.storage import UnitOfWork
from adnode.services.json_text import to_json

_REVISION_BITS = 48
"""Fits the whole numbers of JavaScript."""


def own_connection(work: UnitOfWork, session: Session, connection_id: str) -> Connection:
    """Return a connection of the session's organization; raises NotFoundError for every other, in the same words."""
    try:
        connection = work.connections.get(connection_id)
    except NotFoundError:
        raise _unknown(connection_id) from None
    require_own(session, connection)
    return connection


def own_connections(work: UnitOfWork, session: Session) -> dict[str, Connection]:
    """Return all connections of the session's organization by id, in the order of their names. None is kept from
    others meanwhile.
    """
    own = [each for each in work.connections.list_all() if each.organization_id == session.tenant.id]
    return {each.id: each for each in sorted(own, key=lambda each: (each.name.casefold(), each.id))}


def require_known(connections: Mapping[str, Connection], connection_id: str) -> Connection:
    """Return one of the session's own connections; raises NotFoundError for every other, in the same words."""
    if connection_id not in connections:
        raise _unknown(connection_id)
    return connections[connection_id]


def require_own(session: Session, connection: Connection) -> None:
    """Raise NotFoundError unless the connection is of the session's organization."""
    if connection.organization_id != session.tenant.id:
        raise _unknown(connection.id)


def revision_of(connection: Connection, invitation: Invitation | None) -> int:
    """Return a number that changes with everything about a connection that people edit or decide on, its invitation
    (the one that counts, as stored) included. Traffic does not change it.
    """
    peer = connection.peer
    seen = {
        "name": connection.name,
        "description": connection.description,
        "project": connection.project,
        "default_type": connection.default_type,
        "consent": f"{connection.consent.value} {connection.consent_query}",
        "restricted": sorted(connection.restricted_deeds),
        "status": connection.status.value,
        "reason": connection.block_reason,
        "peer": peer.public_key.hex() if peer else "",
        "invitation": f"{invitation.id} {invitation.status}" if invitation else "",
    }
    digest = hashlib.sha256(to_json(seen).encode()).digest()
    return int.from_bytes(digest[: _REVISION_BITS // 8], "big")


def check_revision(work: UnitOfWork, connection: Connection, revision: int) -> None:
    """Raise PreconditionFailedError when the connection is not as it was at that revision."""
    invitation = work.notes.invitations([connection.id]).get(connection.id)
    if revision_of(connection, invitation) != revision:
        raise PreconditionFailedError(
            f"Somebody changed connection {connection.name} since you opened it. Look at how it is now, then decide "
            "again."
        )


def _unknown(connection_id: str) -> NotFoundError:
    return NotFoundError(f"There is no connection {connection_id} here. Reload the list of connections.")

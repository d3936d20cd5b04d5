"""The audit trail: written in the transaction of the deed, read by administrators of the same organization."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from adnode.domain.audit import AuditAction, AuditEntry
from adnode.domain.connection import Connection
from adnode.domain.session import Session
from adnode.ports.storage import UnitOfWork, UnitOfWorkFactory
from adnode.ports.system import Clock, Ids


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Some entries, the newest first, and how many there are in all."""

    entries: tuple[AuditEntry, ...]
    total: int


class AuditService:
    """Writes down who did what, and lists it."""

    def __init__(self, new_unit_of_work: UnitOfWorkFactory, clock: Clock, ids: Ids) -> None:
        self._new_unit_of_work = new_unit_of_work
        self._clock = clock
        self._ids = ids

    def note(
        self,
        work: UnitOfWork,
        session: Session,
        action: AuditAction,
        connection: Connection | None = None,
        details: Mapping[str, str] | None = None,
    ) -> None:
        """Write an entry in a transaction that is under way."""
        entry = AuditEntry(
            id=self._ids.new_id(),
            organization_id=session.tenant.id,
            at=self._clock.now(),
            user_id=session.user_id,
            user_name=session.user_name,
            action=action,
            actor=session.actor,
            connection_id=connection.id if connection else "",
            connection_name=connection.name if connection else "",
            details=details or {},
        )
        work.audit.add(entry)

    def list_page(
        self, session: Session, *, connection_id: str = "", after: tuple[datetime, str] | None = None, limit: int
    ) -> AuditPage:
        """Return entries of the session's organization that stand after (time, id)."""
        organization_id = session.tenant.id
        with self._new_unit_of_work() as work:
            entries = work.audit.list_page(organization_id, connection_id=connection_id, after=after, limit=limit)
            total = work.audit.count(organization_id, connection_id=connection_id)
        return AuditPage(tuple(entries), total)

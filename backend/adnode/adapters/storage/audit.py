"""The audit trail, and requests that may come twice, in the database."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, delete, func, or_, select, tuple_
from sqlalchemy.orm import Session

from adnode.adapters.storage.hub_rows import AuditRow, RepetitionRow
from adnode.adapters.storage.statements import changed_rows, from_text, to_text
from adnode.adapters.storage.upserts import insert_new
from adnode.domain.actor import ActorKind
from adnode.domain.audit import AuditAction, AuditEntry
from adnode.ports.hub_storage import Repetition


class SqlAuditTrail:
    """AuditTrail on SQL."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, entry: AuditEntry) -> None:
        self.add_all([entry])

    def add_all(self, entries: Sequence[AuditEntry]) -> None:
        self._session.add_all([_to_row(entry) for entry in entries])
        self._session.flush()

    def list_page(
        self, organization_id: str, *, connection_id: str = "", after: tuple[datetime, str] | None = None, limit: int
    ) -> list[AuditEntry]:
        query = _narrowed(select(AuditRow), organization_id, connection_id)
        if after is not None:
            at, entry_id = after
            query = query.where(or_(AuditRow.at < at, and_(AuditRow.at == at, AuditRow.id < entry_id)))
        query = query.order_by(AuditRow.at.desc(), AuditRow.id.desc()).limit(limit)
        return [_from_row(row) for row in self._session.scalars(query)]

    def count(self, organization_id: str, *, connection_id: str = "") -> int:
        query = _narrowed(select(func.count()).select_from(AuditRow), organization_id, connection_id)
        return int(self._session.scalar(query) or 0)

    def forget(self, before: datetime, limit: int = 1000) -> int:
        old = select(AuditRow.id).where(AuditRow.at < before).order_by(AuditRow.at).limit(limit)
        return changed_rows(self._session, delete(AuditRow).where(AuditRow.id.in_(old)))


class SqlRepetitions:
    """RepetitionRepository on SQL."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, repetition: Repetition) -> bool:
        return insert_new(self._session, RepetitionRow, asdict(repetition))

    def find(self, organization_id: str, key: str) -> Repetition | None:
        row = self._session.get(RepetitionRow, (organization_id, key))
        return Repetition(row.organization_id, row.key, row.digest, row.subject, row.at) if row else None

    def forget(self, before: datetime, limit: int = 1000) -> int:
        names = (RepetitionRow.organization_id, RepetitionRow.key)
        old = select(*names).where(RepetitionRow.at < before).order_by(RepetitionRow.at).limit(limit)
        return changed_rows(self._session, delete(RepetitionRow).where(tuple_(*names).in_(old)))


def _narrowed(query: Select[Any], organization_id: str, connection_id: str) -> Select[Any]:
    query = query.where(AuditRow.organization_id == organization_id)
    return query.where(AuditRow.connection_id == connection_id) if connection_id else query


def _to_row(entry: AuditEntry) -> AuditRow:
    return AuditRow(
        id=entry.id,
        organization_id=entry.organization_id,
        at=entry.at,
        user_id=entry.user_id,
        user_name=entry.user_name,
        action=entry.action.value,
        connection_id=entry.connection_id,
        connection_name=entry.connection_name,
        actor=entry.actor.value,
        details=to_text(dict(entry.details)),
    )


def _from_row(row: AuditRow) -> AuditEntry:
    return AuditEntry(
        id=row.id,
        organization_id=row.organization_id,
        at=row.at,
        user_id=row.user_id,
        user_name=row.user_name,
        action=AuditAction(row.action),
        connection_id=row.connection_id,
        connection_name=row.connection_name,
        actor=ActorKind(row.actor),
        details=from_text(row.details),
    )

"""Outbox and inbox in one view, in the database."""

from collections.abc import Collection, Mapping

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from adnode.adapters.storage.leases import Leases
from adnode.adapters.storage.rows import InboxRow, OutboxRow, TwinRow, is_unsent
from adnode.domain.message import QueueRow, QueueStatus


class SqlQueueView:
    """QueueView on SQL."""

    def __init__(self, session: Session, leases: Leases) -> None:
        self._session = session
        self._leases = leases

    def list_rows(
        self,
        *,
        connection_id: str | None = None,
        direction: str | None = None,
        statuses: Collection[QueueStatus] | None = None,
        limit: int = 100,
    ) -> list[QueueRow]:
        self._leases.flush()
        rows: list[QueueRow] = []
        if direction in (None, "outgoing"):
            rows += self._rows(OutboxRow, "outgoing", connection_id, statuses, limit)
        if direction in (None, "incoming"):
            rows += self._rows(InboxRow, "incoming", connection_id, statuses, limit)
        return sorted(rows, key=lambda row: (row.created_at, row.sequence), reverse=True)[:limit]

    def depth(self, connection_id: str) -> Mapping[str, int]:
        outgoing = select(func.count()).where(OutboxRow.connection_id == connection_id, is_unsent())
        incoming = select(func.count()).where(
            InboxRow.connection_id == connection_id, InboxRow.status == QueueStatus.APPLYING.value
        )
        return {
            "outgoing": self._session.scalar(outgoing) or 0,
            "incoming": self._session.scalar(incoming) or 0,
        }

    def _rows(
        self,
        table: type[OutboxRow] | type[InboxRow],
        direction: str,
        connection_id: str | None,
        statuses: Collection[QueueStatus] | None,
        limit: int,
    ) -> list[QueueRow]:
        query = (
            select(
                table.id,
                table.connection_id,
                table.twin_id,
                table.kind,
                table.status,
                table.sequence,
                table.created_at,
                table.settled_at,
                TwinRow.work_item_id,
            )
            .outerjoin(TwinRow, TwinRow.id == table.twin_id)
            .order_by(table.created_at.desc(), table.sequence.desc())
            .limit(limit)
        )
        if connection_id is not None:
            query = query.where(table.connection_id == connection_id)
        if statuses is not None:
            query = query.where(table.status.in_([status.value for status in statuses]))
        return [
            QueueRow(
                id=row.id,
                direction=direction,
                connection_id=row.connection_id,
                twin_id=row.twin_id,
                kind=row.kind,
                status=QueueStatus(row.status),
                sequence=row.sequence,
                created_at=row.created_at,
                settled_at=row.settled_at,
                work_item_id=row.work_item_id,
            )
            for row in self._session.execute(query)
        ]

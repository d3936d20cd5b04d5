"""Messages of the peer in the database."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import and_, bindparam, delete, func, select, tuple_, update
from sqlalchemy.orm import Session

from adnode.adapters.storage.message_rows import InboxRow
from adnode.adapters.storage.queue_settlement import settle
from adnode.adapters.storage.rows import ConnectionRow, TwinRow
from adnode.adapters.storage.statements import changed_rows, chunked, from_text, read_rows, to_text
from adnode.adapters.storage.turns import Turns
from adnode.adapters.storage.upserts import Found, insert_new
from adnode.domain.message import Message, MessageKind, QueueStatus
from adnode.domain.message_documents import message_from_document, message_to_document
from adnode.domain.queue_event import lane_of
from adnode.domain.synced_change import Direction
from adnode.ports.storage import REMEMBERED_MESSAGES

UNAPPLIED = (QueueStatus.APPLYING.value, QueueStatus.FAILED.value)
APPLIED = (QueueStatus.SYNCHRONIZED.value, QueueStatus.CANCELLED.value)

# What else the database knows of a new message: whose connection it came over, and the local work item of its twin.
_FOUND: Found = (
    (
        "organization_id",
        func.coalesce(
            select(ConnectionRow.organization_id)
            .where(ConnectionRow.id == bindparam("of_connection"))
            .scalar_subquery(),
            "",
        ),
    ),
    (
        "work_item_id",
        func.coalesce(
            select(TwinRow.work_item_id)
            .where(TwinRow.id == bindparam("of_twin"), TwinRow.connection_id == bindparam("of_connection"))
            .scalar_subquery(),
            0,
        ),
    ),
)


class SqlInbox:
    """InboxRepository on SQL."""

    def __init__(self, session: Session, turns: Turns) -> None:
        self._session = session
        self._turns = turns

    def add(self, connection_id: str, message: Message, status: QueueStatus, now: datetime) -> bool:
        self._turns.take(connection_id)
        values = {
            "connection_id": connection_id,
            "id": message.id,
            "lane": lane_of(Direction.INCOMING, message.kind).value,
            "sequence": message.sequence,
            "twin_id": message.twin_id,
            "kind": str(message.kind),
            "document": to_text(message_to_document(message)),
            "status": status.value,
            "created_at": now,
            "of_connection": connection_id,
            "of_twin": message.twin_id,
        }
        return insert_new(self._session, InboxRow, values, _FOUND)

    def pending(self, twin_ids: Collection[str]) -> Mapping[str, list[Message]]:
        found: dict[str, list[Message]] = {}
        is_of_twin = and_(TwinRow.id == InboxRow.twin_id, TwinRow.connection_id == InboxRow.connection_id)
        for ids in chunked(twin_ids):
            query = (
                select(InboxRow)
                .join(TwinRow, is_of_twin)
                .where(
                    InboxRow.twin_id.in_(ids),
                    InboxRow.status.in_(UNAPPLIED),
                    InboxRow.kind == MessageKind.STATE.value,
                )
                .order_by(InboxRow.sequence)
            )
            for row in read_rows(self._session, query):
                found.setdefault(row.twin_id, []).append(message_from_document(from_text(row.document)))
        return found

    def pending_of_kind(self, connection_id: str, kind: str) -> list[Message]:
        query = (
            select(InboxRow)
            .where(InboxRow.connection_id == connection_id, InboxRow.kind == str(kind), InboxRow.status.in_(UNAPPLIED))
            .order_by(InboxRow.sequence)
        )
        return [message_from_document(from_text(row.document)) for row in read_rows(self._session, query)]

    def settle(
        self,
        message_ids: Collection[str],
        status: QueueStatus,
        now: datetime,
        *,
        connection_id: str = "",
        reason: str = "",
    ) -> None:
        settle(self._session, self._turns, InboxRow, message_ids, status, now, connection_id, reason)

    def cancel_failed(self, twin_ids: Collection[str], now: datetime) -> int:
        count = 0
        for ids in chunked(twin_ids):
            self._turns.take_of(select(TwinRow.connection_id).where(TwinRow.id.in_(ids)).distinct())
            is_of_twin = (
                select(TwinRow.id)
                .where(TwinRow.id == InboxRow.twin_id, TwinRow.connection_id == InboxRow.connection_id)
                .exists()
            )
            failed = update(InboxRow).where(
                InboxRow.twin_id.in_(ids), InboxRow.status == QueueStatus.FAILED.value, is_of_twin
            )
            count += changed_rows(self._session, failed.values(status=QueueStatus.CANCELLED.value, settled_at=now))
        return count

    def forget_settled(self, before: datetime, limit: int = 1000) -> int:
        names = (InboxRow.connection_id, InboxRow.id)
        old = (
            select(*names)
            .join(ConnectionRow, ConnectionRow.id == InboxRow.connection_id)
            .where(
                InboxRow.settled_at < before,
                InboxRow.status.in_(APPLIED),
                InboxRow.sequence <= ConnectionRow.received_through - REMEMBERED_MESSAGES,
            )
            .order_by(InboxRow.settled_at)
            .limit(limit)
        )
        return changed_rows(self._session, delete(InboxRow).where(tuple_(*names).in_(old)))

"""Messages of the peer in the database."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import and_, delete, select, tuple_
from sqlalchemy.orm import Session

from adnode.adapters.storage.queue_settlement import settle
from adnode.adapters.storage.rows import ConnectionRow, InboxRow, TwinRow
from adnode.adapters.storage.statements import changed_rows, chunked, from_text, read_rows, to_text
from adnode.adapters.storage.turns import Turns
from adnode.adapters.storage.upserts import insert_new
from adnode.domain.message import Message, MessageKind, QueueStatus
from adnode.domain.message_documents import message_from_document, message_to_document
from adnode.ports.storage import REMEMBERED_MESSAGES

UNAPPLIED = (QueueStatus.APPLYING.value, QueueStatus.FAILED.value)
APPLIED = (QueueStatus.SYNCHRONIZED.value, QueueStatus.CANCELLED.value)


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
            "sequence": message.sequence,
            "twin_id": message.twin_id,
            "kind": str(message.kind),
            "document": to_text(message_to_document(message)),
            "status": status.value,
            "created_at": now,
        }
        return insert_new(self._session, InboxRow, values)

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
        self, message_ids: Collection[str], status: QueueStatus, now: datetime, *, connection_id: str = ""
    ) -> None:
        settle(self._session, self._turns, InboxRow, message_ids, status, now, connection_id)

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

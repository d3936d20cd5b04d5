"""Outbox, inbox and their common view in the database."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from adnode.adapters.storage.rows import ConnectionRow, InboxRow, OutboxRow, TwinRow
from adnode.adapters.storage.statements import changed_rows, chunked, from_text, to_text
from adnode.domain.message import TRANSITIONS, Message, MessageBody, MessageKind, QueueRow, QueueStatus, StateBody
from adnode.domain.message_documents import (
    body_from_document,
    body_to_document,
    message_from_document,
    message_to_document,
)

ENVELOPE_BYTES = 400
"""What a message weighs besides its body."""
UNSENT = (QueueStatus.WAITING.value, QueueStatus.SENDING.value)
UNAPPLIED = (QueueStatus.APPLYING.value, QueueStatus.FAILED.value)


def statuses_before(status: QueueStatus) -> list[str]:
    """Return the statuses from which a row may come to that status."""
    return [before.value for before, after in TRANSITIONS.items() if status in after]


class SqlOutbox:
    """OutboxRepository on SQL."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, connection_id: str, twin_id: str, kind: str, body: MessageBody, now: datetime) -> str:
        if isinstance(body, StateBody) and (waiting := self._waiting_state(connection_id, twin_id)):
            waiting.body = to_text(body_to_document(_merged(waiting, body)))
            self._session.flush()
            return waiting.id
        row = OutboxRow(
            id=uuid.uuid4().hex,
            connection_id=connection_id,
            sequence=self._next_sequence(connection_id),
            twin_id=twin_id,
            kind=str(kind),
            body=to_text(body_to_document(body)),
            status=QueueStatus.WAITING.value,
            created_at=now,
        )
        self._session.add(row)
        self._session.flush()
        return row.id

    def _waiting_state(self, connection_id: str, twin_id: str) -> OutboxRow | None:
        query = (
            select(OutboxRow)
            .where(
                OutboxRow.twin_id == twin_id,
                OutboxRow.status == QueueStatus.WAITING.value,
                OutboxRow.kind == MessageKind.STATE.value,
                OutboxRow.connection_id == connection_id,
            )
            .order_by(OutboxRow.sequence.desc())
            .limit(1)
            .with_for_update()
        )
        return self._session.scalars(query).first()

    def _next_sequence(self, connection_id: str) -> int:
        statement = (
            update(ConnectionRow)
            .where(ConnectionRow.id == connection_id)
            .values(outbox_sequence=ConnectionRow.outbox_sequence + 1)
            .returning(ConnectionRow.outbox_sequence)
            .execution_options(synchronize_session=False)
        )
        return self._session.execute(statement).scalar_one()

    def next_batch(self, connection_id: str, limit: int, maximum_bytes: int) -> list[Message]:
        return self.after(connection_id, 0, limit, maximum_bytes)

    def after(self, connection_id: str, sequence: int, limit: int, maximum_bytes: int) -> list[Message]:
        query = (
            select(OutboxRow)
            .where(
                OutboxRow.connection_id == connection_id, OutboxRow.status.in_(UNSENT), OutboxRow.sequence > sequence
            )
            .order_by(OutboxRow.sequence)
            .limit(limit)
            .with_for_update()
        )
        rows = _fitting(self._session.scalars(query).all(), maximum_bytes)
        for row in rows:
            row.status = QueueStatus.SENDING.value
        self._session.flush()
        return [_message(row) for row in rows]

    def acknowledge(self, connection_id: str, sequence: int, now: datetime) -> int:
        statement = (
            update(OutboxRow)
            .where(
                OutboxRow.connection_id == connection_id,
                OutboxRow.sequence <= sequence,
                OutboxRow.status.in_(UNSENT),
            )
            .values(status=QueueStatus.SENT.value, settled_at=now)
        )
        return changed_rows(self._session, statement)

    def settle(self, message_ids: Collection[str], status: QueueStatus, now: datetime) -> None:
        for ids in chunked(message_ids):
            self._session.execute(
                update(OutboxRow)
                .where(OutboxRow.id.in_(ids), OutboxRow.status.in_(statuses_before(status)))
                .values(status=status.value, settled_at=now)
            )

    def highest_sequence(self, connection_id: str) -> int:
        query = select(ConnectionRow.outbox_sequence).where(ConnectionRow.id == connection_id)
        return self._session.scalar(query) or 0


def _fitting(rows: Sequence[OutboxRow], maximum_bytes: int) -> list[OutboxRow]:
    """Return the first rows that fit; at least one, however large."""
    fitting: list[OutboxRow] = []
    total = 0
    for row in rows:
        total += len(row.body.encode()) + ENVELOPE_BYTES
        if fitting and total > maximum_bytes:
            break
        fitting.append(row)
    return fitting


def _merged(waiting: OutboxRow, body: StateBody) -> StateBody:
    known = body_from_document(MessageKind.STATE, from_text(waiting.body))
    if not isinstance(known, StateBody):
        return body
    registers = {**known.registers, **body.registers}
    return StateBody(body.work_item_id, body.url, known.lineage | body.lineage, registers)


def _message(row: OutboxRow) -> Message:
    return Message(
        row.id, row.sequence, row.kind, row.twin_id, body_from_document(row.kind, from_text(row.body)), row.created_at
    )


class SqlInbox:
    """InboxRepository on SQL."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, connection_id: str, message: Message, status: QueueStatus, now: datetime) -> bool:
        if self._session.get(InboxRow, (connection_id, message.id)) is not None:
            return False
        self._session.add(
            InboxRow(
                connection_id=connection_id,
                id=message.id,
                sequence=message.sequence,
                twin_id=message.twin_id,
                kind=message.kind,
                document=to_text(message_to_document(message)),
                status=status.value,
                created_at=now,
            )
        )
        self._session.flush()
        return True

    def pending(self, twin_ids: Collection[str]) -> Mapping[str, list[Message]]:
        found: dict[str, list[Message]] = {}
        for ids in chunked(twin_ids):
            query = (
                select(InboxRow)
                .where(
                    InboxRow.twin_id.in_(ids),
                    InboxRow.status.in_(UNAPPLIED),
                    InboxRow.kind == MessageKind.STATE.value,
                )
                .order_by(InboxRow.sequence)
            )
            for row in self._session.scalars(query):
                found.setdefault(row.twin_id, []).append(message_from_document(from_text(row.document)))
        return found

    def pending_of_kind(self, connection_id: str, kind: str) -> list[Message]:
        query = (
            select(InboxRow)
            .where(InboxRow.connection_id == connection_id, InboxRow.kind == str(kind), InboxRow.status.in_(UNAPPLIED))
            .order_by(InboxRow.sequence)
        )
        return [message_from_document(from_text(row.document)) for row in self._session.scalars(query)]

    def settle(self, message_ids: Collection[str], status: QueueStatus, now: datetime) -> None:
        for ids in chunked(message_ids):
            self._session.execute(
                update(InboxRow)
                .where(InboxRow.id.in_(ids), InboxRow.status.in_(statuses_before(status)))
                .values(status=status.value, settled_at=now)
            )


class SqlQueueView:
    """QueueView on SQL."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def list_rows(
        self,
        *,
        connection_id: str | None = None,
        direction: str | None = None,
        statuses: Collection[QueueStatus] | None = None,
        limit: int = 100,
    ) -> list[QueueRow]:
        rows: list[QueueRow] = []
        if direction in (None, "outgoing"):
            rows += self._rows(OutboxRow, "outgoing", connection_id, statuses, limit)
        if direction in (None, "incoming"):
            rows += self._rows(InboxRow, "incoming", connection_id, statuses, limit)
        return sorted(rows, key=lambda row: (row.created_at, row.sequence), reverse=True)[:limit]

    def depth(self, connection_id: str) -> Mapping[str, int]:
        outgoing = select(func.count()).where(OutboxRow.connection_id == connection_id, OutboxRow.status.in_(UNSENT))
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
            select(table, TwinRow.work_item_id)
            .outerjoin(TwinRow, TwinRow.id == table.twin_id)
            .order_by(table.created_at.desc())
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
                work_item_id=work_item_id,
            )
            for row, work_item_id in self._session.execute(query)
        ]

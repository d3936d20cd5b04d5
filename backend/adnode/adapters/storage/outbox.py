"""Messages to the peer in the database."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.orm import Session

from adnode.adapters.storage.connections import connection_not_found
from adnode.adapters.storage.message_rows import OutboxRow, is_unsent
from adnode.adapters.storage.queue_settlement import settle
from adnode.adapters.storage.rows import ConnectionRow
from adnode.adapters.storage.statements import changed_rows, chunked, from_text, read_rows, to_text
from adnode.adapters.storage.turns import Turns
from adnode.adapters.storage.upserts import insert_new
from adnode.domain.message import STATE_WEIGHT, AppliedBody, Message, MessageBody, MessageKind, QueueStatus, StateBody
from adnode.domain.message_documents import body_from_document, body_to_document
from adnode.domain.queue_event import STATE_KINDS, lane_of
from adnode.domain.synced_change import Direction

ENVELOPE_BYTES = 400
"""What a message weighs besides its body."""
DELIVERED = [
    status.value for status in (QueueStatus.SENT, QueueStatus.SYNCHRONIZED, QueueStatus.FAILED, QueueStatus.CANCELLED)
]
UNCONFIRMED = [
    status.value for status in (QueueStatus.WAITING, QueueStatus.SENDING, QueueStatus.SENT, QueueStatus.FAILED)
]
STATES = sorted(kind.value for kind in STATE_KINDS)

# What runs for every twin of a batch is built once.
_WAITING_STATES = select(OutboxRow.id, OutboxRow.body, OutboxRow.sequence).where(
    OutboxRow.twin_id == bindparam("twin_id"),
    OutboxRow.connection_id == bindparam("connection_id"),
    OutboxRow.status == QueueStatus.WAITING.value,
    OutboxRow.kind == MessageKind.STATE.value,
)
_NEXT_SEQUENCE = (
    update(ConnectionRow)
    .where(ConnectionRow.id == bindparam("connection"))
    .values(outbox_sequence=ConnectionRow.outbox_sequence + 1)
    .returning(ConnectionRow.outbox_sequence, ConnectionRow.organization_id)
)


class SqlOutbox:
    """OutboxRepository on SQL."""

    def __init__(self, session: Session, turns: Turns) -> None:
        self._session = session
        self._turns = turns

    def add(self, connection_id: str, twin_id: str, kind: str, body: MessageBody, now: datetime) -> str:
        self._turns.take(connection_id)
        if isinstance(body, StateBody) and (merged_into := self._merge(connection_id, twin_id, body)):
            return merged_into
        message_id = uuid.uuid4().hex
        sequence, organization_id = self._next_sequence(connection_id)
        values = {
            "id": message_id,
            "connection_id": connection_id,
            "organization_id": organization_id,
            "lane": lane_of(Direction.OUTGOING, kind).value,
            "work_item_id": body.work_item_id if isinstance(body, StateBody | AppliedBody) else 0,
            "sequence": sequence,
            "twin_id": twin_id,
            "kind": str(kind),
            "body": to_text(body_to_document(body)),
            "status": QueueStatus.WAITING.value,
            "created_at": now,
        }
        insert_new(self._session, OutboxRow, values)
        return message_id

    def _merge(self, connection_id: str, twin_id: str, body: StateBody) -> str:
        """Merge a state into the waiting one of its twin and return that one's id; '' when none waits."""
        rows = self._session.connection().execute(_WAITING_STATES, {"twin_id": twin_id, "connection_id": connection_id})
        # A twin has few or none; asking for an order would lead SQLite to another index.
        waiting = max(rows, key=lambda row: row.sequence, default=None)
        if waiting is None:
            return ""
        known = _merged(waiting.body, body)
        if known.weight > STATE_WEIGHT and body.weight < known.weight:
            return ""
        merged = to_text(body_to_document(known))
        changed_rows(self._session, update(OutboxRow).where(OutboxRow.id == waiting.id).values(body=merged))
        return str(waiting.id)

    def _next_sequence(self, connection_id: str) -> tuple[int, str]:
        """Count the connection's messages up; return the number and whose connection it is."""
        counted = self._session.connection().execute(_NEXT_SEQUENCE, {"connection": connection_id}).one_or_none()
        if counted is None:
            raise connection_not_found(connection_id)
        return int(counted[0]), str(counted[1])

    def next_batch(
        self, connection_id: str, limit: int, maximum_bytes: int, now: datetime | None = None
    ) -> list[Message]:
        return self.after(connection_id, 0, limit, maximum_bytes, now)

    def after(
        self, connection_id: str, sequence: int, limit: int, maximum_bytes: int, now: datetime | None = None
    ) -> list[Message]:
        self._turns.take(connection_id)
        query = (
            select(OutboxRow)
            .where(OutboxRow.connection_id == connection_id, is_unsent(), OutboxRow.sequence > sequence)
            .order_by(OutboxRow.sequence)
            .limit(limit)
        )
        rows = _fitting(read_rows(self._session, query), maximum_bytes)
        changes: dict[str, Any] = {"status": QueueStatus.SENDING.value}
        if now is not None:
            changes |= {"attempts": OutboxRow.attempts + 1, "last_attempt_at": now}
        for ids in chunked(row.id for row in rows if now is not None or row.status == QueueStatus.WAITING.value):
            changed_rows(self._session, update(OutboxRow).where(OutboxRow.id.in_(ids)).values(**changes))
        return [_message(row) for row in rows]

    def list_waiting(self, after: Mapping[str, int]) -> set[str]:
        waiting: set[str] = set()
        for ids in chunked(after):
            query = (
                select(OutboxRow.connection_id, func.max(OutboxRow.sequence))
                .where(OutboxRow.connection_id.in_(ids), is_unsent())
                .group_by(OutboxRow.connection_id)
            )
            waiting.update(row[0] for row in self._session.execute(query) if row[1] > after[row[0]])
        return waiting

    def acknowledge(self, connection_id: str, sequence: int, now: datetime) -> int:
        self._turns.take(connection_id)
        statement = (
            update(OutboxRow)
            .where(OutboxRow.connection_id == connection_id, is_unsent(), OutboxRow.sequence <= sequence)
            .values(status=QueueStatus.SENT.value, settled_at=now)
        )
        return changed_rows(self._session, statement)

    def settle(
        self,
        message_ids: Collection[str],
        status: QueueStatus,
        now: datetime,
        *,
        connection_id: str = "",
        reason: str = "",
    ) -> None:
        settle(self._session, self._turns, OutboxRow, message_ids, status, now, connection_id, reason)

    def cancel_failed(self, twin_ids: Collection[str], now: datetime, *, reason: str = "") -> int:
        count = 0
        for ids in chunked(twin_ids):
            failed = (OutboxRow.twin_id.in_(ids), OutboxRow.status == QueueStatus.FAILED.value)
            self._turns.take_of(select(OutboxRow.connection_id).where(*failed).distinct())
            values = {"status": QueueStatus.CANCELLED.value, "settled_at": now, "reason": reason}
            count += changed_rows(self._session, update(OutboxRow).where(*failed).values(**values))
        return count

    def unconfirmed(self, twin_ids: Collection[str]) -> set[str]:
        found: set[str] = set()
        for ids in chunked(twin_ids):
            query = select(OutboxRow.twin_id).where(
                OutboxRow.twin_id.in_(ids), OutboxRow.status.in_(UNCONFIRMED), OutboxRow.kind.in_(STATES)
            )
            found.update(self._session.scalars(query.distinct()))
        return found

    def id_at(self, connection_id: str, sequence: int) -> str | None:
        query = select(OutboxRow.id).where(OutboxRow.connection_id == connection_id, OutboxRow.sequence == sequence)
        return self._session.scalar(query)

    def begin_anew(self, connection_id: str, now: datetime) -> None:
        self._turns.take(connection_id)
        unsent = (OutboxRow.connection_id == connection_id) & is_unsent()
        kept = read_rows(
            self._session, select(OutboxRow).where(unsent, OutboxRow.kind.not_in(STATES)).order_by(OutboxRow.sequence)
        )
        cancelled = {"status": QueueStatus.CANCELLED.value, "settled_at": now}
        changed_rows(self._session, update(OutboxRow).where(unsent).values(**cancelled))
        renewed = update(ConnectionRow).where(ConnectionRow.id == connection_id).values(**_renewed())
        if not changed_rows(self._session, renewed):
            raise connection_not_found(connection_id)
        for row in kept:
            if (body := body_from_document(row.kind, from_text(row.body))) is not None:
                self.add(connection_id, row.twin_id, row.kind, body, now)

    def forget_settled(self, before: datetime, limit: int = 1000) -> int:
        old = (
            select(OutboxRow.id)
            .where(OutboxRow.settled_at < before, OutboxRow.status.in_(DELIVERED))
            .order_by(OutboxRow.settled_at)
            .limit(limit)
        )
        return changed_rows(self._session, delete(OutboxRow).where(OutboxRow.id.in_(old)))


def _renewed() -> dict[str, Any]:
    return {
        "retired_incarnation": ConnectionRow.outbox_incarnation,
        "outbox_incarnation": uuid.uuid4().hex,
        "acknowledged_sequence": 0,
        "acknowledged_id": "",
    }


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


def _merged(waiting: str, body: StateBody) -> StateBody:
    known = body_from_document(MessageKind.STATE, from_text(waiting))
    return known.followed_by(body) if isinstance(known, StateBody) else body


def _message(row: OutboxRow) -> Message:
    return Message(
        row.id, row.sequence, row.kind, row.twin_id, body_from_document(row.kind, from_text(row.body)), row.created_at
    )

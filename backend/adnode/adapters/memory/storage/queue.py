"""Outbox and inbox in memory."""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from itertools import count
from typing import TypeVar

from adnode.adapters.memory.storage.tables import StoredConnection, StoredMessage, Tables, existing, new_incarnation
from adnode.domain.message import STATE_WEIGHT, TRANSITIONS, Message, MessageBody, MessageKind, QueueStatus, StateBody
from adnode.domain.message_documents import body_to_document, message_from_document, message_to_document
from adnode.domain.queue_event import STATE_KINDS
from adnode.domain.queues import BEGINNING
from adnode.ports.storage import REMEMBERED_MESSAGES

Key = TypeVar("Key")
_NUMBERS = count(1)
ENVELOPE_BYTES = 400
"""What a message weighs besides its body."""
UNSENT = frozenset({QueueStatus.WAITING, QueueStatus.SENDING})
UNCONFIRMED = UNSENT | {QueueStatus.SENT, QueueStatus.FAILED}
UNAPPLIED = frozenset({QueueStatus.APPLYING, QueueStatus.FAILED})
UNSETTLED = frozenset({QueueStatus.WAITING, QueueStatus.SENDING, QueueStatus.APPLYING})
TRIED = frozenset({QueueStatus.SYNCHRONIZED, QueueStatus.FAILED})
DELIVERED = frozenset({QueueStatus.SENT, QueueStatus.SYNCHRONIZED, QueueStatus.FAILED, QueueStatus.CANCELLED})
APPLIED = frozenset({QueueStatus.SYNCHRONIZED, QueueStatus.CANCELLED})


class MemoryOutbox:
    """OutboxRepository in memory. Ids are numbered in each process: never again those of a history that a restored
    backup took back.
    """

    def __init__(self, tables: Tables) -> None:
        self._rows = tables.outbox
        self._connections = tables.connections

    def add(self, connection_id: str, twin_id: str, kind: str, body: MessageBody, now: datetime) -> str:
        if isinstance(body, StateBody) and (waiting := self._waiting_state(connection_id, twin_id)):
            known = _merged(waiting.message.body, body)
            if known.weight <= STATE_WEIGHT or body.weight == known.weight:
                self._rows[waiting.message.id] = replace(waiting, message=replace(waiting.message, body=known))
                return waiting.message.id
        sequence = self._next_sequence(connection_id)
        message_id = f"{connection_id}.{sequence}.{next(_NUMBERS)}"
        message = Message(message_id, sequence, str(kind), twin_id, body, now)
        self._rows[message.id] = StoredMessage(connection_id, message, QueueStatus.WAITING, now)
        return message.id

    def _waiting_state(self, connection_id: str, twin_id: str) -> StoredMessage | None:
        waiting = [
            row
            for row in self._of(connection_id, {QueueStatus.WAITING})
            if row.message.twin_id == twin_id and row.message.kind == MessageKind.STATE
        ]
        return waiting[-1] if waiting else None

    def _of(self, connection_id: str, statuses: Collection[QueueStatus]) -> list[StoredMessage]:
        found = [row for row in self._rows.values() if row.connection_id == connection_id and row.status in statuses]
        return sorted(found, key=lambda row: row.message.sequence)

    def _next_sequence(self, connection_id: str) -> int:
        row = self._connection(connection_id)
        self._connections[connection_id] = replace(row, outbox_sequence=row.outbox_sequence + 1)
        return row.outbox_sequence + 1

    def _connection(self, connection_id: str) -> StoredConnection:
        return existing(
            self._connections,
            connection_id,
            f"There is no connection {connection_id} here. List the connections to see their ids.",
        )

    def next_batch(
        self, connection_id: str, limit: int, maximum_bytes: int, now: datetime | None = None
    ) -> list[Message]:
        return self.after(connection_id, 0, limit, maximum_bytes, now)

    def after(
        self, connection_id: str, sequence: int, limit: int, maximum_bytes: int, now: datetime | None = None
    ) -> list[Message]:
        newer = [row for row in self._of(connection_id, UNSENT) if row.message.sequence > sequence]
        batch = list(_fitting(newer[:limit], maximum_bytes))
        self._rows.update({row.message.id: _handed_out(row, now) for row in batch})
        return [row.message for row in batch]

    def list_waiting(self, after: Mapping[str, int]) -> set[str]:
        unsent = [row for row in self._rows.values() if row.status in UNSENT and row.connection_id in after]
        return {row.connection_id for row in unsent if row.message.sequence > after[row.connection_id]}

    def acknowledge(self, connection_id: str, sequence: int, now: datetime) -> int:
        sent = [row for row in self._of(connection_id, UNSENT) if row.message.sequence <= sequence]
        self._rows.update({row.message.id: replace(row, status=QueueStatus.SENT, settled_at=now) for row in sent})
        return len(sent)

    def settle(
        self,
        message_ids: Collection[str],
        status: QueueStatus,
        now: datetime,
        *,
        connection_id: str = "",
        reason: str = "",
    ) -> None:
        wanted = set(message_ids)
        for message_id, row in self._rows.items():
            if message_id in wanted and connection_id in ("", row.connection_id):
                self._rows[message_id] = _settled(row, status, now, reason)

    def cancel_failed(self, twin_ids: Collection[str], now: datetime, *, reason: str = "") -> int:
        failed = [
            (key, row)
            for key, row in self._rows.items()
            if row.message.twin_id in twin_ids and row.status is QueueStatus.FAILED
        ]
        self._rows.update({key: _settled(row, QueueStatus.CANCELLED, now, reason) for key, row in failed})
        return len(failed)

    def unconfirmed(self, twin_ids: Collection[str]) -> set[str]:
        return {
            row.message.twin_id
            for row in self._rows.values()
            if row.message.twin_id in twin_ids and row.status in UNCONFIRMED and row.message.kind in STATE_KINDS
        }

    def id_at(self, connection_id: str, sequence: int) -> str | None:
        found = [
            row.message.id
            for row in self._rows.values()
            if row.connection_id == connection_id and row.message.sequence == sequence
        ]
        return found[0] if found else None

    def begin_anew(self, connection_id: str, now: datetime) -> None:
        connection = self._connection(connection_id)
        unsent = self._of(connection_id, UNSENT)
        self.settle([row.message.id for row in unsent], QueueStatus.CANCELLED, now)
        self._connections[connection_id] = replace(
            connection,
            retired_incarnation=connection.incarnation,
            incarnation=new_incarnation(),
            acknowledged=BEGINNING,
        )
        for message in (row.message for row in unsent if row.message.kind not in STATE_KINDS):
            if message.body is not None:
                self.add(connection_id, message.twin_id, message.kind, message.body, now)

    def forget_settled(self, before: datetime, limit: int = 1000) -> int:
        return _forget(self._rows, lambda row: _is_older(row, before, DELIVERED), limit)


def _fitting(rows: Iterable[StoredMessage], maximum_bytes: int) -> Iterator[StoredMessage]:
    """Return the first rows that fit; at least one, however large."""
    total = 0
    for position, row in enumerate(rows):
        if row.message.body is not None:
            text = json.dumps(body_to_document(row.message.body), ensure_ascii=False, separators=(",", ":"))
            total += len(text.encode(errors="replace"))
        total += ENVELOPE_BYTES
        if position and total > maximum_bytes:
            return
        yield row


def _merged(waiting: MessageBody | None, body: StateBody) -> StateBody:
    return waiting.followed_by(body) if isinstance(waiting, StateBody) else body


def _handed_out(row: StoredMessage, now: datetime | None) -> StoredMessage:
    sending = replace(row, status=QueueStatus.SENDING)
    return replace(sending, attempts=row.attempts + 1, last_attempt_at=now) if now is not None else sending


def _settled(row: StoredMessage, status: QueueStatus, now: datetime, reason: str = "") -> StoredMessage:
    if status not in TRANSITIONS[row.status]:
        return row
    return replace(row, status=status, settled_at=None if status in UNSETTLED else now, reason=reason)


def _tried(before: StoredMessage, row: StoredMessage, now: datetime) -> StoredMessage:
    if row is before or row.status not in TRIED:
        return row
    return replace(row, attempts=row.attempts + 1, last_attempt_at=now)


def _is_older(row: StoredMessage, before: datetime, statuses: Collection[QueueStatus]) -> bool:
    return row.status in statuses and row.settled_at is not None and row.settled_at < before


def _forget(rows: dict[Key, StoredMessage], is_over: Callable[[StoredMessage], bool], limit: int) -> int:
    over = [key for key, row in rows.items() if is_over(row)][:limit]
    for key in over:
        del rows[key]
    return len(over)


class MemoryInbox:
    """InboxRepository in memory. Messages pass through their documents, as in a database."""

    def __init__(self, tables: Tables) -> None:
        self._rows = tables.inbox
        self._twins = tables.twins
        self._connections = tables.connections

    def add(self, connection_id: str, message: Message, status: QueueStatus, now: datetime) -> bool:
        if (connection_id, message.id) in self._rows:
            return False
        stored = message_from_document(message_to_document(message))
        self._rows[connection_id, message.id] = StoredMessage(connection_id, stored, status, now)
        return True

    def pending(self, twin_ids: Collection[str]) -> Mapping[str, list[Message]]:
        wanted, found = set(twin_ids), dict[str, list[Message]]()
        for row in self._unapplied(MessageKind.STATE):
            twin = self._twins.get(row.message.twin_id)
            if twin is not None and twin.twin.id in wanted and twin.twin.connection_id == row.connection_id:
                found.setdefault(twin.twin.id, []).append(row.message)
        return found

    def pending_of_kind(self, connection_id: str, kind: str) -> list[Message]:
        return [row.message for row in self._unapplied(kind) if row.connection_id == connection_id]

    def _unapplied(self, kind: str) -> list[StoredMessage]:
        found = [row for row in self._rows.values() if row.message.kind == kind and row.status in UNAPPLIED]
        return sorted(found, key=lambda row: row.message.sequence)

    def settle(
        self,
        message_ids: Collection[str],
        status: QueueStatus,
        now: datetime,
        *,
        connection_id: str = "",
        reason: str = "",
    ) -> None:
        wanted = set(message_ids)
        for key, row in self._rows.items():
            if row.message.id in wanted and connection_id in ("", row.connection_id):
                self._rows[key] = _tried(row, _settled(row, status, now, reason), now)

    def cancel_failed(self, twin_ids: Collection[str], now: datetime) -> int:
        failed = [
            (key, row)
            for key, row in self._rows.items()
            if row.status is QueueStatus.FAILED
            and row.message.twin_id in twin_ids
            and (twin := self._twins.get(row.message.twin_id)) is not None
            and twin.twin.connection_id == row.connection_id
        ]
        self._rows.update({key: _settled(row, QueueStatus.CANCELLED, now) for key, row in failed})
        return len(failed)

    def forget_settled(self, before: datetime, limit: int = 1000) -> int:
        def is_over(row: StoredMessage) -> bool:
            stored = self._connections.get(row.connection_id)
            kept_from = stored.received.sequence - REMEMBERED_MESSAGES if stored else row.message.sequence
            return row.message.sequence <= kept_from and _is_older(row, before, APPLIED)

        return _forget(self._rows, is_over, limit)

"""What of the peer's messages is not taken: people here see it, and the peer is told in words that its page shows."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from adnode.domain.connection import Connection, TransportKind
from adnode.domain.error_record import ErrorRecord, Impact
from adnode.domain.errors import (
    NameRefusedError,
    NumberRefusedError,
    TextTooLongError,
    TimeRefusedError,
    TooManyRegistersError,
    ValidationError,
)
from adnode.domain.message import FailedBody, Message, MessageAnswer, MessageKind, Refusal, StateBody
from adnode.ports.storage import UnitOfWork
from adnode.ports.system import Ids
from adnode.services.correlation import correlation_id

MESSAGES = "messages"
"""Subject of records about messages of the partner that were not taken."""
LEFT_OUT_CODES = frozenset(
    kind.code
    for kind in (
        NameRefusedError,
        NumberRefusedError,
        TextTooLongError,
        TimeRefusedError,
        TooManyRegistersError,
        ValidationError,
    )
)
"""Codes of records about single values of a work item that were not taken; nothing else at a twin has them."""
NAMED_LIMIT = 10
"""Values of one work item with a record of their own; those beyond share one for each code."""
OTHERS = "others"
"""Subject of the record that they share."""


class RefusedMessages:
    """The refused messages of one batch. Whatever a peer sends, each code is one record."""

    def __init__(self, connection: Connection, ids: Ids, now: datetime) -> None:
        self._connection = connection
        self._ids = ids
        self._now = now
        self._refused: dict[str, list[tuple[Message, Refusal]]] = {}

    def add(self, message: Message, refusal: Refusal) -> MessageAnswer:
        """Note a message and return the answer to it."""
        self._refused.setdefault(refusal.code, []).append((message, refusal))
        return MessageAnswer(message.id, "refused", refusal.code, refusal.text)

    def store(self, work: UnitOfWork) -> None:
        """Open a record for each code. A peer that gets no answers to its messages is told by one of ours."""
        for code, refused in self._refused.items():
            work.error_records.open(self._record(code, refused))
            if self._connection.transport is TransportKind.POLL:
                self._tell(work, code, refused)

    def _record(self, code: str, refused: Sequence[tuple[Message, Refusal]]) -> ErrorRecord:
        message, refusal = refused[0]
        what = "a message" if len(refused) == 1 else f"{len(refused)} messages"
        text = (
            f"Connection {self._connection.name} did not take {what} of the partner (the first one: {message.kind} "
            f"{message.sequence}). {refusal.text} What stands behind goes on. Ask the partner's administrator what "
            "their node sends."
        )
        return _record(self._connection, Impact.WARNING, code, text, self._ids, self._now, subject=MESSAGES)

    def _tell(self, work: UnitOfWork, code: str, refused: Sequence[tuple[Message, Refusal]]) -> None:
        by_twin: dict[str, list[tuple[Message, Refusal]]] = {}
        for message, refusal in refused:
            by_twin.setdefault(message.twin_id, []).append((message, refusal))
        for twin_id, of_twin in by_twin.items():
            ids = tuple(message.id for message, _ in of_twin)
            body = FailedBody(code, of_twin[0][1].text, ids)
            work.outbox.add(self._connection.id, twin_id, MessageKind.FAILED, body, self._now)


def note_left_out(work: UnitOfWork, connection: Connection, message: Message, ids: Ids, now: datetime) -> None:
    """Open a record of each kind of value that was left out of a state; the twin is there already. The peer is told
    once the rest was applied.
    """
    by_code: dict[str, list[str]] = {}
    for one in message.left_out:
        by_code.setdefault(one.refusal.code, []).append(one.key)
    texts = {one.refusal.code: one.refusal.text for one in reversed(message.left_out)}
    open_ones = work.error_records.list_records(connection_id=connection.id, twin_id=message.twin_id)
    named = {record.subject for record in open_ones if is_left_out(record)}
    twin = work.twins.get(message.twin_id)
    for code, keys in by_code.items():
        text = f"{texts[code]} It was left out; everything else of the work item is in sync."
        if more := len(keys) - 1:
            text += f" {more} more values of it were left out for the same reason."
        subject = keys[0] if keys[0] in named or len(named) < NAMED_LIMIT else OTHERS
        named.add(subject)
        record = _record(connection, Impact.WORK_ITEM, code, text, ids, now, subject=subject)
        work.error_records.open(replace(record, twin_id=twin.id, work_item_id=twin.work_item_id))


def is_left_out(record: ErrorRecord) -> bool:
    """Say whether a record is about a value of the partner's work item that was not taken."""
    return record.code in LEFT_OUT_CODES and not record.is_remote and bool(record.subject)


def still_left_out(records: Iterable[ErrorRecord], messages: Iterable[Message]) -> list[ErrorRecord]:
    """Return the records about values that did not come within their limits with one of the messages either."""
    arrived = {key for message in messages if isinstance(message.body, StateBody) for key in message.body.registers}
    left_out = [record for record in records if is_left_out(record) and record.subject not in arrived]
    return left_out if any(record.subject != OTHERS for record in left_out) else []


def tell_left_out(work: UnitOfWork, connection: Connection, records: Iterable[ErrorRecord], now: datetime) -> None:
    """Tell the peer what still is left out of a work item; what was applied has ended its record of it."""
    for record in records:
        body = FailedBody(record.code, record.message, ())
        work.outbox.add(connection.id, record.twin_id, MessageKind.FAILED, body, now)


def _record(
    connection: Connection,
    impact: Impact,
    code: str,
    text: str,
    ids: Ids,
    now: datetime,
    *,
    subject: str,
) -> ErrorRecord:
    return ErrorRecord(
        id=ids.new_id(),
        organization_id=connection.organization_id,
        connection_id=connection.id,
        twin_id="",
        impact=impact,
        code=code,
        message=text,
        opened_at=now,
        last_seen_at=now,
        subject=subject,
        correlation_id=correlation_id(),
    )

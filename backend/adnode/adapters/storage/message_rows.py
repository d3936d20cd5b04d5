"""Rows of messages to and from the peer: outbox and inbox."""

from datetime import datetime

from sqlalchemy import Index, Text, TextClause, text
from sqlalchemy.orm import Mapped, mapped_column

from adnode.adapters.storage.rows import PlainKey, Row

UNSENT = "status IN ('waiting', 'sending')"
"""Which messages still have to be sent. An index of these alone is used only where a query says just this, so queries
say ``is_unsent()``.
"""


def is_unsent() -> TextClause:
    """Return the condition that picks messages to the peer that it has not stored yet."""
    return text(f"outbox.{UNSENT}")


OUTBOX_UNFINISHED = (
    "status IN ('waiting', 'sending', 'blocked', 'failed') OR (status = 'sent' AND kind IN ('state', 'connecting'))"
)
INBOX_UNFINISHED = "status IN ('applying', 'blocked', 'failed', 'parked')"
"""Which messages people still see as in progress. Queries say ``is_unfinished(row)``, so that the index is used."""


def is_unfinished(row: "type[OutboxRow | InboxRow]") -> TextClause:
    """Return the condition that picks the messages of outbox or inbox that are in progress."""
    table = row.__tablename__
    condition = OUTBOX_UNFINISHED if row is OutboxRow else INBOX_UNFINISHED
    return text(f"({condition.replace('status', f'{table}.status').replace('kind', f'{table}.kind')})")


def is_finished(row: "type[OutboxRow | InboxRow]") -> TextClause:
    """Return the condition that picks all others."""
    return text(f"NOT {is_unfinished(row).text}")


EVENT_COLUMNS = (
    *("organization_id", "lane", "created_at", "id"),
    *("connection_id", "status", "sequence", "kind", "twin_id", "work_item_id"),
)
"""What lists of the sync queue are filtered and sorted by. One index holds it all: it gives them in the order of age,
and for every other order it is read alone, without the wide rows behind it. An index for each order would have to be
kept up with every step of every message.
"""


class MessageColumns:
    """What outbox and inbox hold alike of a message."""

    sequence: Mapped[int]
    twin_id: Mapped[str] = mapped_column(PlainKey(64))
    kind: Mapped[str] = mapped_column(PlainKey(40))
    status: Mapped[str] = mapped_column(PlainKey(20))
    created_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    organization_id: Mapped[str] = mapped_column(PlainKey(64), server_default="")
    lane: Mapped[str] = mapped_column(PlainKey(30), server_default="")
    work_item_id: Mapped[int] = mapped_column(server_default="0")
    attempts: Mapped[int] = mapped_column(server_default="0")
    last_attempt_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(server_default="")


class OutboxRow(MessageColumns, Row):
    """A message to the peer."""

    __tablename__ = "outbox"
    id: Mapped[str] = mapped_column(PlainKey(64), primary_key=True)
    connection_id: Mapped[str] = mapped_column(PlainKey(64))
    body: Mapped[str] = mapped_column(Text)

    __table_args__ = (
        Index(
            "outbox_unfinished",
            *EVENT_COLUMNS,
            sqlite_where=text(OUTBOX_UNFINISHED),
            postgresql_where=text(OUTBOX_UNFINISHED),
        ),
        Index("outbox_by_age", *EVENT_COLUMNS, "settled_at"),
        Index("outbox_by_sequence", "connection_id", "sequence", unique=True),
        Index(
            "outbox_unsent",
            "connection_id",
            "sequence",
            sqlite_where=text(UNSENT),
            postgresql_where=text(UNSENT),
        ),
        Index("outbox_by_twin", "twin_id", "connection_id", "status"),
        Index("outbox_by_time", "connection_id", "created_at", "sequence"),
        Index("outbox_settled", "settled_at"),
    )


class InboxRow(MessageColumns, Row):
    """A message of the peer; ids are unique per connection."""

    __tablename__ = "inbox"
    connection_id: Mapped[str] = mapped_column(PlainKey(64), primary_key=True)
    id: Mapped[str] = mapped_column(PlainKey(64), primary_key=True)
    document: Mapped[str] = mapped_column(Text)

    __table_args__ = (
        Index(
            "inbox_unfinished",
            *EVENT_COLUMNS,
            sqlite_where=text(INBOX_UNFINISHED),
            postgresql_where=text(INBOX_UNFINISHED),
        ),
        Index("inbox_by_age", *EVENT_COLUMNS, "settled_at"),
        Index("inbox_by_twin", "twin_id", "connection_id", "kind", "status"),
        Index("inbox_by_kind", "connection_id", "kind", "status"),
        Index("inbox_by_time", "connection_id", "created_at", "sequence"),
        Index("inbox_settled", "settled_at"),
    )

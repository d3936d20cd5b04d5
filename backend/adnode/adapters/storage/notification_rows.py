"""Rows of who is told about errors, and of what has been told."""

from datetime import datetime

from sqlalchemy import Index, LargeBinary, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from adnode.adapters.storage.rows import PlainKey, Row

UNTOLD = "is_told = false"
WAITING = "status = 'waiting'"


class MailServerRow(Row):
    """The mail server of an organization."""

    __tablename__ = "mail_servers"
    organization_id: Mapped[str] = mapped_column(PlainKey(64), primary_key=True)
    host: Mapped[str]
    port: Mapped[int]
    security: Mapped[str] = mapped_column(PlainKey(20))
    sender_address: Mapped[str]
    sender_name: Mapped[str]
    user: Mapped[str]
    sealed_password: Mapped[bytes] = mapped_column(LargeBinary)
    revision: Mapped[int]


class SubscriberRow(Row):
    """Somebody who is told; ``impacts`` and ``connection_ids`` are JSON lists."""

    __tablename__ = "subscribers"
    id: Mapped[str] = mapped_column(PlainKey(64), primary_key=True)
    organization_id: Mapped[str] = mapped_column(PlainKey(64))
    kind: Mapped[str] = mapped_column(PlainKey(20))
    address: Mapped[str]
    address_key: Mapped[str] = mapped_column(PlainKey(64))
    impacts: Mapped[str]
    connection_ids: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(PlainKey(20))
    status: Mapped[str] = mapped_column(PlainKey(20))
    created_at: Mapped[datetime]
    sealed_secret: Mapped[bytes] = mapped_column(LargeBinary)
    told_at: Mapped[datetime | None]
    trouble: Mapped[str]
    revision: Mapped[int]

    __table_args__ = (
        Index("subscribers_by_organization", "organization_id", "created_at", "id"),
        Index("subscribers_one_per_address", "organization_id", "kind", "address_key", unique=True),
    )


class UnsubscribeTokenRow(Row):
    """The hash of a token in a mail that unsubscribes its reader."""

    __tablename__ = "unsubscribe_tokens"
    token_hash: Mapped[str] = mapped_column(PlainKey(64), primary_key=True)
    subscriber_id: Mapped[str] = mapped_column(PlainKey(64), index=True)
    made_at: Mapped[datetime] = mapped_column(index=True)


class NoticeRow(Row):
    """An error record that was noticed for a subscriber. One that was open before the subscriber came counts as told,
    without a time.
    """

    __tablename__ = "notices"
    subscriber_id: Mapped[str] = mapped_column(PlainKey(64), primary_key=True)
    record_id: Mapped[str] = mapped_column(PlainKey(64), primary_key=True)
    opened_at: Mapped[datetime] = mapped_column(primary_key=True)
    connection_id: Mapped[str] = mapped_column(PlainKey(64))
    code: Mapped[str] = mapped_column(PlainKey(80))
    noticed_at: Mapped[datetime] = mapped_column(index=True)
    is_told: Mapped[bool]
    told_at: Mapped[datetime | None]

    __table_args__ = (
        Index(
            "notices_untold",
            "subscriber_id",
            "noticed_at",
            sqlite_where=text(UNTOLD),
            postgresql_where=text(UNTOLD),
        ),
        Index("notices_by_group", "subscriber_id", "connection_id", "code", "told_at"),
    )


class DeliveryRow(Row):
    """One notice for one subscriber, and the lease under which it is sent."""

    __tablename__ = "deliveries"
    id: Mapped[str] = mapped_column(PlainKey(64), primary_key=True)
    organization_id: Mapped[str] = mapped_column(PlainKey(64))
    subscriber_id: Mapped[str] = mapped_column(PlainKey(64), index=True)
    kind: Mapped[str] = mapped_column(PlainKey(20))
    address: Mapped[str]
    notice: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    next_attempt_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(PlainKey(20))
    attempts: Mapped[int]
    error: Mapped[str]
    settled_at: Mapped[datetime | None] = mapped_column(index=True)
    lease_owner: Mapped[str | None]
    lease_until: Mapped[datetime | None]

    __table_args__ = (
        Index("deliveries_by_organization", "organization_id", "created_at", "id"),
        Index(
            "deliveries_waiting",
            "organization_id",
            "next_attempt_at",
            sqlite_where=text(WAITING),
            postgresql_where=text(WAITING),
        ),
    )


class NoticeRoundRow(Row):
    """When an organization's errors were last looked at for what is new."""

    __tablename__ = "notice_rounds"
    organization_id: Mapped[str] = mapped_column(PlainKey(64), primary_key=True)
    begun_at: Mapped[datetime | None]
    full_at: Mapped[datetime | None]

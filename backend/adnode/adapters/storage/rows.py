"""Rows: how things lie in the database. They never leave this package; repositories turn them into domain values."""

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    DateTime,
    Dialect,
    Index,
    LargeBinary,
    MetaData,
    String,
    Text,
    TextClause,
    TypeDecorator,
    false,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class UtcTime(TypeDecorator[datetime]):
    """Aware UTC times with microseconds on both databases."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive times; SQLite keeps UTC without a zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("Times must be aware")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Return the time aware."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def whole_characters(text: str) -> str:
    """Return the text with halves of surrogate pairs, as broken texts carry them, replaced by U+FFFD."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


class PlainText(TypeDecorator[str]):
    """Text that both databases can hold: NUL and halves of surrogate pairs become U+FFFD."""

    impl: type[String] = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, _dialect: Dialect) -> str | None:
        """Replace what can't be stored."""
        return None if value is None else whole_characters(value).replace("\0", "\ufffd")


class PlainKey(PlainText):
    """Short text of limited length, for keys."""

    impl = String
    cache_ok = True


NAMES = {
    "ix": "ix_%(column_0_label)s",
    "uq": "%(table_name)s_%(column_0_name)s_key",
    "ck": "%(table_name)s_%(constraint_name)s_check",
    "fk": "%(table_name)s_%(column_0_name)s_fkey",
    "pk": "%(table_name)s_pkey",
}
"""Names of constraints: what migrations must be able to name on every database, as PostgreSQL would call them."""


class Row(DeclarativeBase):
    """Base of all rows."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own form
        datetime: UtcTime(),
        int: BigInteger(),
        str: PlainText(),
    }


class OrganizationRow(Row):
    """An organization and its sealed credential."""

    __tablename__ = "organizations"
    id: Mapped[str] = mapped_column(PlainKey(64), primary_key=True)
    name: Mapped[str]
    url: Mapped[str]
    kind: Mapped[str]
    credential_kind: Mapped[str]
    identity: Mapped[str]
    identity_id: Mapped[str]
    added_at: Mapped[datetime]
    sealed_credential: Mapped[bytes] = mapped_column(LargeBinary)


class FeedRow(Row):
    """Where an organization's change feed stands."""

    __tablename__ = "feeds"
    organization_id: Mapped[str] = mapped_column(PlainKey(64), primary_key=True)
    token: Mapped[str | None]
    lease_owner: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    pages: Mapped[int] = mapped_column(server_default="0")
    looked_back_at: Mapped[datetime | None]


class ConnectionRow(Row):
    """A connection and the counters of its queue."""

    __tablename__ = "connections"
    id: Mapped[str] = mapped_column(PlainKey(64), primary_key=True)
    name: Mapped[str]
    description: Mapped[str]
    organization_id: Mapped[str] = mapped_column(PlainKey(64), index=True)
    project: Mapped[str]
    mode: Mapped[str]
    visibility: Mapped[str]
    role: Mapped[str]
    status: Mapped[str]
    transport: Mapped[str]
    sealed_private_key: Mapped[bytes] = mapped_column(LargeBinary)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]
    default_type: Mapped[str]
    block_reason: Mapped[str]
    realignment: Mapped[str] = mapped_column(PlainKey(20), server_default="")
    realigned_at: Mapped[datetime | None]
    consent: Mapped[str] = mapped_column(server_default="ask")
    consent_query: Mapped[str] = mapped_column(server_default="")
    restricted_deeds: Mapped[str] = mapped_column(server_default="")
    peer_organization_id: Mapped[str | None] = mapped_column(PlainKey(64))
    peer_organization_name: Mapped[str | None]
    peer_organization_url: Mapped[str | None]
    peer_url: Mapped[str | None]
    peer_public_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    outbox_sequence: Mapped[int] = mapped_column(default=0)
    outbox_incarnation: Mapped[str] = mapped_column(PlainKey(64), server_default="")
    retired_incarnation: Mapped[str] = mapped_column(PlainKey(64), server_default="")
    acknowledged_sequence: Mapped[int] = mapped_column(server_default="0")
    acknowledged_id: Mapped[str] = mapped_column(PlainKey(64), server_default="")
    received_through: Mapped[int] = mapped_column(default=0)
    received_incarnation: Mapped[str] = mapped_column(PlainKey(64), server_default="")
    received_id: Mapped[str] = mapped_column(PlainKey(64), server_default="")
    sender_owner: Mapped[str | None]
    sender_until: Mapped[datetime | None]
    files_owner: Mapped[str | None]
    files_until: Mapped[datetime | None]
    postponed_until: Mapped[datetime | None]
    postponed_attempts: Mapped[int] = mapped_column(default=0)


class InvitationRow(Row):
    """An invitation of this node as initiator."""

    __tablename__ = "invitations"
    id: Mapped[str] = mapped_column(PlainKey(64), primary_key=True)
    connection_id: Mapped[str] = mapped_column(PlainKey(64), index=True)
    status: Mapped[str]
    sealed_secret: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    accepted_public_key: Mapped[bytes] = mapped_column(LargeBinary)
    accepted_at: Mapped[datetime | None]


HELD = "is_held AND status <> 'unlinked'"
"""Which twins wait for the license plan. Queries say ``is_held()``, so that the index of these alone is used."""


def is_held() -> TextClause:
    """Return the condition that picks twins which wait for the license plan."""
    return text("twins.is_held AND twins.status <> 'unlinked'")


class TwinRow(Row):
    """A twin, its state and the schedule of its reconciliation."""

    __tablename__ = "twins"
    id: Mapped[str] = mapped_column(PlainKey(64), primary_key=True)
    connection_id: Mapped[str] = mapped_column(PlainKey(64))
    organization_id: Mapped[str] = mapped_column(PlainKey(64))
    status: Mapped[str] = mapped_column(PlainKey(20))
    created_at: Mapped[datetime]
    work_item_id: Mapped[int | None]
    project: Mapped[str]
    revision: Mapped[int | None]
    remote_work_item_id: Mapped[int | None]
    remote_url: Mapped[str]
    state: Mapped[str] = mapped_column(Text)
    local_forms: Mapped[str] = mapped_column(Text)
    comment_count: Mapped[int]
    lineage: Mapped[str] = mapped_column(Text)
    intent: Mapped[str | None] = mapped_column(Text)
    synchronized_at: Mapped[datetime | None]
    title: Mapped[str] = mapped_column(server_default="")
    title_key: Mapped[str] = mapped_column(server_default="")
    is_dirty: Mapped[bool]
    due_at: Mapped[datetime | None]
    must_read: Mapped[bool]
    dirty_sequence: Mapped[int]
    attempts: Mapped[int]
    fence: Mapped[int]
    lease_owner: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    is_held: Mapped[bool] = mapped_column(server_default=false())
    terms: Mapped[str | None] = mapped_column(Text)
    realignment: Mapped[str] = mapped_column(PlainKey(20), server_default="")
    is_separate: Mapped[bool] = mapped_column(server_default=false())

    __table_args__ = (
        Index("twins_due", "connection_id", "is_held", "is_dirty", "due_at", "id"),
        Index(
            "twins_held",
            "organization_id",
            "created_at",
            "id",
            sqlite_where=text(HELD),
            postgresql_where=text(HELD),
        ),
        Index("twins_by_id", "connection_id", "id"),
        Index("twins_by_status", "connection_id", "status"),
        Index(
            "twins_leased",
            "connection_id",
            "lease_owner",
            sqlite_where=text("lease_owner IS NOT NULL"),
            postgresql_where=text("lease_owner IS NOT NULL"),
        ),
        Index("twins_by_work_item", "organization_id", "work_item_id"),
        Index("twins_by_remote_work_item", "organization_id", "remote_work_item_id"),
        Index("twins_by_synchronization", "organization_id", "synchronized_at", "id"),
        Index("twins_of_connection_by_synchronization", "connection_id", "synchronized_at", "id"),
        Index("twins_by_creation", "organization_id", "created_at", "id"),
        Index("twins_by_title", "organization_id", "title_key", "id"),
        Index("twins_by_state", "organization_id", "status", "id"),
        Index("twins_by_project", "organization_id", "project", "status"),
        Index(
            "twins_one_per_work_item",
            "connection_id",
            "work_item_id",
            unique=True,
            sqlite_where=text("status <> 'unlinked'"),
            postgresql_where=text("status <> 'unlinked'"),
        ),
    )


class TraceRow(Row):
    """A trace of a local work item."""

    __tablename__ = "traces"
    organization_id: Mapped[str] = mapped_column(PlainKey(64), primary_key=True)
    work_item_id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(PlainKey(20), primary_key=True)
    key: Mapped[str] = mapped_column(PlainKey(500), primary_key=True)
    local_id: Mapped[str]
    local_form: Mapped[str]
    value: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (Index("traces_by_key", "organization_id", "key"),)


class ContentRow(Row):
    """A file of the peer that has been uploaded here."""

    __tablename__ = "contents"
    connection_id: Mapped[str] = mapped_column(PlainKey(64), primary_key=True)
    key: Mapped[str] = mapped_column(PlainKey(500), primary_key=True)
    attachment_id: Mapped[str]
    url: Mapped[str]
    sha256: Mapped[str]
    size: Mapped[int]


class AskedFileRow(Row):
    """A file that the peer was asked for and has not sent yet."""

    __tablename__ = "asked_files"
    connection_id: Mapped[str] = mapped_column(PlainKey(64), primary_key=True)
    key: Mapped[str] = mapped_column(PlainKey(500), primary_key=True)
    twin_id: Mapped[str] = mapped_column(PlainKey(64))
    asked_at: Mapped[datetime]

    __table_args__ = (Index("asked_files_by_twin", "twin_id"), Index("asked_files_by_time", "asked_at"))


ERROR_ORDERS = (
    ("of_organization", "opened_at", "id"),
    ("by_severity", "severity", "opened_at", "id"),
    ("by_occurrences", "occurrences", "opened_at", "id"),
    ("of_connection", "connection_id", "opened_at", "id"),
    ("by_code", "code", "opened_at", "id"),
    ("by_cause", "cause_key", "opened_at", "id"),
    ("by_work_item", "work_item_id", "opened_at", "id"),
    ("history", "closed_at", "id"),
)
"""What lists of an organization's error records are filtered and sorted by, each with an index behind."""


class ErrorRecordRow(Row):
    """An error record; open ones are unique per cause."""

    __tablename__ = "error_records"
    id: Mapped[str] = mapped_column(PlainKey(64), primary_key=True)
    organization_id: Mapped[str] = mapped_column(PlainKey(64))
    connection_id: Mapped[str] = mapped_column(PlainKey(64))
    twin_id: Mapped[str] = mapped_column(PlainKey(64))
    impact: Mapped[str]
    code: Mapped[str] = mapped_column(PlainKey(80))
    message: Mapped[str]
    opened_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    subject: Mapped[str] = mapped_column(PlainKey(500))
    occurrences: Mapped[int]
    is_transient: Mapped[bool]
    is_remote: Mapped[bool]
    status: Mapped[str] = mapped_column(PlainKey(20))
    closed_at: Mapped[datetime | None]
    work_item_id: Mapped[int | None]
    correlation_id: Mapped[str] = mapped_column(PlainKey(64), server_default="")
    technical: Mapped[str] = mapped_column(server_default="")
    retried_at: Mapped[datetime | None]
    is_retry_due: Mapped[bool] = mapped_column(server_default=text("false"))
    resolution: Mapped[str] = mapped_column(PlainKey(20), server_default="")
    resolved_by: Mapped[str] = mapped_column(server_default="")
    note: Mapped[str] = mapped_column(server_default="")
    cause_key: Mapped[str] = mapped_column(PlainKey(160), server_default="")
    severity: Mapped[int] = mapped_column(server_default="0")

    __table_args__ = (
        *(Index(f"error_records_{name}", "organization_id", "status", *names) for name, *names in ERROR_ORDERS),
        Index(
            "error_records_retry_due",
            "opened_at",
            "id",
            sqlite_where=text("is_retry_due"),
            postgresql_where=text("is_retry_due"),
        ),
        Index("error_records_by_twin", "twin_id", "status"),
        Index("error_records_by_connection", "connection_id", "status", "opened_at"),
        Index("error_records_by_time", "status", "opened_at"),
        Index("error_records_closed", "closed_at"),
        Index(
            "error_records_one_open",
            "organization_id",
            "connection_id",
            "twin_id",
            "subject",
            "code",
            unique=True,
            sqlite_where=text("status = 'open'"),
            postgresql_where=text("status = 'open'"),
        ),
    )


class ConflictRow(Row):
    """A value that lost against a concurrent change."""

    __tablename__ = "conflicts"
    id: Mapped[str] = mapped_column(PlainKey(64), primary_key=True)
    connection_id: Mapped[str] = mapped_column(PlainKey(64), index=True)
    twin_id: Mapped[str] = mapped_column(PlainKey(64))
    work_item_id: Mapped[int | None]
    key: Mapped[str]
    winner: Mapped[str]
    loser: Mapped[str]
    loser_changed_in: Mapped[str]
    happened_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(PlainKey(20), server_default="open")
    resolved_at: Mapped[datetime | None]
    resolved_by: Mapped[str] = mapped_column(server_default="")

    __table_args__ = (
        Index("conflicts_by_twin", "twin_id", "status"),
        Index("conflicts_by_status", "status", "twin_id"),
        Index("conflicts_resolved", "resolved_at"),
    )


class NonceRow(Row):
    """A nonce of a peer request seen within the clock window."""

    __tablename__ = "nonces"
    key_id: Mapped[str] = mapped_column(PlainKey(100), primary_key=True)
    nonce: Mapped[str] = mapped_column(PlainKey(100), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)

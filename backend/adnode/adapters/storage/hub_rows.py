"""Rows of what the hub remembers beside the synchronization."""

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from adnode.adapters.storage.rows import Row


class TenantRow(Row):
    """An organization whose administrator signed in."""

    __tablename__ = "tenants"
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str]
    url: Mapped[str]
    url_key: Mapped[str] = mapped_column(String(500), index=True)
    kind: Mapped[str]
    first_seen_at: Mapped[datetime]


class IdentityPairRow(Row):
    """The user of an app token, and the local user it was accepted as."""

    __tablename__ = "identity_pairs"
    tenant_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    app_user_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    first_seen_at: Mapped[datetime]


class SessionRow(Row):
    """A session of a page."""

    __tablename__ = "sessions"
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    organization_id: Mapped[str] = mapped_column(String(64))
    user_id: Mapped[str] = mapped_column(String(64))
    user_name: Mapped[str]
    purpose: Mapped[str] = mapped_column(String(20))
    is_administrator: Mapped[bool]
    opened_at: Mapped[datetime]
    checked_at: Mapped[datetime]
    used_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    address: Mapped[str] = mapped_column(String(64))
    browser: Mapped[str] = mapped_column(String(200))
    ended_at: Mapped[datetime | None] = mapped_column(index=True)
    ended_as: Mapped[str | None] = mapped_column(String(20))

    __table_args__ = (
        Index("sessions_by_organization", "organization_id", "expires_at"),
        Index("sessions_by_end", "expires_at"),
    )


class ConnectionNoteRow(Row):
    """Notes about a connection."""

    __tablename__ = "connection_notes"
    connection_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    has_made_up_name: Mapped[bool]
    remote_status: Mapped[str | None] = mapped_column(String(20))
    contacted_at: Mapped[datetime | None]
    remote_status_at: Mapped[datetime | None]
    failing_since: Mapped[datetime | None]
    failed_calls: Mapped[int] = mapped_column(server_default="0")
    line_code: Mapped[str] = mapped_column(String(80), server_default="")
    listening_since: Mapped[datetime | None]


class AuditRow(Row):
    """A deed."""

    __tablename__ = "audit"
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    organization_id: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
    user_id: Mapped[str] = mapped_column(String(64))
    user_name: Mapped[str]
    action: Mapped[str] = mapped_column(String(40))
    connection_id: Mapped[str] = mapped_column(String(64))
    connection_name: Mapped[str]
    actor: Mapped[str] = mapped_column(String(20), server_default="person")
    details: Mapped[str]

    __table_args__ = (
        Index("audit_by_organization", "organization_id", "at", "id"),
        Index("audit_by_connection", "connection_id", "at", "id"),
        Index("audit_by_time", "at"),
    )


class RepetitionRow(Row):
    """A request that may come twice."""

    __tablename__ = "repetitions"
    organization_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(index=True)

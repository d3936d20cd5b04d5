"""Rows of triggers and of the changes that they have not looked at yet."""

from datetime import datetime

from sqlalchemy import Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from adnode.adapters.storage.rows import PlainKey, PlainText, Row


class TriggerRow(Row):
    """A trigger, how it went, and who evaluates it."""

    __tablename__ = "triggers"
    id: Mapped[str] = mapped_column(PlainKey(64), primary_key=True)
    organization_id: Mapped[str] = mapped_column(PlainKey(64))
    connection_id: Mapped[str] = mapped_column(PlainKey(64))
    work_item_type: Mapped[str]
    condition: Mapped[str] = mapped_column(PlainText(Text))
    notes: Mapped[str]
    is_active: Mapped[bool]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    revision: Mapped[int]
    matches: Mapped[int | None]
    is_many: Mapped[bool]
    counted_at: Mapped[datetime | None]
    exalated: Mapped[int]
    last_run_at: Mapped[datetime | None]
    last_error: Mapped[str]
    failures: Mapped[int]
    due_at: Mapped[datetime | None]
    checked_through: Mapped[int]
    lease_owner: Mapped[str | None]
    lease_until: Mapped[datetime | None]

    __table_args__ = (
        Index("triggers_by_time", "organization_id", "created_at", "id"),
        Index("triggers_by_connection", "connection_id"),
    )


class ChangeLogRow(Row):
    """The number of the last change that was noted in an organization; the row is the turn of those that note."""

    __tablename__ = "change_logs"
    organization_id: Mapped[str] = mapped_column(PlainKey(64), primary_key=True)
    noted_through: Mapped[int]


class NotedChangeRow(Row):
    """A work item that changed and that not every trigger has looked at."""

    __tablename__ = "noted_changes"
    organization_id: Mapped[str] = mapped_column(PlainKey(64), primary_key=True)
    work_item_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int]

    __table_args__ = (Index("noted_changes_by_number", "organization_id", "number", unique=True),)

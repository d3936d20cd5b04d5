"""Rows of jobs, and of what they work through."""

from datetime import datetime

from sqlalchemy import Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from adnode.adapters.storage.rows import PlainKey, PlainText, Row

OPEN = "status IN ('waiting', 'running') OR started > 0"
"""Which jobs are worked on: those that begin rows, and those of which some go on."""


class JobStoreRow(Row):
    """A job, who works on it, and how many of its rows stand where: counted as they change, never by looking at all."""

    __tablename__ = "jobs"
    id: Mapped[str] = mapped_column(PlainKey(64), primary_key=True)
    organization_id: Mapped[str] = mapped_column(PlainKey(64))
    connection_id: Mapped[str] = mapped_column(PlainKey(64))
    kind: Mapped[str] = mapped_column(PlainKey(20))
    status: Mapped[str] = mapped_column(PlainKey(20))
    title: Mapped[str]
    parameters: Mapped[str] = mapped_column(PlainText(Text))
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    is_listed: Mapped[bool]
    error_code: Mapped[str]
    error_message: Mapped[str]
    attempts: Mapped[int]
    due_at: Mapped[datetime | None]
    waiting: Mapped[int]
    started: Mapped[int]
    done: Mapped[int]
    already: Mapped[int]
    skipped: Mapped[int]
    failed: Mapped[int]
    cancelled: Mapped[int]
    lease_owner: Mapped[str | None]
    lease_until: Mapped[datetime | None]

    __table_args__ = (
        Index("jobs_by_time", "organization_id", "created_at", "id"),
        Index("jobs_by_connection", "connection_id", "created_at", "id"),
        Index("jobs_open", "due_at", sqlite_where=text(OPEN), postgresql_where=text(OPEN)),
        Index("jobs_finished", "finished_at"),
    )


class JobRowRow(Row):
    """One thing that a job is to do."""

    __tablename__ = "job_rows"
    job_id: Mapped[str] = mapped_column(PlainKey(64), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    work_item_id: Mapped[int | None]
    remote_work_item_id: Mapped[int | None]
    twin_id: Mapped[str] = mapped_column(PlainKey(64))
    outcome: Mapped[str] = mapped_column(PlainKey(20))
    message: Mapped[str]

    __table_args__ = (Index("job_rows_by_outcome", "job_id", "outcome", "number"),)

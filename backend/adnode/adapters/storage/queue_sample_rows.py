"""Rows of samples of the sync queue."""

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from adnode.adapters.storage.rows import PlainKey, Row


class QueueSampleRow(Row):
    """A direction of a connection's queue, or of all of an organization ('' as connection), in a minute."""

    __tablename__ = "queue_samples"
    organization_id: Mapped[str] = mapped_column(PlainKey(64), primary_key=True)
    connection_id: Mapped[str] = mapped_column(PlainKey(64), primary_key=True)
    direction: Mapped[str] = mapped_column(PlainKey(20), primary_key=True)
    minute: Mapped[int] = mapped_column(primary_key=True)
    depth: Mapped[int]
    oldest_seconds: Mapped[int]
    settled: Mapped[int]

    __table_args__ = (Index("queue_samples_by_minute", "minute"),)

"""Rows of usage and tallies."""

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from adnode.adapters.storage.rows import PlainKey, Row


class UsageRow(Row):
    """Pairs made over a connection in a month; it outlives both."""

    __tablename__ = "usage"
    organization_id: Mapped[str] = mapped_column(PlainKey(64), primary_key=True)
    connection_id: Mapped[str] = mapped_column(PlainKey(64), primary_key=True)
    month: Mapped[str] = mapped_column(PlainKey(7), primary_key=True)
    connection_name: Mapped[str]
    destination: Mapped[str]
    pairs: Mapped[int]

    __table_args__ = (Index("usage_by_month", "organization_id", "month", "pairs", "connection_id"),)


class TallyRow(Row):
    """What was counted of a connection in an hour."""

    __tablename__ = "tallies"
    organization_id: Mapped[str] = mapped_column(PlainKey(64), primary_key=True)
    day: Mapped[str] = mapped_column(PlainKey(10), primary_key=True)
    hour: Mapped[int] = mapped_column(primary_key=True)
    connection_id: Mapped[str] = mapped_column(PlainKey(64), primary_key=True)
    kind: Mapped[str] = mapped_column(PlainKey(20), primary_key=True)
    bucket: Mapped[int] = mapped_column(primary_key=True)
    count: Mapped[int]

    __table_args__ = (Index("tallies_by_day", "day"),)

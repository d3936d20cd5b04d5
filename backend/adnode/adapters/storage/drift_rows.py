"""Rows of what comparisons found."""

from datetime import datetime

from sqlalchemy import Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from adnode.adapters.storage.rows import PlainKey, Row


class DriftFindingRow(Row):
    """A finding; unique by connection, kind and subject."""

    __tablename__ = "drift_findings"
    id: Mapped[str] = mapped_column(PlainKey(64), primary_key=True)
    organization_id: Mapped[str] = mapped_column(PlainKey(64))
    connection_id: Mapped[str] = mapped_column(PlainKey(64))
    comparison_id: Mapped[str] = mapped_column(PlainKey(64))
    kind: Mapped[str] = mapped_column(PlainKey(20))
    subject: Mapped[str] = mapped_column(PlainKey(64))
    detail: Mapped[str]
    found_at: Mapped[datetime]
    twin_id: Mapped[str] = mapped_column(PlainKey(64))
    work_item_id: Mapped[int | None]
    remote_work_item_id: Mapped[int | None]
    keys: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(PlainKey(20))
    settled_at: Mapped[datetime | None]

    __table_args__ = (
        Index("drift_findings_by_subject", "connection_id", "kind", "subject", unique=True),
        Index("drift_findings_by_place", "connection_id", "status", "kind", "id"),
        Index("drift_findings_settled", "settled_at"),
        Index("drift_findings_by_twin", "twin_id"),
    )

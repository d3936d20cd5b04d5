"""Rows of proposals, and of pairs that ended."""

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from adnode.adapters.storage.rows import PlainKey, Row


class ProposalStoreRow(Row):
    """A proposal; its status follows its rows."""

    __tablename__ = "proposals"
    id: Mapped[str] = mapped_column(PlainKey(64), primary_key=True)
    organization_id: Mapped[str] = mapped_column(PlainKey(64))
    connection_id: Mapped[str] = mapped_column(PlainKey(64))
    direction: Mapped[str] = mapped_column(PlainKey(20))
    kind: Mapped[str] = mapped_column(PlainKey(20))
    status: Mapped[str] = mapped_column(PlainKey(20))
    reference: Mapped[str] = mapped_column(PlainKey(64))
    asked_by: Mapped[str]
    asked_at: Mapped[datetime]
    content: Mapped[str | None]
    comments: Mapped[bool]
    attachments: Mapped[bool]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str]

    __table_args__ = (
        Index("proposals_by_time", "organization_id", "asked_at", "id"),
        Index("proposals_by_status", "organization_id", "direction", "status", "asked_at", "id"),
        Index("proposals_by_reference", "connection_id", "direction", "reference", "asked_at"),
        Index("proposals_of_connection", "connection_id", "direction", "status", "asked_at", "id"),
        Index("proposals_standing", "status", "asked_at", "id"),
    )


class ProposalRowRow(Row):
    """One pair that is asked for."""

    __tablename__ = "proposal_rows"
    proposal_id: Mapped[str] = mapped_column(PlainKey(64), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    connection_id: Mapped[str] = mapped_column(PlainKey(64))
    direction: Mapped[str] = mapped_column(PlainKey(20))
    work_item_id: Mapped[int]
    remote_work_item_id: Mapped[int]
    twin_id: Mapped[str] = mapped_column(PlainKey(64))
    remote_title: Mapped[str]
    remote_type: Mapped[str]
    status: Mapped[str] = mapped_column(PlainKey(20))
    message: Mapped[str]

    __table_args__ = (
        Index("proposal_rows_by_status", "proposal_id", "status", "number"),
        Index("proposal_rows_by_twin", "connection_id", "twin_id"),
        Index("proposal_rows_standing", "connection_id", "direction", "status", "work_item_id"),
        Index("proposal_rows_standing_remote", "connection_id", "direction", "status", "remote_work_item_id"),
    )


class PartingRow(Row):
    """The last pair of a work item over a connection, once it has ended."""

    __tablename__ = "partings"
    connection_id: Mapped[str] = mapped_column(PlainKey(64), primary_key=True)
    work_item_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    organization_id: Mapped[str] = mapped_column(PlainKey(64))
    peer_organization_id: Mapped[str] = mapped_column(PlainKey(64))
    remote_work_item_id: Mapped[int | None]
    twin_id: Mapped[str] = mapped_column(PlainKey(64))
    parted_at: Mapped[datetime]
    is_ours: Mapped[bool]

    __table_args__ = (
        Index("partings_by_work_item", "organization_id", "peer_organization_id", "work_item_id"),
        Index("partings_by_remote", "organization_id", "peer_organization_id", "remote_work_item_id"),
    )

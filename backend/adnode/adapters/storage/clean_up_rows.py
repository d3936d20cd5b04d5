"""Rows of what was cleaned up."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from adnode.adapters.storage.rows import PlainKey, Row


class ForgottenTwinRow(Row):
    """A twin that was forgotten for good."""

    __tablename__ = "forgotten_twins"
    connection_id: Mapped[str] = mapped_column(PlainKey(64), primary_key=True)
    twin_id: Mapped[str] = mapped_column(PlainKey(64), primary_key=True)
    forgotten_at: Mapped[datetime] = mapped_column(index=True)

"""Synced changes as rows and back."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from adnode.adapters.storage.rows import PlainKey, Row
from adnode.adapters.storage.statements import from_text, to_text
from adnode.domain.synced_change import ChangedThing, ChangedValue, Direction, SyncedChange


class SyncedChangeRow(Row):
    """What one round brought about for a twin in one direction. ``keys`` names the things, for whoever searches."""

    __tablename__ = "synced_changes"
    id: Mapped[str] = mapped_column(PlainKey(64), primary_key=True)
    organization_id: Mapped[str] = mapped_column(PlainKey(64))
    connection_id: Mapped[str] = mapped_column(PlainKey(64))
    twin_id: Mapped[str] = mapped_column(PlainKey(64))
    work_item_id: Mapped[int | None]
    at: Mapped[datetime]
    direction: Mapped[str] = mapped_column(PlainKey(20))
    keys: Mapped[str]
    detail: Mapped[str] = mapped_column(Text)

    __table_args__ = (
        Index("synced_changes_by_twin", "twin_id", "at", "id"),
        Index("synced_changes_by_time", "at"),
    )


def change_values(change: SyncedChange) -> dict[str, object]:
    """Return the columns of a change."""
    return {
        "id": change.id,
        "organization_id": change.organization_id,
        "connection_id": change.connection_id,
        "twin_id": change.twin_id,
        "work_item_id": change.work_item_id,
        "at": change.at,
        "direction": change.direction.value,
        "keys": " ".join(sorted({value.thing.value for value in change.values})),
        "detail": to_text({"values": [_value_document(value) for value in change.values], "more": change.more}),
    }


def change_from_row(row: SyncedChangeRow) -> SyncedChange:
    """Return the change of a row."""
    detail = from_text(row.detail)
    return SyncedChange(
        id=row.id,
        organization_id=row.organization_id,
        connection_id=row.connection_id,
        twin_id=row.twin_id,
        work_item_id=row.work_item_id,
        at=row.at,
        direction=Direction(row.direction),
        values=tuple(_value(document) for document in detail["values"]),
        more=detail["more"],
    )


def _value_document(value: ChangedValue) -> dict[str, Any]:
    document: dict[str, Any] = {"thing": value.thing.value, "text": value.text}
    if value.subject:
        document["subject"] = value.subject
    if value.is_deleted:
        document["is_deleted"] = True
    if value.digest:
        document["digest"] = value.digest
    return document


def _value(document: dict[str, Any]) -> ChangedValue:
    return ChangedValue(
        ChangedThing(document["thing"]),
        document["text"],
        document.get("subject", ""),
        document.get("is_deleted", False),
        document.get("digest", ""),
    )

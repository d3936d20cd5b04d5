"""Synced changes: the history of what a twin's sides told each other."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Direction(StrEnum):
    """Which way a change went. INCOMING: made there, written here. OUTGOING: made here, told to the other side."""

    INCOMING = "incoming"
    OUTGOING = "outgoing"


class ChangedThing(StrEnum):
    """What of a work item changed. PRESENCE: it went to the recycle bin or came back."""

    SUMMARY = "summary"
    DESCRIPTION = "description"
    TYPE = "type"
    COMMENT = "comment"
    ATTACHMENT = "attachment"
    PRESENCE = "presence"


@dataclass(frozen=True, slots=True)
class ChangedValue:
    """One changed thing in plain words, shortened. ``subject`` tells comments by author and files by name, ``digest``
    values of fields whose words are the same.
    """

    thing: ChangedThing
    text: str = ""
    subject: str = ""
    is_deleted: bool = False
    digest: str = field(default="", compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class SyncedChange:
    """What one round brought about for a twin in one direction. ``more`` counts values left out of ``values``."""

    id: str
    organization_id: str
    connection_id: str
    twin_id: str
    work_item_id: int | None
    at: datetime
    direction: Direction
    values: tuple[ChangedValue, ...]
    more: int = 0

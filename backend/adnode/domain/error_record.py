"""Error records: what the Errors tab lists. They close themselves when the cause is gone, or a person retries."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Impact(StrEnum):
    """What an error stops."""

    WORK_ITEM = "work_item"
    CONNECTION = "connection"
    NODE = "node"
    WARNING = "warning"


class ErrorStatus(StrEnum):
    """OPEN: not over. CLOSED: over by itself or after a retry."""

    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class ErrorRecord:
    """One cause at one place. ``(organization, connection, twin, subject, code)`` is unique among open records:
    repetition counts up.

    ``subject`` tells causes at one twin apart (a file's key, a field). ``is_transient`` ones retry by themselves.
    ``is_remote``
    ones happened at the peer. ``message`` names the thing, the reason and the next step.
    """

    id: str
    organization_id: str
    connection_id: str
    twin_id: str
    impact: Impact
    code: str
    message: str
    opened_at: datetime
    last_seen_at: datetime
    subject: str = ""
    occurrences: int = 1
    is_transient: bool = False
    is_remote: bool = False
    status: ErrorStatus = ErrorStatus.OPEN
    closed_at: datetime | None = None
    work_item_id: int | None = None


@dataclass(frozen=True, slots=True)
class ConflictRecord:
    """A value that lost against a concurrent change on the other side, kept for people. Values are JSON documents."""

    id: str
    connection_id: str
    twin_id: str
    work_item_id: int | None
    key: str
    winner: str
    loser: str
    loser_changed_in: str
    happened_at: datetime

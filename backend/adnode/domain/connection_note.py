"""What this node notes about a connection beside its agreement: for the people who look at it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class RemoteStatus(StrEnum):
    """What the other side did to its half of a connection."""

    DEACTIVATED = "deactivated"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class ConnectionNote:
    """Notes about one connection.

    ``has_made_up_name``: nobody chose the name, so it follows the partner's. ``remote_status`` is None while the other
    side is active or has not been heard of; ``contacted_at`` is when it last called or answered.
    """

    connection_id: str
    has_made_up_name: bool = False
    remote_status: RemoteStatus | None = None
    contacted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ConnectionFigures:
    """How a connection is doing, in numbers. ``in_progress`` are twins not at rest; ``synchronized_at`` is the
    latest of its twins'.
    """

    under_sync: int = 0
    in_progress: int = 0
    open_errors: int = 0
    outgoing: int = 0
    incoming: int = 0
    is_unreachable: bool = False
    synchronized_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TwinFigures:
    """How a twin is doing: whether it is not at rest, and how many messages about it wait."""

    is_at_work: bool = False
    outgoing: int = 0
    incoming: int = 0

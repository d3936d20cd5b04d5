"""What this node notes about a connection beside its agreement: for the people who look at it."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

ALARM_CALLS = 2
"""Calls in a row that fail before anybody is told: a single one is usually a hiccup, over with the next."""
HICCUP = timedelta(seconds=5)
"""Calls that fail within so short a time count as one."""


class RemoteStatus(StrEnum):
    """What happened to the other side's half of a connection. DEACTIVATED: its people paused it. BLOCKED: a brake
    stopped it and asks them. REMOVED: they ended it.
    """

    DEACTIVATED = "deactivated"
    BLOCKED = "blocked"
    REMOVED = "removed"


class PartnerState(StrEnum):
    """How the other side of a connection stands, as pages say it; docs/glossary.md defines each.

    PAUSED, STOPPED and ENDED are what the partner told of its half: PAUSED is meant and no alarm, the others are for
    people to see to, STOPPED there, ENDED here. SILENT: it does not answer, or does not call. REFUSING: it answers, and
    the line can't be used all the same. The last two and ENDED are alarms: an error record is open as long.
    """

    ANSWERING = "answering"
    PAUSED = "paused"
    STOPPED = "stopped"
    ENDED = "ended"
    SILENT = "silent"
    REFUSING = "refusing"


ALARMS = frozenset({PartnerState.ENDED, PartnerState.SILENT, PartnerState.REFUSING})
"""States for which an error record is open."""
_OF_STATUS = {
    RemoteStatus.DEACTIVATED: PartnerState.PAUSED,
    RemoteStatus.BLOCKED: PartnerState.STOPPED,
    RemoteStatus.REMOVED: PartnerState.ENDED,
}
SILENCE_CODES = frozenset({"peer_unreachable", "peer_silent"})
"""Codes of failed calls that nobody answered."""


@dataclass(frozen=True, slots=True)
class Partner:
    """How the other side stands, and since when; ``since`` is None where that is not known."""

    state: PartnerState = PartnerState.ANSWERING
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class ConnectionNote:
    """Notes about one connection.

    ``has_made_up_name``: nobody chose the name, so it follows the partner's. ``remote_status`` is None while the other
    side is active or has not been heard of; ``contacted_at`` is when it last called or answered. ``failing_since`` is
    when the first of the ``failed_calls`` was made that failed in a row up to now, ``line_code`` why the last one did.
    ``listening_since`` is when this side was activated last.
    """

    connection_id: str
    has_made_up_name: bool = False
    remote_status: RemoteStatus | None = None
    contacted_at: datetime | None = None
    remote_status_at: datetime | None = None
    failing_since: datetime | None = None
    failed_calls: int = 0
    line_code: str = ""
    listening_since: datetime | None = None

    @property
    def partner(self) -> Partner:
        """Return how the other side stands: the one place that decides it."""
        if self.remote_status is not None:
            return Partner(_OF_STATUS[self.remote_status], self.remote_status_at)
        if self.failed_calls < ALARM_CALLS:
            return Partner()
        is_silent = self.line_code in SILENCE_CODES
        return Partner(PartnerState.SILENT if is_silent else PartnerState.REFUSING, self.failing_since)

    def reached(self, now: datetime) -> Self:
        """Return the note after a call that the other side answered: the line works."""
        return replace(self, contacted_at=now, failing_since=None, failed_calls=0, line_code="")

    def missed(self, code: str, now: datetime, *, since: datetime | None = None, is_lasting: bool = False) -> Self:
        """Return the note after a call that failed; a lasting reason is none that the next call could end."""
        began_at = self.failing_since or since or now
        is_hiccup = self.failing_since is None or now - self.failing_since < HICCUP
        calls = max(self.failed_calls, 1) if is_hiccup else self.failed_calls + 1
        return replace(
            self,
            failing_since=began_at,
            failed_calls=max(calls, ALARM_CALLS) if is_lasting else calls,
            line_code=code,
        )

    def listening(self, now: datetime) -> Self:
        """Return the note of a connection whose side here begins to take calls: what failed before says nothing."""
        return replace(self, failing_since=None, failed_calls=0, line_code="", listening_since=now)

    def told(self, status: RemoteStatus | None, now: datetime) -> Self:
        """Return the note once the other side has said how its half is."""
        if status is self.remote_status:
            return self
        return replace(self, remote_status=status, remote_status_at=None if status is None else now)


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
    synchronized_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TwinFigures:
    """How a twin is doing: whether it is not at rest, and how many messages about it wait."""

    is_at_work: bool = False
    outgoing: int = 0
    incoming: int = 0

"""Error records: what the Errors tab lists. They close themselves when the cause is gone, or a person closes them."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from adnode.domain.errors import StateError

TECHNICAL_LIMIT = 4000
"""Characters of the technical part at most."""
NOTE_LIMIT = 2000
"""Characters of what a person writes down about a closed record at most."""


class Impact(StrEnum):
    """What an error stops."""

    WORK_ITEM = "work_item"
    CONNECTION = "connection"
    TRIGGER = "trigger"
    NODE = "node"
    WARNING = "warning"


SEVERITY: Mapping[Impact, int] = {
    Impact.WARNING: 1,
    Impact.WORK_ITEM: 2,
    Impact.TRIGGER: 3,
    Impact.CONNECTION: 4,
    Impact.NODE: 5,
}
"""How much an impact stops, for sorting."""
GRAVE = (Impact.NODE, Impact.CONNECTION)
"""Impacts that stop more than single things: the page tells of them at once."""


class ErrorStatus(StrEnum):
    """OPEN: not over. CLOSED: over, and kept in the history for a while."""

    OPEN = "open"
    CLOSED = "closed"


class Resolution(StrEnum):
    """How a record was closed: by itself, after a person retried, or by a person who decided to leave it so."""

    NONE = ""
    BY_ITSELF = "by_itself"
    RETRIED = "retried"
    RESOLVED = "resolved"


TRANSITIONS: Mapping[tuple[ErrorStatus, Resolution], frozenset[Resolution]] = {
    (ErrorStatus.OPEN, Resolution.NONE): frozenset({Resolution.BY_ITSELF, Resolution.RETRIED, Resolution.RESOLVED}),
    (ErrorStatus.CLOSED, Resolution.BY_ITSELF): frozenset(),
    (ErrorStatus.CLOSED, Resolution.RETRIED): frozenset(),
    (ErrorStatus.CLOSED, Resolution.RESOLVED): frozenset(),
}
"""What may close a record. What comes back after that is a new record."""


@dataclass(frozen=True, slots=True)
class ErrorRecord:
    """One cause at one place. ``(organization, connection, twin, subject, code)`` is unique among open records:
    repetition counts up.

    ``subject`` tells causes at one twin apart (a file's key, a field). ``is_transient`` ones retry by themselves.
    ``is_remote`` ones happened at the peer. ``message`` names the thing, the reason and the next step.
    ``correlation_id`` is of the request or round that failed last; ``technical`` is for whoever looks into it, without
    anything secret. ``retried_at`` is when a person last had it tried again, None once it failed again since;
    ``is_retry_due`` says that this was asked for and not begun. ``resolved_by`` and ``note`` are of a person who
    resolved it.
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
    correlation_id: str = ""
    technical: str = ""
    retried_at: datetime | None = None
    is_retry_due: bool = False
    resolution: Resolution = Resolution.NONE
    resolved_by: str = ""
    note: str = ""

    @property
    def cause_key(self) -> str:
        """Return what records of one cause share, however many work items it hits."""
        side = "remote" if self.is_remote else "local"
        parts = (self.organization_id, self.connection_id, self.impact.value, self.code, side, _blurred(self.message))
        return hashlib.sha256("\n".join(parts).encode("utf-8", "replace")).hexdigest()[:32]

    @property
    def waits_for_person(self) -> bool:
        """Say whether nothing more happens by itself: whatever it is about has failed until somebody acts."""
        return self.status is ErrorStatus.OPEN and not self.is_transient

    def repeated(self, again: "ErrorRecord") -> "ErrorRecord":
        """Return the open record after the same happened again."""
        return replace(
            self,
            occurrences=self.occurrences + 1,
            message=again.message,
            last_seen_at=again.last_seen_at,
            is_transient=again.is_transient,
            correlation_id=again.correlation_id,
            technical=again.technical,
            retried_at=None,
        )

    def closed(
        self, now: datetime, resolution: Resolution | None = None, *, resolved_by: str = "", note: str = ""
    ) -> "ErrorRecord":
        """Return the record closed; without a resolution by itself, or by a retry that somebody asked for.

        Raises StateError when it is closed already.
        """
        ends_as = resolution or (Resolution.RETRIED if self.retried_at else Resolution.BY_ITSELF)
        if ends_as not in TRANSITIONS[self.status, self.resolution]:
            raise StateError(f"Error {self.id} is closed already; nothing is left to do about it.", error=self.id)
        return replace(
            self,
            status=ErrorStatus.CLOSED,
            closed_at=now,
            resolution=ends_as,
            resolved_by=resolved_by,
            note=note[:NOTE_LIMIT],
            is_retry_due=False,
        )


_FILE = re.compile(r"\bfile .{1,400}? (?=of work item|can't|is |arrived|belongs)", re.IGNORECASE)
_NUMBERS = re.compile(r"[0-9]+")
_SPACES = re.compile(r"\s+")


def _blurred(message: str) -> str:
    """Return a message without what differs from work item to work item: numbers and names of files."""
    return _SPACES.sub(" ", _NUMBERS.sub("#", _FILE.sub("file ", message))).strip().casefold()


class ConflictStatus(StrEnum):
    """OPEN: nobody has decided. WANTED: the value that lost is to be written and told to the other side. RESTORED: it
    is in use again, on both sides. DISMISSED: the value that won stays.
    """

    OPEN = "open"
    WANTED = "wanted"
    RESTORED = "restored"
    DISMISSED = "dismissed"


CONFLICT_TRANSITIONS: Mapping[ConflictStatus, frozenset[ConflictStatus]] = {
    ConflictStatus.OPEN: frozenset({ConflictStatus.WANTED, ConflictStatus.RESTORED, ConflictStatus.DISMISSED}),
    ConflictStatus.WANTED: frozenset({ConflictStatus.RESTORED, ConflictStatus.DISMISSED}),
    ConflictStatus.RESTORED: frozenset(),
    ConflictStatus.DISMISSED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class ConflictRecord:
    """A value that lost against a concurrent change on the other side, kept for people. Values are JSON documents.

    ``resolved_at`` and ``resolved_by`` say when it was decided, and by whom ('' for what came about by itself); of a
    WANTED one they say who wants it.
    """

    id: str
    connection_id: str
    twin_id: str
    work_item_id: int | None
    key: str
    winner: str
    loser: str
    loser_changed_in: str
    happened_at: datetime
    status: ConflictStatus = ConflictStatus.OPEN
    resolved_at: datetime | None = None
    resolved_by: str = ""

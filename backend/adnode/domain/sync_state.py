"""The sync state of a twin: registers that merge the same way wherever and however often they meet.

A state-based CRDT: each register holds a value, a version vector with two counters, and a hybrid logical time. See
docs/architecture.md, "Sync state".
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from adnode.domain.rich_text import RichText

SUMMARY = "summary"
DESCRIPTION = "description"
TYPE = "type"
COMMENT_PREFIX = "comment/"
ATTACHMENT_PREFIX = "attachment/"
PRESENCE_PREFIX = "presence/"


def make_comment_key(key: str) -> str:
    """Return the register key of the comment with that key (``origin organization id:comment id there``)."""
    return COMMENT_PREFIX + key


def make_attachment_key(key: str) -> str:
    """Return the register key of the attachment with that key (``origin organization id:attachment id there``)."""
    return ATTACHMENT_PREFIX + key


def make_presence_key(organization_id: str) -> str:
    """Return the register key that says whether the work item of that organization is active or removed."""
    return PRESENCE_PREFIX + organization_id


class Presence(StrEnum):
    """Whether a side's work item is there; written by its own side only."""

    ACTIVE = "active"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class TypeValue:
    """A work item type by name and by the reference name of its category ('' when it has none)."""

    name: str
    category: str


@dataclass(frozen=True, slots=True)
class CommentValue:
    """A comment as exchanged. A deleted one keeps author and time; its text is empty."""

    author: str
    created_at: datetime
    text: RichText
    is_deleted: bool = False


@dataclass(frozen=True, slots=True)
class AttachmentValue:
    """An attachment as exchanged; its content never changes and travels apart, by key. ``size`` in bytes."""

    name: str
    size: int
    comment: str = ""
    is_deleted: bool = False


Value = str | RichText | TypeValue | CommentValue | AttachmentValue | Presence


def text_length(value: Value) -> int:
    """Return how many characters the free text of a value has."""
    match value:
        case RichText(text=text):
            return len(text)
        case CommentValue(text=content):
            return len(content.text)
        case str():
            return len(value)
    return 0


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """How many changes were made here and there, as the node that holds it counts."""

    local: int = 0
    remote: int = 0

    def mirrored(self) -> "Version":
        """Return the same version as the peer counts it."""
        return Version(self.remote, self.local)

    def includes(self, other: "Version") -> bool:
        """Say whether every change that ``other`` knows is known here too."""
        return self.local >= other.local and self.remote >= other.remote

    def joined(self, other: "Version") -> "Version":
        """Return the version that knows the changes of both."""
        return Version(max(self.local, other.local), max(self.remote, other.remote))


@dataclass(frozen=True, slots=True)
class Register:
    """One synced thing. ``changed_in`` is the id of the organization where the value was made; it settles ties."""

    value: Value
    version: Version
    changed_at: datetime
    changed_in: str

    @property
    def is_baseline(self) -> bool:
        """Say whether it was found so when two existing work items were connected, and nobody changed it since: each
        side has its own, and never tells it.
        """
        return self.version == Version()

    def mirrored(self) -> "Register":
        """Return the register as the peer holds it."""
        return Register(self.value, self.version.mirrored(), self.changed_at, self.changed_in)


Registers = Mapping[str, Register]
"""Registers by key: ``summary``, ``description``, ``type``, ``comment/{key}``, ``attachment/{key}``,
``presence/{organization id}``.
"""


@dataclass(frozen=True, slots=True)
class SyncState:
    """All registers of a twin, as this node counts."""

    registers: Registers = field(default_factory=dict)

    def get(self, key: str) -> Register | None:
        """Return the register of that key or None."""
        return self.registers.get(key)

    def shared(self) -> Registers:
        """Return the registers that both sides hold once they have heard of each other: all but the baseline."""
        return {key: register for key, register in self.registers.items() if not register.is_baseline}

    def with_registers(self, changed: Registers) -> "SyncState":
        """Return the state with those registers replaced or added."""
        return SyncState({**self.registers, **changed}) if changed else self


EMPTY_STATE = SyncState()


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two sides changed the same thing without knowing of each other: what won, and what lost and is kept."""

    key: str
    winner: Register
    loser: Register

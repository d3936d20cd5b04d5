"""Plans: what reconciling one twin has to do, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from adnode.domain.rich_text import RichText, TextFormat
from adnode.domain.sync_state import AttachmentValue, CommentValue, Conflict, Registers, SyncState, Value
from adnode.domain.trace import Trace


@dataclass(frozen=True, slots=True)
class TextWrite:
    """A large text to write: canonical text, and the format the destination gets it in (it is converted where it
    differs).
    """

    reference_name: str
    text: RichText
    target_format: TextFormat


@dataclass(frozen=True, slots=True)
class ItemWrite:
    """The fields of one work item to write; ``type_name`` only where the type changes (or for a create)."""

    summary: str | None = None
    description: TextWrite | None = None
    type_name: str | None = None

    @property
    def is_empty(self) -> bool:
        """Say whether nothing is to be written."""
        return self.summary is None and self.description is None and self.type_name is None


@dataclass(frozen=True, slots=True)
class AddComment:
    """A comment of the peer to add here."""

    key: str
    value: CommentValue


@dataclass(frozen=True, slots=True)
class EditComment:
    """A comment that stands here for the peer's to rewrite, in the format it has."""

    key: str
    local_id: int
    value: CommentValue


@dataclass(frozen=True, slots=True)
class DeleteComment:
    """A comment that stands here for the peer's to delete."""

    key: str
    local_id: int


@dataclass(frozen=True, slots=True)
class AddAttachment:
    """A file of the peer to upload and link here."""

    key: str
    value: AttachmentValue


@dataclass(frozen=True, slots=True)
class RemoveAttachment:
    """A linked file to unlink: its attachment id here."""

    key: str
    local_id: str


Action = AddComment | EditComment | DeleteComment | AddAttachment | RemoveAttachment


@dataclass(frozen=True, slots=True)
class Wish:
    """A value that a person wants on both sides, on this page and not in Azure DevOps: it counts as a change made here,
    later than everything known when it is granted.
    """

    key: str
    value: Value
    wished_at: datetime


@dataclass(frozen=True, slots=True)
class Observation:
    """What reading the local work item told.

    ``state``: the twin's state with local changes counted in. ``changed``: keys of registers changed here.
    ``local_forms``: hashes of
    what was read. ``traces``: new or changed traces (a new local comment or file becomes its own origin).
    """

    state: SyncState
    changed: frozenset[str]
    local_forms: Mapping[str, str]
    traces: tuple[Trace, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What reconciling one twin has to do.

    ``create``: make the work item here with ``item``. ``observed``: state once local changes are counted (holds
    even when writing
    fails). ``merged``: state once everything is written. ``outgoing``: registers the peer must learn, as this
    node counts,
    taken from ``merged``; ``outgoing_observed``: the part that may be sent even when writing fails.
    ``file_keys``: inline files of texts
    to be written, and attachments to be added, that must be here first (key -> name). ``rests``: nothing is
    written, because the
    work item here is removed; incoming registers stay unapplied.
    """

    observed: SyncState
    merged: SyncState
    create: bool = False
    rests: bool = False
    item: ItemWrite = field(default_factory=ItemWrite)
    actions: tuple[Action, ...] = ()
    outgoing: Registers = field(default_factory=dict)
    outgoing_observed: Registers = field(default_factory=dict)
    conflicts: tuple[Conflict, ...] = ()
    file_keys: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def changed_by_merging(self) -> Registers:
        """Return the registers that are different once everything is written."""
        return {key: register for key, register in self.merged.registers.items() if self.observed.get(key) != register}

    @property
    def writes(self) -> bool:
        """Say whether anything is to be written to Azure DevOps."""
        return self.create or not self.item.is_empty or bool(self.actions)

"""Work items as Azure DevOps holds them: what the gateway reads and writes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from adnode.domain.rich_text import TextFormat

TITLE = "System.Title"
DESCRIPTION = "System.Description"
REPRO_STEPS = "Microsoft.VSTS.TCM.ReproSteps"
WORK_ITEM_TYPE = "System.WorkItemType"
TEAM_PROJECT = "System.TeamProject"
TITLE_LIMIT = 255
"""Characters of System.Title at most."""


@dataclass(frozen=True, slots=True)
class Comment:
    """One entry of the discussion, as read. ``text`` is raw: in the organization's own format and with its own URLs."""

    id: int
    text: str
    format: TextFormat
    author: str
    created_at: datetime
    modified_at: datetime
    is_deleted: bool = False


@dataclass(frozen=True, slots=True)
class Attachment:
    """An AttachedFile relation. ``id`` is the attachment's GUID, ``index`` its place in the relations as read."""

    id: str
    url: str
    name: str
    size: int
    comment: str
    index: int
    added_at: datetime


@dataclass(frozen=True, slots=True)
class CommentReference:
    """Which comment the current revision is about (``commentVersionRef``)."""

    id: int
    version: int


@dataclass(frozen=True, slots=True)
class WorkItemSnapshot:
    """One revision of a work item as Azure DevOps gives it back. ``fields`` holds the raw values by reference name.

    ``formats`` maps large text fields to their format; it is None where the organization does not know Markdown fields
    (Server 2022 and older leave the key ``multilineFieldsFormat`` out).
    """

    id: int
    revision: int
    project: str
    type_name: str
    fields: Mapping[str, object]
    changed_at: datetime
    changed_by: str
    html_url: str
    formats: Mapping[str, TextFormat] | None = None
    attachments: tuple[Attachment, ...] = ()
    hyperlinks: tuple[str, ...] = ()
    comment_count: int = 0
    comment_reference: CommentReference | None = None

    @property
    def created_at(self) -> datetime | None:
        """Return when the work item was made, None when it does not tell."""
        try:
            return datetime.fromisoformat(self.text("System.CreatedDate"))
        except ValueError:
            return None

    def text(self, reference_name: str) -> str:
        """Return a field as text; an empty field is absent in Azure DevOps and reads as ''."""
        return str(self.fields.get(reference_name) or "")


@dataclass(frozen=True, slots=True)
class WorkItemType:
    """A work item type of a project. ``category`` is the reference name of its category, '' when it has none."""

    name: str
    reference_name: str
    category: str
    is_disabled: bool
    field_names: frozenset[str]
    initial_state: str = ""


@dataclass(frozen=True, slots=True)
class ProcessCatalog:
    """The work item types of one project, and whether large text fields may hold Markdown there."""

    project: str
    types: tuple[WorkItemType, ...]
    default_type_by_category: Mapping[str, str] = field(default_factory=dict)
    knows_markdown: bool = False

    def find(self, name: str) -> WorkItemType | None:
        """Return the type of that name (case-insensitive) or None."""
        wanted = name.casefold()
        return next((item for item in self.types if item.name.casefold() == wanted), None)


@dataclass(frozen=True, slots=True)
class NewAttachment:
    """A relation to add: an uploaded attachment's URL with the name and comment that people see."""

    url: str
    name: str
    comment: str = ""


@dataclass(frozen=True, slots=True)
class WorkItemWrite:
    """One PATCH (or, without ``work_item_id``, one create) of a work item.

    ``revision`` is tested before the write; ``history`` becomes a comment; ``formats`` marks large text fields that are
    written as Markdown; attachments are removed by relation index of the revision that is tested.
    """

    project: str
    fields: Mapping[str, object] = field(default_factory=dict)
    work_item_id: int | None = None
    type_name: str = ""
    revision: int | None = None
    formats: Mapping[str, TextFormat] = field(default_factory=dict)
    history: str | None = None
    add_attachments: tuple[NewAttachment, ...] = ()
    remove_relation_indexes: tuple[int, ...] = ()
    add_hyperlinks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RevisionChange:
    """One row of the change feed: a revision that somebody made. ``is_deleted`` marks a move to the recycle bin."""

    work_item_id: int
    revision: int
    project: str
    is_deleted: bool
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class ChangePage:
    """A page of the change feed; ``token`` continues after it, also when nothing more is there yet."""

    changes: tuple[RevisionChange, ...]
    token: str
    is_last: bool


@dataclass(frozen=True, slots=True)
class Project:
    """A team project."""

    id: str
    name: str

"""A work item with its revisions, updates, relations and comments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from azure_devops_emulator.identities import Identity
from azure_devops_emulator.projects import ClassificationNode, Project

# What a field holds. Dates are texts in the service's spelling; an identity that is not known is a text.
Value = str | int | float | bool | Identity | ClassificationNode | Project


@dataclass(frozen=True, slots=True)
class Relation:
    """A link of a work item: to another work item (`target_id`), or to a resource (`url`, `attachment_id`)."""

    rel: str
    id: int
    authorized_date: str
    target_id: int | None = None
    url: str = ""
    attachment_id: str | None = None
    name: str = ""
    comment: str | None = None
    created_date: str = ""
    modified_date: str = ""
    size: int | None = None

    @property
    def is_work_item_link(self) -> bool:
        """Whether it links two work items."""
        return self.target_id is not None

    @property
    def key(self) -> tuple[str, object]:
        """Equal for two relations that say the same."""
        return self.rel, self.target_id if self.target_id is not None else self.attachment_id or self.url


@dataclass(frozen=True, slots=True)
class CommentReference:
    """The version of a comment that a revision brought."""

    comment_id: int
    version: int


@dataclass(eq=False, slots=True)
class Revision:
    """A work item as it was for a time. `fields` is never changed after it was made."""

    number: int
    fields: Mapping[str, Value]
    formats: Mapping[str, str]
    relations: tuple[Relation, ...]
    moment: datetime
    watermark: int
    authorized_by: Identity
    authorized_date: str
    history: str | None = None
    comment: CommentReference | None = None
    is_deleted: bool = False

    @property
    def project(self) -> Project:
        """The project it was in."""
        project = self.fields["System.TeamProject"]
        assert isinstance(project, Project)  # noqa: S101 - drafts put nothing else there
        return project

    @property
    def type_name(self) -> str:
        """The name of its type."""
        return str(self.fields["System.WorkItemType"])


@dataclass(frozen=True, slots=True)
class Update:
    """One entry of the history: a new revision, a change of links, or both."""

    number: int
    revision_number: int
    makes_revision: bool
    by: Identity
    moment: datetime
    watermark: int
    added: tuple[Relation, ...] = ()
    removed: tuple[Relation, ...] = ()
    updated: tuple[Relation, ...] = ()


@dataclass(frozen=True, slots=True)
class CommentVersion:
    """A comment as it was for a time. `format` is "html" or "markdown"."""

    number: int
    text: str
    format: str
    by: Identity | str
    date: str
    is_deleted: bool = False


@dataclass(eq=False, slots=True)
class Comment:
    """A comment of a work item; its versions from the first on."""

    id: int
    versions: list[CommentVersion]

    @property
    def latest(self) -> CommentVersion:
        """What it says now."""
        return self.versions[-1]


@dataclass(eq=False, slots=True)
class WorkItem:
    """A work item, from its first revision to the latest."""

    id: int
    revisions: list[Revision] = field(default_factory=list)
    updates: list[Update] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    watermark: int = 0
    deleted_date: datetime | None = None
    deleted_by: Identity | None = None

    @property
    def latest(self) -> Revision:
        """Its latest revision."""
        return self.revisions[-1]

    @property
    def project(self) -> Project:
        """The project it is in."""
        return self.latest.project

    @property
    def is_deleted(self) -> bool:
        """Whether it is in the recycle bin."""
        return self.latest.is_deleted

    @property
    def comment_count(self) -> int:
        """How many comments it has that are not deleted."""
        return sum(not comment.latest.is_deleted for comment in self.comments)

    def at(self, moment: datetime) -> Revision | None:
        """The revision of that time; None before it was made."""
        return next((each for each in reversed(self.revisions) if each.moment <= moment), None)

"""A change of a work item before it is saved."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from azure_devops_emulator.identities import Identity
from azure_devops_emulator.moments import format_moment
from azure_devops_emulator.processes import WorkItemType
from azure_devops_emulator.projects import Project
from azure_devops_emulator.tracking.refusals import missing_type
from azure_devops_emulator.tracking.work_item import Relation, Value, WorkItem

if TYPE_CHECKING:
    from azure_devops_emulator.organizations import Organization

_TICK = timedelta(milliseconds=1)
NEW_ITEM = -1


@dataclass(frozen=True, slots=True)
class Author:
    """Who changes what, and how: `bypass_rules` leaves the rules of the work item type aside."""

    identity: Identity
    bypass_rules: bool = False


@dataclass(eq=False, slots=True)
class Draft:
    """What a work item is about to become. `before` holds the fields it had, `written` the fields named by the change.

    `history` is the comment that goes with the change: its text and format.
    """

    organization: Organization
    author: Author
    item: WorkItem | None
    project: Project
    type: WorkItemType
    moment: datetime
    fields: dict[str, Value]
    before: dict[str, Value]
    formats: dict[str, str] = field(default_factory=dict)
    relations: list[Relation] = field(default_factory=list)
    history: tuple[str, str] | None = None
    written: set[str] = field(default_factory=set)
    added: list[Relation] = field(default_factory=list)
    removed: list[Relation] = field(default_factory=list)
    updated: list[Relation] = field(default_factory=list)

    @property
    def identifier(self) -> int:
        """The id, -1 for a work item that is not saved yet."""
        return self.item.id if self.item else NEW_ITEM

    @property
    def is_new(self) -> bool:
        """Whether the work item is about to be created."""
        return self.item is None

    @property
    def date(self) -> str:
        """The moment as fields hold it."""
        return format_moment(self.moment)

    def text(self, name: str) -> str:
        """A field as text, empty when it has no value."""
        return str(self.fields.get(name, ""))

    def put(self, name: str, value: Value | None) -> None:
        """Set a field, or clear it with None."""
        if value is None:
            self.fields.pop(name, None)
            self.formats.pop(name, None)
        else:
            self.fields[name] = value


def draft_new(organization: Organization, author: Author, project: Project, type_name: str) -> Draft:
    """A draft of a new work item. Raises ApiError 404 for a type the project does not have."""
    kind = project.find_type(type_name)
    if kind is None or kind.name in project.disabled_types:
        raise missing_type(type_name, project.id)
    moment = organization.now()
    date = format_moment(moment)
    identity = author.identity
    fields: dict[str, Value] = {
        "System.AreaPath": project.areas,
        "System.TeamProject": project,
        "System.IterationPath": project.iterations,
        "System.WorkItemType": kind.name,
        "System.State": kind.initial_state,
        "System.Reason": kind.initial_reason,
        "System.CreatedDate": date,
        "System.CreatedBy": identity,
        "System.ChangedDate": date,
        "System.ChangedBy": identity,
        "System.CommentCount": 0,
    }
    return Draft(organization, author, None, project, kind, moment, fields, {})


def draft_change(organization: Organization, author: Author, item: WorkItem) -> Draft:
    """A draft of a change of a work item."""
    latest = item.latest
    moment = max(organization.now(), latest.moment + _TICK)
    kind = latest.project.find_type(latest.type_name)
    if kind is None:
        raise missing_type(latest.type_name, latest.project.id)
    fields = dict(latest.fields)
    draft = Draft(organization, author, item, latest.project, kind, moment, fields, dict(fields))
    draft.formats = dict(latest.formats)
    draft.relations = [*latest.relations]
    fields["System.ChangedBy"] = author.identity
    fields["System.ChangedDate"] = format_moment(moment)
    return draft

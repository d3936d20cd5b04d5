"""Work items as the REST API shows them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from azure_devops_emulator.answers import Document
from azure_devops_emulator.identities import Identity
from azure_devops_emulator.moments import NEVER, format_moment
from azure_devops_emulator.projects import ClassificationNode, Project
from azure_devops_emulator.tracking.computed_fields import COMPUTED_FIELDS, EXPANDED, field_value
from azure_devops_emulator.tracking.refusals import bad_patch
from azure_devops_emulator.tracking.store import WorkItemStore
from azure_devops_emulator.tracking.work_item import Relation, Revision, Update, Value, WorkItem


class Expand(StrEnum):
    """How much of a work item is shown; the API also takes the numbers, in this order."""

    NONE = "none"
    RELATIONS = "relations"
    FIELDS = "fields"
    LINKS = "links"
    ALL = "all"


_NUMBERED = tuple(Expand)


def parse_expand(text: str) -> Expand:
    """The expansion by name or number. Raises ApiError 400 for an unknown one."""
    if text.isdigit() and int(text) < len(_NUMBERED):
        return _NUMBERED[int(text)]
    try:
        return Expand(text.lower() or "none")
    except ValueError:
        raise bad_patch(f"The value '{text}' is not a valid expansion of a work item.") from None


@dataclass(slots=True)
class View:
    """How one caller sees the work items of a store. `organization_url` is the address the caller uses.

    `identity_texts` shows people as `Name <unique name>`, `formats` shows which fields are Markdown.
    """

    store: WorkItemStore
    organization_url: str
    identity_texts: bool = False
    formats: bool = True
    _people: dict[str, Document] = field(default_factory=dict)

    def value(self, value: Value) -> Any:
        """A field value as JSON."""
        if isinstance(value, Identity):
            return value.text if self.identity_texts else self.person(value)
        if isinstance(value, ClassificationNode):
            return value.path
        return value.name if isinstance(value, Project) else value

    def person(self, identity: Identity) -> Document:
        """An identity as a reference."""
        if identity.id not in self._people:
            self._people[identity.id] = identity.reference(self.organization_url)
        return self._people[identity.id]

    def fields(self, item: WorkItem, revision: Revision, *, expanded: bool = False) -> Document:
        """The fields that have a value; `expanded` with the computed ones."""
        shown: Document = {}
        if expanded:
            for name in EXPANDED:
                value = COMPUTED_FIELDS[name](item, revision)
                if value is not None:
                    shown[name] = self.value(value)
        for name, value in revision.fields.items():
            shown[name] = self.value(value)
        for name in ("System.History", "System.Parent"):
            value = COMPUTED_FIELDS[name](item, revision)
            if value is not None:
                shown[name] = value
        return shown

    def chosen_fields(self, item: WorkItem, revision: Revision, names: Iterable[str]) -> Document:
        """The named fields that have a value."""
        chosen = ((name, field_value(item, revision, name)) for name in names)
        return {name: self.value(value) for name, value in chosen if value is not None}

    def work_item(
        self,
        item: WorkItem,
        revision: Revision,
        expand: Expand = Expand.NONE,
        names: list[str] | None = None,
        *,
        links: bool = True,
    ) -> Document:
        """A work item at a revision. `names` are the fields that were asked for, None means all."""
        if names is not None:
            fields = self.chosen_fields(item, revision, names)
        else:
            fields = self.fields(item, revision, expanded=expand in (Expand.FIELDS, Expand.ALL))
        document: Document = {"id": item.id, "rev": revision.number, "fields": fields}
        if self.formats:
            document["multilineFieldsFormat"] = {
                name: form for name, form in revision.formats.items() if name in fields
            }
        if expand in (Expand.RELATIONS, Expand.ALL):
            self.add_relations(document, revision)
        self._add_comment(document, item, revision)
        if links or expand in (Expand.LINKS, Expand.ALL):
            document["_links"] = self._links(item, revision)
        document["url"] = self.url(item)
        return document

    def add_relations(self, document: Document, revision: Revision) -> None:
        """Put the relations of a revision into its document, if it has any."""
        relations = self.store.visible_relations(revision)
        if relations:
            document["relations"] = [self.relation(each, revision.project) for each in relations]

    def revision(self, item: WorkItem, revision: Revision, expand: Expand) -> Document:
        """A work item as one of its revisions."""
        document = self.work_item(item, revision, expand, links=False)
        document["url"] = f"{self.url(item)}/revisions/{revision.number}"
        return document

    def relation(self, relation: Relation, project: Project) -> Document:
        """A relation of a work item in a project."""
        attributes: Document = {}
        if relation.target_id is not None:
            target = self.store.find(relation.target_id) or self.store.find(relation.target_id, deleted=True)
            url = self.item_url(target.project if target else project, relation.target_id)
            attributes["isLocked"] = False
        else:
            url = relation.url
            if relation.attachment_id:
                url = f"{self.organization_url}/{project.id}/_apis/wit/attachments/{relation.attachment_id}"
            attributes.update(
                authorizedDate=relation.authorized_date,
                id=relation.id,
                resourceCreatedDate=relation.created_date,
                resourceModifiedDate=relation.modified_date,
                revisedDate=NEVER,
            )
        if relation.size is not None:
            attributes["resourceSize"] = relation.size
        if relation.comment is not None:
            attributes["comment"] = relation.comment
        if relation.name:
            attributes["name"] = relation.name
        return {"rel": relation.rel, "url": url, "attributes": attributes}

    def update(self, item: WorkItem, update: Update) -> Document:
        """One entry of the history."""
        document: Document = {
            "id": update.number,
            "workItemId": item.id,
            "rev": update.revision_number,
            "revisedBy": self.person(update.by),
            "revisedDate": format_moment(update.moment),
        }
        if update.makes_revision:
            revision = item.revisions[update.revision_number - 1]
            document["revisedDate"] = self.value(field_value(item, revision, "System.RevisedDate") or NEVER)
            document["fields"] = self.changes(item, revision)
        project = item.revisions[update.revision_number - 1].project
        groups = {"added": update.added, "removed": update.removed, "updated": update.updated}
        relations = {
            name: [self.relation(each, project) for each in relations]
            for name, relations in groups.items()
            if relations
        }
        if relations:
            document["relations"] = relations
        document["url"] = f"{self.url(item)}/updates/{update.number}"
        return document

    def changes(self, item: WorkItem, revision: Revision) -> Document:
        """What a revision changed: old and new value by field."""
        after = self.fields(item, revision, expanded=True)
        before: Document = {}
        if revision.number > 1:
            before = self.fields(item, item.revisions[revision.number - 2], expanded=True)
        names = [*after, *(name for name in before if name not in after)]
        return {
            name: _change(before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)
        }

    def url(self, item: WorkItem) -> str:
        """The address of a work item."""
        return self.item_url(item.project, item.id)

    def item_url(self, project: Project, identifier: int) -> str:
        """The address of a work item in a project."""
        return f"{self.organization_url}/{project.id}/_apis/wit/workItems/{identifier}"

    def _add_comment(self, document: Document, item: WorkItem, revision: Revision) -> None:
        if revision.comment:
            comment, version = revision.comment.comment_id, revision.comment.version
            document["commentVersionRef"] = {
                "commentId": comment,
                "version": version,
                "url": f"{self.url(item)}/comments/{comment}/versions/{version}",
            }

    def _links(self, item: WorkItem, revision: Revision) -> Document:
        url, base = self.url(item), f"{self.organization_url}/{item.project.id}/_apis/wit"
        addresses = {
            "self": url,
            "workItemUpdates": f"{url}/updates",
            "workItemRevisions": f"{url}/revisions",
            "workItemComments": f"{url}/comments",
            "html": f"{self.organization_url}/{item.project.id}/_workitems/edit/{item.id}",
            "workItemType": f"{base}/workItemTypes/{revision.type_name.replace(' ', '%20')}",
            "fields": f"{base}/fields",
        }
        return {name: {"href": address} for name, address in addresses.items()}


def _change(before: Any, after: Any) -> Document:
    change: Document = {}
    if before is not None:
        change["oldValue"] = before
    if after is not None:
        change["newValue"] = after
    return change

"""The fields that follow from where a work item is and what happened to it; they are kept nowhere."""

from __future__ import annotations

from collections.abc import Callable

from azure_devops_emulator.moments import NEVER, format_moment
from azure_devops_emulator.projects import ClassificationNode
from azure_devops_emulator.tracking.link_types import ARTIFACT_LINK, ATTACHED_FILE, HYPERLINK, PARENT
from azure_devops_emulator.tracking.work_item import Revision, Value, WorkItem

_Compute = Callable[[WorkItem, Revision], Value | None]


def _node(revision: Revision, name: str) -> ClassificationNode:
    node = revision.fields[name]
    assert isinstance(node, ClassificationNode)  # noqa: S101 - drafts put nothing else there
    return node


def _level(field: str, level: int) -> _Compute:
    def compute(_: WorkItem, revision: Revision) -> Value | None:
        names = _node(revision, field).level_names
        return names[level - 1] if level <= len(names) else None

    return compute


def _revised_date(item: WorkItem, revision: Revision) -> Value:
    # Revisions are numbered from 1 without gaps, so that the next one stands at this one's number.
    if revision.number < len(item.revisions):
        return format_moment(item.revisions[revision.number].moment)
    return NEVER


def _watermark(item: WorkItem, revision: Revision) -> Value:
    return item.watermark if revision is item.latest else revision.watermark


def _count(rel: str) -> _Compute:
    return lambda _, revision: sum(relation.rel == rel for relation in revision.relations)


def _parent(_: WorkItem, revision: Revision) -> Value | None:
    return next((relation.target_id for relation in revision.relations if relation.rel == PARENT), None)


COMPUTED_FIELDS: dict[str, _Compute] = {
    "System.Id": lambda item, _: item.id,
    "System.AreaId": lambda _, revision: _node(revision, "System.AreaPath").id,
    "System.NodeName": lambda _, revision: _node(revision, "System.AreaPath").name,
    **{f"System.AreaLevel{level}": _level("System.AreaPath", level) for level in range(1, 8)},
    "System.Rev": lambda _, revision: revision.number,
    "System.AuthorizedDate": lambda _, revision: revision.authorized_date,
    "System.RevisedDate": _revised_date,
    "System.IterationId": lambda _, revision: _node(revision, "System.IterationPath").id,
    **{f"System.IterationLevel{level}": _level("System.IterationPath", level) for level in range(1, 8)},
    "System.AuthorizedAs": lambda _, revision: revision.authorized_by,
    "System.PersonId": lambda _, revision: int(revision.authorized_by.id[:7], 16),
    "System.Watermark": _watermark,
    "System.Parent": _parent,
    "System.IsDeleted": lambda _, revision: revision.is_deleted or None,
    "System.History": lambda _, revision: revision.history,
    "System.AttachedFileCount": _count(ATTACHED_FILE),
    "System.HyperLinkCount": _count(HYPERLINK),
    "System.ExternalLinkCount": _count(ARTIFACT_LINK),
    "System.RelatedLinkCount": lambda _, revision: sum(each.is_work_item_link for each in revision.relations),
    "System.RemoteLinkCount": lambda *_: 0,
}
# What `$expand=fields` adds (recorded); the counts come only when a caller names them.
EXPANDED = tuple(
    name for name in COMPUTED_FIELDS if not name.endswith("Count") and name not in ("System.Parent", "System.History")
)


def field_value(item: WorkItem, revision: Revision, name: str) -> Value | None:
    """A field of a revision by reference name, kept or computed; None when it has no value."""
    compute = COMPUTED_FIELDS.get(name)
    return compute(item, revision) if compute else revision.fields.get(name)

"""Relations as they are written, checked and ordered."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from azure_devops_emulator.answers import ApiError
from azure_devops_emulator.identities import Right
from azure_devops_emulator.tracking.drafts import Draft
from azure_devops_emulator.tracking.link_types import ATTACHED_FILE, CHILD, HYPERLINK, PARENT, LinkType, find_link_type
from azure_devops_emulator.tracking.refusals import bad_patch, missing_item
from azure_devops_emulator.tracking.work_item import Relation, WorkItem

MOST_LINKS = 1000
MOST_ATTACHMENTS = 100
_WORK_ITEM = re.compile(r"/_apis/wit/workItems/(-?\d+)/?$", re.IGNORECASE)
_ATTACHMENT = re.compile(r"/_apis/wit/attachments/([0-9a-f-]{36})(?:\?(.*))?$", re.IGNORECASE)


def add_relation(draft: Draft, given: Any, new_ids: dict[int, int] | None = None) -> None:
    """Add a relation as a patch gives it; `new_ids` are the ids that a batch gave to its negative ones.

    Raises ApiError for a relation that is there already, leads nowhere, breaks the topology or is one too many.
    """
    relation = _read(draft, given, new_ids or {})
    if any(each.key == relation.key for each in draft.relations):
        raise ApiError(400, "RelationAlreadyExistsException", "Relation already exists.")
    _check_number(draft, relation)
    if relation.target_id is not None:
        check_topology(draft, relation)
    draft.relations.append(relation)
    draft.added.append(relation)


def remove_relation(draft: Draft, index: str) -> None:
    """Remove the relation at a place of the list as it is now. Raises ApiError 400 if there is none."""
    relation = _at(draft, index)
    draft.relations.remove(relation)
    if relation in draft.added:
        draft.added.remove(relation)
    else:
        draft.removed.append(relation)


def change_relation(draft: Draft, index: str, path: tuple[str, ...], value: Any) -> None:
    """Change the comment or name of a relation. Raises ApiError 400 for anything else."""
    relation = _at(draft, index)
    attributes = {path[1]: value} if len(path) == 2 and path[0].lower() == "attributes" else {}
    if not path and isinstance(value, dict):
        attributes = value.get("attributes") or {}
    if not attributes or not set(attributes) <= {"comment", "name", "isLocked"}:
        raise bad_patch("Only the comment and the name of a relation can be changed.")
    changed = replace(
        relation,
        comment=attributes.get("comment", relation.comment),
        name=attributes.get("name") or relation.name,
        authorized_date=draft.date,
    )
    if replace(changed, authorized_date=relation.authorized_date) == relation:
        return
    draft.relations[draft.relations.index(relation)] = changed
    if relation in draft.added:
        draft.added[draft.added.index(relation)] = changed
    else:
        draft.updated.append(changed)


def ordered(relations: list[Relation]) -> tuple[Relation, ...]:
    """The order in which the service lists relations: by kind, the youngest first, not as they were added."""
    return tuple(sorted(relations, key=lambda each: (each.rel, -each.id)))


def opposite(relation: Relation, source_id: int) -> Relation:
    """The relation as the other work item has it."""
    kind = find_link_type(relation.rel)
    return replace(relation, rel=str(kind.opposite if kind else relation.rel), target_id=source_id)


def _at(draft: Draft, index: str) -> Relation:
    if not index.isdigit() or int(index) >= len(draft.relations):
        raise bad_patch(f"Index out of range for path /relations/{index}.")
    return draft.relations[int(index)]


def _read(draft: Draft, given: Any, new_ids: dict[int, int]) -> Relation:
    if not isinstance(given, dict) or not isinstance(given.get("rel"), str) or not isinstance(given.get("url"), str):
        raise bad_patch("A relation needs rel and url.")
    kind = find_link_type(given["rel"])
    if kind is None:
        raise bad_patch(f"The relation type {given['rel']} does not exist.")
    attributes = given.get("attributes") or {}
    comment = attributes.get("comment")
    identifier = next(draft.organization.tracking.relation_ids)
    if not kind.is_resource_link:
        target = _target(draft, given["url"], new_ids)
        return Relation(kind.reference_name, identifier, draft.date, target.id, comment=comment, name=kind.name)
    if kind.reference_name == ATTACHED_FILE:
        return _attached_file(draft, given["url"], attributes, identifier)
    return _resource_link(draft, kind, given["url"], attributes, identifier)


def _resource_link(draft: Draft, kind: LinkType, url: str, attributes: dict[str, Any], identifier: int) -> Relation:
    if not url.strip():
        raise bad_patch("A relation needs an address.")
    name = str(attributes.get("name") or "")
    if not name and kind.reference_name != HYPERLINK:
        raise bad_patch("An artifact link needs the attribute name.")
    date = draft.date
    return Relation(
        kind.reference_name,
        identifier,
        date,
        url=url,
        name=name,
        comment=attributes.get("comment"),
        created_date=str(attributes.get("resourceCreatedDate") or date),
        modified_date=str(attributes.get("resourceModifiedDate") or date),
    )


def _attached_file(draft: Draft, url: str, attributes: dict[str, Any], identifier: int) -> Relation:
    found = _ATTACHMENT.search(url)
    attachment = draft.organization.attachments.find(found.group(1)) if found else None
    if attachment is None or not attachment.is_complete:
        raise ApiError(
            400,
            "WorkItemResourceLinkException",
            f"TF237090: Does not exist or access is denied. The attachment {url} was not found.",
        )
    return Relation(
        ATTACHED_FILE,
        identifier,
        draft.date,
        attachment_id=attachment.id,
        name=str(attributes.get("name") or attachment.name),
        comment=attributes.get("comment"),
        created_date=str(attributes.get("resourceCreatedDate") or attachment.created_date),
        modified_date=str(attributes.get("resourceModifiedDate") or attachment.created_date),
        size=attachment.size,
    )


def _target(draft: Draft, url: str, new_ids: dict[int, int]) -> WorkItem:
    found = _WORK_ITEM.search(url.partition("?")[0])
    if found is None:
        raise bad_patch(f"{url} is not the address of a work item.")
    number = int(found.group(1))
    target = draft.organization.tracking.find(new_ids.get(number, number))
    if target is None or not draft.author.identity.may(Right.READ, target.project.id):
        raise missing_item(number)
    return target


def _check_number(draft: Draft, relation: Relation) -> None:
    if len(draft.relations) >= MOST_LINKS:
        message = f"VS403310: The work item has {len(draft.relations)} links; the limit is {MOST_LINKS}."
        raise ApiError(400, "WorkItemLinkLimitExceededException", message)
    attached = sum(each.rel == ATTACHED_FILE for each in draft.relations)
    if relation.rel == ATTACHED_FILE and attached >= MOST_ATTACHMENTS:
        message = f"VS403313: The work item has {attached} attachments; the limit is {MOST_ATTACHMENTS}."
        raise ApiError(400, "WorkItemAttachmentLimitExceededException", message)


def check_topology(draft: Draft, relation: Relation) -> None:
    """Refuse a link to itself, a second parent and a ring of parents. Raises ApiError 400."""
    target = draft.organization.tracking.find(relation.target_id or 0)
    if target is None or target.id == draft.identifier:
        raise _topology("TF201034: You cannot link a work item to itself.")
    if relation.rel == PARENT:
        if any(each.rel == PARENT for each in draft.relations):
            raise _second_parent(target.id, draft.identifier)
        if draft.item and draft.item.id in _ancestors(draft, target):
            raise _ring(target.id, draft.identifier)
    if relation.rel == CHILD:
        if any(each.rel == PARENT for each in target.latest.relations):
            raise _second_parent(draft.identifier, target.id)
        if draft.item and target.id in _ancestors(draft, draft.item):
            raise _ring(draft.identifier, target.id)


def _ancestors(draft: Draft, item: WorkItem) -> set[int]:
    found: set[int] = set()
    current: WorkItem | None = item
    while current is not None and current.id not in found:
        found.add(current.id)
        parent = next((each.target_id for each in current.latest.relations if each.rel == PARENT), None)
        current = draft.organization.tracking.find(parent) if parent else None
    return found - {item.id}


def _topology(message: str) -> ApiError:
    return ApiError(400, "WorkItemLinkInvalidException", message)


def _second_parent(parent: int, child: int) -> ApiError:
    return _topology(
        f"TF201036: You cannot add a Child link between work items {parent} and {child} because a work item can have"
        " only one Parent link."
    )


def _ring(parent: int, child: int) -> ApiError:
    return _topology(
        f"TF201035: You cannot add a Child link between work items {parent} and {child} because a circular"
        " relationship would be created."
    )

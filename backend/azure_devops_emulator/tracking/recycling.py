"""The recycle bin: deleting, restoring and destroying work items."""

from __future__ import annotations

from datetime import datetime, timedelta

from azure_devops_emulator.answers import Document
from azure_devops_emulator.identities import Right
from azure_devops_emulator.routing import Call
from azure_devops_emulator.tracking.callers import require, view_of
from azure_devops_emulator.tracking.drafts import Author
from azure_devops_emulator.tracking.events import publish_marked
from azure_devops_emulator.tracking.work_item import WorkItem


def delete(call: Call, item: WorkItem) -> Document:
    """Put a work item into the recycle bin. Raises ApiError 403."""
    require(call, Right.DELETE, item)
    return _mark(call, item, deleted=True)


def restore(call: Call, item: WorkItem) -> Document:
    """Take a work item out of the recycle bin. Raises ApiError 403."""
    require(call, Right.DELETE, item)
    return _mark(call, item, deleted=False)


def destroy(call: Call, item: WorkItem) -> Document:
    """Forget a work item for good. Raises ApiError 403."""
    require(call, Right.DESTROY, item)
    document = describe(call, item)
    call.organization.tracking.destroy(item)
    return document


def _mark(call: Call, item: WorkItem, *, deleted: bool) -> Document:
    moment = max(call.organization.now(), item.latest.moment + timedelta(milliseconds=1))
    update = call.organization.tracking.mark(item, Author(call.identity), moment, deleted=deleted)
    publish_marked(call.organization, item, update)
    return describe(call, item)


def describe(call: Call, item: WorkItem) -> Document:
    """A work item as the recycle bin tells of it; people are texts at any version (recorded)."""
    view = view_of(call, identity_texts=True)
    address = "recyclebin" if item.is_deleted else "workItems"
    url = f"{call.organization_url}/{item.project.id}/_apis/wit/{address}/{item.id}"
    document: Document = {
        "id": item.id,
        "type": item.latest.type_name,
        "name": item.latest.fields.get("System.Title", ""),
        "project": item.project.name,
        "code": 200,
        "url": url,
        "resource": {**view.work_item(item, item.latest), "url": url},
    }
    if item.deleted_date and item.deleted_by:
        document["deletedDate"] = _culture_text(item.deleted_date)
        document["deletedBy"] = item.deleted_by.text
    return document


def _culture_text(moment: datetime) -> str:
    hour = moment.hour % 12 or 12
    return f"{moment.month}/{moment.day}/{moment.year} {hour}:{moment:%M:%S} {'PM' if moment.hour >= 12 else 'AM'}"

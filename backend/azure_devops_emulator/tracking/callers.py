"""What a call may see and change of the work items, and how it sees them."""

from __future__ import annotations

from azure_devops_emulator.identities import Right
from azure_devops_emulator.routing import Call
from azure_devops_emulator.tracking.drafts import Author
from azure_devops_emulator.tracking.refusals import missing_item, missing_permission, unwritable_item
from azure_devops_emulator.tracking.rendering import View
from azure_devops_emulator.tracking.work_item import WorkItem

WRITE_SCOPE = "vso.work_write"


def view_of(call: Call, *, identity_texts: bool = False) -> View:
    """The work items as the caller sees them; before version 5.0 people are texts."""
    texts = identity_texts or not call.api_version.at_least(5, 0)
    organization = call.organization
    return View(organization.tracking, call.organization_url, texts, formats=not organization.is_server)


def may_read(call: Call, item: WorkItem) -> bool:
    """Whether the caller may read the work item, in the project of the call if there is one."""
    in_project = call.project is None or item.project is call.project
    return in_project and call.identity.may(Right.READ, item.project.id)


def readable_item(call: Call, identifier: int, *, deleted: bool = False) -> WorkItem:
    """The work item (of the recycle bin when `deleted`). Raises ApiError 404 (TF401232)."""
    item = call.organization.tracking.find(identifier, deleted=deleted)
    if item is None or not may_read(call, item):
        raise missing_item(identifier)
    return item


def require(call: Call, right: Right, item: WorkItem) -> None:
    """Raise ApiError 403 if the caller has not that right where the work item is."""
    if not call.identity.may(right, item.project.id):
        raise unwritable_item(item.id)


def author_of(call: Call, project_id: str) -> Author:
    """The caller as the author of a change.

    Raises ApiError 403 for bypassRules or suppressNotifications without the right to them.
    """
    bypass = call.query.flag("bypassRules")
    if bypass and not call.identity.may(Right.BYPASS_RULES, project_id):
        raise missing_permission(
            "TF401322: You don't have bypass rules permission. Please contact your collection administrator to grant"
            " this permission for enabling this action."
        )
    if call.query.flag("suppressNotifications") and not call.identity.may(Right.SUPPRESS_NOTIFICATIONS, project_id):
        raise missing_permission(
            "VS403444: You do not have permission to suppress notifications for work item updates in this project."
        )
    return Author(call.identity, bypass)

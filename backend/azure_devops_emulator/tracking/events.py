"""The service hook events of work items.

See https://learn.microsoft.com/azure/devops/service-hooks/events#work-item-events.
"""

from __future__ import annotations

from azure_devops_emulator.answers import Document
from azure_devops_emulator.identities import Right
from azure_devops_emulator.organizations import Organization
from azure_devops_emulator.tracking.rendering import Expand, View
from azure_devops_emulator.tracking.store import Saved
from azure_devops_emulator.tracking.work_item import Update, WorkItem


def publish_saved(organization: Organization, saved: Saved) -> None:
    """Tell the subscriptions of a change that was saved."""
    update = saved.update
    if update is None or not _is_heard(organization):
        return
    item, view = saved.item, _view(organization)
    if update.makes_revision and update.revision_number == 1:
        _publish(organization, "created", item, view.work_item(item, item.latest))
        return
    document = view.update(item, update)
    document["_links"] = {
        "self": {"href": document["url"]},
        "workItemUpdates": {"href": f"{view.url(item)}/updates"},
        "parent": {"href": view.url(item)},
    }
    document["revision"] = view.revision(item, item.latest, Expand.NONE)
    _publish(organization, "updated", item, document)
    if update.makes_revision and item.latest.history is not None:
        _publish(organization, "commented", item, view.work_item(item, item.latest))


def publish_marked(organization: Organization, item: WorkItem, _: Update) -> None:
    """Tell the subscriptions that a work item went to the recycle bin or came back."""
    if not _is_heard(organization):
        return
    view = _view(organization)
    document = view.work_item(item, item.latest)
    if item.is_deleted:
        document["url"] = f"{organization.url}/{item.project.id}/_apis/wit/recyclebin/{item.id}"
    _publish(organization, "deleted" if item.is_deleted else "restored", item, document)


def _is_heard(organization: Organization) -> bool:
    return bool(organization.subscriptions.list())


def _view(organization: Organization) -> View:
    return View(organization.tracking, organization.url, identity_texts=True, formats=not organization.is_server)


def _publish(organization: Organization, name: str, item: WorkItem, resource: Document) -> None:
    text = f"{item.latest.type_name} #{item.id} ({item.latest.fields.get('System.Title', '')}) {name}."
    message = {"text": text, "html": text, "markdown": text}
    base = f"{organization.url}/"
    host = {"id": organization.deployment_id, "baseUrl": base}
    organization.delivery.publish(
        {
            "eventType": f"workitem.{name}",
            "message": message,
            "detailedMessage": message,
            "resource": resource,
            "resourceContainers": {
                "collection": {"id": organization.instance_id, "baseUrl": base},
                ("server" if organization.is_server else "account"): host,
                "project": {"id": item.project.id, "baseUrl": base},
            },
        },
        lambda owner: _may_read(organization, owner, item),
    )


def _may_read(organization: Organization, identity_id: str, item: WorkItem) -> bool:
    identity = organization.identities.get(identity_id)
    return identity is not None and identity.may(Right.READ, item.project.id)

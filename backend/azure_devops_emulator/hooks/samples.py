"""The event that a test notification sends when no real one is at hand."""

from __future__ import annotations

from typing import Any

_FIELDS = {
    "System.AreaPath": "Fabrikam",
    "System.TeamProject": "Fabrikam",
    "System.IterationPath": "Fabrikam\\Iteration 1",
    "System.WorkItemType": "Bug",
    "System.State": "New",
    "System.Reason": "New defect reported",
    "System.Title": "A sample",
}


def make_sample(event_type: str, organization_url: str, instance_id: str) -> dict[str, Any]:
    """A work item event of that type about a work item that is not there."""
    url = f"{organization_url}/_apis/wit/workItems/5"
    work_item = {"id": 5, "rev": 1, "fields": _FIELDS, "url": url}
    resource: dict[str, Any] = work_item
    if event_type == "workitem.updated":
        changed = {"System.Rev": {"oldValue": "1", "newValue": "2"}}
        resource = {"id": 2, "workItemId": 5, "rev": 2, "fields": changed, "url": f"{url}/updates/2"}
        resource["revision"] = {**work_item, "rev": 2, "url": f"{url}/revisions/2"}
    return {
        "eventType": event_type,
        "resource": resource,
        "resourceContainers": {"collection": {"id": instance_id, "baseUrl": f"{organization_url}/"}},
    }

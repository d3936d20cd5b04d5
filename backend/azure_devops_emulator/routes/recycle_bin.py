"""The recycle bin."""

from __future__ import annotations

from azure_devops_emulator.answers import Answer, ApiError, Document, bad_argument, listed
from azure_devops_emulator.routing import Call, RouteTable
from azure_devops_emulator.tracking import recycling
from azure_devops_emulator.tracking.callers import WRITE_SCOPE, may_read, readable_item
from azure_devops_emulator.tracking.work_item import WorkItem

routes = RouteTable(scope="vso.work")


@routes.route("GET", "[{project}/]_apis/wit/recyclebin")
def list_deleted(call: Call) -> Document:
    """What is in the recycle bin: addresses only, or the work items of `ids`."""
    if "ids" in call.query:
        return listed(_describe_one(call, text) for text in call.query.list("ids"))
    items = [item for item in call.organization.tracking if item.is_deleted and may_read(call, item)]
    return listed(
        {"id": item.id, "url": f"{call.organization_url}/{item.project.id}/_apis/wit/recyclebin/{item.id}"}
        for item in items
    )


@routes.route("GET", "[{project}/]_apis/wit/recyclebin/{id}")
def read_deleted(call: Call) -> Document:
    """One work item of the recycle bin."""
    return recycling.describe(call, _deleted(call))


@routes.route("PATCH", "[{project}/]_apis/wit/recyclebin/{id}", scope=WRITE_SCOPE)
def restore_deleted(call: Call) -> Document:
    """Out of the recycle bin."""
    wanted = {name.lower(): value for name, value in call.object().items()}
    if wanted.get("isdeleted") is not False:
        raise bad_argument("The body must say isDeleted: false.")
    return recycling.restore(call, _deleted(call))


@routes.route("DELETE", "[{project}/]_apis/wit/recyclebin/{id}", scope=WRITE_SCOPE)
def destroy_deleted(call: Call) -> Answer:
    """Away for good."""
    recycling.destroy(call, _deleted(call))
    return Answer(status=204)


def _deleted(call: Call) -> WorkItem:
    return readable_item(call, call.integer("id"), deleted=True)


def _describe_one(call: Call, text: str) -> Document:
    try:
        item = readable_item(call, int(text) if text.isdigit() else 0, deleted=True)
    except ApiError as error:
        return {"id": text, "code": error.status, "message": error.message}
    document = recycling.describe(call, item)
    del document["resource"]
    return document

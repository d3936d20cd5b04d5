"""The history of a work item: its revisions and updates."""

from __future__ import annotations

from azure_devops_emulator.answers import ApiError, Document, listed
from azure_devops_emulator.routing import Call, RouteTable
from azure_devops_emulator.tracking.callers import readable_item, view_of
from azure_devops_emulator.tracking.rendering import parse_expand

routes = RouteTable(scope="vso.work")
_MOST = 200


def _page(call: Call, number: int) -> slice:
    top = call.query.integer("$top", _MOST) or 0
    skip = call.query.integer("$skip", 0) or 0
    return slice(min(skip, number), min(skip + min(top, _MOST), number))


@routes.route("GET", "[{project}/]_apis/wit/workItems/{id}/revisions")
def list_revisions(call: Call) -> Document:
    """The revisions, oldest first."""
    item = readable_item(call, call.integer("id"))
    expand, view = parse_expand(call.query.get("$expand")), view_of(call)
    page = item.revisions[_page(call, len(item.revisions))]
    return listed(view.revision(item, revision, expand) for revision in page)


@routes.route("GET", "[{project}/]_apis/wit/workItems/{id}/revisions/{number}")
def read_revision(call: Call) -> Document:
    """One revision."""
    item, number = readable_item(call, call.integer("id")), call.integer("number")
    if not 1 <= number <= len(item.revisions):
        raise _missing("revision", number, item.id)
    expand = parse_expand(call.query.get("$expand"))
    return view_of(call).revision(item, item.revisions[number - 1], expand)


@routes.route("GET", "[{project}/]_apis/wit/workItems/{id}/updates")
def list_updates(call: Call) -> Document:
    """The updates, oldest first; changes of links between work items are here without a revision of their own."""
    item, view = readable_item(call, call.integer("id")), view_of(call)
    page = item.updates[_page(call, len(item.updates))]
    return listed(view.update(item, update) for update in page)


@routes.route("GET", "[{project}/]_apis/wit/workItems/{id}/updates/{number}")
def read_update(call: Call) -> Document:
    """One update."""
    item, number = readable_item(call, call.integer("id")), call.integer("number")
    if not 1 <= number <= len(item.updates):
        raise _missing("update", number, item.id)
    return view_of(call).update(item, item.updates[number - 1])


def _missing(what: str, number: int, item_id: int) -> ApiError:
    message = f"VS403323: Work item {item_id} does not have {what} {number}."
    return ApiError(404, "WorkItemRevisionNotFoundException", message)

"""Reading, creating, changing and deleting single work items."""

from __future__ import annotations

from azure_devops_emulator.answers import ApiError, Document
from azure_devops_emulator.fields import find_field
from azure_devops_emulator.identities import Right
from azure_devops_emulator.moments import read_moment
from azure_devops_emulator.routing import Call, RouteTable
from azure_devops_emulator.tracking import recycling
from azure_devops_emulator.tracking.callers import (
    WRITE_SCOPE,
    author_of,
    readable_item,
    require,
    view_of,
)
from azure_devops_emulator.tracking.drafts import Draft, draft_change, draft_new
from azure_devops_emulator.tracking.editing import edit
from azure_devops_emulator.tracking.events import publish_saved
from azure_devops_emulator.tracking.patches import Operation, parse_patch
from azure_devops_emulator.tracking.refusals import missing_field, missing_item, unwritable_item
from azure_devops_emulator.tracking.rendering import Expand, parse_expand
from azure_devops_emulator.tracking.rules import apply_rules_for_template
from azure_devops_emulator.tracking.work_item import Revision, WorkItem

routes = RouteTable(scope="vso.work")
_PATCH_TYPE = "application/json-patch+json"


@routes.route("GET", "[{project}/]_apis/wit/workItems/{id}")
def read_item(call: Call) -> Document:
    """One work item, now or at a time."""
    item = readable_item(call, call.integer("id"))
    names = field_names(call.query.list("fields")) if "fields" in call.query else None
    expand = expansion(call.query.get("$expand"), names)
    revision = revision_at(item, call.query.get("asOf"))
    if revision is None:
        raise missing_item(item.id)
    return view_of(call).work_item(item, revision, expand, names)


@routes.route("GET", "{project}/_apis/wit/workItems/${type}")
def read_template(call: Call) -> Document:
    """The fields that a new work item of a type begins with."""
    author = author_of(call, call.in_project.id)
    draft = draft_new(call.organization, author, call.in_project, call.parameters["type"])
    apply_rules_for_template(draft)
    view = view_of(call)
    fields = {name: view.value(value) for name, value in draft.fields.items()}
    return {
        "fields": fields,
        "url": f"{call.organization_url}/{call.in_project.id}/_apis/wit/workItems/${draft.type.name}",
    }


@routes.route("POST", "{project}/_apis/wit/workItems/${type}", scope=WRITE_SCOPE)
def create_item(call: Call) -> Document:
    """A new work item."""
    check_media_type(call)
    return create(call, call.parameters["type"], parse_patch(call.json()), {})


@routes.route("PATCH", "{project}/_apis/wit/workItems/${type}", scope=WRITE_SCOPE)
def create_item_by_patch(call: Call) -> Document:
    """A new work item, by the older verb."""
    check_media_type(call)
    return create(call, call.parameters["type"], parse_patch(call.json()), {})


@routes.route("PATCH", "[{project}/]_apis/wit/workItems/{id}", scope=WRITE_SCOPE)
def update_item(call: Call) -> Document:
    """A change of a work item."""
    check_media_type(call)
    return change(call, call.integer("id"), parse_patch(call.json()), {})


@routes.route("DELETE", "[{project}/]_apis/wit/workItems/{id}", scope=WRITE_SCOPE)
def delete_item(call: Call) -> Document:
    """Into the recycle bin, or away for good with `destroy`."""
    item = readable_item(call, call.integer("id"))
    if call.query.flag("destroy"):
        return recycling.destroy(call, item)
    return recycling.delete(call, item)


def create(call: Call, type_name: str, operations: list[Operation], new_ids: dict[int, int]) -> Document:
    """Create a work item in the project of the call; `new_ids` as in a batch. Raises ApiError."""
    project = call.in_project
    draft = draft_new(call.organization, author_of(call, project.id), project, type_name)
    if not call.identity.may(Right.WRITE, project.id):
        raise unwritable_item(draft.identifier)
    edit(draft, operations, new_ids)
    return _finish(call, draft, operations)


def change(call: Call, identifier: int, operations: list[Operation], new_ids: dict[int, int]) -> Document:
    """Change a work item; `new_ids` as in a batch. Raises ApiError."""
    item = readable_item(call, identifier)
    require(call, Right.WRITE, item)
    draft = draft_change(call.organization, author_of(call, item.project.id), item)
    edit(draft, operations, new_ids)
    return _finish(call, draft, operations)


def _finish(call: Call, draft: Draft, operations: list[Operation]) -> Document:
    expand = parse_expand(call.query.get("$expand"))
    view = view_of(call)
    if call.query.flag("validateOnly"):
        return _validated(call, draft, expand)
    saved = call.organization.tracking.save(draft)
    publish_saved(call.organization, saved)
    document = view.work_item(saved.item, saved.item.latest, expand)
    if "relations" not in document and any(operation.target == "relations" for operation in operations):
        view.add_relations(document, saved.item.latest)
    return document


def _validated(call: Call, draft: Draft, expand: Expand) -> Document:
    view = view_of(call)
    if draft.item is not None:
        return view.work_item(draft.item, draft.item.latest, expand)
    fields = {name: view.value(value) for name, value in draft.fields.items()}
    return {"id": draft.identifier, "rev": draft.identifier, "fields": fields, "url": ""}


def check_media_type(call: Call) -> None:
    """Raise ApiError 400 if the body is not sent as a JSON patch."""
    given = call.headers.get("content-type", "").partition(";")[0].strip()
    if given.lower() != _PATCH_TYPE:
        raise ApiError(
            400,
            "VssRequestContentTypeNotSupportedException",
            f'The request indicated a Content-Type of "{given}" for method type "{call.method}" which is not'
            f" supported. Valid content types for this method are: {_PATCH_TYPE}.",
            type_name="Microsoft.VisualStudio.Services.WebApi.VssRequestContentTypeNotSupportedException,"
            " Microsoft.VisualStudio.Services.WebApi",
        )


def field_names(names: list[str]) -> list[str]:
    """The reference names of fields named in a call. Raises ApiError 400 (TF51535)."""
    found = []
    for name in names:
        field = find_field(name)
        if field is None:
            raise missing_field(name)
        found.append(field.reference_name)
    return found


def expansion(text: str, names: list[str] | None) -> Expand:
    """The expansion a call wants. Raises ApiError 400 if it cannot go with named fields."""
    expand = parse_expand(text)
    if names is not None and expand not in (Expand.NONE, Expand.LINKS):
        message = "The expand parameter can not be used with the fields parameter."
        raise ApiError(400, "ConflictingParametersException", message)
    return expand


def revision_at(item: WorkItem, as_of: str) -> Revision | None:
    """The latest revision, or the one of a time; None before the first."""
    return item.at(read_moment(as_of)) if as_of else item.latest

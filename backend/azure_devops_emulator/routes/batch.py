"""Several work items in one call: read, delete, or change them."""

from __future__ import annotations

import json
import time
from typing import Any
from urllib.parse import unquote

from azure_devops_emulator.answers import Answer, ApiError, Document, listed
from azure_devops_emulator.identities import Right
from azure_devops_emulator.organizations import missing_project
from azure_devops_emulator.routes.work_items import change, create, expansion, field_names, revision_at
from azure_devops_emulator.routing import Call, Query, RouteTable
from azure_devops_emulator.tracking import recycling
from azure_devops_emulator.tracking.callers import WRITE_SCOPE, may_read, readable_item, view_of
from azure_devops_emulator.tracking.patches import Operation, parse_patch
from azure_devops_emulator.tracking.refusals import bad_patch, missing_item, too_many_ids
from azure_devops_emulator.tracking.rendering import Expand

routes = RouteTable(scope="vso.work")
MOST_IDS = 200


@routes.route("GET", "[{project}/]_apis/wit/workItems")
def list_items(call: Call) -> Document:
    """The work items of the query parameter `ids`."""
    ids = [_identifier(text) for text in call.query.list("ids")]
    names = field_names(call.query.list("fields")) if "fields" in call.query else None
    expand = expansion(call.query.get("$expand"), names)
    return _read(call, ids, names, expand, call.query.get("asOf"), call.query.get("errorPolicy"))


@routes.route("POST", "[{project}/]_apis/wit/workItemsBatch")
def read_batch(call: Call) -> Document:
    """The work items that the body asks for."""
    wanted = call.object()
    ids = wanted.get("ids")
    if not isinstance(ids, list) or not ids:
        raise bad_patch("The body must name the ids of work items.")
    names = field_names(wanted["fields"]) if wanted.get("fields") else None
    expand = expansion(str(wanted.get("$expand") or ""), names)
    as_of, policy = str(wanted.get("asOf") or ""), str(wanted.get("errorPolicy") or "")
    return _read(call, [_identifier(each) for each in ids], names, expand, as_of, policy)


def _read(
    call: Call, ids: list[int], names: list[str] | None, expand: Expand, as_of: str, error_policy: str
) -> Document:
    if not ids:
        raise bad_patch("The call must name the ids of work items.")
    if len(ids) > MOST_IDS:
        raise too_many_ids(len(ids), MOST_IDS)
    omit = error_policy.lower() in ("omit", "2")
    view = view_of(call)
    rows: list[Document | None] = []
    for identifier in ids:
        item = call.organization.tracking.find(identifier)
        revision = revision_at(item, as_of) if item is not None and may_read(call, item) else None
        if item is not None and revision is not None:
            rows.append(view.work_item(item, revision, expand, names, links=False))
        elif omit:
            rows.append(None)
        else:
            raise missing_item(identifier)
    return listed(rows)


def _identifier(given: object) -> int:
    try:
        return int(str(given))
    except ValueError:
        raise bad_patch(f"{given} is not the id of a work item.") from None


@routes.route("POST", "[{project}/]_apis/wit/workItemsDelete", scope=WRITE_SCOPE, preview_only=False)
def delete_items(call: Call) -> Document:
    """Several work items into the recycle bin, or away for good."""
    wanted = call.object()
    ids = [_identifier(each) for each in wanted.get("ids") or ()]
    if len(ids) > MOST_IDS:
        raise too_many_ids(len(ids), MOST_IDS)
    remove = recycling.destroy if wanted.get("destroy") else recycling.delete
    return {"results": [_delete_one(call, identifier, remove) for identifier in ids]}


def _delete_one(call: Call, identifier: int, remove: Any) -> Document:
    try:
        document: Document = remove(call, readable_item(call, identifier))
    except ApiError as error:
        return {"id": identifier, "code": error.status, "message": error.message}
    return document


@routes.route("PATCH", "[{project}/]_apis/wit/$batch", scope=WRITE_SCOPE, locked=False)
def write_batch(call: Call) -> Answer:
    """Creates and changes, one after the other; a failing entry does not stop the rest."""
    return _write(call)


@routes.route("POST", "[{project}/]_apis/wit/$batch", scope=WRITE_SCOPE, locked=False)
def write_batch_by_post(call: Call) -> Answer:
    """The same by the other verb."""
    return _write(call)


def _write(call: Call) -> Answer:
    entries = call.json()
    if not isinstance(entries, list) or not entries:
        raise bad_patch("You must pass a list of requests in the body of the request.")
    if len(entries) > MOST_IDS:
        raise too_many_ids(len(entries), MOST_IDS)
    call.organization.statistics.add("batch_entries", len(entries))
    if call.organization.batch_entry_seconds:
        time.sleep(call.organization.batch_entry_seconds * len(entries))
    new_ids: dict[int, int] = {}
    with call.organization.lock:
        return Answer(listed(_answer(call, entry, new_ids) for entry in entries))


def _answer(call: Call, entry: Any, new_ids: dict[int, int]) -> Document:
    try:
        code, document = 200, _carry_out(call, entry, new_ids)
    except ApiError as error:
        code, document = error.status, error.document()
    headers = {"Content-Type": "application/json; charset=utf-8"}
    return {"code": code, "headers": headers, "body": json.dumps(document, ensure_ascii=False)}


def _carry_out(call: Call, entry: Any, new_ids: dict[int, int]) -> Document:
    if not isinstance(entry, dict) or not isinstance(entry.get("uri"), str):
        raise bad_patch("A request of a batch needs method, uri and body.")
    method = str(entry.get("method", "")).upper()
    path, _, query = entry["uri"].partition("?")
    owner, _, rest = path.strip("/").rpartition("_apis/wit/")
    kind, _, last = unquote(rest).partition("/")
    if kind.lower() != "workitems" or method not in ("PATCH", "POST") or not last:
        raise bad_patch(f"A batch can create and change work items only, not {method} {path}.")
    inner = _inner_call(call, unquote(owner.strip("/")), Query(query))
    operations = parse_patch(entry.get("body"))
    if not last.startswith("$"):
        number = _identifier(last)
        return change(inner, new_ids.get(number, number), operations, new_ids)
    document = create(inner, last[1:], operations, new_ids)
    _note_new_id(operations, document["id"], new_ids)
    return document


def _inner_call(call: Call, owner: str, query: Query) -> Call:
    inner = Call(
        method="PATCH",
        organization=call.organization,
        organization_url=call.organization_url,
        query=query,
        headers=call.headers,
        body=call.body,
        identity=call.identity,
        credential=call.credential,
        api_version=call.api_version,
    )
    inner.project = call.project
    if owner:
        inner.project = call.organization.project(owner)
        if not call.identity.may(Right.READ, inner.project.id):
            raise missing_project(owner)
    return inner


def _note_new_id(operations: list[Operation], identifier: int, new_ids: dict[int, int]) -> None:
    for operation in operations:
        if operation.path == ("id",):
            new_ids[_identifier(operation.value)] = identifier

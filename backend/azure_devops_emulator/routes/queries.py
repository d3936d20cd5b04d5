"""Saved queries and their folders."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from azure_devops_emulator.answers import Answer, ApiError, Document, bad_argument, listed
from azure_devops_emulator.identities import Identity, Right
from azure_devops_emulator.moments import format_moment
from azure_devops_emulator.organizations import refuse
from azure_devops_emulator.routes.wiql import run_query
from azure_devops_emulator.routing import Call, RouteTable
from azure_devops_emulator.saved_queries import SavedQuery, find_query, find_roots
from azure_devops_emulator.wiql import WiqlError, parse

routes = RouteTable(scope="vso.work")
_ROOT = "{project}/_apis/wit/queries"
_COLUMNS = re.compile(r"^\s*select\s+(.*?)\s+from\s", re.IGNORECASE | re.DOTALL)
_MOST_FOUND = 200


@routes.route("GET", _ROOT)
def list_queries(call: Call) -> Document:
    """The root folders, `$depth` levels deep, or the queries whose names contain `$filter`."""
    roots = find_roots(call.in_project, call.identity)
    wanted = call.query.get("$filter").lower()
    if not wanted:
        return listed(_describe(call, root, _depth(call)) for root in roots)
    most = call.query.integer("$top", _MOST_FOUND) or _MOST_FOUND
    found = [each for root in roots for each in root.walk() if each.parent and wanted in each.name.lower()]
    return {**listed(_describe(call, each, 0) for each in found[:most]), "hasMore": len(found) > most}


@routes.route("GET", _ROOT + "/{*query}")
def read_query(call: Call) -> Document:
    """One query or folder by id or path."""
    return _describe(call, _find(call), _depth(call))


@routes.route("POST", _ROOT + "/{*query}", scope="vso.work_write")
def create_query(call: Call) -> Answer:
    """Make a query or a folder in a folder, or move one there."""
    folder = _editable(call)
    if not folder.is_folder:
        raise bad_argument(f"{folder.path} is a query, not a folder.")
    body = call.object()
    if body.get("id") and not body.get("name"):
        return Answer(_describe(call, _move(call, folder, str(body["id"])), 0))
    name, wiql = _free_name(folder, body), None if body.get("isFolder") else _wiql(body)
    made = SavedQuery(name, folder.is_public, call.identity, wiql)
    if call.query.flag("validateWiqlOnly"):
        return Answer(_describe(call, made, 0))
    made.move(folder)
    return Answer(_describe(call, made, 0), 201)


@routes.route("PATCH", _ROOT + "/{*query}", scope="vso.work_write")
def update_query(call: Call) -> Document:
    """Change the name or the text of a query."""
    query = _editable(call, below_root=True)
    body = call.object()
    if body.get("wiql") is not None:
        query.wiql = _wiql(body)
    if query.parent and body.get("name"):
        query.name = _free_name(query.parent, body, but=query)
    query.changed, query.changed_by = call.organization.now(), call.identity
    return _describe(call, query, 0)


@routes.route("DELETE", _ROOT + "/{*query}", scope="vso.work_write")
def delete_query(call: Call) -> Answer:
    """Delete a query, or a folder with all in it."""
    query = _editable(call, below_root=True)
    if query.parent:
        query.parent.children.remove(query)
    return Answer(status=204)


@routes.route("POST", "{project}/_apis/wit/queriesBatch")
def read_queries(call: Call) -> Document:
    """The queries of the given ids; None for a missing one with errorPolicy=omit."""
    body = call.object()
    ids = [str(each) for each in body.get("ids") or ()]
    found = [find_query(call.in_project, call.identity, each) for each in ids]
    if None in found and str(body.get("errorPolicy", "fail")).lower() != "omit":
        raise _missing(ids[found.index(None)])
    return listed(each and _describe(call, each, 0, str(body.get("$expand", "none"))) for each in found)


@routes.route("GET", "[{project}/][{team}/]_apis/wit/wiql/{id}")
def run_saved_query(call: Call) -> Document:
    """What a saved query finds; without a project in the path it is looked for in all of them."""
    identifier = call.parameters["id"]
    everywhere = [each for each in call.organization.projects.values() if call.identity.may(Right.READ, each.id)]
    for project in [call.project] if call.project else everywhere:
        found = find_query(project, call.identity, identifier)
        if found and found.wiql is not None:
            call.project = project
            return run_query(call, found.wiql)
    raise _missing(identifier)


def _depth(call: Call) -> int:
    return call.query.integer("$depth", 0) or 0


def _find(call: Call) -> SavedQuery:
    name = call.parameters["query"]
    found = find_query(call.in_project, call.identity, name)
    if found is None:
        raise _missing(name)
    return found


def _missing(name: str) -> ApiError:
    message = f"TF401243: The query {name} does not exist, or you do not have permission to read it."
    return ApiError(404, "QueryItemNotFoundException", message)


def _editable(call: Call, *, below_root: bool = False) -> SavedQuery:
    query = _find(call)
    if query.is_public and not call.identity.may(Right.WRITE, call.in_project.id):
        raise refuse(call.identity, Right.WRITE, query.path)
    if below_root and query.parent is None:
        raise bad_argument(f"{query.name} is a root folder; it stays as it is.")
    return query


def _move(call: Call, folder: SavedQuery, query_id: str) -> SavedQuery:
    query = find_query(call.in_project, call.identity, query_id)
    if query is None:
        raise _missing(query_id)
    if query.parent is None or folder in query.walk() or folder.child(query.name):
        raise bad_argument(f"{query.path} cannot be moved to {folder.path}.")
    query.move(folder)
    for each in query.walk():
        each.is_public = folder.is_public
    return query


def _free_name(folder: SavedQuery, body: Mapping[str, Any], but: SavedQuery | None = None) -> str:
    name = body.get("name")
    if not isinstance(name, str) or not name.strip() or "/" in name:
        raise bad_argument("The query needs a name without slashes.")
    if folder.child(name.strip()) not in (None, but):
        message = f"TF237018: The folder {folder.path} already has an item named {name.strip()}."
        raise ApiError(400, "QueryItemNameExistsException", message)
    return name.strip()


def _wiql(body: Mapping[str, Any]) -> str:
    text = body.get("wiql")
    if not isinstance(text, str):
        raise bad_argument("The query needs its wiql.")
    try:
        parse(text, time_precision=True)
    except WiqlError as error:
        raise ApiError(400, "InvalidWiqlException", str(error)) from None
    return text


def _describe(call: Call, query: SavedQuery, depth: int, expand: str = "") -> Document:
    project_url = f"{call.organization_url}/{call.in_project.id}/_apis/wit"
    expand = (expand or call.query.get("$expand", "none")).lower()
    document: Document = {
        "id": query.id,
        "name": query.name,
        "path": query.path,
        "createdBy": _person(call, query.by),
        "createdDate": format_moment(query.created),
        "lastModifiedBy": _person(call, query.changed_by or query.by),
        "lastModifiedDate": format_moment(query.changed),
        "isPublic": query.is_public,
        "_links": {
            "self": {"href": f"{project_url}/queries/{query.id}"},
            "html": {"href": f"{call.organization_url}/{quote(call.in_project.name)}/_queries/query/{query.id}/"},
        },
        "url": f"{project_url}/queries/{query.id}",
    }
    if query.is_folder:
        document |= {"isFolder": True, "hasChildren": bool(query.children)}
        if depth > 0 and query.children:
            document["children"] = [_describe(call, each, depth - 1, expand) for each in query.children]
        return document
    return document | {"queryType": "flat"} | (_text(call, query) if expand in ("wiql", "clauses", "all") else {})


def _person(call: Call, person: Identity) -> Document:
    return {**person.reference(call.organization_url), "name": person.text}


def _text(call: Call, query: SavedQuery) -> Document:
    columns = _COLUMNS.match(query.wiql or "")
    names = [name.strip(" []") for name in columns.group(1).split(",")] if columns else []
    fields_url = f"{call.organization_url}/_apis/wit/fields"
    return {
        "wiql": query.wiql,
        "columns": [{"referenceName": name, "name": name, "url": f"{fields_url}/{name}"} for name in names],
    }

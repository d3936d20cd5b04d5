"""Projects, and the operations that make, change and delete them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from azure_devops_emulator.answers import Answer, ApiError, Document, bad_argument, listed
from azure_devops_emulator.identities import Right
from azure_devops_emulator.moments import format_moment
from azure_devops_emulator.operations import has_operation, note_operation
from azure_devops_emulator.organizations import Organization, missing_project, refuse
from azure_devops_emulator.projects import Project
from azure_devops_emulator.routing import Call, RouteTable

routes = RouteTable(scope="vso.project")
_PAGE = 100


@routes.route("GET", "_apis/projects")
def list_projects(call: Call) -> Answer:
    """The projects that the caller may read, in pages; the next page's token is in X-MS-ContinuationToken."""
    state = call.query.get("stateFilter", "wellFormed").lower()
    readable = [each for each in call.organization.projects.values() if call.identity.may(Right.READ, each.id)]
    found = [each for each in readable if state in ("all", each.state.lower())]
    token = call.query.integer("continuationToken")
    start = token if token is not None else call.query.integer("$skip", 0) or 0
    size = call.query.integer("$top", _PAGE) or _PAGE
    page = [describe_reference(call, each) for each in found[start : start + size]]
    headers = {"X-MS-ContinuationToken": str(start + size)} if start + size < len(found) else {}
    return Answer(listed(page), headers=headers)


@routes.route("GET", "_apis/projects/{project}")
def read_project(call: Call) -> Document:
    """One project by name or id, with its process when capabilities are asked for."""
    project = readable_project(call)
    document = describe_reference(call, project)
    if call.query.flag("includeCapabilities"):
        document["capabilities"] = _capabilities(project)
    return {**document, "_links": _links(call, project), "defaultTeam": _default_team(call, project)}


@routes.route("POST", "_apis/projects", scope="vso.project_manage")
def create_project(call: Call) -> Answer:
    """Make a project of a process; the answer is an operation."""
    if not call.identity.may(Right.CREATE_PROJECTS):
        raise refuse(call.identity, Right.CREATE_PROJECTS, call.organization.name)
    body = call.object()
    name = body.get("name")
    if not isinstance(name, str) or not name.strip():
        raise bad_argument("The project needs a name.")
    template = (body.get("capabilities") or {}).get("processTemplate") or {}
    project = call.organization.add_project(name.strip(), str(template.get("templateTypeId") or "Agile"))
    _change(call, project, {key: body[key] for key in ("description", "visibility") if body.get(key)})
    return _queued(call)


@routes.route("PATCH", "_apis/projects/{project}", scope="vso.project_write")
def update_project(call: Call) -> Answer:
    """Change name, description or visibility; the answer is an operation."""
    project = editable_project(call)
    _change(call, project, call.object())
    return _queued(call)


@routes.route("DELETE", "_apis/projects/{project}", scope="vso.project_manage")
def delete_project(call: Call) -> Answer:
    """Delete a project with what is in it; the answer is an operation."""
    project = editable_project(call)
    for item in [each for each in call.organization.tracking if each.project is project]:
        call.organization.tracking.destroy(item)
    del call.organization.projects[project.id]
    return _queued(call)


@routes.route("GET", "_apis/operations/{id}", scope="vso.project")
def read_operation(call: Call) -> Document:
    """An operation that was queued; the emulator has always ended it by then."""
    operation_id = call.parameters["id"]
    if not has_operation(call.organization, operation_id):
        raise ApiError(404, "OperationNotFoundException", f"There is no operation {operation_id}.")
    document = _describe_operation(call, operation_id, "succeeded")
    return {**document, "_links": {"self": {"href": document["url"]}}, "resultMessage": "", "detailedMessage": ""}


def readable_project(call: Call) -> Project:
    """The project that the path names. Raises ApiError 404 (TF200016) if there is none that the caller may read."""
    name = call.parameters["project"]
    project = call.organization.project(name)
    if not call.identity.may(Right.READ, project.id):
        raise missing_project(name)
    return project


def editable_project(call: Call) -> Project:
    """The project that the path names. Raises ApiError: 404 if there is none, 403 if the caller may not change it."""
    project = readable_project(call)
    if not call.identity.may(Right.EDIT_PROJECT, project.id):
        raise refuse(call.identity, Right.EDIT_PROJECT, project.name)
    return project


def describe_reference(call: Call, project: Project) -> Document:
    """A project as it stands in lists."""
    document: Document = {
        "id": project.id,
        "name": project.name,
        "url": f"{call.organization_url}/_apis/projects/{project.id}",
        "state": project.state,
        "revision": int(project.last_update.timestamp()),
        "visibility": project.visibility,
        "lastUpdateTime": format_moment(project.last_update),
    }
    if project.description:
        document["description"] = project.description
    return document


def _capabilities(project: Project) -> Document:
    process = project.process
    return {
        "processTemplate": {"templateName": process.name, "templateTypeId": process.id},
        "versioncontrol": {"sourceControlType": "Git", "gitEnabled": "True", "tfvcEnabled": "False"},
    }


def _links(call: Call, project: Project) -> Document:
    url = call.organization_url
    return {
        "self": {"href": f"{url}/_apis/projects/{project.id}"},
        "collection": {"href": f"{url}/_apis/projectCollections/{call.organization.instance_id}"},
        "web": {"href": f"{url}/{project.name}"},
    }


def _default_team(call: Call, project: Project) -> Document:
    team = project.default_team
    url = f"{call.organization_url}/_apis/projects/{project.id}/teams/{team.id}"
    return {"id": team.id, "name": team.name, "url": url}


def _rename(organization: Organization, project: Project, name: str) -> None:
    other = organization.find_project(name)
    if other is not None and other is not project:
        message = f"TF200019: The following project already exists on the Azure DevOps Server: {name}."
        raise ApiError(400, "ProjectAlreadyExistsException", message)
    project.name = project.areas.name = project.iterations.name = name


def _describe_as(_: Organization, project: Project, description: str) -> None:
    project.description = description


def _show_to(_: Organization, project: Project, visibility: str) -> None:
    if visibility.lower() not in ("private", "public"):
        raise bad_argument(f"A project's visibility is private or public, not {visibility!r}.")
    project.visibility = visibility.lower()


_CHANGES: dict[str, Callable[[Organization, Project, str], None]] = {
    "name": _rename,
    "description": _describe_as,
    "visibility": _show_to,
}


def _change(call: Call, project: Project, changes: dict[str, Any]) -> None:
    for key, change in _CHANGES.items():
        if isinstance(changes.get(key), str):
            change(call.organization, project, changes[key])


def _queued(call: Call) -> Answer:
    return Answer(_describe_operation(call, note_operation(call.organization), "queued"), 202)


def _describe_operation(call: Call, operation_id: str, status: str) -> Document:
    url = f"{call.organization_url}/_apis/operations/{operation_id}"
    return {"id": operation_id, "status": status, "url": url}

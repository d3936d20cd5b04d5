"""The tags of a project."""

from __future__ import annotations

from azure_devops_emulator.answers import Answer, ApiError, Document, bad_argument, listed
from azure_devops_emulator.identities import Right
from azure_devops_emulator.moments import format_moment
from azure_devops_emulator.organizations import refuse
from azure_devops_emulator.projects import Tag
from azure_devops_emulator.routing import Call, RouteTable

routes = RouteTable(scope="vso.work")


@routes.route("GET", "{project}/_apis/wit/tags")
def list_tags(call: Call) -> Document:
    """Every tag of the project."""
    return listed(_describe(call, each) for each in call.in_project.tags.values())


@routes.route("GET", "{project}/_apis/wit/tags/{tag}")
def read_tag(call: Call) -> Document:
    """One tag by id or name."""
    return _describe(call, _find(call))


@routes.route("PATCH", "{project}/_apis/wit/tags/{tag}", scope="vso.work_write")
def rename_tag(call: Call) -> Document:
    """Rename a tag, also where work items have it."""
    tag, name = _editable(call), call.object().get("name")
    tags = call.in_project.tags
    if not isinstance(name, str) or not name.strip() or tags.get(name.strip().lower(), tag) is not tag:
        raise bad_argument("The tag needs a name that no other tag of the project has.")
    old, tag.name = tag.name, name.strip()
    del tags[old.lower()]
    tags[tag.name.lower()] = tag
    _replace(call, old, tag.name)
    return _describe(call, tag)


@routes.route("DELETE", "{project}/_apis/wit/tags/{tag}", scope="vso.work_write")
def delete_tag(call: Call) -> Answer:
    """Delete a tag, also where work items have it."""
    tag = _editable(call)
    del call.in_project.tags[tag.name.lower()]
    _replace(call, tag.name, None)
    return Answer(status=204)


def _find(call: Call) -> Tag:
    wanted = call.parameters["tag"].lower()
    for each in call.in_project.tags.values():
        if wanted in (each.id, each.name.lower()):
            return each
    message = f"TF401411: The tag {call.parameters['tag']} does not exist."
    raise ApiError(404, "TagNotFoundException", message)


def _editable(call: Call) -> Tag:
    project = call.in_project
    if not call.identity.may(Right.EDIT_PROJECT, project.id):
        raise refuse(call.identity, Right.EDIT_PROJECT, project.name)
    return _find(call)


def _replace(call: Call, old: str, new: str | None) -> None:
    """Put another tag (or none) in the place of one in all work items.

    That makes no revision here; whether it does on the service is not known.
    """
    for item in call.organization.tracking:
        before = [name for name in str(item.latest.fields.get("System.Tags", "")).split("; ") if name]
        if item.project is call.in_project and old in before:
            after = [new if name == old else name for name in before]
            others = {name: value for name, value in item.latest.fields.items() if name != "System.Tags"}
            tags = "; ".join(name for name in after if name)
            item.latest.fields = {**others, "System.Tags": tags} if tags else others


def _describe(call: Call, tag: Tag) -> Document:
    return {
        "id": tag.id,
        "name": tag.name,
        "url": f"{call.organization_url}/{call.in_project.id}/_apis/wit/tags/{tag.id}",
        "lastUpdated": format_moment(call.in_project.last_update),
    }

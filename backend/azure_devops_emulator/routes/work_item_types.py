"""Work item types, their fields, states and categories."""

from __future__ import annotations

from typing import Any

from azure_devops_emulator.answers import ApiError, Document, listed
from azure_devops_emulator.fields import Field, find_field
from azure_devops_emulator.processes import WorkItemType
from azure_devops_emulator.projects import Project
from azure_devops_emulator.routing import Call, RouteTable
from azure_devops_emulator.tracking.refusals import missing_field, missing_type

routes = RouteTable(scope="vso.work")
_TYPES = "{project}/_apis/wit/workItemTypes"
_COLOR, _ICON = "009CCC", "icon_clipboard"


@routes.route("GET", _TYPES)
def list_types(call: Call) -> Document:
    """All types of a project."""
    return listed(describe_type(call, kind) for kind in call.in_project.process.types.values())


@routes.route("GET", _TYPES + "/{type}")
def read_type(call: Call) -> Document:
    """One type."""
    return describe_type(call, _find(call))


@routes.route("GET", _TYPES + "/{type}/states")
def list_states(call: Call) -> Document:
    """The states of a type."""
    return listed(_describe_states(_find(call)))


@routes.route("GET", _TYPES + "/{type}/fields")
def list_type_fields(call: Call) -> Document:
    """The fields of a type; `$expand` adds the allowed values."""
    kind = _find(call)
    return listed(_describe_field(call, kind, field) for field in kind.fields.values())


@routes.route("GET", _TYPES + "/{type}/fields/{field}")
def read_type_field(call: Call) -> Document:
    """One field of a type."""
    kind, field = _find(call), find_field(call.parameters["field"])
    if field is None or field.reference_name not in kind.fields:
        error = missing_field(call.parameters["field"])
        raise ApiError(404, error.type_key, error.message)
    return _describe_field(call, kind, field)


@routes.route("GET", "{project}/_apis/wit/workItemTypeCategories")
def list_categories(call: Call) -> Document:
    """The categories of types."""
    return listed(_describe_category(call, name) for name in call.in_project.process.categories)


@routes.route("GET", "{project}/_apis/wit/workItemTypeCategories/{category}")
def read_category(call: Call) -> Document:
    """One category of types."""
    wanted = call.parameters["category"].lower()
    for name, (title, _) in call.in_project.process.categories.items():
        if wanted in (name.lower(), title.lower()):
            return _describe_category(call, name)
    message = f"VS402803: Work item type category {call.parameters['category']} does not exist."
    raise ApiError(404, "WorkItemTypeCategoryNotFoundException", message)


def _find(call: Call) -> WorkItemType:
    kind = call.in_project.find_type(call.parameters["type"])
    if kind is None:
        raise missing_type(call.parameters["type"], call.in_project.id)
    return kind


def _base(call: Call, project: Project) -> str:
    return f"{call.organization_url}/{project.id}/_apis/wit"


def _type_url(call: Call, kind: WorkItemType) -> str:
    return f"{_base(call, call.in_project)}/workItemTypes/{kind.name.replace(' ', '%20')}"


def describe_type(call: Call, kind: WorkItemType) -> Document:
    """A type as the service describes it."""
    instances = [_describe_instance(call, kind, field) for field in kind.fields.values()]
    return {
        "name": kind.name,
        "referenceName": kind.reference_name,
        "description": "",
        "color": _COLOR,
        "icon": {"id": _ICON, "url": f"{call.organization_url}/_apis/wit/workItemIcons/{_ICON}?color={_COLOR}&v=2"},
        "isDisabled": kind.name in call.in_project.disabled_types,
        "xmlForm": "",
        "fields": instances,
        "fieldInstances": instances,
        "transitions": _describe_transitions(call, kind),
        "states": _describe_states(kind),
        "url": _type_url(call, kind),
    }


def _describe_transitions(call: Call, kind: WorkItemType) -> Document:
    initial: list[dict[str, Any]] = [{"to": kind.initial_state, "actions": []}]
    transitions: Document = {"": initial}
    for before in kind.state_names:
        following = [after for after in kind.state_names if _may_follow(call, kind, before, after)]
        transitions[before] = [{"to": after, "actions": []} for after in following]
    return transitions


def _may_follow(call: Call, kind: WorkItemType, before: str, after: str) -> bool:
    free = not call.organization.is_server or not kind.reasons
    return before == after or free or (before, after) in kind.reasons


def _describe_states(kind: WorkItemType) -> list[Document]:
    return [{"name": state.name, "color": state.color, "category": state.category} for state in kind.states]


def _describe_instance(call: Call, kind: WorkItemType, field: Field) -> Document:
    name = field.reference_name
    document: Document = {
        "alwaysRequired": name in kind.required,
        "referenceName": name,
        "name": field.name,
        "url": f"{call.organization_url}/_apis/wit/fields/{name}",
    }
    if default := kind.required.get(name) or kind.defaults.get(name):
        document["defaultValue"] = default
    return document


def _describe_field(call: Call, kind: WorkItemType, field: Field) -> Document:
    document = {"defaultValue": None, **_describe_instance(call, kind, field)}
    expand = call.query.get("$expand", "none").lower()
    if expand in ("all", "allowedvalues", "1", "3"):
        values = kind.state_names if field.reference_name == "System.State" else ()
        document["allowedValues"] = list(kind.allowed_values.get(field.reference_name, values))
    if expand in ("all", "dependentfields", "2", "3"):
        document["dependentFields"] = []
    return document


def _describe_category(call: Call, name: str) -> Document:
    title, kinds = call.in_project.process.categories[name]
    types = [{"name": kind.name, "url": _type_url(call, kind)} for kind in kinds]
    return {
        "name": title,
        "referenceName": name,
        "defaultWorkItemType": types[0],
        "workItemTypes": types,
        "url": f"{_base(call, call.in_project)}/workItemTypeCategories/{name}",
    }

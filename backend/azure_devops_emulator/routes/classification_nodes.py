"""Areas and iterations of a project, as trees."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from azure_devops_emulator.answers import Answer, ApiError, Document, bad_argument, listed
from azure_devops_emulator.identities import Right
from azure_devops_emulator.organizations import refuse
from azure_devops_emulator.projects import ClassificationNode, Project
from azure_devops_emulator.routing import Call, RouteTable

routes = RouteTable(scope="vso.work")
_ROOT = "{project}/_apis/wit/classificationNodes"
_GROUPS = {"areas": "area", "iterations": "iteration"}
_DATES = ("startDate", "finishDate")


@routes.route("GET", _ROOT)
def list_nodes(call: Call) -> Document:
    """Both roots, or the nodes of the given `ids` (None for a missing one with errorPolicy=omit)."""
    project, depth = call.in_project, _depth(call)
    if ids := call.query.list("ids"):
        omit = call.query.get("errorPolicy").lower() == "omit"
        return listed(node and _describe(call, node, depth) for node in _by_ids(project, ids, omit=omit))
    return listed(_describe(call, root, depth) for root in (project.areas, project.iterations))


@routes.route("GET", _ROOT + "/{group}")
def read_root(call: Call) -> Document:
    """The root of the areas or of the iterations, `$depth` levels deep."""
    return _describe(call, _node(call), _depth(call))


@routes.route("GET", _ROOT + "/{group}/{*path}")
def read_node(call: Call) -> Document:
    """The node at a path below the root."""
    return _describe(call, _node(call), _depth(call))


@routes.route("POST", _ROOT + "/{group}", scope="vso.work_write")
def create_below_root(call: Call) -> Answer:
    """Make a node below the root, or move one there."""
    return _create(call)


@routes.route("POST", _ROOT + "/{group}/{*path}", scope="vso.work_write")
def create_below_node(call: Call) -> Answer:
    """Make a node below another, or move one there."""
    return _create(call)


@routes.route("PATCH", _ROOT + "/{group}/{*path}", scope="vso.work_write")
def update_node(call: Call) -> Document:
    """Rename a node or set its dates."""
    node = _editable(call, below_root=True)
    body = call.object()
    if body.get("name"):
        name = _name(body)
        siblings = node.parent.children if node.parent else []
        if any(each is not node and each.name.lower() == name.lower() for each in siblings):
            raise _duplicate(name)
        node.name = name
    _set_dates(node, body)
    return _describe(call, node, 0)


@routes.route("DELETE", _ROOT + "/{group}/{*path}", scope="vso.work_write")
def delete_node(call: Call) -> Answer:
    """Delete a node with all below it; `$reclassifyId` names the node that its work items go to."""
    node = _editable(call, below_root=True)
    target_id = call.query.integer("$reclassifyId")
    if target_id is None:
        raise bad_argument("Name the node that takes the work items in $reclassifyId.")
    [target] = _by_ids(call.in_project, [str(target_id)], omit=False)
    gone = frozenset(node.walk())
    if target is None or target.kind != node.kind or target in gone:
        raise bad_argument(f"The node {target_id} cannot take the work items of {node.path}.")
    _reclassify(call, gone, target)
    assert node.parent is not None  # noqa: S101 - below_root
    node.parent.children.remove(node)
    return Answer(status=204)


def _create(call: Call) -> Answer:
    parent = _editable(call)
    body = call.object()
    if isinstance(body.get("id"), int) and not body.get("name"):
        return Answer(_describe(call, _move(call, parent, body["id"]), 0))
    name = _name(body)
    if parent.child(name):
        raise _duplicate(name)
    node = call.organization.add_node(parent, name)
    _set_dates(node, body)
    return Answer(_describe(call, node, 0), 201)


def _move(call: Call, parent: ClassificationNode, node_id: int) -> ClassificationNode:
    [node] = _by_ids(call.in_project, [str(node_id)], omit=False)
    if node is None or node.parent is None or node.kind != parent.kind or parent in node.walk():
        raise bad_argument(f"The node {node_id} cannot be moved below {parent.path}.")
    if parent.child(node.name):
        raise _duplicate(node.name)
    node.parent.children.remove(node)
    node.parent = parent
    parent.children.append(node)
    return node


def _reclassify(call: Call, gone: frozenset[ClassificationNode], target: ClassificationNode) -> None:
    """Put the work items of nodes that go away into another node.

    That makes no revision here; whether it does on the service is not known.
    """
    for item in call.organization.tracking:
        fields = item.latest.fields
        moved = {name: target for name, value in fields.items() if value in gone}
        if moved:
            item.latest.fields = {**fields, **moved}


def _depth(call: Call) -> int:
    return call.query.integer("$depth", 0) or 0


def _root(project: Project, group: str) -> ClassificationNode:
    kind = _GROUPS.get(group.lower())
    if kind is None:
        raise bad_argument(f"The structure group is areas or iterations, not {group!r}.")
    return project.areas if kind == "area" else project.iterations


def _node(call: Call) -> ClassificationNode:
    path = call.parameters.get("path", "")
    names = [name for name in path.replace("\\", "/").split("/") if name]
    node = _root(call.in_project, call.parameters["group"]).find(names)
    if node is None:
        raise _missing(path)
    return node


def _editable(call: Call, *, below_root: bool = False) -> ClassificationNode:
    project = call.in_project
    if not call.identity.may(Right.EDIT_PROJECT, project.id):
        raise refuse(call.identity, Right.EDIT_PROJECT, project.name)
    node = _node(call)
    if below_root and node.parent is None:
        raise bad_argument(f"{node.name} is the root; it stays as it is.")
    return node


def _by_ids(project: Project, ids: list[str], *, omit: bool) -> list[ClassificationNode | None]:
    nodes = {str(node.id): node for root in (project.areas, project.iterations) for node in root.walk()}
    missing = [each for each in ids if each not in nodes]
    if missing and not omit:
        raise _missing(missing[0])
    return [nodes.get(each) for each in ids]


def _name(body: Mapping[str, Any]) -> str:
    name = body.get("name")
    if not isinstance(name, str) or not name.strip() or len(name) > 255 or set(name) & set('\\/:*?"<>|;#$&+'):
        raise ApiError(
            400,
            "WorkItemTrackingTreeNodeNameException",
            f"VS402371: Classification node name {name!r} contains invalid characters.",
        )
    return name.strip()


def _set_dates(node: ClassificationNode, body: Mapping[str, Any]) -> None:
    attributes = body.get("attributes")
    if node.kind == "iteration" and isinstance(attributes, Mapping):
        dates = {name: str(attributes[name]) for name in _DATES if attributes.get(name)}
        node.attributes = {**node.attributes, **dates}


def _describe(call: Call, node: ClassificationNode, depth: int) -> Document:
    url = _url(call, node)
    kind = node.kind.title()
    document: Document = {
        "id": node.id,
        "identifier": node.identifier,
        "name": node.name,
        "structureType": node.kind,
        "hasChildren": bool(node.children),
        "path": "\\" + "\\".join((node.level_names[0], kind, *node.level_names[1:])),
        "_links": {"self": {"href": url}},
        "url": url,
    }
    if node.parent:
        document["_links"]["parent"] = {"href": _url(call, node.parent)}
    if node.attributes:
        document["attributes"] = dict(node.attributes)
    if depth > 0 and node.children:
        document["children"] = [_describe(call, child, depth - 1) for child in node.children]
    return document


def _url(call: Call, node: ClassificationNode) -> str:
    path = "".join(f"/{quote(name)}" for name in node.level_names[1:])
    project_url = f"{call.organization_url}/{call.in_project.id}"
    return f"{project_url}/_apis/wit/classificationNodes/{node.kind.title()}s{path}"


def _missing(name: str) -> ApiError:
    message = f"VS402485: The classification node {name!r} does not exist, or you may not read it."
    return ApiError(404, "WorkItemTrackingTreeNodeNotFoundException", message)


def _duplicate(name: str) -> ApiError:
    message = f"VS402371: Classification node name {name} is already in use by another child of the parent node."
    return ApiError(409, "ClassificationNodeDuplicateNameException", message)

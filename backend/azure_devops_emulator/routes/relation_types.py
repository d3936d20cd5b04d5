"""The kinds of relations between work items and to other things."""

from __future__ import annotations

from azure_devops_emulator.answers import ApiError, Document, listed
from azure_devops_emulator.routing import Call, RouteTable
from azure_devops_emulator.tracking.link_types import LINK_TYPES, LinkType, find_link_type

routes = RouteTable(scope="vso.work")
_ARTIFACTS = (
    ("Git", "Commit", "Fixed in Commit"),
    ("Git", "PullRequestId", "Pull Request"),
    ("Git", "Ref", "Branch"),
    ("Build", "Build", "Build"),
    ("Wiki", "WikiPage", "Wiki Page"),
    ("GitHub", "Commit", "GitHub Commit"),
    ("GitHub", "PullRequest", "GitHub Pull Request"),
)


@routes.route("GET", "_apis/wit/workItemRelationTypes")
def list_relation_types(call: Call) -> Document:
    """Every kind of relation."""
    return listed(_describe(call, each) for each in LINK_TYPES.values())


@routes.route("GET", "_apis/wit/workItemRelationTypes/{relation}")
def read_relation_type(call: Call) -> Document:
    """One kind of relation by reference name."""
    found = find_link_type(call.parameters["relation"])
    if found is None:
        message = f"VS402317: The relation type {call.parameters['relation']} does not exist."
        raise ApiError(404, "WorkItemLinkTypeNotFoundException", message)
    return _describe(call, found)


@routes.route("GET", "_apis/wit/artifactLinkTypes")
def list_artifact_link_types(_call: Call) -> Document:
    """What an ArtifactLink can lead to."""
    return listed({"toolType": tool, "artifactType": kind, "linkType": name} for tool, kind, name in _ARTIFACTS)


def _describe(call: Call, link_type: LinkType) -> Document:
    return {
        "attributes": _resource_attributes() if link_type.is_resource_link else _link_attributes(link_type),
        "referenceName": link_type.reference_name,
        "name": link_type.name,
        "url": f"{call.organization_url}/_apis/wit/workItemRelationTypes/{link_type.reference_name}",
    }


def _resource_attributes() -> Document:
    return {"usage": "resourceLink", "editable": False, "enabled": True}


def _link_attributes(link_type: LinkType) -> Document:
    directed = link_type.topology != "network"
    attributes: Document = {
        "usage": "workItemLink",
        "editable": not link_type.reference_name.startswith("System."),
        "enabled": True,
        "acyclic": directed,
        "directional": directed,
        "singleTarget": link_type.topology != "tree",
        "topology": link_type.topology,
    }
    if directed:
        attributes["isForward"] = link_type.reference_name.endswith("-Forward")
        attributes["oppositeEndReferenceName"] = link_type.opposite
    return attributes

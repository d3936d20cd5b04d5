"""What the scripts of a page know from the start: who looks at what, and which extension pages may be framed."""

from __future__ import annotations

from typing import Any

from azure_devops_emulator.answers import Document
from azure_devops_emulator.host.documents import Visit
from azure_devops_emulator.identities import Identity, Right, Role


def make_frame_data(visit: Visit, identity: Identity) -> dict[str, Any]:
    """The data of a page for a signed-in person. Hold the organization's lock."""
    people = visit.organization.identities.values()
    return {
        "base": visit.base,
        "organization": _organization(visit),
        "user": _user(visit, identity),
        "extension": _extension(visit),
        "projects": _projects(visit, identity),
        "people": [each.display_name for each in people if each.role is not Role.OUTSIDER],
    }


def _organization(visit: Visit) -> Document:
    organization = visit.organization
    return {
        "id": organization.instance_id,
        "name": organization.name,
        "url": visit.url,
        "isHosted": not organization.is_server,
    }


def _user(visit: Visit, identity: Identity) -> Document:
    return {
        "descriptor": identity.subject_descriptor,
        "id": identity.id,
        "name": identity.unique_name,
        "displayName": identity.display_name,
        "imageUrl": identity.reference(visit.url)["imageUrl"],
    }


def _extension(visit: Visit) -> Document | None:
    extension, pages = visit.extension, visit.page_url
    if not pages:
        return None
    return {
        "id": extension.id,
        "publisherId": extension.publisher,
        "extensionId": extension.name,
        "version": extension.version,
        "baseUri": pages,
        "title": extension.title,
        "hub": extension.hub_id,
        "panel": extension.panel_id,
        "pages": {
            extension.hub_id: f"{pages}/hub.html",
            extension.panel_id: f"{pages}/work-item-panel.html",
        },
    }


def _projects(visit: Visit, identity: Identity) -> list[Document]:
    return [
        {
            "id": project.id,
            "name": project.name,
            "mayWrite": identity.may(Right.WRITE, project.id),
            "mayDelete": identity.may(Right.DELETE, project.id),
        }
        for project in visit.organization.projects.values()
        if identity.may(Right.READ, project.id)
    ]

"""Fills an organization in bulk, past the REST API: projects, people with their tokens, work items."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from azure_devops_emulator.answers import Document
from azure_devops_emulator.fields import all_fields
from azure_devops_emulator.identities import FULL_SCOPE, Identity, Right, Role
from azure_devops_emulator.landscape import Landscape
from azure_devops_emulator.moments import format_moment
from azure_devops_emulator.organizations import Organization
from azure_devops_emulator.projects import Project
from azure_devops_emulator.tracking.discussion import add_comment
from azure_devops_emulator.tracking.drafts import Author, draft_new
from azure_devops_emulator.tracking.editing import HTML, edit
from azure_devops_emulator.tracking.events import publish_saved
from azure_devops_emulator.tracking.link_types import ATTACHED_FILE
from azure_devops_emulator.tracking.patches import parse_patch
from azure_devops_emulator.tracking.work_item import WorkItem

_KEYS = frozenset({"organization", "projects", "rules", "identities", "items", "limits"})


def seed(landscape: Landscape, document: Mapping[str, Any]) -> Document:
    """Make what the document lists, in one organization (the first one when it names none).

    projects: `{name, process}`. identities: `{displayName, uniqueName, role, token, kind, scopes, rights}` with rights
    as `{project: [right, ...]}`; one that is known already gets what is given. limits: `{attachment_bytes}`.
    rules: `{project, type, required, optional}` with required as `{field: default or null}` and optional as fields that
    are required no longer, for that project alone.
    items: `{project, type, count, fields, comments, attachments}`; `{n}` in a text of fields becomes the number of the
    item, comments are texts or `{text, format}`, attachments `{name, content}` with content as text, or `base64`, or
    `size` for that many bytes.
    Raises KeyError for an organization that is not there, ValueError for keys it does not know, ApiError for the rest.
    """
    if unknown := set(document) - _KEYS:
        raise ValueError(f"There is nothing to seed under {', '.join(sorted(unknown))}.")
    organization = _organization(landscape, document.get("organization"))
    with organization.lock:
        if "limits" in document:
            organization.attachments.largest = document["limits"]["attachment_bytes"]
        projects = [_add_project(organization, row) for row in document.get("projects", ())]
        for row in document.get("rules", ()):
            _add_rules(organization, row)
        identities = [_add_identity(organization, row) for row in document.get("identities", ())]
        items = [item for row in document.get("items", ()) for item in _add_items(organization, row)]
    return {
        "projects": [{"id": project.id, "name": project.name} for project in projects],
        "identities": [{"id": identity.id, "uniqueName": identity.unique_name} for identity in identities],
        "items": [item.id for item in items],
    }


def _organization(landscape: Landscape, name: str | None) -> Organization:
    return landscape.organization(name) if name else landscape.organizations[0]


def _add_project(organization: Organization, row: Mapping[str, Any]) -> Project:
    return organization.add_project(row["name"], row.get("process", "Agile"))


def _add_rules(organization: Organization, row: Mapping[str, Any]) -> None:
    """https://learn.microsoft.com/azure/devops/organizations/settings/work/customize-process-field: a field of a type
    is made required, with a default or without; work items that lack it can't be saved until it is filled in.
    """
    project = organization.project(row["project"])
    kind = project.find_type(row["type"])
    if kind is None:
        raise ValueError(f"Project {project.name} has no type {row['type']}.")
    added = {name: all_fields()[name] for name in row.get("required", {})}
    required = {**kind.required, **row.get("required", {})}
    kept = {name: default for name, default in required.items() if name not in row.get("optional", ())}
    changed = replace(kind, required=kept, fields={**kind.fields, **added})
    project.process = replace(project.process, types={**project.process.types, kind.name.lower(): changed})


def _add_identity(organization: Organization, row: Mapping[str, Any]) -> Identity:
    unique_name = row.get("uniqueName") or f"{row['displayName'].lower().replace(' ', '.')}@example.com"
    identity = organization.find_identity(unique_name) or Identity(row["displayName"], unique_name)
    if "role" in row:
        identity.role = Role(row["role"])
    for name, rights in row.get("rights", {}).items():
        identity.project_rights[organization.project(name).id] = frozenset(Right(each) for each in rights)
    organization.add_identity(identity)
    if "token" in row:
        scopes = row.get("scopes", [FULL_SCOPE])
        organization.add_token(row["token"], identity, kind=row.get("kind", "pat"), scopes=scopes)
    return identity


def _add_items(organization: Organization, row: Mapping[str, Any]) -> list[WorkItem]:
    project = organization.project(row["project"]) if "project" in row else next(iter(organization.projects.values()))
    author = Author(organization.administrator)
    count = int(row.get("count", 1))
    return [_add_item(organization, author, project, row, number) for number in range(1, count + 1)]


def _add_item(
    organization: Organization, author: Author, project: Project, row: Mapping[str, Any], number: int
) -> WorkItem:
    fields = {"System.Title": "Item {n}", **row.get("fields", {})}
    patch: list[dict[str, Any]] = [
        {"op": "add", "path": f"/fields/{name}", "value": _numbered(value, number)} for name, value in fields.items()
    ]
    patch += [_attach(organization, project, file) for file in row.get("attachments", ())]
    draft = draft_new(organization, author, project, row.get("type", "Task"))
    edit(draft, parse_patch(patch))
    saved = organization.tracking.save(draft)
    publish_saved(organization, saved)
    for comment in row.get("comments", ()):
        text, form = (comment, HTML) if isinstance(comment, str) else (comment["text"], comment.get("format", HTML))
        add_comment(organization, author, saved.item, _numbered(text, number), form)
    return saved.item


def _numbered(value: Any, number: int) -> Any:
    return value.replace("{n}", str(number)) if isinstance(value, str) else value


def _attach(organization: Organization, project: Project, row: Mapping[str, Any]) -> dict[str, Any]:
    if "size" in row:
        content = bytes(int(row["size"]))
    else:
        content = base64.b64decode(row["base64"]) if "base64" in row else str(row.get("content", "")).encode()
    now = format_moment(organization.now())
    attachment = organization.attachments.write(row["name"], io.BytesIO(content), now)
    url = f"{organization.url}/{project.id}/_apis/wit/attachments/{attachment.id}"
    relation = {"rel": ATTACHED_FILE, "url": url, "attributes": {"comment": row.get("comment", "")}}
    return {"op": "add", "path": "/relations/-", "value": relation}

"""Documents of the REST API, read into adnode's values."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from adnode.adapters.azure_devops.addresses import OrganizationAddress
from adnode.domain.rich_text import TextFormat
from adnode.domain.work_item import (
    TEAM_PROJECT,
    WORK_ITEM_TYPE,
    Attachment,
    Comment,
    CommentReference,
    WorkItemSnapshot,
)

Document = Mapping[str, Any]
UNKNOWN_TIME = datetime(1970, 1, 1, tzinfo=UTC)
ATTACHED_FILE = "AttachedFile"
HYPERLINK = "Hyperlink"
# A collection may answer with another of its names than the one it is called by; the file is its own all the same.
_ATTACHMENT = re.compile(r"/_apis/wit/attachments/([0-9a-f-]{36})/?$", re.IGNORECASE)


def read_snapshot(document: Document, address: OrganizationAddress) -> WorkItemSnapshot:
    """Return a revision of a work item."""
    fields: Document = document.get("fields") or {}
    relations: Sequence[Document] = document.get("relations") or ()
    formats = document.get("multilineFieldsFormat")
    return WorkItemSnapshot(
        id=int(document["id"]),
        revision=int(document["rev"]),
        project=str(fields.get(TEAM_PROJECT, "")),
        type_name=str(fields.get(WORK_ITEM_TYPE, "")),
        fields=fields,
        changed_at=read_time(fields.get("System.ChangedDate")),
        changed_by=read_name(fields.get("System.ChangedBy")),
        html_url=address.work_item_url(int(document["id"])),
        formats=None if formats is None else {name: read_format(value) for name, value in formats.items()},
        attachments=_read_attachments(relations),
        hyperlinks=tuple(str(one["url"]) for one in relations if one.get("rel") == HYPERLINK),
        comment_count=int(fields.get("System.CommentCount") or 0),
        comment_reference=_read_comment_reference(document.get("commentVersionRef")),
    )


def read_comment(document: Document) -> Comment:
    """Return an entry of the discussion; its number stands under ``id`` or ``commentId``."""
    created_at = read_time(document.get("createdDate"))
    return Comment(
        id=int(document.get("id") or document["commentId"]),
        text=str(document.get("text") or ""),
        format=read_format(document.get("format")),
        author=read_name(document.get("createdBy")),
        created_at=created_at,
        modified_at=read_time(document.get("modifiedDate"), created_at),
        is_deleted=bool(document.get("isDeleted")),
    )


def read_time(value: object, default: datetime = UNKNOWN_TIME) -> datetime:
    """Return an aware UTC time; the service writes up to seven decimals and a Z."""
    if not isinstance(value, str):
        return default
    try:
        time = datetime.fromisoformat(value)
    except ValueError:
        return default
    return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)


def read_name(value: object) -> str:
    """Return the display name of an identity, which is a document or "Name <unique name>"."""
    if isinstance(value, Mapping):
        return str(value.get("displayName") or value.get("uniqueName") or "")
    text = str(value or "")
    return text.rpartition(" <")[0] if text.endswith(">") else text


def read_format(value: object) -> TextFormat:
    """Return a text format; the service spells it in either case, and leaves HTML out."""
    return TextFormat.MARKDOWN if str(value or "").lower() == TextFormat.MARKDOWN else TextFormat.HTML


def _read_comment_reference(document: Document | None) -> CommentReference | None:
    if not document or not document.get("commentId"):
        return None
    return CommentReference(int(document["commentId"]), int(document.get("version") or 1))


def _read_attachments(relations: Sequence[Document]) -> tuple[Attachment, ...]:
    found = []
    for index, relation in enumerate(relations):
        url = str(relation.get("url") or "")
        found_id = _ATTACHMENT.search(urlsplit(url).path) if relation.get("rel") == ATTACHED_FILE else None
        if found_id is None:
            continue
        attributes: Document = relation.get("attributes") or {}
        found.append(
            Attachment(
                id=found_id.group(1).lower(),
                url=url,
                name=str(attributes.get("name") or _name_in(url)),
                size=int(attributes.get("resourceSize") or 0),
                comment=str(attributes.get("comment") or ""),
                index=index,
                added_at=read_time(attributes.get("authorizedDate")),
            )
        )
    return tuple(found)


def _name_in(url: str) -> str:
    return parse_qs(urlsplit(url).query).get("fileName", ["file"])[0]

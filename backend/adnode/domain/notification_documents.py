"""Notices as plain documents: for the database and for webhooks."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from adnode.domain.error_record import Impact
from adnode.domain.notification import ErrorExample, ErrorGroup, Notice


def notice_to_document(notice: Notice) -> dict[str, Any]:
    """Return a notice as JSON data."""
    return {
        "organization": {"name": notice.organization_name, "url": notice.organization_url},
        "error_count": notice.error_count,
        "group_count": notice.group_count,
        "groups": [_group_to_document(group) for group in notice.groups],
    }


def notice_from_document(document: Mapping[str, Any]) -> Notice:
    """Return the notice of a document that this node wrote."""
    return Notice(
        organization_name=document["organization"]["name"],
        organization_url=document["organization"]["url"],
        groups=tuple(_group_from_document(one) for one in document["groups"]),
        group_count=document["group_count"],
        error_count=document["error_count"],
    )


def _group_to_document(group: ErrorGroup) -> dict[str, Any]:
    return {
        "connection": {"id": group.connection_id, "name": group.connection_name} if group.connection_id else None,
        "impact": group.impact.value,
        "code": group.code,
        "is_remote": group.is_remote,
        "count": group.count,
        "first_at": group.first_at.isoformat(),
        "last_at": group.last_at.isoformat(),
        "examples": [{"message": one.message, "work_item_id": one.work_item_id} for one in group.examples],
    }


def _group_from_document(document: Mapping[str, Any]) -> ErrorGroup:
    connection = document["connection"] or {"id": "", "name": ""}
    return ErrorGroup(
        connection_id=connection["id"],
        connection_name=connection["name"],
        impact=Impact(document["impact"]),
        code=document["code"],
        is_remote=document["is_remote"],
        count=document["count"],
        first_at=datetime.fromisoformat(document["first_at"]),
        last_at=datetime.fromisoformat(document["last_at"]),
        examples=tuple(ErrorExample(one["message"], one["work_item_id"]) for one in document["examples"]),
    )

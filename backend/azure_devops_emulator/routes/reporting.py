"""What changed since a watermark: revisions, discussions and links, page by page.

See https://learn.microsoft.com/rest/api/azure/devops/wit/reporting-work-item-revisions.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from azure_devops_emulator.answers import Document, bad_argument
from azure_devops_emulator.fields import all_fields
from azure_devops_emulator.identities import Right
from azure_devops_emulator.moments import format_moment, read_moment
from azure_devops_emulator.projects import Project
from azure_devops_emulator.routes.work_items import field_names
from azure_devops_emulator.routing import Call, RouteTable
from azure_devops_emulator.tracking.callers import view_of
from azure_devops_emulator.tracking.rendering import View
from azure_devops_emulator.tracking.work_item import Revision, WorkItem

routes = RouteTable(scope="vso.work")
_DEFAULT_PAGE = 200
_LARGEST_PAGE = 1000
_REVISIONS = "[{project}/]_apis/wit/reporting/workItemRevisions"
_ALWAYS_LEFT_OUT = frozenset({"System.AreaId", "System.IterationId", "System.PersonId"})


@dataclass(frozen=True, slots=True)
class _Filter:
    names: list[str] | None
    types: frozenset[str]
    include_deleted: bool
    latest_only: bool
    discussion_only: bool
    identity_references: bool
    long_text: bool

    def keeps(self, item: WorkItem, revision: Revision) -> bool:
        """Whether a revision is told of."""
        if self.types and revision.type_name.lower() not in self.types:
            return False
        if self.latest_only and revision is not item.latest:
            return False
        if self.discussion_only and revision.comment is None:
            return False
        return self.include_deleted or not item.is_deleted


@routes.route("GET", _REVISIONS)
def read_revisions(call: Call) -> Document:
    """The next page of revisions, filtered by query parameters."""
    return _report(call, _read_filter(call, {}))


@routes.route("POST", _REVISIONS)
def read_revisions_by_post(call: Call) -> Document:
    """The next page of revisions, filtered by the body."""
    return _report(call, _read_filter(call, call.object() if call.json() else {}))


@routes.route("GET", _REVISIONS + "/discussions")
def read_discussions(call: Call) -> Document:
    """The next page of revisions that brought, changed or deleted a comment."""
    return _report(call, _read_filter(call, {"includeDiscussionChangesOnly": True}))


def _read_filter(call: Call, body: Document) -> _Filter:
    def flag(name: str) -> bool:
        return bool(body.get(name)) or call.query.flag(name)

    names = body.get("fields") or call.query.list("fields")
    types = body.get("types") or call.query.list("types")
    return _Filter(
        names=field_names([str(name) for name in names]) if names else None,
        types=frozenset(str(each).lower() for each in types),
        include_deleted=flag("includeDeleted"),
        latest_only=flag("includeLatestOnly"),
        discussion_only=flag("includeDiscussionChangesOnly"),
        identity_references=flag("includeIdentityRef"),
        long_text=call.query.get("$expand").lower() == "fields",
    )


def _report(call: Call, wanted: _Filter) -> Document:
    log = call.organization.tracking.revision_log
    watermark, since = _position(call)
    size = _page_size(call)
    rows: list[tuple[WorkItem, Revision]] = []
    position = bisect_right(log, watermark, key=lambda row: row[0])
    while position < len(log) and len(rows) < size:
        watermark, item, revision = log[position]
        position += 1
        if _visible(call, revision.project) and _since(since, revision.moment) and wanted.keeps(item, revision):
            rows.append((item, revision))
    is_last = not _more(call, wanted, since, position)
    if is_last and log:
        watermark = max(watermark, log[-1][0])
    view = view_of(call, identity_texts=not wanted.identity_references)
    values = [_show(view, item, revision, wanted) for item, revision in rows]
    return _batch(call, "workItemRevisions", values, watermark, is_last=is_last)


def _more(call: Call, wanted: _Filter, since: datetime | None, position: int) -> bool:
    log = call.organization.tracking.revision_log
    return any(
        _visible(call, revision.project) and _since(since, revision.moment) and wanted.keeps(item, revision)
        for _, item, revision in log[position:]
    )


def _position(call: Call) -> tuple[int, datetime | None]:
    token = call.query.get("continuationToken") or call.query.get("watermark")
    start = call.query.get("startDateTime")
    if token and start:
        raise bad_argument("The parameters continuationToken and startDateTime cannot be used together.")
    head = token.partition(";")[0]
    if token and not head.isdigit():
        raise bad_argument(f"The continuation token {token} is not one of this list.")
    return int(head or 0), read_moment(start) if start else None


def _page_size(call: Call) -> int:
    size = call.query.integer("$maxPageSize", _DEFAULT_PAGE) or 0
    if size < 1:
        raise bad_argument("The parameter $maxPageSize must be above zero.")
    return min(size, _LARGEST_PAGE)


def _since(since: datetime | None, moment: datetime) -> bool:
    return since is None or moment >= since


def _visible(call: Call, project: Project) -> bool:
    return (call.project is None or project is call.project) and call.identity.may(Right.READ, project.id)


def _show(view: View, item: WorkItem, revision: Revision, wanted: _Filter) -> Document:
    if wanted.names is not None:
        fields = view.chosen_fields(item, revision, wanted.names)
    else:
        fields = view.fields(item, revision, expanded=True)
        fields = {name: value for name, value in fields.items() if name not in _ALWAYS_LEFT_OUT}
    if not wanted.long_text:
        fields = {name: value for name, value in fields.items() if not all_fields()[name].is_large_text}
    if revision.is_deleted:
        fields["System.IsDeleted"] = True
    document: Document = {"id": item.id, "rev": revision.number, "fields": fields}
    if view.formats and wanted.long_text:
        document["multilineFieldsFormat"] = {name: form for name, form in revision.formats.items() if name in fields}
    if revision.comment:
        comment, version = revision.comment.comment_id, revision.comment.version
        url = f"{view.url(item)}/comments/{comment}/versions/{version}"
        document["commentVersionRef"] = {"commentId": comment, "version": version, "url": url}
    return document


@routes.route("GET", "[{project}/]_apis/wit/reporting/workItemLinks")
def read_links(call: Call) -> Document:
    """The next page of links between work items that came or went."""
    tracking = call.organization.tracking
    watermark, since = _position(call)
    size = _page_size(call)
    link_types = {name.lower() for name in call.query.list("linkTypes")}
    position = bisect_right(tracking.link_log, watermark, key=lambda change: change.watermark)
    values: list[Document] = []
    for change in tracking.link_log[position:]:
        if len(values) == size:
            break
        watermark = change.watermark
        source = tracking.find(change.source_id) or tracking.find(change.source_id, deleted=True)
        rel = change.rel.removesuffix("-Forward")
        if source is None or not _visible(call, source.project) or not _since(since, change.moment):
            continue
        if link_types and rel.lower() not in link_types and change.rel.lower() not in link_types:
            continue
        values.append(
            {
                "rel": rel,
                "sourceId": change.source_id,
                "targetId": change.target_id,
                "changedDate": format_moment(change.moment),
                "changedBy": view_of(call).person(change.by),
                "comment": change.comment or "",
                "isActive": change.is_active,
                "changedOperation": "create" if change.is_active else "remove",
            }
        )
    is_last = not tracking.link_log or watermark >= tracking.link_log[-1].watermark
    return _batch(call, "workItemLinks", values, watermark, is_last=is_last)


def _batch(call: Call, resource: str, values: Iterable[Any], watermark: int, *, is_last: bool) -> Document:
    owner = f"/{call.project.id}" if call.project else ""
    query = urlencode({"continuationToken": watermark, "api-version": str(call.api_version)})
    return {
        "values": list(values),
        "nextLink": f"{call.organization_url}{owner}/_apis/wit/reporting/{resource}?{query}",
        "continuationToken": str(watermark),
        "isLastBatch": is_last,
    }

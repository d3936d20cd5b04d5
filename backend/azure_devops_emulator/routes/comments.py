"""Comments of work items; `format` came with version 7.1-preview.4."""

from __future__ import annotations

from azure_devops_emulator.answers import ApiError, Document, bad_argument, listed
from azure_devops_emulator.fields import LONGEST_TEXT
from azure_devops_emulator.identities import Right
from azure_devops_emulator.routing import Call, RouteTable
from azure_devops_emulator.tracking import discussion
from azure_devops_emulator.tracking.callers import WRITE_SCOPE, readable_item, require, view_of
from azure_devops_emulator.tracking.drafts import Author
from azure_devops_emulator.tracking.editing import HTML
from azure_devops_emulator.tracking.field_values import MARKDOWN
from azure_devops_emulator.tracking.work_item import Comment, WorkItem

routes = RouteTable(scope="vso.work")
_COMMENTS = "{project}/_apis/wit/workItems/{id}/comments"
_MOST = 200


@routes.route("GET", _COMMENTS, preview_only=True)
def list_comments(call: Call) -> Document:
    """The comments, the youngest first unless `order` is asc; or those of `ids`."""
    item = readable_item(call, call.integer("id"))
    total = item.comment_count
    if "ids" in call.query:
        wanted = {int(text) for text in call.query.list("ids") if text.isdigit()}
        found = [comment for comment in _candidates(call, item) if comment.id in wanted]
        return {"totalCount": total, "count": len(found), "comments": [_show(call, item, each) for each in found]}
    found = _candidates(call, item)
    if call.query.get("order", "desc").lower() != "asc":
        found.reverse()
    top = min(call.query.integer("$top", _MOST) or _MOST, _MOST)
    start = _start(call)
    page = found[start : start + top]
    document: Document = {
        "totalCount": total,
        "count": len(page),
        "comments": [_show(call, item, each) for each in page],
        "url": f"{view_of(call).url(item)}/comments",
    }
    if start + top < len(found):
        token = str(start + top)
        document["continuationToken"] = token
        document["nextPage"] = f"{document['url']}?continuationToken={token}&$top={top}"
    return document


def _candidates(call: Call, item: WorkItem) -> list[Comment]:
    with_deleted = call.query.flag("includeDeleted")
    return [comment for comment in item.comments if with_deleted or not comment.latest.is_deleted]


def _start(call: Call) -> int:
    token = call.query.get("continuationToken", "0")
    if not token.isdigit():
        raise bad_argument(f"The continuation token {token} is not one of this list.")
    return int(token)


@routes.route("POST", _COMMENTS, scope=WRITE_SCOPE, preview_only=True)
def add(call: Call) -> Document:
    """A new comment."""
    item = _writable(call)
    comment = discussion.add_comment(call.organization, Author(call.identity), item, _text(call), _format(call, HTML))
    return _show(call, item, comment)


@routes.route("GET", _COMMENTS + "/{comment}", preview_only=True)
def read(call: Call) -> Document:
    """One comment."""
    item = readable_item(call, call.integer("id"))
    return _show(call, item, _find(call, item, include_deleted=call.query.flag("includeDeleted")))


@routes.route("PATCH", _COMMENTS + "/{comment}", scope=WRITE_SCOPE, preview_only=True)
def edit(call: Call) -> Document:
    """A change of a comment; its format stays unless the call names one."""
    item = _writable(call)
    comment = _find(call, item)
    form = _format(call, comment.latest.format)
    discussion.edit_comment(call.organization, Author(call.identity), item, comment, _text(call), form)
    return _show(call, item, comment)


@routes.route("DELETE", _COMMENTS + "/{comment}", scope=WRITE_SCOPE, preview_only=True)
def delete(call: Call) -> Document:
    """A comment is deleted."""
    item = _writable(call)
    comment = _find(call, item)
    discussion.delete_comment(call.organization, Author(call.identity), item, comment)
    return _show(call, item, comment)


@routes.route("GET", _COMMENTS + "/{comment}/versions", preview_only=True)
def list_versions(call: Call) -> Document:
    """All versions of a comment, oldest first."""
    item = readable_item(call, call.integer("id"))
    comment = _find(call, item, include_deleted=True)
    return listed(_show(call, item, comment, version.number) for version in comment.versions)


@routes.route("GET", _COMMENTS + "/{comment}/versions/{version}", preview_only=True)
def read_version(call: Call) -> Document:
    """One version of a comment."""
    item = readable_item(call, call.integer("id"))
    comment, number = _find(call, item, include_deleted=True), call.integer("version")
    if not 1 <= number <= len(comment.versions):
        message = f"VS403670: The comment {comment.id} does not have version {number}."
        raise ApiError(404, "WorkItemCommentNotFoundException", message)
    return _show(call, item, comment, number)


def _writable(call: Call) -> WorkItem:
    item = readable_item(call, call.integer("id"))
    require(call, Right.WRITE, item)
    return item


def _find(call: Call, item: WorkItem, *, include_deleted: bool = False) -> Comment:
    return discussion.find_comment(item, call.integer("comment"), include_deleted=include_deleted)


def _has_format(call: Call) -> bool:
    version = call.api_version
    if call.organization.is_server:
        return False
    return version.at_least(7, 2) or (version.at_least(7, 1) and version.resource in (0, 4))


def _format(call: Call, default: str) -> str:
    given = call.query.get("format", default).lower() if _has_format(call) else HTML
    form = {"0": MARKDOWN, "1": HTML}.get(given, given)
    if form not in (HTML, MARKDOWN):
        raise bad_argument(f"There is no comment format {given}.")
    return form


def _text(call: Call) -> str:
    text = call.object().get("text")
    if not isinstance(text, str) or not text.strip():
        raise bad_argument("Value cannot be null. Parameter name: text")
    if len(text) > LONGEST_TEXT:
        raise bad_argument(f"The comment has {len(text)} characters; {LONGEST_TEXT} are allowed.")
    return text


def _show(call: Call, item: WorkItem, comment: Comment, version: int | None = None) -> Document:
    expand = call.query.get("$expand").lower()
    rendered = expand in ("renderedtext", "all", "renderedtextonly", "8", "-17")
    return discussion.show_comment(
        view_of(call), item, comment, rendered=rendered, with_format=_has_format(call), version=version
    )

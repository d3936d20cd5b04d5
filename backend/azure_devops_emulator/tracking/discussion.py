"""Comments of work items: adding, editing, deleting and showing them."""

from __future__ import annotations

import html
import re

from azure_devops_emulator.answers import ApiError, Document
from azure_devops_emulator.identities import Identity
from azure_devops_emulator.organizations import Organization
from azure_devops_emulator.tracking.drafts import Author, draft_change
from azure_devops_emulator.tracking.editing import keep_comment
from azure_devops_emulator.tracking.events import publish_saved
from azure_devops_emulator.tracking.field_values import MARKDOWN
from azure_devops_emulator.tracking.rendering import View
from azure_devops_emulator.tracking.work_item import Comment, CommentReference, CommentVersion, WorkItem

_MENTION = re.compile(r"@&lt;([0-9a-f-]{36})&gt;|@<([0-9a-f-]{36})>|version:2\.0,\{?([0-9a-f-]{36})\}?", re.IGNORECASE)


def add_comment(organization: Organization, author: Author, item: WorkItem, text: str, form: str) -> Comment:
    """Add a comment, which makes a revision of the work item."""
    draft = draft_change(organization, author, item)
    draft.history = keep_comment(text, form), form
    publish_saved(organization, organization.tracking.save(draft))
    return item.comments[-1]


def edit_comment(
    organization: Organization, author: Author, item: WorkItem, comment: Comment, text: str, form: str
) -> None:
    """Change a comment, which makes a revision of the work item."""
    _add_version(organization, author, item, comment, keep_comment(text, form), form, is_deleted=False)


def delete_comment(organization: Organization, author: Author, item: WorkItem, comment: Comment) -> None:
    """Delete a comment, which makes a revision of the work item."""
    latest = comment.latest
    _add_version(organization, author, item, comment, latest.text, latest.format, is_deleted=True)


def _add_version(
    organization: Organization,
    author: Author,
    item: WorkItem,
    comment: Comment,
    text: str,
    form: str,
    *,
    is_deleted: bool,
) -> None:
    draft = draft_change(organization, author, item)
    number = comment.latest.number + 1
    comment.versions.append(CommentVersion(number, text, form, author.identity, draft.date, is_deleted))
    publish_saved(organization, organization.tracking.save(draft, CommentReference(comment.id, number)))


def find_comment(item: WorkItem, identifier: int, *, include_deleted: bool = False) -> Comment:
    """A comment of a work item. Raises ApiError 404."""
    for comment in item.comments:
        if comment.id == identifier and (include_deleted or not comment.latest.is_deleted):
            return comment
    raise ApiError(
        404,
        "WorkItemCommentNotFoundException",
        f"VS403669: The comment {identifier} of work item {item.id} does not exist.",
    )


def show_comment(
    view: View, item: WorkItem, comment: Comment, *, rendered: bool, with_format: bool, version: int | None = None
) -> Document:
    """A comment, as it is or as it was at a version, which is 1 for the first."""
    shown = comment.latest if version is None else comment.versions[version - 1]
    first = comment.versions[0]
    url = f"{view.url(item)}/comments/{comment.id}"
    document: Document = {
        "workItemId": item.id,
        # The published model has `id`, its examples have `commentId`; a reader may expect either.
        "id": comment.id,
        "commentId": comment.id,
        "version": shown.number,
        "text": shown.text,
        "createdBy": _person(view, first.by),
        "createdDate": first.date,
        "modifiedBy": _person(view, shown.by),
        "modifiedDate": shown.date,
    }
    if with_format:
        document["format"] = shown.format
    if rendered:
        document["renderedText"] = render(shown)
    if shown.is_deleted:
        document["isDeleted"] = True
    if mentioned := _mentions(shown.text):
        document["mentions"] = [
            {"artifactId": each, "artifactType": "Person", "commentId": comment.id, "targetId": each}
            for each in mentioned
        ]
    document["url"] = url if version is None else f"{url}/versions/{version}"
    return document


def render(version: CommentVersion) -> str:
    """The comment as HTML. Markdown is shown as plain paragraphs: the emulator renders no more of it."""
    if version.format != MARKDOWN:
        return version.text
    paragraphs = re.split(r"\n\s*\n", version.text.strip())
    return "\n".join(f"<p>{html.escape(part, quote=False)}</p>" for part in paragraphs)


def _person(view: View, by: Identity | str) -> Document:
    return view.person(by) if isinstance(by, Identity) else {"displayName": by, "uniqueName": by}


def _mentions(text: str) -> list[str]:
    return [next(filter(None, groups)) for groups in _MENTION.findall(text)]

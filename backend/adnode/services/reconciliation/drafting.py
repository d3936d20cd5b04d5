"""Turning a plan into the writes that Azure DevOps understands."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from adnode.domain.rich_text import RichText, TextFormat
from adnode.domain.sync_state import (
    DESCRIPTION,
    SUMMARY,
    TYPE,
    AttachmentValue,
    CommentValue,
    make_attachment_key,
    make_comment_key,
)
from adnode.domain.twin import Intent
from adnode.domain.visible_text import make_file_name, make_plain
from adnode.domain.work_item import TITLE, WORK_ITEM_TYPE, NewAttachment, WorkItemWrite
from adnode.services.reconciliation.workpiece import Workpiece
from adnode.sync import rich_text
from adnode.sync.plan import AddAttachment, AddComment, DeleteComment, EditComment, RemoveAttachment

FindUrl = Callable[[Workpiece, str, str], str | None]


@dataclass(frozen=True, slots=True)
class CommentDraft:
    """A comment of the peer as it will be written here."""

    key: str
    value: CommentValue
    text: str
    format: TextFormat


@dataclass(frozen=True, slots=True)
class AttachmentDraft:
    """A file of the peer that has been uploaded and will be linked here."""

    key: str
    value: AttachmentValue
    attachment_id: str


@dataclass(frozen=True, slots=True)
class Draft:
    """All writes of one plan.

    ``first`` carries fields, relations and, as its history, the first comment in one PATCH or create (None when there
    is nothing of that). ``history_comments`` follow by further PATCHes; ``api_comments`` need the Comments API, because
    only that keeps Markdown.
    """

    piece: Workpiece
    first: WorkItemWrite | None
    first_comment: CommentDraft | None
    field_keys: frozenset[str]
    attachments: tuple[AttachmentDraft, ...]
    removals: tuple[RemoveAttachment, ...]
    history_comments: tuple[CommentDraft, ...]
    api_comments: tuple[CommentDraft, ...]
    edits: tuple[tuple[EditComment, CommentDraft], ...]
    deletions: tuple[DeleteComment, ...]

    @property
    def creates(self) -> bool:
        """Say whether it makes the work item."""
        return self.first is not None and self.first.work_item_id is None

    @property
    def keys(self) -> frozenset[str]:
        """Return the register keys that this draft writes."""
        comments = [draft.key for draft in (*self.history_comments, *self.api_comments)]
        comments += [self.first_comment.key] if self.first_comment else []
        comments += [edit.key for edit, _ in self.edits] + [deletion.key for deletion in self.deletions]
        files = [draft.key for draft in self.attachments] + [removal.key for removal in self.removals]
        return self.field_keys.union(map(make_comment_key, comments), map(make_attachment_key, files))

    def intent(self, now: datetime, started_at: datetime | None) -> Intent:
        """Return what to record before the first write, so that it is recognized after a crash. ``started_at`` is the
        time by Azure DevOps.
        """
        drafts = [*self.history_comments, *self.api_comments]
        drafts += [self.first_comment] if self.first_comment else []
        drafts += [draft for _, draft in self.edits]
        plan = self.piece.required_plan()
        return Intent(
            recorded_at=now,
            revision=self.first.revision if self.first else self.piece.twin.revision,
            fields={name: str(value) for name, value in (self.first.fields if self.first else {}).items()},
            comments={draft.key: rich_text.fingerprint(draft.text, draft.format) for draft in drafts},
            attachments=tuple(draft.key for draft in self.attachments),
            keys=self.keys,
            observed=plan.outgoing_observed,
            merged=plan.changed_by_merging,
            outgoing=frozenset(plan.outgoing),
            conflicts=plan.conflicts,
            marker=self.piece.twin.remote_url if self.creates else "",
            started_at=started_at if self.creates else None,
            forms=dict(self.piece.twin.local_forms),
        )


class Drafter:
    """Makes drafts; knows where files are and what the organization can hold."""

    def __init__(self, find_url: FindUrl) -> None:
        self._find_url = find_url

    def draft(self, piece: Workpiece) -> Draft:
        """Return the writes for a planned piece whose files are here."""
        plan = piece.required_plan()
        comments = [self._comment(piece, action) for action in plan.actions if isinstance(action, AddComment)]
        by_history = [draft for draft in comments if draft.format is TextFormat.HTML]
        attachments = self._attachments(piece)
        removals = tuple(action for action in plan.actions if isinstance(action, RemoveAttachment))
        first_comment = by_history[0] if by_history else None
        edits = [action for action in plan.actions if isinstance(action, EditComment)]
        first = self._first_write(piece, first_comment, attachments, removals)
        return Draft(
            piece=piece,
            first=first,
            first_comment=first_comment,
            field_keys=_field_keys(piece),
            attachments=attachments,
            removals=removals,
            history_comments=tuple(by_history[1:]),
            api_comments=tuple(draft for draft in comments if draft.format is TextFormat.MARKDOWN),
            edits=tuple((edit, self._edit(piece, edit)) for edit in edits),
            deletions=tuple(action for action in plan.actions if isinstance(action, DeleteComment)),
        )

    def _localize(self, piece: Workpiece, text: RichText, target: TextFormat) -> str:
        names = {reference.key: reference.name for reference in rich_text.list_files(text)}
        return rich_text.localize(text, target, lambda key: self._find_url(piece, key, names.get(key, "file")))

    def _comment(self, piece: Workpiece, action: AddComment) -> CommentDraft:
        return self._comment_draft(piece, action.key, action.value, rich_text.attribute(action.value))

    def _edit(self, piece: Workpiece, edit: EditComment) -> CommentDraft:
        """A comment that was written here first stands under its author's own name and needs no other."""
        is_original = edit.key == f"{piece.twin.organization_id}:{edit.local_id}"
        text = edit.value.text if is_original else rich_text.attribute(edit.value)
        return self._comment_draft(piece, edit.key, edit.value, text)

    def _comment_draft(self, piece: Workpiece, key: str, value: CommentValue, text: RichText) -> CommentDraft:
        wants_markdown = text.format is TextFormat.MARKDOWN and piece.required_catalog().knows_markdown
        target = TextFormat.MARKDOWN if wants_markdown else TextFormat.HTML
        return CommentDraft(key, value, self._localize(piece, text, target), target)

    def _attachments(self, piece: Workpiece) -> tuple[AttachmentDraft, ...]:
        actions = [action for action in piece.required_plan().actions if isinstance(action, AddAttachment)]
        return tuple(
            AttachmentDraft(action.key, action.value, piece.contents[action.key].attachment_id)
            for action in actions
            if action.key in piece.contents and action.key not in piece.lost_keys
        )

    def _first_write(
        self,
        piece: Workpiece,
        comment: CommentDraft | None,
        attachments: tuple[AttachmentDraft, ...],
        removals: tuple[RemoveAttachment, ...],
    ) -> WorkItemWrite | None:
        plan = piece.required_plan()
        fields, formats = self._fields(piece)
        if not (plan.create or fields or comment or attachments or removals):
            return None
        indexes = _relation_indexes(piece, removals)
        return WorkItemWrite(
            project=piece.twin.project,
            fields=fields,
            work_item_id=piece.twin.work_item_id,
            type_name=plan.item.type_name or "" if plan.create else "",
            revision=None if plan.create else piece.snapshot.revision if piece.snapshot else piece.twin.revision,
            formats=formats,
            history=comment.text if comment else None,
            add_attachments=tuple(
                NewAttachment(
                    piece.contents[draft.key].url, make_file_name(draft.value.name), make_plain(draft.value.comment)
                )
                for draft in attachments
            ),
            remove_relation_indexes=indexes,
            add_hyperlinks=(piece.twin.remote_url,) if plan.create and piece.twin.remote_url else (),
        )

    def _fields(self, piece: Workpiece) -> tuple[dict[str, object], dict[str, TextFormat]]:
        plan = piece.required_plan()
        fields: dict[str, object] = {}
        formats: dict[str, TextFormat] = {}
        if plan.item.type_name is not None and not plan.create:
            fields[WORK_ITEM_TYPE] = plan.item.type_name
        if plan.item.summary is not None:
            fields[TITLE] = plan.item.summary
        if write := plan.item.description:
            fields[write.reference_name] = self._localize(piece, write.text, write.target_format)
            if write.target_format is TextFormat.MARKDOWN:
                formats[write.reference_name] = TextFormat.MARKDOWN
        return fields, formats


def _field_keys(piece: Workpiece) -> frozenset[str]:
    plan = piece.required_plan()
    if plan.create:
        return frozenset({SUMMARY, DESCRIPTION, TYPE})
    written = {SUMMARY: plan.item.summary, DESCRIPTION: plan.item.description, TYPE: plan.item.type_name}
    return frozenset(key for key, value in written.items() if value is not None)


def _relation_indexes(piece: Workpiece, removals: tuple[RemoveAttachment, ...]) -> tuple[int, ...]:
    gone = {removal.local_id for removal in removals}
    attachments = piece.snapshot.attachments if piece.snapshot else ()
    return tuple(sorted((item.index for item in attachments if item.id in gone), reverse=True))

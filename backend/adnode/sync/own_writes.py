"""Telling our own write from a person's, after a crash between the write and its recording."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from adnode.domain.rich_text import TextFormat
from adnode.domain.sync_state import AttachmentValue, CommentValue, Registers, make_attachment_key, make_comment_key
from adnode.domain.trace import Trace, TraceKind
from adnode.domain.twin import Intent, Twin
from adnode.domain.work_item import DESCRIPTION, REPRO_STEPS, Comment, ProcessCatalog, WorkItemSnapshot
from adnode.sync import rich_text
from adnode.sync.observation import read_forms

_TEXT_FIELDS = (DESCRIPTION, REPRO_STEPS)


def is_own_revision(intent: Intent, revision: WorkItemSnapshot | None) -> bool:
    """Say whether that revision holds what the intent was about to write.

    The write tested the revision before it, so if it happened at all it is exactly that revision.
    """
    if revision is None or not intent.fields:
        return False
    return all(_holds(revision, name, value) for name, value in intent.fields.items())


def _holds(revision: WorkItemSnapshot, name: str, value: str) -> bool:
    found = revision.text(name)
    if name not in _TEXT_FIELDS:
        return " ".join(found.split()) == " ".join(value.split())
    text_format = (revision.formats or {}).get(name, TextFormat.HTML)
    return rich_text.fingerprint(found, text_format) == rich_text.fingerprint(value, text_format)


def recover_fields(twin: Twin, revision: WorkItemSnapshot | None, catalog: ProcessCatalog) -> Twin:
    """Take over the forms of the revision that the intent made, when it did; the intent itself stays until the round ends."""
    if twin.intent is None or revision is None or not is_own_revision(twin.intent, revision):
        return twin
    forms = {**twin.local_forms, **read_forms(revision, catalog)}
    return replace(twin, local_forms=forms, revision=revision.revision)


def recover_comments(
    twin: Twin, comments: Sequence[Comment], traces: Iterable[Trace], incoming: Sequence[Registers]
) -> list[Trace]:
    """Return traces of comments that the intent was about to add and that stand there now."""
    intent = twin.intent
    if intent is None:
        return []
    taken = {trace.local_id for trace in traces if trace.kind is TraceKind.COMMENT}
    traced_keys = {trace.key for trace in traces if trace.kind is TraceKind.COMMENT}
    found: list[Trace] = []
    for key, fingerprint in intent.comments.items():
        if key in traced_keys:
            continue
        comment = _find_comment(comments, fingerprint, taken)
        value = _latest(incoming, make_comment_key(key))
        if comment is None or not isinstance(value, CommentValue):
            continue
        taken.add(str(comment.id))
        found.append(
            Trace(twin.organization_id, twin.work_item_id or 0, TraceKind.COMMENT, key, str(comment.id), "", value)
        )
    return found


def _find_comment(comments: Sequence[Comment], fingerprint: str, taken: set[str]) -> Comment | None:
    for comment in comments:
        is_free = str(comment.id) not in taken and not comment.is_deleted
        if is_free and rich_text.fingerprint(comment.text, comment.format) == fingerprint:
            return comment
    return None


def recover_attachments(
    twin: Twin, snapshot: WorkItemSnapshot, uploaded: Mapping[str, str], incoming: Sequence[Registers]
) -> list[Trace]:
    """Return traces of files that the intent was about to link and that are linked now; ``uploaded`` maps keys to attachment ids."""
    if twin.intent is None:
        return []
    linked = {attachment.id for attachment in snapshot.attachments}
    found: list[Trace] = []
    for key in twin.intent.attachments:
        attachment_id = uploaded.get(key, "")
        value = _latest(incoming, make_attachment_key(key))
        if attachment_id in linked and isinstance(value, AttachmentValue):
            found.append(
                Trace(twin.organization_id, twin.work_item_id or 0, TraceKind.ATTACHMENT, key, attachment_id, "", value)
            )
    return found


def _latest(incoming: Sequence[Registers], key: str) -> object:
    values = [registers[key] for registers in incoming if key in registers]
    return max(values, key=lambda register: register.version).value if values else None

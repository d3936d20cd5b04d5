"""Comparing a work item as read with what the state of its twin knows."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from adnode.domain.rich_text import EMPTY_TEXT, FileReference, RichText, TextFormat
from adnode.domain.sync_state import (
    DESCRIPTION,
    SUMMARY,
    TYPE,
    AttachmentValue,
    CommentValue,
    Presence,
    Register,
    Value,
    Version,
    make_attachment_key,
    make_comment_key,
    make_presence_key,
)
from adnode.domain.trace import Trace, TraceKind
from adnode.domain.twin import Twin
from adnode.domain.work_item import TITLE, Attachment, Comment, ProcessCatalog, WorkItemSnapshot
from adnode.sync import rich_text
from adnode.sync.forms import (
    DESCRIPTION_FIELD_FORM,
    by_field,
    field_form,
    format_of,
    hash_field,
    is_text_missing,
    lacks_field,
    left_without_trace,
    read_forms,
    with_text_missing,
)
from adnode.sync.merge import is_same_value
from adnode.sync.plan import Observation
from adnode.sync.siblings import holds_text
from adnode.sync.type_mapping import type_value

FindFileId = Callable[[str], str | None]
TICK = timedelta(microseconds=1)


def observe(
    twin: Twin,
    snapshot: WorkItemSnapshot,
    comments: Sequence[Comment] | None,
    traces: Iterable[Trace],
    catalog: ProcessCatalog,
    find_file_id: FindFileId,
    siblings: Sequence[Twin] = (),
    before: WorkItemSnapshot | None = None,
) -> Observation:
    """Return what changed in the local work item since the twin's state; ``comments`` None means they were not read.
    ``siblings`` are the other twins of the work item. ``before`` is the last revision of the type that it had, where a
    change of the type has cleared the text and there are revisions that nobody has read.

    The first reading of a connected work item finds its baseline: registers that are no change, unless the terms say
    so.
    """
    observer = _Observer(twin, snapshot, traces, catalog, find_file_id, siblings, before)
    observer.observe_presence()
    observer.observe_fields()
    observer.observe_attachments()
    if comments is not None:
        observer.observe_comments(comments)
    return observer.result()


def observe_removed(twin: Twin, changed_at: datetime) -> Observation:
    """Return the observation of a work item that went to the recycle bin (or became unreadable)."""
    key = make_presence_key(twin.organization_id)
    known = twin.state.get(key)
    if known is not None and known.value is Presence.REMOVED:
        return observation_of(twin)
    register = count_change(known, Presence.REMOVED, changed_at, twin.organization_id)
    return Observation(twin.state.with_registers({key: register}), frozenset({key}), dict(twin.local_forms))


def observation_of(twin: Twin) -> Observation:
    """Return the observation of a twin whose work item was not read, because nothing can have changed there."""
    return Observation(twin.state, frozenset(), dict(twin.local_forms))


def count_change(known: Register | None, value: Value, changed_at: datetime, organization_id: str) -> Register:
    """Return the register after a local change: one more local, and later than what it knew (hybrid logical time)."""
    if known is None:
        return Register(value, Version(1, 0), changed_at, organization_id)
    version = Version(known.version.local + 1, known.version.remote)
    return Register(value, version, max(changed_at, known.changed_at + TICK), organization_id)


class _Observer:
    """Collects what one reading told."""

    def __init__(
        self,
        twin: Twin,
        snapshot: WorkItemSnapshot,
        traces: Iterable[Trace],
        catalog: ProcessCatalog,
        find_file_id: FindFileId,
        siblings: Sequence[Twin],
        before: WorkItemSnapshot | None,
    ) -> None:
        self._twin = twin
        self._before = before
        self._siblings = siblings
        self._snapshot = snapshot
        self._catalog = catalog
        self._find_file_id = find_file_id
        self._traces: dict[tuple[TraceKind, str], Trace] = {(trace.kind, trace.local_id): trace for trace in traces}
        self._known_traces = dict(self._traces)
        self._changed: dict[str, Register] = {}
        self._baseline: dict[str, Register] = {}
        self._known_forms = by_field(twin.local_forms, catalog)
        self._forms: dict[str, str] = {**self._known_forms, **read_forms(snapshot, catalog)}

    def result(self) -> Observation:
        """Return what was collected."""
        fresh = [trace for key, trace in self._traces.items() if self._known_traces.get(key) != trace]
        state = self._twin.state.with_registers({**self._baseline, **self._changed})
        return Observation(state, frozenset(self._changed), self._forms, tuple(fresh))

    def observe_presence(self) -> None:
        """Count the return from the recycle bin."""
        key = make_presence_key(self._twin.organization_id)
        known = self._twin.state.get(key)
        if known is not None and known.value is Presence.REMOVED:
            self._change(key, Presence.ACTIVE, self._snapshot.changed_at)

    def observe_fields(self) -> None:
        """Compare title, description and type with their last known forms."""
        known = self._known_forms
        if known.get(SUMMARY) != self._forms[SUMMARY]:
            self._compare(SUMMARY, rich_text.clean_title(self._snapshot.text(TITLE)), self._snapshot.changed_at)
        if known.get(TYPE) != self._forms[TYPE]:
            self._compare(TYPE, type_value(self._snapshot.type_name, self._catalog), self._snapshot.changed_at)
        shown = self._forms[DESCRIPTION_FIELD_FORM]
        if known.get(DESCRIPTION_FIELD_FORM, shown) != shown or is_text_missing(known):
            self._observe_moved_text(shown)
        elif known.get(field_form(shown)) != self._forms[field_form(shown)]:
            self._compare_text(shown)

    def _observe_moved_text(self, shown: str) -> None:
        """Tell a text that somebody wrote into the field which is shown now from one that stood there before: the text
        of the field that was shown moves along, and nothing else has changed.
        """
        left = self._known_forms.get(DESCRIPTION_FIELD_FORM, shown)
        self._forms[field_form(left)] = hash_field(self._snapshot, left)
        is_known = holds_text(self._snapshot, shown, self._twin, self._siblings, self._catalog)
        if is_known or not self._stands_as_before(shown):
            self._compare_text(shown)
            return
        if left != shown:
            self._compare_left(left)
        known = self._changed.get(DESCRIPTION) or self._twin.state.get(DESCRIPTION)
        if known is None or not is_same_value(known.value, self._read_text(shown, self._snapshot)):
            self._forms = with_text_missing(self._forms)

    def _stands_as_before(self, field: str) -> bool:
        """Say whether a field is as it was when it was shown last; one that never was, or that the type did not have,
        whether it is empty.
        """
        known = self._known_forms.get(field_form(field))
        if not self._snapshot.text(field).strip() and lacks_field(
            self._known_forms.get(TYPE, ""), field, self._catalog
        ):
            return True
        return not self._snapshot.text(field).strip() if known is None else known == self._forms[field_form(field)]

    def _compare_left(self, left: str) -> None:
        """Take in what was written into the field that was shown before the type changed. One that was cleared by that
        tells nothing, but the revision before does.
        """
        if not left_without_trace(self._twin.local_forms, self._snapshot, self._catalog):
            source = self._snapshot
        elif self._before is not None:
            source = self._before
        else:
            return
        if self._known_forms.get(field_form(left)) != hash_field(source, left):
            self._compare(DESCRIPTION, self._read_text(left, source), source.changed_at)

    def _compare_text(self, field: str) -> None:
        self._compare(DESCRIPTION, self._read_text(field, self._snapshot), self._snapshot.changed_at)

    def _read_text(self, field: str, source: WorkItemSnapshot) -> RichText:
        return self._canonicalize(source.text(field), format_of(source, field))

    def observe_attachments(self) -> None:
        """Compare the linked files with the traces."""
        present = {attachment.id: attachment for attachment in self._snapshot.attachments}
        for attachment in present.values():
            self._observe_attachment(attachment)
        for (kind, local_id), trace in list(self._traces.items()):
            if kind is TraceKind.ATTACHMENT and local_id and isinstance(trace.value, AttachmentValue):
                value = replace(trace.value, is_deleted=local_id not in present)
                self._take_traced(
                    replace(trace, value=value), make_attachment_key(trace.key), self._snapshot.changed_at
                )

    def _observe_attachment(self, attachment: Attachment) -> None:
        if (TraceKind.ATTACHMENT, attachment.id) not in self._traces:
            name, comment = rich_text.clean_title(attachment.name), rich_text.clean_title(attachment.comment)
            value = AttachmentValue(name, attachment.size, comment)
            key = f"{self._twin.organization_id}:{attachment.id}"
            self._traces[TraceKind.ATTACHMENT, attachment.id] = self._trace(
                TraceKind.ATTACHMENT, key, attachment.id, "", value
            )

    def observe_comments(self, comments: Sequence[Comment]) -> None:
        """Compare the discussion with the traces."""
        present = {str(comment.id): comment for comment in comments if not comment.is_deleted}
        for comment in present.values():
            self._observe_comment(comment)
        for (kind, local_id), trace in list(self._traces.items()):
            if kind is TraceKind.COMMENT and local_id not in present and isinstance(trace.value, CommentValue):
                value = replace(trace.value, is_deleted=True, text=EMPTY_TEXT)
                self._take_traced(replace(trace, value=value), make_comment_key(trace.key), self._snapshot.changed_at)

    def _observe_comment(self, comment: Comment) -> None:
        local_id = str(comment.id)
        form = rich_text.hash_form(comment.text, comment.format)
        trace = self._traces.get((TraceKind.COMMENT, local_id))
        known = trace.value if trace is not None else None
        if trace is None or not isinstance(known, CommentValue):
            key = trace.key if trace else f"{self._twin.organization_id}:{local_id}"
            text = self._canonicalize(comment.text, comment.format)
            value = CommentValue(rich_text.clean_title(comment.author), comment.created_at, text)
            trace = self._trace(TraceKind.COMMENT, key, local_id, form, value)
        elif trace.local_form not in ("", form):
            text = self._edited_text(trace, comment)
            trace = replace(trace, local_form=form, value=replace(known, text=text, is_deleted=False))
        elif known.is_deleted:
            self._observe_standing(trace, known, comment)
            return
        else:
            trace = replace(trace, local_form=form)
        self._take_traced(trace, make_comment_key(trace.key), comment.modified_at)

    def _observe_standing(self, trace: Trace, deleted: CommentValue, comment: Comment) -> None:
        """Take in a comment that is there although its trace says that it was deleted.

        If the other side deleted it, our deletion never happened and is still to be done. Else it is back.
        """
        standing = replace(trace, value=replace(deleted, text=self._edited_text(trace, comment), is_deleted=False))
        key = make_comment_key(trace.key)
        known = self._twin.state.get(key)
        if known is not None and is_same_value(known.value, deleted) and known.changed_in != self._twin.organization_id:
            self._traces[trace.kind, trace.local_id] = standing
        else:
            self._take_traced(standing, key, comment.modified_at)

    def _edited_text(self, trace: Trace, comment: Comment) -> RichText:
        text = self._canonicalize(comment.text, comment.format)
        is_ours = trace.key == f"{self._twin.organization_id}:{comment.id}"
        return text if is_ours else rich_text.strip_attribution(text)

    def _take_traced(self, trace: Trace, key: str, changed_at: datetime) -> None:
        self._traces[trace.kind, trace.local_id] = trace
        if trace.value is None:
            return
        known = self._twin.state.get(key)
        is_gone = trace.value.is_deleted and known is None
        if not is_gone:
            self._compare(key, trace.value, changed_at)

    def _compare(self, key: str, value: Value, changed_at: datetime) -> None:
        known = self._twin.state.get(key)
        if known is None or not is_same_value(known.value, value):
            self._change(key, value, changed_at)

    def _change(self, key: str, value: Value, changed_at: datetime) -> None:
        terms = self._twin.terms
        if terms is not None and self._twin.takes_baseline and not terms.tells(key):
            self._baseline[key] = Register(value, Version(), changed_at, self._twin.organization_id)
            return
        self._changed[key] = count_change(self._twin.state.get(key), value, changed_at, self._twin.organization_id)

    def _canonicalize(self, raw: str, text_format: TextFormat) -> RichText:
        return rich_text.canonicalize(raw, text_format, self._find_file)

    def _find_file(self, url: str) -> FileReference | None:
        attachment_id = self._find_file_id(url)
        if attachment_id is None:
            return None
        name = parse_qs(urlsplit(url).query).get("fileName", ["file"])[0]
        for kind in (TraceKind.IMAGE, TraceKind.ATTACHMENT):
            if trace := self._traces.get((kind, attachment_id)):
                return FileReference(trace.key, name)
        key = f"{self._twin.organization_id}:{attachment_id}"
        self._traces[TraceKind.IMAGE, attachment_id] = self._trace(
            TraceKind.IMAGE, key, attachment_id, "", AttachmentValue(rich_text.clean_title(name), 0)
        )
        return FileReference(key, name)

    def _trace(
        self, kind: TraceKind, key: str, local_id: str, form: str, value: CommentValue | AttachmentValue
    ) -> Trace:
        return Trace(self._twin.organization_id, self._snapshot.id, kind, key, local_id, form, value)

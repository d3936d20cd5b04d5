"""Telling our own write from a person's, after a crash between the write and its recording."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from adnode.domain import sync_state
from adnode.domain.rich_text import EMPTY_TEXT, RichText, TextFormat
from adnode.domain.sync_state import (
    AttachmentValue,
    CommentValue,
    Register,
    Registers,
    SyncState,
    make_attachment_key,
    make_comment_key,
)
from adnode.domain.trace import Trace, TraceKind
from adnode.domain.twin import Intent, Twin
from adnode.domain.work_item import DESCRIPTION, REPRO_STEPS, Comment, ProcessCatalog, WorkItemSnapshot
from adnode.sync import rich_text
from adnode.sync.forms import Forms, by_field, read_forms, read_written
from adnode.sync.plan import Plan

EDITED_FORM = "edited"
"""Form of a comment of ours that a person changed before it was found: whatever it is now is that person's change."""
_TEXT_FIELDS = (DESCRIPTION, REPRO_STEPS)
_FIELD_KEYS = frozenset({sync_state.SUMMARY, sync_state.DESCRIPTION, sync_state.TYPE})


@dataclass(frozen=True, slots=True)
class Recovered:
    """What was found out: the twin with the forms of our own revision, traces of what stands there, the register keys
    that were written, and the round's plan as it would have been settled.
    """

    twin: Twin
    traces: tuple[Trace, ...]
    written: frozenset[str]
    plan: Plan


def recover(
    twin: Twin,
    intent: Intent,
    snapshot: WorkItemSnapshot,
    own_revision: WorkItemSnapshot | None,
    comments: Sequence[Comment],
    traces: Collection[Trace],
    uploaded: Mapping[str, str],
    catalog: ProcessCatalog,
    foreign_texts: Collection[str] = (),
) -> Recovered:
    """Return what the intent has done.

    ``own_revision`` is the one revision that its first write can have made, None when there is none of that number.
    ``uploaded`` maps keys of files to their attachment ids here. ``foreign_texts`` are fingerprints of comments that
    other intents speak of.
    """
    finder = _Finder(twin, intent, traces, foreign_texts)
    # What the round had seen is settled with its state, written or not: a person may since have taken it back.
    forms = {**by_field(twin.local_forms, catalog), **by_field(intent.forms, catalog)}
    twin = replace(twin, local_forms=forms)
    is_own = own_revision is not None and is_own_revision(intent, own_revision)
    if is_own and own_revision is not None:
        forms |= _written_forms(intent, own_revision, catalog)
        twin = replace(twin, local_forms=forms, revision=own_revision.revision)
        finder.written |= intent.keys & _FIELD_KEYS
        finder.find_images(uploaded)
    finder.find_comments(comments)
    finder.find_attachments(snapshot, uploaded)
    plan = _plan(twin.state, intent)
    return Recovered(twin, tuple(finder.found), frozenset(finder.written), plan)


def find_traces(
    twin: Twin,
    intent: Intent,
    snapshot: WorkItemSnapshot,
    comments: Sequence[Comment],
    traces: Collection[Trace],
    uploaded: Mapping[str, str],
    foreign_texts: Collection[str] = (),
) -> tuple[Trace, ...]:
    """Return traces of what an intent of another twin of the same work item has brought about: no person made it."""
    finder = _Finder(twin, intent, traces, foreign_texts)
    finder.find_comments(comments)
    finder.find_attachments(snapshot, uploaded)
    return tuple(finder.found)


def _written_forms(intent: Intent, own_revision: WorkItemSnapshot, catalog: ProcessCatalog) -> Forms:
    """Return what the write is known by: a create made all there is, any other write only the fields that it named."""
    if intent.revision is None:
        return read_forms(own_revision, catalog)
    return read_written(own_revision, catalog, intent.fields)


def _plan(state: SyncState, intent: Intent) -> Plan:
    observed = _without_going_back(state, intent.observed)
    merged = _without_going_back(observed, intent.merged)
    return Plan(
        observed=observed,
        merged=merged,
        outgoing={key: merged.registers[key] for key in intent.outgoing if key in merged.registers},
        outgoing_observed=intent.observed,
        conflicts=intent.conflicts,
    )


def _without_going_back(state: SyncState, intended: Registers) -> SyncState:
    """Return the state with those registers, except where it knows of a later change: while the intent lay open, the
    work item may have gone to the recycle bin, and the peer was told.
    """
    known = state.registers
    newer = {key: each for key, each in intended.items() if key not in known or not _knows(known[key], each)}
    return state.with_registers(newer)


def _knows(known: Register, intended: Register) -> bool:
    return known.version != intended.version and known.version.includes(intended.version)


def is_own_revision(intent: Intent, revision: WorkItemSnapshot | None) -> bool:
    """Say whether that revision holds what the intent was about to write.

    The write tested the revision before it, so if it happened at all it is exactly that revision.
    """
    if revision is None or not intent.fields:
        return False
    return all(holds(revision, name, value) for name, value in intent.fields.items())


def holds(revision: WorkItemSnapshot, name: str, value: str) -> bool:
    """Say whether a field of the revision is what a write set it to, as Azure DevOps stores it."""
    found = revision.text(name)
    if name not in _TEXT_FIELDS:
        return " ".join(found.split()) == " ".join(value.split())
    text_format = (revision.formats or {}).get(name, TextFormat.HTML)
    return rich_text.fingerprint(found, text_format) == rich_text.fingerprint(value, text_format)


class _Finder:
    """Finds what an intent was about to bring about and what stands there now."""

    def __init__(self, twin: Twin, intent: Intent, traces: Collection[Trace], foreign_texts: Collection[str]) -> None:
        self._twin = twin
        self._intent = intent
        self._traces = {(trace.kind, trace.key): trace for trace in traces}
        self._known_texts = {*intent.comments.values(), *foreign_texts}
        self.found: list[Trace] = []
        self.written: set[str] = set()

    def find_comments(self, comments: Sequence[Comment]) -> None:
        """Find comments that were added, edited or deleted."""
        present = {str(comment.id): comment for comment in comments if not comment.is_deleted}
        taken = {trace.local_id for (kind, _), trace in self._traces.items() if kind is TraceKind.COMMENT}
        for key, value in self._values(sync_state.COMMENT_PREFIX):
            trace = self._traces.get((TraceKind.COMMENT, key))
            if not isinstance(value, CommentValue):
                continue
            if value.is_deleted:
                self._find_deleted_comment(key, trace, present)
            elif trace is not None and _stands(trace):
                self._find_edited_comment(key, value, present.get(trace.local_id))
            else:
                free = [comment for local_id, comment in present.items() if local_id not in taken]
                taken.add(self._find_added_comment(key, value, free))

    def _find_edited_comment(self, key: str, value: CommentValue, comment: Comment | None) -> None:
        if comment is not None and self._is_intended(key, comment):
            form = rich_text.hash_form(comment.text, comment.format)
            self._note(TraceKind.COMMENT, key, str(comment.id), value, form)

    def _find_added_comment(self, key: str, value: CommentValue, free: Sequence[Comment]) -> str:
        """Find the comment with the intended text, or the one whose text a person has changed already."""
        for comment in free:
            if self._is_intended(key, comment):
                form = rich_text.hash_form(comment.text, comment.format)
                self._note(TraceKind.COMMENT, key, str(comment.id), value, form)
                return str(comment.id)
        for comment in free:
            text = rich_text.canonicalize(comment.text, comment.format, lambda url: None)
            if rich_text.is_attributed(text, value) and _fingerprint(comment) not in self._known_texts:
                self._note(TraceKind.COMMENT, key, str(comment.id), value, EDITED_FORM)
                return str(comment.id)
        return ""

    def _is_intended(self, key: str, comment: Comment) -> bool:
        return _fingerprint(comment) == self._intent.comments.get(key)

    def _find_deleted_comment(self, key: str, trace: Trace | None, present: Mapping[str, Comment]) -> None:
        if trace is not None and isinstance(trace.value, CommentValue) and trace.local_id not in present:
            value = replace(trace.value, is_deleted=True, text=EMPTY_TEXT)
            self._note(TraceKind.COMMENT, key, trace.local_id, value, trace.local_form)

    def find_attachments(self, snapshot: WorkItemSnapshot, uploaded: Mapping[str, str]) -> None:
        """Find files that were linked or unlinked."""
        linked = {attachment.id for attachment in snapshot.attachments}
        for key, value in self._values(sync_state.ATTACHMENT_PREFIX):
            trace = self._traces.get((TraceKind.ATTACHMENT, key))
            if not isinstance(value, AttachmentValue):
                continue
            if value.is_deleted and trace is not None and trace.local_id not in linked:
                self._note(TraceKind.ATTACHMENT, key, trace.local_id, value)
            elif not value.is_deleted and uploaded.get(key, "") in linked:
                self._note(TraceKind.ATTACHMENT, key, uploaded[key], value)

    def find_images(self, uploaded: Mapping[str, str]) -> None:
        """Note the files that texts which were written show."""
        texts = [register.value for register in self._intent.merged.values() if isinstance(register.value, RichText)]
        for reference in (reference for text in texts for reference in rich_text.list_files(text)):
            if uploaded.get(reference.key) and (TraceKind.ATTACHMENT, reference.key) not in self._traces:
                self.found.append(self._trace(TraceKind.IMAGE, reference.key, uploaded[reference.key], None, ""))

    def _values(self, prefix: str) -> list[tuple[str, object]]:
        """Return what was about to be written, by key of origin."""
        keys = sorted(key for key in self._intent.keys if key.startswith(prefix) and key in self._intent.merged)
        return [(key.removeprefix(prefix), self._intent.merged[key].value) for key in keys]

    def _note(
        self, kind: TraceKind, key: str, local_id: str, value: CommentValue | AttachmentValue, form: str = ""
    ) -> None:
        self.found.append(self._trace(kind, key, local_id, value, form))
        self.written.add(make_comment_key(key) if kind is TraceKind.COMMENT else make_attachment_key(key))

    def _trace(
        self, kind: TraceKind, key: str, local_id: str, value: CommentValue | AttachmentValue | None, form: str
    ) -> Trace:
        return Trace(self._twin.organization_id, self._twin.work_item_id or 0, kind, key, local_id, form, value)


def _fingerprint(comment: Comment) -> str:
    return rich_text.fingerprint(comment.text, comment.format)


def _stands(trace: Trace) -> bool:
    return trace.value is not None and not trace.value.is_deleted

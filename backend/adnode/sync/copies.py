"""Copies: what this node wrote of another organization's comments and files is found again by what it carries.

A copy of a comment begins with the line that names its author and time and says the same; a copy of a file has its
name, size and comment.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from adnode.domain.rich_text import FileReference, RichText, TextFormat
from adnode.domain.sync_state import (
    ATTACHMENT_PREFIX,
    COMMENT_PREFIX,
    AttachmentValue,
    CommentValue,
    Register,
    Registers,
    SyncState,
    make_attachment_key,
    make_comment_key,
)
from adnode.domain.trace import Trace, TraceKind
from adnode.domain.twin import Twin
from adnode.domain.visible_text import make_file_name, make_plain
from adnode.domain.work_item import Attachment, Comment, WorkItemSnapshot
from adnode.sync import rich_text
from adnode.sync.own_writes import EDITED_FORM

FindFileId = Callable[[str], str | None]
_ANY_FILE = FileReference("any", "file")
_FILE_URL = "https://files.invalid/file"


@dataclass(frozen=True, slots=True)
class Copies:
    """Traces with those of the copies that were found. ``taken_for_new`` are keys of registers that spoke of such
    copies as of something new, ``blanked`` their traces, which stand for nothing any more.
    """

    traces: tuple[Trace, ...]
    blanked: tuple[Trace, ...]
    taken_for_new: frozenset[str]


def find_copies(
    twin: Twin,
    theirs: Registers,
    snapshot: WorkItemSnapshot,
    comments: Sequence[Comment],
    traces: Sequence[Trace],
    find_file_id: FindFileId,
) -> Copies:
    """Return which comments and files here are copies of those that the partner tells of and that are not known."""
    finder = _Finder(twin, theirs, traces, find_file_id)
    finder.find_comments([comment for comment in comments if not comment.is_deleted])
    finder.find_files(snapshot.attachments)
    return finder.result()


def find_echoes(state: SyncState, theirs: Registers, organization_id: str) -> frozenset[str]:
    """Return the keys of the partner's registers that are copies of what is known here, taken for new by a partner that
    had forgotten that it made them.
    """
    unknown = {key: each for key, each in theirs.items() if key not in state.registers}
    return frozenset(
        key
        for key, their in unknown.items()
        if not _is_of(key, organization_id)
        and any(_is_echo(their, known) for other, known in state.registers.items() if _origin(other) != _origin(key))
    )


def find_suspects(state: SyncState, organization_id: str) -> frozenset[str]:
    """Return the keys of comments made here that begin with somebody's author line: most likely taken for new."""
    return frozenset(
        key
        for key, register in state.registers.items()
        if isinstance(register.value, CommentValue)
        and _is_of(key, organization_id)
        and rich_text.strip_attribution(register.value.text) != register.value.text
    )


def shows(text: RichText, raw: str, text_format: TextFormat, find_file_id: FindFileId) -> bool:
    """Say whether a text of Azure DevOps is what was written for a canonical one, whatever its files are called."""
    found = rich_text.canonicalize(raw, text_format, lambda url: _ANY_FILE if find_file_id(url) else None)
    return _words(text, text_format) == _words(found, text_format)


def _words(text: RichText, text_format: TextFormat) -> str:
    return rich_text.fingerprint(rich_text.localize(text, text_format, lambda key: _FILE_URL), text_format)


def _is_echo(their: Register, known: Register) -> bool:
    value, original = their.value, known.value
    if isinstance(value, CommentValue) and isinstance(original, CommentValue):
        return not value.is_deleted and not original.is_deleted and rich_text.is_attributed(value.text, original)
    if isinstance(value, AttachmentValue) and isinstance(original, AttachmentValue):
        is_there = not value.is_deleted and not original.is_deleted
        return is_there and _looks(value) == _looks(original) and _is_older(known, their)
    return False


def _is_older(original: Register, copy: Register) -> bool:
    """Say which of two files that look alike was there first: both nodes decide alike."""
    return (original.changed_at, original.changed_in) < (copy.changed_at, copy.changed_in)


def _looks(value: AttachmentValue) -> tuple[str, int, str]:
    return make_file_name(value.name), value.size, make_plain(value.comment)


def _origin(key: str) -> str:
    return key.partition("/")[2].rpartition(":")[0]


def _is_of(key: str, organization_id: str) -> bool:
    return _origin(key) == organization_id


class _Finder:
    """Looks among what has no trace, and what was taken for new and is not known to the partner."""

    def __init__(self, twin: Twin, theirs: Registers, traces: Sequence[Trace], find_file_id: FindFileId) -> None:
        self._twin = twin
        self._theirs = theirs
        self._find_file_id = find_file_id
        self._traces = {(trace.kind, trace.key): trace for trace in traces}
        self._by_id = {(trace.kind, trace.local_id): trace for trace in traces if trace.local_id}
        self._blanked: list[Trace] = []
        self._taken_for_new: set[str] = set()

    def result(self) -> Copies:
        """Return what was found."""
        return Copies(tuple(self._traces.values()), tuple(self._blanked), frozenset(self._taken_for_new))

    def find_comments(self, comments: Sequence[Comment]) -> None:
        """Find copies of comments: first those that say the same, then those that a person has edited since."""
        free = [comment for comment in comments if self._is_free(TraceKind.COMMENT, str(comment.id))]
        wanted = self._wanted(COMMENT_PREFIX, TraceKind.COMMENT)
        several = [(key, value) for key, value in wanted if isinstance(value, CommentValue)]
        for fits, form in ((self._says_same, None), (self._names_author, EDITED_FORM)):
            for key, value in list(several):
                match = next((comment for comment in free if fits(comment, value)), None)
                if match is not None:
                    free.remove(match)
                    several.remove((key, value))
                    made = form or rich_text.hash_form(match.text, match.format)
                    self._note(TraceKind.COMMENT, key, str(match.id), made, value)

    def _says_same(self, comment: Comment, value: CommentValue) -> bool:
        return shows(rich_text.attribute(value), comment.text, comment.format, self._find_file_id)

    def _names_author(self, comment: Comment, value: CommentValue) -> bool:
        text = rich_text.canonicalize(comment.text, comment.format, lambda url: None)
        return rich_text.is_attributed(text, value)

    def find_files(self, attachments: Collection[Attachment]) -> None:
        """Find copies of linked files."""
        free = [each for each in attachments if self._is_free(TraceKind.ATTACHMENT, each.id)]
        for key, value in self._wanted(ATTACHMENT_PREFIX, TraceKind.ATTACHMENT):
            if not isinstance(value, AttachmentValue):
                continue
            match = next((each for each in free if self._is_copy(each, key, value)), None)
            if match is not None:
                free.remove(match)
                self._note(TraceKind.ATTACHMENT, key, match.id, "", value)

    def _is_copy(self, attachment: Attachment, key: str, value: AttachmentValue) -> bool:
        taken_for_new = self._twin.state.get(make_attachment_key(f"{self._twin.organization_id}:{attachment.id}"))
        is_younger = taken_for_new is None or _is_older(self._theirs[make_attachment_key(key)], taken_for_new)
        return is_younger and (attachment.name, attachment.size, attachment.comment) == _looks(value)

    def _wanted(self, prefix: str, kind: TraceKind) -> list[tuple[str, CommentValue | AttachmentValue]]:
        """Return what the partner tells of that was made elsewhere and is not known to stand here, oldest first."""
        found = []
        for key, register in sorted(self._theirs.items(), key=lambda item: (item[1].changed_at, item[0])):
            value, origin = register.value, key.removeprefix(prefix)
            is_kind = key.startswith(prefix) and isinstance(value, CommentValue | AttachmentValue)
            if is_kind and not _is_of(key, self._twin.organization_id) and not self._stands(kind, origin):
                found.append((origin, value))
        return [(key, value) for key, value in found if not value.is_deleted]  # type: ignore[union-attr, misc]

    def _stands(self, kind: TraceKind, key: str) -> bool:
        trace = self._traces.get((kind, key))
        return trace is not None and bool(trace.local_id)

    def _is_free(self, kind: TraceKind, local_id: str) -> bool:
        own = f"{self._twin.organization_id}:{local_id}"
        key = make_comment_key(own) if kind is TraceKind.COMMENT else make_attachment_key(own)
        trace = self._by_id.get((kind, local_id))
        return key not in self._theirs and (trace is None or trace.key == own)

    def _note(self, kind: TraceKind, key: str, local_id: str, form: str, value: CommentValue | AttachmentValue) -> None:
        known = self._by_id.get((kind, local_id))
        if known is not None:
            self._taken_for_new.add(
                make_comment_key(known.key) if kind is TraceKind.COMMENT else make_attachment_key(known.key)
            )
            self._blanked.append(replace(known, local_id="", local_form="", value=None))
            del self._traces[kind, known.key]
        trace = Trace(self._twin.organization_id, self._twin.work_item_id or 0, kind, key, local_id, form, value)
        self._traces[kind, key] = trace

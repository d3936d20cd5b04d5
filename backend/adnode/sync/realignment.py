"""Taking up a work item again after a database went back: what is there is told from what was forgotten.

The partner's whole state says what this side has forgotten. What the work item shows of it was known before; a copy of
the partner's comment or file is found by what it carries; anything else that stands there is a change made here.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from adnode.domain.rich_text import RichText
from adnode.domain.sync_state import (
    COMMENT_PREFIX,
    DESCRIPTION,
    EMPTY_STATE,
    SUMMARY,
    TYPE,
    AttachmentValue,
    CommentValue,
    Register,
    Registers,
    SyncState,
    TypeValue,
    Value,
    Version,
    make_presence_key,
)
from adnode.domain.trace import Trace, TraceKind
from adnode.domain.twin import Twin
from adnode.domain.work_item import TITLE, Comment, ProcessCatalog, WorkItemSnapshot
from adnode.sync import rich_text
from adnode.sync.copies import find_copies, find_echoes, find_suspects, shows
from adnode.sync.forms import DESCRIPTION_FIELD_FORM, Forms, by_field, field_form, format_of, read_forms
from adnode.sync.merge import is_same_value, merge_register
from adnode.sync.observation import TICK, FindFileId, observe
from adnode.sync.plan import Observation
from adnode.sync.type_mapping import describe_field, map_type

FIELDS = (SUMMARY, TYPE, DESCRIPTION)


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read of a work item: as it is, its comments, and its past revisions since the known one, newest first.

    ``catalog`` and ``default_type`` say how its project shows what it is sent.
    """

    snapshot: WorkItemSnapshot
    comments: Sequence[Comment]
    past: Sequence[WorkItemSnapshot]
    catalog: ProcessCatalog
    find_file_id: FindFileId
    default_type: str = ""


@dataclass(frozen=True, slots=True)
class Realigned:
    """A twin that knows again what it had forgotten. ``changed`` are registers that were changed here since, ``echoes``
    keys of the partner's registers that are copies which were taken for something new.
    """

    twin: Twin
    traces: tuple[Trace, ...]
    changed: Registers
    echoes: frozenset[str]


def join_states(several: Iterable[Registers]) -> Registers:
    """Return what several messages of one side tell, as one state."""
    joined: dict[str, Register] = {}
    for registers in several:
        for key, register in registers.items():
            if not register.is_baseline:
                joined[key] = merge_register(key, joined.get(key), register).register
    return joined


def find_forgotten(state: SyncState, theirs: Registers) -> frozenset[str]:
    """Return the keys of which the partner knows more than this side."""
    known = state.registers
    return frozenset(
        key for key, each in theirs.items() if key not in known or not known[key].version.includes(each.version)
    )


def find_disputed(twin: Twin, theirs: Registers, reading: Reading) -> bool:
    """Say whether past revisions have to tell if a field was changed after it showed the partner's value."""
    for key in find_forgotten(twin.state, theirs) & set(FIELDS):
        mine, their = twin.state.get(key), theirs[key]
        is_their_change = mine is None or their.version.remote > mine.version.remote
        if is_their_change and not _field_shows(key, their.value, reading.snapshot, reading):
            return True
    return False


def realign(twin: Twin, theirs: Registers, reading: Reading, traces: Sequence[Trace]) -> Realigned:
    """Return the twin as it would know the work item now, had nothing been forgotten."""
    found = find_copies(twin, theirs, reading.snapshot, reading.comments, traces, reading.find_file_id)
    state = SyncState({key: each for key, each in twin.state.registers.items() if key not in found.taken_for_new})
    everything = _observe_all(twin, reading, found.traces)
    realigner = _Realigner(replace(twin, state=state), theirs, reading, everything)
    for key in sorted(find_forgotten(state, theirs)):
        realigner.take_up(key)
    # What was held back from the partner and is no copy after all is told now.
    suspects = find_suspects(state, twin.organization_id) - theirs.keys()
    realigner.changed.update({key: state.registers[key] for key in suspects - realigner.changed.keys()})
    return Realigned(
        twin=replace(
            twin,
            state=state.with_registers({**realigner.adopted, **realigner.changed}),
            local_forms=realigner.forms,
        ),
        traces=(*found.blanked, *realigner.traces.values()),
        changed=realigner.changed,
        echoes=find_echoes(state, theirs, twin.organization_id),
    )


def _observe_all(twin: Twin, reading: Reading, traces: Iterable[Trace]) -> Observation:
    """Return what the work item would tell a twin that knows nothing but which comment or file stands for which."""
    blank = replace(twin, state=EMPTY_STATE, local_forms={}, terms=None)
    kept = list(traces)
    seen = observe(blank, reading.snapshot, reading.comments, kept, reading.catalog, reading.find_file_id)
    known = {(trace.kind, trace.local_id): trace for trace in (*kept, *seen.traces)}
    return replace(seen, traces=tuple(known.values()))


class _Realigner:
    """Decides key by key what stands here: what the partner knows, what was known before, or a change since."""

    def __init__(self, twin: Twin, theirs: Registers, reading: Reading, everything: Observation) -> None:
        self._twin = twin
        self._theirs = theirs
        self._reading = reading
        self._local = everything.state
        self._current = everything.local_forms
        self._comments = {str(comment.id): comment for comment in reading.comments if not comment.is_deleted}
        self.traces = {(trace.kind, trace.key): trace for trace in everything.traces}
        self.forms: Forms = by_field(twin.local_forms, reading.catalog)
        self.adopted: dict[str, Register] = {}
        self.changed: dict[str, Register] = {}

    def take_up(self, key: str) -> None:
        """Take up one register of which the partner knows more."""
        their = self._theirs[key]
        if key in FIELDS:
            self._take_up_field(key, their)
        elif key == make_presence_key(self._twin.organization_id):
            self._adopt(key, their)
        elif isinstance(their.value, CommentValue | AttachmentValue):
            self._take_up_child(key, their, their.value)

    # fields ----------------------------------------------------------------------------------------------------------

    def _take_up_field(self, key: str, their: Register) -> None:
        mine, local = self._twin.state.get(key), self._local.get(key)
        if local is None:
            return
        shown = self._current[DESCRIPTION_FIELD_FORM]
        if key == DESCRIPTION and self.forms.get(DESCRIPTION_FIELD_FORM, shown) != shown:
            # The text is to move with the type; the usual reading sees to that.
            return
        if _field_shows(key, their.value, self._reading.snapshot, self._reading):
            self._adopt(key, their)
            self._pair_images(key, their.value)
        elif self._is_own(mine, their) or self._was_seen(key, their.value):
            self._change(key, local.value, their, self._since(key), knows_theirs=True)
        elif self._has_changed(key):
            self._change(key, local.value, their, self._since(key), knows_theirs=False)
        elif mine is not None and self._is_later(mine, their):
            self._change(key, local.value, their, mine.changed_at, knows_theirs=False)
        else:
            return
        self.forms = {**self.forms, **_forms_of(key, self._current)}

    def _has_changed(self, key: str) -> bool:
        return _mark(key, self.forms) != _mark(key, self._current)

    def _was_seen(self, key: str, value: Value) -> bool:
        return any(_field_shows(key, value, revision, self._reading) for revision in self._reading.past)

    def _since(self, key: str) -> datetime:
        """Return when the field became what it is, as far as the past was read."""
        since = self._reading.snapshot.changed_at
        wanted = _mark(key, self._current)
        for revision in self._reading.past:
            if _mark(key, read_forms(revision, self._reading.catalog)) != wanted:
                return since
            since = revision.changed_at
        return since

    def _pair_images(self, key: str, value: Value) -> None:
        local = self._local.get(key)
        if isinstance(value, RichText) and local is not None and isinstance(local.value, RichText):
            self._pair_files(value, local.value)

    def _pair_files(self, theirs: RichText, local: RichText) -> None:
        """Know which file here stands for which of the partner's, by their order in the text."""
        by_key = {trace.key: trace for trace in self.traces.values() if trace.kind is TraceKind.IMAGE}
        for their, own in zip(rich_text.list_files(theirs), rich_text.list_files(local), strict=False):
            trace = by_key.get(own.key)
            if trace is not None and their.key != own.key:
                self.traces.pop((TraceKind.IMAGE, own.key), None)
                self.traces[TraceKind.IMAGE, their.key] = replace(trace, key=their.key, value=None)

    # comments and files ----------------------------------------------------------------------------------------------

    def _take_up_child(self, key: str, their: Register, value: CommentValue | AttachmentValue) -> None:
        kind = TraceKind.COMMENT if key.startswith(COMMENT_PREFIX) else TraceKind.ATTACHMENT
        trace = self.traces.get((kind, key.partition("/")[2]))
        if trace is None or not isinstance(trace.value, CommentValue | AttachmentValue):
            return
        mine = self._twin.state.get(key)
        if self._stands_as(trace, value):
            self._adopt(key, their)
            self._note_adopted(trace, value)
        elif self._is_own(mine, their):
            self._change(key, trace.value, their, self._time_of(key), knows_theirs=True)
        elif mine is None or not is_same_value(mine.value, trace.value) or self._is_later(mine, their):
            self._change(key, trace.value, their, self._time_of(key), knows_theirs=False)

    def _stands_as(self, trace: Trace, value: CommentValue | AttachmentValue) -> bool:
        if trace.value is None or trace.value.is_deleted or value.is_deleted:
            return trace.value is not None and trace.value.is_deleted == value.is_deleted
        if not isinstance(value, CommentValue):
            return True
        comment = self._comments.get(trace.local_id)
        is_original = trace.key == f"{self._twin.organization_id}:{trace.local_id}"
        text = value.text if is_original else rich_text.attribute(value)
        return is_same_value(trace.value, value) or (
            comment is not None and shows(text, comment.text, comment.format, self._reading.find_file_id)
        )

    def _note_adopted(self, trace: Trace, value: CommentValue | AttachmentValue) -> None:
        if isinstance(value, CommentValue) and isinstance(trace.value, CommentValue):
            self._pair_files(value.text, trace.value.text)
        self.traces[trace.kind, trace.key] = replace(trace, value=value)

    def _time_of(self, key: str) -> datetime:
        local = self._local.get(key)
        return local.changed_at if local is not None else self._reading.snapshot.changed_at

    # registers -------------------------------------------------------------------------------------------------------

    def _is_own(self, mine: Register | None, their: Register) -> bool:
        """Say whether all that the partner knows more are changes made here: what stands here came after them."""
        return their.version.remote <= (mine.version.remote if mine is not None else 0)

    def _is_later(self, mine: Register, their: Register) -> bool:
        return mine.changed_in == self._twin.organization_id and mine.changed_at > their.changed_at

    def _adopt(self, key: str, their: Register) -> None:
        mine = self._twin.state.get(key)
        version = their.version if mine is None else mine.version.joined(their.version)
        self.adopted[key] = replace(their, version=version)

    def _change(self, key: str, value: Value, their: Register, changed_at: datetime, *, knows_theirs: bool) -> None:
        """Count a change made here on top of all that were ever made here, those that were forgotten included."""
        mine = self._twin.state.get(key)
        known = Version() if mine is None else mine.version
        remote = max(known.remote, their.version.remote) if knows_theirs else known.remote
        times = [changed_at, *([mine.changed_at] if mine is not None else [])]
        times += [their.changed_at + TICK] if knows_theirs else []
        version = Version(max(known.local, their.version.local) + 1, remote)
        self.changed[key] = Register(value, version, max(times), self._twin.organization_id)


def _forms_of(key: str, forms: Forms) -> Mapping[str, str]:
    """Return the forms that belong to a field."""
    if key in (SUMMARY, TYPE):
        return {key: forms[key]} if key in forms else {}
    return {name: form for name, form in forms.items() if name not in (SUMMARY, TYPE)}


def _mark(key: str, forms: Forms) -> str | None:
    """Return the form of a field's value, of a description that of the field which is shown."""
    return forms.get(field_form(forms.get(DESCRIPTION_FIELD_FORM, "")) if key == DESCRIPTION else key)


def _field_shows(key: str, value: Value, snapshot: WorkItemSnapshot, reading: Reading) -> bool:
    """Say whether a work item shows a field as it is written here."""
    match value:
        case str() if key == SUMMARY:
            title, _ = rich_text.cut_title(value)
            return rich_text.clean_title(snapshot.text(TITLE)) in (title, rich_text.clean_title(value))
        case TypeValue():
            return snapshot.type_name in (value.name, map_type(value, reading.catalog, reading.default_type))
        case RichText():
            field = describe_field(snapshot.type_name, reading.catalog)
            return shows(value, snapshot.text(field), format_of(snapshot, field), reading.find_file_id)
    return False

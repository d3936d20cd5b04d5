"""Deciding what reconciling a twin has to do."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from adnode.domain.rich_text import EMPTY_TEXT, RichText, TextFormat
from adnode.domain.sync_state import (
    ATTACHMENT_PREFIX,
    COMMENT_PREFIX,
    DESCRIPTION,
    SUMMARY,
    TYPE,
    AttachmentValue,
    CommentValue,
    Conflict,
    Presence,
    Register,
    Registers,
    SyncState,
    TypeValue,
    make_comment_key,
    make_presence_key,
)
from adnode.domain.trace import Trace, TraceKind
from adnode.domain.twin import Twin
from adnode.domain.work_item import ProcessCatalog
from adnode.sync import rich_text
from adnode.sync.forms import DESCRIPTION_FORMAT_FORM, by_field, is_text_missing, knows_markdown
from adnode.sync.merge import Outcome, is_same_value, merge_register
from adnode.sync.plan import (
    Action,
    AddAttachment,
    AddComment,
    DeleteComment,
    EditComment,
    ItemWrite,
    Observation,
    Plan,
    RemoveAttachment,
    TextWrite,
    Wish,
)
from adnode.sync.type_mapping import describe_field, map_type
from adnode.sync.wishes import grant_wishes

NO_SUMMARY = "(no title)"
"""Title of a work item whose summary has not come yet; Azure DevOps requires one."""


@dataclass(slots=True)
class _Merge:
    registers: dict[str, Register]
    joined: set[str] = field(default_factory=set)
    conflicts: list[Conflict] = field(default_factory=list)


def decide(
    twin: Twin,
    observation: Observation,
    incoming: Sequence[Registers],
    catalog: ProcessCatalog,
    traces: Iterable[Trace],
    default_type: str = "",
    wishes: Iterable[Wish] = (),
) -> Plan:
    """Return the plan for a twin: local changes counted in, the peer's registers (as we count) merged, what people wish
    for put on top, writes named.
    """
    observed = observation.state
    outgoing_observed = {key: observed.registers[key] for key in observation.changed}
    if _is_removed(twin, observed):
        return Plan(observed, observed, rests=True, outgoing=outgoing_observed, outgoing_observed=outgoing_observed)
    merge = _merge_all(twin, observed, incoming)
    granted = grant_wishes(merge.registers, wishes, twin.state, twin.organization_id)
    merged = SyncState(merge.registers)
    outgoing = {key: merged.registers[key] for key in observation.changed | merge.joined | granted.keys}
    decider = _Decider(twin, observation, merged, catalog, traces, default_type)
    item, actions = decider.item(), tuple(decider.actions())
    return Plan(
        observed=observed,
        merged=merged,
        create=twin.work_item_id is None,
        item=item,
        actions=actions,
        outgoing=outgoing,
        outgoing_observed=outgoing_observed,
        conflicts=(*merge.conflicts, *granted.conflicts),
        file_keys=_file_keys(twin, item, actions),
        notes=tuple(decider.notes),
    )


def _is_removed(twin: Twin, state: SyncState) -> bool:
    register = state.get(make_presence_key(twin.organization_id))
    return register is not None and register.value is Presence.REMOVED


def _merge_all(twin: Twin, observed: SyncState, incoming: Sequence[Registers]) -> _Merge:
    own_presence = make_presence_key(twin.organization_id)
    merge = _Merge(dict(observed.registers))
    for registers in incoming:
        for key, theirs in registers.items():
            if key == own_presence or theirs.is_baseline:
                continue
            merged = merge_register(key, merge.registers.get(key), theirs)
            merge.registers[key] = merged.register
            if merged.outcome is Outcome.JOINED:
                merge.joined.add(key)
            if merged.conflict is not None:
                merge.conflicts.append(merged.conflict)
    return merge


class _Decider:
    """Names the writes that bring the local work item from what was observed to what was merged."""

    def __init__(
        self,
        twin: Twin,
        observation: Observation,
        merged: SyncState,
        catalog: ProcessCatalog,
        traces: Iterable[Trace],
        default_type: str,
    ) -> None:
        self._twin = twin
        self._observed = observation.state
        self._forms = by_field(observation.local_forms, catalog)
        self._merged = merged
        self._catalog = catalog
        self._seen_traces = observation.traces
        self._traces = {(trace.kind, trace.key): trace for trace in (*traces, *observation.traces)}
        self._default_type = default_type
        self.notes: list[str] = []

    def item(self) -> ItemWrite:
        """Return the fields to write."""
        type_name = self._type_name()
        return ItemWrite(self._summary(), self._description(type_name), type_name)

    def actions(self) -> Iterable[Action]:
        """Yield what to do with comments (oldest first) and files."""
        several = [*self._differing(COMMENT_PREFIX), *self._still_standing()]
        comments = [(key, value) for key, value in several if isinstance(value, CommentValue)]
        for key, value in sorted(comments, key=lambda item: (item[1].created_at, item[0])):
            yield from self._comment(key.removeprefix(COMMENT_PREFIX), value)
        for key, file in self._differing(ATTACHMENT_PREFIX):
            if isinstance(file, AttachmentValue):
                yield from self._attachment(key.removeprefix(ATTACHMENT_PREFIX), file)

    @property
    def _creates(self) -> bool:
        return self._twin.work_item_id is None

    def _differs(self, key: str) -> bool:
        merged, observed = self._merged.get(key), self._observed.get(key)
        if merged is None:
            return False
        return self._creates or observed is None or not is_same_value(merged.value, observed.value)

    def _differing(self, prefix: str) -> list[tuple[str, object]]:
        keys = [key for key in self._merged.registers if key.startswith(prefix) and self._differs(key)]
        return [(key, self._merged.registers[key].value) for key in keys]

    def _still_standing(self) -> list[tuple[str, object]]:
        """Return the comments that are deleted as far as anybody knew, and were just seen standing."""
        keys = [make_comment_key(trace.key) for trace in self._seen_traces if _stands(trace)]
        found = [(key, register.value) for key in keys if (register := self._merged.get(key)) is not None]
        return [
            (key, value)
            for key, value in found
            if isinstance(value, CommentValue) and value.is_deleted and not self._differs(key)
        ]

    def _summary(self) -> str | None:
        register = self._merged.get(SUMMARY)
        if not self._differs(SUMMARY) or register is None:
            return NO_SUMMARY if self._creates else None
        title, was_cut = rich_text.cut_title(str(register.value))
        if was_cut:
            self.notes.append(f"The title was cut to {len(title)} characters; Azure DevOps takes no more.")
        return title or NO_SUMMARY

    def _type_name(self) -> str | None:
        register = self._merged.get(TYPE)
        if register is None or not isinstance(register.value, TypeValue):
            return map_type(TypeValue("", ""), self._catalog, self._default_type) if self._creates else None
        if not self._differs(TYPE):
            return None
        mapped = map_type(register.value, self._catalog, self._default_type)
        return mapped if self._creates or mapped != self._forms.get(TYPE) else None

    def _description(self, new_type: str | None) -> TextWrite | None:
        register = self._merged.get(DESCRIPTION)
        if register is None or not isinstance(register.value, RichText):
            return None
        type_name = new_type or self._forms.get(TYPE, "")
        reference_name = describe_field(type_name, self._catalog)
        has_moved = is_text_missing(self._forms) or (
            new_type is not None
            and not self._creates
            and describe_field(self._forms.get(TYPE, ""), self._catalog) != reference_name
        )
        is_blank_create = self._creates and register.value.is_empty
        if is_blank_create or not (has_moved or self._differs(DESCRIPTION)):
            return None
        return TextWrite(reference_name, register.value, self._target_format(register.value))

    def _target_format(self, text: RichText) -> TextFormat:
        if self._forms.get(DESCRIPTION_FORMAT_FORM) == TextFormat.MARKDOWN:
            return TextFormat.MARKDOWN
        is_possible = knows_markdown(self._forms, self._catalog) and text.format is TextFormat.MARKDOWN
        return TextFormat.MARKDOWN if is_possible else TextFormat.HTML

    def _comment(self, key: str, value: CommentValue) -> Iterable[Action]:
        trace = self._traces.get((TraceKind.COMMENT, key))
        stands = trace if trace and isinstance(trace.value, CommentValue) and not trace.value.is_deleted else None
        if stands is not None and stands.value is not None and is_same_value(stands.value, value):
            return
        if stands is None:
            if not value.is_deleted:
                yield AddComment(key, value)
        elif value.is_deleted:
            yield DeleteComment(key, int(stands.local_id))
        else:
            yield EditComment(key, int(stands.local_id), value)

    def _attachment(self, key: str, value: AttachmentValue) -> Iterable[Action]:
        trace = self._traces.get((TraceKind.ATTACHMENT, key))
        stands = trace if trace and isinstance(trace.value, AttachmentValue) and not trace.value.is_deleted else None
        if stands is None and not value.is_deleted:
            yield AddAttachment(key, value)
        elif stands is not None and value.is_deleted:
            yield RemoveAttachment(key, stands.local_id)


def _stands(trace: Trace) -> bool:
    return trace.kind is TraceKind.COMMENT and trace.value is not None and not trace.value.is_deleted


def _file_keys(twin: Twin, item: ItemWrite, actions: Sequence[Action]) -> dict[str, str]:
    texts = [item.description.text] if item.description else []
    texts += [action.value.text for action in actions if isinstance(action, AddComment | EditComment)]
    keys = {
        reference.key: reference.name
        for text in texts
        for reference in rich_text.list_files(text or EMPTY_TEXT)
        if not reference.key.startswith(twin.organization_id + ":")
    }
    keys.update({action.key: action.value.name for action in actions if isinstance(action, AddAttachment)})
    return keys

"""Twins, their history and their conflicts as pages get them."""

from typing import Any

from pydantic import JsonValue

from adnode.domain.error_record import ConflictStatus
from adnode.domain.sync_state import AttachmentValue, CommentValue
from adnode.domain.synced_change import ChangedThing, Direction, SyncedChange
from adnode.domain.trace import Trace, TraceKind
from adnode.domain.twin import TwinStatus
from adnode.services.conflicts import ConflictView, ShownValue
from adnode.services.twin_details import Replica, TwinDetails
from adnode.services.twin_list import Finding, FoundWorkItem, ListedTwin, title_of
from adnode.web.hub.connections import QueueDocument
from adnode.web.hub.schemas import Moment, Shape
from adnode.web.hub.work_items import (
    LocalWorkItem,
    TwinDocument,
    UsableConnection,
    local_work_item,
    remote_work_item,
    twin_errors,
    usable_connection,
)


class ListedTwinDocument(TwinDocument):
    """A pair as a row of the list. ``direction`` is the way of the last change that is remembered, and when it was."""

    project: str
    created_at: Moment
    direction: Direction | None
    changed_at: Moment | None


class ShownValueDocument(Shape):
    """A value in plain words, and which side made it when."""

    text: str
    changed_at: Moment
    is_local: bool
    is_deleted: bool


class ConflictDocument(Shape):
    """A value that lost, beside the one that was kept and the one of now. ``reason`` says why the lost one can't be
    used, '' where it can.
    """

    id: str
    twin_id: str
    thing: ChangedThing
    subject: str
    status: ConflictStatus
    happened_at: Moment
    resolved_at: Moment | None
    resolved_by: str
    kept: ShownValueDocument
    lost: ShownValueDocument
    current: ShownValueDocument | None
    can_restore: bool
    reason: str


class ReplicaDocument(Shape):
    """Registers of a side by key, long texts shortened. ``left_out`` counts those that are not shown."""

    registers: dict[str, JsonValue]
    left_out: int
    at: Moment | None


class TwinDetailsDocument(Shape):
    """Everything about a pair. ``others`` are pairs of the same work item over other connections, ``free`` connections
    that it could still come under sync over; ``received`` is what the other side told last.
    """

    twin: ListedTwinDocument
    revision: int | None
    remote_title: str | None
    last_outgoing_at: Moment | None
    last_incoming_at: Moment | None
    waiting_files: int
    traces: int
    changes: int
    conflicts: list[ConflictDocument]
    others: list[ListedTwinDocument]
    free: list[UsableConnection]
    held: ReplicaDocument
    received: ReplicaDocument | None


class ChangedValueDocument(Shape):
    """One changed thing, shortened. ``subject`` is the author of a comment, the name of a file, or the side that was
    removed.
    """

    thing: ChangedThing
    text: str
    subject: str
    is_deleted: bool


class SyncedChangeDocument(Shape):
    """What went one way at one time. ``more`` counts values that are not named."""

    id: str
    at: Moment
    direction: Direction
    values: list[ChangedValueDocument]
    more: int


class TraceDocument(Shape):
    """Which local comment or file stands for which key. ``origin`` says which side made it."""

    kind: TraceKind
    key: str
    local_id: str
    is_local: bool
    name: str
    is_deleted: bool


class FoundDocument(Shape):
    """What a search led to; the work item is there where it exists and is not under sync."""

    finding: Finding
    twins: list[ListedTwinDocument]
    total: int
    work_item: LocalWorkItem | None
    project: str | None
    type: str | None
    connections: list[UsableConnection]


def listed_document(row: ListedTwin) -> ListedTwinDocument:
    """Return a row of the list."""
    entry = row.entry
    return ListedTwinDocument(
        id=entry.id,
        connection_id=row.connection.id,
        connection_name=row.connection.name,
        status=entry.status,
        local=local_work_item(entry.work_item_id, row.url, entry.title or None),
        remote=remote_work_item(entry.remote_work_item_id, entry.remote_url, row.connection),
        synchronized_at=entry.synchronized_at,
        in_progress=row.is_in_progress,
        is_held=entry.is_held,
        asked=row.asked,
        waiting=QueueDocument(outgoing=row.figures.outgoing, incoming=row.figures.incoming),
        errors=twin_errors(row.errors),
        conflicts=row.conflict_count,
        project=entry.project,
        created_at=entry.created_at,
        direction=row.direction,
        changed_at=row.changed_at,
    )


def details_document(details: TwinDetails) -> TwinDetailsDocument:
    """Return all details of a twin."""
    twin = listed_document(details.listed)
    return TwinDetailsDocument(
        twin=twin,
        revision=details.revision,
        remote_title=_remote_title(details),
        last_outgoing_at=details.last_times.get(Direction.OUTGOING),
        last_incoming_at=details.last_times.get(Direction.INCOMING),
        waiting_files=details.waiting_files,
        traces=details.trace_count,
        changes=details.change_count,
        conflicts=[conflict_document(view) for view in details.conflicts],
        others=[listed_document(other) for other in details.others],
        free=[usable_connection(connection) for connection in details.free],
        held=_replica_document(details.held),
        received=_replica_document(details.received) if details.received else None,
    )


def _remote_title(details: TwinDetails) -> str | None:
    """Return the other side's title as it told it last; what was agreed on where it told none."""
    entry = details.listed.entry
    if entry.remote_work_item_id is None:
        return None
    told: Any = details.received.registers.get("summary", {}) if details.received else {}
    is_waiting = details.listed.is_in_progress or entry.status is TwinStatus.FAILED
    return str(told["value"]) if is_waiting and "value" in told else entry.title or None


def conflict_document(view: ConflictView) -> ConflictDocument:
    """Return a conflict."""
    record = view.record
    return ConflictDocument(
        id=record.id,
        twin_id=record.twin_id,
        thing=view.thing,
        subject=view.subject,
        status=record.status,
        happened_at=record.happened_at,
        resolved_at=record.resolved_at,
        resolved_by=record.resolved_by,
        kept=_value_document(view.kept),
        lost=_value_document(view.lost),
        current=_value_document(view.current) if view.current else None,
        can_restore=view.can_restore,
        reason=view.reason,
    )


def _value_document(value: ShownValue) -> ShownValueDocument:
    return ShownValueDocument(
        text=value.text, changed_at=value.changed_at, is_local=value.is_local, is_deleted=value.is_deleted
    )


def _replica_document(replica: Replica) -> ReplicaDocument:
    return ReplicaDocument(registers=dict(replica.registers), left_out=replica.left_out, at=replica.at)


def change_document(change: SyncedChange) -> SyncedChangeDocument:
    """Return an entry of the history."""
    values = [
        ChangedValueDocument(thing=value.thing, text=value.text, subject=value.subject, is_deleted=value.is_deleted)
        for value in change.values
    ]
    return SyncedChangeDocument(id=change.id, at=change.at, direction=change.direction, values=values, more=change.more)


def trace_document(trace: Trace) -> TraceDocument:
    """Return a trace."""
    value = trace.value
    name = value.author if isinstance(value, CommentValue) else value.name if isinstance(value, AttachmentValue) else ""
    return TraceDocument(
        kind=trace.kind,
        key=trace.key,
        local_id=trace.local_id,
        is_local=trace.key.startswith(f"{trace.organization_id}:"),
        name=name,
        is_deleted=value is not None and value.is_deleted,
    )


def found_document(found: FoundWorkItem) -> FoundDocument:
    """Return what a search led to."""
    item = found.work_item
    return FoundDocument(
        finding=found.finding,
        twins=[listed_document(row) for row in found.twins],
        total=found.total,
        work_item=LocalWorkItem(id=str(item.id), url=found.url, title=title_of(item)) if item else None,
        project=item.project if item else None,
        type=item.type_name if item else None,
        connections=[usable_connection(connection) for connection in found.connections],
    )

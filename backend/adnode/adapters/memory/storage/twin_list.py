"""Lists of twins, the history of their changes and what was decided about conflicts, in memory."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from adnode.adapters.memory.storage.tables import Tables, existing
from adnode.domain.error_record import CONFLICT_TRANSITIONS, ConflictRecord, ConflictStatus, ErrorStatus
from adnode.domain.message import MessageKind, QueueStatus
from adnode.domain.synced_change import Direction, SyncedChange
from adnode.domain.trace import Trace
from adnode.domain.twin import Twin, TwinStatus
from adnode.domain.twin_list import (
    TwinEntry,
    TwinFilter,
    TwinKey,
    TwinSearch,
    TwinSort,
    entry_of,
    make_title_key,
    title_of,
)
from adnode.ports.twin_list import ReceivedMessage

UNDECIDED = (ConflictStatus.OPEN, ConflictStatus.WANTED)
FILE_KINDS = (MessageKind.CONTENT_REQUESTED, MessageKind.CONTENT_SENT, MessageKind.CONTENT_FAILED)


class MemoryTwinList:
    """TwinListRepository in memory."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def list_page(
        self, wanted: TwinFilter, sort: TwinSort, *, is_descending: bool, after: TwinKey | None, limit: int
    ) -> list[TwinEntry]:
        def place(key: TwinKey) -> tuple[Any, ...]:
            value, twin_id = key
            if sort is TwinSort.CONNECTION:
                return wanted.connection_ids.index(str(value)), twin_id
            return value is None, value or "", twin_id

        found = sorted(self._found(wanted), key=lambda entry: place(entry.key(sort)), reverse=is_descending)
        if after is not None:
            last = place(after)
            found = [
                entry
                for entry in found
                if (place(entry.key(sort)) < last if is_descending else place(entry.key(sort)) > last)
            ]
        return found[:limit]

    def count(self, wanted: TwinFilter) -> int:
        return len(self._found(wanted))

    def _found(self, wanted: TwinFilter) -> list[TwinEntry]:
        twins = [row.twin for row in self._tables.twins.values()]
        return [entry_of(twin) for twin in twins if _fits(twin, wanted) and self._fits_records(twin, wanted)]

    def _fits_records(self, twin: Twin, wanted: TwinFilter) -> bool:
        errors = self._tables.error_records.values()
        conflicts = self._tables.conflicts.values()
        has_error = any(record.twin_id == twin.id and record.status is ErrorStatus.OPEN for record in errors)
        has_conflict = any(record.twin_id == twin.id and record.status in UNDECIDED for record in conflicts)
        return wanted.has_error in (None, has_error) and wanted.has_conflict in (None, has_conflict)

    def list_traces(
        self, organization_id: str, work_item_id: int, *, after: tuple[str, str] | None, limit: int
    ) -> list[Trace]:
        traces = sorted(self._traces(organization_id, work_item_id), key=lambda trace: (trace.kind.value, trace.key))
        return [trace for trace in traces if after is None or (trace.kind.value, trace.key) > after][:limit]

    def count_traces(self, organization_id: str, work_item_id: int) -> int:
        return len(self._traces(organization_id, work_item_id))

    def _traces(self, organization_id: str, work_item_id: int) -> list[Trace]:
        traces = self._tables.traces.values()
        return [each for each in traces if (each.organization_id, each.work_item_id) == (organization_id, work_item_id)]

    def last_received(self, connection_id: str, twin_id: str) -> ReceivedMessage | None:
        rows = [
            row
            for row in self._tables.inbox.values()
            if (row.connection_id, row.message.twin_id, row.message.kind) == (connection_id, twin_id, MessageKind.STATE)
        ]
        newest = max(rows, key=lambda row: (row.created_at, row.message.sequence), default=None)
        return ReceivedMessage(newest.message, newest.created_at) if newest else None

    def count_files(self, connection_id: str, twin_id: str) -> int:
        waiting = (QueueStatus.WAITING, QueueStatus.SENDING)
        rows = [row for row in self._tables.outbox.values() if row.status in waiting]
        rows += [row for row in self._tables.inbox.values() if row.status is QueueStatus.APPLYING]
        return sum(
            (row.connection_id, row.message.twin_id) == (connection_id, twin_id) and row.message.kind in FILE_KINDS
            for row in rows
        )


class MemorySyncedChanges:
    """SyncedChangeRepository in memory."""

    def __init__(self, tables: Tables) -> None:
        self._rows = tables.synced_changes

    def add(self, changes: Sequence[SyncedChange]) -> None:
        self._rows.update({change.id: change for change in changes})

    def list_page(self, twin_id: str, *, after: tuple[datetime, str] | None, limit: int) -> list[SyncedChange]:
        found = sorted(self._of(twin_id), key=lambda change: (change.at, change.id), reverse=True)
        return [change for change in found if after is None or (change.at, change.id) < after][:limit]

    def since(self, twin_ids: Collection[str], since: datetime) -> Mapping[str, list[SyncedChange]]:
        found: dict[str, list[SyncedChange]] = {}
        for change in self._rows.values():
            if change.twin_id in twin_ids and change.at > since:
                found.setdefault(change.twin_id, []).append(change)
        return found

    def count(self, twin_id: str) -> int:
        return len(self._of(twin_id))

    def newest(self, twin_ids: Collection[str]) -> Mapping[str, tuple[Direction, datetime]]:
        found: dict[str, tuple[Direction, datetime]] = {}
        for change in sorted(self._rows.values(), key=lambda change: (change.at, change.id)):
            if change.twin_id in twin_ids:
                found[change.twin_id] = change.direction, change.at
        return found

    def last_times(self, twin_id: str) -> Mapping[Direction, datetime]:
        return {change.direction: change.at for change in sorted(self._of(twin_id), key=lambda change: change.at)}

    def forget(self, before: datetime, limit: int = 1000) -> int:
        old = [change.id for change in self._rows.values() if change.at < before][:limit]
        for change_id in old:
            del self._rows[change_id]
        return len(old)

    def _of(self, twin_id: str) -> list[SyncedChange]:
        return [change for change in self._rows.values() if change.twin_id == twin_id]


class MemoryConflicts:
    """ConflictRepository in memory."""

    def __init__(self, tables: Tables) -> None:
        self._rows = tables.conflicts

    def get(self, conflict_id: str) -> ConflictRecord:
        return existing(
            self._rows, conflict_id, f"There is no conflict {conflict_id} here. List the conflicts to see their ids."
        )

    def find_undecided(self, twin_ids: Collection[str]) -> Mapping[str, list[ConflictRecord]]:
        found: dict[str, list[ConflictRecord]] = {}
        for record in sorted(self._undecided(twin_ids), key=lambda record: (record.happened_at, record.id)):
            found.setdefault(record.twin_id, []).append(record)
        return found

    def list_of(self, twin_id: str, limit: int = 100) -> list[ConflictRecord]:
        found = sorted(
            (record for record in self._rows.values() if record.twin_id == twin_id), key=lambda record: record.id
        )
        return sorted(found, key=lambda record: record.happened_at, reverse=True)[:limit]

    def count_undecided(self, twin_ids: Collection[str]) -> Mapping[str, int]:
        return dict(Counter(record.twin_id for record in self._undecided(twin_ids)))

    def _undecided(self, twin_ids: Collection[str]) -> Iterable[ConflictRecord]:
        return (each for each in self._rows.values() if each.twin_id in twin_ids and each.status in UNDECIDED)

    def settle(
        self, conflict_ids: Collection[str], status: ConflictStatus, now: datetime, *, resolved_by: str | None = None
    ) -> None:
        for record in [self._rows[each] for each in conflict_ids if each in self._rows]:
            if status in CONFLICT_TRANSITIONS[record.status]:
                name = record.resolved_by if resolved_by is None else resolved_by
                self._rows[record.id] = replace(record, status=status, resolved_at=now, resolved_by=name)

    def forget_decided(self, before: datetime, limit: int = 1000) -> int:
        old = [
            record.id
            for record in self._rows.values()
            if record.status not in UNDECIDED and record.resolved_at is not None and record.resolved_at < before
        ][:limit]
        for record_id in old:
            del self._rows[record_id]
        return len(old)


def _fits(twin: Twin, wanted: TwinFilter) -> bool:
    return (
        twin.organization_id == wanted.organization_id
        and (not wanted.connection_ids or twin.connection_id in wanted.connection_ids)
        and (twin.status in wanted.statuses if wanted.statuses else twin.status is not TwinStatus.UNLINKED)
        and wanted.project in ("", twin.project)
        and _fits_times(twin.synchronized_at, wanted)
        and (wanted.search is None or _fits_search(twin, wanted.search))
    )


def _fits_times(time: datetime | None, wanted: TwinFilter) -> bool:
    after, before = wanted.synchronized_after, wanted.synchronized_before
    if time is None:
        return after is None and before is None
    return (after is None or time >= after) and (before is None or time < before)


def _fits_search(twin: Twin, search: TwinSearch) -> bool:
    part = make_title_key(search.title_part)
    return (
        (search.work_item_id is not None and twin.work_item_id == search.work_item_id)
        or (search.remote_work_item_id is not None and twin.remote_work_item_id == search.remote_work_item_id)
        or (part != "" and part in make_title_key(title_of(twin)))
    )

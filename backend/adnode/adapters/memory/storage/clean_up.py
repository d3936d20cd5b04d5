"""Twins and everything that hangs on them in memory."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from adnode.adapters.memory.storage.tables import StoredMessage, StoredTwin, Tables
from adnode.domain.clean_up import Pair, SyncMetadata
from adnode.domain.message import TRANSITIONS, QueueStatus
from adnode.domain.trace import Trace

UNSENT = (QueueStatus.WAITING, QueueStatus.SENDING)
ABOUT_TWINS = ("error_records", "conflicts", "drift_findings", "synced_changes", "asked_files")
"""Tables whose rows speak of a twin and go with it."""


class MemoryCleanUp:
    """CleanUpRepository in memory."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def list_pairs(self, connection_id: str, *, after: str = "", limit: int) -> list[Pair]:
        rows = [row for row in self._of(connection_id) if row.twin.id > after]
        return [_pair(row) for row in sorted(rows, key=lambda row: row.twin.id)[:limit]]

    def find_pairs(self, twin_ids: Collection[str]) -> Mapping[str, Pair]:
        rows = self._tables.twins
        return {twin_id: _pair(rows[twin_id]) for twin_id in set(twin_ids) if twin_id in rows}

    def find_by_remote(self, connection_id: str, remote_work_item_ids: Collection[int]) -> list[Pair]:
        wanted = set(remote_work_item_ids)
        rows = [row for row in self._of(connection_id) if row.twin.remote_work_item_id in wanted]
        return sorted((_pair(row) for row in rows if not row.is_unlinked), key=lambda pair: pair.twin_id)

    def _of(self, connection_id: str) -> list[StoredTwin]:
        return [row for row in self._tables.twins.values() if row.twin.connection_id == connection_id]

    def count(self, connection_id: str, twin_ids: Collection[str] | None = None) -> SyncMetadata:
        tables = self._tables
        twins = [row for row in self._of(connection_id) if twin_ids is None or row.twin.id in twin_ids]

        def is_counted(owner: str, twin_id: str) -> bool:
            return owner == connection_id and (bool(twin_id) if twin_ids is None else twin_id in twin_ids)

        outgoing = [row for row in tables.outbox.values() if is_counted(row.connection_id, row.message.twin_id)]
        incoming = [row for row in tables.inbox.values() if is_counted(row.connection_id, row.message.twin_id)]
        errors = [row for row in tables.error_records.values() if is_counted(row.connection_id, row.twin_id)]
        conflicts = [row for row in tables.conflicts.values() if is_counted(row.connection_id, row.twin_id)]
        return SyncMetadata(
            twins=len(twins),
            outgoing=sum(1 for row in outgoing if row.status in UNSENT),
            incoming=sum(1 for row in incoming if row.status is QueueStatus.APPLYING),
            errors=sum(1 for row in errors if row.closed_at is None),
            conflicts=len(conflicts),
            traces=sum(len(self._traces_of(row, connection_id)) for row in twins),
        )

    def _traces_of(self, row: StoredTwin, connection_id: str) -> list[Trace]:
        """Return the traces of the twin's work item that no twin of another connection needs."""
        place = (row.twin.organization_id, row.twin.work_item_id)
        if self._is_needed(place, except_connection_id=connection_id):
            return []
        traces = self._tables.traces.values()
        return [trace for trace in traces if (trace.organization_id, trace.work_item_id) == place]

    def _is_needed(self, place: tuple[str, int | None], *, except_connection_id: str = "") -> bool:
        return any(
            (row.twin.organization_id, row.twin.work_item_id) == place
            and row.twin.connection_id != except_connection_id
            and not row.is_unlinked
            for row in self._tables.twins.values()
        )

    def forget(self, connection_id: str, twin_ids: Collection[str], now: datetime, *, for_good: bool = True) -> int:
        gone = [row for row in self._of(connection_id) if row.twin.id in twin_ids]
        for row in gone:
            del self._tables.twins[row.twin.id]
        self._cancel_messages(connection_id, twin_ids, now)
        for name in ABOUT_TWINS:
            _drop(getattr(self._tables, name, {}), {row.twin.id for row in gone})
        for row in gone:
            self._delete_traces(row, connection_id)
        if for_good:
            self._tables.forgotten_twins.update({(connection_id, twin_id): now for twin_id in twin_ids})
        return len(gone)

    def _cancel_messages(self, connection_id: str, twin_ids: Collection[str], now: datetime) -> None:
        tables: list[dict[Any, StoredMessage]] = [self._tables.outbox, self._tables.inbox]
        for rows in tables:
            for key, row in rows.items():
                is_about_one = row.connection_id == connection_id and row.message.twin_id in twin_ids
                if is_about_one and QueueStatus.CANCELLED in TRANSITIONS[row.status]:
                    rows[key] = replace(row, status=QueueStatus.CANCELLED, settled_at=now)

    def _delete_traces(self, row: StoredTwin, connection_id: str) -> None:
        tables = self._tables
        if self._is_needed((row.twin.organization_id, row.twin.work_item_id)):
            return
        for trace in self._traces_of(row, connection_id):
            del tables.traces[trace.organization_id, trace.work_item_id, trace.kind, trace.key]
            tables.contents.pop((connection_id, trace.key), None)

    def forgotten(self, connection_id: str, twin_ids: Collection[str]) -> set[str]:
        return {twin_id for twin_id in twin_ids if (connection_id, twin_id) in self._tables.forgotten_twins}

    def expire(self, before: datetime, limit: int = 1000) -> int:
        old = [key for key, at in self._tables.forgotten_twins.items() if at < before][:limit]
        for key in old:
            del self._tables.forgotten_twins[key]
        return len(old)


def _pair(row: StoredTwin) -> Pair:
    twin = row.twin
    partner = twin.remote_work_item_id or (twin.terms.remote_work_item_id if twin.terms else None)
    return Pair(twin.id, twin.connection_id, twin.work_item_id, partner, row.is_unlinked)


def _drop(rows: dict[Any, Any], twin_ids: Collection[str]) -> None:
    for key in [key for key, row in rows.items() if row.twin_id in twin_ids]:
        del rows[key]

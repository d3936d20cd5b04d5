"""Error and conflict records in memory."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from adnode.adapters.memory.storage.tables import Tables, existing
from adnode.domain.error_record import GRAVE, SEVERITY, ConflictRecord, ErrorRecord, ErrorStatus, Impact, Resolution
from adnode.domain.errors import ValidationError
from adnode.ports.error_storage import ErrorFilter, ErrorGroup, ErrorKey, ErrorSort

Listed = TypeVar("Listed", ErrorRecord, ErrorGroup)


class MemoryErrorRecords:
    """ErrorRecordRepository in memory."""

    def __init__(self, tables: Tables) -> None:
        self._records = tables.error_records
        self._conflicts = tables.conflicts

    def open(self, record: ErrorRecord) -> ErrorRecord:
        same = [found for found in self._open() if _cause(found) == _cause(record)]
        if same:
            record = same[0].repeated(record)
        self._records[record.id] = record
        return record

    def _open(self) -> list[ErrorRecord]:
        return [record for record in self._records.values() if record.status is ErrorStatus.OPEN]

    def close(
        self,
        now: datetime,
        *,
        connection_id: str = "",
        twin_id: str = "",
        organization_id: str = "",
        code: str = "",
        subject: str | None = None,
    ) -> int:
        wanted = {
            "connection_id": connection_id,
            "twin_id": twin_id,
            "organization_id": organization_id,
            "code": code,
        }
        conditions: dict[str, str] = {name: value for name, value in wanted.items() if value}
        if not conditions:
            raise ValidationError("Say which error records to close.")
        if subject is not None:
            conditions["subject"] = subject
        closed = [
            record
            for record in self._open()
            if all(getattr(record, name) == value for name, value in conditions.items())
        ]
        self._records.update({record.id: record.closed(now) for record in closed})
        return len(closed)

    def get(self, record_id: str) -> ErrorRecord:
        return existing(
            self._records, record_id, f"There is no error {record_id} here. List the errors to see their ids."
        )

    def list_records(
        self, *, connection_id: str = "", twin_id: str = "", include_closed: bool = False, limit: int = 200
    ) -> list[ErrorRecord]:
        found = [
            record
            for record in (self._records.values() if include_closed else self._open())
            if connection_id in ("", record.connection_id) and twin_id in ("", record.twin_id)
        ]
        by_id = sorted(found, key=lambda record: record.id)
        return sorted(by_id, key=lambda record: record.opened_at, reverse=True)[:limit]

    def list_page(
        self, wanted: ErrorFilter, *, sort: ErrorSort, is_descending: bool, after: ErrorKey | None, limit: int
    ) -> list[ErrorRecord]:
        return _page(self._matching(wanted), sort.key, after, limit, is_descending=is_descending)

    def list_groups(
        self, wanted: ErrorFilter, *, sort: ErrorSort, is_descending: bool, after: ErrorKey | None, limit: int
    ) -> list[ErrorGroup]:
        return _page(self._groups(wanted), sort.group_key, after, limit, is_descending=is_descending)

    def count(self, wanted: ErrorFilter) -> int:
        return len(self._matching(wanted))

    def count_groups(self, wanted: ErrorFilter) -> int:
        return len({record.cause_key for record in self._matching(wanted)})

    def count_by_impact(self, wanted: ErrorFilter) -> Mapping[Impact, int]:
        return Counter(record.impact for record in self._matching(wanted))

    def count_by_code(self, wanted: ErrorFilter) -> Mapping[str, int]:
        return Counter(record.code for record in self._matching(wanted))

    def newest_grave(self, organization_id: str) -> ErrorRecord | None:
        grave = [record for record in self._matching(ErrorFilter(organization_id)) if record.impact in GRAVE]
        return max(grave, key=lambda record: (record.opened_at, record.id), default=None)

    def open_of_twins(self, twin_ids: Collection[str]) -> Mapping[str, list[ErrorRecord]]:
        found: dict[str, list[ErrorRecord]] = {}
        for record in sorted(self._open(), key=lambda record: record.id):
            if record.twin_id in twin_ids:
                found.setdefault(record.twin_id, []).append(record)
        return found

    def ask_for_retry(self, wanted: ErrorFilter, now: datetime, *, except_codes: Collection[str]) -> int:
        asked = [
            replace(record, is_retry_due=True, retried_at=now)
            for record in self._matching(wanted)
            if record.status is ErrorStatus.OPEN and record.code not in except_codes
        ]
        self._records.update({record.id: record for record in asked})
        return len(asked)

    def retries_due(self, limit: int) -> list[ErrorRecord]:
        due = [record for record in self._records.values() if record.is_retry_due]
        return sorted(due, key=lambda record: (record.opened_at, record.id))[:limit]

    def note_retries(self, record_ids: Collection[str], now: datetime) -> None:
        for record in [record for record in self._open() if record.id in record_ids]:
            self._records[record.id] = replace(record, is_retry_due=False, retried_at=now)

    def resolve(self, record_ids: Collection[str], now: datetime, *, resolved_by: str, note: str) -> int:
        wanted = [record for record in self._open() if record.id in record_ids]
        for record in wanted:
            self._records[record.id] = record.closed(now, Resolution.RESOLVED, resolved_by=resolved_by, note=note)
        return len(wanted)

    def _matching(self, wanted: ErrorFilter) -> list[ErrorRecord]:
        return [record for record in self._records.values() if _matches(record, wanted)]

    def _groups(self, wanted: ErrorFilter) -> list[ErrorGroup]:
        by_cause: dict[str, list[ErrorRecord]] = {}
        for record in self._matching(wanted):
            by_cause.setdefault(record.cause_key, []).append(record)
        return [_group(cause_key, records) for cause_key, records in by_cause.items()]

    def forget_closed(self, before: datetime, limit: int = 1000) -> int:
        over = [
            record.id
            for record in self._records.values()
            if record.closed_at is not None and record.status is ErrorStatus.CLOSED and record.closed_at < before
        ][:limit]
        for record_id in over:
            del self._records[record_id]
        return len(over)

    def add_conflict(self, record: ConflictRecord) -> None:
        self._conflicts[record.id] = record

    def list_conflicts(self, *, connection_id: str = "", twin_id: str = "", limit: int = 200) -> list[ConflictRecord]:
        found = [
            record
            for record in self._conflicts.values()
            if connection_id in ("", record.connection_id) and twin_id in ("", record.twin_id)
        ]
        by_id = sorted(found, key=lambda record: record.id)
        return sorted(by_id, key=lambda record: record.happened_at, reverse=True)[:limit]


def _cause(record: ErrorRecord) -> tuple[str, ...]:
    return record.organization_id, record.connection_id, record.twin_id, record.subject, record.code


def _matches(record: ErrorRecord, wanted: ErrorFilter) -> bool:
    """Say whether the record is one of those that the filter picks."""
    text = wanted.text.lower()
    return (
        (record.organization_id, record.status) == (wanted.organization_id, wanted.status)
        and wanted.impact in (None, record.impact)
        and wanted.connection_id in ("", record.connection_id)
        and wanted.code in ("", record.code)
        and wanted.is_remote in (None, record.is_remote)
        and wanted.work_item_id in (None, record.work_item_id)
        and wanted.cause_key in ("", record.cause_key)
        and (text in record.message.lower() or text in record.code.lower())
    )


def _page(
    rows: list[Listed], key: Callable[[Listed], ErrorKey], after: ErrorKey | None, limit: int, *, is_descending: bool
) -> list[Listed]:
    def is_beyond(row: Listed) -> bool:
        if after is None:
            return True
        here, there = tuple(key(row)), tuple(after)
        return here < there if is_descending else here > there

    ordered = sorted(rows, key=lambda row: tuple(key(row)), reverse=is_descending)
    return [row for row in ordered if is_beyond(row)][:limit]


def _time(record: ErrorRecord) -> datetime:
    return record.closed_at or record.opened_at


def _group(cause_key: str, records: list[ErrorRecord]) -> ErrorGroup:
    return ErrorGroup(
        cause_key=cause_key,
        sample=max(records, key=lambda record: record.id),
        records=len(records),
        work_items=len({place for record in records if (place := record.twin_id or record.work_item_id)}),
        occurrences=sum(record.occurrences for record in records),
        oldest_at=min(map(_time, records)),
        newest_at=max(map(_time, records)),
        severity=max(SEVERITY[record.impact] for record in records),
    )

"""Error and conflict records in memory."""

from dataclasses import replace
from datetime import datetime

from adnode.adapters.memory.storage.tables import Tables, existing
from adnode.domain.error_record import ConflictRecord, ErrorRecord, ErrorStatus
from adnode.domain.errors import ValidationError


class MemoryErrorRecords:
    """ErrorRecordRepository in memory."""

    def __init__(self, tables: Tables) -> None:
        self._records = tables.error_records
        self._conflicts = tables.conflicts

    def open(self, record: ErrorRecord) -> ErrorRecord:
        same = [found for found in self._open() if _cause(found) == _cause(record)]
        if same:
            record = replace(
                same[0],
                occurrences=same[0].occurrences + 1,
                message=record.message,
                last_seen_at=record.last_seen_at,
                is_transient=record.is_transient,
            )
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
        self._records.update(
            {record.id: replace(record, status=ErrorStatus.CLOSED, closed_at=now) for record in closed}
        )
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

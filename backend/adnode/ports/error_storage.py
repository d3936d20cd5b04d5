"""Port to error and conflict records: what the node remembers of what failed."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from adnode.domain.error_record import SEVERITY, ConflictRecord, ErrorRecord, ErrorStatus, Impact

ErrorKey = Sequence[datetime | int | str]
"""The values that a list is sorted by in one of its rows, as ``ErrorSort.key`` gives them."""


@dataclass(frozen=True, slots=True)
class ErrorFilter:
    """Which records of an organization. What is empty or None says nothing; ``text`` is looked for in messages and
    codes in any case. ``cause_key`` picks the records of one group.
    """

    organization_id: str
    status: ErrorStatus = ErrorStatus.OPEN
    impact: Impact | None = None
    connection_id: str = ""
    code: str = ""
    is_remote: bool | None = None
    work_item_id: int | None = None
    text: str = ""
    cause_key: str = ""


class ErrorSort(StrEnum):
    """What a list is sorted by. TIME is when a record was opened, in the history when it was closed."""

    TIME = "time"
    COUNT = "count"
    IMPACT = "impact"

    def key(self, record: ErrorRecord) -> tuple[datetime | int | str, ...]:
        """Return where a record stands in a list of that order."""
        place = (record.closed_at or record.opened_at, record.id)
        if self is ErrorSort.TIME:
            return place
        return (record.occurrences if self is ErrorSort.COUNT else SEVERITY[record.impact], *place)

    def group_key(self, group: "ErrorGroup") -> tuple[datetime | int | str, ...]:
        """Return where a group stands in a list of that order."""
        place = (group.newest_at, group.cause_key)
        if self is ErrorSort.TIME:
            return place
        return (group.records if self is ErrorSort.COUNT else group.severity, *place)


@dataclass(frozen=True, slots=True)
class ErrorGroup:
    """Records of one cause: one of them as a sample, how many there are on how many work items, how often it happened
    in all, and when the oldest and the newest was opened (in the history: closed).
    """

    cause_key: str
    sample: ErrorRecord
    records: int
    work_items: int
    occurrences: int
    oldest_at: datetime
    newest_at: datetime
    severity: int


class ErrorRecordRepository(Protocol):
    """Error records and conflict records."""

    def open(self, record: ErrorRecord) -> ErrorRecord:
        """Open it, or count up the open one of the same cause; return the stored one."""

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
        """Close open records that match everything given (at least one); return how many. Those that were retried
        close as retried, the others as over by themselves.
        """

    def get(self, record_id: str) -> ErrorRecord:
        """Return it; raises NotFoundError."""

    def list_records(
        self, *, connection_id: str = "", twin_id: str = "", include_closed: bool = False, limit: int = 200
    ) -> list[ErrorRecord]:
        """Return records, the newest first."""

    def list_page(
        self, wanted: ErrorFilter, *, sort: ErrorSort, is_descending: bool, after: ErrorKey | None, limit: int
    ) -> list[ErrorRecord]:
        """Return records in that order, after the row whose key is given."""

    def list_groups(
        self, wanted: ErrorFilter, *, sort: ErrorSort, is_descending: bool, after: ErrorKey | None, limit: int
    ) -> list[ErrorGroup]:
        """Return one row for each cause in that order; COUNT is how many records it has."""

    def count(self, wanted: ErrorFilter) -> int:
        """Return how many records there are."""

    def count_groups(self, wanted: ErrorFilter) -> int:
        """Return how many causes there are."""

    def count_by_impact(self, wanted: ErrorFilter) -> Mapping[Impact, int]:
        """Return how many records there are of each impact, without those that have none."""

    def count_by_code(self, wanted: ErrorFilter) -> Mapping[str, int]:
        """Return how many records there are of each code."""

    def newest_grave(self, organization_id: str) -> ErrorRecord | None:
        """Return the open record that stops more than single things and was opened last."""

    def open_of_twins(self, twin_ids: Collection[str]) -> Mapping[str, list[ErrorRecord]]:
        """Return the open records by twin, for the twins that have any."""

    def ask_for_retry(self, wanted: ErrorFilter, now: datetime, *, except_codes: Collection[str]) -> int:
        """Note on all open records that match that a retry of them is due; return how many. Of the history none is."""

    def retries_due(self, limit: int) -> list[ErrorRecord]:
        """Return open records whose retry is due, the oldest first, for this unit of work alone."""

    def note_retries(self, record_ids: Collection[str], now: datetime) -> None:
        """These were retried; no retry of them is due any more."""

    def resolve(self, record_ids: Collection[str], now: datetime, *, resolved_by: str, note: str) -> int:
        """Close those of the records that are open, as a person decided; return how many."""

    def forget_closed(self, before: datetime, limit: int = 1000) -> int:
        """Delete records closed before that time, at most ``limit``; return how many."""

    def add_conflict(self, record: ConflictRecord) -> None: ...
    def list_conflicts(self, *, connection_id: str = "", twin_id: str = "", limit: int = 200) -> list[ConflictRecord]:
        """Return values that lost, the newest first."""

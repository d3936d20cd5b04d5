"""Ports to what people look up about twins: lists of them, the history of their changes, values that lost."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from adnode.domain.error_record import ConflictRecord, ConflictStatus
from adnode.domain.message import Message
from adnode.domain.synced_change import Direction, SyncedChange
from adnode.domain.trace import Trace
from adnode.domain.twin_list import TwinEntry, TwinFilter, TwinKey, TwinSort


@dataclass(frozen=True, slots=True)
class ReceivedMessage:
    """A message of the peer and when it came."""

    message: Message
    received_at: datetime


class TwinListRepository(Protocol):
    """Twins over all connections of an organization, filtered, sorted and paged where they lie."""

    def list_page(
        self, wanted: TwinFilter, sort: TwinSort, *, is_descending: bool, after: TwinKey | None, limit: int
    ) -> list[TwinEntry]:
        """Return entries that stand after that key in the order."""

    def count(self, wanted: TwinFilter) -> int: ...
    def list_traces(
        self, organization_id: str, work_item_id: int, *, after: tuple[str, str] | None, limit: int
    ) -> list[Trace]:
        """Return traces of a local work item by (kind, key), after that one."""

    def count_traces(self, organization_id: str, work_item_id: int) -> int: ...
    def last_received(self, connection_id: str, twin_id: str) -> ReceivedMessage | None:
        """Return the newest state that the peer sent about a twin, as long as it is remembered."""

    def count_files(self, connection_id: str, twin_id: str) -> int:
        """Return how many messages about files of the twin wait, in both directions."""


class SyncedChangeRepository(Protocol):
    """The history of synced changes."""

    def add(self, changes: Sequence[SyncedChange]) -> None:
        """Add those of one round, in one statement."""

    def list_page(self, twin_id: str, *, after: tuple[datetime, str] | None, limit: int) -> list[SyncedChange]:
        """Return changes of a twin, the newest first, that stand after (time, id) in that order."""

    def since(self, twin_ids: Collection[str], since: datetime) -> Mapping[str, list[SyncedChange]]:
        """Return the changes of those twins after that time, in any order; twins without one are left out."""

    def count(self, twin_id: str) -> int: ...
    def newest(self, twin_ids: Collection[str]) -> Mapping[str, tuple[Direction, datetime]]:
        """Return which way the last change of each twin went, and when; twins without one are left out."""

    def last_times(self, twin_id: str) -> Mapping[Direction, datetime]:
        """Return when something of the twin last went each way."""

    def forget(self, before: datetime, limit: int = 1000) -> int:
        """Delete changes older than that, at most ``limit``; return how many."""


class ConflictRepository(Protocol):
    """Values that lost, from the conflict to what people decide about it."""

    def get(self, conflict_id: str) -> ConflictRecord:
        """Return it; raises NotFoundError."""

    def find_undecided(self, twin_ids: Collection[str]) -> Mapping[str, list[ConflictRecord]]:
        """Return by twin those that are open or wanted, the oldest first."""

    def list_of(self, twin_id: str, limit: int = 100) -> list[ConflictRecord]:
        """Return those of a twin, the newest first."""

    def count_undecided(self, twin_ids: Collection[str]) -> Mapping[str, int]:
        """Return how many are open or wanted, for the twins that have any."""

    def settle(
        self, conflict_ids: Collection[str], status: ConflictStatus, now: datetime, *, resolved_by: str | None = None
    ) -> None:
        """Move records to the status where the transition table allows it; others are left alone. Without
        ``resolved_by`` the name of who wanted it stays.
        """

    def forget_decided(self, before: datetime, limit: int = 1000) -> int:
        """Delete those restored or dismissed before that time, at most ``limit``; return how many."""

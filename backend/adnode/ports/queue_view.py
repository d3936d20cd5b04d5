"""Port to the sync queue as people look at it: its events in lanes, and samples of how it was."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from adnode.domain.errors import NotFoundError
from adnode.domain.message import QueueRow, QueueStatus
from adnode.domain.queue_event import Lane, QueueEvent, QueueSample, StoredEvent
from adnode.domain.synced_change import Direction


class EventSort(StrEnum):
    """What a list of events is sorted by. CONNECTION is by name, STATUS by the one that people see, AGE by the time of
    creation.
    """

    ID = "id"
    SEQUENCE = "sequence"
    STATUS = "status"
    CONNECTION = "connection"
    KIND = "kind"
    TWIN = "twin_id"
    WORK_ITEM = "work_item"
    AGE = "created_at"


EventPlace = tuple[str | int | datetime, str, str]
"""Where an event stands in a sorted list: what it is sorted by, its id and its connection."""


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events of an organization. Without ``finished_since`` only unfinished ones; with it also what was finished
    since then. ``statuses`` are as people see them; ``work_item_id`` is of either side.
    """

    organization_id: str
    lane: Lane
    connection_id: str = ""
    statuses: frozenset[QueueStatus] = frozenset()
    work_item_id: int | None = None
    finished_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class EventOrder:
    """How they are sorted."""

    sort: EventSort = EventSort.AGE
    is_descending: bool = False


@dataclass(frozen=True, slots=True)
class PlacedEvent:
    """An event and where it stands in the list that it came from."""

    event: QueueEvent
    place: EventPlace


def event_not_found(event_id: str) -> NotFoundError:
    """Return the error for an event that is not there, or another organization's."""
    return NotFoundError(
        f"There is no event {event_id} in the sync queue. Finished ones go after a week; list the queue again."
    )


class QueueView(Protocol):
    """Both directions of the sync queue, for people."""

    def list_rows(
        self,
        *,
        connection_id: str | None = None,
        direction: str | None = None,
        statuses: Collection[QueueStatus] | None = None,
        limit: int = 100,
    ) -> list[QueueRow]:
        """Return rows, newest first; direction is ``outgoing`` or ``incoming``."""

    def depth(self, connection_id: str) -> Mapping[str, int]:
        """Return how many rows are unsettled (outgoing: waiting or sending; incoming: applying), by direction."""

    def list_events(
        self, wanted: EventFilter, order: EventOrder, now: datetime, *, after: EventPlace | None = None, limit: int
    ) -> list[PlacedEvent]:
        """Return events that stand after the place."""

    def count_events(self, wanted: EventFilter) -> int:
        """Return how many there are in all."""

    def count_lanes(self, organization_id: str, *, connection_id: str = "") -> Mapping[Lane, int]:
        """Return how many unfinished events each lane has."""

    def get_event(
        self, organization_id: str, direction: Direction, connection_id: str, event_id: str, now: datetime
    ) -> StoredEvent:
        """Return one with its message; raises NotFoundError, for those of other organizations too."""


class QueueSampleRepository(Protocol):
    """Samples of the queue, one for each connection (that has anything to tell), direction and minute; and one for each
    organization, direction and minute in which anybody measured.
    """

    def measure(self, now: datetime) -> int:
        """Take the samples of this minute unless they are there; return how many were taken."""

    def list_samples(
        self, organization_id: str, *, connection_id: str = "", since_minute: int, minutes_each: int
    ) -> Sequence[QueueSample]:
        """Return samples, the oldest first, of all connections together or of one; so many minutes are one sample, with
        the greatest depth and age and everything that was settled.
        """

    def forget_samples(self, before_minute: int, limit: int = 1000) -> int:
        """Delete older ones, at most ``limit``; return how many."""

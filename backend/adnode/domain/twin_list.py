"""Lists of twins: what they are narrowed down by, sorted by, and what stands in a row."""

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from adnode.domain.sync_state import SUMMARY
from adnode.domain.twin import Twin, TwinStatus

TwinKey = tuple[datetime | int | str | None, str]
"""What a row is sorted by, and the twin's id."""


class TwinSort(StrEnum):
    """What a list is sorted by; twins alike in that stand by id. What is not there yet counts as the latest.

    CONNECTION takes the connections in the order in which the filter names them.
    """

    SYNCHRONIZED_AT = "synchronized_at"
    CREATED_AT = "created_at"
    WORK_ITEM_ID = "work_item_id"
    TITLE = "title"
    STATUS = "status"
    CONNECTION = "connection"


@dataclass(frozen=True, slots=True)
class TwinSearch:
    """Twins with this work item here, or that one there, or these words in the title (in any case). One must fit."""

    work_item_id: int | None = None
    remote_work_item_id: int | None = None
    title_part: str = ""


@dataclass(frozen=True, slots=True)
class TwinFilter:
    """Which twins of an organization. What is None or empty narrows nothing down; without statuses, unlinked twins are
    left out. ``has_conflict`` asks for values that lost and that nobody has decided on.
    """

    organization_id: str
    connection_ids: tuple[str, ...] = ()
    statuses: frozenset[TwinStatus] = frozenset()
    project: str = ""
    has_error: bool | None = None
    has_conflict: bool | None = None
    synchronized_after: datetime | None = None
    synchronized_before: datetime | None = None
    search: TwinSearch | None = None


@dataclass(frozen=True, slots=True)
class TwinEntry:
    """A twin as lists show it. ``title`` is the summary as last synchronized, '' before that; ``is_held`` says that it
    waits for the license plan.
    """

    id: str
    connection_id: str
    status: TwinStatus
    created_at: datetime
    work_item_id: int | None
    project: str
    title: str
    remote_work_item_id: int | None
    remote_url: str
    synchronized_at: datetime | None
    is_held: bool = False

    def key(self, sort: TwinSort) -> TwinKey:
        """Return what places the entry in a list sorted so."""
        values: dict[TwinSort, datetime | int | str | None] = {
            TwinSort.SYNCHRONIZED_AT: self.synchronized_at,
            TwinSort.CREATED_AT: self.created_at,
            TwinSort.WORK_ITEM_ID: self.work_item_id,
            TwinSort.TITLE: make_title_key(self.title),
            TwinSort.STATUS: self.status.value,
            TwinSort.CONNECTION: self.connection_id,
        }
        return values[sort], self.id


def title_of(twin: Twin) -> str:
    """Return the summary as last synchronized, '' before that."""
    register = twin.state.get(SUMMARY)
    return str(register.value) if register else ""


def entry_of(twin: Twin) -> TwinEntry:
    """Return a twin as lists show it."""
    return TwinEntry(
        id=twin.id,
        connection_id=twin.connection_id,
        status=twin.status,
        created_at=twin.created_at,
        work_item_id=twin.work_item_id,
        project=twin.project,
        title=title_of(twin),
        remote_work_item_id=twin.remote_work_item_id,
        remote_url=twin.remote_url,
        synchronized_at=twin.synchronized_at,
        is_held=twin.is_held,
    )


def make_title_key(title: str) -> str:
    """Return a title as it is sorted and searched: whatever its case and however its characters are composed."""
    return unicodedata.normalize("NFKC", title).casefold()

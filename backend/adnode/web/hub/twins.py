"""The Entity Sync Status tab: all twins, one of them in detail, and what people decide about them."""

from datetime import UTC, datetime
from typing import Annotated, Literal, TypeVar

from pydantic import AwareDatetime, StringConstraints

from adnode.domain.errors import ValidationError
from adnode.domain.twin import TwinStatus
from adnode.domain.twin_list import TwinKey, TwinSort
from adnode.services.twin_list import TwinWish
from adnode.web.hub.hub_services import HubServices
from adnode.web.hub.operations import Answer, Call, Download, Operation, declares, operations_of
from adnode.web.hub.paging import Key, make_cursor, read_cursor
from adnode.web.hub.schemas import Body, Page, PageQuery, Text
from adnode.web.hub.twin_documents import (
    ConflictDocument,
    FoundDocument,
    ListedTwinDocument,
    SyncedChangeDocument,
    TraceDocument,
    TwinDetailsDocument,
    change_document,
    conflict_document,
    details_document,
    found_document,
    listed_document,
    trace_document,
)

TAG = "Entity Sync Status"
FILE_NAME = "entity-sync-status.csv"
_ONE = "/twins/<twin_id>"
_TIMES = (TwinSort.SYNCHRONIZED_AT, TwinSort.CREATED_AT)
Item = TypeVar("Item")
Sort = Literal[
    "synchronized_at",
    "-synchronized_at",
    "created_at",
    "-created_at",
    "work_item_id",
    "-work_item_id",
    "title",
    "-title",
    "status",
    "-status",
    "connection",
    "-connection",
]
Identifiers = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_,-]{0,2000}$")]
"""Ids with commas between."""
Statuses = Annotated[str, StringConstraints(pattern=r"^[a-z_,]{0,200}$")]
"""Statuses with commas between."""


class TwinFilterQuery(Body):
    """Which pairs, and in which order. ``text`` is a number, an address of either side, or a part of the title. Without
    a status, pairs that were taken out of sync are left out.
    """

    sort: Sort = "-synchronized_at"
    connection: Identifiers = ""
    status: Statuses = ""
    project: Text = ""
    has_error: bool | None = None
    has_conflict: bool | None = None
    synchronized_after: AwareDatetime | None = None
    synchronized_before: AwareDatetime | None = None
    text: Text = ""

    @property
    def is_descending(self) -> bool:
        """Say whether the list runs backwards."""
        return self.sort.startswith("-")

    @property
    def column(self) -> TwinSort:
        """Return what the list is sorted by."""
        return TwinSort(self.sort.removeprefix("-"))

    @property
    def wish(self) -> TwinWish:
        """Return which twins are wanted; raises ValidationError for a status that there is not."""
        return TwinWish(
            connection_ids=tuple(_split(self.connection)),
            statuses=frozenset(map(_status, _split(self.status))),
            project=self.project,
            has_error=self.has_error,
            has_conflict=self.has_conflict,
            synchronized_after=self.synchronized_after,
            synchronized_before=self.synchronized_before,
            text=self.text,
        )


class TwinQuery(TwinFilterQuery, PageQuery):
    """Which page of which pairs."""


class SearchQuery(Body):
    """What somebody typed to find a work item."""

    text: Text


class TwinsTab:
    """Operations on twins."""

    def __init__(self, services: HubServices) -> None:
        self._twins = services.console.twins
        self._details = services.console.twin_details
        self._conflicts = services.console.conflicts

    @declares(Operation("GET", "/twins", "List pairs", answer=Page[ListedTwinDocument], query=TwinQuery))
    def list_pairs(self, call: Call) -> Answer:
        """Answer with a page of the pairs of all connections."""
        query = call.query(TwinQuery)
        page = self._twins.list_page(
            call.session,
            query.wish,
            query.column,
            is_descending=query.is_descending,
            after=_read_place(query.column, query.after) if query.after else None,
            limit=query.limit + 1,
        )
        shown, is_more = _cut(list(page.rows), query.limit)
        cursor = _make_cursor(shown[-1].entry.key(query.column)) if is_more else None
        items = [listed_document(row) for row in shown]
        return Answer(Page[ListedTwinDocument](items=items, next=cursor, total=page.total))

    @declares(Operation("GET", "/twins/export", "Give the pairs as a CSV file", query=TwinFilterQuery, gives_file=True))
    def export_pairs(self, call: Call) -> Answer:
        """Answer with a file of all pairs that fit."""
        query = call.query(TwinFilterQuery)
        pieces = self._twins.export(call.session, query.wish, query.column, is_descending=query.is_descending)
        return Answer(download=Download(FILE_NAME, pieces))

    @declares(Operation("GET", _ONE, "Show a pair in detail", answer=TwinDetailsDocument))
    def get_pair(self, call: Call) -> Answer:
        """Answer with everything about a pair."""
        return Answer(details_document(self._details.show(call.session, call.path["twin_id"])))

    @declares(
        Operation(
            "GET",
            f"{_ONE}/history",
            "List what went back and forth",
            answer=Page[SyncedChangeDocument],
            query=PageQuery,
        )
    )
    def list_pair_history(self, call: Call) -> Answer:
        """Answer with a page of synced changes."""
        query = call.query(PageQuery)
        after = _read_moment(query.after) if query.after else None
        page = self._details.list_changes(call.session, call.path["twin_id"], after=after, limit=query.limit + 1)
        shown, is_more = _cut(list(page.changes), query.limit)
        cursor = _make_cursor((shown[-1].at, shown[-1].id)) if is_more else None
        items = [change_document(change) for change in shown]
        return Answer(Page[SyncedChangeDocument](items=items, next=cursor, total=page.total))

    @declares(
        Operation(
            "GET",
            f"{_ONE}/traces",
            "List which comments and files stand for which",
            answer=Page[TraceDocument],
            query=PageQuery,
        )
    )
    def list_pair_traces(self, call: Call) -> Answer:
        """Answer with a page of traces."""
        query = call.query(PageQuery)
        after = _read_texts(query.after) if query.after else None
        page = self._details.list_traces(call.session, call.path["twin_id"], after=after, limit=query.limit + 1)
        shown, is_more = _cut(list(page.traces), query.limit)
        cursor = make_cursor((shown[-1].kind.value, shown[-1].key)) if is_more else None
        items = [trace_document(trace) for trace in shown]
        return Answer(Page[TraceDocument](items=items, next=cursor, total=page.total))

    @declares(Operation("POST", f"{_ONE}/sync-now", "Compare both sides at once", status=204, problems=(409,)))
    def synchronize_pair(self, call: Call) -> Answer:
        """Have a pair synchronized now."""
        self._details.synchronize_now(call.session, call.path["twin_id"])
        return Answer()

    @declares(
        Operation(
            "POST",
            "/conflicts/<conflict_id>/restore",
            "Use the value that lost, on both sides",
            answer=ConflictDocument,
            status=202,
            problems=(409,),
        )
    )
    def restore_conflict(self, call: Call) -> Answer:
        """Take the other value."""
        return Answer(conflict_document(self._conflicts.restore(call.session, call.path["conflict_id"])))

    @declares(
        Operation(
            "POST",
            "/conflicts/<conflict_id>/dismiss",
            "Leave the value that won",
            answer=ConflictDocument,
            problems=(409,),
        )
    )
    def dismiss_conflict(self, call: Call) -> Answer:
        """Close a conflict."""
        return Answer(conflict_document(self._conflicts.dismiss(call.session, call.path["conflict_id"])))

    @declares(
        Operation(
            "GET",
            "/work-items/search",
            "Find a work item by number, address or title",
            answer=FoundDocument,
            query=SearchQuery,
            problems=(502, 503),
        )
    )
    def search_work_items(self, call: Call) -> Answer:
        """Answer with the pairs of what was typed, or why there is none."""
        return Answer(found_document(self._twins.find(call.session, call.query(SearchQuery).text)))


def list_operations(services: HubServices) -> list[Operation]:
    """Return the operations of the tab."""
    return operations_of(TwinsTab(services), TAG)


def _split(text: str) -> list[str]:
    return [part for part in text.split(",") if part]


def _status(text: str) -> TwinStatus:
    try:
        return TwinStatus(text)
    except ValueError:
        known = ", ".join(status.value for status in TwinStatus)
        raise ValidationError(f"There is no status {text}. Statuses are: {known}.") from None


def _cut(items: list[Item], limit: int) -> tuple[list[Item], bool]:
    return items[:limit], len(items) > limit


def _make_cursor(key: TwinKey) -> str:
    value, item_id = key
    shown: str | int = value.isoformat() if isinstance(value, datetime) else "" if value is None else value
    return make_cursor((shown, item_id))


def _read_place(sort: TwinSort, cursor: str) -> TwinKey:
    value, item_id = _read_pair(cursor)
    if sort in _TIMES:
        return (_read_time(value) if value else None), item_id
    if sort is TwinSort.WORK_ITEM_ID:
        if value and not isinstance(value, int):
            raise _unreadable()
        return value or None, item_id
    return str(value), item_id


def _read_moment(cursor: str) -> tuple[datetime, str]:
    value, item_id = _read_pair(cursor)
    return _read_time(value), item_id


def _read_texts(cursor: str) -> tuple[str, str]:
    value, item_id = _read_pair(cursor)
    return str(value), item_id


def _read_pair(cursor: str) -> tuple[str | int, str]:
    key: Key = read_cursor(cursor)
    value, item_id = key if len(key) == 2 else ("", None)
    if not isinstance(item_id, str) or not item_id.isprintable() or isinstance(value, float):
        raise _unreadable()
    if isinstance(value, str) and not value.isprintable():
        raise _unreadable()
    return value, item_id


def _read_time(value: str | int) -> datetime:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        raise _unreadable() from None
    if moment.tzinfo is None:
        raise _unreadable()
    return moment.astimezone(UTC)


def _unreadable() -> ValidationError:
    return ValidationError("The cursor is none that this list gave out. Begin the list again.")

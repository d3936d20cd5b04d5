"""The Sync Queue tab: events in four lanes, one of them in detail, and how the queue was over time."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from adnode.domain.errors import NotFoundError, ValidationError
from adnode.domain.message import QueueStatus
from adnode.domain.queue_event import Hold, Lane, QueueEvent, QueueSample
from adnode.domain.session import Session
from adnode.domain.synced_change import ChangedThing, Direction
from adnode.ports.queue_view import EventOrder, EventPlace, EventSort
from adnode.services.sync_queue import SAMPLED_HOURS, EventDetails, EventQuery, QueueHistory
from adnode.web.hub.hub_services import HubServices
from adnode.web.hub.operations import Answer, Call, Operation, declares, operations_of
from adnode.web.hub.paging import make_cursor, read_cursor
from adnode.web.hub.schemas import ID_PATTERN, Body, Moment, Page, PageQuery, Shape

TAG = "Sync Queue"
_ONE = "/queue/<direction>/<event_key>"
_NUMBERS = (EventSort.SEQUENCE, EventSort.WORK_ITEM)
_ID_LIMIT = 64
Sort = Literal[
    "id",
    "-id",
    "sequence",
    "-sequence",
    "status",
    "-status",
    "connection",
    "-connection",
    "kind",
    "-kind",
    "twin_id",
    "-twin_id",
    "work_item",
    "-work_item",
    "created_at",
    "-created_at",
]
ConnectionId = Annotated[str, StringConstraints(pattern=rf"^$|{ID_PATTERN}")]
Number = Annotated[int, Field(ge=1, le=2**31 - 1)]


class EventListQuery(PageQuery):
    """Which events, in which order; a minus turns it round. ``work_item`` is the number of either side."""

    lane: Lane
    connection: ConnectionId = ""
    status: QueueStatus | None = None
    work_item: Number | None = None
    finished: bool = False
    sort: Sort = "created_at"

    @property
    def order(self) -> EventOrder:
        """Return the order."""
        return EventOrder(EventSort(self.sort.removeprefix("-")), self.sort.startswith("-"))

    @property
    def wanted(self) -> EventQuery:
        """Return which events are wanted."""
        statuses = frozenset({self.status}) if self.status else frozenset()
        return EventQuery(self.lane, self.connection, statuses, self.work_item, self.finished)


class LaneQuery(Body):
    """Of which connection; all without one."""

    connection: ConnectionId = ""


class HistoryQuery(LaneQuery):
    """How many hours back."""

    hours: Annotated[int, Field(ge=1, le=SAMPLED_HOURS)] = 24


class EventItem(Shape):
    """A work item of an event. ``url`` is '' while it is unknown."""

    id: str
    url: str


class EventDocument(Shape):
    """An event of the sync queue. ``key`` names it in addresses: ids are unique per connection only. ``reason`` is a
    sentence for what was cancelled; ``hold`` says what a blocked one waits for,
    ``hold_since`` since when the partner has been the reason.
    """

    key: str
    id: str
    direction: Direction
    lane: Lane
    sequence: int
    status: QueueStatus
    hold: Hold
    hold_since: Moment | None
    reason: str
    connection_id: str
    connection_name: str
    remote_name: str
    kind: str
    twin_id: str
    local: EventItem | None
    remote: EventItem | None
    created_at: Moment
    settled_at: Moment | None
    attempts: int
    last_attempt_at: Moment | None
    can_cancel: bool
    can_send_again: bool


class EventChangeDocument(Shape):
    """One thing that an event changes. ``side`` says where it was changed, '' for a third organization."""

    thing: ChangedThing
    subject: str
    text: str
    is_deleted: bool
    changed_at: Moment
    side: Literal["local", "remote", ""]


class EventErrorDocument(Shape):
    """An open error of the event's work item."""

    id: str
    code: str
    message: str
    is_remote: bool
    is_transient: bool


class EventDetailsDocument(EventDocument):
    """Everything about an event. ``document`` is the message as it travels, without anything secret and with long texts
    cut short; null when it can't be read any more.
    """

    summary: str
    changes: list[EventChangeDocument]
    errors: list[EventErrorDocument]
    document: dict[str, Any] | None


class LaneCounts(Shape):
    """How many unfinished events each lane has."""

    outgoing_sync: int
    incoming_sync: int
    outgoing_attachments: int
    incoming_attachments: int


class SampleDocument(Shape):
    """How one direction was in a stretch of time: the most that waited, the age of the oldest, what was finished."""

    at: Moment
    depth: int
    oldest_seconds: int
    settled: int


class HistoryDocument(Shape):
    """Samples of both directions, the oldest first. Each stands for so many minutes."""

    minutes_each: int
    since: Moment
    until: Moment
    outgoing: list[SampleDocument]
    incoming: list[SampleDocument]


class QueueTab:
    """Operations on the sync queue."""

    def __init__(self, services: HubServices) -> None:
        self._queue = services.console.sync_queue

    @declares(Operation("GET", "/queue", "List events of a lane", answer=Page[EventDocument], query=EventListQuery))
    def list_events(self, call: Call) -> Answer:
        """Answer with a page of events."""
        query = call.query(EventListQuery)
        after = _read_place(query.order.sort, query.after) if query.after else None
        page = self._queue.list_page(call.session, query.wanted, query.order, after=after, limit=query.limit + 1)
        shown = page.events[: query.limit]
        cursor = _make_place(shown[-1].place) if len(page.events) > query.limit else None
        items = [event_document(call.session, each.event) for each in shown]
        return Answer(Page[EventDocument](items=items, next=cursor, total=page.total))

    @declares(Operation("GET", "/queue/counts", "Count the events of each lane", answer=LaneCounts, query=LaneQuery))
    def count_events(self, call: Call) -> Answer:
        """Answer with how many unfinished events there are."""
        counts = self._queue.count_lanes(call.session, connection_id=call.query(LaneQuery).connection)
        return Answer(LaneCounts(**{lane.value: count for lane, count in counts.items()}))

    @declares(Operation("GET", "/queue/samples", "Show how the queue was", answer=HistoryDocument, query=HistoryQuery))
    def list_samples(self, call: Call) -> Answer:
        """Answer with samples of the last hours."""
        query = call.query(HistoryQuery)
        history = self._queue.history(call.session, query.hours, connection_id=query.connection)
        return Answer(_history_document(history))

    @declares(Operation("GET", _ONE, "Show an event", answer=EventDetailsDocument))
    def get_event(self, call: Call) -> Answer:
        """Answer with everything about an event."""
        return Answer(_details_document(call.session, self._queue.show(call.session, *_read_key(call))))

    @declares(Operation("POST", f"{_ONE}/cancel", "Cancel an event", answer=EventDetailsDocument, problems=(409,)))
    def cancel_event(self, call: Call) -> Answer:
        """Drop an event."""
        return Answer(_details_document(call.session, self._queue.cancel(call.session, *_read_key(call))))

    @declares(
        Operation(
            "POST",
            f"{_ONE}/send-again",
            "Send all of today's state again, or apply again what came",
            answer=EventDetailsDocument,
            status=202,
            problems=(409,),
        )
    )
    def send_event_again(self, call: Call) -> Answer:
        """Repeat an event."""
        return Answer(_details_document(call.session, self._queue.send_again(call.session, *_read_key(call))))


def list_operations(services: HubServices) -> list[Operation]:
    """Return the operations of the sync queue."""
    return operations_of(QueueTab(services), TAG)


def event_key(event: QueueEvent) -> str:
    """Return what names an event in addresses beside its direction."""
    return make_cursor((event.connection_id, event.id))


def _read_key(call: Call) -> tuple[Direction, str, str]:
    """Return direction, connection and id of the event in the path; raises NotFoundError."""
    key: tuple[object, ...] = ()
    try:
        direction = Direction(call.path["direction"])
        key = read_cursor(call.path["event_key"])
    except (ValueError, ValidationError):
        raise _no_such_event() from None
    texts = [part for part in key if isinstance(part, str) and len(part) <= _ID_LIMIT and part.isprintable()]
    if len(key) != 2 or len(texts) != 2:
        raise _no_such_event()
    return direction, texts[0], texts[1]


def _no_such_event() -> NotFoundError:
    return NotFoundError("There is no such event in the sync queue. List the queue again.")


def _make_place(place: EventPlace) -> str:
    value, event_id, connection_id = place
    told = value.isoformat() if isinstance(value, datetime) else value
    return make_cursor((told, event_id, connection_id))


def _read_place(sort: EventSort, cursor: str) -> EventPlace:
    key = read_cursor(cursor)
    value = _read_value(sort, key[0])
    rest = [part for part in key[1:] if isinstance(part, str) and "\0" not in part]
    if value is None or len(key) != 3 or len(rest) != 2:
        raise ValidationError("The cursor is none that this list gave out. Begin the list again.")
    return value, rest[0], rest[1]


def _read_value(sort: EventSort, value: object) -> str | int | datetime | None:
    if sort in _NUMBERS:
        return value if isinstance(value, int) and abs(value) < 2**53 else None
    if not isinstance(value, str) or "\0" in value:
        return None
    if sort is not EventSort.AGE:
        return value
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


def event_document(session: Session, event: QueueEvent) -> EventDocument:
    """Return an event as the page lists it."""
    return EventDocument(
        key=event_key(event),
        id=event.id,
        direction=event.direction,
        lane=event.lane,
        sequence=event.sequence,
        status=event.status,
        hold=event.hold,
        hold_since=event.hold_since,
        reason=event.reason,
        connection_id=event.connection_id,
        connection_name=event.connection_name,
        remote_name=event.remote_name,
        kind=event.kind,
        twin_id=event.twin_id,
        local=_item(event.work_item_id, f"{session.tenant.url}/_workitems/edit/{event.work_item_id}"),
        remote=_item(event.remote_work_item_id, event.remote_url),
        created_at=event.created_at,
        settled_at=event.settled_at,
        attempts=event.attempts,
        last_attempt_at=event.last_attempt_at,
        can_cancel=event.can_be_cancelled and not event.is_at_work,
        can_send_again=event.can_be_sent_again,
    )


def _item(number: int, url: str) -> EventItem | None:
    return EventItem(id=str(number), url=url) if number else None


def _details_document(session: Session, details: EventDetails) -> EventDetailsDocument:
    return EventDetailsDocument(
        **event_document(session, details.event).model_dump(),
        summary=details.summary,
        changes=[
            EventChangeDocument(
                thing=change.value.thing,
                subject=change.value.subject,
                text=change.value.text,
                is_deleted=change.value.is_deleted,
                changed_at=change.changed_at,
                side=_side(session, details, change.changed_in),
            )
            for change in details.changes
        ],
        errors=[
            EventErrorDocument(
                id=record.id,
                code=record.code,
                message=record.message,
                is_remote=record.is_remote,
                is_transient=record.is_transient,
            )
            for record in details.errors
        ],
        document=details.document,
    )


def _side(session: Session, details: EventDetails, organization_id: str) -> Literal["local", "remote", ""]:
    if organization_id == session.tenant.id:
        return "local"
    return "remote" if organization_id == details.event.remote_organization_id else ""


def _history_document(history: QueueHistory) -> HistoryDocument:
    of = {direction: [each for each in history.samples if each.direction is direction] for direction in Direction}
    return HistoryDocument(
        minutes_each=history.minutes_each,
        since=_moment(history.since_minute),
        until=_moment(history.until_minute),
        outgoing=[_sample_document(each) for each in of[Direction.OUTGOING]],
        incoming=[_sample_document(each) for each in of[Direction.INCOMING]],
    )


def _sample_document(sample: QueueSample) -> SampleDocument:
    return SampleDocument(
        at=_moment(sample.minute), depth=sample.depth, oldest_seconds=sample.oldest_seconds, settled=sample.settled
    )


def _moment(minute: int) -> datetime:
    return datetime.fromtimestamp(minute * 60, UTC)

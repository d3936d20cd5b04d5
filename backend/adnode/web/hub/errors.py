"""The Errors tab: what failed, in lists and in groups, and what people do about it."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from adnode.domain.error_advice import Place
from adnode.domain.error_record import NOTE_LIMIT, ErrorStatus, Impact, Resolution
from adnode.domain.errors import ValidationError
from adnode.ports.error_storage import ErrorFilter, ErrorKey, ErrorSort
from adnode.services.hub_errors import ErrorDetails, ErrorView, GroupView, Wish
from adnode.web.hub.hub_services import HubServices
from adnode.web.hub.operations import Answer, Call, Operation, declares, operations_of
from adnode.web.hub.paging import make_cursor, read_cursor
from adnode.web.hub.schemas import Body, Moment, Page, PageQuery, Shape, Text

TAG = "Errors"
Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{0,80}$")]
Cause = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_:-]{0,160}$")]
ConnectionId = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_-]{0,64}$")]
WorkItemId = Annotated[int, Field(ge=1, lt=2**31)]
Note = Annotated[Text, StringConstraints(min_length=1, max_length=NOTE_LIMIT)]
Sort = Literal["time", "-time", "count", "-count", "impact", "-impact"]


class ErrorFilterBody(Body):
    """Which errors; what is left out says nothing. ``cause`` picks those of one group."""

    impact: Impact | None = None
    connection_id: ConnectionId = ""
    code: Code = ""
    side: Literal["local", "remote"] | None = None
    work_item_id: WorkItemId | None = None
    search: Text = ""
    cause: Cause = ""

    def as_filter(self, status: ErrorStatus = ErrorStatus.OPEN) -> ErrorFilter:
        """Return the filter; whose errors they are is for the session to say."""
        return ErrorFilter(
            organization_id="",
            status=status,
            impact=self.impact,
            connection_id=self.connection_id,
            code=self.code,
            is_remote=None if self.side is None else self.side == "remote",
            work_item_id=self.work_item_id,
            text=self.search.strip(),
            cause_key=self.cause,
        )


class ErrorCountQuery(ErrorFilterBody):
    """Which errors are counted: open ones, or those of the history."""

    status: Literal["open", "history"] = "open"

    @property
    def wanted(self) -> ErrorFilter:
        """Return the filter."""
        return self.as_filter(ErrorStatus.OPEN if self.status == "open" else ErrorStatus.CLOSED)


class ErrorQuery(PageQuery, ErrorCountQuery):
    """Which errors, in which order; a minus turns it round."""

    sort: Sort = "-time"

    @property
    def order(self) -> ErrorSort:
        """Return what it is sorted by."""
        return ErrorSort(self.sort.removeprefix("-"))


class ResolveBody(Body):
    """Why an error is left as it is."""

    note: Note


class ResolveManyBody(ErrorFilterBody):
    """Which errors are left as they are, and why. At least one thing has to be said about which."""

    note: Note


class ErrorItem(Shape):
    """An error. ``opened_at`` and ``last_seen_at`` are the first and the last time that it happened; ``side`` tells
    where. ``retrying`` says that somebody had it tried again and the outcome is not known.
    """

    id: str
    impact: Impact
    status: Literal["open", "history"]
    code: str
    message: str
    connection_id: str | None
    connection_name: str | None
    partner: str | None
    work_item_id: str | None
    url: str | None
    side: Literal["local", "remote"]
    occurrences: int
    opened_at: Moment
    last_seen_at: Moment
    closed_at: Moment | None
    is_transient: bool
    retrying: bool
    resolution: Resolution
    cause: str


class ErrorGroupItem(Shape):
    """Errors of one cause: one of them, how many there are on how many work items, how often it happened in all, and
    when the oldest and the newest came.
    """

    cause: str
    records: int
    work_items: int
    occurrences: int
    oldest_at: Moment
    newest_at: Moment
    sample: ErrorItem


class AdviceDocument(Shape):
    """What to do next, and where."""

    step: str
    place: Place


class ErrorDetailsDocument(Shape):
    """Everything about one error. ``technical`` is for whoever looks into it; there is nothing secret in it."""

    error: ErrorItem
    blocks: str
    advice: AdviceDocument
    can_retry: bool
    same_cause: int
    subject: str
    remote_url: str | None
    correlation_id: str
    technical: str
    resolved_by: str
    note: str
    retried_at: Moment | None


class GraveError(Shape):
    """An open error that stops more than single things."""

    id: str
    impact: Impact
    message: str
    opened_at: Moment


class ErrorCountsDocument(Shape):
    """How many errors there are, by impact and by code; and the newest one that stops more than single things.
    ``proposals`` counts what waits for a yes or no of this side, over all connections, ``conflicting`` the pairs with a
    value that lost and that nobody has decided on.
    """

    total: int
    impacts: dict[Impact, int]
    codes: dict[str, int]
    newest_grave: GraveError | None
    proposals: int
    conflicting: int


class ErrorCount(Shape):
    """How many errors that concerned."""

    count: int


class ErrorsTab:
    """Operations on error records."""

    def __init__(self, services: HubServices) -> None:
        self._errors = services.console.errors
        self._proposals = services.console.proposals
        self._twins = services.console.twins

    @declares(Operation("GET", "/errors", "List errors", answer=Page[ErrorItem], query=ErrorQuery, is_conditional=True))
    def list_errors(self, call: Call) -> Answer:
        """Answer with a page of errors."""
        query = call.query(ErrorQuery)
        views, total = self._errors.list_views(call.session, query.wanted, _wish(query))
        shown = views[: query.limit]
        cursor = _cursor(query.order.key(shown[-1].record)) if len(views) > query.limit else None
        return Answer(Page[ErrorItem](items=[_item(view) for view in shown], next=cursor, total=total))

    @declares(
        Operation(
            "GET",
            "/errors/groups",
            "List errors, those of one cause together",
            answer=Page[ErrorGroupItem],
            query=ErrorQuery,
            is_conditional=True,
        )
    )
    def list_error_groups(self, call: Call) -> Answer:
        """Answer with a page of groups."""
        query = call.query(ErrorQuery)
        groups, total = self._errors.list_groups(call.session, query.wanted, _wish(query))
        shown = groups[: query.limit]
        cursor = _cursor(query.order.group_key(shown[-1].group)) if len(groups) > query.limit else None
        return Answer(Page[ErrorGroupItem](items=[_group_item(each) for each in shown], next=cursor, total=total))

    @declares(
        Operation(
            "GET",
            "/errors/counts",
            "Count errors by impact and by code",
            answer=ErrorCountsDocument,
            query=ErrorCountQuery,
            is_conditional=True,
        )
    )
    def count_errors(self, call: Call) -> Answer:
        """Answer with numbers."""
        counts = self._errors.count(call.session, call.query(ErrorCountQuery).wanted)
        grave = counts.newest_grave
        return Answer(
            ErrorCountsDocument(
                total=counts.total,
                impacts={impact: counts.impacts.get(impact, 0) for impact in Impact},
                codes=dict(sorted(counts.codes.items())),
                newest_grave=None
                if grave is None
                else GraveError(id=grave.id, impact=grave.impact, message=grave.message, opened_at=grave.opened_at),
                proposals=self._proposals.count_open(call.session),
                conflicting=self._twins.count_conflicting(call.session),
            )
        )

    @declares(Operation("GET", "/errors/<error_id>", "Show one", answer=ErrorDetailsDocument, is_conditional=True))
    def get_error(self, call: Call) -> Answer:
        """Answer with everything about an error."""
        return Answer(_details(self._errors.show(call.session, call.path["error_id"])))

    @declares(
        Operation(
            "POST",
            "/errors/retry",
            "Try again everything open that matches; it goes on after the answer",
            answer=ErrorCount,
            status=202,
            body=ErrorFilterBody,
        )
    )
    def retry_errors(self, call: Call) -> Answer:
        """Retry what matches."""
        count = self._errors.retry_all(call.session, call.body(ErrorFilterBody).as_filter())
        return Answer(ErrorCount(count=count))

    @declares(
        Operation(
            "POST",
            "/errors/<error_id>/resolve",
            "Close one without applying what failed; the sides may differ from then on",
            status=204,
            body=ResolveBody,
            problems=(409,),
        )
    )
    def resolve_error(self, call: Call) -> Answer:
        """Resolve one."""
        self._errors.resolve(call.session, call.path["error_id"], call.body(ResolveBody).note)
        return Answer()

    @declares(
        Operation(
            "POST",
            "/errors/resolve",
            "Close everything open that matches without applying what failed",
            answer=ErrorCount,
            body=ResolveManyBody,
        )
    )
    def resolve_errors(self, call: Call) -> Answer:
        """Resolve what matches."""
        body = call.body(ResolveManyBody)
        wanted = body.as_filter()
        if wanted == ErrorFilter(organization_id=""):
            raise ValidationError("Say which errors: everything at once is not resolved. Open a group, or filter.")
        return Answer(ErrorCount(count=self._errors.resolve_all(call.session, wanted, body.note)))


def list_operations(services: HubServices) -> list[Operation]:
    """Return the operations of the tab."""
    return operations_of(ErrorsTab(services), TAG)


def _wish(query: ErrorQuery) -> Wish:
    return Wish(
        sort=query.order,
        is_descending=query.sort.startswith("-"),
        after=_read_place(query.order, query.after) if query.after else None,
        limit=query.limit + 1,
    )


def _cursor(key: ErrorKey) -> str:
    return make_cursor(tuple(part.isoformat() if isinstance(part, datetime) else part for part in key))


def _read_place(sort: ErrorSort, cursor: str) -> ErrorKey:
    """Return the key in a cursor; raises ValidationError for one that another order gave out, too."""
    length = 2 if sort is ErrorSort.TIME else 3
    key = read_cursor(cursor)
    *numbers, at, place = key if len(key) == length else ("",) * length
    try:
        moment = datetime.fromisoformat(str(at))
    except ValueError:
        moment = None
    is_whole = all(isinstance(number, int) and abs(number) < 2**62 for number in numbers)
    if moment is None or moment.tzinfo is None or not is_whole or not str(place).isprintable():
        raise ValidationError("The cursor is none that this list gave out. Begin the list again.")
    return (*(int(number) for number in numbers), moment, str(place))


def _item(view: ErrorView) -> ErrorItem:
    record = view.record
    return ErrorItem(
        id=record.id,
        impact=record.impact,
        status="open" if record.status is ErrorStatus.OPEN else "history",
        code=record.code,
        message=record.message,
        connection_id=record.connection_id or None,
        connection_name=view.connection_name or None,
        partner=view.partner or None,
        work_item_id=None if record.work_item_id is None else str(record.work_item_id),
        url=view.url or None,
        side="remote" if record.is_remote else "local",
        occurrences=record.occurrences,
        opened_at=record.opened_at,
        last_seen_at=record.last_seen_at,
        closed_at=record.closed_at,
        is_transient=record.is_transient,
        retrying=record.status is ErrorStatus.OPEN and record.retried_at is not None,
        resolution=record.resolution,
        cause=record.cause_key,
    )


def _group_item(view: GroupView) -> ErrorGroupItem:
    group = view.group
    return ErrorGroupItem(
        cause=group.cause_key,
        records=group.records,
        work_items=group.work_items,
        occurrences=group.occurrences,
        oldest_at=group.oldest_at,
        newest_at=group.newest_at,
        sample=_item(view.sample),
    )


def _details(details: ErrorDetails) -> ErrorDetailsDocument:
    record = details.view.record
    return ErrorDetailsDocument(
        error=_item(details.view),
        blocks=details.blocks,
        advice=AdviceDocument(step=details.advice.step, place=details.advice.place),
        can_retry=details.can_retry,
        same_cause=details.same_cause,
        subject=record.subject,
        remote_url=details.remote_url or None,
        correlation_id=record.correlation_id,
        technical=record.technical,
        resolved_by=record.resolved_by,
        note=record.note,
        retried_at=record.retried_at,
    )

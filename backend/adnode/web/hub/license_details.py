"""License Details: the plan, the pairs of each month and connection, and what waits."""

from datetime import datetime

from adnode.domain.errors import ValidationError
from adnode.domain.usage import Usage
from adnode.services.usage import HeldItem, LicenseReport
from adnode.services.usage_file import usage_file
from adnode.web.hub.hub_services import HubServices
from adnode.web.hub.operations import Answer, Call, Download, Operation, declares, operations_of
from adnode.web.hub.paging import make_cursor, read_cursor
from adnode.web.hub.schemas import Moment, Page, PageQuery, Shape

TAG = "License"


class MonthDocument(Shape):
    """A month (``YYYY-MM`` of UTC) and the pairs that all connections made in it."""

    month: str
    pairs: int


class LicenseDocument(Shape):
    """The plan and this month. ``limit`` and ``remaining`` are null without a limit."""

    plan: str
    limit: int | None
    month: str
    used: int
    remaining: int | None
    resets_at: Moment
    held: int
    months: list[MonthDocument]


class UsageDocument(Shape):
    """Pairs of a connection in a month; both may be long gone. The destination is null when it was never known."""

    month: str
    connection_id: str
    connection_name: str
    destination: str | None
    pairs: int


class HeldDocument(Shape):
    """A work item that waits for the plan. What the partner put under sync has none here yet, and its own there."""

    twin_id: str
    connection_id: str
    connection_name: str
    work_item_id: str | None
    url: str | None
    remote_work_item_id: str | None
    remote_url: str | None
    waits_since: Moment


class LicenseTab:
    """Operations on the plan."""

    def __init__(self, services: HubServices) -> None:
        self._usage = services.console.usage

    @declares(
        Operation("GET", "/license", "Show the plan and its use", answer=LicenseDocument, is_conditional=True),
    )
    def get_license(self, call: Call) -> Answer:
        """Answer with the plan."""
        return Answer(_license_document(self._usage.report(call.session)))

    @declares(
        Operation(
            "GET",
            "/license/usage",
            "List the pairs of each month and connection, the newest month first",
            answer=Page[UsageDocument],
            query=PageQuery,
        )
    )
    def list_usage(self, call: Call) -> Answer:
        """Answer with a page of usage."""
        query = call.query(PageQuery)
        after = _usage_place(query.after) if query.after else None
        page = self._usage.list_usage(call.session, after=after, limit=query.limit + 1)
        shown = page.items[: query.limit]
        is_more = len(page.items) > query.limit
        cursor = make_cursor((shown[-1].month, shown[-1].pairs, shown[-1].connection_id)) if is_more else None
        items = [_usage_document(usage) for usage in shown]
        return Answer(Page[UsageDocument](items=items, next=cursor, total=page.total))

    @declares(
        Operation(
            "GET",
            "/license/held",
            "List the work items that wait for the plan, the next one first",
            answer=Page[HeldDocument],
            query=PageQuery,
        )
    )
    def list_held(self, call: Call) -> Answer:
        """Answer with a page of the line."""
        query = call.query(PageQuery)
        after = _held_place(query.after) if query.after else None
        page = self._usage.list_held(call.session, after=after, limit=query.limit + 1)
        shown = page.items[: query.limit]
        is_more = len(page.items) > query.limit
        cursor = make_cursor((shown[-1].twin.created_at.isoformat(), shown[-1].twin.id)) if is_more else None
        items = [_held_document(item) for item in shown]
        return Answer(Page[HeldDocument](items=items, next=cursor, total=page.total))

    @declares(Operation("GET", "/license/export", "Download all usage as CSV", gives_file=True))
    def export_usage(self, call: Call) -> Answer:
        """Answer with a CSV file."""
        return Answer(download=Download("adnode-usage.csv", usage_file(self._usage.export(call.session))))


def list_operations(services: HubServices) -> list[Operation]:
    """Return the operations on the plan."""
    return operations_of(LicenseTab(services), TAG)


def _license_document(report: LicenseReport) -> LicenseDocument:
    return LicenseDocument(
        plan=report.plan.name,
        limit=report.plan.pairs_per_month,
        month=report.month,
        used=report.used,
        remaining=report.remaining,
        resets_at=report.resets_at,
        held=report.held,
        months=[MonthDocument(month=one.month, pairs=one.pairs) for one in report.months],
    )


def _usage_document(usage: Usage) -> UsageDocument:
    return UsageDocument(
        month=usage.month,
        connection_id=usage.connection_id,
        connection_name=usage.connection_name,
        destination=usage.destination or None,
        pairs=usage.pairs,
    )


def _held_document(item: HeldItem) -> HeldDocument:
    twin = item.twin
    return HeldDocument(
        twin_id=twin.id,
        connection_id=twin.connection_id,
        connection_name=item.connection_name,
        work_item_id=None if twin.work_item_id is None else str(twin.work_item_id),
        url=item.url or None,
        remote_work_item_id=None if twin.remote_work_item_id is None else str(twin.remote_work_item_id),
        remote_url=twin.remote_url or None,
        waits_since=twin.created_at,
    )


def _usage_place(cursor: str) -> tuple[str, int, str]:
    match read_cursor(cursor):
        case (str(month), int(pairs), str(connection_id)) if _is_plain(month, connection_id) and abs(pairs) < 2**62:
            return month, pairs, connection_id
    raise _unreadable()


def _held_place(cursor: str) -> tuple[datetime, str]:
    match read_cursor(cursor):
        case (str(text), str(twin_id)) if _is_plain(twin_id):
            try:
                moment = datetime.fromisoformat(text)
            except ValueError:
                raise _unreadable() from None
            if moment.tzinfo is not None:
                return moment, twin_id
    raise _unreadable()


def _is_plain(*texts: str) -> bool:
    return all(text.isprintable() and text.isascii() for text in texts)


def _unreadable() -> ValidationError:
    return ValidationError("The cursor is none that this list gave out. Begin the list again.")

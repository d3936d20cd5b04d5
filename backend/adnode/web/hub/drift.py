"""Drift: comparing all pairs of a connection, what differs, and repairing it."""

from typing import Annotated

from pydantic import Field

from adnode.domain.drift import DriftKind, Finding
from adnode.domain.errors import ValidationError
from adnode.web.hub.hub_services import HubServices
from adnode.web.hub.jobs import JobDocument, job_document
from adnode.web.hub.operations import Answer, Call, Operation, declares, operations_of
from adnode.web.hub.paging import make_cursor, read_cursor
from adnode.web.hub.schemas import Body, Identifier, Moment, Page, PageQuery, Shape

TAG = "Drift"
_OF_CONNECTION = "/connections/<connection_id>/drift"


class FindingDocument(Shape):
    """Something that the two sides no longer have in common."""

    id: str
    kind: DriftKind
    twin_id: str | None
    work_item_id: str | None
    work_item_url: str | None
    remote_work_item_id: str | None
    detail: str
    keys: list[str]
    found_at: Moment


class DriftReportDocument(Shape):
    """The last comparison and the last deep one, null before the first, and how much of each kind is open."""

    comparison: JobDocument | None
    deep_comparison: JobDocument | None
    counts: dict[DriftKind, int]


class FindingQuery(PageQuery):
    """Which findings."""

    kind: DriftKind | None = None


class RepairBody(Body):
    """Which findings; null for all that are open."""

    finding_ids: Annotated[list[Identifier], Field(min_length=1, max_length=200)] | None = None


class DriftTab:
    """Operations on comparisons."""

    def __init__(self, services: HubServices) -> None:
        self._drift = services.console.drift

    @declares(
        Operation("GET", f"{_OF_CONNECTION}/report", "Say what the last comparison found", answer=DriftReportDocument)
    )
    def get_drift_report(self, call: Call) -> Answer:
        """Answer with the last comparison."""
        report = self._drift.report(call.session, call.path["connection_id"])
        last, deep = (job_document(job) if job else None for job in (report.comparison, report.deep_comparison))
        return Answer(DriftReportDocument(comparison=last, deep_comparison=deep, counts=dict(report.counts)))

    @declares(Operation("GET", _OF_CONNECTION, "List what differs", answer=Page[FindingDocument], query=FindingQuery))
    def list_drift(self, call: Call) -> Answer:
        """Answer with a page of findings."""
        query = call.query(FindingQuery)
        page = self._drift.list_page(
            call.session,
            call.path["connection_id"],
            kinds=None if query.kind is None else [query.kind],
            after=_read_place(query.after) if query.after else None,
            limit=query.limit + 1,
        )
        shown = page.findings[: query.limit]
        is_more = len(page.findings) > query.limit
        cursor = make_cursor((shown[-1].kind.value, shown[-1].id)) if is_more else None
        items = [_finding_document(finding, call.session.tenant.url) for finding in shown]
        return Answer(Page[FindingDocument](items=items, next=cursor, total=page.total))

    @declares(
        Operation(
            "POST",
            f"{_OF_CONNECTION}/compare",
            "Compare all pairs of a connection",
            answer=JobDocument,
            status=202,
            problems=(409,),
        )
    )
    def start_comparison(self, call: Call) -> Answer:
        """Start a comparison, or answer with the one that is under way."""
        return Answer(job_document(self._drift.compare(call.session, call.path["connection_id"])))

    @declares(
        Operation(
            "POST",
            f"{_OF_CONNECTION}/compare-in-depth",
            "Read everything of all pairs, comments too, and send what was missed here",
            answer=JobDocument,
            status=202,
            problems=(409,),
        )
    )
    def start_deep_comparison(self, call: Call) -> Answer:
        """Start a deep comparison, or answer with the one that is under way."""
        return Answer(job_document(self._drift.compare(call.session, call.path["connection_id"], is_deep=True)))

    @declares(
        Operation(
            "POST",
            f"{_OF_CONNECTION}/repair",
            "Repair what differs",
            answer=JobDocument,
            status=202,
            body=RepairBody,
            problems=(409,),
        )
    )
    def repair_drift(self, call: Call) -> Answer:
        """Start a repair."""
        finding_ids = call.body(RepairBody).finding_ids
        return Answer(job_document(self._drift.repair(call.session, call.path["connection_id"], finding_ids)))


def list_operations(services: HubServices) -> list[Operation]:
    """Return the operations on drift."""
    return operations_of(DriftTab(services), TAG)


def _read_place(cursor: str) -> tuple[str, str]:
    key = read_cursor(cursor)
    if len(key) != 2 or not all(isinstance(part, str) and part.isprintable() for part in key):
        raise ValidationError("The cursor is none that this list gave out. Begin the list again.")
    return str(key[0]), str(key[1])


def _finding_document(finding: Finding, organization_url: str) -> FindingDocument:
    number = finding.work_item_id
    return FindingDocument(
        id=finding.id,
        kind=finding.kind,
        twin_id=finding.twin_id or None,
        work_item_id=None if number is None else str(number),
        work_item_url=None if number is None else f"{organization_url}/_workitems/edit/{number}",
        remote_work_item_id=None if finding.remote_work_item_id is None else str(finding.remote_work_item_id),
        detail=finding.detail,
        keys=list(finding.keys),
        found_at=finding.found_at,
    )

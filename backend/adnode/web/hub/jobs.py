"""Jobs: long work on many work items. Their progress, their rows, and how people steer them; bulk work by a query."""

from datetime import datetime
from typing import Annotated

from pydantic import StringConstraints

from adnode.domain.errors import ValidationError
from adnode.domain.job import Job, JobKind, JobRow, JobStatus, RowOutcome
from adnode.domain.trigger import CONDITION_LIMIT
from adnode.web.hub.hub_services import HubServices
from adnode.web.hub.operations import Answer, Call, Download, Operation, declares, operations_of
from adnode.web.hub.paging import make_cursor, read_cursor
from adnode.web.hub.schemas import Body, Moment, Page, PageQuery, Shape, StorableText, Text

TAG = "Jobs"
_ONE = "/jobs/<job_id>"
_OF_CONNECTION = "/connections/<connection_id>"
_KINDS = ", ".join(JobKind)
Condition = Annotated[StorableText, StringConstraints(max_length=2 * CONDITION_LIMIT)]


class JobDocument(Shape):
    """A job. ``counts`` are rows by outcome, those that there are; ``total`` may grow until it ``is_listed``.

    ``error_message`` says why it failed, or what it waits for until ``retry_at``.
    """

    id: str
    kind: JobKind
    status: JobStatus
    title: str
    connection_id: str | None
    created_at: Moment
    created_by: str
    started_at: Moment | None
    finished_at: Moment | None
    is_listed: bool
    total: int
    counts: dict[RowOutcome, int]
    error_code: str
    error_message: str
    retry_at: Moment | None


class JobRowDocument(Shape):
    """A row of a job: one thing to do. ``number`` counts from 1; in a job made from a file it is the line."""

    number: int
    work_item_id: str | None
    work_item_url: str | None
    remote_work_item_id: str | None
    outcome: RowOutcome
    message: str


class JobQuery(PageQuery):
    """Which jobs: of which kinds, separated by commas, and of which connection; '' for all."""

    kind: Text = ""
    connection_id: Text = ""


class RowQuery(PageQuery):
    """Which rows of a job."""

    outcome: RowOutcome | None = None


class BulkBody(Body):
    """Which work items of the connection's project: the WHERE part of WIQL, null for all of them."""

    query: Condition | None = None


class JobTab:
    """Operations on jobs."""

    def __init__(self, services: HubServices) -> None:
        self._jobs = services.console.jobs
        self._bulk = services.console.bulk

    @declares(Operation("GET", "/jobs", "List jobs", answer=Page[JobDocument], query=JobQuery))
    def list_jobs(self, call: Call) -> Answer:
        """Answer with a page of jobs, the newest first."""
        query = call.query(JobQuery)
        page = self._jobs.list_page(
            call.session,
            kinds=_read_kinds(query.kind),
            connection_id=query.connection_id,
            after=_read_place(query.after) if query.after else None,
            limit=query.limit + 1,
        )
        shown = page.jobs[: query.limit]
        is_more = len(page.jobs) > query.limit
        cursor = make_cursor((shown[-1].created_at.isoformat(), shown[-1].id)) if is_more else None
        return Answer(Page[JobDocument](items=[job_document(job) for job in shown], next=cursor, total=page.total))

    @declares(Operation("GET", _ONE, "Say how far a job is", answer=JobDocument))
    def get_job(self, call: Call) -> Answer:
        """Answer with one job."""
        return Answer(job_document(self._jobs.show(call.session, call.path["job_id"])))

    @declares(
        Operation("POST", f"{_ONE}/pause", "Let no further row of a job begin", answer=JobDocument, problems=(409,))
    )
    def pause_job(self, call: Call) -> Answer:
        """Pause a job."""
        return Answer(job_document(self._jobs.pause(call.session, call.path["job_id"])))

    @declares(Operation("POST", f"{_ONE}/resume", "Let a paused job go on", answer=JobDocument, problems=(409,)))
    def resume_job(self, call: Call) -> Answer:
        """Resume a job."""
        return Answer(job_document(self._jobs.resume(call.session, call.path["job_id"])))

    @declares(
        Operation(
            "POST",
            f"{_ONE}/cancel",
            "End a job: what it has begun goes on, what it has not never begins",
            answer=JobDocument,
            problems=(409,),
        )
    )
    def cancel_job(self, call: Call) -> Answer:
        """Cancel a job."""
        return Answer(job_document(self._jobs.cancel(call.session, call.path["job_id"])))

    @declares(Operation("GET", f"{_ONE}/rows", "List the rows of a job", answer=Page[JobRowDocument], query=RowQuery))
    def list_job_rows(self, call: Call) -> Answer:
        """Answer with a page of rows."""
        query = call.query(RowQuery)
        page = self._jobs.list_rows(
            call.session,
            call.path["job_id"],
            outcomes=None if query.outcome is None else [query.outcome],
            after=_read_number(query.after) if query.after else 0,
            limit=query.limit + 1,
        )
        shown = page.rows[: query.limit]
        cursor = make_cursor((shown[-1].number,)) if len(page.rows) > query.limit else None
        items = [_row_document(row, call.session.tenant.url) for row in shown]
        return Answer(Page[JobRowDocument](items=items, next=cursor, total=page.total))

    @declares(Operation("GET", f"{_ONE}/result", "Download what became of every row", gives_file=True))
    def get_job_result(self, call: Call) -> Answer:
        """Answer with a CSV file."""
        job_id = call.path["job_id"]
        return Answer(download=Download(f"job-{job_id}.csv", self._jobs.result(call.session, job_id)))

    @declares(
        Operation(
            "POST",
            f"{_OF_CONNECTION}/bulk-exalate",
            "Put all work items of the project under sync that match",
            answer=JobDocument,
            status=202,
            body=BulkBody,
            problems=(409,),
        )
    )
    def bulk_exalate_query(self, call: Call) -> Answer:
        """Start a Bulk Exalate."""
        condition = call.body(BulkBody).query or ""
        return Answer(job_document(self._bulk.exalate_matches(call.session, call.path["connection_id"], condition)))

    @declares(
        Operation(
            "POST",
            f"{_OF_CONNECTION}/bulk-unexalate",
            "Take all work items of the project out of sync that match",
            answer=JobDocument,
            status=202,
            body=BulkBody,
            problems=(409,),
        )
    )
    def bulk_unexalate_query(self, call: Call) -> Answer:
        """Start a Bulk Unexalate."""
        condition = call.body(BulkBody).query or ""
        return Answer(job_document(self._bulk.unexalate_matches(call.session, call.path["connection_id"], condition)))


def list_operations(services: HubServices) -> list[Operation]:
    """Return the operations on jobs."""
    return operations_of(JobTab(services), TAG)


def job_document(job: Job) -> JobDocument:
    """Return a job as pages see it."""
    is_put_off = job.status is JobStatus.WAITING and bool(job.error_code)
    return JobDocument(
        id=job.id,
        kind=job.kind,
        status=job.status,
        title=job.title,
        connection_id=job.connection_id or None,
        created_at=job.created_at,
        created_by=job.created_by,
        started_at=job.started_at,
        finished_at=job.finished_at,
        is_listed=job.is_listed,
        total=job.total,
        counts=dict(job.counts),
        error_code=job.error_code,
        error_message=job.error_message,
        retry_at=job.due_at if is_put_off else None,
    )


def _row_document(row: JobRow, organization_url: str) -> JobRowDocument:
    number = row.work_item_id
    return JobRowDocument(
        number=row.number,
        work_item_id=None if number is None else str(number),
        work_item_url=None if number is None else f"{organization_url}/_workitems/edit/{number}",
        remote_work_item_id=None if row.remote_work_item_id is None else str(row.remote_work_item_id),
        outcome=row.outcome,
        message=row.message,
    )


def _read_kinds(text: str) -> list[JobKind] | None:
    names = [name.strip() for name in text.split(",") if name.strip()]
    try:
        return [JobKind(name) for name in names] or None
    except ValueError:
        raise ValidationError(f"kind names what there is no job for. There are: {_KINDS}.") from None


def _read_place(cursor: str) -> tuple[datetime, str]:
    key = read_cursor(cursor)
    try:
        at, job_id = key
        moment = datetime.fromisoformat(str(at))
    except ValueError:
        raise _unreadable() from None
    if moment.tzinfo is None or not isinstance(job_id, str) or not job_id.isprintable():
        raise _unreadable()
    return moment, job_id


def _read_number(cursor: str) -> int:
    key = read_cursor(cursor)
    if len(key) != 1 or not isinstance(key[0], int) or not 0 <= key[0] < 2**31:
        raise _unreadable()
    return key[0]


def _unreadable() -> ValidationError:
    return ValidationError("The cursor is none that this list gave out. Begin the list again.")

"""Bulk connect: checking files of pairs, and connecting what they say."""

from typing import Annotated

from pydantic import StringConstraints

from adnode.domain.bulk_connect import CheckedFile, CheckedRow, Verdict
from adnode.domain.connecting import KeptContent
from adnode.domain.pair_file import FILE_LIMIT_BYTES, TEMPLATE
from adnode.services.bulk_connect import ConnectOptions
from adnode.web.hub.hub_services import HubServices
from adnode.web.hub.jobs import JobDocument, job_document
from adnode.web.hub.operations import Answer, Call, Download, Operation, declares, operations_of
from adnode.web.hub.schemas import Body, Shape, StorableText

TAG = "Bulk connect"
_OF_CONNECTION = "/connections/<connection_id>/bulk-connect"
SHOWN_PROBLEMS = 200
"""Lines that can't be connected and are named in an answer; a file with more is better mended first."""


class CheckedRowDocument(Shape):
    """A line of the file that can't be connected."""

    line: int
    local_work_item_id: str | None
    remote_work_item_id: str | None
    verdict: Verdict
    reason: str


class CheckDocument(Shape):
    """What a file says, and what stands against connecting it. Only the first ``problems`` are named; ``counts`` has
    all lines by verdict. Work items of the other side are checked there, when they are connected.
    """

    encoding: str
    delimiter: str
    total: int
    counts: dict[Verdict, int]
    problems: list[CheckedRowDocument]


class ConnectQuery(Body):
    """How the rows are connected: whose title, description and type stand (``both``: each keeps its own), whether
    comments and attachments that are there travel, and whether wrong rows are skipped.
    """

    content: KeptContent = KeptContent.BOTH
    comments: bool = False
    attachments: bool = False
    skip_wrong: bool = False
    file_name: Annotated[StorableText, StringConstraints(max_length=260)] = ""


class BulkConnectTab:
    """Operations of bulk connect."""

    def __init__(self, services: HubServices) -> None:
        self._bulk_connect = services.console.bulk_connect

    @declares(
        Operation("GET", "/bulk-connect/template", "Download an empty file of pairs with its header", gives_file=True)
    )
    def get_pair_template(self, _call: Call) -> Answer:
        """Answer with the template."""
        return Answer(download=Download("bulk-connect-template.csv", [TEMPLATE]))

    @declares(
        Operation(
            "POST",
            f"{_OF_CONNECTION}/check",
            "Check a file of pairs without connecting anything",
            answer=CheckDocument,
            upload_bytes=FILE_LIMIT_BYTES,
            rate="pair_file",
            problems=(409, 502, 503),
        )
    )
    def check_pairs(self, call: Call) -> Answer:
        """Answer with what stands against the rows."""
        return Answer(_check_document(self._bulk_connect.check(call.session, call.path["connection_id"], call.upload)))

    @declares(
        Operation(
            "POST",
            _OF_CONNECTION,
            "Connect the pairs of a file",
            answer=JobDocument,
            status=202,
            query=ConnectQuery,
            upload_bytes=FILE_LIMIT_BYTES,
            rate="pair_file",
            problems=(409, 502, 503),
        )
    )
    def connect_pairs(self, call: Call) -> Answer:
        """Start the job."""
        query = call.query(ConnectQuery)
        options = ConnectOptions(query.content, query.comments, query.attachments, query.skip_wrong)
        connection_id = call.path["connection_id"]
        job = self._bulk_connect.start(call.session, connection_id, call.upload, options, query.file_name)
        return Answer(job_document(job))


def list_operations(services: HubServices) -> list[Operation]:
    """Return the operations of bulk connect."""
    return operations_of(BulkConnectTab(services), TAG)


def _check_document(checked: CheckedFile) -> CheckDocument:
    return CheckDocument(
        encoding=checked.encoding.value,
        delimiter=checked.delimiter,
        total=len(checked.rows),
        counts=dict(checked.counts),
        problems=[_row_document(row) for row in checked.problems[:SHOWN_PROBLEMS]],
    )


def _row_document(row: CheckedRow) -> CheckedRowDocument:
    return CheckedRowDocument(
        line=row.line,
        local_work_item_id=None if row.work_item_id is None else str(row.work_item_id),
        remote_work_item_id=None if row.remote_work_item_id is None else str(row.remote_work_item_id),
        verdict=row.verdict,
        reason=row.reason,
    )

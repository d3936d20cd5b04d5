"""Proposals: what the partner asks for, what this side asks for, and the answers."""

from collections.abc import Collection
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from adnode.domain.connecting import KeptContent
from adnode.domain.errors import ValidationError
from adnode.domain.proposal import UNDECIDED, ProposalDirection, ProposalKind, ProposalRow, ProposalStatus
from adnode.services.consent.pairs import make_remote_url
from adnode.services.consent.proposals import DecisionResult, ProposalView, RowView
from adnode.web.hub.hub_services import HubServices
from adnode.web.hub.operations import Answer, Call, Operation, declares, operations_of
from adnode.web.hub.paging import make_cursor, read_cursor
from adnode.web.hub.schemas import Body, Moment, Page, PageQuery, Shape, Text
from adnode.web.hub.triggers import ConnectionId

TAG = "Proposals"
_ONE = "/proposals/<proposal_id>"
_DECIDED_PROBLEMS = (409, 502, 503)
NOTE_LIMIT = 500
"""Characters of what the partner is told with a no at most."""


class OwnWorkItemDocument(Shape):
    """Our work item, read just now for the person who looks: the partner sees nothing of it before a yes. Title, type
    and project are null where it can't be read, and in lists.
    """

    id: str
    url: str
    title: str | None
    type: str | None
    project: str | None


class AskedWorkItemDocument(Shape):
    """The partner's work item; title and type are as the partner tells them, null where it told none."""

    id: str
    url: str
    title: str | None
    type: str | None


class ProposalRowDocument(Shape):
    """A pair that is asked for."""

    number: int
    status: ProposalStatus
    message: str
    local: OwnWorkItemDocument
    remote: AskedWorkItemDocument


class ProposalDocument(Shape):
    """A proposal. ``direction`` incoming: the partner asks. ``content`` says whose title, description and type would
    stand, null where both are merged; ``first`` is its first row, ``counts`` how many rows stand where.
    """

    id: str
    connection_id: str
    connection_name: str
    partner: str
    direction: ProposalDirection
    kind: ProposalKind
    status: ProposalStatus
    asked_by: str
    asked_at: Moment
    content: KeptContent | None
    comments: bool
    attachments: bool
    total: int
    counts: dict[ProposalStatus, int]
    first: ProposalRowDocument | None
    decided_at: Moment | None
    decided_by: str


class ProposalDetailsDocument(ProposalDocument):
    """A proposal with a page of its rows, both titles side by side."""

    rows: Page[ProposalRowDocument]


class DecisionDocument(Shape):
    """What came of a decision: how many rows it concerned, and why others stay open."""

    count: int
    obstacles: list[str]


class ProposalQuery(PageQuery):
    """Which proposals; the newest come first. ``undecided`` stands for all statuses in which somebody has to decide."""

    connection_id: ConnectionId = ""
    direction: ProposalDirection | None = None
    status: ProposalStatus | Literal["undecided"] | None = None


class SomeRowsBody(Body):
    """Which rows are meant; null for all that are open."""

    rows: Annotated[list[int], Field(min_length=1, max_length=1000)] | None = None


class DeclineBody(SomeRowsBody):
    """A no; the partner is told the note."""

    note: Annotated[Text, Field(max_length=NOTE_LIMIT)] = ""


_DECISION: dict[str, Any] = {"answer": DecisionDocument, "problems": _DECIDED_PROBLEMS}


class ProposalsTab:
    """Operations on proposals."""

    def __init__(self, services: HubServices) -> None:
        self._proposals = services.console.proposals

    @declares(
        Operation(
            "GET",
            "/proposals",
            "List proposals",
            answer=Page[ProposalDocument],
            query=ProposalQuery,
            is_conditional=True,
        )
    )
    def list_proposals(self, call: Call) -> Answer:
        """Answer with a page of proposals."""
        query = call.query(ProposalQuery)
        page = self._proposals.list_page(
            call.session,
            connection_id=query.connection_id,
            direction=query.direction,
            statuses=_statuses(query.status),
            after=_read_place(query.after) if query.after else None,
            limit=query.limit + 1,
        )
        shown = page.views[: query.limit]
        following = make_cursor(_place(shown[-1])) if len(page.views) > query.limit else None
        items = [ProposalDocument(**_fields(view, call.session.tenant.url)) for view in shown]
        return Answer(Page[ProposalDocument](items=items, next=following, total=page.total))

    @declares(
        Operation(
            "GET",
            _ONE,
            "Show one with its rows; work items of this side are read now",
            answer=ProposalDetailsDocument,
            query=PageQuery,
            problems=(502, 503),
        )
    )
    def get_proposal(self, call: Call) -> Answer:
        """Answer with a proposal and a page of its rows."""
        query = call.query(PageQuery)
        after = _read_number(query.after) if query.after else 0
        details = self._proposals.show(call.session, call.path["proposal_id"], after=after, limit=query.limit)
        view = details.view
        rows = [_row(view, each) for each in details.rows]
        following = make_cursor((details.rows[-1].row.number,)) if details.has_more else None
        return Answer(
            ProposalDetailsDocument(
                **_fields(view, call.session.tenant.url),
                rows=Page[ProposalRowDocument](items=rows, next=following, total=view.proposal.total),
            )
        )

    @declares(
        Operation("POST", f"{_ONE}/accept", "Say yes to what the partner asks for", body=SomeRowsBody, **_DECISION)
    )
    def accept_proposal(self, call: Call) -> Answer:
        """Accept."""
        rows = call.body(SomeRowsBody).rows
        return _decided(self._proposals.accept(call.session, call.path["proposal_id"], rows))

    @declares(
        Operation("POST", f"{_ONE}/decline", "Say no to what the partner asks for", body=DeclineBody, **_DECISION)
    )
    def decline_proposal(self, call: Call) -> Answer:
        """Decline."""
        body = call.body(DeclineBody)
        return _decided(self._proposals.decline(call.session, call.path["proposal_id"], body.rows, body.note.strip()))

    @declares(
        Operation("POST", f"{_ONE}/withdraw", "Take back what this side asked for", body=SomeRowsBody, **_DECISION)
    )
    def withdraw_proposal(self, call: Call) -> Answer:
        """Withdraw."""
        rows = call.body(SomeRowsBody).rows
        return _decided(self._proposals.withdraw(call.session, call.path["proposal_id"], rows))

    @declares(
        Operation("POST", f"{_ONE}/connect", "Ask the partner for known counterparts", body=SomeRowsBody, **_DECISION)
    )
    def connect_proposal(self, call: Call) -> Answer:
        """Connect again."""
        rows = call.body(SomeRowsBody).rows
        return _decided(self._proposals.connect(call.session, call.path["proposal_id"], rows))

    @declares(
        Operation(
            "POST", f"{_ONE}/separate", "Have new work items made instead of them", body=SomeRowsBody, **_DECISION
        )
    )
    def separate_proposal(self, call: Call) -> Answer:
        """Make new ones."""
        rows = call.body(SomeRowsBody).rows
        return _decided(self._proposals.separate(call.session, call.path["proposal_id"], rows))

    @declares(
        Operation(
            "POST",
            "/connections/<connection_id>/proposals/accept-all",
            "Say yes to everything that the partner asks for",
            **_DECISION,
        )
    )
    def accept_all_proposals(self, call: Call) -> Answer:
        """Accept all."""
        return _decided(self._proposals.accept_all(call.session, call.path["connection_id"]))


def list_operations(services: HubServices) -> list[Operation]:
    """Return the operations on proposals."""
    return operations_of(ProposalsTab(services), TAG)


def _statuses(wanted: ProposalStatus | Literal["undecided"] | None) -> Collection[ProposalStatus]:
    if wanted is None:
        return ()
    return [wanted] if isinstance(wanted, ProposalStatus) else UNDECIDED


def _fields(view: ProposalView, own_url: str) -> dict[str, Any]:
    proposal, connection = view.proposal, view.connection
    return {
        "id": proposal.id,
        "connection_id": connection.id,
        "connection_name": connection.name,
        "partner": connection.peer.organization_name if connection.peer else "",
        "direction": proposal.direction,
        "kind": proposal.kind,
        "status": proposal.status,
        "asked_by": proposal.asked_by,
        "asked_at": proposal.asked_at,
        "content": proposal.content,
        "comments": proposal.comments,
        "attachments": proposal.attachments,
        "total": proposal.total,
        "counts": dict(proposal.counts),
        "first": _first(view, view.first, own_url) if view.first else None,
        "decided_at": proposal.decided_at,
        "decided_by": proposal.decided_by,
    }


def _first(view: ProposalView, row: ProposalRow, own_url: str) -> ProposalRowDocument:
    own = OwnWorkItemDocument(
        id=str(row.work_item_id),
        url=f"{own_url}/_workitems/edit/{row.work_item_id}",
        title=None,
        type=None,
        project=None,
    )
    return _row_document(view, row, own)


def _row(view: ProposalView, shown: RowView) -> ProposalRowDocument:
    own = shown.own
    document = OwnWorkItemDocument(
        id=str(own.work_item_id),
        url=own.url,
        title=own.title if own.is_readable else None,
        type=own.type_name if own.is_readable else None,
        project=own.project if own.is_readable else None,
    )
    return _row_document(view, shown.row, document)


def _row_document(view: ProposalView, row: ProposalRow, own: OwnWorkItemDocument) -> ProposalRowDocument:
    return ProposalRowDocument(
        number=row.number,
        status=row.status,
        message=row.message,
        local=own,
        remote=AskedWorkItemDocument(
            id=str(row.remote_work_item_id),
            url=make_remote_url(view.connection, row.remote_work_item_id),
            title=row.remote_title or None,
            type=row.remote_type or None,
        ),
    )


def _decided(result: DecisionResult) -> Answer:
    return Answer(DecisionDocument(count=result.count, obstacles=list(result.obstacles.values())))


def _place(view: ProposalView) -> tuple[str, str]:
    return view.proposal.asked_at.isoformat(), view.proposal.id


def _read_place(cursor: str) -> tuple[datetime, str]:
    key = read_cursor(cursor)
    try:
        asked_at, proposal_id = key
        moment = datetime.fromisoformat(str(asked_at))
    except ValueError:
        moment, proposal_id = None, ""
    if moment is None or moment.tzinfo is None or not str(proposal_id).isprintable():
        raise _foreign_cursor()
    return moment, str(proposal_id)


def _read_number(cursor: str) -> int:
    key = read_cursor(cursor)
    if len(key) != 1 or not isinstance(key[0], int) or not 0 < key[0] < 2**53:
        raise _foreign_cursor()
    return key[0]


def _foreign_cursor() -> ValidationError:
    return ValidationError("The cursor is none that this list gave out. Begin the list again.")

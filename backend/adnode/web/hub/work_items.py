"""Single work items: the first one of a connection, and the panel on every work item form."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import StringConstraints

from adnode.domain.connecting import KeptContent
from adnode.domain.connection import Connection, ConnectionStatus
from adnode.domain.counterpart import CounterpartChoice
from adnode.domain.error_record import ErrorRecord
from adnode.domain.proposal import ProposalStatus
from adnode.domain.twin import TwinStatus
from adnode.services.hub_work_items import TwinView, Waiting
from adnode.web.hub.connections import Name, QueueDocument
from adnode.web.hub.hub_services import HubServices
from adnode.web.hub.operations import ACCESS_TOKEN_HEADER, Access, Answer, Call, Operation, declares, operations_of
from adnode.web.hub.schemas import Body, Identifier, Moment, Shape

TAG = "Work items"
_OF_CONNECTION = "/connections/<connection_id>/work-items"
_TOKEN = (ACCESS_TOKEN_HEADER,)


RemoteNumber = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,8}$")]


class LocalWorkItem(Shape):
    """Our work item. The title is as last synchronized."""

    id: str
    url: str
    title: str | None


class RemoteWorkItem(Shape):
    """The partner's work item."""

    id: str
    url: str
    organization_name: str


class TwinError(Shape):
    """An open error; a transient one is tried again by itself."""

    id: str
    code: str
    message: str
    opened_at: Moment
    is_transient: bool


class TwinDocument(Shape):
    """A pair of work items in sync. ``is_held``: it waits for the license plan. ``asked`` says where the proposal
    stands that it waits for: undecided or declined; null for every other pair.
    """

    id: str
    connection_id: str
    connection_name: str
    status: TwinStatus
    local: LocalWorkItem | None
    remote: RemoteWorkItem | None
    synchronized_at: Moment | None
    in_progress: bool
    is_held: bool
    asked: ProposalStatus | None
    waiting: QueueDocument
    errors: list[TwinError]
    conflicts: int


class UsableConnection(Shape):
    """A connection that a work item could go over."""

    id: str
    name: str
    status: ConnectionStatus


class WorkItemTwins(Shape):
    """Everything about one work item, and whether the person may change its syncing."""

    can_edit: bool
    items: list[TwinDocument]
    connections: list[UsableConnection]


class StartBody(Body):
    """A work item by its number or its address. ``counterpart`` says what becomes of one that was in sync with a work
    item of the partner before, or links to one; without it the answer is 409 ``known_counterpart`` then.
    """

    work_item: Name
    counterpart: CounterpartChoice | None = None


class ConnectBody(Body):
    """Which existing work item of the partner, and whose content is kept."""

    connection_id: Identifier
    remote_work_item_id: RemoteNumber
    content: KeptContent = KeptContent.LOCAL


class UnlinkQuery(Body):
    """What happens to changes that wait: refuse until they are through, or drop them."""

    waiting: Waiting = "finish"


class WorkItemsTab:
    """Operations on single work items."""

    def __init__(self, services: HubServices) -> None:
        self._work_items = services.work_items

    @declares(
        Operation(
            "POST",
            _OF_CONNECTION,
            "Put a work item under sync",
            answer=TwinDocument,
            status=202,
            other_status=200,
            access=Access.PERSON,
            body=StartBody,
            headers=_TOKEN,
            problems=(409, 502, 503),
        )
    )
    def start_work_item(self, call: Call) -> Answer:
        """Make a pair, or answer with the one there is."""
        body = call.body(StartBody)
        started = self._work_items.start(
            call.session, call.path["connection_id"], body.work_item, call.access_token, body.counterpart
        )
        return Answer(twin_document(started.view), status=None if started.is_new else 200)

    @declares(
        Operation(
            "GET",
            f"{_OF_CONNECTION}/<work_item_id>",
            "Show how a work item is doing",
            answer=TwinDocument,
            access=Access.PERSON,
            headers=_TOKEN,
            problems=(503,),
        )
    )
    def get_work_item(self, call: Call) -> Answer:
        """Answer with a pair."""
        view = self._work_items.show(call.session, call.path["connection_id"], call.work_item_id, call.access_token)
        return Answer(twin_document(view))

    @declares(
        Operation(
            "DELETE",
            f"{_OF_CONNECTION}/<work_item_id>",
            "Take a work item out of sync; both stay as they are",
            status=204,
            access=Access.PERSON,
            query=UnlinkQuery,
            headers=_TOKEN,
            problems=(409, 503),
        )
    )
    def unlink_work_item(self, call: Call) -> Answer:
        """End a pair."""
        waiting, connection_id = call.query(UnlinkQuery).waiting, call.path["connection_id"]
        self._work_items.unlink(call.session, connection_id, call.work_item_id, waiting, call.access_token)
        return Answer()

    @declares(
        Operation(
            "GET",
            "/work-items/<work_item_id>/twins",
            "Show a work item over all connections",
            answer=WorkItemTwins,
            access=Access.PERSON,
            headers=_TOKEN,
            problems=(503,),
        )
    )
    def list_twins(self, call: Call) -> Answer:
        """Answer with all pairs of a work item."""
        view = self._work_items.list_twins(call.session, call.work_item_id, call.access_token)
        items = [twin_document(twin) for twin in view.twins]
        connections = [usable_connection(connection) for connection in view.connections]
        return Answer(WorkItemTwins(can_edit=view.may_edit, items=items, connections=connections))

    @declares(
        Operation(
            "POST",
            "/work-items/<work_item_id>/connect",
            "Make two existing work items a pair",
            answer=TwinDocument,
            status=202,
            access=Access.PERSON,
            body=ConnectBody,
            headers=_TOKEN,
            problems=(409, 502, 503),
        )
    )
    def connect_work_item(self, call: Call) -> Answer:
        """Join two work items."""
        body = call.body(ConnectBody)
        remote_id = int(body.remote_work_item_id)
        view = self._work_items.connect(
            call.session, call.work_item_id, body.connection_id, remote_id, body.content, call.access_token
        )
        return Answer(twin_document(view))

    @declares(
        Operation(
            "POST",
            "/errors/<error_id>/retry",
            "Try again what an error is about",
            status=204,
            access=Access.PERSON,
            headers=_TOKEN,
            problems=(409, 502, 503),
        )
    )
    def retry_error(self, call: Call) -> Answer:
        """Retry."""
        self._work_items.retry(call.session, call.path["error_id"], call.access_token)
        return Answer()


def list_operations(services: HubServices) -> list[Operation]:
    """Return the operations on single work items."""
    return operations_of(WorkItemsTab(services), TAG)


def twin_document(view: TwinView) -> TwinDocument:
    """Return a twin as pages get it."""
    twin = view.twin
    return TwinDocument(
        id=twin.id,
        connection_id=view.connection.id,
        connection_name=view.connection.name,
        status=twin.status,
        local=local_work_item(twin.work_item_id, view.url, view.title),
        remote=remote_work_item(twin.remote_work_item_id, twin.remote_url, view.connection),
        synchronized_at=twin.synchronized_at,
        in_progress=view.is_in_progress,
        is_held=twin.is_held,
        asked=view.asked,
        waiting=QueueDocument(outgoing=view.figures.outgoing, incoming=view.figures.incoming),
        errors=twin_errors(view.errors),
        conflicts=view.conflict_count,
    )


def local_work_item(number: int | None, url: str, title: str | None) -> LocalWorkItem | None:
    """Return our work item of a twin, None before it is made."""
    return None if number is None else LocalWorkItem(id=str(number), url=url, title=title)


def remote_work_item(number: int | None, url: str, connection: Connection) -> RemoteWorkItem | None:
    """Return the partner's work item of a twin, None before it is known."""
    if number is None or connection.peer is None:
        return None
    return RemoteWorkItem(id=str(number), url=url, organization_name=connection.peer.organization_name)


def twin_errors(records: Sequence[ErrorRecord]) -> list[TwinError]:
    """Return the open errors of a twin."""
    return [
        TwinError(
            id=record.id,
            code=record.code,
            message=record.message,
            opened_at=record.opened_at,
            is_transient=record.is_transient,
        )
        for record in records
    ]


def usable_connection(connection: Connection) -> UsableConnection:
    """Return a connection that a work item could go over."""
    return UsableConnection(id=connection.id, name=connection.name, status=connection.status)

"""The Connections tab: listing, editing, starting, stopping and removing."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Annotated, Any, Literal

from pydantic import StringConstraints

from adnode.domain.connection import ConnectionStatus, Mode, PeerIdentity, Role, TransportKind, Visibility
from adnode.domain.connection_note import PartnerState, RemoteStatus
from adnode.domain.consent import CONSENT_QUERY_LIMIT, Consent, PanelAccess, PanelDeed
from adnode.domain.errors import PreconditionFailedError
from adnode.domain.invitation import InvitationStatus
from adnode.ports.system import Signer
from adnode.services.hub_connections import ConnectionEdit, ConnectionView, HubConnectionService
from adnode.web.hub.hub_services import HubServices
from adnode.web.hub.operations import Answer, Call, Operation, declares, operations_of
from adnode.web.hub.paging import Key, cut
from adnode.web.hub.schemas import Body, LongText, Moment, Page, PageQuery, Shape, StorableText, Text

TAG = "Connections"
REVISION = ("If-Match",)
CHANGE_PROBLEMS = (409, 502, 503)
_ONE = "/connections/<connection_id>"
Sort = Literal["created_at", "-created_at", "name", "-name", "status", "-status", "errors", "-errors"]
# Longer than allowed, so that one that is a little too long is refused in words that say how much.
Condition = Annotated[StorableText, StringConstraints(max_length=2 * CONSENT_QUERY_LIMIT)]
Name = Annotated[Text, StringConstraints(min_length=1)]


class InvitationDocument(Shape):
    """The invitation to a connection, without its code."""

    id: str
    status: InvitationStatus
    created_at: Moment
    expires_at: Moment


class RemoteDocument(Shape):
    """The other side, as pinned at acceptance. ``node_url`` is '' for a private node."""

    organization_id: str
    organization_name: str
    organization_url: str
    node_url: str
    fingerprint: str


class QueueDocument(Shape):
    """How many messages wait."""

    outgoing: int
    incoming: int


class PanelDocument(Shape):
    """Who may do what in the panel of a work item over this connection."""

    exalate: PanelAccess
    connect: PanelAccess
    unexalate: PanelAccess


class ConnectionDocument(Shape):
    """A connection as this side holds it. ``consent`` says to which existing work items of this side the partner may
    connect, ``consent_query`` is its condition; ``proposals`` counts those that wait for a person of this side.
    ``revision`` is what If-Match takes for an edit.
    """

    id: str
    name: str
    description: str
    status: ConnectionStatus
    status_reason: str
    remote_status: RemoteStatus | None
    visibility: Visibility
    role: Role
    mode: Mode
    transport: TransportKind
    project: str
    default_type: str
    remote: RemoteDocument | None
    own_fingerprint: str
    created_at: Moment
    synchronized_at: Moment | None
    last_contact_at: Moment | None
    partner_state: PartnerState
    partner_since: Moment | None
    is_contact_late: bool
    under_sync: int
    in_progress: int
    errors: int
    consent: Consent
    consent_query: str
    panel: PanelDocument
    proposals: int
    queue: QueueDocument
    invitation: InvitationDocument | None
    revision: int


class ConnectionQuery(PageQuery):
    """Which connections, in which order; a minus turns it round."""

    search: Text = ""
    status: ConnectionStatus | None = None
    sort: Sort = "created_at"


class PanelEditBody(Body):
    """Who may do what in the panel from now on; what is left out stays."""

    exalate: PanelAccess | None = None
    connect: PanelAccess | None = None
    unexalate: PanelAccess | None = None


class ConnectionEditBody(Body):
    """What is changed; what is left out stays. ``consent_query`` is what stands after WHERE in WIQL."""

    name: Name | None = None
    description: LongText | None = None
    project: Name | None = None
    default_type: Text | None = None
    consent: Consent | None = None
    consent_query: Condition | None = None
    panel: PanelEditBody | None = None


_EDIT: dict[str, Any] = {
    "answer": ConnectionDocument,
    "headers": REVISION,
    "has_etag": True,
    "problems": CHANGE_PROBLEMS,
}


class ConnectionsTab:
    """Operations on connections that exist."""

    def __init__(self, services: HubServices) -> None:
        self._connections = services.connections
        self._signer = services.signer

    @declares(
        Operation(
            "GET",
            "/connections",
            "List connections",
            answer=Page[ConnectionDocument],
            query=ConnectionQuery,
            is_conditional=True,
        )
    )
    def list_connections(self, call: Call) -> Answer:
        """Answer with a page of connections."""
        query = call.query(ConnectionQuery)
        found = [view for view in self._connections.list_views(call.session) if _fits(view, query)]
        place = partial(_place, query.sort.removeprefix("-"))
        page = cut(found, place, query.limit, query.after, is_descending=query.sort.startswith("-"))
        items = [connection_document(view, self._signer) for view in page.items]
        return Answer(Page[ConnectionDocument](items=items, next=page.next, total=page.total))

    @declares(Operation("GET", _ONE, "Show one", answer=ConnectionDocument, has_etag=True))
    def get_connection(self, call: Call) -> Answer:
        """Answer with a connection."""
        return self._answer(self._connections.show(call.session, call.path["connection_id"]))

    @declares(
        Operation(
            "PATCH",
            _ONE,
            "Change name, description, project, default type, consent or who may use the panel",
            body=ConnectionEditBody,
            **_EDIT,
        )
    )
    def edit_connection(self, call: Call) -> Answer:
        """Store what somebody changed."""
        body = call.body(ConnectionEditBody)
        edit = ConnectionEdit(
            body.name,
            body.description,
            body.project,
            body.default_type,
            body.consent,
            body.consent_query,
            _panel(body.panel),
        )
        with telling_current(self._connections, self._signer, call):
            return self._answer(self._connections.edit(call.session, call.path["connection_id"], call.revision, edit))

    @declares(Operation("POST", f"{_ONE}/activate", "Start this side", **_EDIT))
    def activate_connection(self, call: Call) -> Answer:
        """Start the connection."""
        with telling_current(self._connections, self._signer, call):
            return self._answer(self._connections.activate(call.session, call.path["connection_id"], call.revision))

    @declares(Operation("POST", f"{_ONE}/deactivate", "Stop this side; both sides keep what waits", **_EDIT))
    def deactivate_connection(self, call: Call) -> Answer:
        """Stop the connection."""
        with telling_current(self._connections, self._signer, call):
            return self._answer(self._connections.deactivate(call.session, call.path["connection_id"], call.revision))

    @declares(
        Operation(
            "DELETE",
            _ONE,
            "End the connection on this side; all work items stay",
            status=204,
            headers=REVISION,
            problems=CHANGE_PROBLEMS,
        )
    )
    def remove_connection(self, call: Call) -> Answer:
        """End the connection."""
        with telling_current(self._connections, self._signer, call):
            self._connections.remove(call.session, call.path["connection_id"], call.revision)
        return Answer()

    def _answer(self, view: ConnectionView) -> Answer:
        return connection_answer(view, self._signer)


def list_operations(services: HubServices) -> list[Operation]:
    """Return the operations on connections that exist."""
    return operations_of(ConnectionsTab(services), TAG)


def connection_answer(view: ConnectionView, signer: Signer) -> Answer:
    """Return a connection with its revision as the ETag."""
    return Answer(connection_document(view, signer), etag=str(view.revision))


def connection_document(view: ConnectionView, signer: Signer) -> ConnectionDocument:
    """Return a connection as pages get it."""
    connection, figures, invitation = view.connection, view.figures, view.invitation
    return ConnectionDocument(
        id=connection.id,
        name=connection.name,
        description=connection.description,
        status=connection.status,
        status_reason=connection.block_reason,
        remote_status=view.note.remote_status,
        visibility=connection.visibility,
        role=connection.role,
        mode=connection.mode,
        transport=connection.transport,
        project=connection.project,
        default_type=connection.default_type,
        remote=_remote(connection.peer, signer) if connection.peer else None,
        own_fingerprint=signer.fingerprint(connection.public_key),
        created_at=connection.created_at,
        synchronized_at=figures.synchronized_at,
        last_contact_at=view.note.contacted_at,
        partner_state=view.partner.state,
        partner_since=view.partner.since,
        is_contact_late=view.partner.state in (PartnerState.SILENT, PartnerState.REFUSING),
        under_sync=figures.under_sync,
        in_progress=figures.in_progress,
        errors=figures.open_errors,
        consent=connection.consent,
        consent_query=connection.consent_query,
        panel=PanelDocument(**{deed.value: connection.access_to(deed) for deed in PanelDeed}),
        proposals=view.open_proposals,
        queue=QueueDocument(outgoing=figures.outgoing, incoming=figures.incoming),
        invitation=None
        if invitation is None
        else InvitationDocument(
            id=invitation.id,
            status=invitation.status,
            created_at=invitation.created_at,
            expires_at=invitation.expires_at,
        ),
        revision=view.revision,
    )


def _panel(body: PanelEditBody | None) -> dict[PanelDeed, PanelAccess]:
    named = {deed: getattr(body, deed.value, None) for deed in PanelDeed}
    return {deed: access for deed, access in named.items() if access is not None}


def _remote(peer: PeerIdentity, signer: Signer) -> RemoteDocument:
    return RemoteDocument(
        organization_id=peer.organization_id,
        organization_name=peer.organization_name,
        organization_url=peer.organization_url,
        node_url=peer.url,
        fingerprint=signer.fingerprint(peer.public_key),
    )


@contextmanager
def telling_current(connections: HubConnectionService, signer: Signer, call: Call) -> Iterator[None]:
    """Add how the connection is now to the answer that somebody else was faster."""
    try:
        yield
    except PreconditionFailedError as error:
        current = connections.show(call.session, call.path["connection_id"])
        error.details["current"] = connection_document(current, signer).model_dump(mode="json")
        raise


def _fits(view: ConnectionView, query: ConnectionQuery) -> bool:
    connection = view.connection
    if query.status is not None and connection.status is not query.status:
        return False
    wanted = query.search.strip().casefold()
    partner = connection.peer.organization_name if connection.peer else ""
    return any(wanted in text.casefold() for text in (connection.name, partner, connection.project))


def _place(name: str, view: ConnectionView) -> Key:
    connection = view.connection
    values: dict[str, str | int] = {
        "created_at": connection.created_at.isoformat(),
        "name": connection.name.casefold(),
        "status": connection.status.value,
        "errors": view.figures.open_errors,
    }
    return values[name], connection.id

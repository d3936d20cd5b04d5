"""The wizards: initiating, handing over the code, inspecting and accepting one."""

from typing import Annotated, Literal

from pydantic import StringConstraints

from adnode.domain.connection import Mode, Visibility
from adnode.services.hub_invitations import Initiation, Inspection, Invited
from adnode.web.hub.connections import (
    REVISION,
    ConnectionDocument,
    Name,
    connection_answer,
    connection_document,
    telling_current,
)
from adnode.web.hub.hub_services import HubServices
from adnode.web.hub.operations import REPETITION_HEADER, Answer, Call, Operation, declares, operations_of
from adnode.web.hub.schemas import Body, LongText, Moment, Shape, Text

TAG = "Invitations"
_ONE = "/connections/<connection_id>/invitation"
Code = Annotated[str, StringConstraints(min_length=1, max_length=20_000)]


class InitiateBody(Body):
    """What the Initiate wizard collected. Without a name the connection is called after both sides."""

    project: Name
    mode: Literal["basic"] = "basic"
    visibility: Visibility
    name: Text = ""
    description: LongText = ""
    destination_url: Text = ""


class CodeDocument(Shape):
    """A code to hand over like a password."""

    code: str
    expires_at: Moment


class InitiatedDocument(Shape):
    """The new connection and its code."""

    connection: ConnectionDocument
    code: str
    expires_at: Moment


class CodeBody(Body):
    """A pasted code."""

    code: Code


class AcceptBody(Body):
    """A pasted code and the project that receives the other side's work items."""

    code: Code
    project: Name
    name: Text = ""


class InspectionDocument(Shape):
    """What a code offers; ``fingerprint`` is for comparing by telephone."""

    node_host: str
    node_url: str
    organization_name: str
    organization_url: str | None
    mode: Mode
    visibility: Visibility
    expires_at: Moment
    fingerprint: str
    connection_id: str


class DestinationBody(Body):
    """An address that somebody typed."""

    url: Name


class DestinationDocument(Shape):
    """A node that answered. Nodes say nothing about their organizations before they are connected."""

    node_url: str
    organization_name: str | None
    organization_url: str | None
    modes: list[str]
    is_reachable: bool


class InvitationsTab:
    """Operations of the wizards."""

    def __init__(self, services: HubServices) -> None:
        self._invitations = services.invitations
        self._connections = services.connections
        self._destinations = services.destinations
        self._signer = services.signer

    @declares(
        Operation(
            "POST",
            "/destinations/check",
            "Look at a destination's address",
            answer=DestinationDocument,
            body=DestinationBody,
            rate="destination",
            problems=(502,),
        )
    )
    def check_destination(self, call: Call) -> Answer:
        """Answer with the node at an address."""
        found = self._destinations.check(call.session, call.body(DestinationBody).url)
        return Answer(
            DestinationDocument(
                node_url=found.node_url,
                organization_name=None,
                organization_url=None,
                modes=list(found.modes),
                is_reachable=True,
            )
        )

    @declares(
        Operation(
            "POST",
            "/connections",
            "Initiate a connection",
            answer=InitiatedDocument,
            status=201,
            body=InitiateBody,
            headers=(REPETITION_HEADER,),
            rate="invitation",
            problems=(404, 409, 410, 502, 503),
        )
    )
    def initiate_connection(self, call: Call) -> Answer:
        """Make a connection and its code."""
        body = call.body(InitiateBody)
        wish = Initiation(body.project, body.visibility, body.name, body.description, body.destination_url.strip())
        invited = self._invitations.initiate(call.session, wish, call.repetition_key)
        view = self._connections.show(call.session, invited.connection_id)
        document = connection_document(view, self._signer)
        return Answer(InitiatedDocument(connection=document, code=invited.code, expires_at=invited.expires_at))

    @declares(
        Operation(
            "GET",
            _ONE,
            "Show the code of the open invitation again",
            answer=CodeDocument,
            problems=(409, 410, 503),
        )
    )
    def show_invitation(self, call: Call) -> Answer:
        """Answer with the code."""
        return _code(self._invitations.code(call.session, call.path["connection_id"]))

    @declares(
        Operation(
            "POST",
            _ONE,
            "Make a new code; on a connection in use it pairs the partner anew",
            answer=CodeDocument,
            headers=REVISION,
            rate="invitation",
            problems=(409, 503),
        )
    )
    def renew_invitation(self, call: Call) -> Answer:
        """Answer with a new code."""
        with telling_current(self._connections, self._signer, call):
            return _code(self._invitations.renew(call.session, call.path["connection_id"], call.revision))

    @declares(Operation("DELETE", _ONE, "Take the invitation back", status=204, headers=REVISION, problems=(409, 410)))
    def revoke_invitation(self, call: Call) -> Answer:
        """End the invitation."""
        with telling_current(self._connections, self._signer, call):
            self._invitations.revoke(call.session, call.path["connection_id"], call.revision)
        return Answer()

    @declares(
        Operation(
            "POST",
            "/invitations/inspection",
            "Say what a code offers; nothing is called",
            answer=InspectionDocument,
            body=CodeBody,
            rate="acceptance",
            problems=(410,),
        )
    )
    def inspect_invitation(self, call: Call) -> Answer:
        """Answer with what is in a code."""
        return Answer(_inspection(self._invitations.inspect(call.session, call.body(CodeBody).code)))

    @declares(
        Operation(
            "POST",
            "/invitations/acceptance",
            "Accept an invitation",
            answer=ConnectionDocument,
            status=201,
            body=AcceptBody,
            rate="acceptance",
            has_etag=True,
            problems=(404, 409, 410, 502, 503),
        )
    )
    def accept_invitation(self, call: Call) -> Answer:
        """Make the connection that a code offers."""
        body = call.body(AcceptBody)
        return connection_answer(
            self._invitations.accept(call.session, body.code, body.project, body.name), self._signer
        )


def list_operations(services: HubServices) -> list[Operation]:
    """Return the operations of the wizards."""
    return operations_of(InvitationsTab(services), TAG)


def _inspection(inspection: Inspection) -> InspectionDocument:
    offer = inspection.offer
    return InspectionDocument(
        node_host=offer.node_url.partition("://")[2].partition("/")[0],
        node_url=offer.node_url,
        organization_name=offer.organization_name,
        organization_url=None,
        mode=offer.mode,
        visibility=offer.visibility,
        expires_at=offer.expires_at,
        fingerprint=inspection.fingerprint,
        connection_id=offer.connection_id,
    )


def _code(invited: Invited) -> Answer:
    return Answer(CodeDocument(code=invited.code, expires_at=invited.expires_at))

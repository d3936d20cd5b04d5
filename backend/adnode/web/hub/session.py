"""Signing in: the only place that sees both tokens of a page."""

from typing import Annotated

from pydantic import StringConstraints

from adnode.domain.session import SessionPurpose
from adnode.services.sessions import SessionRequest
from adnode.web.hub.hub_services import HubServices
from adnode.web.hub.node import Node, make_node
from adnode.web.hub.operations import ACCESS_TOKEN_HEADER, Access, Answer, Call, Operation, declares, operations_of
from adnode.web.hub.organization import OrganizationDocument, organization_document
from adnode.web.hub.schemas import Body, Moment, Shape, StorableText, Text

TAG = "Session"
TOKEN_LIMIT = 8 * 1024


class SessionBody(Body):
    """What a page claims about where it is; nothing of it is believed. ``so_far`` is the token of the session that is
    to go on: the page sends it when the node asks for its tokens again.
    """

    host_id: Text
    host_name: Text
    is_hosted: bool
    collection_url: Text = ""
    purpose: SessionPurpose = SessionPurpose.HUB
    so_far: Annotated[StorableText, StringConstraints(max_length=TOKEN_LIMIT)] = ""


class User(Shape):
    """The person at the page."""

    id: str
    name: str


class SessionDocument(Shape):
    """A session. Keep the token in memory only; ask for another one when a 401 comes."""

    id: str
    token: str
    expires_at: Moment
    user: User
    is_administrator: bool
    organization: OrganizationDocument
    node: Node


class SessionTab:
    """Operations of signing in."""

    def __init__(self, services: HubServices) -> None:
        self._services = services

    @declares(
        Operation(
            "POST",
            "/session",
            "Open a session with the page's two tokens",
            answer=SessionDocument,
            access=Access.ANYBODY,
            body=SessionBody,
            headers=(ACCESS_TOKEN_HEADER,),
            rate="session",
            problems=(400, 401, 403, 503),
            details={"security": [{"session": []}]},
        )
    )
    def open_session(self, call: Call) -> Answer:
        """Check what the page shows and claims, and answer with a session."""
        body = call.body(SessionBody)
        opened = self._services.sessions.open(
            SessionRequest(
                app_token=call.bearer,
                access_token=call.access_token,
                host_id=body.host_id,
                host_name=body.host_name,
                is_hosted=body.is_hosted,
                collection_url=body.collection_url,
                purpose=body.purpose,
                so_far=body.so_far,
                address=call.caller,
                browser=_browser(call),
            )
        )
        session = opened.session
        document = SessionDocument(
            id=session.id,
            token=opened.token,
            expires_at=session.expires_at,
            user=User(id=session.user_id, name=session.user_name),
            is_administrator=session.is_administrator,
            organization=organization_document(self._services.organization.show(session)),
            node=make_node(self._services, call.host),
        )
        return Answer(document)

    @declares(Operation("GET", "/node", "Say what this node is", answer=Node, access=Access.ANYBODY))
    def get_node(self, call: Call) -> Answer:
        """Answer with the node."""
        return Answer(make_node(self._services, call.host))


def _browser(call: Call) -> str:
    text = call.headers.get("user-agent", "")
    return "".join(character for character in text if character.isascii() and character.isprintable())


def list_operations(services: HubServices) -> list[Operation]:
    """Return the operations of signing in."""
    return operations_of(SessionTab(services), TAG)

"""Who is signed in to the pages of an organization, and ending that."""

from adnode.domain.session import Session, SessionRecord
from adnode.web.hub.hub_services import HubServices
from adnode.web.hub.operations import Answer, Call, Operation, declares, operations_of
from adnode.web.hub.schemas import Moment, Shape
from adnode.web.hub.session import User

TAG = "Session"


class LiveSession(Shape):
    """A session that can be used. ``browser`` and ``address`` are as they were when it was opened."""

    id: str
    user: User
    is_current: bool
    opened_at: Moment
    used_at: Moment
    address: str
    browser: str


class LiveSessions(Shape):
    """All of an organization, the one used last first."""

    items: list[LiveSession]


class EndedSessions(Shape):
    """How many sessions were ended."""

    ended: int


class SessionsTab:
    """Operations on the sessions of an organization."""

    def __init__(self, services: HubServices) -> None:
        self._sessions = services.console.sessions

    @declares(Operation("GET", "/sessions", "List who is signed in", answer=LiveSessions))
    def list_sessions(self, call: Call) -> Answer:
        """Answer with the sessions of the organization."""
        live = self._sessions.list_live(call.session)
        return Answer(LiveSessions(items=[_document(record, call.session) for record in live]))

    @declares(Operation("DELETE", "/sessions", "End all sessions but this one", answer=EndedSessions))
    def end_other_sessions(self, call: Call) -> Answer:
        """End all others."""
        return Answer(EndedSessions(ended=self._sessions.end_others(call.session)))

    @declares(Operation("DELETE", "/sessions/<session_id>", "End a session", status=204, problems=(404,)))
    def end_session(self, call: Call) -> Answer:
        """End one of them; one's own is signing out."""
        self._sessions.end(call.session, call.path["session_id"])
        return Answer()


def list_operations(services: HubServices) -> list[Operation]:
    """Return the operations on sessions."""
    return operations_of(SessionsTab(services), TAG)


def _document(record: SessionRecord, session: Session) -> LiveSession:
    return LiveSession(
        id=record.id,
        user=User(id=record.user_id, name=record.user_name),
        is_current=record.id == session.id,
        opened_at=record.opened_at,
        used_at=record.used_at,
        address=record.address,
        browser=record.browser,
    )

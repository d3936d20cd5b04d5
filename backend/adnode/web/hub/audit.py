"""The audit trail of a connection and of the whole organization."""

from datetime import datetime

from adnode.domain.actor import ActorKind
from adnode.domain.audit import AuditAction, AuditEntry
from adnode.domain.errors import ValidationError
from adnode.web.hub.hub_services import HubServices
from adnode.web.hub.operations import Answer, Call, Operation, declares, operations_of
from adnode.web.hub.paging import make_cursor, read_cursor
from adnode.web.hub.schemas import Moment, Page, PageQuery, Shape

TAG = "Audit"


class AuditDocument(Shape):
    """Who did what to which connection, when. Names are as they were then."""

    id: str
    at: Moment
    actor: ActorKind
    user_name: str
    user_id: str
    action: AuditAction
    connection_id: str | None
    connection_name: str | None
    details: dict[str, str]


class AuditTab:
    """Operations of the audit trail."""

    def __init__(self, services: HubServices) -> None:
        self._services = services

    @declares(Operation("GET", "/audit", "List who did what", answer=Page[AuditDocument], query=PageQuery))
    def list_audit(self, call: Call) -> Answer:
        """Answer with a page of the organization's deeds."""
        return _page(self._services, call)

    @declares(
        Operation(
            "GET",
            "/connections/<connection_id>/audit",
            "List who did what to a connection",
            answer=Page[AuditDocument],
            query=PageQuery,
        )
    )
    def list_connection_audit(self, call: Call) -> Answer:
        """Answer with a page of a connection's deeds."""
        connection_id = call.path["connection_id"]
        self._services.connections.show(call.session, connection_id)
        return _page(self._services, call, connection_id)


def list_operations(services: HubServices) -> list[Operation]:
    """Return the operations of the audit trail."""
    return operations_of(AuditTab(services), TAG)


def _page(services: HubServices, call: Call, connection_id: str = "") -> Answer:
    query = call.query(PageQuery)
    page = services.audit.list_page(
        call.session,
        connection_id=connection_id,
        after=_read_place(query.after) if query.after else None,
        limit=query.limit + 1,
    )
    shown = page.entries[: query.limit]
    is_more = len(page.entries) > query.limit
    cursor = make_cursor((shown[-1].at.isoformat(), shown[-1].id)) if is_more else None
    return Answer(Page[AuditDocument](items=[_document(entry) for entry in shown], next=cursor, total=page.total))


def _read_place(cursor: str) -> tuple[datetime, str]:
    key = read_cursor(cursor)
    try:
        at, entry_id = key
        moment = datetime.fromisoformat(str(at))
    except ValueError:
        moment, entry_id = None, ""
    if moment is None or moment.tzinfo is None or not isinstance(entry_id, str) or not entry_id.isprintable():
        raise ValidationError("The cursor is none that this list gave out. Begin the list again.")
    return moment, entry_id


def _document(entry: AuditEntry) -> AuditDocument:
    return AuditDocument(
        id=entry.id,
        at=entry.at,
        actor=entry.actor,
        user_name=entry.user_name,
        user_id=entry.user_id,
        action=entry.action,
        connection_id=entry.connection_id or None,
        connection_name=entry.connection_name or None,
        details=dict(entry.details),
    )

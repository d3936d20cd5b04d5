"""Connections as the hub page shows and edits them: those of one organization, with their figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from adnode.domain.audit import AuditAction
from adnode.domain.connection import Connection, ConnectionStatus
from adnode.domain.connection_note import ConnectionFigures, ConnectionNote, Partner
from adnode.domain.consent import CONSENT_QUERY_LIMIT, Consent, PanelAccess, PanelDeed
from adnode.domain.errors import ConditionRefusedError, QueryRefusedError, ValidationError, WorkItemTypeNotFoundError
from adnode.domain.invitation import Invitation, InvitationStatus
from adnode.domain.session import Session
from adnode.ports.gateway import GatewayProvider
from adnode.ports.storage import UnitOfWork, UnitOfWorkFactory
from adnode.ports.system import Clock
from adnode.services.audit import AuditService
from adnode.services.connection_details import check_name, find_project
from adnode.services.connection_names import make_unique
from adnode.services.connections import ConnectionService
from adnode.services.contacts import partner_of
from adnode.services.guards import Guard
from adnode.services.ownership import check_revision, own_connection, require_own, revision_of
from adnode.sync.trigger_query import make_query

DESCRIPTION_LIMIT = 2000
_NOTED_QUERY = 500
"""Characters of a condition that the audit trail keeps."""
_LISTED = tuple(status for status in ConnectionStatus if status is not ConnectionStatus.REMOVED)


@dataclass(frozen=True, slots=True)
class ConnectionView:
    """A connection with everything that the page shows about it. ``open_proposals`` wait for a person of this side;
    ``revision`` is to be given back when editing.
    """

    connection: Connection
    note: ConnectionNote
    figures: ConnectionFigures
    invitation: Invitation | None
    partner: Partner
    open_proposals: int
    revision: int


@dataclass(frozen=True, slots=True)
class ConnectionEdit:
    """What a person changes; None is left as it is, and so are deeds that ``panel`` does not name."""

    name: str | None = None
    description: str | None = None
    project: str | None = None
    default_type: str | None = None
    consent: Consent | None = None
    consent_query: str | None = None
    panel: Mapping[PanelDeed, PanelAccess] = field(default_factory=dict)

    @property
    def details(self) -> Mapping[str, str]:
        """Return what the audit trail keeps."""
        wanted = {
            "name": self.name,
            "description": self.description,
            "project": self.project,
            "default_type": self.default_type,
            "consent": self.consent.value if self.consent else None,
            "consent_query": None if self.consent_query is None else self.consent_query[:_NOTED_QUERY],
        }
        panel = {f"panel_{deed.value}": access.value for deed, access in self.panel.items()}
        return {name: value for name, value in wanted.items() if value is not None} | panel

    def restricted(self, before: frozenset[PanelDeed]) -> frozenset[PanelDeed]:
        """Return which deeds are for administrators only, once it is done."""
        named = {deed for deed, access in self.panel.items() if access is PanelAccess.ADMINISTRATORS}
        return (before - set(self.panel)) | named


class HubConnectionService:
    """Use cases of the Connections tab on connections that exist."""

    def __init__(
        self,
        new_unit_of_work: UnitOfWorkFactory,
        connections: ConnectionService,
        gateways: GatewayProvider,
        audit: AuditService,
        clock: Clock,
    ) -> None:
        self._new_unit_of_work = new_unit_of_work
        self._connections = connections
        self._gateways = gateways
        self._audit = audit
        self._clock = clock

    def list_views(self, session: Session) -> list[ConnectionView]:
        """Return the connections of the session's organization, the oldest first."""
        with self._new_unit_of_work() as work:
            return self._views(
                work,
                [
                    connection
                    for connection in work.connections.list_all(statuses=_LISTED)
                    if connection.organization_id == session.tenant.id
                ],
            )

    def show(self, session: Session, connection_id: str) -> ConnectionView:
        """Return one of them; raises NotFoundError."""
        with self._new_unit_of_work() as work:
            return self._views(work, [own_connection(work, session, connection_id)])[0]

    def edit(self, session: Session, connection_id: str, revision: int, edit: ConnectionEdit) -> ConnectionView:
        """Save what a person changed, unless somebody else changed the connection since (PreconditionFailedError)."""
        connection = self.show(session, connection_id).connection
        checked = self._checked(connection, edit)

        def change(work: UnitOfWork, stored: Connection) -> Connection:
            return replace(
                stored,
                name=stored.name if checked.name is None else _rename(work, stored, checked.name),
                description=stored.description if checked.description is None else checked.description,
                project=stored.project if checked.project is None else checked.project,
                default_type=stored.default_type if checked.default_type is None else checked.default_type,
                consent=stored.consent if checked.consent is None else checked.consent,
                consent_query=stored.consent_query if checked.consent_query is None else checked.consent_query,
                restricted_deeds=checked.restricted(stored.restricted_deeds),
            )

        guard = self._guard(session, AuditAction.CONNECTION_CHANGED, revision, checked.details)
        self._connections.edit(connection_id, change, guard)
        return self.show(session, connection_id)

    def activate(self, session: Session, connection_id: str, revision: int) -> ConnectionView:
        """Start the connection on this side."""
        self.show(session, connection_id)
        self._connections.activate(connection_id, self._guard(session, AuditAction.CONNECTION_ACTIVATED, revision))
        return self.show(session, connection_id)

    def deactivate(self, session: Session, connection_id: str, revision: int) -> ConnectionView:
        """Stop the connection on this side; both sides keep what waits."""
        self.show(session, connection_id)
        self._connections.deactivate(connection_id, self._guard(session, AuditAction.CONNECTION_DEACTIVATED, revision))
        return self.show(session, connection_id)

    def remove(self, session: Session, connection_id: str, revision: int) -> None:
        """End the connection on this side."""
        figures = self.show(session, connection_id).figures
        details = {"under_sync": str(figures.under_sync)}
        guard = self._guard(session, AuditAction.CONNECTION_REMOVED, revision, details)
        self._connections.remove(connection_id, guard)

    def _guard(
        self, session: Session, action: AuditAction, revision: int, details: Mapping[str, str] | None = None
    ) -> Guard:
        def check(work: UnitOfWork, connection: Connection) -> None:
            require_own(session, connection)
            check_revision(work, connection, revision)

        def note(work: UnitOfWork, connection: Connection) -> None:
            self._audit.note(work, session, action, connection, details)

        return Guard(check, note)

    def _checked(self, connection: Connection, edit: ConnectionEdit) -> ConnectionEdit:
        """Return the edit as it will be stored; raises ValidationError and what the gateway raises."""
        name = None if edit.name is None else check_name(edit.name)
        description = None if edit.description is None else edit.description.strip()
        if description is not None and len(description) > DESCRIPTION_LIMIT:
            raise ValidationError(f"A description has at most {DESCRIPTION_LIMIT} characters.")
        project = edit.project
        if project is not None:
            project = find_project(self._gateways, connection.organization_id, project)
        default_type = edit.default_type
        if default_type:
            default_type = self._find_type(connection.organization_id, project or connection.project, default_type)
        query = self._check_consent(connection, project or connection.project, edit)
        return ConnectionEdit(name, description, project, default_type, edit.consent, query, edit.panel)

    def _check_consent(self, connection: Connection, project: str, edit: ConnectionEdit) -> str | None:
        """Return the condition as it will be stored; Azure DevOps has taken it once, where it is going to count."""
        query = None if edit.consent_query is None else edit.consent_query.strip()
        consent = connection.consent if edit.consent is None else edit.consent
        is_touched = edit.consent is not None or query is not None
        if consent is not Consent.QUERY or not is_touched:
            return query
        wanted = connection.consent_query if query is None else query
        if not wanted:
            raise ConditionRefusedError(
                "Say which work items the partner may connect to: type a condition, as in WIQL after WHERE.",
                field="consent_query",
            )
        if len(wanted) > CONSENT_QUERY_LIMIT:
            raise ConditionRefusedError(
                f"The condition has more than {CONSENT_QUERY_LIMIT} characters. Make it shorter.",
                field="consent_query",
            )
        try:
            self._gateways.get(connection.organization_id).query(project, make_query(project, "", wanted), 1)
        except (ConditionRefusedError, QueryRefusedError) as error:
            error.details["field"] = "consent_query"
            raise
        return query

    def _find_type(self, organization_id: str, project: str, name: str) -> str:
        catalog = self._gateways.get(organization_id).read_catalog(project)
        found = catalog.find(name.strip())
        if found is None or found.is_disabled:
            shown = ", ".join(sorted(kind.name for kind in catalog.types if not kind.is_disabled))
            raise WorkItemTypeNotFoundError(f"Project {project} has no work item type {name}. It has: {shown}.")
        return found.name

    def _views(self, work: UnitOfWork, connections: Sequence[Connection]) -> list[ConnectionView]:
        ids = [connection.id for connection in connections]
        proposals = work.proposals.count_open(ids)
        notes, figures, invitations = work.notes.find(ids), work.notes.figures(ids), work.notes.invitations(ids)
        now = self._clock.now()
        views = []
        for connection in connections:
            note = notes.get(connection.id, ConnectionNote(connection.id))
            numbers = figures.get(connection.id, ConnectionFigures())
            invitation = invitations.get(connection.id)
            view = ConnectionView(
                connection=connection,
                note=note,
                figures=numbers,
                invitation=_as_of(invitation, now),
                partner=partner_of(connection, note),
                open_proposals=proposals.get(connection.id, 0),
                revision=revision_of(connection, invitation),
            )
            views.append(view)
        return views


def _rename(work: UnitOfWork, stored: Connection, wanted: str) -> str:
    """Return the name as it will be; one that a person chose no longer follows the partner's."""
    name = make_unique(work, stored.organization_id, wanted, except_id=stored.id)
    note = work.notes.get(stored.id)
    work.notes.save(replace(note, has_made_up_name=note.has_made_up_name and name == stored.name))
    return name


def _as_of(invitation: Invitation | None, now: datetime) -> Invitation | None:
    if invitation is not None and invitation.status is InvitationStatus.OPEN and invitation.expires_at <= now:
        return replace(invitation, status=InvitationStatus.EXPIRED)
    return invitation

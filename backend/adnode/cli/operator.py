"""The person at the command line, who may do in an organization what its administrators may do on the page."""

import getpass
from datetime import timedelta

import click

from adnode.adapters.system_clock import SystemClock
from adnode.bootstrap import Node
from adnode.domain.actor import ActorKind
from adnode.domain.audit import AuditAction
from adnode.domain.connection import Connection
from adnode.domain.errors import NotFoundError, ValidationError
from adnode.domain.organization import Organization
from adnode.domain.session import Session, Tenant
from adnode.ports.storage import UnitOfWork
from adnode.services.guards import Guard
from adnode.services.organizations import OrganizationNote

ORGANIZATION_OPTION = click.option(
    "--organization", "organization_name", default="", help="Which organization, where the node serves several."
)


def operator_session(node: Node, organization_name: str = "") -> Session:
    """Return a session of the operator in the organization of that name; the audit trail shows who it was.

    The name may be left out where the node serves one organization only. Raises NotFoundError and ValidationError.
    """
    return session_in(_find(node.list_organizations(), organization_name))


def connection_session(node: Node, connection: Connection) -> Session:
    """Return a session of the operator in the organization of a connection."""
    return session_in(next(one for one in node.list_organizations() if one.id == connection.organization_id))


def deed(node: Node, action: AuditAction, **details: str) -> Guard:
    """Return what writes the operator's deed on a connection into the audit trail, in the deed's transaction."""

    def note(work: UnitOfWork, connection: Connection) -> None:
        session = session_in(work.organizations.get(connection.organization_id))
        node.console.audit.note(work, session, action, connection, details)

    return Guard(note=note)


def organization_deed(node: Node, action: AuditAction) -> OrganizationNote:
    """Return the same for a deed on an organization."""

    def note(work: UnitOfWork, organization: Organization) -> None:
        node.console.audit.note(work, session_in(organization), action)

    return note


def session_in(organization: Organization) -> Session:
    """Return a session of the operator in an organization."""
    now = SystemClock().now()
    name = getpass.getuser()
    return Session(
        id="command-line",
        tenant=Tenant(organization.id, organization.name, organization.url, organization.kind, organization.added_at),
        user_id=f"operator:{name}"[:64],
        user_name=f"{name} (command line)",
        is_administrator=True,
        issued_at=now,
        expires_at=now + timedelta(hours=1),
        actor=ActorKind.OPERATOR,
    )


def _find(organizations: list[Organization], name: str) -> Organization:
    if not name and len(organizations) == 1:
        return organizations[0]
    known = ", ".join(sorted(organization.name for organization in organizations))
    if not organizations:
        raise NotFoundError("This node serves no organization yet. Add one: adnode organization add")
    if not name:
        raise ValidationError(f"This node serves several organizations. Name one with --organization: {known}.")
    for organization in organizations:
        if name.casefold() in (organization.name.casefold(), organization.id.casefold()):
            return organization
    raise NotFoundError(f"This node serves no organization {name}. It serves: {known}.")

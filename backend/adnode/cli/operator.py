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

ORGANIZATION_OPTION = click.option(
    "--organization", "organization_name", default="", help="Which organization, where the node serves several."
)


def operator_session(node: Node, organization_name: str = "") -> Session:
    """Return a session of the operator in the organization of that name; the audit trail shows who it was.

    The name may be left out where the node serves one organization only. Raises NotFoundError and ValidationError.
    """
    return _session_in(_find(node.list_organizations(), organization_name))


def note_deed(
    node: Node, organization: Organization, action: AuditAction, connection: Connection | None = None, **details: str
) -> None:
    """Write down in the audit trail what the operator did by a command."""
    node.console.audit.note_now(_session_in(organization), action, connection, details)


def note_on_connection(node: Node, connection: Connection, action: AuditAction, **details: str) -> None:
    """Write down what the operator did to a connection."""
    organizations = {organization.id: organization for organization in node.list_organizations()}
    note_deed(node, organizations[connection.organization_id], action, connection, **details)


def _session_in(organization: Organization) -> Session:
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

"""Commands on connections and invitations."""

import dataclasses
from typing import Any

import click

from adnode.bootstrap import Node
from adnode.cli.node_access import node_for_command
from adnode.cli.operator import connection_session, deed, session_in
from adnode.cli.output import is_json, json_option, print_json, print_result, print_rows, to_document
from adnode.cli.secret_input import read_secret
from adnode.domain.audit import AuditAction
from adnode.domain.connection import Connection, Visibility
from adnode.domain.consent import Consent, PanelAccess, PanelDeed
from adnode.domain.errors import NotFoundError, ValidationError
from adnode.domain.invitation import Invitation
from adnode.domain.organization import Organization
from adnode.services.connection_details import check_name
from adnode.services.contacts import partner_of
from adnode.services.hub_connections import ConnectionEdit
from adnode.services.hub_invitations import Initiation

COLUMNS = {
    "Id": "id",
    "Name": "name",
    "Status": "status",
    "Partner": "partner_state",
    "Since": "partner_since",
    "Project": "project",
    "Transport": "transport",
}


@click.group()
def connection() -> None:
    """Connections to other organizations."""


@connection.command()
@click.argument("organization")
@click.argument("project")
@click.argument("name")
@click.option("--private/--public", "is_private", default=True, help="Whether the other node can't be called.")
@click.option("--valid-hours", default=72, show_default=True, help="How long the invitation is open.")
@json_option
def initiate(organization: str, project: str, name: str, is_private: bool, valid_hours: int) -> None:
    """Invite another organization and print the invitation code. The code is a secret: send it safely."""
    visibility = Visibility.PRIVATE if is_private else Visibility.PUBLIC
    with node_for_command() as node:
        session = session_in(find_organization(node, organization))
        invited = node.hub_invitations.initiate(
            session, Initiation(project, visibility, check_name(name), valid_hours=valid_hours)
        )
        made = node.connections.show(invited.connection_id)
        invitation = node.invitations.list_invitations(made.id)[0]
    document = {"connection": connection_document(made), "invitation_id": invitation.id, "code": invited.code}
    print_result(document, invited.code)


@connection.command()
@click.argument("organization")
@click.argument("project")
@click.option("--name", default="", help="Name on this side; called after both sides when left out.")
@click.option("--code-file", help="File that holds the invitation code, - for standard input; asked for when left out.")
@json_option
def accept(organization: str, project: str, name: str, code_file: str | None) -> None:
    """Accept an invitation; PROJECT receives the other side's work items."""
    code = read_secret(code_file, "Invitation code")
    with node_for_command() as node:
        session = session_in(find_organization(node, organization))
        accepted = node.hub_invitations.accept(session, code, project, name).connection
    print_result(connection_document(accepted), f"Connection {accepted.name} ({accepted.id}) is {accepted.status}.")


@connection.command("list")
@json_option
def list_connections() -> None:
    """List the connections."""
    with node_for_command() as node:
        rows = [
            {**connection_document(found), **_partner(node, found)} for found in node.connections.list_connections()
        ]
    print_rows(rows, COLUMNS, "There is no connection yet. Make one with: adnode connection initiate")


@connection.command()
@click.argument("name")
@json_option
def show(name: str) -> None:
    """Show one connection with its work items and queue, by name or id."""
    with node_for_command() as node:
        found = find_connection(node, name)
        document = {**connection_document(found), **_partner(node, found), **_figures(node, found.id)}
        document["invitations"] = [_invitation(one) for one in node.invitations.list_invitations(found.id)]
    if is_json():
        print_json(document)
        return
    for key, value in document.items():
        click.echo(f"{key:<16} {value}")


@connection.command()
@click.argument("name")
@click.option("--name", "new_name", help="Another name on this side.")
@click.option("--description", help="What people should know about it.")
@click.option("--project", help="Another project for incoming sync.")
@click.option("--default-type", help="The type of what has no counterpart; empty for none.")
@click.option(
    "--consent",
    type=click.Choice([each.value for each in Consent]),
    help="To which existing work items of this side the partner may connect.",
)
@click.option("--consent-query", help="Which ones with --consent query: what stands after WHERE in WIQL.")
@click.option(
    "--panel",
    "panel",
    type=(click.Choice([each.value for each in PanelDeed]), click.Choice([each.value for each in PanelAccess])),
    multiple=True,
    help="Who may do that in the panel of a work item; may be repeated.",
)
@json_option
def edit(
    name: str,
    new_name: str | None,
    description: str | None,
    project: str | None,
    default_type: str | None,
    consent: str | None,
    consent_query: str | None,
    panel: tuple[tuple[str, str], ...],
) -> None:
    """Change a connection on this side; what is left out stays."""
    with node_for_command() as node:
        found = find_connection(node, name)
        session = connection_session(node, found)
        change = ConnectionEdit(
            name=new_name,
            description=description,
            project=project,
            default_type=default_type,
            consent=Consent(consent) if consent else None,
            consent_query=consent_query,
            panel={PanelDeed(deed): PanelAccess(access) for deed, access in panel},
        )
        view = node.hub_connections.edit(session, found.id, _revision(node, found), change)
    print_result(connection_document(view.connection), f"Connection {view.connection.name} was changed.")


@connection.command()
@click.argument("name")
@json_option
def deactivate(name: str) -> None:
    """Stop exchanging over a connection; nothing is lost."""
    with node_for_command() as node:
        found = find_connection(node, name)
        session = connection_session(node, found)
        stopped = node.hub_connections.deactivate(session, found.id, _revision(node, found)).connection
    _print_status(stopped)


@connection.command()
@click.argument("name")
@json_option
def activate(name: str) -> None:
    """Go on exchanging over a connection."""
    with node_for_command() as node:
        found = find_connection(node, name)
        session = connection_session(node, found)
        started = node.hub_connections.activate(session, found.id, _revision(node, found)).connection
    _print_status(started)


@connection.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def remove(name: str, yes: bool) -> None:
    """End a connection. The work items stay on both sides; what this node knows of their pairing goes."""
    with node_for_command() as node:
        found = find_connection(node, name)
        if not yes:
            click.confirm(
                f"Remove connection {found.name}? Its work items will not be synchronized any more.", abort=True
            )
        node.hub_connections.remove(connection_session(node, found), found.id, _revision(node, found))
        removed = node.connections.show(found.id)
    _print_status(removed)


@click.group()
def invitation() -> None:
    """Invitations to connections of this node."""


@invitation.command()
@click.argument("invitation_id")
@json_option
def revoke(invitation_id: str) -> None:
    """Take an open invitation back."""
    with node_for_command() as node:
        revoked = node.invitations.revoke(invitation_id, deed(node, AuditAction.INVITATION_REVOKED))
    print_result(_invitation(revoked), f"The invitation is {revoked.status}.")


@invitation.command()
@click.argument("invitation_id")
@json_option
def code(invitation_id: str) -> None:
    """Print the code of an open invitation once more."""
    with node_for_command() as node:
        text = node.invitations.code(invitation_id, deed(node, AuditAction.INVITATION_SHOWN))
    print_result({"code": text}, text)


@invitation.command()
@click.option("--code-file", help="File that holds the invitation code, - for standard input; asked for when left out.")
@json_option
def inspect(code_file: str | None) -> None:
    """Show who sent an invitation code and what it offers, without using it."""
    text = read_secret(code_file, "Invitation code")
    with node_for_command() as node:
        offer = node.invitations.inspect(text)
        document = {**to_document(offer), "fingerprint": node.invitations.fingerprint(offer)}
    document.pop("public_key")
    if is_json():
        print_json(document)
        return
    for key, value in document.items():
        click.echo(f"{key:<18} {value}")


connection.add_command(invitation)


def find_connection(node: Node, name: str) -> Connection:
    """Return a connection by id or name; raises NotFoundError, ValidationError when the name is not unique."""
    listed = node.connections.list_connections()
    found = [one for one in listed if one.id == name] or [one for one in listed if one.name == name]
    if not found:
        raise NotFoundError(f"There is no connection {name} here. List them with: adnode connection list")
    if len(found) > 1:
        raise ValidationError(f"Several connections are named {name}. Use the id from: adnode connection list")
    return found[0]


def find_organization(node: Node, name: str) -> Organization:
    """Return an organization by id, name or URL; raises NotFoundError, ValidationError when the name is not unique."""
    listed = node.list_organizations()
    found = [one for one in listed if name.rstrip("/") in {one.id, one.url.rstrip("/")}]
    found = found or [one for one in listed if one.name == name]
    if not found:
        raise NotFoundError(f"There is no organization {name} here. Add it with: adnode organization add")
    if len(found) > 1:
        raise ValidationError(f"Several organizations are named {name}. Use the id from: adnode organization list")
    return found[0]


def connection_document(found: Connection) -> dict[str, Any]:
    """Return a connection as JSON data."""
    document = dict(to_document(found))
    document["peer"] = None if found.peer is None else to_document(dataclasses.replace(found.peer))
    return document


def _revision(node: Node, found: Connection) -> int:
    return node.hub_connections.show(connection_session(node, found), found.id).revision


def _partner(node: Node, found: Connection) -> dict[str, Any]:
    """Return how the other side stands, as the page says it, too."""
    with node.new_unit_of_work() as work:
        partner = partner_of(found, work.notes.get(found.id))
    return {"partner_state": partner.state.value, "partner_since": to_document(partner.since)}


def _figures(node: Node, connection_id: str) -> dict[str, Any]:
    with node.new_unit_of_work() as work:
        return {
            "work_items": to_document(work.twins.count(connection_id)),
            "in_progress": work.twins.count_due(connection_id),
            "queue": to_document(work.queue.depth(connection_id)),
        }


def _invitation(found: Invitation) -> dict[str, Any]:
    return dict(to_document(dataclasses.replace(found)))


def _print_status(changed: Connection) -> None:
    print_result(connection_document(changed), f"Connection {changed.name} is {changed.status}.")

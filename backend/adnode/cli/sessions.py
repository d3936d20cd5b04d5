"""Commands on the sessions of the pages."""

import click

from adnode.cli.failures import FailingGroup
from adnode.cli.node_access import node_for_command
from adnode.cli.operator import ORGANIZATION_OPTION, operator_session
from adnode.cli.output import json_option, print_result, print_rows
from adnode.domain.errors import ValidationError

COLUMNS = {
    "Id": "id",
    "Who": "user_name",
    "Opened": "opened_at",
    "Used": "used_at",
    "From": "address",
    "Browser": "browser",
}


@click.group("session", cls=FailingGroup)
def session() -> None:
    """Who is signed in to the pages inside Azure DevOps."""


@session.command("list")
@ORGANIZATION_OPTION
@json_option
def list_sessions(organization_name: str) -> None:
    """List the sessions that can be used, the one used last first."""
    with node_for_command() as node:
        live = node.console.sessions.list_live(operator_session(node, organization_name))
    print_rows(live, COLUMNS, "Nobody is signed in.")


@session.command()
@click.argument("session_id", required=False)
@click.option("--all", "everything", is_flag=True, help="Every session of the organization.")
@ORGANIZATION_OPTION
@json_option
def end(session_id: str | None, everything: bool, organization_name: str) -> None:
    """End a session at once. Whoever still holds the right in Azure DevOps may sign in again."""
    if bool(session_id) == everything:
        raise ValidationError("Name one session by its id or give --all, one of the two.")
    with node_for_command() as node:
        operator = operator_session(node, organization_name)
        if session_id:
            node.console.sessions.end(operator, session_id)
            count = 1
        else:
            count = node.console.sessions.end_others(operator)
    print_result({"ended": count}, f"{count} ended.")

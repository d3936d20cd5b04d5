"""The command that shows the audit trail."""

import click

from adnode.cli.connections import find_connection
from adnode.cli.node_access import node_for_command
from adnode.cli.operator import ORGANIZATION_OPTION, operator_session
from adnode.cli.output import json_option, print_rows

COLUMNS = {"At": "at", "Who": "user_name", "What": "action", "Connection": "connection_name", "Details": "details"}


@click.command()
@click.option("--connection", help="Only what was done to this connection.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000), help="How many at most.")
@ORGANIZATION_OPTION
@json_option
def audit(connection: str | None, limit: int, organization_name: str) -> None:
    """List who did what, the newest first, on the page and by command."""
    with node_for_command() as node:
        session = operator_session(node, organization_name)
        connection_id = find_connection(node, connection).id if connection else ""
        page = node.console.audit.list_page(session, connection_id=connection_id, limit=limit)
    print_rows(page.entries, COLUMNS, "Nothing has been done yet.")

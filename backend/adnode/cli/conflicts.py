"""Commands on conflicts."""

import click

from adnode.cli.connections import find_connection
from adnode.cli.node_access import node_for_command
from adnode.cli.operator import ORGANIZATION_OPTION, operator_session
from adnode.cli.output import json_option, print_result, print_rows

CONFLICT_COLUMNS = {
    "Id": "id",
    "At": "happened_at",
    "Status": "status",
    "Work item": "work_item_id",
    "Field": "key",
    "Kept": "winner",
    "Lost": "loser",
}


@click.group()
def conflicts() -> None:
    """Values that lost against a concurrent change on the other side."""


@conflicts.command("list")
@click.option("--connection", help="Only of this connection.")
@json_option
def list_conflicts(connection: str | None) -> None:
    """List the values that lost, the newest first."""
    with node_for_command() as node:
        connection_id = find_connection(node, connection).id if connection else ""
        rows = node.error_records.list_conflicts(connection_id=connection_id)
    print_rows(rows, CONFLICT_COLUMNS, "No value was lost.")


@conflicts.command()
@click.argument("conflict_id")
@ORGANIZATION_OPTION
@json_option
def restore(conflict_id: str, organization_name: str) -> None:
    """Use the value that lost: it is written here and told to the other side."""
    with node_for_command() as node:
        view = node.console.conflicts.restore(operator_session(node, organization_name), conflict_id)
    print_result(view, f"The other value of the {view.thing} is on its way to both sides.")


@conflicts.command()
@click.argument("conflict_id")
@ORGANIZATION_OPTION
@json_option
def dismiss(conflict_id: str, organization_name: str) -> None:
    """Leave the value that won, and have the conflict off the list."""
    with node_for_command() as node:
        view = node.console.conflicts.dismiss(operator_session(node, organization_name), conflict_id)
    print_result(view, f"The {view.thing} stays as it is.")

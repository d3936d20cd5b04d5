"""Commands on errors, conflicts and the sync queue."""

import click

from adnode.cli.connections import find_connection
from adnode.cli.node_access import node_for_command
from adnode.cli.output import json_option, print_result, print_rows
from adnode.domain.errors import ValidationError

ERROR_COLUMNS = {"Id": "id", "Last seen": "last_seen_at", "Times": "occurrences", "Code": "code", "Message": "message"}
CONFLICT_COLUMNS = {"At": "happened_at", "Work item": "work_item_id", "Field": "key", "Kept": "winner", "Lost": "loser"}
QUEUE_COLUMNS = {
    "Sequence": "sequence",
    "Direction": "direction",
    "Kind": "kind",
    "Status": "status",
    "Work item": "work_item_id",
    "Created": "created_at",
}


@click.group()
def errors() -> None:
    """What failed."""


@errors.command("list")
@click.option("--connection", help="Only of this connection.")
@click.option("--closed", is_flag=True, help="Closed ones too.")
@json_option
def list_errors(connection: str | None, closed: bool) -> None:
    """List error records, the newest first."""
    with node_for_command() as node:
        connection_id = find_connection(node, connection).id if connection else ""
        rows = node.error_records.list_records(connection_id=connection_id, include_closed=closed)
    print_rows(rows, ERROR_COLUMNS, "There is no error.")


@errors.command()
@click.argument("record_id", required=False)
@click.option("--all", "everything", is_flag=True, help="Everything that is open.")
@json_option
def retry(record_id: str | None, everything: bool) -> None:
    """Try again what an error is about; the error closes itself when it succeeds."""
    if bool(record_id) == everything:
        raise ValidationError("Name one error by its id or give --all, one of the two.")
    with node_for_command() as node:
        count = node.error_records.retry_all() if record_id is None else 1
        if record_id is not None:
            node.error_records.retry(record_id)
    print_result({"retried": count}, f"{count} tried again; see: adnode errors list")


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


@click.group()
def queue() -> None:
    """Messages to and from other nodes."""


@queue.command("list")
@click.option("--connection", help="Only of this connection.")
@click.option("--direction", type=click.Choice(["outgoing", "incoming"]), help="Only this direction.")
@click.option("--limit", default=100, show_default=True, help="How many at most.")
@json_option
def list_queue(connection: str | None, direction: str | None, limit: int) -> None:
    """List messages, the newest first."""
    with node_for_command() as node:
        connection_id = find_connection(node, connection).id if connection else None
        with node.new_unit_of_work() as work:
            rows = work.queue.list_rows(connection_id=connection_id, direction=direction, limit=limit)
    print_rows(rows, QUEUE_COLUMNS, "The queue is empty.")

"""Commands on drift."""

import click

from adnode.cli.connections import find_connection
from adnode.cli.node_access import node_for_command
from adnode.cli.operator import ORGANIZATION_OPTION, operator_session
from adnode.cli.output import json_option, print_result, print_rows, to_document

COLUMNS = {"Id": "id", "Kind": "kind", "Work item": "work_item_id", "What": "detail", "Found": "found_at"}
PAGE = 200


@click.group()
def drift() -> None:
    """What the two sides of a connection no longer have in common."""


@drift.command()
@click.argument("connection")
@click.option("--deep", "is_deep", is_flag=True, help="Read everything, comments too, and send what was missed here.")
@ORGANIZATION_OPTION
@json_option
def compare(connection: str, is_deep: bool, organization_name: str) -> None:
    """Compare all pairs of a connection; the worker does it: see adnode job show."""
    with node_for_command() as node:
        session = operator_session(node, organization_name)
        job = node.console.drift.compare(session, find_connection(node, connection).id, is_deep=is_deep)
    print_result(to_document(job), f"{job.title}: job {job.id}. See: adnode job show {job.id}")


@drift.command("list")
@click.argument("connection")
@ORGANIZATION_OPTION
@json_option
def list_findings(connection: str, organization_name: str) -> None:
    """List what the last comparison found."""
    with node_for_command() as node:
        session = operator_session(node, organization_name)
        connection_id = find_connection(node, connection).id
        rows = list(node.console.drift.list_page(session, connection_id, limit=PAGE).findings)
        while rows and len(rows) % PAGE == 0:
            after = rows[-1].kind.value, rows[-1].id
            more = node.console.drift.list_page(session, connection_id, after=after, limit=PAGE).findings
            if not more:
                break
            rows += more
    print_rows(rows, COLUMNS, "Nothing differs.")


@drift.command()
@click.argument("connection")
@click.argument("finding_ids", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Everything that is open.")
@ORGANIZATION_OPTION
@json_option
def repair(connection: str, finding_ids: tuple[str, ...], everything: bool, organization_name: str) -> None:
    """Repair findings by their ids, or all."""
    if bool(finding_ids) == everything:
        raise click.UsageError("Name findings by their ids or give --all, one of the two.")
    with node_for_command() as node:
        session = operator_session(node, organization_name)
        chosen = None if everything else list(finding_ids)
        job = node.console.drift.repair(session, find_connection(node, connection).id, chosen)
    print_result(to_document(job), f"{job.title}: job {job.id}. See: adnode job show {job.id}")

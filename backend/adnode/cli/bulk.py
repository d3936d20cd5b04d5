"""Commands that put everything under sync that a query matches, or take it out."""

from collections.abc import Callable

import click

from adnode.cli.connections import find_connection
from adnode.cli.jobs import follow_job, print_job
from adnode.cli.node_access import node_for_command
from adnode.cli.operator import operator_session
from adnode.cli.output import is_json, json_option
from adnode.domain.job import Job
from adnode.domain.session import Session
from adnode.services.bulk import BulkService

Start = Callable[[BulkService, Session, str, str], Job]
CONDITION_HELP = "CONDITION is what stands after WHERE in WIQL, for example: \"[System.State] = 'New'\"."


@click.group()
def bulk() -> None:
    """Everything that matches, as a job that a restart does not end. See also: adnode job"""


@bulk.command(help=f"Put all work items of the connection's project under sync that match. {CONDITION_HELP}")
@click.argument("connection")
@click.argument("condition", default="")
@click.option("--wait", is_flag=True, help="Wait until everything is there.")
@json_option
def exalate(connection: str, condition: str, wait: bool) -> None:
    """Start a Bulk Exalate."""
    _start(BulkService.exalate_matches, connection, condition, wait=wait)


@bulk.command(help=f"Take all work items of the connection's project out of sync that match. {CONDITION_HELP}")
@click.argument("connection")
@click.argument("condition", default="")
@click.option("--wait", is_flag=True, help="Wait until it is done.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def unexalate(connection: str, condition: str, wait: bool, yes: bool) -> None:
    """Start a Bulk Unexalate."""
    if not yes:
        what = condition or "all work items of the project"
        click.confirm(f"Take out of sync over {connection}: {what}? All work items stay.", abort=True)
    _start(BulkService.unexalate_matches, connection, condition, wait=wait)


def _start(start: Start, connection: str, condition: str, *, wait: bool) -> None:
    with node_for_command() as node:
        found = find_connection(node, connection)
        session = operator_session(node, found.organization_id)
        job = start(node.console.bulk, session, found.id, condition)
        if wait:
            job = follow_job(node, session, job, timeout_seconds=24 * 3600.0)
    print_job(job)
    if not wait and not is_json():
        click.echo(f"The worker does it. See: adnode job show {job.id}")

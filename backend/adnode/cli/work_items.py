"""Commands on single work items."""

import time
from collections.abc import Collection

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from adnode.bootstrap import Node
from adnode.cli.connections import connection_document, find_connection
from adnode.cli.node_access import node_for_command
from adnode.cli.operator import connection_session, deed
from adnode.cli.output import is_json, json_option, print_json, to_document
from adnode.cli.twins import COMMANDS
from adnode.domain.audit import AuditAction
from adnode.domain.counterpart import CounterpartChoice
from adnode.domain.errors import ValidationError
from adnode.domain.license_plan import WAITS_FOR_PLAN
from adnode.services.hub_work_items import exalation_note
from adnode.services.work_items import Progress as SyncProgress
from adnode.services.work_items import TwinReport, Wish

LOOK_INTERVAL_SECONDS = 0.3


@click.group("work-item")
def work_item() -> None:
    """Work items in sync."""


for _command in COMMANDS:
    work_item.add_command(_command)


@work_item.command()
@click.argument("connection")
@click.argument("work_item_ids", nargs=-1, type=int)
@click.option("--wiql", help="Take every work item that this WIQL query matches.")
@click.option(
    "--counterpart",
    type=click.Choice([each.value for each in CounterpartChoice]),
    help="What becomes of those that were in sync with a work item of the partner before, or link to one.",
)
@click.option("--wait/--no-wait", default=None, help="Wait until they are there (default: only on a terminal).")
@click.option("--timeout-seconds", default=600.0, show_default=True, help="How long to wait at most.")
@json_option
def sync(
    connection: str,
    work_item_ids: tuple[int, ...],
    wiql: str | None,
    counterpart: str | None,
    wait: bool | None,
    timeout_seconds: float,
) -> None:
    """Put work items under sync: by number, or all that a query matches."""
    if bool(work_item_ids) == bool(wiql):
        raise ValidationError("Name work items by number or give a query with --wiql, one of the two.")
    with node_for_command() as node:
        found = find_connection(node, connection)
        numbers = node.work_items.find(found.id, wiql) if wiql else list(work_item_ids)
        if wiql and not numbers:
            raise ValidationError("The query matches no work item. Try it in Azure DevOps first.")
        session = connection_session(node, found)
        choice = CounterpartChoice(counterpart) if counterpart else None
        note = exalation_note(node.console.audit, session, choice)
        wish = Wish(choice=choice, asked_by=session.user_name)
        result = node.work_items.synchronize(found.id, numbers, wish, note=note)
        should_wait = (Console().is_terminal and not is_json()) if wait is None else wait
        progress = _follow(node, result.twin_ids, timeout_seconds) if should_wait else None
    if is_json():
        print_json({**to_document(result), "progress": to_document(progress)})
        return
    click.echo(f"{len(result.started)} put under sync, {len(result.already)} were already.")
    if result.held:
        click.echo(f"{len(result.held)} of them wait: this month's new pairs are used up. See: adnode license show")
    if result.known:
        click.echo(
            f"{len(result.known)} wait for a decision: each was in sync with a work item of the partner before, or "
            "links to one. See: adnode proposal list --direction outgoing"
        )
    if progress is not None and progress.failed:
        click.echo(f"{progress.failed} failed; see: adnode errors list")


@work_item.command()
@click.argument("work_item_id", type=int)
@click.option("--connection", help="Only over this connection.")
@json_option
def status(work_item_id: int, connection: str | None) -> None:
    """Say how a work item is doing over each connection."""
    with node_for_command() as node:
        connection_id = find_connection(node, connection).id if connection else None
        reports = node.work_items.status(work_item_id, connection_id)
    if is_json():
        print_json([_document(report) for report in reports])
        return
    for report in reports:
        twin = report.twin
        click.echo(f"{report.connection.name}: {twin.status}, other side: {twin.remote_url or 'not there yet'}")
        if twin.is_held:
            click.echo(f"  {WAITS_FOR_PLAN}")
        for record in report.error_records:
            click.echo(f"  {record.message} [{record.code}, {record.id}]")
        if report.conflicts:
            click.echo(f"  {len(report.conflicts)} values lost against concurrent changes; see: adnode conflicts list")


@work_item.command()
@click.argument("connection")
@click.argument("work_item_id", type=int)
@json_option
def unlink(connection: str, work_item_id: int) -> None:
    """Take a work item out of sync; both work items stay."""
    with node_for_command() as node:
        found = find_connection(node, connection)
        guard = deed(node, AuditAction.WORK_ITEM_UNEXALATED, work_item=str(work_item_id))
        twin = node.work_items.unlink(found.id, work_item_id, guard)
    if is_json():
        print_json({"twin_id": twin.id, "status": twin.status, "work_item_id": twin.work_item_id})
    else:
        click.echo(f"Work item {work_item_id} is not synchronized any more.")


def _document(report: TwinReport) -> dict[str, object]:
    twin = report.twin
    return {
        "twin_id": twin.id,
        "status": twin.status.value,
        "is_held": twin.is_held,
        "work_item_id": twin.work_item_id,
        "project": twin.project,
        "revision": twin.revision,
        "remote_work_item_id": twin.remote_work_item_id,
        "remote_url": twin.remote_url,
        "synchronized_at": to_document(twin.synchronized_at),
        "connection": connection_document(report.connection),
        "errors": to_document(report.error_records),
        "conflicts": to_document(report.conflicts),
    }


def _follow(node: Node, twin_ids: Collection[str], timeout_seconds: float) -> SyncProgress:
    """Show a progress bar until everything is over or the time is up."""
    deadline = time.monotonic() + timeout_seconds
    columns = (TextColumn("Synchronizing"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), disable=is_json()) as bar:
        task = bar.add_task("", total=len(twin_ids))
        while True:
            progress = node.work_items.progress(twin_ids)
            bar.update(task, completed=progress.synchronized + progress.failed)
            if progress.is_over or time.monotonic() > deadline:
                return progress
            time.sleep(LOOK_INTERVAL_SECONDS)

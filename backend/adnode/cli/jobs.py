"""Commands on jobs: long work on many work items, which the worker does."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from adnode.bootstrap import Node
from adnode.cli.connections import find_connection
from adnode.cli.node_access import node_for_command
from adnode.cli.operator import ORGANIZATION_OPTION, operator_session
from adnode.cli.output import is_json, json_option, print_json, print_result, print_rows, to_document
from adnode.domain.job import OPEN_OUTCOMES, Job, JobKind, JobStatus, RowOutcome
from adnode.domain.session import Session
from adnode.services.jobs.service import JobService

PAGE = 200
KINDS = [kind.value for kind in JobKind]
OUTCOMES = [outcome.value for outcome in RowOutcome]
LOOK_INTERVAL_SECONDS = 0.5
COLUMNS = {
    "Id": "id",
    "Kind": "kind",
    "Status": "status",
    "Title": "title",
    "Done": "over",
    "Of": "total",
    "Failed": "failed",
    "Created": "created_at",
    "By": "created_by",
}
ROW_COLUMNS = {
    "Number": "number",
    "Work item": "work_item_id",
    "Their work item": "remote_work_item_id",
    "Outcome": "outcome",
    "Message": "message",
}
Step = Callable[[JobService, Session, str], Job]


@click.group()
def job() -> None:
    """Long work on many work items. The worker does it; a restart of the node ends none of it."""


@job.command("list")
@click.option("--kind", "kinds", multiple=True, type=click.Choice(KINDS), help="Only of this kind.")
@click.option("--connection", help="Only of this connection.")
@click.option("--limit", default=50, show_default=True, help="How many, the newest first.")
@ORGANIZATION_OPTION
@json_option
def list_jobs(kinds: tuple[str, ...], connection: str | None, limit: int, organization_name: str) -> None:
    """List jobs, the newest first."""
    with node_for_command() as node:
        session = operator_session(node, organization_name)
        connection_id = find_connection(node, connection).id if connection else ""
        wanted = [JobKind(kind) for kind in kinds] or None
        page = node.console.jobs.list_page(session, kinds=wanted, connection_id=connection_id, limit=limit)
    print_rows([job_row(one) for one in page.jobs], COLUMNS, "There are no jobs.")


@job.command()
@click.argument("job_id")
@click.option("--wait", is_flag=True, help="Wait until it is over and nothing of it goes on.")
@click.option("--timeout-seconds", default=3600.0, show_default=True, help="How long to wait at most.")
@ORGANIZATION_OPTION
@json_option
def show(job_id: str, wait: bool, timeout_seconds: float, organization_name: str) -> None:
    """Say how far a job is, and why it failed or waits."""
    with node_for_command() as node:
        session = operator_session(node, organization_name)
        found = node.console.jobs.show(session, job_id)
        if wait:
            found = follow_job(node, session, found, timeout_seconds)
    print_job(found)


@job.command()
@click.argument("job_id")
@ORGANIZATION_OPTION
@json_option
def pause(job_id: str, organization_name: str) -> None:
    """Let no further work item of a job begin; what was begun goes on."""
    _take(JobService.pause, job_id, organization_name)


@job.command()
@click.argument("job_id")
@ORGANIZATION_OPTION
@json_option
def resume(job_id: str, organization_name: str) -> None:
    """Let a paused job go on."""
    _take(JobService.resume, job_id, organization_name)


@job.command()
@click.argument("job_id")
@ORGANIZATION_OPTION
@json_option
def cancel(job_id: str, organization_name: str) -> None:
    """End a job for good: what it has begun goes on, what it has not never begins."""
    _take(JobService.cancel, job_id, organization_name)


@job.command("rows")
@click.argument("job_id")
@click.option("--outcome", type=click.Choice(OUTCOMES), help="Only these.")
@click.option("--limit", default=PAGE, show_default=True, help="How many at most.")
@ORGANIZATION_OPTION
@json_option
def list_rows(job_id: str, outcome: str | None, limit: int, organization_name: str) -> None:
    """List what became of single work items."""
    outcomes = [RowOutcome(outcome)] if outcome else None
    with node_for_command() as node:
        session = operator_session(node, organization_name)
        rows = node.console.jobs.list_rows(session, job_id, outcomes=outcomes, limit=limit).rows
    print_rows(rows, ROW_COLUMNS, "There are none.")


@job.command()
@click.argument("job_id")
@click.option("--file", "path", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file.")
@ORGANIZATION_OPTION
@json_option
def result(job_id: str, path: Path | None, organization_name: str) -> None:
    """Print what became of every work item as CSV."""
    with node_for_command() as node:
        pieces = node.console.jobs.result(operator_session(node, organization_name), job_id)
        if path is not None:
            with path.open("w", encoding="utf-8", newline="") as file:
                file.writelines(pieces)
            print_result({"file": str(path)}, f"Written to {path}.")
        elif is_json():
            print_json({"csv": "".join(pieces)})
        else:
            for piece in pieces:
                click.echo(piece, nl=False)


def print_job(found: Job) -> None:
    """Print a job for machines or people."""
    if is_json():
        print_json(job_row(found))
        return
    click.echo(f"{found.title}: {found.status}, {_over(found)} of {found.total} over.")
    for outcome, count in found.counts.items():
        click.echo(f"  {outcome:<10} {count}")
    if found.error_message:
        click.echo(f"  {found.error_message}")


def job_row(found: Job) -> dict[str, Any]:
    """Return a job as JSON data, with what a table shows of it."""
    return {**to_document(found), "over": _over(found), "failed": found.count(RowOutcome.FAILED)}


def follow_job(node: Node, session: Session, found: Job, timeout_seconds: float) -> Job:
    """Show a progress bar until the job is over and nothing of it goes on, or the time is up."""
    deadline = time.monotonic() + timeout_seconds
    columns = (TextColumn(found.title), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), disable=is_json()) as bar:
        task = bar.add_task("", total=None)
        while True:
            found = node.console.jobs.show(session, found.id)
            bar.update(task, completed=_over(found), total=found.total or None)
            if _is_at_rest(found) or found.status is JobStatus.PAUSED or time.monotonic() > deadline:
                return found
            time.sleep(LOOK_INTERVAL_SECONDS)


def _take(step: Step, job_id: str, organization_name: str) -> None:
    with node_for_command() as node:
        print_job(step(node.console.jobs, operator_session(node, organization_name), job_id))


def _over(found: Job) -> int:
    return found.total - sum(found.count(outcome) for outcome in OPEN_OUTCOMES)


def _is_at_rest(found: Job) -> bool:
    return found.is_over and not found.count(RowOutcome.STARTED)

"""Commands on triggers."""

from collections.abc import Mapping
from typing import Any

import click

from adnode.bootstrap import Node
from adnode.cli.connections import find_connection
from adnode.cli.node_access import node_for_command
from adnode.cli.operator import ORGANIZATION_OPTION, operator_session
from adnode.cli.output import is_json, json_option, print_json, print_result, print_rows, to_document
from adnode.domain.job import Job
from adnode.domain.session import Session
from adnode.domain.trigger import TriggerWish
from adnode.services.trigger_matches import MatchCount, Preview
from adnode.services.triggers import TriggerEdit, TriggerView

PAGE = 200
COLUMNS = {
    "Id": "id",
    "If": "title",
    "Type": "work_item_type",
    "Then sync with": "connection",
    "Active": "active",
    "Matches": "fitting",
    "Last run": "last_run_at",
    "Error": "last_error",
}
MATCH_COLUMNS = {"Work item": "work_item_id", "Type": "type_name", "State": "state", "Title": "title"}
CONDITION_HELP = "What stands after WHERE in WIQL, for example: [System.Tags] CONTAINS 'partner'"


@click.group()
def trigger() -> None:
    """Conditions that put work items under sync by themselves."""


@trigger.command("list")
@click.option("--connection", help="Only of this connection.")
@ORGANIZATION_OPTION
@json_option
def list_triggers(connection: str | None, organization_name: str) -> None:
    """List the triggers, the oldest first."""
    with node_for_command() as node:
        session = operator_session(node, organization_name)
        connection_id = find_connection(node, connection).id if connection else ""
        views = _list_all(node, session, connection_id)
    print_rows([_row(view) for view in views], COLUMNS, "There is no trigger yet. Make one: adnode trigger create")


@trigger.command()
@click.argument("connection")
@click.argument("condition", default="")
@click.option("--type", "work_item_type", default="", help="Only work items of this type.")
@click.option("--notes", default="", help="What people should know about it.")
@click.option("--active/--inactive", "is_active", default=True, help="Whether it is switched on at once.")
@ORGANIZATION_OPTION
@json_option
def create(
    connection: str, condition: str, work_item_type: str, notes: str, is_active: bool, organization_name: str
) -> None:
    """Put work items under sync over CONNECTION by themselves when they are made or changed and fit CONDITION.

    CONDITION is what stands after WHERE in WIQL, for example: [System.Tags] CONTAINS 'partner'. What is there already
    stays as it is; see: adnode trigger bulk-exalate
    """
    with node_for_command() as node:
        session = operator_session(node, organization_name)
        wish = TriggerWish(find_connection(node, connection).id, condition, work_item_type, notes, is_active)
        view = node.console.triggers.create(session, wish)
    _print_trigger(view)


@trigger.command()
@click.argument("trigger_id")
@click.option("--connection", help="Another connection.")
@click.option("--condition", help=CONDITION_HELP)
@click.option("--type", "work_item_type", help="Only work items of this type; empty for any.")
@click.option("--notes", help="What people should know about it.")
@ORGANIZATION_OPTION
@json_option
def edit(
    trigger_id: str,
    connection: str | None,
    condition: str | None,
    work_item_type: str | None,
    notes: str | None,
    organization_name: str,
) -> None:
    """Change a trigger; what is left out stays."""
    with node_for_command() as node:
        session = operator_session(node, organization_name)
        connection_id = find_connection(node, connection).id if connection else None
        revision = node.console.triggers.show(session, trigger_id).trigger.revision
        change = TriggerEdit(connection_id, condition, work_item_type, notes)
        view = node.console.triggers.edit(session, trigger_id, revision, change)
    _print_trigger(view)


@trigger.command()
@click.argument("trigger_id")
@click.option("--yes", is_flag=True, help="Do not ask.")
@ORGANIZATION_OPTION
@json_option
def delete(trigger_id: str, yes: bool, organization_name: str) -> None:
    """Delete a trigger. What is under sync stays so."""
    with node_for_command() as node:
        session = operator_session(node, organization_name)
        found = node.console.triggers.show(session, trigger_id).trigger
        if not yes:
            click.confirm(f"Delete the trigger “{found.title}”? What is under sync stays so.", abort=True)
        node.console.triggers.delete(session, trigger_id, found.revision)
    print_result({"deleted": trigger_id}, f"The trigger “{found.title}” is deleted.")


@trigger.command()
@click.argument("trigger_id")
@ORGANIZATION_OPTION
@json_option
def activate(trigger_id: str, organization_name: str) -> None:
    """Switch a trigger on: what changes from now on is looked at."""
    _switch(trigger_id, organization_name, is_on=True)


@trigger.command()
@click.argument("trigger_id")
@ORGANIZATION_OPTION
@json_option
def deactivate(trigger_id: str, organization_name: str) -> None:
    """Switch a trigger off: what changes meanwhile is never looked at."""
    _switch(trigger_id, organization_name, is_on=False)


@trigger.command()
@click.argument("connection")
@click.argument("condition", default="")
@click.option("--type", "work_item_type", default="", help="Only work items of this type.")
@ORGANIZATION_OPTION
@json_option
def preview(connection: str, condition: str, work_item_type: str, organization_name: str) -> None:
    """Say how many work items fit CONDITION now, and show the first of them."""
    with node_for_command() as node:
        session = operator_session(node, organization_name)
        connection_id = find_connection(node, connection).id
        found = node.console.triggers.preview(session, connection_id, work_item_type, condition)
    _print_preview(found)


@trigger.command("bulk-exalate")
@click.argument("trigger_id")
@click.option("--yes", is_flag=True, help="Do not ask.")
@ORGANIZATION_OPTION
@json_option
def bulk_exalate(trigger_id: str, yes: bool, organization_name: str) -> None:
    """Put everything under sync that fits now, as a job; what is under sync is checked for changes."""
    with node_for_command() as node:
        session = operator_session(node, organization_name)
        if not yes:
            _confirm(node, session, trigger_id, "Put what fits now under sync?")
        job = node.console.triggers.bulk_exalate(session, trigger_id)
    _print_job(job)


@trigger.command("bulk-unexalate")
@click.argument("trigger_id")
@click.option("--yes", is_flag=True, help="Do not ask.")
@ORGANIZATION_OPTION
@json_option
def bulk_unexalate(trigger_id: str, yes: bool, organization_name: str) -> None:
    """Take everything out of sync that fits now, as a job; all work items stay as they are."""
    with node_for_command() as node:
        session = operator_session(node, organization_name)
        if not yes:
            _confirm(node, session, trigger_id, "Take what fits now out of sync?")
        job = node.console.triggers.bulk_unexalate(session, trigger_id)
    _print_job(job)


def _switch(trigger_id: str, organization_name: str, *, is_on: bool) -> None:
    with node_for_command() as node:
        session, triggers = operator_session(node, organization_name), node.console.triggers
        revision = triggers.show(session, trigger_id).trigger.revision
        switch = triggers.activate if is_on else triggers.deactivate
        view = switch(session, trigger_id, revision)
    _print_trigger(view)


def _list_all(node: Node, session: Session, connection_id: str) -> list[TriggerView]:
    views: list[TriggerView] = []
    while True:
        after = (views[-1].trigger.created_at, views[-1].trigger.id) if views else None
        page = node.console.triggers.list_page(session, connection_id=connection_id, after=after, limit=PAGE)
        views += page.views
        if len(page.views) < PAGE:
            return views


def _row(view: TriggerView) -> Mapping[str, Any]:
    trigger = view.trigger
    return {
        **to_document(trigger),
        "title": trigger.title,
        "connection": view.connection.name,
        "active": "yes" if trigger.is_active else "no",
        "fitting": _count(MatchCount(trigger.matches, trigger.is_many)),
    }


def _count(count: MatchCount) -> str:
    if count.matches is None:
        return "not known"
    return f"{count.matches:,} or more" if count.is_many else f"{count.matches:,}"


def _confirm(node: Node, session: Session, trigger_id: str, question: str) -> None:
    found = node.console.triggers.count(session, trigger_id).trigger
    fitting = _count(MatchCount(found.matches, found.is_many))
    click.confirm(f"“{found.title}” fits work items: {fitting}. {question}", abort=True)


def _print_trigger(view: TriggerView) -> None:
    row = _row(view)
    print_result(
        row,
        f"Trigger {view.trigger.id} (“{view.trigger.title}”, then sync with {view.connection.name}) is "
        f"{'on' if view.trigger.is_active else 'off'}; it fits work items: {row['fitting']}.",
    )


def _print_preview(found: Preview) -> None:
    if is_json():
        print_json(found)
        return
    click.echo(f"It fits work items: {_count(found.count)}.")
    if found.items:
        print_rows([to_document(item) for item in found.items], MATCH_COLUMNS, "")


def _print_job(job: Job) -> None:
    print_result(job, f"Job {job.id} has begun; see: adnode job show {job.id}")

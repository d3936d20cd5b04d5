"""Commands on the license plan."""

from pathlib import Path
from typing import Any

import click

from adnode.cli.node_access import node_for_command
from adnode.cli.operator import ORGANIZATION_OPTION, operator_session
from adnode.cli.output import is_json, json_option, print_json, print_result, print_rows
from adnode.services.usage import HeldItem, LicenseReport
from adnode.services.usage_file import usage_file

PAGE = 200
HELD_COLUMNS = {
    "Waits since": "waits_since",
    "Connection": "connection_name",
    "Work item": "work_item_id",
    "Their work item": "remote_work_item_id",
}


@click.group("license")
def license_plan() -> None:
    """The plan: new pairs of work items a month. Nothing has to be bought."""


@license_plan.command()
@ORGANIZATION_OPTION
@json_option
def show(organization_name: str) -> None:
    """Show the plan, what of it this month has used, and what waits."""
    with node_for_command() as node:
        report = node.console.usage.report(operator_session(node, organization_name))
    if is_json():
        print_json(report)
        return
    for name, value in _facts(report).items():
        click.echo(f"{name:<28} {value}")


@license_plan.command("held")
@ORGANIZATION_OPTION
@json_option
def list_held(organization_name: str) -> None:
    """List the work items that wait for the plan, the next one first."""
    items: list[HeldItem] = []
    with node_for_command() as node:
        session = operator_session(node, organization_name)
        while len(items) % PAGE == 0:
            after = (items[-1].twin.created_at, items[-1].twin.id) if items else None
            more = node.console.usage.list_held(session, after=after, limit=PAGE).items
            items += more
            if not more:
                break
    print_rows([_held_row(item) for item in items], HELD_COLUMNS, "Nothing waits for the plan.")


@license_plan.command()
@click.option("--file", "path", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file.")
@ORGANIZATION_OPTION
@json_option
def export(path: Path | None, organization_name: str) -> None:
    """Write the pairs of every month and connection: as CSV, or as JSON."""
    with node_for_command() as node:
        usages = list(node.console.usage.export(operator_session(node, organization_name)))
    text = "".join(usage_file(usages))
    if path is not None:
        path.write_text(text, encoding="utf-8", newline="")
        print_result({"file": str(path), "rows": len(usages)}, f"{len(usages)} rows written to {path}.")
    elif is_json():
        print_json(usages)
    else:
        click.echo(text, nl=False)


def _facts(report: LicenseReport) -> dict[str, object]:
    limit = report.plan.pairs_per_month
    return {
        "Plan": report.plan.name,
        "New pairs this month": report.used if limit is None else f"{report.used} of {limit}",
        "Counts again from": f"{report.resets_at:%Y-%m-%d} (UTC)",
        "Work items that wait": report.held,
    }


def _held_row(item: HeldItem) -> dict[str, Any]:
    twin = item.twin
    return {
        "twin_id": twin.id,
        "connection_id": twin.connection_id,
        "connection_name": item.connection_name,
        "work_item_id": twin.work_item_id,
        "remote_work_item_id": twin.remote_work_item_id,
        "remote_url": twin.remote_url,
        "waits_since": twin.created_at,
    }

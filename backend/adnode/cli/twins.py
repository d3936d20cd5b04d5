"""Commands on twins: what the tab Entity Sync Status does."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from adnode.bootstrap import Node
from adnode.cli.connections import find_connection
from adnode.cli.node_access import node_for_command
from adnode.cli.operator import ORGANIZATION_OPTION, operator_session
from adnode.cli.output import is_json, json_option, print_json, print_result, print_rows, to_document
from adnode.domain.errors import NotFoundError
from adnode.domain.session import Session
from adnode.domain.synced_change import SyncedChange
from adnode.domain.twin import TwinStatus
from adnode.domain.twin_list import TwinSort
from adnode.services.twin_details import TwinDetails
from adnode.services.twin_list import Finding, FoundWorkItem, ListedTwin, TwinWish

PAGE = 200
SHOWN_CHANGES = 20
COLUMNS = {
    "Id": "id",
    "Status": "status",
    "Work item": "work_item_id",
    "Title": "title",
    "Remote": "remote_work_item_id",
    "Connection": "connection",
    "Direction": "direction",
    "Synchronized": "synchronized_at",
    "Errors": "errors",
    "Conflicts": "conflicts",
}
CHANGE_COLUMNS = {"At": "at", "Direction": "direction", "What": "what"}
_STATUSES = click.Choice([status.value for status in TwinStatus])
_SORTS = click.Choice([sort.value for sort in TwinSort])
_MISSES = {
    Finding.NOT_UNDER_SYNC: "The work item is not under sync. Put it under sync: adnode work-item sync CONNECTION ID",
    Finding.NOT_FOUND: "There is no such work item in this organization, or the account of this node may not read it.",
    Finding.REMOTE_NOT_UNDER_SYNC: "No pair has this work item of the partner. Put it under sync on its own side.",
    Finding.NO_MATCH: "No pair has a title like that.",
}


def _filters(command: Any) -> Any:
    """Give a command the options that narrow down the list of pairs."""
    options = [
        click.option("--connection", "names", multiple=True, help="Only of this connection; may be given again."),
        click.option(
            "--status", "statuses", multiple=True, type=_STATUSES, help="Only with this one; may be given again."
        ),
        click.option("--project", default="", help="Only of this project."),
        click.option("--error/--no-error", "has_error", default=None, help="Only with (without) open errors."),
        click.option(
            "--conflict/--no-conflict", "has_conflict", default=None, help="Only with (without) undecided conflicts."
        ),
        click.option("--since", type=click.DateTime(), help="Synchronized at that time (UTC) or later."),
        click.option("--until", type=click.DateTime(), help="Synchronized before that time (UTC)."),
        click.option("--text", default="", help="A number, an address of either side, or a part of the title."),
        click.option("--sort", type=_SORTS, default=TwinSort.SYNCHRONIZED_AT.value, show_default=True),
        click.option("--ascending", is_flag=True, help="The earliest, or the smallest, first."),
        ORGANIZATION_OPTION,
    ]
    for option in reversed(options):
        command = option(command)
    return command


def _wish(node: Node, options: dict[str, Any]) -> TwinWish:
    return TwinWish(
        connection_ids=tuple(find_connection(node, name).id for name in options["names"]),
        statuses=frozenset(TwinStatus(status) for status in options["statuses"]),
        project=options["project"],
        has_error=options["has_error"],
        has_conflict=options["has_conflict"],
        synchronized_after=_in_utc(options["since"]),
        synchronized_before=_in_utc(options["until"]),
        text=options["text"],
    )


def _in_utc(time: datetime | None) -> datetime | None:
    return None if time is None else time.replace(tzinfo=UTC)


@click.command("list")
@_filters
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, PAGE), help="How many at most.")
@json_option
def list_pairs(organization_name: str, sort: str, ascending: bool, limit: int, **options: Any) -> None:
    """List pairs of all connections, those synchronized last first."""
    with node_for_command() as node:
        session = operator_session(node, organization_name)
        page = node.console.twins.list_page(
            session, _wish(node, options), TwinSort(sort), is_descending=not ascending, after=None, limit=limit
        )
    print_rows([_row(row) for row in page.rows], COLUMNS, "No pair fits.")
    if not is_json() and page.total > len(page.rows):
        click.echo(f"{len(page.rows)} of {page.total}. All of them: adnode work-item export FILE")


@click.command("export")
@click.argument("file", type=click.Path(dir_okay=False, writable=True, path_type=Path))
@_filters
@json_option
def export_pairs(file: Path, organization_name: str, sort: str, ascending: bool, **options: Any) -> None:
    """Write the pairs that fit to a CSV file."""
    with node_for_command() as node:
        session = operator_session(node, organization_name)
        pieces = node.console.twins.export(session, _wish(node, options), TwinSort(sort), is_descending=not ascending)
        with file.open("w", encoding="utf-8", newline="") as out:
            count = sum(out.write(piece) and piece.count("\r\n") for piece in pieces) - 1
    print_result({"file": str(file), "pairs": count}, f"{count} pairs written to {file}.")


@click.command("show")
@click.argument("work_item")
@ORGANIZATION_OPTION
@json_option
def show_pairs(work_item: str, organization_name: str) -> None:
    """Show a work item's pairs in detail: by number, by address of either side, by words of its title, or a pair by
    its id.
    """
    with node_for_command() as node:
        session = operator_session(node, organization_name)
        ids = _find(node, session, work_item)
        details = [node.console.twin_details.show(session, twin_id) for twin_id in ids]
        changes = [
            node.console.twin_details.list_changes(session, twin_id, after=None, limit=SHOWN_CHANGES).changes
            for twin_id in ids
        ]
    if is_json():
        print_json(
            [{**_document(each), "history": to_document(told)} for each, told in zip(details, changes, strict=True)]
        )
        return
    for each, told in zip(details, changes, strict=True):
        _print(each)
        print_rows([_change(change) for change in told], CHANGE_COLUMNS, "  No change is remembered.")


@click.command("sync-now")
@click.argument("work_item")
@ORGANIZATION_OPTION
@json_option
def sync_now(work_item: str, organization_name: str) -> None:
    """Compare both sides of a work item's pairs again at once."""
    with node_for_command() as node:
        session = operator_session(node, organization_name)
        ids = _find(node, session, work_item)
        for twin_id in ids:
            node.console.twin_details.synchronize_now(session, twin_id)
    print_result({"twin_ids": ids}, f"{len(ids)} compared again; see: adnode work-item show {work_item}")


def _find(node: Node, session: Session, text: str) -> list[str]:
    """Return the ids of the pairs of what was typed; raises NotFoundError, which says why there is none."""
    with node.new_unit_of_work() as work:
        if text in work.twins.find([text]):
            return [text]
    found: FoundWorkItem = node.console.twins.find(session, text)
    if found.finding is not Finding.UNDER_SYNC:
        raise NotFoundError(_MISSES[found.finding])
    return [row.entry.id for row in found.twins]


def _row(row: ListedTwin) -> dict[str, Any]:
    entry = row.entry
    return {
        **to_document(entry),
        "url": row.url,
        "connection": row.connection.name,
        "connection_id": row.connection.id,
        "direction": row.direction.value if row.direction else None,
        "waiting": {"outgoing": row.figures.outgoing, "incoming": row.figures.incoming},
        "errors": len(row.errors),
        "last_error": row.errors[0].message if row.errors else None,
        "conflicts": row.conflict_count,
    }


def _document(details: TwinDetails) -> dict[str, Any]:
    return {
        "twin": _row(details.listed),
        "last_times": to_document(details.last_times),
        "waiting_files": details.waiting_files,
        "errors": to_document(details.listed.errors),
        "conflicts": to_document(details.conflicts),
        "held": to_document(details.held),
        "received": to_document(details.received),
    }


def _print(details: TwinDetails) -> None:
    row, entry = details.listed, details.listed.entry
    click.echo(f"{row.connection.name}: {entry.status}  {entry.title}  [{entry.id}]")
    click.echo(f"  here: {row.url or 'not there yet'}")
    click.echo(f"  there: {entry.remote_url or 'not there yet'}")
    figures = row.figures
    click.echo(f"  waiting: {figures.outgoing} out, {figures.incoming} in, {details.waiting_files} files")
    for record in row.errors:
        click.echo(f"  error: {record.message} [{record.code}, {record.id}]")
    for conflict in details.conflicts:
        click.echo(
            f"  conflict on {conflict.thing}, {conflict.record.status}: kept “{conflict.kept.text}”, lost "
            f"“{conflict.lost.text}” [{conflict.record.id}]"
        )


def _change(change: SyncedChange) -> dict[str, Any]:
    named = [
        " ".join(part for part in (value.thing.value, value.subject, value.text) if part) for value in change.values
    ]
    more = [f"and {change.more} more"] if change.more else []
    return {"at": change.at, "direction": change.direction.value, "what": "; ".join([*named, *more])}


COMMANDS = (list_pairs, show_pairs, sync_now, export_pairs)

"""Commands that forget pairs of work items on both sides, and write the file that connects them again."""

from pathlib import Path

import click

from adnode.bootstrap import Node
from adnode.cli.connections import find_connection
from adnode.cli.node_access import node_for_command
from adnode.cli.operator import ORGANIZATION_OPTION, operator_session
from adnode.cli.output import is_json, json_option, print_json, print_result
from adnode.domain.clean_up import CleanUpScope
from adnode.domain.session import Session
from adnode.services.clean_up import CleanUpPreview, CleanUpWish

YES_OPTION = click.option("--yes", is_flag=True, help="Do not ask.")
PREVIEW_OPTION = click.option("--preview", "is_preview", is_flag=True, help="Only show what would go.")
ORPHANS_OPTION = click.option(
    "--keep-remote-pairs", is_flag=True, help="Go on although the other side can't be told and keeps its pairs."
)


@click.group("clean-up")
def clean_up() -> None:
    """Forget pairs on both sides. Work items and what was synchronized stay."""


@clean_up.command("work-item")
@click.argument("work_item_id", type=int)
@YES_OPTION
@PREVIEW_OPTION
@ORPHANS_OPTION
@ORGANIZATION_OPTION
@json_option
def work_item(work_item_id: int, yes: bool, is_preview: bool, keep_remote_pairs: bool, organization_name: str) -> None:
    """Forget the pairs of one work item over all connections."""
    with node_for_command() as node:
        session = operator_session(node, organization_name)
        wish = CleanUpWish(CleanUpScope.WORK_ITEM, work_item_id=work_item_id)
        _run(node, session, wish, yes=yes, is_preview=is_preview, accepts_orphans=keep_remote_pairs)


@clean_up.command()
@click.argument("name")
@YES_OPTION
@PREVIEW_OPTION
@ORPHANS_OPTION
@json_option
def connection(name: str, yes: bool, is_preview: bool, keep_remote_pairs: bool) -> None:
    """Forget all pairs of a connection; the connection stays."""
    with node_for_command() as node:
        found = find_connection(node, name)
        session = operator_session(node, found.organization_id)
        wish = CleanUpWish(CleanUpScope.CONNECTION, connection_id=found.id)
        _run(node, session, wish, yes=yes, is_preview=is_preview, accepts_orphans=keep_remote_pairs)


@clean_up.command("all")
@YES_OPTION
@PREVIEW_OPTION
@ORPHANS_OPTION
@ORGANIZATION_OPTION
@json_option
def everything(yes: bool, is_preview: bool, keep_remote_pairs: bool, organization_name: str) -> None:
    """Forget every pair of an organization; its connections stay."""
    with node_for_command() as node:
        session = operator_session(node, organization_name)
        wish = CleanUpWish(CleanUpScope.ORGANIZATION)
        _run(node, session, wish, yes=yes, is_preview=is_preview, accepts_orphans=keep_remote_pairs)


@clean_up.command("file")
@click.argument("job_id")
@click.option("--file", "path", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file.")
@ORGANIZATION_OPTION
@json_option
def write_file(job_id: str, path: Path | None, organization_name: str) -> None:
    """Write the file that connects again what a clean-up has removed; for: adnode bulk-connect."""
    with node_for_command() as node:
        name, pieces = node.console.clean_up.file(operator_session(node, organization_name), job_id)
        text = "".join(pieces)
    target = path or Path(name)
    target.write_text(text, encoding="utf-8", newline="")
    print_result({"file": str(target)}, f"Written to {target}.")


def _run(
    node: Node, session: Session, wish: CleanUpWish, *, yes: bool, is_preview: bool, accepts_orphans: bool
) -> None:
    service = node.console.clean_up
    preview = service.preview(session, wish)
    if is_preview:
        _print_preview(preview)
        return
    if not yes:
        click.echo(_sentence(preview))
        click.confirm("Forget them on both sides?", abort=True)
    job = service.start(session, wish, confirmation=preview.key, accepts_orphans=accepts_orphans)
    print_result(job, f"{job.title}: job {job.id} was started. Then write: adnode clean-up file {job.id}")


def _print_preview(preview: CleanUpPreview) -> None:
    if is_json():
        print_json({"key": preview.key, "total": preview.total, "connections": _connections(preview)})
        return
    click.echo(_sentence(preview))


def _connections(preview: CleanUpPreview) -> list[dict[str, object]]:
    return [
        {"id": each.connection.id, "name": each.connection.name, "orphaning": each.orphaning, "metadata": each.metadata}
        for each in preview.connections
    ]


def _sentence(preview: CleanUpPreview) -> str:
    total = preview.total
    gone = (
        f"{total.twins} pairs, {total.outgoing + total.incoming} waiting events, {total.errors} open errors, "
        f"{total.conflicts} conflicts and {total.traces} traces would go. Work items and connections stay."
    )
    warnings = [f"{each.connection.name}: the other side can't be told, {each.orphaning}." for each in preview.orphaned]
    return "\n".join([gone, *warnings])

"""The command that connects existing pairs of work items as a file says."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from adnode.cli.connections import find_connection
from adnode.cli.node_access import node_for_command
from adnode.cli.operator import operator_session
from adnode.cli.output import is_json, json_option, print_json, print_result, print_rows
from adnode.domain.bulk_connect import CheckedFile, Verdict
from adnode.domain.connecting import KeptContent
from adnode.domain.errors import PairFileError, ValidationError
from adnode.domain.pair_file import FILE_LIMIT_BYTES, TEMPLATE
from adnode.services.bulk_connect import ConnectOptions

COLUMNS = {
    "Line": "line",
    "Work item": "work_item_id",
    "Their work item": "remote_work_item_id",
    "Verdict": "verdict",
    "Reason": "reason",
}


@click.command("bulk-connect")
@click.argument("connection", required=False)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False)
@click.option("--check", "is_check", is_flag=True, help="Only say what stands against each line; change nothing.")
@click.option(
    "--content",
    type=click.Choice([kept.value for kept in KeptContent]),
    default=KeptContent.BOTH.value,
    show_default=True,
    help="Whose title, description and type stand on both sides; both: each work item keeps its own.",
)
@click.option("--comments", is_flag=True, help="Bring comments that are there already to the other side, both ways.")
@click.option("--attachments", is_flag=True, help="Bring files that are there already to the other side, both ways.")
@click.option("--skip-wrong", is_flag=True, help="Connect the good lines although others can't be.")
@click.option("--template", "is_template", is_flag=True, help="Print an empty file with its header.")
@json_option
def bulk_connect(
    connection: str | None,
    file: Path | None,
    is_check: bool,
    content: str,
    comments: bool,
    attachments: bool,
    skip_wrong: bool,
    is_template: bool,
) -> None:
    """Connect the pairs of work items that FILE names over CONNECTION.

    FILE is CSV with the columns local_work_item_id and remote_work_item_id, also as clean-up writes it. Neither side is
    changed; from then on every later change travels.
    """
    if is_template:
        print_result({"template": TEMPLATE}, TEMPLATE.strip())
        return
    if connection is None or file is None:
        raise ValidationError("Name a connection and a file, for example: adnode bulk-connect Fabrikam pairs.csv")
    text = _read(file)
    with node_for_command() as node:
        found = find_connection(node, connection)
        session = operator_session(node, found.organization_id)
        if is_check:
            _print_check(node.console.bulk_connect.check(session, found.id, text))
            return
        options = ConnectOptions(KeptContent(content), comments, attachments, skip_wrong)
        job = node.console.bulk_connect.start(session, found.id, text, options, file.name)
    print_result(job, f"{job.title}: job {job.id} was started.")


def _read(file: Path) -> bytes:
    if file.stat().st_size > FILE_LIMIT_BYTES:
        raise PairFileError(f"{file.name} is larger than {FILE_LIMIT_BYTES // 1024} KiB. Cut it into smaller files.")
    return file.read_bytes()


def _print_check(checked: CheckedFile) -> None:
    counts = {verdict.value: count for verdict, count in checked.counts.items()}
    rows: list[dict[str, Any]] = [{**asdict(row), "verdict": row.verdict.value} for row in checked.problems]
    if is_json():
        print_json({"total": len(checked.rows), "counts": counts, "problems": rows})
        return
    click.echo(f"{checked.counts.get(Verdict.OK, 0)} of {len(checked.rows)} lines can be connected.")
    print_rows(rows, COLUMNS, "No line is wrong.")

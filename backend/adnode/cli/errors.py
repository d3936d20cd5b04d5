"""Commands on errors: what the Errors tab does."""

from collections.abc import Callable, Iterator
from typing import Any

import click

from adnode.bootstrap import Node
from adnode.cli.connections import find_connection
from adnode.cli.node_access import node_for_command
from adnode.cli.operator import ORGANIZATION_OPTION, operator_session
from adnode.cli.output import is_json, json_option, print_json, print_result, print_rows, to_document
from adnode.domain.error_record import ErrorRecord, ErrorStatus, Impact
from adnode.domain.errors import ValidationError
from adnode.domain.session import Session
from adnode.ports.error_storage import ErrorFilter, ErrorSort
from adnode.services.hub_errors import ErrorDetails, Wish

COLUMNS = {"Id": "id", "Last seen": "last_seen_at", "Times": "occurrences", "Code": "code", "Message": "message"}
GROUP_COLUMNS = {
    "Cause": "cause_key",
    "Impact": "impact",
    "Errors": "records",
    "Work items": "work_items",
    "Newest": "newest_at",
    "Code": "code",
    "Message": "message",
}
LISTED = 200


def filter_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that say which errors."""
    for option in (
        click.option("--cause", default="", help="Only of this group; see: adnode errors groups"),
        click.option("--search", default="", help="Only whose message or code contains this."),
        click.option("--work-item", type=int, help="Only of this work item of ours."),
        click.option("--side", type=click.Choice(["local", "remote"]), help="Only what happened on this side."),
        click.option("--code", "error_code", default="", help="Only with this code."),
        click.option("--impact", type=click.Choice([impact.value for impact in Impact]), help="Only of this impact."),
        click.option("--connection", help="Only of this connection."),
        ORGANIZATION_OPTION,
    ):
        command = option(command)
    return command


@click.group()
def errors() -> None:
    """What failed."""


@errors.command("list")
@filter_options
@click.option("--closed", is_flag=True, help="Closed ones too.")
@click.option("--limit", default=LISTED, show_default=True, help="How many at most.")
@json_option
def list_errors(closed: bool, limit: int, **chosen: Any) -> None:
    """List error records, the newest first."""
    statuses = [ErrorStatus.OPEN, ErrorStatus.CLOSED] if closed else [ErrorStatus.OPEN]
    with node_for_command() as node:
        rows: list[ErrorRecord] = []
        for session in _sessions(node, chosen["organization_name"]):
            for status in statuses:
                views, _ = node.console.errors.list_views(session, _filter(node, chosen, status), Wish(limit=limit))
                rows += [view.record for view in views]
    rows.sort(key=lambda record: (record.opened_at, record.id), reverse=True)
    print_rows(rows[:limit], COLUMNS, "There is no error.")


@errors.command()
@filter_options
@json_option
def groups(**chosen: Any) -> None:
    """List errors, those of one cause together, the most frequent first."""
    wish = Wish(sort=ErrorSort.COUNT, limit=LISTED)
    with node_for_command() as node:
        found = [
            view.group
            for session in _sessions(node, chosen["organization_name"])
            for view in node.console.errors.list_groups(session, _filter(node, chosen), wish)[0]
        ]
    if is_json():
        print_json(found)
        return
    rows = [
        {**to_document(group), "impact": group.sample.impact.value, "code": group.sample.code}
        | {"message": group.sample.message}
        for group in found
    ]
    print_rows(rows, GROUP_COLUMNS, "There is no error.")


@errors.command()
@click.argument("record_id")
@json_option
def show(record_id: str) -> None:
    """Say everything about an error: what it blocks, what to do, and its technical part."""
    with node_for_command() as node:
        details = node.console.errors.show(_session_of(node, record_id), record_id)
    if is_json():
        print_json(details)
        return
    for line in _told(details):
        click.echo(line)


@errors.command()
@click.argument("record_id", required=False)
@click.option("--all", "everything", is_flag=True, help="Everything that is open, or what the filters pick.")
@filter_options
@json_option
def retry(record_id: str | None, everything: bool, **chosen: Any) -> None:
    """Try again what an error is about; the error closes itself when it succeeds."""
    if bool(record_id) == everything:
        raise ValidationError("Name one error by its id or give --all, one of the two.")
    with node_for_command() as node:
        if record_id is not None:
            node.console.errors.retry(_session_of(node, record_id), record_id)
            count = 1
        else:
            sessions = _sessions(node, chosen["organization_name"])
            count = sum(node.console.errors.retry_all(session, _filter(node, chosen)) for session in sessions)
    print_result({"retried": count}, f"{count} tried again; see: adnode errors list")


@errors.command("resolve")
@click.argument("record_id", required=False)
@click.option("--note", required=True, help="Why it is left as it is.")
@filter_options
@json_option
def resolve_errors(record_id: str | None, note: str, **chosen: Any) -> None:
    """Close an error, or all that the filters pick, without applying what failed.

    The sides may differ until the next change of that field.
    """
    with node_for_command() as node:
        if record_id is not None:
            node.console.errors.resolve(_session_of(node, record_id), record_id, note)
            count = 1
        else:
            wanted = _filter(node, chosen)
            if wanted == ErrorFilter(organization_id=""):
                raise ValidationError("Name one error by its id, or say with filters which ones.")
            sessions = _sessions(node, chosen["organization_name"])
            count = sum(node.console.errors.resolve_all(session, wanted, note) for session in sessions)
    print_result({"resolved": count}, f"{count} resolved; see: adnode errors list --closed")


def _filter(node: Node, chosen: dict[str, Any], status: ErrorStatus = ErrorStatus.OPEN) -> ErrorFilter:
    side = chosen["side"]
    return ErrorFilter(
        organization_id="",
        status=status,
        impact=Impact(chosen["impact"]) if chosen["impact"] else None,
        connection_id=find_connection(node, chosen["connection"]).id if chosen["connection"] else "",
        code=chosen["error_code"],
        is_remote=None if side is None else side == "remote",
        work_item_id=chosen["work_item"],
        text=chosen["search"].strip(),
        cause_key=chosen["cause"],
    )


def _sessions(node: Node, organization_name: str) -> Iterator[Session]:
    """Yield a session in the named organization, or in each that the node serves."""
    names = [organization_name] if organization_name else [one.id for one in node.list_organizations()]
    for name in names:
        yield operator_session(node, name)


def _session_of(node: Node, record_id: str) -> Session:
    with node.new_unit_of_work() as work:
        record = work.error_records.get(record_id)
    return operator_session(node, record.organization_id)


def _told(details: ErrorDetails) -> Iterator[str]:
    record = details.view.record
    yield record.message
    yield f"Code: {record.code}   Impact: {record.impact}   {'On the other side' if record.is_remote else 'Here'}"
    if details.view.connection_name:
        yield f"Connection: {details.view.connection_name}"
    if details.view.url:
        yield f"Work item: {details.view.url}"
    yield f"Blocks: {details.blocks}"
    yield f"What to do: {details.advice.step}"
    yield f"Times: {record.occurrences}, first {record.opened_at.isoformat()}, last {record.last_seen_at.isoformat()}"
    if record.closed_at:
        who = f" by {record.resolved_by}: {record.note}" if record.resolved_by else ""
        yield f"Closed: {record.closed_at.isoformat()}, {record.resolution.replace('_', ' ')}{who}"
    if details.same_cause:
        yield f"{details.same_cause} other errors have the same cause: adnode errors list --cause {record.cause_key}"
    yield f"Correlation id: {record.correlation_id or 'none'}"
    if record.technical:
        yield f"Technical part:\n{record.technical}"

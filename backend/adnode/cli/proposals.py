"""Commands on proposals: what the partner asks for, and what this side asks for."""

from collections.abc import Iterable
from typing import Any

import click

from adnode.bootstrap import Node
from adnode.cli.connections import find_connection
from adnode.cli.node_access import node_for_command
from adnode.cli.operator import ORGANIZATION_OPTION, operator_session
from adnode.cli.output import is_json, json_option, print_json, print_result, print_rows, to_document
from adnode.domain.proposal import ProposalDirection, ProposalStatus
from adnode.services.consent.proposals import DecisionResult, ProposalDetails, ProposalView, RowView

PAGE = 200
COLUMNS = {
    "Id": "id",
    "Connection": "connection",
    "Direction": "direction",
    "Kind": "kind",
    "Status": "status",
    "Pairs": "total",
    "Asked by": "asked_by",
    "Asked at": "asked_at",
}
ROW_COLUMNS = {
    "Number": "number",
    "Work item": "work_item_id",
    "Title": "title",
    "Their work item": "remote_work_item_id",
    "Their title": "remote_title",
    "Status": "status",
    "Message": "message",
}
ROWS_OPTION = click.option("--row", "rows", type=int, multiple=True, help="Only this row; may be repeated.")


@click.group()
def proposal() -> None:
    """What the partner asks for before a work item that exists becomes half of a pair, and what this side asks for."""


@proposal.command("list")
@click.option("--connection", help="Only of this connection.")
@click.option("--direction", type=click.Choice([each.value for each in ProposalDirection]), help="Who asks.")
@click.option("--status", type=click.Choice([each.value for each in ProposalStatus]), help="Only with this status.")
@ORGANIZATION_OPTION
@json_option
def list_proposals(connection: str | None, direction: str | None, status: str | None, organization_name: str) -> None:
    """List proposals, the newest first."""
    with node_for_command() as node:
        session = operator_session(node, organization_name)
        page = node.console.proposals.list_page(
            session,
            connection_id=find_connection(node, connection).id if connection else "",
            direction=ProposalDirection(direction) if direction else None,
            statuses=[ProposalStatus(status)] if status else [],
            limit=PAGE,
        )
    print_rows([_row(view) for view in page.views], COLUMNS, "There is no proposal.")


@proposal.command()
@click.argument("proposal_id")
@ORGANIZATION_OPTION
@json_option
def show(proposal_id: str, organization_name: str) -> None:
    """Show a proposal with its pairs; work items of this side are read now, and the partner is not told of them."""
    with node_for_command() as node:
        pages = list(_read(node, proposal_id, organization_name))
    rows = [_pair(row) for page in pages for row in page.rows]
    if is_json():
        print_json({**_row(pages[0].view), "rows": rows})
        return
    for key, value in _row(pages[0].view).items():
        click.echo(f"{key:<16} {value}")
    print_rows(rows, ROW_COLUMNS, "It has no pair.")


@proposal.command()
@click.argument("proposal_id")
@ROWS_OPTION
@ORGANIZATION_OPTION
@json_option
def accept(proposal_id: str, rows: tuple[int, ...], organization_name: str) -> None:
    """Say yes to what the partner asks for: from then on both work items are kept in sync."""
    with node_for_command() as node:
        session = operator_session(node, organization_name)
        result = node.console.proposals.accept(session, proposal_id, rows or None)
    _print(result, "accepted")


@proposal.command("accept-all")
@click.argument("connection")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def accept_all(connection: str, yes: bool) -> None:
    """Say yes to everything that the partner asks for over CONNECTION."""
    with node_for_command() as node:
        found = find_connection(node, connection)
        if not yes:
            click.confirm(f"Accept every open proposal of the partner over {found.name}?", abort=True)
        session = operator_session(node, found.organization_id)
        result = node.console.proposals.accept_all(session, found.id)
    _print(result, "accepted")


@proposal.command()
@click.argument("proposal_id")
@ROWS_OPTION
@click.option("--note", default="", help="What the partner is told.")
@ORGANIZATION_OPTION
@json_option
def decline(proposal_id: str, rows: tuple[int, ...], note: str, organization_name: str) -> None:
    """Say no to what the partner asks for."""
    with node_for_command() as node:
        session = operator_session(node, organization_name)
        result = node.console.proposals.decline(session, proposal_id, rows or None, note)
    _print(result, "declined")


@proposal.command()
@click.argument("proposal_id")
@ROWS_OPTION
@ORGANIZATION_OPTION
@json_option
def withdraw(proposal_id: str, rows: tuple[int, ...], organization_name: str) -> None:
    """Take back what this side asked for."""
    with node_for_command() as node:
        session = operator_session(node, organization_name)
        result = node.console.proposals.withdraw(session, proposal_id, rows or None)
    _print(result, "withdrawn")


@proposal.command()
@click.argument("proposal_id")
@ROWS_OPTION
@ORGANIZATION_OPTION
@json_option
def connect(proposal_id: str, rows: tuple[int, ...], organization_name: str) -> None:
    """Ask the partner for work items that those of this side were in sync with before, or link to."""
    with node_for_command() as node:
        session = operator_session(node, organization_name)
        result = node.console.proposals.connect(session, proposal_id, rows or None)
    _print(result, "proposed to the partner")


@proposal.command()
@click.argument("proposal_id")
@ROWS_OPTION
@ORGANIZATION_OPTION
@json_option
def separate(proposal_id: str, rows: tuple[int, ...], organization_name: str) -> None:
    """Have new work items made on the other side instead of connecting those again."""
    with node_for_command() as node:
        session = operator_session(node, organization_name)
        result = node.console.proposals.separate(session, proposal_id, rows or None)
    _print(result, "begun with a new work item")


def _read(node: Node, proposal_id: str, organization_name: str) -> Iterable[ProposalDetails]:
    session = operator_session(node, organization_name)
    after = 0
    while True:
        details = node.console.proposals.show(session, proposal_id, after=after, limit=PAGE)
        yield details
        if not details.has_more:
            return
        after = details.rows[-1].row.number


def _row(view: ProposalView) -> dict[str, Any]:
    document = dict(to_document(view.proposal))
    return {**document, "connection": view.connection.name, "total": view.proposal.total}


def _pair(shown: RowView) -> dict[str, Any]:
    own = shown.own
    return {**to_document(shown.row), "title": own.title, "type": own.type_name, "is_readable": own.is_readable}


def _print(result: DecisionResult, deed: str) -> None:
    pairs = "1 pair was" if result.count == 1 else f"{result.count} pairs were"
    obstacles = list(result.obstacles.values())
    sentence = "\n".join([f"{pairs} {deed}.", *obstacles])
    print_result({"count": result.count, "obstacles": obstacles}, sentence)

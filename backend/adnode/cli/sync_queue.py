"""Commands on the sync queue."""

from dataclasses import dataclass
from typing import Any

import click

from adnode.bootstrap import Node
from adnode.cli.connections import find_connection
from adnode.cli.node_access import node_for_command
from adnode.cli.operator import ORGANIZATION_OPTION, operator_session
from adnode.cli.output import is_json, json_option, print_json, print_result, print_rows
from adnode.domain.errors import ValidationError
from adnode.domain.message import QueueStatus
from adnode.domain.queue_event import Lane, QueueEvent
from adnode.domain.session import Session
from adnode.domain.synced_change import Direction
from adnode.ports.queue_view import EventOrder, EventSort
from adnode.services.sync_queue import EventDetails, EventQuery

SHOWN_STATUSES = [status.value for status in QueueStatus if status is not QueueStatus.PARKED]
"""What people see; parked messages are shown as blocked."""
DIRECTIONS = [direction.value for direction in Direction]
ROW_COLUMNS = {
    "Sequence": "sequence",
    "Direction": "direction",
    "Kind": "kind",
    "Status": "status",
    "Work item": "work_item_id",
    "Created": "created_at",
}
EVENT_COLUMNS = {
    "Id": "id",
    "Number": "sequence",
    "Direction": "direction",
    "Status": "status",
    "Connection": "connection_name",
    "Kind": "kind",
    "Work item": "work_item_id",
    "Created": "created_at",
}


def event_arguments(command: Any) -> Any:
    """Give a command the arguments that name one event: ids of incoming ones are unique in their connection only."""
    for decorate in (
        json_option,
        click.argument("event_id"),
        click.argument("direction", type=click.Choice(DIRECTIONS)),
        click.argument("connection"),
    ):
        command = decorate(command)
    return command


@dataclass(frozen=True, slots=True)
class _EventLine:
    """An event as it is listed."""

    id: str
    sequence: int
    direction: Direction
    lane: Lane
    status: QueueStatus
    hold: str
    hold_since: str | None
    reason: str
    connection_id: str
    connection_name: str
    kind: str
    twin_id: str
    work_item_id: int
    remote_work_item_id: int
    created_at: str
    settled_at: str | None
    attempts: int


@click.group()
def queue() -> None:
    """Messages to and from other nodes."""


@queue.command("list")
@click.option("--connection", help="Only of this connection.")
@click.option("--direction", type=click.Choice(["outgoing", "incoming"]), help="Only this direction.")
@click.option(
    "--lane",
    type=click.Choice([lane.value for lane in Lane]),
    help="One tab of the page; without it everything, newest first.",
)
@click.option("--status", type=click.Choice(SHOWN_STATUSES), help="Only of this status, in a lane.")
@click.option(
    "--work-item", type=click.IntRange(1, 2**31 - 1), help="Only of this work item (either side's number), in a lane."
)
@click.option(
    "--sort",
    type=click.Choice([sort.value for sort in EventSort]),
    help="What a lane is sorted by.  [default: created_at]",
)
@click.option("--descending", is_flag=True, help="A lane the other way round.")
@click.option("--finished", is_flag=True, help="What a lane finished within a week, too.")
@click.option("--limit", default=100, show_default=True, help="How many at most.")
@ORGANIZATION_OPTION
@json_option
def list_queue(
    connection: str | None,
    direction: str | None,
    lane: str | None,
    status: str | None,
    work_item: int | None,
    sort: str | None,
    descending: bool,
    finished: bool,
    limit: int,
    organization_name: str,
) -> None:
    """List messages, the newest first; or the events of a lane as the Sync Queue tab does, the oldest first."""
    if lane is None and (status or work_item or sort or descending or finished or organization_name):
        raise ValidationError("These options are about one lane. Name it with --lane.")
    if lane is not None and direction is not None:
        raise ValidationError("A lane has its directions already. Leave --direction out.")
    with node_for_command() as node:
        connection_id = find_connection(node, connection).id if connection else ""
        if lane is None:
            _list_rows(node, connection_id, direction, limit)
            return
        session = operator_session(node, organization_name)
        statuses = frozenset({QueueStatus(status)}) if status else frozenset()
        query = EventQuery(Lane(lane), connection_id, statuses, work_item, finished)
        order = EventOrder(EventSort(sort or EventSort.AGE), descending)
        page = node.console.sync_queue.list_page(session, query, order, limit=limit)
    print_rows([_line(each.event) for each in page.events], EVENT_COLUMNS, "Nothing is in this lane.")
    if page.total > limit and not is_json():
        click.echo(f"{limit} of {page.total}; see more with --limit.")


def _list_rows(node: Node, connection_id: str, direction: str | None, limit: int) -> None:
    with node.new_unit_of_work() as work:
        rows = work.queue.list_rows(connection_id=connection_id or None, direction=direction, limit=limit)
    print_rows(rows, ROW_COLUMNS, "The queue is empty.")


@queue.command()
@ORGANIZATION_OPTION
@json_option
def counts(organization_name: str) -> None:
    """Count what is unfinished in each lane."""
    with node_for_command() as node:
        found = node.console.sync_queue.count_lanes(operator_session(node, organization_name))
    print_result(found, "\n".join(f"{lane.value:<22}{count:>9,}" for lane, count in found.items()))


@queue.command()
@event_arguments
def show(connection: str, direction: str, event_id: str) -> None:
    """Show one event: what it changes, its attempts, and the message without anything secret."""
    with node_for_command() as node:
        session, connection_id = _find(node, connection)
        details = node.console.sync_queue.show(session, Direction(direction), connection_id, event_id)
    _print_details(details)


@queue.command()
@event_arguments
def cancel(connection: str, direction: str, event_id: str) -> None:
    """Drop an event. The two sides may differ until the same thing changes again."""
    with node_for_command() as node:
        session, connection_id = _find(node, connection)
        details = node.console.sync_queue.cancel(session, Direction(direction), connection_id, event_id)
    print_result(details.event, f"Event {details.event.sequence} is {details.event.status}.")


@queue.command("send-again")
@event_arguments
def send_again(connection: str, direction: str, event_id: str) -> None:
    """Send all of today's state again (outgoing), or apply again what failed here (incoming)."""
    with node_for_command() as node:
        session, connection_id = _find(node, connection)
        details = node.console.sync_queue.send_again(session, Direction(direction), connection_id, event_id)
    number = details.event.sequence
    print_result(details.event, f"What event {number} is about is on its way again; see: adnode queue list")


def _find(node: Node, connection: str) -> tuple[Session, str]:
    """Return the operator's session in the organization of the connection, and the connection's id."""
    found = find_connection(node, connection)
    return operator_session(node, found.organization_id), found.id


def _print_details(details: EventDetails) -> None:
    if is_json():
        print_json(details)
        return
    event = details.event
    since = f" since {event.hold_since:%Y-%m-%d %H:%M:%S} UTC" if event.hold_since else ""
    held = f" ({event.hold}{since})" if event.hold else ""
    click.echo(f"Event {event.sequence} {event.direction} over {event.connection_name}: {event.status}{held}")
    click.echo(f"Work item {event.work_item_id or '?'}, on the other side {event.remote_work_item_id or '?'}")
    click.echo(f"Created {event.created_at.isoformat()}, tried {event.attempts} times")
    for text in filter(None, (event.reason, details.summary)):
        click.echo(text)
    for change in details.changes:
        named = f"{change.value.thing} {change.value.subject}".strip()
        value = "deleted" if change.value.is_deleted else change.value.text
        click.echo(f"- {named}: {value} ({change.changed_at.isoformat()})")
    for record in details.errors:
        click.echo(f"Error {record.id}: {record.message}")
    print_json(details.document)


def _line(event: QueueEvent) -> _EventLine:
    return _EventLine(
        id=event.id,
        sequence=event.sequence,
        direction=event.direction,
        lane=event.lane,
        status=event.status,
        hold=event.hold.value,
        hold_since=event.hold_since.isoformat() if event.hold_since else None,
        reason=event.reason,
        connection_id=event.connection_id,
        connection_name=event.connection_name,
        kind=event.kind,
        twin_id=event.twin_id,
        work_item_id=event.work_item_id,
        remote_work_item_id=event.remote_work_item_id,
        created_at=event.created_at.isoformat(),
        settled_at=event.settled_at.isoformat() if event.settled_at else None,
        attempts=event.attempts,
    )

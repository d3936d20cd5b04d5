"""Commands on notifications: the mail server, who is told about what, and what was told."""

from collections.abc import Callable, Sequence
from typing import Any

import click

from adnode.bootstrap import Node
from adnode.cli.connections import find_connection
from adnode.cli.node_access import node_for_command
from adnode.cli.operator import ORGANIZATION_OPTION, operator_session
from adnode.cli.output import is_json, json_option, print_json, print_result, print_rows
from adnode.cli.secret_input import read_secret
from adnode.domain.error_record import Impact
from adnode.domain.errors import ValidationError
from adnode.domain.notification import ChannelKind, DeliveryStatus, Digest, MailSecurity, Subscriber, shown_address
from adnode.domain.session import Session
from adnode.services.mail_servers import MailServerEdit
from adnode.services.notification_trials import Outcome, StepResult
from adnode.services.notifications import NotificationServices
from adnode.services.subscribers import SubscriberEdit, SubscriberWish

SUBSCRIBER_COLUMNS = {
    "Id": "id",
    "Address": "address",
    "Impacts": "impacts",
    "Digest": "digest",
    "Status": "status",
    "Trouble": "trouble",
}
DELIVERY_COLUMNS = {
    "Id": "id",
    "Made": "created_at",
    "To": "address",
    "Errors": "error_count",
    "Status": "status",
    "Attempts": "attempts",
    "Why it failed": "error",
}
_IMPACTS = click.Choice([impact.value for impact in Impact])
_DIGESTS = click.Choice([digest.value for digest in Digest])
_MARKS = {Outcome.PASSED: "ok     ", Outcome.FAILED: "FAILED ", Outcome.SKIPPED: "-      "}


def _server_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the entries of a mail server."""
    for option in reversed(
        (
            click.option("--host", default="", help="Name of the mail server."),
            click.option("--port", default=587, show_default=True, help="Its port."),
            click.option(
                "--security",
                type=click.Choice([security.value for security in MailSecurity]),
                default=MailSecurity.STARTTLS.value,
                show_default=True,
                help="How the connection is protected.",
            ),
            click.option("--sender", default="", help="Address that mails come from."),
            click.option("--sender-name", default="", help="Name that mails come from."),
            click.option("--user", default="", help="Who signs in; left out where nobody does."),
            click.option("--password-file", help="File that holds the password, - for standard input."),
            click.option("--keep-password", is_flag=True, help="Use the stored password; for the same server only."),
        )
    ):
        command = option(command)
    return command


@click.group()
def notification() -> None:
    """Who is told about errors, by mail or webhook."""


# the mail server -----------------------------------------------------------------------------------------------------


@notification.group("mail-server")
def mail_server() -> None:
    """The mail server that notices go over."""


@mail_server.command("show")
@ORGANIZATION_OPTION
@json_option
def show_server(organization_name: str) -> None:
    """Show the mail server; its password is never shown."""
    with node_for_command() as node:
        services, session = _services(node, organization_name)
        server = services.servers.show(session)
    if server is None:
        print_result(None, "There is no mail server. Set one: adnode notification mail-server set")
        return
    user = f", signs in as {server.user}" if server.user else ""
    print_result(server, f"{server.host}:{server.port} ({server.security}), from {server.sender_address}{user}")


@mail_server.command("set")
@_server_options
@ORGANIZATION_OPTION
@json_option
def set_server(organization_name: str, **entries: Any) -> None:
    """Send over this mail server from now on."""
    edit = _read_server(**entries)
    with node_for_command() as node:
        services, session = _services(node, organization_name)
        stored = services.servers.show(session)
        server = services.servers.save(session, stored.revision if stored else 0, edit)
    print_result(server, f"Mails go over {server.host}:{server.port}. Try it: adnode notification mail-server test")


@mail_server.command("remove")
@ORGANIZATION_OPTION
@json_option
def remove_server(organization_name: str) -> None:
    """Forget the mail server; mails wait until there is another."""
    with node_for_command() as node:
        services, session = _services(node, organization_name)
        services.servers.remove(session)
    print_result({"removed": True}, "The mail server was forgotten. Errors are still listed: adnode errors list")


@mail_server.command("test")
@click.argument("recipient")
@_server_options
@ORGANIZATION_OPTION
@click.pass_context
@json_option
def test_server(context: click.Context, recipient: str, organization_name: str, **entries: Any) -> None:
    """Send a test mail to RECIPIENT over the stored mail server, or with --host over another that is not stored."""
    edit = _read_server(**entries) if entries["host"] else None
    with node_for_command() as node:
        services, session = _services(node, organization_name)
        results = services.trials.try_server(session, edit, recipient)
    _print_trial(context, results)


# subscribers ---------------------------------------------------------------------------------------------------------


@notification.command("list")
@ORGANIZATION_OPTION
@json_option
def list_subscribers(organization_name: str) -> None:
    """List who is told about what."""
    with node_for_command() as node:
        services, session = _services(node, organization_name)
        rows = [_row(one) for one in services.subscribers.list_all(session)]
    _print_table(rows, SUBSCRIBER_COLUMNS, "Nobody is told yet. Add somebody: adnode notification add")


@notification.command()
@click.argument("address")
@click.option("--impact", "impacts", type=_IMPACTS, multiple=True, help="About what; all but warnings if left out.")
@click.option("--connection", "connections", multiple=True, help="Only of this connection; may be given several times.")
@click.option("--digest", type=_DIGESTS, default=Digest.AT_ONCE.value, show_default=True, help="How often at most.")
@ORGANIZATION_OPTION
@json_option
def add(address: str, impacts: Sequence[str], connections: Sequence[str], digest: str, organization_name: str) -> None:
    """Tell ADDRESS from now on: an e-mail address, or the https address of a webhook."""
    with node_for_command() as node:
        services, session = _services(node, organization_name)
        wish = SubscriberWish(
            kind=ChannelKind.WEBHOOK if "://" in address else ChannelKind.EMAIL,
            address=address,
            impacts=_read_impacts(impacts) or frozenset(Impact) - {Impact.WARNING},
            digest=Digest(digest),
            connection_ids=[find_connection(node, name).id for name in connections],
        )
        subscriber, secret = services.subscribers.add(session, wish)
    document = {**_row(subscriber), "secret": secret or None}
    shown = f" Its secret, shown this once: {secret}" if secret else ""
    print_result(document, f"{shown_address(subscriber)} is told from now on ({subscriber.id}).{shown}")


@notification.command()
@click.argument("subscriber_id")
@click.option("--address", help="Another address of the same kind.")
@click.option("--impact", "impacts", type=_IMPACTS, multiple=True, help="About what, instead of what it was.")
@click.option("--connection", "connections", multiple=True, help="Only of this connection.")
@click.option("--all-connections", is_flag=True, help="Of all connections.")
@click.option("--digest", type=_DIGESTS, help="How often at most.")
@click.option("--active/--paused", "is_active", default=None, help="Whether to tell at all.")
@ORGANIZATION_OPTION
@json_option
def change(
    subscriber_id: str,
    address: str | None,
    impacts: Sequence[str],
    connections: Sequence[str],
    all_connections: bool,
    digest: str | None,
    is_active: bool | None,
    organization_name: str,
) -> None:
    """Change what a subscriber is told; what is left out stays."""
    if all_connections and connections:
        raise ValidationError("Name connections or give --all-connections, one of the two.")
    with node_for_command() as node:
        services, session = _services(node, organization_name)
        named = [find_connection(node, name).id for name in connections]
        edit = SubscriberEdit(
            address=address,
            impacts=_read_impacts(impacts) or None,
            digest=Digest(digest) if digest else None,
            connection_ids=named if named or all_connections else None,
            is_active=is_active,
        )
        stored = services.subscribers.show(session, subscriber_id)
        changed = services.subscribers.change(session, subscriber_id, stored.revision, edit)
    print_result(_row(changed), f"{shown_address(changed)} is {changed.status} now.")


@notification.command()
@click.argument("subscriber_id")
@click.option("--yes", is_flag=True, help="Do not ask.")
@ORGANIZATION_OPTION
@json_option
def remove(subscriber_id: str, yes: bool, organization_name: str) -> None:
    """Tell a subscriber no more."""
    with node_for_command() as node:
        services, session = _services(node, organization_name)
        subscriber = services.subscribers.show(session, subscriber_id)
        if not yes:
            click.confirm(f"Tell {shown_address(subscriber)} no more?", abort=True)
        services.subscribers.remove(session, subscriber_id)
    print_result({"removed": subscriber_id}, f"{shown_address(subscriber)} is told no more.")


@notification.command()
@click.argument("subscriber_id")
@ORGANIZATION_OPTION
@click.pass_context
@json_option
def test(context: click.Context, subscriber_id: str, organization_name: str) -> None:
    """Send a test to a subscriber."""
    with node_for_command() as node:
        services, session = _services(node, organization_name)
        results = services.trials.try_subscriber(session, subscriber_id)
    _print_trial(context, results)


@notification.command("new-secret")
@click.argument("subscriber_id")
@ORGANIZATION_OPTION
@json_option
def new_secret(subscriber_id: str, organization_name: str) -> None:
    """Sign what goes to a webhook with a new secret, and print it this once."""
    with node_for_command() as node:
        services, session = _services(node, organization_name)
        made = services.subscribers.renew_secret(session, subscriber_id)
    print_result({"secret": made}, made)


# deliveries ----------------------------------------------------------------------------------------------------------


@notification.command("deliveries")
@click.option("--status", type=click.Choice([status.value for status in DeliveryStatus]), help="Only of this status.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help="How many at most.")
@ORGANIZATION_OPTION
@json_option
def list_deliveries(status: str | None, limit: int, organization_name: str) -> None:
    """List what was told, waits or failed, the newest first."""
    statuses = (DeliveryStatus(status),) if status else ()
    with node_for_command() as node:
        services, session = _services(node, organization_name)
        page = services.deliveries.list_page(session, statuses=statuses, limit=limit)
    rows = [
        {
            "id": one.id,
            "created_at": one.created_at,
            "address": shown_address(one),
            "error_count": one.notice.error_count,
            "status": one.status,
            "attempts": one.attempts,
            "error": one.error,
        }
        for one in page.deliveries
    ]
    _print_table(rows, DELIVERY_COLUMNS, "Nothing was told yet.")


@notification.command("send-again")
@click.argument("delivery_id")
@ORGANIZATION_OPTION
@json_option
def send_again(delivery_id: str, organization_name: str) -> None:
    """Try again what was given up."""
    with node_for_command() as node:
        services, session = _services(node, organization_name)
        delivery = services.deliveries.send_again(session, delivery_id)
    print_result({"id": delivery.id, "status": delivery.status}, f"{shown_address(delivery)} is told once more.")


def _services(node: Node, organization_name: str) -> tuple[NotificationServices, Session]:
    return node.console.notifications, operator_session(node, organization_name)


def _read_server(
    host: str,
    port: int,
    security: str,
    sender: str,
    sender_name: str,
    user: str,
    password_file: str | None,
    keep_password: bool,
) -> MailServerEdit:
    if not host or not sender:
        raise ValidationError("Name the mail server with --host and the address that mails come from with --sender.")
    password = read_secret(password_file, "Password of the mail server") if user and not keep_password else None
    return MailServerEdit(host, port, MailSecurity(security), sender, sender_name, user, password)


def _read_impacts(impacts: Sequence[str]) -> frozenset[Impact]:
    return frozenset(Impact(impact) for impact in impacts)


def _row(subscriber: Subscriber) -> dict[str, Any]:
    return {
        "id": subscriber.id,
        "kind": subscriber.kind,
        "address": subscriber.address,
        "impacts": sorted(impact.value for impact in subscriber.impacts),
        "connection_ids": sorted(subscriber.connection_ids),
        "digest": subscriber.digest,
        "status": subscriber.status,
        "told_at": subscriber.told_at,
        "trouble": subscriber.trouble,
    }


def _print_table(rows: list[dict[str, Any]], columns: dict[str, str], empty: str) -> None:
    if not is_json():
        rows = [{**row, "impacts": ", ".join(row["impacts"])} if "impacts" in row else row for row in rows]
    print_rows(rows, columns, empty)


def _print_trial(context: click.Context, results: list[StepResult]) -> None:
    """Print what became of each step; end with 1 when one failed."""
    has_failed = any(result.outcome is Outcome.FAILED for result in results)
    if is_json():
        print_json({"is_delivered": not has_failed, "steps": results})
    else:
        for result in results:
            text = result.step.replace("_", " ")
            click.echo(f"{_MARKS[result.outcome]} {text}" + (f": {result.detail}" if result.detail else ""))
    context.exit(1 if has_failed else 0)

"""The start-up checks: what must hold before a node can work, each with its remedy."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import click

from adnode.adapters.system_clock import SystemClock
from adnode.bootstrap import Node, open_node
from adnode.cli.logs import configure_command_logs
from adnode.cli.output import is_json, json_option, print_json
from adnode.domain.clock_difference import make_error
from adnode.domain.connection import Connection, ConnectionStatus
from adnode.domain.errors import AdnodeError
from adnode.domain.organization import Organization
from adnode.settings import read_settings


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was tried. ``remedy`` says what to do when it failed."""

    name: str
    is_passed: bool
    remedy: str = ""


@click.command()
@click.pass_context
@json_option
def check(context: click.Context) -> None:
    """Check settings, database, stored secrets, organizations with their rights, and peers."""
    checks = list(_run_checks())
    if is_json():
        print_json({"passed": all(one.is_passed for one in checks), "checks": checks})
    else:
        for one in checks:
            click.echo(
                f"{'ok    ' if one.is_passed else 'FAILED'} {one.name}" + (f": {one.remedy}" if one.remedy else "")
            )
    context.exit(0 if all(one.is_passed for one in checks) else 1)


def _run_checks() -> Iterator[Check]:
    try:
        settings = read_settings()
        configure_command_logs(settings)
        with open_node(settings) as node:
            yield Check("settings, secret keys and database", is_passed=True)
            yield _check_writing(node)
            for organization in node.list_organizations():
                yield from _check_organization(node, organization)
            for connection in node.connections.list_connections():
                yield from _check_connection(node, connection)
    except AdnodeError as error:
        yield Check("settings, secret keys and database", is_passed=False, remedy=error.message)


def _check_writing(node: Node) -> Check:
    name = "database can be written"
    trouble = node.storage.trouble()
    if trouble is None:
        return Check(name, is_passed=True)
    words = trouble.value.replace("_", " ")
    remedy = f"It is {words}. Make room for it, or look after its disk or server."
    return Check(name, is_passed=False, remedy=remedy)


def _check_organization(node: Node, organization: Organization) -> Iterator[Check]:
    yield _try(f"credential of {organization.name} opens", lambda: _open_credential(node, organization))
    name = f"organization {organization.name} answers"
    try:
        report = node.gateways.get(organization.id).check()
    except AdnodeError as error:
        yield Check(name, is_passed=False, remedy=error.message)
        return
    yield Check(name, is_passed=True)
    clock = make_error(SystemClock().now() - node.gateways.get(organization.id).time(), organization.name)
    yield Check(f"clock agrees with {organization.name}", clock is None, clock.message if clock else "")
    for right in report.rights:
        remedy = "" if right.is_granted else right.remedy
        yield Check(f"{organization.name}: {right.name}", is_passed=right.is_granted, remedy=remedy)


def _check_connection(node: Node, connection: Connection) -> Iterator[Check]:
    if connection.status is not ConnectionStatus.ACTIVE or connection.peer is None:
        return
    context = f"connection:{connection.id}"
    yield _try(
        f"key of connection {connection.name} opens", lambda: node.vault.open(connection.sealed_private_key, context)
    )
    if url := connection.peer.url:
        yield _try(f"peer of connection {connection.name} answers", lambda: node.transport.fetch_information(url))


def _open_credential(node: Node, organization: Organization) -> None:
    with node.new_unit_of_work() as work:
        node.vault.open(work.organizations.sealed_credential(organization.id), f"organization:{organization.id}")


def _try(name: str, action: Callable[[], object]) -> Check:
    try:
        action()
    except AdnodeError as error:
        return Check(name, is_passed=False, remedy=error.message)
    return Check(name, is_passed=True)

"""The dashboard on the command line."""

from collections.abc import Mapping
from typing import TypeVar

import click

from adnode.cli.node_access import node_for_command
from adnode.cli.operator import ORGANIZATION_OPTION, operator_session
from adnode.cli.output import is_json, json_option, print_json
from adnode.services.dashboard import Dashboard, Latency

Name = TypeVar("Name", bound=str)


@click.command()
@ORGANIZATION_OPTION
@json_option
def dashboard(organization_name: str) -> None:
    """Show how an organization is doing: what is in sync, what waits, how fast it goes."""
    with node_for_command() as node:
        read = node.console.dashboard.read(operator_session(node, organization_name))
    if is_json():
        print_json(read)
        return
    for name, value in _facts(read).items():
        click.echo(f"{name:<28} {value}")


def _facts(read: Dashboard) -> dict[str, str]:
    standing, today = read.standing, read.days[-1]
    return {
        "Connections": _counts(standing.connections),
        "Pairs of work items": _counts(standing.twins),
        "Pairs that wait for the plan": str(standing.held),
        "Pairs with conflicts": str(read.conflicting),
        "Open errors": _counts(standing.errors),
        "Messages that wait": _counts(standing.queue),
        "Today (UTC)": (
            f"{today.outgoing} sent, {today.incoming} applied, {today.pairs} new pairs, {today.errors} failed"
        ),
        "Latency of the last 7 days": _speed(read.latency),
        "Slowest connection": ", ".join(f"{slow.name} ({_speed(slow.latency)})" for slow in read.slowest[:1]) or "none",
    }


def _counts(counts: Mapping[Name, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items())) or "none"


def _speed(latency: Latency | None) -> str:
    if latency is None:
        return "nothing came in"
    shares = {"half": latency.p50, "95 %": latency.p95, "99 %": latency.p99}
    return ", ".join(f"{name} within {milliseconds / 1000:.1f} s" for name, milliseconds in shares.items())

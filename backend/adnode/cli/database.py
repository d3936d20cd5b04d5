"""Commands on the database."""

import click

from adnode.bootstrap import upgrade_database
from adnode.cli.failures import FailingGroup
from adnode.cli.logs import configure_command_logs
from adnode.cli.node_access import node_for_command
from adnode.cli.output import json_option, print_result
from adnode.settings import read_settings


@click.group(cls=FailingGroup)
def database() -> None:
    """Look after the database."""


@database.command()
@json_option
def upgrade() -> None:
    """Bring the database to the version of this release."""
    settings = read_settings()
    configure_command_logs(settings)
    changed = upgrade_database(settings)
    print_result(
        {"upgraded": changed}, "The database was upgraded." if changed else "The database is up to date already."
    )


@database.command("seal-anew")
@json_option
def seal_anew() -> None:
    """Seal all stored secrets with the first key of ADNODE_SECRET_KEYS; afterwards the other keys can go."""
    with node_for_command() as node:
        report = node.secret_rotation.seal_anew()
    print_result(
        report,
        f"{report.sealed_anew} of {report.total} stored secrets were sealed anew. "
        "Only the first key of ADNODE_SECRET_KEYS is needed from now on.",
    )


@database.command()
@json_option
def restored() -> None:
    """Say that the database was restored from a backup: every connection stops until it is activated on both sides.

    A node with its own data directory finds that out by itself. Say it where the directory was restored as well, or
    where the database is on a server.
    """
    with node_for_command() as node:
        count = node.restoration.declare()
    print_result(
        {"stopped": count},
        f"{count} connections compare everything once they are activated on both sides."
        if count
        else "There is no connection yet; nothing has to be compared.",
    )

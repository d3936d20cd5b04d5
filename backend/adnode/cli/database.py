"""Commands on the database."""

import click

from adnode.bootstrap import upgrade_database
from adnode.cli.failures import FailingGroup
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
    changed = upgrade_database(read_settings())
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

"""Commands on the database."""

import click

from adnode.bootstrap import upgrade_database
from adnode.cli.failures import FailingGroup
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

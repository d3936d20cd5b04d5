"""The command that runs a local Azure DevOps."""

import subprocess
import sys

import click

from adnode.cli.output import json_option


@click.command()
@click.option("--port", type=int, required=True, help="Port on this machine.")
@click.option("--organization", "organizations", multiple=True, help="NAME[:process[:project]] of an organization.")
@click.option("--server-collection", "collections", multiple=True, help="NAME[:process[:project]] of a collection.")
@click.option("--pat", "tokens", multiple=True, help="A token that is accepted. Made up, for this emulator only.")
@click.pass_context
@json_option
def emulator(
    context: click.Context,
    port: int,
    organizations: tuple[str, ...],
    collections: tuple[str, ...],
    tokens: tuple[str, ...],
) -> None:
    """Run a local Azure DevOps for development and tests."""
    command = emulator_command(port, organizations, collections, tokens)
    context.exit(subprocess.call(command))  # noqa: S603


def emulator_command(
    port: int, organizations: tuple[str, ...], collections: tuple[str, ...], tokens: tuple[str, ...]
) -> list[str]:
    """Return the command line that starts an emulator."""
    command = [sys.executable, "-m", "azure_devops_emulator", "--port", str(port)]
    for option, values in (("organization", organizations), ("server-collection", collections), ("pat", tokens)):
        for value in values:
            command += [f"--{option}", value]
    return command

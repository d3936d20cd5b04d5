"""The command ``adnode``. Commands are imported when they are called, so that each starts fast."""

import os
from importlib import import_module

import click

from adnode.cli.failures import EXIT_CODE_HELP, FailingGroup

COMMANDS = {
    "run": "adnode.cli.serving:run",
    "serve": "adnode.cli.serving:serve",
    "worker": "adnode.cli.serving:worker",
    "check": "adnode.cli.checks:check",
    "database": "adnode.cli.database:database",
    "emulator": "adnode.cli.emulator:emulator",
    "demo": "adnode.cli.demo.command:demo",
    "organization": "adnode.cli.organizations:organization",
    "connection": "adnode.cli.connections:connection",
    "invitation": "adnode.cli.connections:invitation",
    "proposal": "adnode.cli.proposals:proposal",
    "work-item": "adnode.cli.work_items:work_item",
    "trigger": "adnode.cli.triggers:trigger",
    "bulk": "adnode.cli.bulk:bulk",
    "job": "adnode.cli.jobs:job",
    "errors": "adnode.cli.errors:errors",
    "notification": "adnode.cli.notifications:notification",
    "conflicts": "adnode.cli.conflicts:conflicts",
    "queue": "adnode.cli.sync_queue:queue",
    "drift": "adnode.cli.drift:drift",
    "license": "adnode.cli.license:license_plan",
    "dashboard": "adnode.cli.dashboard:dashboard",
    "session": "adnode.cli.sessions:session",
    "audit": "adnode.cli.audit:audit",
    "bulk-connect": "adnode.cli.bulk_connect:bulk_connect",
    "clean-up": "adnode.cli.clean_up:clean_up",
}


class LazyGroup(FailingGroup):
    """A group that imports a command when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of importance."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of that name."""
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name].split(":")
        command = getattr(import_module(module), name)
        return command if isinstance(command, click.Command) else None


@click.group(cls=LazyGroup, epilog=EXIT_CODE_HELP)
@click.version_option(package_name="adnode")
def main() -> None:
    """Keep work items of two Azure DevOps organizations in sync."""
    # Whatever a command or the node writes is for its own account: databases, caches, exports.
    os.umask(0o077)

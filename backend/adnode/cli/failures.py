"""How commands fail: a sentence and an exit code, never a traceback for what adnode can name."""

import json
from typing import Any

import click

from adnode.cli.output import is_json
from adnode.domain.errors import (
    AdnodeError,
    ConfigurationError,
    GatewayError,
    InvitationError,
    NotFoundError,
    PeerError,
    StateError,
    ValidationError,
)

EXIT_CODES: tuple[tuple[type[AdnodeError], int], ...] = (
    (NotFoundError, 3),
    (ValidationError, 4),
    (StateError, 4),
    (InvitationError, 4),
    (ConfigurationError, 5),
    (GatewayError, 6),
    (PeerError, 7),
)
EXIT_CODE_HELP = (
    "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not found, 4 refused (input or state), 5 settings, "
    "6 Azure DevOps, 7 the other node."
)


def exit_code(error: AdnodeError) -> int:
    """Return the exit code of an error."""
    return next((code for kind, code in EXIT_CODES if isinstance(error, kind)), 1)


class FailingGroup(click.Group):
    """A group whose commands may raise AdnodeError."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; end the process with the error's exit code."""
        try:
            return super().invoke(ctx)
        except AdnodeError as error:
            report(error)
            ctx.exit(exit_code(error))


def report(error: AdnodeError) -> None:
    """Print an error: JSON on standard output where asked for, else a sentence on standard error."""
    if is_json():
        click.echo(json.dumps({"error": {"code": error.code, "message": error.message}}, ensure_ascii=False))
    else:
        click.echo(f"{error.message} [{error.code}]", err=True)

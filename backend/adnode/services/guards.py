"""What a caller wants to have looked at, or written, in the very transaction of a change."""

from collections.abc import Callable

from adnode.domain.connection import Connection
from adnode.ports.storage import UnitOfWork

Guard = Callable[[UnitOfWork, Connection], None]
"""Gets the connection before it changes; what it raises stops the change, what it writes is stored with it."""


def unguarded(_work: UnitOfWork, _connection: Connection) -> None:
    """Look at nothing."""

"""What a caller wants to have looked at, or written, in the very transaction of a change."""

from collections.abc import Callable
from dataclasses import dataclass

from adnode.domain.connection import Connection
from adnode.ports.storage import UnitOfWork

Step = Callable[[UnitOfWork, Connection], None]


def _nothing(_work: UnitOfWork, _connection: Connection) -> None:
    return


@dataclass(frozen=True, slots=True)
class Guard:
    """``check`` gets the connection before anything happens; what it raises stops the change. What ``note`` writes is
    stored together with the change: what takes two transactions is checked in the first and noted in the one that does
    it.
    """

    check: Step = _nothing
    note: Step = _nothing

    def __call__(self, work: UnitOfWork, connection: Connection) -> None:
        """Check and note in the one transaction of a change."""
        self.check(work, connection)
        self.note(work, connection)


unguarded = Guard()
"""Looks at nothing."""

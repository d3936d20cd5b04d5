"""Comparing everything again, as after a brake: what has to be done is stored with the step that asks for it."""

from datetime import datetime

from adnode.domain.connection import Connection
from adnode.domain.twin import Realignment
from adnode.ports.storage import UnitOfWork


def compare_everything(work: UnitOfWork, connection: Connection, now: datetime) -> None:
    """Have every twin of the connection read again and its whole state sent; the sweep finds them.

    What the peer sends from now on is taken whatever its sequence, because its queue may begin anew.
    """
    work.twins.realign(connection.id, Realignment.RESEND, now)
    work.connections.set_received_through(connection.id, 0)

"""Turns of the threads of one process at a database that takes one writer at a time."""

import threading
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.pool import ConnectionPoolEntry

from adnode.domain.errors import StorageUnavailableError

HELD = "writer turn"


class WriterTurn:
    """On SQLite: one transaction at a time in this process.

    Waiting for each other here wakes the next thread at once; left to SQLite, each would look again and again, with
    pauses of up to a tenth of a second. Other processes still meet in SQLite.
    """

    def __init__(self, limit_seconds: float) -> None:
        self._limit_seconds = limit_seconds
        self._lock = threading.Lock()

    def begin(self, connection: Connection) -> None:
        """Begin a transaction once it is our turn; raises StorageUnavailableError after the limit."""
        if not self._lock.acquire(timeout=self._limit_seconds):
            raise StorageUnavailableError(
                f"Another transaction of this node has held the database for {self._limit_seconds:g} seconds. "
                "The step may be repeated."
            )
        _notes(connection.connection.record_info)[HELD] = True
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    def end(self, _connection: object, entry: ConnectionPoolEntry) -> None:
        """The connection is given back, its transaction over or never begun: it is the next one's turn."""
        if _notes(entry.record_info).pop(HELD, False):
            self._lock.release()


def _notes(info: dict[str, Any] | None) -> dict[str, Any]:
    """Return the notes that stay with a place of the pool, even when its connection breaks."""
    if info is None:
        raise TypeError("A connection that was taken out of the pool can't begin a transaction.")
    return info

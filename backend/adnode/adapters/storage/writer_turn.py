"""Turns at a database that takes one writer at a time."""

import threading
import time
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.pool import ConnectionPoolEntry

from adnode.adapters.storage.process_turn import ProcessTurn
from adnode.domain.errors import StorageUnavailableError

HELD = "writer turn"


class WriterTurn:
    """On SQLite: one transaction at a time, of all threads of this process and of all processes of this machine.

    Waiting for each other here wakes the next thread at once, and lets each process have its turn; left to SQLite, each
    would look again and again, with pauses of up to a tenth of a second, and a busy process would starve another one.
    ``processes`` is None for a database that no other process can have.
    """

    def __init__(self, limit_seconds: float, processes: ProcessTurn | None) -> None:
        self._limit_seconds = limit_seconds
        self._processes = processes
        self._lock = threading.Lock()

    def begin(self, connection: Connection) -> None:
        """Begin a transaction once it is our turn; raises StorageUnavailableError after the limit."""
        deadline = time.monotonic() + self._limit_seconds
        if not self._lock.acquire(timeout=self._limit_seconds):
            raise self._too_long()
        _notes(connection.connection.record_info)[HELD] = True
        if self._processes is not None and not self._processes.take(deadline):
            raise self._too_long()
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    def end(self, _connection: object, entry: ConnectionPoolEntry) -> None:
        """The connection is given back, its transaction over or never begun: it is the next one's turn."""
        if _notes(entry.record_info).pop(HELD, False):
            if self._processes is not None:
                self._processes.give_back()
            self._lock.release()

    def close(self, _engine: Engine) -> None:
        """The engine is not used any more."""
        if self._processes is not None:
            self._processes.close()

    def _too_long(self) -> StorageUnavailableError:
        return StorageUnavailableError(
            f"Another transaction of this node has held the database for {self._limit_seconds:g} seconds. "
            "The step may be repeated."
        )


def _notes(info: dict[str, Any] | None) -> dict[str, Any]:
    """Return the notes that stay with a place of the pool, even when its connection breaks."""
    if info is None:
        raise TypeError("A connection that was taken out of the pool can't begin a transaction.")
    return info

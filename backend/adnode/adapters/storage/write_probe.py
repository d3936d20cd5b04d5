"""Whether the database can be written: tried by writing."""

import threading
import time
from collections.abc import Callable

from sqlalchemy.exc import DBAPIError

from adnode.domain.database_outage import DatabaseTrouble
from adnode.domain.errors import StorageUnavailableError
from adnode.ports.storage import UnitOfWork

TRUSTED_SECONDS = 5.0
"""How long an answer is given again, so that whoever asks all the time costs nothing."""
_SQLITE = {
    "SQLITE_FULL": DatabaseTrouble.FULL,
    "SQLITE_READONLY": DatabaseTrouble.READ_ONLY,
    "SQLITE_IOERR": DatabaseTrouble.BROKEN,
    "SQLITE_CORRUPT": DatabaseTrouble.BROKEN,
    "SQLITE_NOTADB": DatabaseTrouble.BROKEN,
}
"""By the beginning of the error's name (https://www.sqlite.org/rescode.html)."""
_POSTGRESQL = {"53100": DatabaseTrouble.FULL, "25006": DatabaseTrouble.READ_ONLY, "58030": DatabaseTrouble.BROKEN}
"""By SQLSTATE (https://www.postgresql.org/docs/current/errcodes-appendix.html)."""


class WriteProbe:
    """Writes next to nothing, and keeps the answer for a moment. Thread-safe."""

    def __init__(
        self, new_unit_of_work: Callable[[], UnitOfWork], *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._new_unit_of_work = new_unit_of_work
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._last: tuple[float, DatabaseTrouble | None] | None = None

    def trouble(self) -> DatabaseTrouble | None:
        """Return why the database can't be written, None when it can."""
        with self._lock:
            now = self._monotonic()
            if self._last is None or now - self._last[0] >= TRUSTED_SECONDS:
                self._last = (now, self._try())
            return self._last[1]

    def _try(self) -> DatabaseTrouble | None:
        try:
            with self._new_unit_of_work() as work:
                # SQLite leaves out a write that changes nothing.
                work.epochs.step()
                work.commit()
        except StorageUnavailableError as error:
            return read_trouble(error)
        return None


def read_trouble(error: StorageUnavailableError) -> DatabaseTrouble:
    """Return what the database said."""
    cause = error.__cause__
    if isinstance(cause, OSError):
        return DatabaseTrouble.BROKEN
    original = cause.orig if isinstance(cause, DBAPIError) else None
    name = str(getattr(original, "sqlite_errorname", ""))
    found = next((trouble for begin, trouble in _SQLITE.items() if name.startswith(begin)), None)
    return found or _POSTGRESQL.get(str(getattr(original, "sqlstate", "")), DatabaseTrouble.UNREACHABLE)

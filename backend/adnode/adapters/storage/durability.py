"""When a commit is safe from a power cut.

SQLite in WAL mode with ``synchronous=NORMAL`` is always consistent, but its last commits may be lost when the power
goes (https://sqlite.org/pragma.html#pragma_synchronous). A commit that must last is followed by one fsync of the log,
which makes everything before it last too. PostgreSQL waits for its log unless it is told not to.
"""

import os
from pathlib import Path

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session


class UnsafeCommitError(OSError):
    """The log could not be flushed: what was committed may be gone after a power cut."""


class Durability:
    """Commits sessions of one engine, lasting or not."""

    def __init__(self, engine: Engine) -> None:
        self._is_sqlite = engine.dialect.name == "sqlite"
        name = engine.url.database
        self._log = Path(f"{name}-wal") if self._is_sqlite and name and name != ":memory:" else None

    def commit(self, session: Session, *, durable: bool) -> None:
        """Commit; when it is durable, return only once it can't be lost."""
        if not durable and not self._is_sqlite:
            session.execute(text("SET LOCAL synchronous_commit TO off"))
        session.commit()
        if durable and self._log is not None:
            _flush(self._log)


def _flush(path: Path) -> None:
    try:
        file = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        # The log was taken into the database file, which is flushed at that.
        return
    try:
        os.fsync(file)
    except OSError as error:
        raise UnsafeCommitError(*error.args) from error
    finally:
        os.close(file)

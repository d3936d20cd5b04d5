"""Database engines: SQLite (WAL) for one machine, PostgreSQL for several."""

import sqlite3
import time
from pathlib import Path

from sqlalchemy import URL, Engine, create_engine, event, make_url

from adnode.adapters.storage.process_turn import ProcessTurn
from adnode.adapters.storage.writer_turn import WriterTurn

BUSY_TIMEOUT_MILLISECONDS = 30_000
"""How long one transaction waits for another before it gives up."""
WAL_PAUSE_SECONDS = 0.02


def make_engine(url: str) -> Engine:
    """Return an engine for the URL; a SQLite file's folder is made."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return _make_server_engine(parsed)
    file = _file_of(parsed)
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(parsed, pool_size=20, max_overflow=60)
    event.listen(engine, "connect", _prepare_sqlite)
    turn = WriterTurn(BUSY_TIMEOUT_MILLISECONDS / 1000, ProcessTurn(file) if file is not None else None)
    event.listen(engine, "begin", turn.begin)
    event.listen(engine, "checkin", turn.end)
    event.listen(engine, "engine_disposed", turn.close)
    return engine


def _file_of(url: URL) -> Path | None:
    """Return the file of a SQLite database, also where it is named by a URI (https://www.sqlite.org/uri.html)."""
    name = (url.database or "").removeprefix("file:")
    return Path(name) if name and name != ":memory:" else None


def _make_server_engine(url: URL) -> Engine:
    # What the operator says in the URL stands before the limit of our own.
    limit = {} if "options" in url.query else {"options": f"-c lock_timeout={BUSY_TIMEOUT_MILLISECONDS}"}
    return create_engine(url, pool_pre_ping=True, pool_size=10, max_overflow=20, connect_args=limit)


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # The driver must not open transactions by itself: one that starts by reading would deadlock when it turns to
    # writing.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MILLISECONDS}")
    _turn_to_wal(cursor)
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _turn_to_wal(cursor: sqlite3.Cursor) -> None:
    """Have the file keep a write-ahead log, waiting for others that are turning it to one.

    The busy timeout does not cover this: SQLite refuses at once to wait where two might wait for each other
    (https://www.sqlite.org/c3ref/busy_handler.html).
    """
    deadline = time.monotonic() + BUSY_TIMEOUT_MILLISECONDS / 1000
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
        time.sleep(WAL_PAUSE_SECONDS)

"""The node's files are for the account that it runs as alone: they hold secrets and text of work items."""

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

import structlog

DIRECTORY_MODE, FILE_MODE = 0o700, 0o600
OTHERS = stat.S_IRWXG | stat.S_IRWXO
BESIDE = ("", "-wal", "-shm", "-journal")
"""What SQLite keeps beside a database (https://www.sqlite.org/tempfiles.html); new ones get the database's mode."""

log = structlog.get_logger(__name__)


def keep_private(directory: Path, databases: Iterable[Path] = ()) -> None:
    """Make the node's directory and its SQLite files where they are missing, private from the first moment, and take
    away what others may do with those that exist, each with a line in the log.
    """
    directory.mkdir(mode=DIRECTORY_MODE, parents=True, exist_ok=True)
    for database in databases:
        database.parent.mkdir(mode=DIRECTORY_MODE, parents=True, exist_ok=True)
        _make(database)
        for ending in BESIDE:
            _tighten(database.with_name(database.name + ending))
    for path in _all_in(directory):
        _tighten(path)


def _make(path: Path) -> None:
    # An empty file is an empty database to SQLite, and of two processes that begin at once one makes it.
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, FILE_MODE))


def _all_in(directory: Path) -> Iterator[Path]:
    # First the directory: behind it nothing is reached by others any more.
    yield directory
    for folder, names, files in os.walk(directory):
        yield from (Path(folder, name) for name in [*names, *files])


def _tighten(path: Path) -> None:
    try:
        found = path.lstat()
    except FileNotFoundError:
        # SQLite removes what it keeps beside a database, at any moment.
        return
    mode = stat.S_IMODE(found.st_mode)
    is_shared = bool(found.st_mode & stat.S_ISVTX)
    if os.name == "nt" or stat.S_ISLNK(found.st_mode) or is_shared or not mode & OTHERS:
        return
    try:
        path.chmod(mode & ~OTHERS)
    except OSError as error:
        log.warning("file_not_private", path=str(path), mode=f"{mode:o}", reason=error.strerror)
    else:
        log.warning("file_made_private", path=str(path), mode=f"{mode:o}")

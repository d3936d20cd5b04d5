"""Turns of the processes of one machine at a database that takes one writer at a time."""

import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

FIRST_PAUSE_SECONDS = 0.0002
LONGEST_PAUSE_SECONDS = 0.002


class ProcessTurn:
    """Two empty files beside the database, one locked by whoever has the turn, one by the next to have it.

    Whoever waits holds the second one, so the process that had the turn stands behind it and nobody starves. The system
    takes the locks away from a process that dies (https://man7.org/linux/man-pages/man2/flock.2.html). Used by one
    thread at a time. Where there is no such lock (Windows) the processes meet in SQLite, as they would without it.
    """

    def __init__(self, database: Path) -> None:
        self._paths = [database.with_name(f"{database.name}-{name}") for name in ("next", "turn")]
        self._files: list[int] = []

    def take(self, deadline_seconds: float) -> bool:
        """Wait for the turn until the monotonic clock says so; say whether we have it."""
        following, turn = self._files or self._open()
        if not _wait_for(lambda: _lock(following), deadline_seconds):
            return False
        try:
            return _wait_for(lambda: _lock(turn), deadline_seconds)
        finally:
            _unlock(following)

    def give_back(self) -> None:
        """Let the next one have it."""
        if self._files:
            _unlock(self._files[1])

    def close(self) -> None:
        """Close the files: a process that is forked must not share locks."""
        while self._files:
            with suppress(OSError):
                os.close(self._files.pop())

    def _open(self) -> list[int]:
        self._files = [os.open(path, os.O_RDWR | os.O_CREAT, 0o600) for path in self._paths]
        return self._files


def _wait_for(is_ours: Callable[[], bool], deadline_seconds: float) -> bool:
    # A lock that is waited for in the system has no time limit.
    pause = FIRST_PAUSE_SECONDS
    while not is_ours():
        if time.monotonic() > deadline_seconds:
            return False
        time.sleep(pause)
        pause = min(LONGEST_PAUSE_SECONDS, pause * 1.5)
    return True


if sys.platform == "win32":

    def _lock(_file: int) -> bool:
        return True

    def _unlock(_file: int) -> None:
        return

else:
    import fcntl

    def _lock(file: int) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _unlock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_UN)

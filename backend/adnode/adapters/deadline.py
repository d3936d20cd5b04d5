"""An end to talking with somebody who takes ever so long: timeouts of single reads do not stop one who sends a byte now
and then.
"""

import socket
import threading
import time
from contextlib import suppress
from types import TracebackType
from typing import Self


class Deadline:
    """Shuts the watched connection after a time, so that whoever waits for it goes on. Usable once."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._ends_at = 0.0
        self._lock = threading.Lock()
        self._watched: socket.socket | None = None
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True
        self.is_over = False

    @property
    def seconds_left(self) -> float:
        """Return the time left, never quite 0, which would mean something else to sockets."""
        return max(0.001, self._ends_at - time.monotonic())

    def watch(self, connected: socket.socket) -> None:
        """Shut this connection when the time has run out, whatever it is wrapped in later."""
        with self._lock:
            self._forget()
            self._watched = connected.dup()
            if self.is_over:
                self._shut()

    def __enter__(self) -> Self:
        """Let the time run."""
        self._ends_at = time.monotonic() + self._seconds
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the time."""
        self._timer.cancel()
        with self._lock:
            self._forget()

    def _end(self) -> None:
        with self._lock:
            self.is_over = True
            self._shut()

    def _shut(self) -> None:
        if self._watched is not None:
            with suppress(OSError):
                self._watched.shutdown(socket.SHUT_RDWR)

    def _forget(self) -> None:
        if self._watched is not None:
            self._watched.close()
            self._watched = None

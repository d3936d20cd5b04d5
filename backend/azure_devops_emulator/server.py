"""The emulator as a server that listens at a port of this machine."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Self

from azure_devops_emulator.application import Application
from azure_devops_emulator.host import Extension
from azure_devops_emulator.landscape import Landscape
from azure_devops_emulator.throttling import Throttle
from azure_devops_emulator.transport import Request, Response, serve_connection

_BACKLOG = 256
_PATIENCE_SECONDS = 5.0
DEFAULT_PROJECT = "Fabrikam"
OrganizationRow = tuple[str, str] | tuple[str, str, str]


class Listener:
    """Accepts connections and serves each in a thread of its own."""

    def __init__(self, host: str, port: int, respond: Callable[[Request], Response]) -> None:
        self._socket = socket.create_server((host, port), backlog=_BACKLOG)
        self._respond = respond
        self._lock = threading.Lock()
        self._open: dict[socket.socket, threading.Thread] = {}
        self._accepting = threading.Thread(target=self._accept, name="emulator-listener", daemon=True)

    @property
    def port(self) -> int:
        """The port it listens at."""
        port: int = self._socket.getsockname()[1]
        return port

    def start(self) -> None:
        """Begin to accept connections."""
        self._accepting.start()

    def stop(self) -> None:
        """Accept no more and end the open connections."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._accepting.join()
        with self._lock:
            still_open = dict(self._open)
        for connection in still_open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in still_open.values():
            thread.join(_PATIENCE_SECONDS)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(connection,), name="emulator-connection", daemon=True)
            with self._lock:
                self._open[connection] = thread
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection:
                serve_connection(connection, self._respond)
        finally:
            with self._lock:
                self._open.pop(connection, None)


class EmulatorServer:
    """A local Azure DevOps, a context manager. `landscape` holds the organizations, `url` is the address of the host.

    `organizations` are on Services and `server_collections` on Server, each as (name, process[, project]). Each of the
    `pats` belongs to an administrator of every organization. `hook_time_scale` shortens the waits of service hooks
    (0.001: a second becomes a millisecond). Without a `throttle` there is no rate limit. `batch_entry_seconds` is what
    each entry of a `$batch` costs.
    """

    def __init__(
        self,
        port: int = 0,
        organizations: Iterable[OrganizationRow] = (),
        server_collections: Iterable[OrganizationRow] = (),
        pats: Sequence[str] = (),
        *,
        host: str = "127.0.0.1",
        hook_time_scale: float = 1.0,
        throttle: Throttle | None = None,
        batch_entry_seconds: float = 0.0,
        extension: Extension | None = None,
    ) -> None:
        self.landscape = Landscape(
            hook_time_scale=hook_time_scale, batch_entry_seconds=batch_entry_seconds, throttle=throttle
        )
        for rows, is_server in ((organizations, False), (server_collections, True)):
            for row in rows:
                project = row[2] if len(row) > 2 else DEFAULT_PROJECT
                self.landscape.plan(row[0], row[1], project, is_server=is_server, tokens=pats)
        self.landscape.reset()
        self.application = Application(self.landscape, extension)
        self._listener = Listener(host, port, self.application.respond)
        self.url = f"http://{host}:{self._listener.port}"
        self.landscape.url = self.url

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *details: object) -> None:
        self.stop()

    def start(self) -> None:
        """Begin to answer."""
        self.landscape.start()
        self._listener.start()

    def stop(self) -> None:
        """End all connections and the delivery of hooks."""
        self._listener.stop()
        self.landscape.close()

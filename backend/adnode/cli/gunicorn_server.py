"""The node under gunicorn (https://docs.gunicorn.org/en/stable/custom.html)."""

from collections.abc import Mapping
from typing import Any, Protocol

from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]


class Served(Protocol):
    """What a worker process opens and closes."""

    def open(self) -> Any:
        """Return the WSGI application."""

    def close(self) -> None:
        """Let go of everything."""


class GunicornServer(BaseApplication):  # type: ignore[misc]
    """One worker process. The node is opened in that process, after the fork: threads and database connections do not
    survive a fork.
    """

    def __init__(self, served: Served, options: Mapping[str, object], grace_seconds: int) -> None:
        self._served = served
        self._options = options
        self._grace_seconds = grace_seconds
        super().__init__()

    def load_config(self) -> None:
        """Set gunicorn's settings."""
        for name, value in self._options.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)
        self.cfg.set("worker_exit", self._close)

    def load(self) -> Any:
        """Return the WSGI application; called in the worker process.

        From here on only this process waits that little for requests under way, such as parked polls: its parent has to
        wait longer, because after the requests the node itself ends.
        """
        self.cfg.set("graceful_timeout", self._grace_seconds)
        return self._served.open()

    def _close(self, _server: object, _worker: object) -> None:
        self._served.close()

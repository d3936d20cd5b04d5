"""Commands that run until they are told to end."""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import FrameType
from typing import Any

import click
import structlog

from adnode.bootstrap import WEB_THREADS, make_web, make_worker, open_node
from adnode.cli.logs import configure_logs
from adnode.cli.output import json_option
from adnode.settings import Settings, read_settings

GRACE_SECONDS = 2
"""What requests under way get when the process ends; a parked poll would take far longer."""
END_LIMIT_SECONDS = 12
"""What the whole process gets: requests, then the background work."""
REQUEST_LIMIT_SECONDS = 120
END_SIGNALS = (signal.SIGTERM, signal.SIGINT)

log = structlog.get_logger(__name__)


@click.command()
@json_option
def run() -> None:
    """Run the node: web and background work in one process."""
    _serve(_prepared_settings(), with_worker=True)


@click.command()
@json_option
def serve() -> None:
    """Run the web part only."""
    _serve(_prepared_settings(), with_worker=False)


@click.command()
@json_option
def worker() -> None:
    """Run the background work only. No port is opened: this is all that a private node needs."""
    settings = _prepared_settings()
    ending = threading.Event()
    with _ending_on_signals(ending), open_node(settings) as node:
        background = make_worker(node)
        background.start()
        ending.wait()
        background.stop()


@contextmanager
def _ending_on_signals(ending: threading.Event) -> Iterator[None]:
    def end(_number: int, _frame: FrameType | None) -> None:
        ending.set()

    before = {number: signal.signal(number, end) for number in END_SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _prepared_settings() -> Settings:
    """Return the settings after a trial opening, so that what is wrong is said once, before any process starts."""
    settings = read_settings()
    configure_logs(settings.log_format)
    with open_node(settings):
        return settings


class Serving:
    """The node inside a server process: opened when the process begins, closed when it ends."""

    def __init__(self, settings: Settings, *, with_worker: bool) -> None:
        self._settings = settings
        self._with_worker = with_worker
        self._stack = ExitStack()
        self._background: Any = None

    def open(self) -> Any:
        """Open the node, start its background work and return the WSGI application."""
        node = self._stack.enter_context(open_node(self._settings))
        if self._with_worker:
            self._background = make_worker(node)
            self._background.start()
        return make_web(node)

    def close(self) -> None:
        """Stop the background work and close the node."""
        if self._background is not None:
            self._background.stop()
        self._stack.close()


def _serve(settings: Settings, *, with_worker: bool) -> None:
    log.info("listening", address=f"{settings.listen_host}:{settings.listen_port}", url=settings.url or None)
    serving = Serving(settings, with_worker=with_worker)
    if sys.platform == "win32":
        _serve_with_waitress(settings, serving)
    else:
        _serve_with_gunicorn(settings, serving)


def _serve_with_gunicorn(settings: Settings, serving: Serving) -> None:
    from adnode.cli.gunicorn_server import GunicornServer

    options = {
        "bind": f"{settings.listen_host}:{settings.listen_port}",
        "workers": 1,
        "worker_class": "gthread",
        "threads": WEB_THREADS,
        "timeout": REQUEST_LIMIT_SECONDS,
        "graceful_timeout": END_LIMIT_SECONDS,
        "keepalive": 75,
        "accesslog": None,
        "loglevel": "warning",
        "proc_name": "adnode",
        "control_socket_disable": True,
    }
    GunicornServer(serving, options, GRACE_SECONDS).run()


def _serve_with_waitress(settings: Settings, serving: Serving) -> None:
    import waitress  # type: ignore[import-untyped]

    try:
        waitress.serve(serving.open(), host=settings.listen_host, port=settings.listen_port, threads=WEB_THREADS)
    finally:
        serving.close()

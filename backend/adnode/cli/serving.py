"""Commands that run until they are told to end."""

import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import FrameType

import click
import structlog

from adnode.bootstrap import Node, make_web, make_worker, open_node
from adnode.cli.logs import configure_logs
from adnode.cli.open_files import allow_many_open_files
from adnode.cli.output import json_option
from adnode.domain.errors import ConfigurationError
from adnode.settings import Settings, read_settings
from adnode.web.front import FrontServer

GRACE_SECONDS = 2
"""What requests under way get when the process ends; parked polls are answered at once."""
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
    with _ending_on_signals(ending), open_node(settings) as node, _background(node):
        ending.wait()


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


@contextmanager
def _background(node: Node) -> Iterator[None]:
    background = make_worker(node)
    background.start()
    try:
        yield
    finally:
        background.stop()


def _prepared_settings() -> Settings:
    """Return the settings after a trial opening, so that what is wrong is said once, before any process starts."""
    settings = read_settings()
    configure_logs(settings.log_format)
    with open_node(settings):
        return settings


def _serve(settings: Settings, *, with_worker: bool) -> None:
    allow_many_open_files()
    listening = _listen(settings)
    log.info("listening", address=f"{settings.listen_host}:{settings.listen_port}", url=settings.url or None)
    with ExitStack() as stack:
        node = stack.enter_context(open_node(settings))
        if with_worker:
            stack.enter_context(_background(node))
        FrontServer(make_web(node), GRACE_SECONDS).run(sockets=[listening])


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.listen_host else socket.AF_INET
    try:
        return socket.create_server((settings.listen_host, settings.listen_port), family=family)
    except OSError as error:
        raise ConfigurationError(
            f"The node can't listen at {settings.listen_host}:{settings.listen_port}: {error.strerror}. Set another "
            "ADNODE_LISTEN, or end what uses it.",
            variable="ADNODE_LISTEN",
        ) from error

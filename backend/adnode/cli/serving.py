"""Commands that run until they are told to end."""

import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import click
import structlog

from adnode.bootstrap import Node, make_web, make_worker, open_node
from adnode.cli.logs import configure_logs
from adnode.cli.open_files import allow_many_open_files
from adnode.cli.output import json_option
from adnode.cli.supervision import Part, SharedFlag, Supervisor
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
    """Run the node: web and background work, each in a process of its own that is started again when it dies."""
    settings = _prepared_settings()
    listening = _listen(settings)
    if not hasattr(os, "fork"):
        with open_node(settings) as node, _background(node):
            _serve(node, listening)
        return
    work = Part("worker", lambda is_up: _work(settings, is_up, listening))
    web = Part("web", lambda _is_up: _answer(settings, listening, lambda: work.is_up.is_set))
    Supervisor([web, work]).run()


@click.command()
@json_option
def serve() -> None:
    """Run the web part only."""
    settings = _prepared_settings()
    _answer(settings, _listen(settings))


@click.command()
@json_option
def worker() -> None:
    """Run the background work only. No port is opened: this is all that a private node needs."""
    _work(_prepared_settings())


def _answer(settings: Settings, listening: socket.socket, has_worker: Callable[[], bool] | None = None) -> None:
    with open_node(settings) as node:
        _serve(node, listening, has_worker)


def _serve(node: Node, listening: socket.socket, has_worker: Callable[[], bool] | None = None) -> None:
    allow_many_open_files()
    # Also a process that answers callers holds leases: it sends what a person waits for.
    node.takeover.take_over()
    FrontServer(make_web(node, has_worker), GRACE_SECONDS).run(sockets=[listening])


def _work(settings: Settings, is_up: SharedFlag | None = None, foreign: socket.socket | None = None) -> None:
    if foreign is not None:
        foreign.close()
    ending = threading.Event()
    with _ending_on_signals(ending), open_node(settings) as node, _background(node):
        if is_up is not None:
            is_up.set()
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


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.listen_host else socket.AF_INET
    try:
        listening = socket.create_server((settings.listen_host, settings.listen_port), family=family)
    except OSError as error:
        raise ConfigurationError(
            f"The node can't listen at {settings.listen_host}:{settings.listen_port}: {error.strerror}. Set another "
            "ADNODE_LISTEN, or end what uses it.",
            variable="ADNODE_LISTEN",
        ) from error
    log.info("listening", address=f"{settings.listen_host}:{settings.listen_port}", url=settings.url or None)
    return listening

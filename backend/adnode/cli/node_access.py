"""A node for the length of one command."""

from collections.abc import Iterator
from contextlib import contextmanager

from adnode.bootstrap import Node, open_node
from adnode.cli.logs import configure_command_logs
from adnode.settings import read_settings


@contextmanager
def node_for_command() -> Iterator[Node]:
    """Open the node that the environment describes; wake-ups go to its worker process."""
    settings = read_settings()
    configure_command_logs(settings)
    with open_node(settings) as node:
        yield node

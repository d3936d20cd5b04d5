"""What a node says about itself."""

from urllib.parse import urlsplit

from adnode.domain.connection import Mode
from adnode.web.hub.hub_services import HubServices
from adnode.web.hub.schemas import Shape

PROTOCOL_VERSION = 1


class Node(Shape):
    """A node. ``url`` is what partners paste as destination, '' for a private node that can't be called."""

    url: str
    host: str
    version: str
    is_private: bool
    modes: list[str]
    protocol_version: int


def make_node(services: HubServices, requested_host: str) -> Node:
    """Return the node as its page shows it."""
    return Node(
        url=services.node_url,
        host=urlsplit(services.node_url).netloc or requested_host,
        version=services.version,
        is_private=not services.node_url,
        modes=[mode.value for mode in Mode],
        protocol_version=PROTOCOL_VERSION,
    )

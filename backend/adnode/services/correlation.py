"""One id for each request and each round of background work: in its log lines and in the error records it opens."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import structlog


@contextmanager
def correlated() -> Iterator[str]:
    """Give what is done inside an id of its own."""
    identifier = secrets.token_hex(8)
    with structlog.contextvars.bound_contextvars(correlation_id=identifier):
        yield identifier


def correlation_id() -> str:
    """Return the id of the request or round under way, '' outside one."""
    return str(structlog.contextvars.get_contextvars().get("correlation_id", ""))

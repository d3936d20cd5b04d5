"""One id for each request: in its answer, in its problem document and in the log lines that it causes."""

import secrets

import structlog
from flask import Flask, Response, g, has_request_context

HEADER = "X-Correlation-Id"


def register_correlation(application: Flask) -> None:
    """Give every request an id."""
    application.before_request(_begin)
    application.after_request(_tell)


def correlation_id() -> str:
    """Return the id of the request under way, '' outside one."""
    return str(g.get("correlation_id", "")) if has_request_context() else ""


def _begin() -> None:
    g.correlation_id = secrets.token_hex(8)
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(correlation_id=g.correlation_id)


def _tell(response: Response) -> Response:
    if identifier := correlation_id():
        response.headers[HEADER] = identifier
    return response

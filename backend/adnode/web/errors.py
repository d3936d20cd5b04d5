"""Errors as problem details (RFC 9457) with the stable codes of the exception tree."""

import json
import logging
from collections.abc import Mapping

from flask import Flask, Response
from werkzeug.exceptions import HTTPException

from adnode.domain.errors import (
    AdnodeError,
    ContentMismatchError,
    ContentNotAskedForError,
    ContentTooLongError,
    ContentUnavailableError,
    GatewayError,
    InvitationExpiredError,
    InvitationRevokedError,
    InvitationUnknownError,
    InvitationUsedError,
    NotFoundError,
    SignatureError,
    StateError,
    StorageUnavailableError,
    ValidationError,
)
from adnode.services.failures import retries_by_itself
from adnode.services.intake_room import NoRoomError
from adnode.web.correlation import correlation_id
from adnode.web.refusals import Refusals

PROBLEM_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = 2

_log = logging.getLogger(__name__)

# The first class that fits counts, so special cases stand above what they derive from.
_STATUSES: Mapping[type[AdnodeError], int] = {
    SignatureError: 401,
    ContentUnavailableError: 404,
    InvitationUnknownError: 404,
    NotFoundError: 404,
    InvitationUsedError: 409,
    StateError: 409,
    InvitationExpiredError: 410,
    InvitationRevokedError: 410,
    ContentMismatchError: 422,
    ContentNotAskedForError: 409,
    ContentTooLongError: 413,
    ValidationError: 422,
}
_TITLES = {
    400: "Refused",
    401: "Not authenticated",
    403: "Not allowed",
    404: "Not found",
    408: "Too slow",
    409: "Not possible now",
    410: "Over",
    412: "Changed meanwhile",
    413: "Too large",
    422: "Not usable as it is",
    428: "Say which revision",
    429: "Too often",
    500: "Internal error",
    502: "Another system failed",
    503: "Not available now",
}


class BusyError(AdnodeError):
    """More is asked at once than this node serves; right after a moment."""

    code = "busy"


class TooLargeError(ValidationError):
    """A body over the limits of the peer protocol."""

    code = "too_large"


def problem(
    status: int,
    code: str,
    detail: str,
    details: Mapping[str, object] | None = None,
    extra: Mapping[str, object] | None = None,
) -> Response:
    """Return a problem document. Only plain values of ``details`` are shown, everything of ``extra``."""
    shown = {name: value for name, value in (details or {}).items() if isinstance(value, str | int | bool)}
    document = {**shown, **(extra or {}), **problem_document(status, code, detail, correlation_id())}
    response = Response(json.dumps(document), status=status, content_type=PROBLEM_TYPE)
    if status == 503:
        response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def problem_document(status: int, code: str, detail: str, correlation: str) -> dict[str, object]:
    """Return what every problem document says (RFC 9457)."""
    return {
        "type": "about:blank",
        "title": _TITLES.get(status, "Refused"),
        "status": status,
        "code": code,
        "detail": detail,
        "correlation_id": correlation,
    }


def register_errors(application: Flask, refusals: Refusals) -> None:
    """Turn every error of a request into a problem document."""
    application.register_error_handler(AdnodeError, refusals.noting(_on_adnode_error))
    application.register_error_handler(HTTPException, _on_http_error)
    application.register_error_handler(Exception, _on_unexpected)


def _on_adnode_error(error: AdnodeError) -> Response:
    if isinstance(error, TooLargeError):
        return problem(413, error.code, error.message)
    if isinstance(error, BusyError | StorageUnavailableError):
        return problem(503, error.code, error.message)
    if isinstance(error, NoRoomError):
        response = problem(503, error.code, error.message)
        response.headers["Retry-After"] = str(error.retry_after_seconds)
        return response
    if isinstance(error, GatewayError):
        # What our Azure DevOps says is nothing for the other company.
        _log.warning("azure devops failed while a peer waited: %s", error.code)
        text = "This node could not do it in its Azure DevOps. Its administrator finds the reason under Errors."
        return problem(503 if retries_by_itself(error) else 422, error.code, text)
    for kind, status in _STATUSES.items():
        if isinstance(error, kind):
            return problem(status, error.code, error.message, error.details)
    _log.error("request failed: %s", error.code, exc_info=error)
    return problem(500, error.code, "This node failed; its log says why.")


def _on_http_error(error: HTTPException) -> Response:
    status = error.code or 500
    name = (error.name or "error").lower().replace(" ", "_")
    response = problem(status, name, error.description or error.name)
    if allowed := getattr(error, "valid_methods", None):
        response.headers["Allow"] = ", ".join(allowed)
    return response


def _on_unexpected(error: Exception) -> Response:
    _log.error("request failed unexpectedly", exc_info=error)
    return problem(500, AdnodeError.code, "This node failed; its log says why.")

"""Errors of the hub API as problem documents. The reader is an administrator of the organization concerned."""

import logging

from flask import Blueprint, Response
from pydantic import ValidationError as SchemaError

from adnode.domain.errors import (
    AdministratorRequiredError,
    AdnodeError,
    AuthenticationFailedError,
    CollectionRefusedError,
    ConditionRefusedError,
    ConfigurationError,
    ForeignOrganizationError,
    GatewayError,
    GatewayUnavailableError,
    InvitationError,
    InvitationExpiredError,
    InvitationRevokedError,
    InvitationTornError,
    InvitationUnknownError,
    InvitationUsedError,
    MissingRightError,
    NotFoundError,
    OrganizationNotAllowedError,
    PeerBusyError,
    PeerError,
    PeerUnreachableError,
    PreconditionFailedError,
    ProjectNotFoundError,
    QueryRefusedError,
    RateLimitedError,
    SecretUnreadableError,
    SessionEndedError,
    SessionExpiredError,
    SessionRefusedError,
    StateError,
    UrlRefusedError,
    ValidationError,
    WorkItemNotFoundError,
    WorkItemTypeNotFoundError,
)
from adnode.web.errors import TooLargeError, problem
from adnode.web.rate_limits import TooManyRequestsError
from adnode.web.refusals import Refusals

_log = logging.getLogger(__name__)


class PreconditionRequiredError(AdnodeError):
    """An edit that does not say which state it was made against."""

    code = "precondition_required"


class MalformedError(AdnodeError):
    """A request that does not fit the schema; ``errors`` names the fields."""

    code = "validation"

    def __init__(self, errors: list[dict[str, str]]) -> None:
        super().__init__("The request is not as it should be. Look at the fields that are named.")
        self.errors = errors


# The first class that fits counts, so special cases stand above what they derive from.
_STATUSES: dict[type[AdnodeError], int] = {
    SessionExpiredError: 401,
    SessionRefusedError: 401,
    SessionEndedError: 401,
    AdministratorRequiredError: 403,
    OrganizationNotAllowedError: 403,
    PreconditionFailedError: 412,
    PreconditionRequiredError: 428,
    TooManyRequestsError: 429,
    TooLargeError: 413,
    CollectionRefusedError: 400,
    MalformedError: 422,
    NotFoundError: 404,
    WorkItemNotFoundError: 404,
    StateError: 409,
    ForeignOrganizationError: 409,
    InvitationUsedError: 409,
    InvitationRevokedError: 410,
    InvitationExpiredError: 410,
    InvitationUnknownError: 404,
    InvitationTornError: 422,
    InvitationError: 409,
    ValidationError: 422,
    ProjectNotFoundError: 422,
    WorkItemTypeNotFoundError: 422,
    QueryRefusedError: 422,
    AuthenticationFailedError: 422,
    MissingRightError: 422,
    GatewayUnavailableError: 503,
    RateLimitedError: 503,
    GatewayError: 502,
    PeerUnreachableError: 502,
    PeerBusyError: 503,
    PeerError: 502,
    ConfigurationError: 503,
    SecretUnreadableError: 503,
}


def register_problems(blueprint: Blueprint, refusals: Refusals) -> None:
    """Answer errors of the hub API with problem documents."""
    blueprint.register_error_handler(AdnodeError, refusals.noting(answer_error))


def malformed(error: SchemaError, where: str = "") -> MalformedError:
    """Return a schema error with the names of the fields; values are never repeated."""
    errors = error.errors(include_url=False, include_context=False, include_input=False)
    return MalformedError(
        [
            {"field": ".".join(str(part) for part in found["loc"]) or where, "message": str(found["msg"])}
            for found in errors
        ]
    )


def answer_error(error: AdnodeError) -> Response:
    """Return the problem document of an error."""
    status = next((status for kind, status in _STATUSES.items() if isinstance(error, kind)), 500)
    if status == 500:
        _log.error("request failed: %s", error.code, exc_info=error)
        return problem(500, error.code, "This node failed; its log says why.")
    extra: dict[str, object] = {}
    if errors := _field_errors(error):
        extra["errors"] = errors
    if "current" in error.details:
        extra["current"] = error.details["current"]
    details = {name: value for name, value in error.details.items() if name not in _RESERVED}
    response = problem(status, error.code, error.message, details, extra)
    if isinstance(error, TooManyRequestsError):
        response.headers["Retry-After"] = str(error.retry_after_seconds)
    if status == 401:
        # RFC 9110 asks for a challenge with every 401.
        response.headers["WWW-Authenticate"] = 'Bearer realm="adnode"'
    return response


def _field_errors(error: AdnodeError) -> list[dict[str, str]]:
    if isinstance(error, MalformedError):
        return error.errors
    usual = next((field for kind, field in _FIELDS.items() if isinstance(error, kind)), "")
    field = str(error.details.get("field", usual))
    return [{"field": field, "message": error.message}] if field else []


# Where the page shows an error that only one field of a form can cause; ``details["field"]`` names another one.
_FIELDS: dict[type[AdnodeError], str] = {
    ProjectNotFoundError: "project",
    WorkItemTypeNotFoundError: "default_type",
    InvitationTornError: "code",
    UrlRefusedError: "url",
    ConditionRefusedError: "condition",
    QueryRefusedError: "condition",
}
_RESERVED = frozenset({"type", "title", "status", "detail", "code", "errors", "correlation_id", "field"})

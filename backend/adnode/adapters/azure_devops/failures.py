"""Errors of Azure DevOps, of its client and of the network, in adnode's words.

The client throws the HTTP status away, so everything here is decided from the response itself. The catalogue of error
bodies is described at https://learn.microsoft.com/azure/devops/integrate/concepts/rate-limits (429) and in the
work item tracking reference; older bodies are text, newer ones JSON with a type key.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from adnode.domain.errors import (
    AttachmentTooLargeError,
    AuthenticationFailedError,
    GatewayError,
    GatewayUnavailableError,
    InvalidWriteError,
    MissingRightError,
    ProjectNotFoundError,
    QueryRefusedError,
    QueryTooLargeError,
    QueryTooSlowError,
    RateLimitedError,
    RevisionConflictError,
    RuleViolationError,
    WorkItemNotFoundError,
    WorkItemTypeNotFoundError,
)

SHOWN_LENGTH = 500
"""Characters of Azure DevOps' own words that a message repeats at most."""
_TOO_MANY = "VS402337"
_TOO_SLOW = "VS402335"


@dataclass(frozen=True, slots=True)
class Operation:
    """What a call is about, for its errors.

    ``subject`` completes "Azure DevOps ... while it was asked to ...". ``right`` is what the identity needs for it.
    ``is_write``: without a clear answer it may have happened all the same.
    """

    subject: str
    right: str
    is_write: bool = False
    is_query: bool = False
    is_upload: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """An answer that is no success."""

    status: int
    message: str = ""
    type_key: str = ""
    properties: Mapping[str, object] = field(default_factory=dict)
    retry_after_seconds: float | None = None
    is_html: bool = False

    def says(self, *codes: str) -> bool:
        """Say whether the message carries one of these TF or VS codes, or its type key is one of them."""
        return any(code in self.message or code in self.type_key for code in codes)


def read_problem(status: int, headers: Mapping[str, str], body: bytes) -> Problem:
    """Take an answer apart, whatever shape its body has."""
    text = body.decode("utf-8-sig", errors="replace").strip()
    retry_after = read_seconds(headers.get("Retry-After"))
    is_html = "html" in headers.get("Content-Type", "").lower() or text[:1] == "<"
    if is_html:
        title = re.search(r"<title>([^<]*)</title>", text, re.IGNORECASE)
        return Problem(status, title.group(1).strip() if title else "", "", {}, retry_after, is_html=True)
    try:
        document = json.loads(text)
    except ValueError:
        return Problem(status, text[:SHOWN_LENGTH], "", {}, retry_after)
    return _read_document(status, document if isinstance(document, dict) else {}, retry_after)


def _read_document(status: int, document: Mapping[str, object], retry_after: float | None) -> Problem:
    inner = document.get("value")
    source = inner if isinstance(inner, dict) else document
    message = source.get("message") or source.get("Message") or ""
    properties = source.get("customProperties")
    return Problem(
        status,
        " ".join(str(message).split())[:SHOWN_LENGTH],
        str(source.get("typeKey") or ""),
        properties if isinstance(properties, dict) else {},
        retry_after,
    )


def read_seconds(value: str | None) -> float | None:
    """Return a Retry-After in seconds; an HTTP date or nonsense counts as none."""
    try:
        seconds = float(value) if value else None
    except ValueError:
        return None
    return seconds if seconds is not None and 0 <= seconds < 86400 else None


def is_sign_in(status: int, content_type: str) -> bool:
    """Say whether an answer asks to sign in: 203, a redirect, or a page where data was asked for."""
    is_page = "text/html" in content_type.lower()
    return status in (203, 301, 302, 303, 307, 308) or (200 <= status < 300 and is_page)


def translate(problem: Problem, operation: Operation) -> GatewayError:
    """Return the error for an answer that is no success."""
    if problem.status < 400:
        return _sign_in(problem)
    return (
        _translate_named(problem, operation)
        or _translate_access(problem, operation)
        or _translate_status(problem, operation)
    )


def _translate_named(problem: Problem, operation: Operation) -> GatewayError | None:
    """Decide by what Azure DevOps calls the error, whatever the status."""
    said = _said(problem)
    status = problem.status
    if problem.says("ProjectDoesNotExist", "TF200016"):
        return ProjectNotFoundError(
            f"The project is gone, or the account of this node may not see it.{said} "
            "Check its name, and that the account is a member.",
            status=status,
        )
    if problem.says("WorkItemTypeNotFound", "VS402323"):
        return WorkItemTypeNotFoundError(
            f"The work item type is not there or disabled.{said} Enable it in the process of the project.",
            status=status,
        )
    if problem.says("TF237111"):
        return _missing_right(problem, operation)
    if problem.says("WorkItemUnauthorizedAccess", "TF401232"):
        return WorkItemNotFoundError(
            f"The work item does not exist, or the account of this node may not read it.{said}", status=status
        )
    if problem.says("TestPatchOperationFailed", "WorkItemRevisionMismatch", "VS403351", "TF26071"):
        return RevisionConflictError(f"The work item was changed meanwhile.{said}", status=status)
    if problem.says(_TOO_MANY, _TOO_SLOW) or (operation.is_query and status == 400):
        return _query_refusal(problem)
    if problem.says("RuleValidation", "TF401320"):
        return _rule_violation(problem, operation)
    if operation.is_upload and _is_too_large(problem):
        return AttachmentTooLargeError(
            f"The file is larger than Azure DevOps takes.{said} It stays where it is and is not copied.", status=status
        )
    return None


def _query_refusal(problem: Problem) -> QueryRefusedError:
    said, status = _said(problem), problem.status
    if problem.says(_TOO_MANY):
        return QueryTooLargeError(
            f"The query finds more work items than Azure DevOps gives.{said} Narrow it.", status=status
        )
    if problem.says(_TOO_SLOW):
        return QueryTooSlowError(
            f"Azure DevOps gave the query up because it took too long.{said} Narrow it, for example to a work item "
            "type, an area or the last days.",
            status=status,
        )
    return QueryRefusedError(f"Azure DevOps refused the query.{said} Change the query.", status=status)


def _translate_access(problem: Problem, operation: Operation) -> GatewayError | None:
    is_known_identity = problem.says("TF400813", "UnauthorizedRequest")
    if problem.status == 403 or (problem.status == 401 and is_known_identity):
        return _missing_right(problem, operation)
    if problem.status == 401:
        return AuthenticationFailedError(
            f"Azure DevOps does not accept the credential: it is wrong, expired or revoked.{_said(problem)} "
            "Replace it.",
            status=401,
        )
    return None


def _translate_status(problem: Problem, operation: Operation) -> GatewayError:
    said = _said(problem)
    status, asked = problem.status, f"while it was asked to {operation.subject}"
    if status == 429:
        return RateLimitedError(
            f"Azure DevOps takes no more calls of this account for now, {asked}.{said} It is tried again by itself.",
            status=status,
            retry_after_seconds=problem.retry_after_seconds,
        )
    if status == 408 or status >= 500:
        return GatewayUnavailableError(
            f"Azure DevOps answered {status} {asked}.{said} It is tried again by itself.",
            status=status,
            retry_after_seconds=problem.retry_after_seconds,
            effect_unknown=operation.is_write,
        )
    if status in (409, 412):
        return RevisionConflictError(f"The work item was changed meanwhile.{said}", status=status)
    if status == 404:
        return WorkItemNotFoundError(f"Azure DevOps found nothing {asked}.{said}", status=status)
    return InvalidWriteError(f"Azure DevOps answered {status} {asked}.{said}", status=status)


def _missing_right(problem: Problem, operation: Operation) -> MissingRightError:
    return MissingRightError(
        f"The account of this node lacks a right in Azure DevOps: {operation.right}.{_said(problem)} "
        "Ask an administrator to give it, or use a token with that scope.",
        status=problem.status,
        right=operation.right,
    )


def _rule_violation(problem: Problem, operation: Operation) -> RuleViolationError:
    names = _violated_fields(problem)
    shown = f" Fields: {', '.join(names)}." if names else ""
    return RuleViolationError(
        f"A rule of the process did not allow to {operation.subject}.{shown}{_said(problem)} "
        "Fill in what the rule asks for, or change the rule, then retry.",
        fields=names,
        status=problem.status,
    )


def _violated_fields(problem: Problem) -> tuple[str, ...]:
    names = [str(problem.properties.get("FieldReferenceName") or "")]
    errors = problem.properties.get("RuleValidationErrors")
    if isinstance(errors, list):
        names += [str(error.get("fieldReferenceName") or "") for error in errors if isinstance(error, dict)]
    found = tuple(dict.fromkeys(name for name in names if name))
    if found:
        return found
    named = re.search(r"Rule Error for field (.+?)\. Error code", problem.message)
    return (named.group(1),) if named else ()


def _is_too_large(problem: Problem) -> bool:
    words = re.search(r"too large|exceed|maximum|TF237082", problem.message, re.IGNORECASE)
    return problem.status == 413 or (problem.status == 400 and words is not None)


def _sign_in(problem: Problem) -> AuthenticationFailedError:
    return AuthenticationFailedError(
        "Azure DevOps asked to sign in instead of answering: the credential is wrong, expired or revoked. Replace it.",
        status=problem.status,
    )


def _said(problem: Problem) -> str:
    return f" Azure DevOps says: {problem.message.rstrip('.')}." if problem.message else ""

"""What the other node's refusals mean here (problem details, RFC 9457, with the peer protocol's codes)."""

from collections.abc import Mapping
from typing import NoReturn
from urllib.parse import urlsplit

from adnode.domain.documents import parse_document
from adnode.domain.errors import (
    AdnodeError,
    AttachmentTooLargeError,
    ContentMismatchError,
    ContentNotAskedForError,
    ContentTooLongError,
    ContentUnavailableError,
    InvitationError,
    InvitationExpiredError,
    InvitationRevokedError,
    InvitationTornError,
    InvitationUnknownError,
    InvitationUsedError,
    PeerBusyError,
    PeerRefusedError,
    PeerUnreachableError,
    ValidationError,
)
from adnode.domain.peer_messages import read_code
from adnode.domain.visible_text import make_plain

TEXT_LIMIT = 500

_KNOWN: Mapping[str, type[AdnodeError]] = {
    kind.code: kind
    for kind in (
        AttachmentTooLargeError,
        ContentMismatchError,
        ContentNotAskedForError,
        ContentTooLongError,
        ContentUnavailableError,
        InvitationError,
        InvitationExpiredError,
        InvitationRevokedError,
        InvitationTornError,
        InvitationUnknownError,
        InvitationUsedError,
    )
}
_TRANSIENT_STATUSES = frozenset({408, 425, 429})
_BUSY_CODES = frozenset({"busy", "rate_limited"})
_BUSY_SECONDS = 2.0
_BUSY_LIMIT_SECONDS = 300.0


def raise_refusal(address: str, status: int, headers: Mapping[str, str], body: bytes) -> NoReturn:
    """Raise the error that an answer other than success stands for."""
    problem = _problem(body)
    code, text = read_code(problem.get("code")), _text(problem, "detail")
    if code in _BUSY_CODES:
        raise PeerBusyError(
            f"The other node at {urlsplit(address).netloc} is busy just now. It is asked again by itself.",
            retry_after_seconds=_retry_after_seconds(headers),
        )
    if kind := _KNOWN.get(code):
        raise kind(text or f"The other node refused: {code}.")
    if status >= 500 or status in _TRANSIENT_STATUSES:
        raise PeerUnreachableError(
            f"The other node answered with status {status} {code}. It is tried again by itself; if this stays, ask its "
            "administrator to look at the node's log.",
            status=status,
        )
    if not code:
        raise PeerUnreachableError(
            f"Status {status} came from {address}, which does not look like an adnode node. Check the node's address "
            "and what stands in front of it.",
            status=status,
        )
    raise PeerRefusedError(
        f"The other node refused: {text or code} Ask its administrator, then retry.",
        peer_code=code,
        status=status,
        connection_status=_text(problem, "connection_status"),
        **_numbers(problem, "acknowledged_sequence", "received_sequence"),
    )


def _retry_after_seconds(headers: Mapping[str, str]) -> float:
    """Return what ``Retry-After`` asks for in seconds; nodes send no dates there."""
    text = headers.get("retry-after", "")
    seconds = float(text) if text.isascii() and text.isdecimal() and len(text) <= 9 else _BUSY_SECONDS
    return min(max(seconds, 1.0), _BUSY_LIMIT_SECONDS)


def _problem(body: bytes) -> Mapping[str, object]:
    try:
        document = parse_document(body)
    except ValidationError:
        return {}
    return document if isinstance(document, dict) else {}


def _numbers(problem: Mapping[str, object], *names: str) -> dict[str, object]:
    return {name: value for name in names if type(value := problem.get(name)) is int}


def _text(problem: Mapping[str, object], name: str) -> str:
    value = problem.get(name, "")
    return make_plain(value[:TEXT_LIMIT]) if isinstance(value, str) else ""

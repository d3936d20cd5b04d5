"""Requests as the peer signed them, whatever server and proxy they came through."""

from collections.abc import Iterator
from urllib.parse import quote, urlsplit

from flask import Request

from adnode.ports.message_security import RequestHead
from adnode.web.errors import TooLargeError

CHUNK_BYTES = 256 * 1024


def request_head(request: Request, node_url: str) -> RequestHead:
    """Return method, address and headers of a request.

    With ``node_url`` its authority counts, not the Host header: a proxy may have rewritten that one.
    """
    base = urlsplit(node_url)
    authority = base.netloc or request.host
    target = _raw_target(request)
    prefix = base.path.rstrip("/")
    if prefix and not target.startswith(prefix + "/"):
        target = prefix + target
    headers = {name.lower(): value for name, value in request.headers.items()}
    return RequestHead(request.method, f"{base.scheme or 'https'}://{authority}{target}", headers)


def read_body(request: Request, limit_bytes: int, remedy: str = "Send fewer messages at once.") -> bytes:
    """Return the body; raises TooLargeError, saying the remedy, without reading further than the limit."""
    if (request.content_length or 0) > limit_bytes:
        raise _too_large(limit_bytes, remedy)
    body = bytearray()
    for chunk in body_chunks(request):
        body += chunk
        if len(body) > limit_bytes:
            raise _too_large(limit_bytes, remedy)
    return bytes(body)


def body_chunks(request: Request) -> Iterator[bytes]:
    """Yield the body as it comes."""
    while chunk := request.stream.read(CHUNK_BYTES):
        yield chunk


def _too_large(limit_bytes: int, remedy: str) -> TooLargeError:
    return TooLargeError(f"The body is larger than {limit_bytes} bytes. {remedy}")


def _raw_target(request: Request) -> str:
    """Return path and query with their escapes as sent: WSGI's own path is decoded, servers keep the raw one aside."""
    raw = str(request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI") or "")
    if not raw:
        query = request.query_string.decode("latin-1")
        return quote(request.environ.get("PATH_INFO", "").encode("latin-1")) + (f"?{query}" if query else "")
    if raw.startswith("/"):
        return raw
    parts = urlsplit(raw)
    return parts.path + (f"?{parts.query}" if parts.query else "")

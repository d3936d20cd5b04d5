"""The node's own small page behind the link in every mail: no more of these (RFC 8058 for mail programs)."""

import re
from base64 import b64encode
from hashlib import sha256
from html import escape

from flask import Blueprint, Response, request

from adnode.domain.notification import Subscriber, SubscriberStatus
from adnode.services.subscribers import SubscriberService
from adnode.web.callers import caller_group
from adnode.web.rate_limits import RateLimits
from adnode.web.request_heads import read_body

RATE = "unsubscription"
BODY_LIMIT_BYTES = 4096
_TOKEN = re.compile(r"[A-Za-z0-9_-]{20,100}", re.ASCII)
_STYLE = (
    ":root{color-scheme:light dark}body{font-family:Segoe UI,Helvetica,Arial,sans-serif;max-width:32rem;"
    "margin:15vh auto;padding:0 1rem;line-height:1.5}button{font:inherit;padding:.5rem 1rem;cursor:pointer}"
)
_POLICY = "; ".join(
    (
        "default-src 'none'",
        f"style-src 'sha256-{b64encode(sha256(_STYLE.encode()).digest()).decode()}'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)


def create_unsubscription_blueprint(subscribers: SubscriberService, rates: RateLimits) -> Blueprint:
    """Return the routes. Whoever holds the token may unsubscribe its reader, and nothing else."""
    blueprint = Blueprint("unsubscription", __name__)

    @blueprint.before_request
    def limit() -> None:
        rates.count(RATE, caller_group(request.remote_addr or ""))

    @blueprint.get("/unsubscribe/<token>")
    def ask(token: str) -> Response:
        # Reading changes nothing: mail programs and scanners open every link.
        reader = subscribers.find_reader(token) if _TOKEN.fullmatch(token) else None
        if reader is None:
            return _unknown()
        return _done() if reader.status is SubscriberStatus.UNSUBSCRIBED else _question(reader)

    @blueprint.post("/unsubscribe/<token>")
    def unsubscribe(token: str) -> Response:
        read_body(request, BODY_LIMIT_BYTES)
        if not _TOKEN.fullmatch(token) or not subscribers.unsubscribe(token):
            return _unknown()
        return _done()

    return blueprint


def _question(reader: Subscriber) -> Response:
    return _page(
        "No more mails?",
        f"<p>{escape(reader.address)} will get no more mails about errors of the synchronization.</p>"
        '<form method="post"><button type="submit">Unsubscribe</button></form>',
    )


def _done() -> Response:
    return _page(
        "You are unsubscribed",
        "<p>No more mails will come. Should you want them again, ask an administrator of the organization.</p>",
    )


def _unknown() -> Response:
    return _page(
        "This link is not valid any more",
        "<p>Perhaps the address was removed already. If mails still come, use the link in the newest one, or ask an "
        "administrator of the organization.</p>",
        404,
    )


def _page(title: str, content: str, status: int = 200) -> Response:
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f'<meta name="robots" content="noindex"><title>{title}</title><style>{_STYLE}</style>'
    )
    page = (
        f'<!doctype html><html lang="en"><head>{head}</head><body><main><h1>{title}</h1>{content}</main></body></html>'
    )
    response = Response(page, status=status, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = _POLICY
    return response

"""The hub page and the work item panel, served to be framed by Azure DevOps."""

import mimetypes
from collections.abc import Sequence
from pathlib import Path

from flask import Blueprint, Response, redirect, send_from_directory
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as BaseResponse

from adnode.web.hub.cross_origin import server_origins

SERVICES_FRAMES = ("https://dev.azure.com", "https://*.visualstudio.com")
HOME = "hub.html"
SERVED = frozenset({".html", ".js", ".css", ".svg", ".png", ".ico", ".woff2", ".txt"})
_TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}


def create_pages_blueprint(directory: Path, services_url: str, server_urls: Sequence[str]) -> Blueprint:
    """Return the routes of the static files in that directory."""
    blueprint = Blueprint("pages", __name__)
    frames = list(dict.fromkeys([*SERVICES_FRAMES, *server_origins([services_url, *server_urls])]))
    policy = content_security_policy(frames)

    @blueprint.get("/")
    def home() -> BaseResponse:
        return redirect(f"static/{HOME}")

    @blueprint.get("/static/<path:name>")
    def serve(name: str) -> Response:
        path = Path(name)
        if path.suffix.lower() not in SERVED or any(part.startswith(".") for part in path.parts):
            raise NotFound
        kind = _TYPES.get(path.suffix.lower()) or mimetypes.guess_type(name)[0]
        response = send_from_directory(directory, name, mimetype=kind, max_age=None)
        # Names of assets stay the same over releases, so each use asks whether the file is still the same.
        response.headers["Cache-Control"] = "no-cache"
        # A sandboxed page has no origin of its own; fonts and styles are fetched across origins there.
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Content-Security-Policy"] = policy
        return response

    return blueprint


def content_security_policy(frames: Sequence[str]) -> str:
    """Return the policy of the pages: own scripts only, styles of the host's theme, framed by Azure DevOps only."""
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            # The vendor's SDK puts the theme into a style element.
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors " + " ".join(frames),
        )
    )

"""Which pages of other origins may call the hub API. The tokens are the protection; this keeps browsers in order."""

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from flask import Blueprint
from flask_cors import CORS

from adnode.web.correlation import HEADER
from adnode.web.hub.operations import ACCESS_TOKEN_HEADER, REPETITION_HEADER

SERVICES_ORIGINS = (
    r"^https://dev\.azure\.com$",
    r"^https://[a-z0-9-]+\.visualstudio\.com$",
    r"^https://[a-z0-9-]+\.gallerycdn\.vsassets\.io$",
)
PREFLIGHT_SECONDS = 600


def register_cross_origin(blueprint: Blueprint, server_urls: Sequence[str]) -> None:
    """Let the pages of Azure DevOps call. Cookies play no part.

    A page of the extension on Azure DevOps Server runs in a sandbox and has the origin ``null``; it may call where the
    operator lists Server collections.
    """
    origins = [*SERVICES_ORIGINS, *(f"^{re.escape(origin)}$" for origin in server_origins(server_urls))]
    if server_urls:
        origins.append("^null$")
    CORS(
        blueprint,
        origins=origins,
        methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
        allow_headers=[
            "Authorization",
            "Content-Type",
            ACCESS_TOKEN_HEADER,
            REPETITION_HEADER,
            "If-Match",
            "If-None-Match",
        ],
        expose_headers=["ETag", "Retry-After", HEADER],
        supports_credentials=False,
        max_age=PREFLIGHT_SECONDS,
        vary_header=True,
        send_wildcard=False,
    )


def server_origins(urls: Sequence[str]) -> list[str]:
    """Return scheme, host and port of addresses, each once."""
    parts = [urlsplit(url) for url in urls]
    return list(dict.fromkeys(f"{part.scheme}://{part.netloc}" for part in parts))

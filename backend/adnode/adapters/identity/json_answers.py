"""Asking Azure DevOps with a caller's access token: one request, no redirects, little time, little memory."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests

from adnode.domain.errors import GatewayUnavailableError, SessionRefusedError

CONNECT_SECONDS = 5.0
READ_SECONDS = 10.0
TOTAL_SECONDS = 20.0
BODY_LIMIT_BYTES = 1024 * 1024
TOKEN_LIMIT = 16 * 1024
_CHUNK_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class JsonAnswer:
    """A document that Azure DevOps gave to the bearer of the token, and its headers by lower-case name."""

    document: Mapping[str, Any]
    headers: Mapping[str, str]


def ask(session: requests.Session, url: str, parameters: Mapping[str, str], access_token: str) -> JsonAnswer | None:
    """Return the answer, or None when Azure DevOps does not know the bearer or refuses.

    Only 200 with a JSON object counts: 203 and HTML are the sign-in page, a redirect leads to it. Raises
    GatewayUnavailableError when there is no usable answer, SessionRefusedError for a token that can't be sent.
    """
    headers = {
        "Accept": "application/json",
        "Authorization": f"Bearer {_checked(access_token)}",
        # Spares a redirect to the sign-in page, which the vendor's own Python client avoids in the same way.
        "X-TFS-FedAuthRedirect": "Suppress",
    }
    try:
        with session.get(
            url,
            params=dict(parameters),
            headers=headers,
            # An empty hook: without one, requests would let a .netrc file of this machine replace the token.
            auth=_as_it_is,
            timeout=(CONNECT_SECONDS, READ_SECONDS),
            allow_redirects=False,
            stream=True,
        ) as response:
            return _answer(response)
    except requests.RequestException as error:
        raise _unavailable() from error


def _answer(response: requests.Response) -> JsonAnswer | None:
    if response.status_code == 429 or response.status_code >= 500:
        raise _unavailable()
    content_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if response.status_code != 200 or content_type != "application/json":
        return None
    body = _read(response)
    if body is None:
        return None
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict):
        return None
    return JsonAnswer(document, {name.lower(): value for name, value in response.headers.items()})


def _read(response: requests.Response) -> bytes | None:
    deadline = time.monotonic() + TOTAL_SECONDS
    body = bytearray()
    for chunk in response.iter_content(_CHUNK_BYTES):
        body += chunk
        if len(body) > BODY_LIMIT_BYTES:
            return None
        if time.monotonic() > deadline:
            raise _unavailable()
    return bytes(body)


def _checked(access_token: str) -> str:
    is_sendable = access_token.isascii() and access_token.isprintable() and " " not in access_token
    if not access_token or not is_sendable or len(access_token) > TOKEN_LIMIT:
        raise SessionRefusedError("The page's access token is missing or damaged. Reload the page.")
    return access_token


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _unavailable() -> GatewayUnavailableError:
    return GatewayUnavailableError(
        "Azure DevOps gave no usable answer when asked who you are. Try again in a moment; if this stays, the node's "
        "operator should look at its way to Azure DevOps."
    )

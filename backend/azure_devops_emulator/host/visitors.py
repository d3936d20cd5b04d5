"""Who is signed in with a browser: a cookie per organization, of use to the emulator's own pages only.

The pages call the REST API with access tokens. The cookie itself opens the pages, reads (images in descriptions and
downloads can't carry a token) and the call that gives tokens, nothing else.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

from azure_devops_emulator.host.tokens import TokenMint
from azure_devops_emulator.identities import Identity
from azure_devops_emulator.organizations import Organization

TOKEN_PATH = "_apis/webplatformauth/sessiontoken"  # noqa: S105
_READS = ("GET", "HEAD")


@dataclass(frozen=True, slots=True)
class Visitor:
    """A signed-in person with the access token behind the cookie."""

    organization: Organization
    identity: Identity
    access_token: str


class Visitors:
    """Everybody who is signed in. Safe to use from several threads."""

    def __init__(self, mint: TokenMint) -> None:
        self._mint = mint
        self._lock = threading.Lock()
        self._visitors: dict[str, Visitor] = {}

    def sign_in(self, organization: Organization, identity: Identity) -> str:
        """Let the person in; the value of the cookie that says so."""
        value = secrets.token_urlsafe(24)
        token = self._mint.mint_access_token(organization, identity).token
        with self._lock:
            self._visitors[value] = Visitor(organization, identity, token)
        return value

    def sign_out(self, organization: Organization, headers: Mapping[str, str]) -> None:
        """End what the cookie stands for."""
        with self._lock:
            visitor = self._visitors.pop(read_cookie(headers, cookie_name(organization)), None)
        if visitor:
            with organization.lock:
                organization.credentials.pop(visitor.access_token, None)

    def find(self, organization: Organization, headers: Mapping[str, str]) -> Visitor | None:
        """The person whose cookie it is, or None."""
        with self._lock:
            visitor = self._visitors.get(read_cookie(headers, cookie_name(organization)))
        # A reset makes the organization anew, and with it its people.
        return visitor if visitor and visitor.organization is organization else None

    def admit(self, organization: Organization, method: str, path: str, headers: dict[str, str]) -> None:
        """Put the visitor's access token into the headers of a call that the cookie is good for."""
        if "authorization" in headers or not _is_own_call(method, path, headers):
            return
        visitor = self.find(organization, headers)
        if visitor is None:
            return
        if visitor.access_token not in organization.credentials:
            visitor = self._renew(headers, visitor)
        headers["authorization"] = f"Bearer {visitor.access_token}"

    def _renew(self, headers: Mapping[str, str], visitor: Visitor) -> Visitor:
        token = self._mint.mint_access_token(visitor.organization, visitor.identity).token
        renewed = Visitor(visitor.organization, visitor.identity, token)
        with self._lock:
            self._visitors[read_cookie(headers, cookie_name(visitor.organization))] = renewed
        return renewed


def cookie_name(organization: Organization) -> str:
    """The name of the organization's cookie; all ports of a machine share their cookies, so each has its own."""
    return f"emulator_{organization.instance_id.replace('-', '')}"


def read_cookie(headers: Mapping[str, str], name: str) -> str:
    """The value of a cookie, "" when it is not there."""
    try:
        morsel = SimpleCookie(headers.get("cookie", "")).get(name)
    except CookieError:
        return ""
    return morsel.value if morsel else ""


def _is_own_call(method: str, path: str, headers: Mapping[str, str]) -> bool:
    if method in _READS:
        return True
    # A browser names the page that posts; another site's page must not get a token.
    origin = urlsplit(headers.get("origin", "")).netloc
    return path.lower().endswith(TOKEN_PATH) and bool(origin) and origin == headers.get("host")

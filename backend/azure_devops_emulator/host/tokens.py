"""The tokens that a page gets: an app token for its own backend, access tokens for the REST API.

https://learn.microsoft.com/azure/devops/extend/develop/auth: an app token is signed (HS256) with the text of the
extension's certificate and says which user it is, never which organization.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from azure_devops_emulator.answers import Document
from azure_devops_emulator.host.extension import Extension
from azure_devops_emulator.identities import FULL_SCOPE, Credential, Identity
from azure_devops_emulator.organizations import Organization
from azure_devops_emulator.tenants import tenant_id

ISSUER = "app.vstoken.visualstudio.com"
LIFETIME_SECONDS = 4200


@dataclass(frozen=True, slots=True)
class _Minted:
    expires_at: float
    organization: Organization
    token: str


class TokenMint:
    """Makes tokens. Access tokens are accepted as bearer until they expire."""

    def __init__(self, extension: Extension, clock: Callable[[], float] = time.time) -> None:
        self._extension = extension
        self._clock = clock
        self._lock = threading.Lock()
        self._minted: deque[_Minted] = deque()
        self._own_key = secrets.token_hex(32)

    def mint_app_token(self, organization: Organization, identity: Identity) -> str:
        """A token that proves to the extension's backend which user of which tenant opened its page."""
        claims = self._claims(identity, self._extension.audience)
        if not organization.is_server:
            claims["tid"] = tenant_id(organization)
        return _sign(claims, self._extension.key.strip())

    def mint_access_token(
        self, organization: Organization, identity: Identity, scopes: Iterable[str] = (FULL_SCOPE,)
    ) -> Credential:
        """A bearer token of the person for the organization."""
        reach = tuple(scopes)
        claims = {**self._claims(identity, organization.instance_id), "scp": " ".join(reach)}
        token = _sign(claims, self._own_key)
        self._forget_expired()
        with self._lock:
            self._minted.append(_Minted(self._clock() + LIFETIME_SECONDS, organization, token))
        with organization.lock:
            return organization.add_token(token, identity, kind="bearer", scopes=reach)

    def _forget_expired(self) -> None:
        with self._lock:
            now = self._clock()
            expired = []
            while self._minted and self._minted[0].expires_at <= now:
                expired.append(self._minted.popleft())
        for each in expired:
            with each.organization.lock:
                each.organization.credentials.pop(each.token, None)

    def _claims(self, identity: Identity, audience: str) -> Document:
        now = int(self._clock())
        return {
            "nameid": identity.id,
            "jti": str(uuid.uuid4()),
            "iss": ISSUER,
            "aud": audience,
            "nbf": now,
            "exp": now + LIFETIME_SECONDS,
        }


def _sign(claims: Document, key: str) -> str:
    """A JSON Web Token (RFC 7519), HS256."""
    parts = [_encode(json.dumps(part).encode()) for part in ({"typ": "JWT", "alg": "HS256"}, claims)]
    content = ".".join(parts)
    return f"{content}.{_encode(hmac.digest(key.encode(), content.encode(), hashlib.sha256))}"


def _encode(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")

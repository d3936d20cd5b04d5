"""The node's own session tokens: JSON web tokens signed with keys derived from the node's secret keys."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import jwt
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from adnode.domain.errors import ConfigurationError, SessionExpiredError, SessionRefusedError
from adnode.domain.organization import OrganizationKind
from adnode.domain.session import Session, Tenant
from adnode.ports.system import Clock

ALGORITHM = "HS256"
ISSUER = "adnode"
PURPOSE = b"adnode session token 1"
KEY_LENGTH = 32
LENGTH_LIMIT = 8 * 1024


class JwtSessionTokens:
    """SessionTokens signed with the newest secret key; those signed with an older one of the list still count.

    The keys are derived (HKDF, RFC 5869), so that a session token never meets the key that seals secrets.
    """

    def __init__(self, secret_keys: Sequence[bytes], clock: Clock) -> None:
        if not secret_keys:
            raise ConfigurationError("There is no secret key. Set ADNODE_SECRET_KEYS to a base64 key of 32 bytes.")
        self._keys = [_derived(key) for key in secret_keys]
        self._clock = clock

    def issue(self, session: Session) -> str:
        """Return the token of a session."""
        return jwt.encode(_claims(session), self._keys[0], algorithm=ALGORITHM)

    def read(self, token: str) -> Session:
        """Return the session; raises SessionExpiredError, SessionRefusedError."""
        session = _session(self._verified(token))
        if session.expires_at <= self._clock.now():
            raise SessionExpiredError("This page's session is over. The page asks for a new one by itself.")
        return session

    def _verified(self, token: str) -> Mapping[str, Any]:
        if 0 < len(token) <= LENGTH_LIMIT:
            for key in self._keys:
                try:
                    return _decode(token, key)
                except (jwt.PyJWTError, ValueError, TypeError):
                    continue
        raise SessionRefusedError("This is no session of this node. Reload the page.")


def _derived(key: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_LENGTH, salt=None, info=PURPOSE).derive(key)


def _decode(token: str, key: bytes) -> Mapping[str, Any]:
    # The end is checked against the node's clock afterwards, the one that gave the token its time.
    options: Any = {"verify_exp": False, "verify_iat": False, "require": ["exp", "iat", "iss", "jti"]}
    return jwt.decode(token, key, algorithms=[ALGORITHM], issuer=ISSUER, options=options)


def _claims(session: Session) -> dict[str, object]:
    return {
        "iss": ISSUER,
        "jti": session.id,
        "iat": int(session.issued_at.timestamp()),
        "exp": int(session.expires_at.timestamp()),
        "tenant": session.tenant.id,
        "name": session.tenant.name,
        "url": session.tenant.url,
        "kind": session.tenant.kind.value,
        "seen": session.tenant.first_seen_at.timestamp(),
        "user": session.user_id,
        "user_name": session.user_name,
        "admin": session.is_administrator,
    }


def _session(claims: Mapping[str, Any]) -> Session:
    try:
        return Session(
            id=str(claims["jti"]),
            tenant=Tenant(
                id=str(claims["tenant"]),
                name=str(claims["name"]),
                url=str(claims["url"]),
                kind=OrganizationKind(claims["kind"]),
                first_seen_at=datetime.fromtimestamp(claims["seen"], UTC),
            ),
            user_id=str(claims["user"]),
            user_name=str(claims["user_name"]),
            is_administrator=claims["admin"] is True,
            issued_at=datetime.fromtimestamp(claims["iat"], UTC),
            expires_at=datetime.fromtimestamp(claims["exp"], UTC),
        )
    except (KeyError, TypeError, ValueError, OverflowError, OSError) as error:
        raise SessionRefusedError("This session comes from another release of the node. Reload the page.") from error

"""App tokens of the extension: JSON web tokens signed with the extension's certificate text (HS256).

https://learn.microsoft.com/azure/devops/extend/develop/auth: the UTF-8 bytes of the certificate's text are the key. The
sample there switches the checks of issuer and audience off; here both are checked.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import jwt
import structlog

from adnode.domain.errors import ConfigurationError, SessionRefusedError
from adnode.domain.organization import OrganizationKind
from adnode.domain.session import ExtensionKey
from adnode.ports.identity import AppIdentity

ALGORITHMS = ("HS256",)
ISSUER = "app.vstoken.visualstudio.com"
LEEWAY_SECONDS = 60
REQUIRED_CLAIMS = ("exp", "nbf", "aud", "iss", "nameid")
LENGTH_LIMIT = 16 * 1024

log = structlog.get_logger(__name__)


class JwtAppTokens:
    """AppTokens by a list of audiences and keys, so that keys can rotate and two listings can be served."""

    def __init__(self, keys: Mapping[OrganizationKind, Sequence[ExtensionKey]]) -> None:
        self._keys = keys

    def is_required(self, kind: OrganizationKind) -> bool:
        """Say whether pages must show one: on Services always, on Server where a key for it is set."""
        return kind is OrganizationKind.SERVICES or bool(self._keys.get(kind))

    def verify(self, token: str, kind: OrganizationKind) -> AppIdentity:
        """Return whom the token names; raises SessionRefusedError, ConfigurationError without a key."""
        keys = self._keys.get(kind, ())
        if not keys:
            raise ConfigurationError(
                "This node has no key of the extension, so it can't tell its pages from others. Its operator sets "
                "ADNODE_EXTENSION_KEYS."
            )
        if not token or len(token) > LENGTH_LIMIT:
            raise _refused("it is missing")
        reasons = [_claims_or_reason(token, key) for key in keys]
        for claims in reasons:
            if isinstance(claims, AppIdentity):
                return claims
        # An expired token says more than "the other keys did not sign it".
        raise _refused(max((str(reason) for reason in reasons), key=_rank))


def _claims_or_reason(token: str, key: ExtensionKey) -> AppIdentity | str:
    try:
        claims = _decode(token, key)
    except jwt.ExpiredSignatureError:
        return _EXPIRED
    except jwt.InvalidAudienceError:
        _log_audience(token, key)
        return _FOREIGN
    except (jwt.PyJWTError, ValueError, TypeError):
        return _FALSE
    if not key.audience:
        return _FOREIGN
    user_id, tenant_id = claims["nameid"], claims.get("tid", "")
    if not isinstance(user_id, str) or not isinstance(tenant_id, str) or not user_id:
        return _FALSE
    return AppIdentity(user_id.strip().lower(), tenant_id.strip().lower())


def _decode(token: str, key: ExtensionKey) -> Mapping[str, Any]:
    return jwt.decode(
        token,
        key.key.strip(),
        algorithms=list(ALGORITHMS),
        audience=[key.audience],
        issuer=ISSUER,
        leeway=LEEWAY_SECONDS,
        options={"require": list(REQUIRED_CLAIMS)},
    )


def _log_audience(token: str, key: ExtensionKey) -> None:
    """Tell the operator the audience of a token whose signature holds; it is unknown until the first publishing."""
    claims = jwt.decode(token, key.key.strip(), algorithms=list(ALGORITHMS), options={"verify_aud": False})
    log.warning("extension_audience_unknown", audience=claims.get("aud"), expected=key.audience or None)


_FALSE = "it is none of this extension"
_FOREIGN = "it belongs to another listing of the extension than this node serves"
_EXPIRED = "its time is over"


def _rank(reason: str) -> int:
    return (_FALSE, _FOREIGN, _EXPIRED).index(reason)


def _refused(reason: str) -> SessionRefusedError:
    return SessionRefusedError(
        f"The page's app token can't be used: {reason}. Reload the page; if this stays, ask the operator of the node."
    )

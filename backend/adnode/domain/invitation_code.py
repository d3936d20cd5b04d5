"""The text form of an invitation, as it travels by hand from one administrator to the other.

``adn1.`` + base64url of a compact JSON object + ``.`` + a checksum, so that a bad paste is told apart from a
wrong code.
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime

from adnode.domain.connection import Mode, Visibility
from adnode.domain.errors import InvitationTornError, RefusedValueError
from adnode.domain.invitation import InvitationOffer
from adnode.domain.limits import NAME, check_length
from adnode.domain.message_limits import check_id, check_organization_id
from adnode.domain.visible_text import make_plain
from adnode.domain.web_address import check_address

PREFIX = "adn1"
MAXIMUM_LENGTH = 4096
CHECKSUM_LENGTH = 8
KEY_LENGTH = 32

_TORN = (
    "This is no complete invitation code: {reason}. Copy the whole code again from the other administrator's page, "
    "from adn1 to its last character."
)


def encode_offer(offer: InvitationOffer) -> str:
    """Return the code of an offer."""
    document = {
        "url": offer.node_url,
        "invitation": offer.invitation_id,
        "connection": offer.connection_id,
        "secret": _encode(offer.secret),
        "key": _encode(offer.public_key),
        "organization": offer.organization_id,
        "name": offer.organization_name,
        "mode": offer.mode.value,
        "visibility": offer.visibility.value,
        "expires": int(offer.expires_at.timestamp()),
    }
    payload = _encode(json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode())
    return f"{PREFIX}.{payload}.{_checksum(payload)}"


def decode_offer(code: str) -> InvitationOffer:
    """Return what a code offers; blanks and line breaks from pasting do not matter. Raises InvitationTornError."""
    document = _read_document(_check_payload("".join(code.split())))
    try:
        return _offer(document)
    except (KeyError, TypeError, ValueError, OverflowError, OSError, RefusedValueError) as error:
        raise InvitationTornError(_TORN.format(reason="its content can't be read")) from error


def transcript_proof(secret: bytes, fields: Mapping[str, str]) -> bytes:
    """Return the HMAC-SHA-256 (RFC 2104) with the invitation's secret over named fields.

    Both sides compute it over the same acceptance; the secret itself never travels back.
    """
    transcript = json.dumps(dict(fields), ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return hmac.new(secret, b"adnode acceptance 1\n" + transcript.encode(), hashlib.sha256).digest()


def _check_payload(code: str) -> str:
    if len(code) > MAXIMUM_LENGTH:
        raise InvitationTornError(_TORN.format(reason="it is far too long"))
    if not code.isascii():
        raise InvitationTornError(_TORN.format(reason="it contains characters that no code has"))
    parts = code.split(".")
    if parts[0] != PREFIX:
        raise InvitationTornError(_TORN.format(reason="it does not begin with adn1"))
    if len(parts) != 3:
        raise InvitationTornError(_TORN.format(reason="a part of it is missing"))
    if not hmac.compare_digest(parts[2].encode(), _checksum(parts[1]).encode()):
        raise InvitationTornError(_TORN.format(reason="characters were lost or changed"))
    return parts[1]


def _read_document(payload: str) -> Mapping[str, object]:
    try:
        document = json.loads(_decode(payload))
    except (ValueError, binascii.Error, RecursionError) as error:
        raise InvitationTornError(_TORN.format(reason="its content can't be read")) from error
    if not isinstance(document, dict):
        raise InvitationTornError(_TORN.format(reason="its content can't be read"))
    return document


def _offer(document: Mapping[str, object]) -> InvitationOffer:
    expires = document["expires"]
    if not isinstance(expires, int) or isinstance(expires, bool):
        raise TypeError("expires")
    return InvitationOffer(
        node_url=check_address(_text(document, "url"), "url"),
        invitation_id=check_id(_text(document, "invitation"), "invitation"),
        connection_id=check_id(_text(document, "connection"), "connection"),
        secret=_key(document, "secret"),
        public_key=_key(document, "key"),
        organization_id=check_organization_id(_text(document, "organization"), "organization"),
        organization_name=make_plain(check_length(_text(document, "name"), NAME)),
        mode=Mode(_text(document, "mode")),
        visibility=Visibility(_text(document, "visibility")),
        expires_at=datetime.fromtimestamp(expires, UTC),
    )


def _text(document: Mapping[str, object], name: str) -> str:
    value = document[name]
    if not isinstance(value, str) or not value:
        raise TypeError(name)
    return value


def _key(document: Mapping[str, object], name: str) -> bytes:
    key = _decode(_text(document, name))
    if len(key) != KEY_LENGTH:
        raise ValueError(name)
    return key


def _checksum(payload: str) -> str:
    return hashlib.sha256(f"{PREFIX}.{payload}".encode()).hexdigest()[:CHECKSUM_LENGTH]


def _encode(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)

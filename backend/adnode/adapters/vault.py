"""Secrets at rest: AES-256-GCM (NIST SP 800-38D) with a list of keys, the first of which seals."""

import hashlib
import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from adnode.domain.errors import ConfigurationError, SecretUnreadableError

VERSION = b"\x01"
KEY_LENGTH = 32
KEY_ID_LENGTH = 4
NONCE_LENGTH = 12
HEADER_LENGTH = len(VERSION) + KEY_ID_LENGTH + NONCE_LENGTH


class AesGcmVault:
    """Vault with keys of 32 bytes. Sealed bytes are: version, key id, nonce, ciphertext with tag.

    The context is associated data: bytes moved to another row do not open. Raises ConfigurationError for a key list
    that can't be used.
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys:
            raise ConfigurationError("There is no secret key. Set ADNODE_SECRET_KEYS to a base64 key of 32 bytes.")
        if any(len(key) != KEY_LENGTH for key in keys):
            raise ConfigurationError("A secret key has the wrong length. Every key must be 32 bytes, in base64.")
        self._ciphers = {_key_id(key): AESGCM(key) for key in keys}
        self._current = _key_id(keys[0])

    def seal(self, secret: bytes, context: str) -> bytes:
        """Return the secret sealed with the newest key for that context."""
        header = VERSION + self._current
        nonce = os.urandom(NONCE_LENGTH)
        return header + nonce + self._ciphers[self._current].encrypt(nonce, secret, _associated(header, context))

    def open(self, sealed: bytes, context: str) -> bytes:
        """Return the secret; raises SecretUnreadableError."""
        header, nonce, content = sealed[:5], sealed[5:HEADER_LENGTH], sealed[HEADER_LENGTH:]
        cipher = self._ciphers.get(header[1:])
        if header[:1] != VERSION or cipher is None:
            raise SecretUnreadableError(
                "A stored secret was sealed with a key that ADNODE_SECRET_KEYS does not hold. Add that key again.",
                context=context,
            )
        try:
            return cipher.decrypt(nonce, content, _associated(header, context))
        except (InvalidTag, ValueError) as error:
            raise SecretUnreadableError(
                "A stored secret is damaged or belongs to another row. Enter it again.", context=context
            ) from error

    def is_current(self, sealed: bytes) -> bool:
        """Say whether it is sealed with the newest key (else it should be sealed anew)."""
        return sealed[: HEADER_LENGTH - NONCE_LENGTH] == VERSION + self._current


def _key_id(key: bytes) -> bytes:
    return hashlib.sha256(b"adnode key id\n" + key).digest()[:KEY_ID_LENGTH]


def _associated(header: bytes, context: str) -> bytes:
    return header + context.encode()

"""Ed25519 keys (RFC 8032), one pair per connection and side."""

import hashlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from adnode.domain.errors import ValidationError

FINGERPRINT_GROUP = 4
FINGERPRINT_DIGITS = 32


class Ed25519Signer:
    """Signer on the cryptography package; keys are raw bytes."""

    def new_private_key(self) -> bytes:
        """Return a new raw private key (32 bytes)."""
        return Ed25519PrivateKey.generate().private_bytes_raw()

    def public_key(self, private_key: bytes) -> bytes:
        """Return the raw public key (32 bytes)."""
        return Ed25519PrivateKey.from_private_bytes(private_key).public_key().public_bytes_raw()

    def fingerprint(self, public_key: bytes) -> str:
        """Return what people compare: the first half of the SHA-256 in groups of four hexadecimal digits."""
        digits = hashlib.sha256(public_key).hexdigest()[:FINGERPRINT_DIGITS]
        return " ".join(digits[start : start + FINGERPRINT_GROUP] for start in range(0, len(digits), FINGERPRINT_GROUP))


def key_id(public_key: bytes) -> str:
    """Return the name of a key in signatures: the SHA-256 of the raw key."""
    return hashlib.sha256(public_key).hexdigest()


def load_public_key(public_key: bytes) -> Ed25519PublicKey:
    """Return the key object; raises ValidationError for bytes that are no key."""
    try:
        return Ed25519PublicKey.from_public_bytes(public_key)
    except ValueError as error:
        raise ValidationError("A public key must be an Ed25519 key of 32 bytes.") from error

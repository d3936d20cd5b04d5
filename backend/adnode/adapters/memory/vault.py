"""A vault for tests: opens only for the context it sealed for, keeps no secret bytes in sight."""

import hashlib

from adnode.domain.errors import SecretUnreadableError

DIGEST_LENGTH = 32


class MemoryVault:
    """Vault that masks instead of encrypting. For tests only: whoever knows the generation can read everything.

    ``rotate`` begins a new generation; secrets of earlier ones still open until ``forget_earlier``.
    """

    def __init__(self) -> None:
        self._generations = [0]

    def rotate(self) -> None:
        """Seal with a new key from now on."""
        self._generations.append(self._generations[-1] + 1)

    def forget_earlier(self) -> None:
        """Drop every key but the newest."""
        self._generations = self._generations[-1:]

    def seal(self, secret: bytes, context: str) -> bytes:
        """Return the secret masked for that context."""
        generation = self._generations[-1]
        digest = hashlib.sha256(context.encode() + b"\0" + secret).digest()
        return bytes([generation]) + digest + _mask(secret, generation)

    def open(self, sealed: bytes, context: str) -> bytes:
        """Return the secret; raises SecretUnreadableError."""
        generation, digest = sealed[:1], sealed[1 : 1 + DIGEST_LENGTH]
        if not generation or generation[0] not in self._generations:
            raise SecretUnreadableError("A stored secret was sealed with a key that is not known.", context=context)
        secret = _mask(sealed[1 + DIGEST_LENGTH :], generation[0])
        if hashlib.sha256(context.encode() + b"\0" + secret).digest() != digest:
            raise SecretUnreadableError("A stored secret is damaged or belongs to another row.", context=context)
        return secret

    def is_current(self, sealed: bytes) -> bool:
        """Say whether it is sealed with the newest key."""
        return sealed[:1] == bytes([self._generations[-1]])


def _mask(content: bytes, generation: int) -> bytes:
    pad = 0xA5 ^ generation
    return bytes(byte ^ pad for byte in content)

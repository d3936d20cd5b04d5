"""Content in frames with a signed end, so that a stream of unknown length can be proven without being held.

A frame is four bytes of length (big-endian) and that many bytes. A frame of length zero ends the stream; after it comes
an Ed25519 signature over the binding, the number of bytes and their SHA-256. See docs/adr/0003-content-digest.md.
"""

import hashlib
import struct
from collections.abc import Iterable, Iterator

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from adnode.adapters.peer.keys import load_public_key
from adnode.domain.errors import ContentMismatchError
from adnode.ports.message_security import ContentBinding

FRAME_LIMIT = 1024 * 1024
LENGTH = struct.Struct(">I")
SIZE = struct.Struct(">Q")
SIGNATURE_LENGTH = 64

_CUT = "A file arrived incomplete: the stream was cut. It is fetched again."
_WRONG = "A file arrived damaged: its digest is not the one that was signed. It is fetched again."


def frame(chunks: Iterable[bytes], binding: ContentBinding, private_key: bytes) -> Iterator[bytes]:
    """Yield the chunks as frames and at the end the signed digest."""
    digest, size = hashlib.sha256(), 0
    for chunk in chunks:
        digest.update(chunk)
        size += len(chunk)
        for start in range(0, len(chunk), FRAME_LIMIT):
            part = chunk[start : start + FRAME_LIMIT]
            yield LENGTH.pack(len(part)) + part
    signature = Ed25519PrivateKey.from_private_bytes(private_key).sign(_statement(binding, size, digest.digest()))
    yield LENGTH.pack(0) + signature


def unframe(chunks: Iterable[bytes], binding: ContentBinding, public_key: bytes) -> Iterator[bytes]:
    """Yield the content of frames as it comes; raises ContentMismatchError when the end does not hold.

    The last part is given only after the end was checked, so that nobody can have all bytes of a wrong file.
    """
    digest, size, source, held = hashlib.sha256(), 0, _Source(chunks), b""
    while length := LENGTH.unpack(source.take(LENGTH.size))[0]:
        if length > FRAME_LIMIT:
            raise ContentMismatchError(_WRONG, key=binding.key)
        part = source.take(length)
        digest.update(part)
        size += length
        if held:
            yield held
        held = part
    try:
        load_public_key(public_key).verify(source.take(SIGNATURE_LENGTH), _statement(binding, size, digest.digest()))
    except InvalidSignature as error:
        raise ContentMismatchError(_WRONG, key=binding.key) from error
    if held:
        yield held


def _statement(binding: ContentBinding, size: int, sha256: bytes) -> bytes:
    names = [text.encode() for text in ("adnode content 1", binding.connection_id, binding.key, binding.nonce)]
    return b"".join(LENGTH.pack(len(name)) + name for name in names) + SIZE.pack(size) + sha256


class _Source:
    """Bytes in the portions that are asked for, whatever the chunks are."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._held = bytearray()

    def take(self, count: int) -> bytes:
        """Return exactly that many bytes; raises ContentMismatchError when the stream ends before."""
        while len(self._held) < count:
            try:
                self._held += next(self._chunks)
            except StopIteration:
                raise ContentMismatchError(_CUT) from None
        taken = bytes(self._held[:count])
        del self._held[:count]
        return taken

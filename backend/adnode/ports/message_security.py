"""Port to the signatures between nodes (RFC 9421): what the web edge needs without knowing the cryptography."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from adnode.ports.peer import VerifiedRequest

FRAMED_CONTENT_TYPE = "application/vnd.adnode.framed-content"
NAME_HEADER = "adnode-content-name"
SIZE_HEADER = "adnode-content-size"
_DIGITS = re.compile(r"[0-9]{1,15}", re.ASCII)


@dataclass(frozen=True, slots=True)
class RequestHead:
    """A request without its body: what a signature covers. ``url`` is absolute, escapes as they came."""

    method: str
    url: str
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ContentBinding:
    """What ties a stream of bytes to one file and one request, so that it fits nowhere else."""

    connection_id: str
    key: str
    nonce: str


def read_size(text: str) -> int | None:
    """Return how many bytes a peer announces, None where it does not say."""
    return int(text) if _DIGITS.fullmatch(text) else None


class MessageSecurity(Protocol):
    """Verifies what the peer sent and signs what we answer. Keys are raw Ed25519 (32 bytes)."""

    def inspect_head(self, head: RequestHead) -> None:
        """Check what can be told without any key: the signature's form, coverage, time window and nonce.

        Raises SignatureError.
        """

    def verify_head(self, head: RequestHead, public_key: bytes, *, is_stream: bool) -> VerifiedRequest:
        """Check everything that can be told before the body comes, the signature itself included.

        The nonce is still to be remembered by the caller. Raises SignatureError.
        """

    def verify_body(self, head: RequestHead, body: bytes) -> None:
        """Check the body of a request whose head was verified; raises SignatureError."""

    def sign_answer(
        self, request: RequestHead, status: int, headers: Mapping[str, str], body: bytes | None, private_key: bytes
    ) -> dict[str, str]:
        """Return the headers with digest and signature added; the signature binds the request. ``body`` is None
        for a framed stream.
        """

    def frame(self, chunks: Iterable[bytes], binding: ContentBinding, private_key: bytes) -> Iterator[bytes]:
        """Yield the chunks as frames and at the end the signed digest of all of them."""

    def unframe(self, chunks: Iterable[bytes], binding: ContentBinding, public_key: bytes) -> Iterator[bytes]:
        """Yield the content of frames; raises ContentMismatchError at the end when it is not what was signed, or
        is cut.
        """

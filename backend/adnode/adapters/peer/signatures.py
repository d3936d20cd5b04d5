"""HTTP Message Signatures (RFC 9421) with Ed25519 on every request between nodes and on every answer of weight.

Requests cover method, authority, path, query and digest; answers cover status and digest and bind the request they
answer, its signature included. Streams have no digest up front: their names are
covered and their end is signed instead.
"""

import hmac
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from http_message_signatures import HTTPMessageSigner, HTTPMessageVerifier, HTTPSignatureKeyResolver
from http_message_signatures.algorithms import ED25519, HTTPSignatureAlgorithm
from http_message_signatures.digests import ContentDigest
from http_message_signatures.exceptions import HTTPMessageSignaturesException, InvalidSignature
from http_message_signatures.structures import VerifyResult

from adnode.adapters.peer import framing
from adnode.adapters.peer.keys import key_id, load_public_key
from adnode.domain.errors import SignatureError
from adnode.ports.message_security import NAME_HEADER, SIZE_HEADER, ContentBinding, RequestHead
from adnode.ports.peer import VerifiedRequest
from adnode.ports.system import Clock, Ids

TAG = "adnode-peer-1"
LABEL = "adnode"
LIFETIME = timedelta(seconds=120)
CLOCK_WINDOW = timedelta(seconds=300)
NONCE_LIMIT = 100

_TARGET = ("@method", "@authority", "@path", "@query")
REQUEST_PARTS = (*_TARGET, "content-digest")
STREAM_REQUEST_PARTS = (*_TARGET, "content-type", NAME_HEADER, SIZE_HEADER)
_BOUND_REQUEST = tuple(f'"{part}";req' for part in (*_TARGET, "signature"))
ANSWER_PARTS = ("@status", "content-digest", *_BOUND_REQUEST)
STREAM_ANSWER_PARTS = ("@status", "content-type", SIZE_HEADER, *_BOUND_REQUEST)


@dataclass(slots=True)
class _Request:
    """A request as the signature library reads it."""

    method: str
    url: str
    headers: dict[str, str]


@dataclass(slots=True)
class _Answer:
    """An answer as the signature library reads it, with the request it answers."""

    status_code: int
    headers: dict[str, str]
    request: _Request


class HttpMessageSecurity:
    """MessageSecurity on the http-message-signatures package; also signs our requests and verifies answers."""

    def __init__(self, clock: Clock, ids: Ids) -> None:
        self._clock = clock
        self._ids = ids

    # requests ------------------------------------------------------------------------------------------------------

    def sign_request(self, head: RequestHead, body: bytes | None, private_key: bytes) -> tuple[dict[str, str], str]:
        """Return the headers with digest and signature added, and the nonce. ``body`` is None for a framed stream."""
        message = _request(head)
        nonce = self._sign(message, REQUEST_PARTS if body is not None else STREAM_REQUEST_PARTS, body, private_key)
        return message.headers, nonce

    def inspect_head(self, head: RequestHead) -> None:
        """Check what can be told without any key; raises SignatureError."""
        verifier = _Verifier(self._clock, _AnyKey(), _Unchecked)
        _required_nonce(self._run(verifier, _request(head), REQUEST_PARTS, None))

    def verify_head(self, head: RequestHead, public_key: bytes, *, is_stream: bool) -> VerifiedRequest:
        """Check a request of the peer before its body comes; raises SignatureError. The nonce is still to be
        remembered.
        """
        result = self._verify(_request(head), STREAM_REQUEST_PARTS if is_stream else REQUEST_PARTS, None, public_key)
        expires = datetime.fromtimestamp(int(result.parameters["expires"]), UTC)
        # Longer than the signature holds: another machine of this node, whose clock is ahead, may do the forgetting.
        return VerifiedRequest(
            key_id=str(result.parameters["keyid"]),
            nonce=_required_nonce(result),
            expires_at=expires + CLOCK_WINDOW,
        )

    def verify_body(self, head: RequestHead, body: bytes) -> None:
        """Check the body of a request whose head was verified; raises SignatureError."""
        digest = next((value for name, value in head.headers.items() if name.lower() == "content-digest"), "")
        try:
            ContentDigest.verify(digest.strip(), body)
        except HTTPMessageSignaturesException as error:
            raise SignatureError(f"The body is not the one that was signed: {_reason(error)}.") from error

    # answers -------------------------------------------------------------------------------------------------------

    def sign_answer(
        self, request: RequestHead, status: int, headers: Mapping[str, str], body: bytes | None, private_key: bytes
    ) -> dict[str, str]:
        """Return the headers with digest and signature added. ``body`` is None for a framed stream."""
        answer = _Answer(status, dict(headers), _request(request))
        self._sign(answer, ANSWER_PARTS if body is not None else STREAM_ANSWER_PARTS, body, private_key)
        return answer.headers

    def verify_answer(
        self, request: RequestHead, status: int, headers: Mapping[str, str], body: bytes | None, public_key: bytes
    ) -> None:
        """Check the peer's answer to that request; raises SignatureError."""
        answer = _Answer(status, dict(headers), _request(request))
        self._verify(answer, ANSWER_PARTS if body is not None else STREAM_ANSWER_PARTS, body, public_key)

    # content -------------------------------------------------------------------------------------------------------

    def frame(self, chunks: Iterable[bytes], binding: ContentBinding, private_key: bytes) -> Iterator[bytes]:
        """Yield the chunks as frames and at the end the signed digest of all of them."""
        return framing.frame(chunks, binding, private_key)

    def unframe(self, chunks: Iterable[bytes], binding: ContentBinding, public_key: bytes) -> Iterator[bytes]:
        """Yield the content of frames; raises ContentMismatchError at the end when it is not what was signed."""
        return framing.unframe(chunks, binding, public_key)

    # inside --------------------------------------------------------------------------------------------------------

    def _sign(self, message: _Request | _Answer, parts: tuple[str, ...], body: bytes | None, private_key: bytes) -> str:
        key = Ed25519PrivateKey.from_private_bytes(private_key)
        signer = HTTPMessageSigner(signature_algorithm=ED25519, key_resolver=_PrivateKey(key))
        nonce, created = self._ids.new_id(), self._clock.now()
        signer.sign(
            message,
            key_id=key_id(key.public_key().public_bytes_raw()),
            created=created,
            expires=created + LIFETIME,
            nonce=nonce,
            label=LABEL,
            tag=TAG,
            covered_component_ids=parts,
            body=body,
        )
        return nonce

    def _verify(
        self, message: _Request | _Answer, parts: tuple[str, ...], body: bytes | None, public_key: bytes
    ) -> VerifyResult:
        verifier = _Verifier(self._clock, _PublicKey(load_public_key(public_key), key_id(public_key)), ED25519)
        return self._run(verifier, message, parts, body)

    def _run(
        self, verifier: "_Verifier", message: _Request | _Answer, parts: tuple[str, ...], body: bytes | None
    ) -> VerifyResult:
        try:
            results = verifier.verify(message, max_age=None, expect_tag=TAG, require_components=parts, body=body)
        except HTTPMessageSignaturesException as error:
            raise SignatureError(
                f"The signature of the other node does not hold: {_reason(error)}. Connect the two sides anew if its "
                "keys were lost."
            ) from error
        if len(results) != 1:
            raise SignatureError("The message carries more than one signature; exactly one is expected.")
        return results[0]


class _Verifier(HTTPMessageVerifier):
    """The library's verifier with the node's clock and the window of the peer protocol."""

    def __init__(
        self, clock: Clock, resolver: HTTPSignatureKeyResolver, algorithm: type[HTTPSignatureAlgorithm]
    ) -> None:
        super().__init__(signature_algorithm=algorithm, key_resolver=resolver)
        self._clock = clock

    def validate_created_and_expires(self, sig_input: Any, max_age: timedelta | None = None) -> None:
        """Refuse what is outside the window; the answer names the receiver's time, so that a wrong clock is found."""
        if "created" not in sig_input.params or "expires" not in sig_input.params:
            raise InvalidSignature("it lacks the time of its creation or its end")
        created = _parse_time(sig_input.params["created"])
        expires = _parse_time(sig_input.params["expires"])
        now = self._clock.now()
        if abs(now - created) > CLOCK_WINDOW:
            raise SignatureError(
                f"The message was signed at {created:%Y-%m-%d %H:%M:%S} UTC, but it is {now:%Y-%m-%d %H:%M:%S} UTC "
                "here. Set the clocks of both nodes; at most 300 seconds apart are accepted.",
                receiver_time=now.isoformat(),
            )
        if not created < expires <= created + LIFETIME:
            raise InvalidSignature("it is valid for longer than 120 seconds")
        if now > expires:
            raise SignatureError(
                f"The message's signature expired at {expires:%Y-%m-%d %H:%M:%S} UTC, but it is "
                f"{now:%Y-%m-%d %H:%M:%S} UTC here. If it was not long on its way, set the clocks of both nodes.",
                receiver_time=now.isoformat(),
            )


@dataclass(frozen=True, slots=True)
class _PrivateKey(HTTPSignatureKeyResolver):
    key: Ed25519PrivateKey

    def resolve_private_key(self, key_id: str) -> Ed25519PrivateKey:
        return self.key


@dataclass(frozen=True, slots=True)
class _PublicKey(HTTPSignatureKeyResolver):
    key: Ed25519PublicKey
    name: str

    def resolve_public_key(self, key_id: str) -> Ed25519PublicKey:
        if not hmac.compare_digest(key_id.encode(), self.name.encode()):
            raise InvalidSignature("it was made with another key than the one agreed on")
        return self.key


class _AnyKey(HTTPSignatureKeyResolver):
    """Stands for a key that is not known yet."""

    def resolve_public_key(self, key_id: str) -> bytes:
        return b""


class _Unchecked(HTTPSignatureAlgorithm):
    """Ed25519 without a key: everything about a signature but whether it holds."""

    algorithm_id = ED25519.algorithm_id

    def __init__(self, **_keys: object) -> None:
        return

    def sign(self, message: bytes) -> bytes:
        raise NotImplementedError

    def verify(self, signature: bytes, message: bytes) -> None:
        return


def _request(head: RequestHead) -> _Request:
    return _Request(head.method.upper(), head.url, dict(head.headers))


def _parse_time(seconds: object) -> datetime:
    if not isinstance(seconds, int):
        raise InvalidSignature("its time is no whole number")
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise InvalidSignature("its time is out of range") from error


def _required_nonce(result: VerifyResult) -> str:
    if not result.nonce or len(result.nonce) > NONCE_LIMIT:
        raise SignatureError("The signature carries no nonce, or one that is too long.")
    return result.nonce


def _reason(error: BaseException) -> str:
    return str(error).rstrip(".") or "it was not made with the agreed key or the message was changed"

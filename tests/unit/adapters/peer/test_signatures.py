"""Signatures of requests and answers (RFC 9421)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from http_message_signatures import HTTPMessageSigner, HTTPSignatureKeyResolver
from http_message_signatures.algorithms import ED25519

from adnode.adapters.memory.clock import MemoryClock, MemoryIds
from adnode.adapters.peer.keys import Ed25519Signer, key_id
from adnode.adapters.peer.signatures import (
    ANSWER_PARTS,
    LABEL,
    REQUEST_PARTS,
    TAG,
    HttpMessageSecurity,
)
from adnode.domain.errors import SignatureError
from adnode.ports.message_security import FRAMED_CONTENT_TYPE, NAME_HEADER, SIZE_HEADER, RequestHead
from adnode.ports.peer import VerifiedRequest

SIGNER = Ed25519Signer()
PRIVATE, OTHER = SIGNER.new_private_key(), SIGNER.new_private_key()
PUBLIC = SIGNER.public_key(PRIVATE)
URL = "https://node.example/peer/v1/connections/1/messages?after=3&wait=25"
BODY = b'{"messages":[]}'


@pytest.fixture
def clock() -> MemoryClock:
    return MemoryClock()


@pytest.fixture
def security(clock: MemoryClock) -> HttpMessageSecurity:
    return HttpMessageSecurity(clock, MemoryIds("nonce"))


def verify(security: HttpMessageSecurity, head: RequestHead, body: bytes | None, public_key: bytes) -> VerifiedRequest:
    verified = security.verify_head(head, public_key, is_stream=body is None)
    if body is not None:
        security.verify_body(head, body)
    return verified


def signed_head(security: HttpMessageSecurity, body: bytes = BODY, private_key: bytes = PRIVATE) -> RequestHead:
    head = RequestHead("POST", URL, {"content-type": "application/json"})
    headers, _ = security.sign_request(head, body, private_key)
    return replace(head, headers=headers)


def test_a_signed_request_verifies_and_tells_its_nonce(security: HttpMessageSecurity, clock: MemoryClock) -> None:
    verified = verify(security, signed_head(security), BODY, PUBLIC)
    assert verified.nonce == "nonce-1"
    assert verified.key_id == key_id(PUBLIC)


def test_signing_again_gives_another_nonce(security: HttpMessageSecurity) -> None:
    nonces = {verify(security, signed_head(security), BODY, PUBLIC).nonce for _ in range(3)}
    assert len(nonces) == 3


CHANGES: list[tuple[str, Callable[[RequestHead], RequestHead]]] = [
    ("method", lambda head: replace(head, method="PUT")),
    ("authority", lambda head: replace(head, url=head.url.replace("node.example", "other.example"))),
    ("path", lambda head: replace(head, url=head.url.replace("connections/1", "connections/2"))),
    ("query", lambda head: replace(head, url=head.url.replace("after=3", "after=4"))),
    ("query dropped", lambda head: replace(head, url=head.url.partition("?")[0])),
    ("digest", lambda head: replace(head, headers={**head.headers, "Content-Digest": "sha-256=:AAAA:"})),
    ("no signature", lambda head: replace(head, headers={"content-type": "application/json"})),
]


@pytest.mark.parametrize(("part", "change"), CHANGES, ids=[name for name, _ in CHANGES])
def test_a_change_of_any_covered_part_is_refused_before_the_body_comes(
    security: HttpMessageSecurity, part: str, change: Callable[[RequestHead], RequestHead]
) -> None:
    head = change(signed_head(security))
    with pytest.raises(SignatureError, match="does not hold"):
        security.verify_head(head, PUBLIC, is_stream=False)


@pytest.mark.parametrize("body", [BODY + b" ", BODY[:-1], b""])
def test_another_body_is_refused(security: HttpMessageSecurity, body: bytes) -> None:
    with pytest.raises(SignatureError, match="not the one that was signed"):
        verify(security, signed_head(security), body, PUBLIC)


@pytest.mark.parametrize("digest", ["", "x", "sha-256=:AAAA:", "md5=:AAAA:", "sha-256", "sha-256=:" + "A" * 43 + "=:"])
def test_a_digest_that_is_none_fits_no_body(security: HttpMessageSecurity, digest: str) -> None:
    with pytest.raises(SignatureError, match="not the one that was signed"):
        security.verify_body(RequestHead("POST", URL, {"content-digest": digest}), BODY)


def test_another_key_is_refused(security: HttpMessageSecurity) -> None:
    with pytest.raises(SignatureError, match="another key"):
        verify(security, signed_head(security, private_key=OTHER), BODY, PUBLIC)


def test_a_borrowed_key_name_does_not_help(security: HttpMessageSecurity) -> None:
    head = signed_head(security, private_key=OTHER)
    forged = {
        name: value.replace(key_id(SIGNER.public_key(OTHER)), key_id(PUBLIC)) for name, value in head.headers.items()
    }
    with pytest.raises(SignatureError):
        verify(security, replace(head, headers=forged), BODY, PUBLIC)


class _Key(HTTPSignatureKeyResolver):
    def resolve_private_key(self, key_id: str) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(PRIVATE)


class _Message:
    def __init__(self) -> None:
        self.method, self.url, self.headers = "POST", URL, {"content-type": "application/json"}


def sign_freely(clock: MemoryClock, *, lifetime_seconds: int = 120, **options: Any) -> RequestHead:
    """Sign with the right key but as a careless peer would."""
    message = _Message()
    settings: dict[str, Any] = {
        "key_id": key_id(PUBLIC),
        "created": clock.now(),
        "expires": clock.now() + timedelta(seconds=lifetime_seconds),
        "nonce": "n",
        "label": LABEL,
        "tag": TAG,
        "covered_component_ids": REQUEST_PARTS,
        "body": BODY,
    }
    signer = HTTPMessageSigner(signature_algorithm=ED25519, key_resolver=_Key())
    signer.sign(message, **{**settings, **options})
    return RequestHead("POST", URL, message.headers)


def test_a_peer_that_signs_properly_passes(security: HttpMessageSecurity, clock: MemoryClock) -> None:
    assert verify(security, sign_freely(clock), BODY, PUBLIC).nonce == "n"


@pytest.mark.parametrize("missing", ["@method", "@authority", "@path", "@query"])
def test_every_part_must_be_covered(security: HttpMessageSecurity, clock: MemoryClock, missing: str) -> None:
    covered = tuple(part for part in REQUEST_PARTS if part != missing)
    with pytest.raises(SignatureError, match="not covered"):
        verify(security, sign_freely(clock, covered_component_ids=covered), BODY, PUBLIC)


def test_the_body_must_be_covered(security: HttpMessageSecurity, clock: MemoryClock) -> None:
    covered = REQUEST_PARTS[:-1]
    with pytest.raises(SignatureError):
        verify(security, sign_freely(clock, covered_component_ids=covered, body=None), BODY, PUBLIC)


@pytest.mark.parametrize(
    "options",
    [{"nonce": None}, {"nonce": "x" * 101}, {"expires": None}, {"tag": "another-protocol"}],
    ids=["no nonce", "long nonce", "no end", "other tag"],
)
def test_incomplete_signatures_are_refused(
    security: HttpMessageSecurity, clock: MemoryClock, options: dict[str, Any]
) -> None:
    with pytest.raises(SignatureError):
        verify(security, sign_freely(clock, **options), BODY, PUBLIC)


def test_a_signature_valid_for_too_long_is_refused(security: HttpMessageSecurity, clock: MemoryClock) -> None:
    with pytest.raises(SignatureError, match="120 seconds"):
        verify(security, sign_freely(clock, lifetime_seconds=121), BODY, PUBLIC)


@pytest.mark.parametrize("seconds", [-300, 0, 119, 120])
def test_clocks_may_differ_a_little(security: HttpMessageSecurity, clock: MemoryClock, seconds: int) -> None:
    head = signed_head(security)
    clock.advance(seconds)
    assert verify(security, head, BODY, PUBLIC).nonce


@pytest.mark.parametrize("seconds", [120.5, 121, 299, 300])
def test_a_signature_is_refused_after_its_own_end(
    security: HttpMessageSecurity, clock: MemoryClock, seconds: float
) -> None:
    request = signed_head(security)
    answer = sign_answer(security, request)
    clock.advance(seconds)
    for check in (
        lambda: verify(security, request, BODY, PUBLIC),
        lambda: security.verify_answer(request, 200, answer, BODY, PUBLIC),
    ):
        with pytest.raises(SignatureError, match=f"expired .* it is .*{clock.now():%H:%M:%S} UTC here") as caught:
            check()
        assert caught.value.details["receiver_time"] == clock.now().isoformat()


def test_a_shorter_end_counts_too(security: HttpMessageSecurity, clock: MemoryClock) -> None:
    head = sign_freely(clock, lifetime_seconds=10)
    clock.advance(10)
    assert verify(security, head, BODY, PUBLIC).nonce
    clock.advance(1)
    with pytest.raises(SignatureError, match="expired"):
        verify(security, head, BODY, PUBLIC)


def test_a_head_whose_key_is_not_known_yet_is_inspected_for_its_form(security: HttpMessageSecurity) -> None:
    head = signed_head(security, private_key=OTHER)
    security.inspect_head(head)
    changed = replace(head, headers={**head.headers, "Content-Digest": "sha-256=:AAAA:"})
    # Whether it holds is seen once the key is there.
    security.inspect_head(changed)
    with pytest.raises(SignatureError):
        security.verify_head(changed, SIGNER.public_key(OTHER), is_stream=False)


@pytest.mark.parametrize(
    "options",
    [
        {"nonce": None},
        {"nonce": "x" * 101},
        {"expires": None},
        {"tag": "another-protocol"},
        {"covered_component_ids": REQUEST_PARTS[1:]},
        {"covered_component_ids": REQUEST_PARTS[:-1], "body": None},
        {"lifetime_seconds": 121},
    ],
)
def test_an_inspected_head_of_a_wrong_form_is_refused(
    security: HttpMessageSecurity, clock: MemoryClock, options: dict[str, Any]
) -> None:
    with pytest.raises(SignatureError):
        security.inspect_head(sign_freely(clock, **options))


@pytest.mark.parametrize("seconds", [-301, 121, 301])
def test_an_inspected_head_of_a_wrong_time_is_refused(
    security: HttpMessageSecurity, clock: MemoryClock, seconds: int
) -> None:
    head = signed_head(security)
    clock.advance(seconds)
    with pytest.raises(SignatureError):
        security.inspect_head(head)


def test_an_inspected_head_without_a_signature_is_refused(security: HttpMessageSecurity) -> None:
    with pytest.raises(SignatureError):
        security.inspect_head(RequestHead("POST", URL, {}))


@pytest.mark.parametrize("ahead_seconds", [0, 150, 300])
def test_a_nonce_is_remembered_for_as_long_as_its_signature_may_be_used(
    security: HttpMessageSecurity, clock: MemoryClock, ahead_seconds: int
) -> None:
    created = clock.now() + timedelta(seconds=ahead_seconds)
    head = sign_freely(clock, created=created, expires=created + timedelta(seconds=120))
    remembered_until = verify(security, head, BODY, PUBLIC).expires_at
    clock.advance(ahead_seconds + 120)
    assert verify(security, head, BODY, PUBLIC).nonce
    # With room for clocks of other machines that forget and verify for the same node.
    assert remembered_until >= clock.now() + timedelta(seconds=300)


@pytest.mark.parametrize("lifetime_seconds", [0, -1])
def test_a_signature_that_ends_before_it_began_is_refused(
    security: HttpMessageSecurity, clock: MemoryClock, lifetime_seconds: int
) -> None:
    with pytest.raises(SignatureError):
        verify(security, sign_freely(clock, lifetime_seconds=lifetime_seconds), BODY, PUBLIC)


@pytest.mark.parametrize("seconds", [-301, 301])
def test_outside_the_window_the_error_says_the_receivers_time(
    security: HttpMessageSecurity, clock: MemoryClock, seconds: int
) -> None:
    head = signed_head(security)
    clock.advance(seconds)
    with pytest.raises(SignatureError, match=f"{clock.now():%H:%M:%S} UTC here") as caught:
        verify(security, head, BODY, PUBLIC)
    assert caught.value.details["receiver_time"] == clock.now().isoformat()


def sign_answer(security: HttpMessageSecurity, request: RequestHead, status: int = 200) -> dict[str, str]:
    return security.sign_answer(request, status, {"content-type": "application/json"}, BODY, PRIVATE)


def test_an_answer_verifies_for_its_request(security: HttpMessageSecurity) -> None:
    request = signed_head(security)
    security.verify_answer(request, 200, sign_answer(security, request), BODY, PUBLIC)


def test_an_answer_to_another_request_is_refused(security: HttpMessageSecurity) -> None:
    first, second = signed_head(security), signed_head(security)
    with pytest.raises(SignatureError):
        security.verify_answer(second, 200, sign_answer(security, first), BODY, PUBLIC)


@pytest.mark.parametrize(("status", "body"), [(202, BODY), (200, b"{}")])
def test_a_changed_answer_is_refused(security: HttpMessageSecurity, status: int, body: bytes) -> None:
    request = signed_head(security)
    with pytest.raises(SignatureError):
        security.verify_answer(request, status, sign_answer(security, request), body, PUBLIC)


def test_an_answer_cannot_be_used_as_a_request(security: HttpMessageSecurity) -> None:
    request = signed_head(security)
    with pytest.raises(SignatureError):
        verify(security, replace(request, headers=sign_answer(security, request)), BODY, PUBLIC)


def test_streams_cover_their_names_instead_of_a_digest(security: HttpMessageSecurity) -> None:
    headers = {"content-type": FRAMED_CONTENT_TYPE, NAME_HEADER: "plan.pdf", SIZE_HEADER: "9"}
    head = RequestHead("PUT", URL, headers)
    signed, nonce = security.sign_request(head, None, PRIVATE)
    assert verify(security, replace(head, headers=signed), None, PUBLIC).nonce == nonce
    with pytest.raises(SignatureError):
        verify(security, replace(head, headers={**signed, NAME_HEADER: "other.pdf"}), None, PUBLIC)


def test_a_request_with_a_body_does_not_pass_as_a_stream(security: HttpMessageSecurity) -> None:
    with pytest.raises(SignatureError):
        verify(security, signed_head(security), None, PUBLIC)


def test_answers_bind_the_signature_of_the_request() -> None:
    assert '"signature";req' in ANSWER_PARTS

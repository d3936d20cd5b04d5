"""Streams of unknown length with a signed end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adnode.adapters.peer.framing import FRAME_LIMIT, LENGTH, frame, unframe
from adnode.adapters.peer.keys import Ed25519Signer
from adnode.domain.errors import ContentMismatchError
from adnode.ports.message_security import ContentBinding

SIGNER = Ed25519Signer()
PRIVATE = SIGNER.new_private_key()
PUBLIC = SIGNER.public_key(PRIVATE)
BINDING = ContentBinding("connection", "key", "nonce")


def framed(chunks: list[bytes]) -> bytes:
    return b"".join(frame(chunks, BINDING, PRIVATE))


def read_all(stream: bytes, binding: ContentBinding = BINDING, step: int = 7) -> bytes:
    pieces = [stream[start : start + step] for start in range(0, len(stream), step)]
    return b"".join(unframe(pieces, binding, PUBLIC))


@given(st.lists(st.binary(max_size=50), max_size=8), st.integers(1, 90))
def test_what_went_in_comes_out_however_it_is_cut(chunks: list[bytes], step: int) -> None:
    assert read_all(framed(chunks), step=step) == b"".join(chunks)


def test_chunks_over_the_frame_limit_are_split() -> None:
    content = b"x" * (FRAME_LIMIT * 2 + 1)
    assert read_all(framed([content]), step=FRAME_LIMIT) == content


@given(st.data())
def test_any_changed_byte_is_found(data: st.DataObject) -> None:
    stream = bytearray(framed([b"first", b"second"]))
    position = data.draw(st.integers(0, len(stream) - 1))
    stream[position] ^= data.draw(st.integers(1, 255))
    with pytest.raises(ContentMismatchError):
        read_all(bytes(stream))


@given(st.integers(1, 200))
def test_a_cut_stream_is_found(lost: int) -> None:
    stream = framed([b"first" * 20, b"second" * 20])
    with pytest.raises(ContentMismatchError, match="cut"):
        read_all(stream[:-lost])


@pytest.mark.parametrize(
    "binding",
    [
        ContentBinding("other", "key", "nonce"),
        ContentBinding("connection", "other", "nonce"),
        ContentBinding("connection", "key", "other"),
        ContentBinding("connectionk", "ey", "nonce"),
    ],
)
def test_a_stream_fits_only_its_own_request(binding: ContentBinding) -> None:
    with pytest.raises(ContentMismatchError):
        read_all(framed([b"content"]), binding)


def test_the_last_part_is_not_given_before_the_end_was_checked() -> None:
    stream = bytearray(framed([b"first", b"last"]))
    stream[-1] ^= 1
    parts = unframe([bytes(stream)], BINDING, PUBLIC)
    assert next(parts) == b"first"
    with pytest.raises(ContentMismatchError):
        next(parts)


def test_a_frame_over_the_limit_is_refused_without_being_read() -> None:
    with pytest.raises(ContentMismatchError, match="damaged"):
        read_all(LENGTH.pack(FRAME_LIMIT + 1))

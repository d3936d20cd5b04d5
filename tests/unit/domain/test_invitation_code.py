"""The text form of invitations."""

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adnode.domain.connection import Mode, Visibility
from adnode.domain.errors import InvitationTornError
from adnode.domain.invitation import InvitationOffer
from adnode.domain.invitation_code import _checksum, decode_offer, encode_offer, transcript_proof

OFFER = InvitationOffer(
    node_url="https://node.example/adnode",
    invitation_id="invitation-1",
    connection_id="connection-1",
    secret=b"s" * 32,
    public_key=b"k" * 32,
    organization_id="org-a",
    organization_name="Müller & Söhne 株式会社",
    mode=Mode.BASIC,
    visibility=Visibility.PRIVATE,
    expires_at=datetime(2026, 1, 8, 9, 0, tzinfo=UTC),
)
CODE = encode_offer(OFFER)


def code_of(document: object) -> str:
    payload = base64.urlsafe_b64encode(json.dumps(document).encode()).rstrip(b"=").decode()
    return f"adn1.{payload}.{_checksum(payload)}"


def test_a_code_says_what_was_offered() -> None:
    assert CODE.startswith("adn1.")
    assert decode_offer(CODE) == OFFER


def test_blanks_and_line_breaks_of_pasting_do_not_matter() -> None:
    assert decode_offer(f"  {CODE[:50]}\r\n  {CODE[50:]}\t\n") == OFFER


@given(st.data())
def test_any_changed_character_is_found(data: st.DataObject) -> None:
    position = data.draw(st.integers(0, len(CODE) - 1))
    other = data.draw(st.sampled_from("abcXYZ019-_").filter(lambda character: character != CODE[position]))
    with pytest.raises(InvitationTornError):
        decode_offer(CODE[:position] + other + CODE[position + 1 :])


@given(st.integers(0, len(CODE) - 1))
def test_a_cut_code_is_found(length: int) -> None:
    with pytest.raises(InvitationTornError):
        decode_offer(CODE[:length])


@given(st.text(max_size=100))
def test_anything_else_is_no_code(text: str) -> None:
    with pytest.raises(InvitationTornError):
        decode_offer(text)


@pytest.mark.parametrize(
    "document",
    [
        [],
        {},
        "text",
        {"url": 1},
        {
            "url": "https://x",
            "invitation": "i",
            "connection": "c",
            "secret": "AAAA",
            "key": "AAAA",
            "organization": "o",
            "name": "n",
            "mode": "basic",
            "visibility": "private",
            "expires": 1,
        },
    ],
)
def test_a_whole_code_with_odd_content_is_refused(document: object) -> None:
    with pytest.raises(InvitationTornError, match="can't be read"):
        decode_offer(code_of(document))


@pytest.mark.parametrize("code", ["adn1.ä.00000000", "adn1.\udc80.00000000", "adn1.AA.\udc80"])
def test_characters_that_no_code_has_are_refused(code: str) -> None:
    with pytest.raises(InvitationTornError, match="characters that no code has"):
        decode_offer(code)


def test_a_huge_paste_is_refused_at_once() -> None:
    with pytest.raises(InvitationTornError, match="too long"):
        decode_offer("adn1." + "A" * 100_000)


def test_the_message_says_what_to_do() -> None:
    with pytest.raises(InvitationTornError, match="Copy the whole code again"):
        decode_offer(CODE[:-3])


def test_the_secret_is_not_shown() -> None:
    assert "ssss" not in repr(OFFER)


def test_the_proof_depends_on_secret_and_every_field() -> None:
    fields = {"key": "k", "nonce": "n"}
    proofs = {
        transcript_proof(b"a", fields),
        transcript_proof(b"b", fields),
        transcript_proof(b"a", {**fields, "nonce": "m"}),
        transcript_proof(b"a", {"key": "kn", "nonce": ""}),
    }
    assert len(proofs) == 4
    assert transcript_proof(b"a", dict(reversed(fields.items()))) == transcript_proof(b"a", fields)


def test_offers_that_differ_give_codes_that_differ() -> None:
    assert encode_offer(replace(OFFER, secret=b"t" * 32)) != CODE

"""What an acceptance, its answer and a node's information may say: at the limit it is taken, beyond it refused."""

import base64
import contextlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.domain.test_documents import json_values
from tests.unit.domain.test_invitation_code import CODE, OFFER, code_of

from adnode.domain.errors import InvitationTornError, ValidationError
from adnode.domain.invitation_code import decode_offer
from adnode.ports.acceptance_documents import (
    acceptance_from_document,
    answer_from_document,
    information_from_document,
)

URL = "https://node.example/"
ACCEPTANCE: dict[str, Any] = {
    "connection_id": "connection-1",
    "public_key": base64.b64encode(b"k" * 32).decode(),
    "organization_id": "org-b",
    "organization_name": "Bêta",
    "organization_url": "https://dev.azure.com/beta",
    "node_url": "https://node.example/adnode",
    "protocol_version": 1,
    "nonce": "00ff",
    "proof": "01" * 32,
}
ANSWER = {
    name: ACCEPTANCE[name] for name in ("connection_id", "organization_id", "organization_name", "organization_url")
} | {"name": "Alpha and Beta"}
INFORMATION = {"minimum_version": 1, "maximum_version": 1, "modes": ["basic"]}


def accept(**changes: object) -> object:
    return acceptance_from_document("invitation-1", {**ACCEPTANCE, **changes})


def answer(**changes: object) -> object:
    return answer_from_document({**ANSWER, **changes})


def inform(**changes: object) -> object:
    return information_from_document({**INFORMATION, **changes})


@pytest.mark.parametrize(
    ("maximum", "make"),
    [
        (64, lambda n: accept(connection_id="c" * n)),
        (64, lambda n: accept(organization_id="o" * n)),
        (400, lambda n: accept(organization_name="n" * n)),
        (128, lambda n: accept(nonce="f" * n)),
        (2_000, lambda n: accept(node_url=URL + "x" * (n - len(URL)))),
        (2_000, lambda n: accept(organization_url=URL + "x" * (n - len(URL)))),
        (2**31 - 1, lambda n: accept(protocol_version=n)),
        (64, lambda n: answer(connection_id="c" * n)),
        (64, lambda n: answer(organization_id="o" * n)),
        (400, lambda n: answer(organization_name="n" * n)),
        (400, lambda n: answer(name="n" * n)),
        (2_000, lambda n: answer(organization_url=URL + "x" * (n - len(URL)))),
        (16, lambda n: inform(modes=["basic"] * n)),
        (40, lambda n: inform(modes=["m" * n])),
        (2**31 - 1, lambda n: inform(maximum_version=n)),
    ],
)
def test_exactly_the_limit_is_taken_and_one_more_is_refused(maximum: int, make: Callable[[int], object]) -> None:
    make(maximum)
    with pytest.raises(ValidationError):
        make(maximum + 1)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"connection_id": "../other"}, "name_refused"),
        ({"connection_id": ""}, "name_refused"),
        ({"organization_id": "a:b"}, "name_refused"),
        ({"organization_id": ""}, "name_refused"),
        ({"organization_name": ""}, "name_refused"),
        ({"organization_name": "Fabri\u202ekam"}, "name_refused"),
        ({"organization_name": "Fabri\nkam"}, "name_refused"),
        ({"organization_url": "javascript:alert(1)"}, "address_refused"),
        ({"organization_url": "https://user:secret@dev.azure.com/beta"}, "address_refused"),
        ({"organization_url": "https://dev.azure.com/"}, "address_refused"),
        ({"organization_url": ""}, "address_refused"),
        ({"organization_url": "https://evil.example/?x=1"}, "address_refused"),
        ({"node_url": "file:///etc/passwd"}, "address_refused"),
        ({"node_url": "https://user@node.example"}, "address_refused"),
        ({"node_url": "https://node.example/\u202e"}, "address_refused"),
        ({"nonce": ""}, "name_refused"),
        ({"nonce": "a\n"}, "name_refused"),
        ({"protocol_version": True}, "validation"),
        ({"protocol_version": -1}, "number_refused"),
        ({"protocol_version": float("nan")}, "validation"),
        ({"public_key": "AAAA"}, "validation"),
        ({"public_key": "ü" * 44}, "validation"),
        ({"public_key": None}, "validation"),
        ({"proof": "zz"}, "validation"),
        ({"proof": "01" * 31}, "validation"),
        ({"proof": "01" * 1_000_000}, "validation"),
    ],
)
def test_an_acceptance_that_no_honest_node_sends_is_refused_by_name(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(ValidationError) as caught:
        accept(**changes)
    assert caught.value.code == code


def test_a_private_node_names_no_address() -> None:
    assert accept(node_url="") is not None


@given(st.sampled_from([ACCEPTANCE, ANSWER, INFORMATION]), st.data(), json_values)
def test_any_member_may_be_anything_and_is_taken_or_refused(
    document: dict[str, Any], data: st.DataObject, value: object
) -> None:
    name = data.draw(st.sampled_from(sorted(document)))
    for reader in (lambda one: acceptance_from_document("i", one), answer_from_document, information_from_document):
        with contextlib.suppress(ValidationError):
            reader({**document, name: value})
        with contextlib.suppress(ValidationError):
            reader(value)


def decoded(code: str) -> dict[str, Any]:
    payload = code.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))))


@pytest.mark.parametrize(
    "changes",
    [
        {"url": "javascript:alert(1)"},
        {"url": "https://user@node.example"},
        {"invitation": "../1"},
        {"connection": "../../other"},
        {"connection": "c" * 65},
        {"organization": "a:b"},
        {"name": "n" * 401},
        {"expires": 10**30},
        {"expires": -(10**30)},
        {"expires": True},
    ],
)
def test_a_code_that_no_honest_node_makes_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(InvitationTornError):
        decode_offer(code_of({**decoded(CODE), **changes}))


def test_the_name_in_a_code_is_shown_without_what_is_not_seen() -> None:
    offer = decode_offer(code_of({**decoded(CODE), "name": "Fabri\u202ekam"}))
    assert offer.organization_name == "Fabrikam"
    assert decode_offer(CODE) == OFFER


@given(st.data(), json_values)
def test_a_code_may_hold_anything_and_is_taken_or_refused(data: st.DataObject, value: object) -> None:
    document = decoded(CODE)
    name = data.draw(st.sampled_from(sorted(document)))
    with contextlib.suppress(InvitationTornError):
        decode_offer(code_of({**document, name: value}))

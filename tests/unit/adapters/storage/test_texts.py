"""Texts that databases can't hold."""

import pytest
from tests.contract.storage.databases import changing
from tests.contract.storage.values import make_connection, make_error_record

from adnode.adapters.storage import Storage
from adnode.adapters.storage.statements import from_text, to_text


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("plain", "plain"),
        ("Grüße 🚀 \u2028 \ufffd", "Grüße 🚀 \u2028 \ufffd"),
        ("half \ud83d pair", "half \ufffd pair"),
        ("other half \udc00", "other half \ufffd"),
        ("nul\0nul", "nul\ufffdnul"),
        ("line\r\nline\ttab", "line\r\nline\ttab"),
        ("", ""),
    ],
)
def test_a_text_is_stored_as_far_as_a_database_can(storage: Storage, given: str, stored: str) -> None:
    with changing(storage) as work:
        work.connections.add(make_connection("c9", name=given))
        work.error_records.open(make_error_record(subject=given))
    with changing(storage) as work:
        assert work.connections.get("c9").name == stored
        assert work.error_records.close(make_connection().created_at, code="rule_violation", subject=given) == 1


def test_a_document_with_half_a_character_becomes_readable() -> None:
    assert from_text(to_text({"ä\ud83d": ["\0", "🚀"]})) == {"ä\ufffd": ["\0", "🚀"]}
    to_text({"a": "\udfff"}).encode()

"""Digests of sync states, by which two nodes find out where they differ without sending everything."""

import hashlib
import json
from collections.abc import Mapping

from adnode.domain.documents import value_to_document
from adnode.domain.sync_state import SyncState, Value

DIGEST_LENGTH = 16
"""Hexadecimal digits of a digest: 64 bits, so that a difference overlooked by chance is none in practice."""


def digest_registers(state: SyncState) -> dict[str, str]:
    """Return the digest of each register's value by its key; versions are counted by each side in its own way."""
    return {key: _digest(_value_text(register.value)) for key, register in state.shared().items()}


def digest_value(value: Value) -> str:
    """Return the digest of one value."""
    return _digest(_value_text(value))


def digest_state(state: SyncState) -> str:
    """Return one digest of all values of a twin."""
    return _digest("\n".join(f"{key} {digest}" for key, digest in sorted(digest_registers(state).items())))


def differing_keys(ours: Mapping[str, str], theirs: Mapping[str, str]) -> tuple[str, ...]:
    """Return the keys of registers whose digests differ, or that only one side has, in order."""
    return tuple(sorted(key for key in ours.keys() | theirs.keys() if ours.get(key) != theirs.get(key)))


def _value_text(value: Value) -> str:
    return json.dumps(value_to_document(value), sort_keys=True, ensure_ascii=True)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:DIGEST_LENGTH]

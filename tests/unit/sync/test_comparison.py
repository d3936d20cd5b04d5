"""Digests of states."""

from datetime import UTC, datetime

from adnode.domain.rich_text import RichText
from adnode.domain.sync_state import DESCRIPTION, SUMMARY, Register, SyncState, Value, Version
from adnode.sync.comparison import differing_keys, digest_registers, digest_state

NOW = datetime(2026, 11, 25, tzinfo=UTC)


def state_of(**values: Value) -> SyncState:
    return SyncState({key: Register(value, Version(2, 1), NOW, "org-a") for key, value in values.items()})


def test_both_sides_of_a_twin_have_the_same_digest() -> None:
    ours = state_of(summary="Title", description=RichText("<p>Text</p>"))
    theirs = SyncState({key: register.mirrored() for key, register in reversed(list(ours.registers.items()))})
    assert digest_state(ours) == digest_state(theirs)
    assert differing_keys(digest_registers(ours), digest_registers(theirs)) == ()


def test_another_value_is_another_digest_and_named() -> None:
    ours, theirs = state_of(summary="Title", description=RichText("a")), state_of(summary="Other")
    assert digest_state(ours) != digest_state(theirs)
    assert differing_keys(digest_registers(ours), digest_registers(theirs)) == (DESCRIPTION, SUMMARY)


def test_a_value_under_another_key_is_another_digest() -> None:
    assert digest_state(state_of(summary="Title")) != digest_state(state_of(description="Title"))


def test_nothing_known_has_a_digest_too() -> None:
    assert digest_state(SyncState()) != digest_state(state_of(summary=""))

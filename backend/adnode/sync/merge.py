"""Merging registers: the same result wherever and however often two states meet."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from adnode.domain.documents import value_to_document
from adnode.domain.rich_text import RichText
from adnode.domain.sync_state import CommentValue, Conflict, Register, Value
from adnode.sync import rich_text


class Outcome(StrEnum):
    """What merging did with our register. JOINED: both had changed; the peer must learn the joined version."""

    KEPT = "kept"
    TAKEN = "taken"
    JOINED = "joined"


@dataclass(frozen=True, slots=True)
class Merged:
    """The register after a merge, and the conflict when two different values were made concurrently."""

    register: Register
    outcome: Outcome
    conflict: Conflict | None = None


def is_same_value(first: Value, second: Value) -> bool:
    """Say whether two values say the same."""
    if isinstance(first, RichText) and isinstance(second, RichText):
        return rich_text.is_equivalent(first, second)
    if isinstance(first, CommentValue) and isinstance(second, CommentValue) and first.is_deleted and second.is_deleted:
        return True
    return first == second


def merge_register(key: str, ours: Register | None, theirs: Register) -> Merged:
    """Join the peer's register (as we count) into ours.

    One version that includes the other wins. Of concurrent ones the later ``changed_at`` wins, ties by organization id,
    then by a hash of the value: a total order, so both nodes decide alike without talking.
    """
    if ours is None:
        return Merged(theirs, Outcome.TAKEN)
    if ours.version == theirs.version:
        return _merge_equal(key, ours, theirs)
    if ours.version.includes(theirs.version):
        return Merged(ours, Outcome.KEPT)
    if theirs.version.includes(ours.version):
        return Merged(theirs, Outcome.TAKEN)
    winner, loser = (ours, theirs) if _rank(key, ours) >= _rank(key, theirs) else (theirs, ours)
    joined = Register(winner.value, ours.version.joined(theirs.version), winner.changed_at, winner.changed_in)
    if is_same_value(ours.value, theirs.value):
        return Merged(joined, Outcome.JOINED)
    return Merged(joined, Outcome.JOINED, Conflict(key, joined, loser))


def _merge_equal(key: str, ours: Register, theirs: Register) -> Merged:
    """Equal versions say the same, unless somebody wrote into a database by hand: then the ranks decide, as for
    concurrent ones, and exactly one side takes the other's value.
    """
    if is_same_value(ours.value, theirs.value) or _rank(key, ours) >= _rank(key, theirs):
        return Merged(ours, Outcome.KEPT)
    return Merged(theirs, Outcome.TAKEN, Conflict(key, theirs, ours))


def _rank(key: str, register: Register) -> tuple[datetime, str, str]:
    text = json.dumps(value_to_document(register.value), sort_keys=True)
    return register.changed_at, register.changed_in, hashlib.sha256(f"{key}\n{text}".encode()).hexdigest()

"""Telling automations that answer each other from people at work."""

from collections.abc import Sequence
from datetime import datetime

from adnode.domain.field_loop import CHANGES, RETURNS, WINDOW, FieldChange


def is_loop(changes: Sequence[FieldChange], now: datetime) -> bool:
    """Say whether a field goes to and fro: many changes within the window, of which many return to an earlier value.

    ``changes`` are of one field on one side, whoever made them, in any order.
    """
    recent = sorted((change for change in changes if change.at > now - WINDOW), key=lambda change: change.at)
    return len(recent) >= CHANGES and _count_returns([change.digest for change in recent]) >= RETURNS


def _count_returns(digests: Sequence[str]) -> int:
    seen: set[str] = set()
    count = 0
    for digest in digests:
        count += digest in seen
        seen.add(digest)
    return count

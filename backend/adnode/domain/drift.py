"""Drift: what the two sides of a connection no longer have in common, as a comparison found it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class DriftKind(StrEnum):
    """What is wrong.

    LOCAL_CHANGE: our work item was changed and nobody noticed. PARTNER_DIFFERS: the two nodes know different values.
    WORK_ITEM_GONE: our work item can't be read any more. PARTNER_GONE: the partner's node does not know the pair.
    NEVER_SYNCED: a work item matches an active trigger and is not under sync over the connection.
    """

    LOCAL_CHANGE = "local_change"
    PARTNER_DIFFERS = "partner_differs"
    WORK_ITEM_GONE = "work_item_gone"
    PARTNER_GONE = "partner_gone"
    NEVER_SYNCED = "never_synced"


class FindingStatus(StrEnum):
    """OPEN: still so. REPAIRED: a repair was started for it. GONE: the last comparison did not find it any more."""

    OPEN = "open"
    REPAIRED = "repaired"
    GONE = "gone"


TRANSITIONS: Mapping[FindingStatus, frozenset[FindingStatus]] = {
    FindingStatus.OPEN: frozenset({FindingStatus.REPAIRED, FindingStatus.GONE}),
    FindingStatus.REPAIRED: frozenset({FindingStatus.OPEN}),
    FindingStatus.GONE: frozenset({FindingStatus.OPEN}),
}
"""Found again, a finding is open again."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a comparison found. ``subject`` (the twin's id, else the work item's number) and kind make it
    unique within a connection. ``keys`` are registers that differ; ``detail`` says it in a sentence.
    """

    id: str
    organization_id: str
    connection_id: str
    comparison_id: str
    kind: DriftKind
    subject: str
    detail: str
    found_at: datetime
    twin_id: str = ""
    work_item_id: int | None = None
    remote_work_item_id: int | None = None
    keys: tuple[str, ...] = ()
    status: FindingStatus = FindingStatus.OPEN
    settled_at: datetime | None = None

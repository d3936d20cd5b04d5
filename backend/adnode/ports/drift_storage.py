"""Port to what comparisons found."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from adnode.domain.drift import DriftKind, Finding, FindingStatus


class DriftRepository(Protocol):
    """Findings of comparisons. One of a kind and subject is kept once for each connection."""

    def save_found(self, findings: Sequence[Finding]) -> None:
        """Add findings; one that is known takes the newer words, its id stays, and is open again."""

    def find(self, finding_ids: Collection[str]) -> Mapping[str, Finding]: ...
    def list_page(
        self,
        connection_id: str,
        *,
        kinds: Collection[DriftKind] | None = None,
        status: FindingStatus = FindingStatus.OPEN,
        after: tuple[str, str] | None = None,
        limit: int,
    ) -> list[Finding]:
        """Return findings by (kind, id) that stand after that place."""

    def count(self, connection_id: str, *, status: FindingStatus = FindingStatus.OPEN) -> Mapping[DriftKind, int]: ...
    def settle(self, finding_ids: Collection[str], status: FindingStatus, now: datetime) -> None:
        """Move findings to the status where the transition table allows it; others are left alone."""

    def settle_unconfirmed(self, connection_id: str, comparison_id: str, now: datetime) -> int:
        """Set open findings that this comparison did not confirm to GONE; return how many."""

    def with_open_errors(self, twin_ids: Collection[str]) -> set[str]:
        """Return those of the twins that have an open error record."""

    def forget_settled(self, before: datetime, limit: int = 1000) -> int:
        """Delete findings settled before that time, at most ``limit``; return how many."""

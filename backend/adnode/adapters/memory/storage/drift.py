"""What comparisons found, in memory."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from adnode.adapters.memory.storage.tables import Tables
from adnode.domain.drift import TRANSITIONS, DriftKind, Finding, FindingStatus
from adnode.domain.error_record import ErrorStatus


class MemoryDrift:
    """DriftRepository in memory."""

    def __init__(self, tables: Tables) -> None:
        self._findings = tables.drift_findings
        self._error_records = tables.error_records

    def save_found(self, findings: Sequence[Finding]) -> None:
        known = {_subject(finding): finding.id for finding in self._findings.values()}
        for finding in findings:
            finding_id = known.setdefault(_subject(finding), finding.id)
            self._findings[finding_id] = replace(finding, id=finding_id)

    def find(self, finding_ids: Collection[str]) -> Mapping[str, Finding]:
        return {finding_id: self._findings[finding_id] for finding_id in finding_ids if finding_id in self._findings}

    def list_page(
        self,
        connection_id: str,
        *,
        kinds: Collection[DriftKind] | None = None,
        status: FindingStatus = FindingStatus.OPEN,
        after: tuple[str, str] | None = None,
        limit: int,
    ) -> list[Finding]:
        found = [
            finding
            for finding in self._of(connection_id, status)
            if (kinds is None or finding.kind in kinds) and (after is None or _place(finding) > after)
        ]
        return sorted(found, key=_place)[:limit]

    def count(self, connection_id: str, *, status: FindingStatus = FindingStatus.OPEN) -> Mapping[DriftKind, int]:
        return dict(Counter(finding.kind for finding in self._of(connection_id, status)))

    def settle(self, finding_ids: Collection[str], status: FindingStatus, now: datetime) -> None:
        for finding in self.find(finding_ids).values():
            if status in TRANSITIONS[finding.status]:
                self._findings[finding.id] = replace(finding, status=status, settled_at=now)

    def settle_unconfirmed(self, connection_id: str, comparison_id: str, now: datetime) -> int:
        others = [
            finding.id
            for finding in self._of(connection_id, FindingStatus.OPEN)
            if finding.comparison_id != comparison_id
        ]
        self.settle(others, FindingStatus.GONE, now)
        return len(others)

    def with_open_errors(self, twin_ids: Collection[str]) -> set[str]:
        return {
            record.twin_id
            for record in self._error_records.values()
            if record.twin_id in set(twin_ids) and record.status is ErrorStatus.OPEN
        }

    def forget_settled(self, before: datetime, limit: int = 1000) -> int:
        old = [
            finding.id
            for finding in self._findings.values()
            if finding.settled_at is not None and finding.settled_at < before
        ][:limit]
        for finding_id in old:
            del self._findings[finding_id]
        return len(old)

    def _of(self, connection_id: str, status: FindingStatus) -> list[Finding]:
        return [
            finding
            for finding in self._findings.values()
            if finding.connection_id == connection_id and finding.status is status
        ]


def _subject(finding: Finding) -> tuple[str, str, str]:
    return finding.connection_id, finding.kind, finding.subject


def _place(finding: Finding) -> tuple[str, str]:
    return finding.kind.value, finding.id

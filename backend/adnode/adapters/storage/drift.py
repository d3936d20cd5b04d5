"""What comparisons found, in the database."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from adnode.adapters.storage.drift_rows import DriftFindingRow
from adnode.adapters.storage.keyset import paged
from adnode.adapters.storage.rows import ErrorRecordRow
from adnode.adapters.storage.statements import changed_rows, chunked, from_text, read_rows, to_text
from adnode.adapters.storage.upserts import insert
from adnode.domain.drift import TRANSITIONS, DriftKind, Finding, FindingStatus
from adnode.domain.error_record import ErrorStatus

SUBJECT = ["connection_id", "kind", "subject"]


class SqlDrift:
    """DriftRepository on SQL."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def save_found(self, findings: Sequence[Finding]) -> None:
        if not findings:
            return
        statement = insert(self._session, DriftFindingRow)
        kept = {"id", *SUBJECT}
        names = [field.name for field in fields(Finding) if field.name not in kept]
        saved = statement.on_conflict_do_update(
            index_elements=SUBJECT, set_={name: statement.excluded[name] for name in names}
        )
        self._session.connection().execute(saved, [_values(finding) for finding in findings])

    def find(self, finding_ids: Collection[str]) -> Mapping[str, Finding]:
        found: dict[str, Finding] = {}
        for ids in chunked(finding_ids):
            rows = read_rows(self._session, select(DriftFindingRow).where(DriftFindingRow.id.in_(ids)))
            found.update((row.id, _from_row(row)) for row in rows)
        return found

    def list_page(
        self,
        connection_id: str,
        *,
        kinds: Collection[DriftKind] | None = None,
        status: FindingStatus = FindingStatus.OPEN,
        after: tuple[str, str] | None = None,
        limit: int,
    ) -> list[Finding]:
        query = select(DriftFindingRow).where(
            DriftFindingRow.connection_id == connection_id, DriftFindingRow.status == status.value
        )
        if kinds is not None:
            query = query.where(DriftFindingRow.kind.in_([kind.value for kind in kinds]))
        order = (DriftFindingRow.kind, DriftFindingRow.id)
        return [
            _from_row(row) for row in read_rows(self._session, paged(query, order, after, limit, is_descending=False))
        ]

    def count(self, connection_id: str, *, status: FindingStatus = FindingStatus.OPEN) -> Mapping[DriftKind, int]:
        query = (
            select(DriftFindingRow.kind, func.count())
            .where(DriftFindingRow.connection_id == connection_id, DriftFindingRow.status == status.value)
            .group_by(DriftFindingRow.kind)
        )
        return {DriftKind(kind): number for kind, number in self._session.execute(query)}

    def settle(self, finding_ids: Collection[str], status: FindingStatus, now: datetime) -> None:
        allowed = [before.value for before, after in TRANSITIONS.items() if status in after]
        for ids in chunked(finding_ids):
            changed_rows(
                self._session,
                update(DriftFindingRow)
                .where(DriftFindingRow.id.in_(ids), DriftFindingRow.status.in_(allowed))
                .values(status=status.value, settled_at=now),
            )

    def settle_unconfirmed(self, connection_id: str, comparison_id: str, now: datetime) -> int:
        return changed_rows(
            self._session,
            update(DriftFindingRow)
            .where(
                DriftFindingRow.connection_id == connection_id,
                DriftFindingRow.status == FindingStatus.OPEN.value,
                DriftFindingRow.comparison_id != comparison_id,
            )
            .values(status=FindingStatus.GONE.value, settled_at=now),
        )

    def with_open_errors(self, twin_ids: Collection[str]) -> set[str]:
        found: set[str] = set()
        for ids in chunked(twin_ids):
            query = select(ErrorRecordRow.twin_id).where(
                ErrorRecordRow.twin_id.in_(ids), ErrorRecordRow.status == ErrorStatus.OPEN.value
            )
            found.update(self._session.scalars(query))
        return found

    def forget_settled(self, before: datetime, limit: int = 1000) -> int:
        old = (
            select(DriftFindingRow.id)
            .where(DriftFindingRow.settled_at < before)
            .order_by(DriftFindingRow.settled_at)
            .limit(limit)
        )
        return changed_rows(self._session, delete(DriftFindingRow).where(DriftFindingRow.id.in_(old)))


def _values(finding: Finding) -> dict[str, Any]:
    values = {field.name: getattr(finding, field.name) for field in fields(Finding)}
    return values | {"kind": finding.kind.value, "status": finding.status.value, "keys": to_text(list(finding.keys))}


def _from_row(row: DriftFindingRow) -> Finding:
    stored = {field.name: getattr(row, field.name) for field in fields(Finding)}
    special = {"kind": DriftKind(row.kind), "status": FindingStatus(row.status), "keys": tuple(from_text(row.keys))}
    return Finding(**(stored | special))

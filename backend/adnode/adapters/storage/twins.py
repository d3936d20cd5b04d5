"""Twins and their schedule in the database."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Update, and_, case, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from adnode.adapters.storage.rows import ConnectionRow, OrganizationRow, TwinRow
from adnode.adapters.storage.statements import changed_rows, chunked, from_text, to_text
from adnode.domain.connection import ConnectionStatus
from adnode.domain.documents import intent_from_document, intent_to_document, state_from_document, state_to_document
from adnode.domain.errors import LeaseLostError, NotFoundError, StateError
from adnode.domain.twin import ClaimedTwin, Intent, Twin, TwinStatus

UNLINKED = TwinStatus.UNLINKED.value


class SqlTwins:
    """TwinRepository on SQL."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, twin: Twin, *, due_at: datetime | None) -> None:
        row = TwinRow(
            id=twin.id,
            connection_id=twin.connection_id,
            organization_id=twin.organization_id,
            created_at=twin.created_at,
            is_dirty=due_at is not None,
            due_at=due_at,
            must_read=False,
            dirty_sequence=0,
            attempts=0,
            fence=0,
        )
        _fill(row, twin)
        try:
            with self._session.begin_nested():
                self._session.add(row)
        except IntegrityError:
            raise StateError(
                f"Work item {twin.work_item_id} is under sync over connection {twin.connection_id} already.",
                work_item_id=twin.work_item_id,
            ) from None

    def get(self, twin_id: str) -> Twin:
        row = self._session.get(TwinRow, twin_id, populate_existing=True)
        if row is None:
            raise NotFoundError(f"There is no pair of work items {twin_id} here.")
        return _from_row(row)

    def find(self, twin_ids: Collection[str]) -> Mapping[str, Twin]:
        found: dict[str, Twin] = {}
        for ids in chunked(twin_ids):
            query = select(TwinRow).where(TwinRow.id.in_(ids)).execution_options(populate_existing=True)
            found.update({row.id: _from_row(row) for row in self._session.scalars(query)})
        return found

    def find_by_work_item(self, organization_id: str, work_item_ids: Collection[int]) -> list[Twin]:
        found: list[Twin] = []
        for ids in chunked(work_item_ids):
            query = select(TwinRow).where(
                TwinRow.organization_id == organization_id, TwinRow.work_item_id.in_(ids), TwinRow.status != UNLINKED
            )
            found += [_from_row(row) for row in self._session.scalars(query)]
        return found

    def list_page(
        self,
        connection_id: str,
        *,
        statuses: Collection[TwinStatus] | None = None,
        after: str = "",
        limit: int = 200,
    ) -> list[Twin]:
        query = (
            select(TwinRow)
            .where(TwinRow.connection_id == connection_id, TwinRow.id > after)
            .order_by(TwinRow.id)
            .limit(limit)
        )
        if statuses is not None:
            query = query.where(TwinRow.status.in_([status.value for status in statuses]))
        return [_from_row(row) for row in self._session.scalars(query)]

    def count(self, connection_id: str) -> Mapping[TwinStatus, int]:
        query = (
            select(TwinRow.status, func.count()).where(TwinRow.connection_id == connection_id).group_by(TwinRow.status)
        )
        return {TwinStatus(status): number for status, number in self._session.execute(query)}

    def count_due(self, connection_id: str) -> int:
        query = select(func.count()).where(
            TwinRow.connection_id == connection_id, or_(TwinRow.is_dirty, TwinRow.lease_owner.is_not(None))
        )
        return self._session.scalar(query) or 0

    def mark_dirty(self, twin_ids: Collection[str], due_at: datetime, *, must_read: bool) -> None:
        for ids in chunked(twin_ids):
            self._session.execute(
                update(TwinRow)
                .where(TwinRow.id.in_(ids), TwinRow.status != UNLINKED)
                .values(_dirty(due_at, must_read=must_read))
            )

    def mark_revisions(self, organization_id: str, revisions: Mapping[int, int], due_at: datetime) -> set[str]:
        connection_ids: set[str] = set()
        for numbers in chunked(revisions):
            query = select(TwinRow.id, TwinRow.connection_id, TwinRow.work_item_id, TwinRow.revision).where(
                TwinRow.organization_id == organization_id,
                TwinRow.work_item_id.in_(numbers),
                TwinRow.status != UNLINKED,
            )
            newer = [row for row in self._session.execute(query) if (row.revision or 0) < revisions[row.work_item_id]]
            self.mark_dirty([row.id for row in newer], due_at, must_read=True)
            connection_ids |= {row.connection_id for row in newer}
        return connection_ids

    def connections_due(self, now: datetime) -> list[str]:
        query = (
            select(TwinRow.connection_id)
            .join(ConnectionRow, ConnectionRow.id == TwinRow.connection_id)
            .where(ConnectionRow.status == ConnectionStatus.ACTIVE.value, _is_claimable(now))
            .distinct()
        )
        return sorted(self._session.scalars(query))

    def claim(
        self, connection_id: str, owner: str, now: datetime, lease_seconds: float, limit: int
    ) -> list[ClaimedTwin]:
        self._lock_organization(connection_id)
        rows = self._claimable(connection_id, now, limit)
        until = now + timedelta(seconds=lease_seconds)
        seen: set[int] = set()
        claims: list[ClaimedTwin] = []
        for row in rows:
            if row.work_item_id is not None and row.work_item_id in seen:
                continue
            seen.add(row.work_item_id or 0)
            row.fence += 1
            row.lease_owner, row.lease_until = owner, until
            claims.append(ClaimedTwin(_from_row(row), row.fence, row.dirty_sequence, row.must_read, row.attempts))
        self._session.flush()
        return claims

    def _lock_organization(self, connection_id: str) -> None:
        """Claims of one organization take turns, so that two twins of one work item are never leased at once."""
        organization_id = (
            select(ConnectionRow.organization_id).where(ConnectionRow.id == connection_id).scalar_subquery()
        )
        query = select(OrganizationRow.id).where(OrganizationRow.id == organization_id).with_for_update()
        self._session.execute(query).first()

    def _claimable(self, connection_id: str, now: datetime, limit: int) -> Sequence[TwinRow]:
        other = aliased(TwinRow)
        is_leased_elsewhere = (
            select(other.id)
            .where(
                other.organization_id == TwinRow.organization_id,
                other.work_item_id == TwinRow.work_item_id,
                other.id != TwinRow.id,
                other.lease_owner.is_not(None),
                other.lease_until > now,
            )
            .exists()
        )
        query = (
            select(TwinRow)
            .where(TwinRow.connection_id == connection_id, _is_claimable(now), ~is_leased_elsewhere)
            .order_by(TwinRow.due_at, TwinRow.id)
            .limit(limit)
            .execution_options(populate_existing=True)
        )
        return self._session.scalars(query).all()

    def extend(self, claims: Sequence[ClaimedTwin], now: datetime, lease_seconds: float) -> None:
        for claim in claims:
            statement = _held(claim).values(lease_until=now + timedelta(seconds=lease_seconds))
            self._require(changed_rows(self._session, statement), claim)

    def record_intents(self, claims: Sequence[ClaimedTwin], intents: Mapping[str, Intent | None]) -> None:
        for claim in claims:
            intent = intents.get(claim.twin.id)
            text = to_text(intent_to_document(intent)) if intent else None
            self._require(changed_rows(self._session, _held(claim).values(intent=text)), claim)

    def finish(
        self, claim: ClaimedTwin, twin: Twin, *, retry_at: datetime | None = None, keep_dirty: bool = False
    ) -> None:
        row = self._session.get(TwinRow, twin.id, populate_existing=True, with_for_update=True)
        if row is None or row.fence != claim.fence or row.lease_owner is None:
            raise LeaseLostError(f"The lease of {twin.id} was lost; somebody else works on it.", twin=twin.id)
        came_in = row.dirty_sequence != claim.dirty_sequence
        _fill(row, _with_foreign_changes(row, claim, twin))
        row.lease_owner, row.lease_until = None, None
        if retry_at is not None:
            row.is_dirty, row.attempts = True, claim.attempts + 1
            row.due_at = row.due_at if came_in and row.due_at and row.due_at < retry_at else retry_at
        else:
            row.attempts = 0
            row.is_dirty = came_in or keep_dirty
            row.must_read = row.must_read and came_in
        self._session.flush()

    def save(self, twin: Twin) -> None:
        self._session.execute(
            update(TwinRow)
            .where(TwinRow.id == twin.id)
            .values(
                status=twin.status.value,
                remote_work_item_id=twin.remote_work_item_id,
                remote_url=twin.remote_url,
                lineage=to_text(sorted(twin.lineage)),
                synchronized_at=twin.synchronized_at,
            )
        )

    @staticmethod
    def _require(changed: int, claim: ClaimedTwin) -> None:
        if changed != 1:
            raise LeaseLostError(f"The lease of {claim.twin.id} was lost.", twin=claim.twin.id)


def _is_claimable(now: datetime) -> ColumnElement[bool]:
    return and_(
        TwinRow.is_dirty,
        TwinRow.due_at <= now,
        TwinRow.status != UNLINKED,
        or_(TwinRow.lease_owner.is_(None), TwinRow.lease_until < now),
    )


def _held(claim: ClaimedTwin) -> Update:
    return update(TwinRow).where(
        TwinRow.id == claim.twin.id, TwinRow.fence == claim.fence, TwinRow.lease_owner.is_not(None)
    )


def _dirty(due_at: datetime, *, must_read: bool) -> dict[str, object]:
    values: dict[str, object] = {
        "is_dirty": True,
        "dirty_sequence": TwinRow.dirty_sequence + 1,
        "due_at": case((and_(TwinRow.is_dirty, TwinRow.due_at < due_at), TwinRow.due_at), else_=due_at),
    }
    if must_read:
        values["must_read"] = True
    return values


def _with_foreign_changes(row: TwinRow, claim: ClaimedTwin, twin: Twin) -> Twin:
    """Keep what others saved while the twin was claimed: an unlinking, and what the peer said about its side."""
    known = claim.twin
    changed: dict[str, object] = {}
    if row.status == UNLINKED:
        changed["status"] = TwinStatus.UNLINKED
    if row.remote_work_item_id != known.remote_work_item_id:
        changed["remote_work_item_id"] = row.remote_work_item_id
        if twin.status is TwinStatus.PENDING:
            changed.setdefault("status", TwinStatus.SYNCHRONIZED)
    if row.remote_url != known.remote_url:
        changed["remote_url"] = row.remote_url
    changed["lineage"] = twin.lineage | frozenset(from_text(row.lineage))
    return replace(twin, **changed)  # type: ignore[arg-type]


def _fill(row: TwinRow, twin: Twin) -> None:
    row.status, row.work_item_id, row.project, row.revision = (
        twin.status.value,
        twin.work_item_id,
        twin.project,
        twin.revision,
    )
    row.remote_work_item_id, row.remote_url = twin.remote_work_item_id, twin.remote_url
    row.state = to_text(state_to_document(twin.state))
    row.local_forms = to_text(dict(twin.local_forms))
    row.comment_count = twin.comment_count
    row.lineage = to_text(sorted(twin.lineage))
    row.intent = to_text(intent_to_document(twin.intent)) if twin.intent else None
    row.synchronized_at = twin.synchronized_at


def _from_row(row: TwinRow) -> Twin:
    return Twin(
        id=row.id,
        connection_id=row.connection_id,
        organization_id=row.organization_id,
        status=TwinStatus(row.status),
        created_at=row.created_at,
        work_item_id=row.work_item_id,
        project=row.project,
        revision=row.revision,
        remote_work_item_id=row.remote_work_item_id,
        remote_url=row.remote_url,
        state=state_from_document(from_text(row.state)),
        local_forms=from_text(row.local_forms),
        comment_count=row.comment_count,
        lineage=frozenset(from_text(row.lineage)),
        intent=intent_from_document(from_text(row.intent)) if row.intent else None,
        synchronized_at=row.synchronized_at,
    )

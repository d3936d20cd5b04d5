"""Twins and their schedule in the database."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, insert, or_, select, update
from sqlalchemy.orm import Session, aliased

from adnode.adapters.storage.leases import UNLINKED, Leases
from adnode.adapters.storage.new_pairs import NewPairs
from adnode.adapters.storage.rows import ConnectionRow, TwinRow
from adnode.adapters.storage.statements import WITHOUT_MIRROR, changed_rows, chunked, read_rows
from adnode.adapters.storage.turns import Turns
from adnode.adapters.storage.twin_rows import intent_text, lineage_text, twin_from_row, twin_values
from adnode.adapters.storage.upserts import insert_new
from adnode.domain.connection import ConnectionStatus
from adnode.domain.errors import LeaseLostError, NotFoundError, StateError
from adnode.domain.realignment import Realignment
from adnode.domain.twin import ClaimedTwin, Intent, Twin, TwinStatus, already_under_sync, lease_lost


class SqlTwins:
    """TwinRepository on SQL."""

    def __init__(self, session: Session, turns: Turns, leases: Leases, pairs: NewPairs) -> None:
        self._session = session
        self._turns = turns
        self._leases = leases
        self._pairs = pairs

    def add(self, twin: Twin, *, due_at: datetime | None) -> Twin:
        self._leases.flush()
        self._turns.take(twin.connection_id)
        added = replace(twin, is_held=self._pairs.must_wait(twin.organization_id, twin.created_at))
        if not insert_new(self._session, TwinRow, _new_values(added, due_at)):
            raise already_under_sync(twin)
        self._count(added)
        return added

    def add_all(self, twins: Sequence[Twin], *, due_at: datetime | None) -> list[Twin]:
        self._leases.flush()
        self._turns.take(*(twin.connection_id for twin in twins))
        self._require_free(twins)
        added = [self._let_through(twin) for twin in twins]
        if added:
            self._session.connection().execute(insert(TwinRow), [_new_values(twin, due_at) for twin in added])
        return added

    def _let_through(self, twin: Twin) -> Twin:
        """Count a new twin, or hold it: one after the other, because each takes of the room that the plan has."""
        decided = replace(twin, is_held=self._pairs.must_wait(twin.organization_id, twin.created_at))
        self._count(decided)
        return decided

    def _count(self, twin: Twin) -> None:
        if not twin.is_held:
            self._pairs.count(twin.organization_id, twin.connection_id, twin.created_at)

    def _require_free(self, twins: Sequence[Twin]) -> None:
        wanted: dict[tuple[str, int], Twin] = {}
        for twin in twins:
            if twin.work_item_id is not None:
                if (twin.connection_id, twin.work_item_id) in wanted:
                    raise already_under_sync(twin)
                wanted[twin.connection_id, twin.work_item_id] = twin
        for some in chunked(wanted):
            query = select(TwinRow.connection_id, TwinRow.work_item_id).where(
                TwinRow.organization_id.in_({wanted[key].organization_id for key in some}),
                TwinRow.work_item_id.in_([work_item_id for _, work_item_id in some]),
                TwinRow.status != UNLINKED,
            )
            for connection_id, work_item_id in self._session.execute(query):
                if work_item_id is not None and (connection_id, work_item_id) in wanted:
                    raise already_under_sync(wanted[connection_id, work_item_id])

    def unlink(self, connection_id: str, twin_ids: Collection[str]) -> None:
        self._leases.flush()
        self._turns.take(connection_id)
        for ids in chunked(twin_ids):
            statement = update(TwinRow).where(TwinRow.connection_id == connection_id, TwinRow.id.in_(ids))
            changed_rows(self._session, statement.values(status=UNLINKED))

    def get(self, twin_id: str) -> Twin:
        twin = self.find([twin_id]).get(twin_id)
        if twin is None:
            raise _not_found(twin_id)
        return twin

    def find(self, twin_ids: Collection[str]) -> Mapping[str, Twin]:
        self._leases.flush()
        found: dict[str, Twin] = {}
        for ids in chunked(twin_ids):
            rows = read_rows(self._session, select(TwinRow).where(TwinRow.id.in_(ids)))
            found.update({row.id: twin_from_row(row) for row in rows})
        return found

    def find_by_work_item(self, organization_id: str, work_item_ids: Collection[int]) -> list[Twin]:
        self._leases.flush()
        found: list[Twin] = []
        for ids in chunked(work_item_ids):
            query = select(TwinRow).where(
                TwinRow.organization_id == organization_id, TwinRow.work_item_id.in_(ids), TwinRow.status != UNLINKED
            )
            found += [twin_from_row(row) for row in read_rows(self._session, query)]
        return sorted(found, key=lambda twin: (twin.connection_id, twin.id))

    def find_unmade(self, connection_id: str, remote_urls: Collection[str]) -> list[Twin]:
        self._leases.flush()
        found: list[Twin] = []
        for some in chunked(remote_urls):
            query = select(TwinRow).where(
                TwinRow.connection_id == connection_id,
                TwinRow.work_item_id.is_(None),
                TwinRow.status != UNLINKED,
                TwinRow.intent.is_not(None),
                TwinRow.remote_url.in_(some),
            )
            found += [twin_from_row(row) for row in read_rows(self._session, query)]
        return sorted(found, key=lambda twin: twin.id)

    def list_page(
        self,
        connection_id: str,
        *,
        statuses: Collection[TwinStatus] | None = None,
        after: str = "",
        limit: int = 200,
    ) -> list[Twin]:
        self._leases.flush()
        query = (
            select(TwinRow)
            .where(TwinRow.connection_id == connection_id, TwinRow.id > after)
            .order_by(TwinRow.id)
            .limit(limit)
        )
        if statuses is not None:
            query = query.where(TwinRow.status.in_([status.value for status in statuses]))
        return [twin_from_row(row) for row in read_rows(self._session, query)]

    def count(self, connection_id: str) -> Mapping[TwinStatus, int]:
        self._leases.flush()
        query = (
            select(TwinRow.status, func.count()).where(TwinRow.connection_id == connection_id).group_by(TwinRow.status)
        )
        return {TwinStatus(status): number for status, number in self._session.execute(query)}

    def count_due(self, connection_id: str) -> int:
        self._leases.flush()
        # A leased twin is dirty until its round ends.
        query = select(func.count()).where(
            TwinRow.connection_id == connection_id, ~TwinRow.is_held, TwinRow.is_dirty, TwinRow.status != UNLINKED
        )
        return self._session.scalar(query) or 0

    def mark_dirty(self, twin_ids: Collection[str], due_at: datetime, *, must_read: bool) -> None:
        self._leases.flush()
        for ids in chunked(twin_ids):
            self._turns.take_of(select(TwinRow.connection_id).where(TwinRow.id.in_(ids)).distinct())
            self._mark(ids, due_at, must_read=must_read)

    def realign(self, connection_id: str, realignment: Realignment, due_at: datetime) -> None:
        self._leases.flush()
        self._turns.take(connection_id)
        is_linked = (TwinRow.connection_id == connection_id) & (TwinRow.status != UNLINKED)
        values = {**_marks(due_at, must_read=True), "realignment": realignment.value}
        self._session.execute(update(TwinRow).where(is_linked).values(values), execution_options=WITHOUT_MIRROR)

    def reread(self, twin_ids: Collection[str], due_at: datetime) -> None:
        self.mark_dirty(twin_ids, due_at, must_read=True)
        for ids in chunked(twin_ids):
            is_free = (TwinRow.realignment == Realignment.NONE.value) & (TwinRow.status != UNLINKED)
            statement = update(TwinRow).where(TwinRow.id.in_(ids), is_free)
            values = {"realignment": Realignment.REREAD.value}
            self._session.execute(statement.values(values), execution_options=WITHOUT_MIRROR)

    def _mark(self, twin_ids: Sequence[str], due_at: datetime, *, must_read: bool) -> None:
        statement = update(TwinRow).where(TwinRow.id.in_(twin_ids), TwinRow.status != UNLINKED)
        values = _marks(due_at, must_read=must_read)
        self._session.execute(statement.values(values), execution_options=WITHOUT_MIRROR)

    def mark_revisions(self, organization_id: str, revisions: Mapping[int, int], due_at: datetime) -> set[str]:
        self._leases.flush()
        newer: list[tuple[str, str]] = []
        for numbers in chunked(revisions):
            query = select(TwinRow.id, TwinRow.connection_id, TwinRow.work_item_id, TwinRow.revision).where(
                TwinRow.organization_id == organization_id,
                TwinRow.work_item_id.in_(numbers),
                TwinRow.status != UNLINKED,
            )
            for twin_id, connection_id, number, revision in self._session.execute(query):
                if number is not None and (revision or 0) < revisions[number]:
                    newer.append((twin_id, connection_id))
        connection_ids = {connection_id for _, connection_id in newer}
        self._turns.take(*connection_ids)
        for ids in chunked(twin_id for twin_id, _ in newer):
            self._mark(ids, due_at, must_read=True)
        return connection_ids

    def connections_due(self, now: datetime) -> list[str]:
        self._leases.flush()
        has_due = select(TwinRow.id).where(TwinRow.connection_id == ConnectionRow.id, _is_claimable(now)).exists()
        query = select(ConnectionRow.id).where(ConnectionRow.status == ConnectionStatus.ACTIVE.value, has_due)
        return sorted(self._session.scalars(query))

    def claim(
        self, connection_id: str, owner: str, now: datetime, lease_seconds: float, limit: int
    ) -> list[ClaimedTwin]:
        self._leases.flush()
        self._turns.take(connection_id)
        self._turns.take_claims(connection_id)
        rows = self._claimable(connection_id, now, limit)
        until = now + timedelta(seconds=lease_seconds)
        for ids in chunked(row.id for row in rows):
            statement = update(TwinRow).where(TwinRow.id.in_(ids))
            self._session.execute(
                statement.values(fence=TwinRow.fence + 1, lease_owner=owner, lease_until=until),
                execution_options=WITHOUT_MIRROR,
            )
        return [
            ClaimedTwin(twin_from_row(row), row.fence + 1, row.dirty_sequence, row.must_read, row.attempts)
            for row in rows
        ]

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
            .with_for_update(skip_locked=True)
        )
        return read_rows(self._session, query)

    def extend(self, claims: Sequence[ClaimedTwin], now: datetime, lease_seconds: float) -> set[str]:
        self._leases.flush()
        held = self._leases.held(claims)
        until = now + timedelta(seconds=lease_seconds)
        for ids in chunked(held):
            statement = update(TwinRow).where(TwinRow.id.in_(ids)).values(lease_until=until)
            self._session.execute(statement, execution_options=WITHOUT_MIRROR)
        return _others(claims, held)

    def record_intents(self, claims: Sequence[ClaimedTwin], intents: Mapping[str, Intent | None]) -> set[str]:
        self._leases.flush()
        held = self._leases.held(claims)
        self._update([{"id": twin_id, "intent": intent_text(intents.get(twin_id))} for twin_id in held])
        return _others(claims, held)

    def name_work_items(
        self, claims: Sequence[ClaimedTwin], twins: Mapping[str, Twin]
    ) -> Mapping[str, LeaseLostError | StateError]:
        self._leases.flush()
        held = self._leases.held(claims)
        numbers = {
            twin_id: twin.work_item_id
            for twin_id, twin in twins.items()
            if twin_id in held and twin.work_item_id is not None
        }
        taken = self._leases.taken(held, numbers)
        self._update([_named(twins[twin_id]) for twin_id in numbers if twin_id not in taken])
        lost = _others(claims, held) & twins.keys()
        return {each: lease_lost(each) for each in lost} | {each: already_under_sync(twins[each]) for each in taken}

    def _update(self, values: list[dict[str, Any]]) -> None:
        if values:
            self._session.execute(update(TwinRow), values, execution_options=WITHOUT_MIRROR)

    def finish(
        self, claim: ClaimedTwin, twin: Twin, *, retry_at: datetime | None = None, keep_dirty: bool = False
    ) -> None:
        self._leases.end(claim, twin, retry_at, keep_dirty=keep_dirty)

    def save(self, twin: Twin) -> None:
        self._leases.flush()
        self._turns.take(twin.connection_id)
        statement = (
            update(TwinRow)
            .where(TwinRow.id == twin.id)
            .values(
                status=case((TwinRow.status == UNLINKED, UNLINKED), else_=twin.status.value),
                remote_work_item_id=twin.remote_work_item_id,
                remote_url=twin.remote_url,
                lineage=lineage_text(twin.lineage),
                synchronized_at=twin.synchronized_at,
            )
        )
        if not changed_rows(self._session, statement):
            raise _not_found(twin.id)


def _marks(due_at: datetime, *, must_read: bool) -> dict[str, object]:
    """Return the columns that make twins dirty."""
    marks: dict[str, object] = {
        "is_dirty": True,
        "dirty_sequence": TwinRow.dirty_sequence + 1,
        "due_at": case((and_(TwinRow.is_dirty, TwinRow.due_at < due_at), TwinRow.due_at), else_=due_at),
    }
    return {**marks, "must_read": True} if must_read else marks


def _new_values(twin: Twin, due_at: datetime | None) -> dict[str, Any]:
    values = {
        "id": twin.id,
        "connection_id": twin.connection_id,
        "organization_id": twin.organization_id,
        "created_at": twin.created_at,
        "is_dirty": due_at is not None,
        "due_at": due_at,
        "must_read": False,
        "dirty_sequence": 0,
        "attempts": 0,
        "fence": 0,
        "is_held": twin.is_held,
        "is_separate": twin.is_separate,
    }
    return values | twin_values(twin)


def _named(twin: Twin) -> dict[str, Any]:
    return {
        "id": twin.id,
        "work_item_id": twin.work_item_id,
        "project": twin.project,
        "revision": twin.revision,
        "lineage": lineage_text(twin.lineage),
    }


def _others(claims: Sequence[ClaimedTwin], held: Mapping[str, object]) -> set[str]:
    return {claim.twin.id for claim in claims} - held.keys()


def _not_found(twin_id: str) -> NotFoundError:
    return NotFoundError(f"There is no pair of work items {twin_id} here.")


def _is_claimable(now: datetime) -> ColumnElement[bool]:
    return and_(
        ~TwinRow.is_held,
        TwinRow.is_dirty,
        TwinRow.due_at <= now,
        TwinRow.status != UNLINKED,
        or_(TwinRow.lease_owner.is_(None), TwinRow.lease_until <= now),
    )

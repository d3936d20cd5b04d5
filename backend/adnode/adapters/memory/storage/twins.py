"""Twins and their schedule in memory."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from adnode.adapters.memory.storage.tables import StoredTwin, Tables, existing
from adnode.adapters.memory.storage.usage import NewPairs
from adnode.domain.connection import ConnectionStatus
from adnode.domain.errors import LeaseLostError, StateError
from adnode.domain.realignment import Realignment
from adnode.domain.twin import ClaimedTwin, Intent, Twin, TwinStatus, already_under_sync, lease_lost


class MemoryTwins:
    """TwinRepository in memory."""

    def __init__(self, tables: Tables, pairs: NewPairs) -> None:
        self._rows = tables.twins
        self._connections = tables.connections
        self._pairs = pairs

    def add(self, twin: Twin, *, due_at: datetime | None) -> Twin:
        if twin.id in self._rows:
            raise StateError(f"There is a pair of work items {twin.id} already.", twin=twin.id)
        self._require_free_work_item(twin)
        added = replace(twin, is_held=self._pairs.must_wait(twin.organization_id, twin.created_at))
        self._rows[twin.id] = StoredTwin(added, is_dirty=due_at is not None, due_at=due_at)
        if not added.is_held:
            self._pairs.count(twin.organization_id, twin.connection_id, twin.created_at)
        return added

    def add_all(self, twins: Sequence[Twin], *, due_at: datetime | None) -> list[Twin]:
        named = Counter((twin.connection_id, twin.work_item_id) for twin in twins)
        for twin in twins:
            self._require_free_work_item(twin)
            if twin.work_item_id is not None and named[twin.connection_id, twin.work_item_id] > 1:
                raise StateError(f"Work item {twin.work_item_id} is named twice.", work_item_id=twin.work_item_id)
        return [self.add(twin, due_at=due_at) for twin in twins]

    def unlink(self, connection_id: str, twin_ids: Collection[str]) -> None:
        for twin_id in twin_ids:
            row = self._rows.get(twin_id)
            if row is not None and row.twin.connection_id == connection_id:
                self._rows[twin_id] = replace(row, twin=replace(row.twin, status=TwinStatus.UNLINKED))

    def _require_free_work_item(self, twin: Twin) -> None:
        if twin.status is not TwinStatus.UNLINKED and self._is_taken(twin):
            raise already_under_sync(twin)

    def _is_taken(self, twin: Twin) -> bool:
        """Say whether another twin of the connection has the work item."""
        if twin.work_item_id is None:
            return False
        return any(
            row.twin.connection_id == twin.connection_id
            and row.twin.work_item_id == twin.work_item_id
            and row.twin.id != twin.id
            and not row.is_unlinked
            for row in self._rows.values()
        )

    def get(self, twin_id: str) -> Twin:
        return self._row(twin_id).twin

    def _row(self, twin_id: str) -> StoredTwin:
        return existing(self._rows, twin_id, f"There is no pair of work items {twin_id} here.")

    def find(self, twin_ids: Collection[str]) -> Mapping[str, Twin]:
        return {twin_id: self._rows[twin_id].twin for twin_id in set(twin_ids) if twin_id in self._rows}

    def find_by_work_item(self, organization_id: str, work_item_ids: Collection[int]) -> list[Twin]:
        rows = self._of_work_items(organization_id, work_item_ids)
        return sorted((row.twin for row in rows), key=lambda twin: (twin.connection_id, twin.id))

    def _of_work_items(self, organization_id: str, work_item_ids: Collection[int]) -> list[StoredTwin]:
        wanted = set(work_item_ids)
        return [
            row
            for row in self._rows.values()
            if row.twin.organization_id == organization_id and row.twin.work_item_id in wanted and not row.is_unlinked
        ]

    def find_unmade(self, connection_id: str, remote_urls: Collection[str]) -> list[Twin]:
        found = [
            row.twin
            for row in self._rows.values()
            if row.twin.connection_id == connection_id
            and row.twin.work_item_id is None
            and row.twin.intent is not None
            and row.twin.remote_url in remote_urls
            and not row.is_unlinked
        ]
        return sorted(found, key=lambda twin: twin.id)

    def list_page(
        self,
        connection_id: str,
        *,
        statuses: Collection[TwinStatus] | None = None,
        after: str = "",
        limit: int = 200,
    ) -> list[Twin]:
        found = [
            twin
            for twin in self._of(connection_id)
            if twin.id > after and (statuses is None or twin.status in statuses)
        ]
        return sorted(found, key=lambda twin: twin.id)[:limit]

    def count(self, connection_id: str) -> Mapping[TwinStatus, int]:
        return dict(Counter(twin.status for twin in self._of(connection_id)))

    def _of(self, connection_id: str) -> list[Twin]:
        return [row.twin for row in self._rows.values() if row.twin.connection_id == connection_id]

    def count_due(self, connection_id: str) -> int:
        return sum(
            1
            for row in self._rows.values()
            if row.twin.connection_id == connection_id and row.is_dirty and not row.is_unlinked and not row.twin.is_held
        )

    def mark_dirty(self, twin_ids: Collection[str], due_at: datetime, *, must_read: bool) -> None:
        for twin_id in set(twin_ids):
            row = self._rows.get(twin_id)
            if row is not None and not row.is_unlinked:
                self._rows[twin_id] = _made_dirty(row, due_at, must_read=must_read)

    def realign(self, connection_id: str, realignment: Realignment, due_at: datetime) -> None:
        for row in list(self._rows.values()):
            if row.twin.connection_id == connection_id and not row.is_unlinked:
                marked = _made_dirty(row, due_at, must_read=True)
                self._rows[row.twin.id] = replace(marked, twin=replace(row.twin, realignment=realignment))

    def reread(self, twin_ids: Collection[str], due_at: datetime) -> None:
        self.mark_dirty(twin_ids, due_at, must_read=True)
        for twin_id in set(twin_ids) & self._rows.keys():
            row = self._rows[twin_id]
            if not row.is_unlinked and row.twin.realignment is Realignment.NONE:
                self._rows[twin_id] = replace(row, twin=replace(row.twin, realignment=Realignment.REREAD))

    def mark_revisions(self, organization_id: str, revisions: Mapping[int, int], due_at: datetime) -> set[str]:
        newer = [
            row.twin
            for row in self._of_work_items(organization_id, revisions)
            if row.twin.work_item_id is not None and (row.twin.revision or 0) < revisions[row.twin.work_item_id]
        ]
        self.mark_dirty([twin.id for twin in newer], due_at, must_read=True)
        return {twin.connection_id for twin in newer}

    def connections_due(self, now: datetime) -> list[str]:
        due = {row.twin.connection_id for row in self._rows.values() if row.is_claimable(now)}
        return sorted(connection_id for connection_id in due if self._is_active(connection_id))

    def _is_active(self, connection_id: str) -> bool:
        stored = self._connections.get(connection_id)
        return stored is not None and stored.connection.status is ConnectionStatus.ACTIVE

    def claim(
        self, connection_id: str, owner: str, now: datetime, lease_seconds: float, limit: int
    ) -> list[ClaimedTwin]:
        leased = {_work_item(row) for row in self._rows.values() if row.is_leased(now)} - {None}
        due = [
            row
            for row in self._rows.values()
            if row.twin.connection_id == connection_id and row.is_claimable(now) and _work_item(row) not in leased
        ]
        until = now + timedelta(seconds=lease_seconds)
        return [
            self._lease(row, owner, until) for row in sorted(due, key=lambda row: (row.due_at, row.twin.id))[:limit]
        ]

    def _lease(self, row: StoredTwin, owner: str, until: datetime) -> ClaimedTwin:
        leased = replace(row, fence=row.fence + 1, lease_owner=owner, lease_until=until)
        self._rows[row.twin.id] = leased
        return ClaimedTwin(row.twin, leased.fence, row.dirty_sequence, row.must_read, row.attempts)

    def extend(self, claims: Sequence[ClaimedTwin], now: datetime, lease_seconds: float) -> set[str]:
        until = now + timedelta(seconds=lease_seconds)
        held = {twin_id: replace(row, lease_until=until) for twin_id, row in self._all_held(claims).items()}
        self._rows.update(held)
        return {claim.twin.id for claim in claims} - held.keys()

    def record_intents(self, claims: Sequence[ClaimedTwin], intents: Mapping[str, Intent | None]) -> set[str]:
        held = self._all_held(claims)
        self._rows.update(
            {
                twin_id: replace(row, twin=replace(row.twin, intent=intents.get(twin_id)))
                for twin_id, row in held.items()
            }
        )
        return {claim.twin.id for claim in claims} - held.keys()

    def name_work_items(
        self, claims: Sequence[ClaimedTwin], twins: Mapping[str, Twin]
    ) -> Mapping[str, LeaseLostError | StateError]:
        refused: dict[str, LeaseLostError | StateError] = {}
        held = self._all_held(claims)
        for twin_id, twin in twins.items():
            row = held.get(twin_id)
            if row is None:
                refused[twin_id] = lease_lost(twin_id)
            elif not row.is_unlinked and self._is_taken(twin):
                refused[twin_id] = already_under_sync(twin)
            else:
                named = replace(
                    row.twin,
                    work_item_id=twin.work_item_id,
                    project=twin.project,
                    revision=twin.revision,
                    lineage=twin.lineage,
                )
                self._rows[twin_id] = replace(row, twin=named)
        return refused

    def _all_held(self, claims: Sequence[ClaimedTwin]) -> dict[str, StoredTwin]:
        found = {claim.twin.id: (claim, self._rows.get(claim.twin.id)) for claim in claims}
        return {twin_id: row for twin_id, (claim, row) in found.items() if row is not None and _is_held(row, claim)}

    def _held(self, claim: ClaimedTwin) -> StoredTwin:
        row = self._rows.get(claim.twin.id)
        if row is None or not _is_held(row, claim):
            raise lease_lost(claim.twin.id)
        return row

    def finish(
        self, claim: ClaimedTwin, twin: Twin, *, retry_at: datetime | None = None, keep_dirty: bool = False
    ) -> None:
        row = self._held(claim)
        kept = _with_foreign_changes(row.twin, claim.twin, twin)
        self._require_free_work_item(kept)
        came_in = row.dirty_sequence != claim.dirty_sequence
        ended = replace(row, twin=kept, lease_owner=None, lease_until=None)
        if retry_at is not None:
            due_at = row.due_at if came_in and row.due_at and row.due_at < retry_at else retry_at
            ended = replace(ended, is_dirty=True, attempts=claim.attempts + 1, due_at=due_at)
        else:
            ended = replace(ended, attempts=0, is_dirty=came_in or keep_dirty, must_read=row.must_read and came_in)
        self._rows[twin.id] = ended

    def save(self, twin: Twin) -> None:
        row = self._row(twin.id)
        saved = replace(
            row.twin,
            status=row.twin.status if row.is_unlinked else twin.status,
            remote_work_item_id=twin.remote_work_item_id,
            remote_url=twin.remote_url,
            lineage=twin.lineage,
            synchronized_at=twin.synchronized_at,
        )
        self._rows[twin.id] = replace(row, twin=saved)


def _is_held(row: StoredTwin, claim: ClaimedTwin) -> bool:
    return row.fence == claim.fence and row.lease_owner is not None


def _work_item(row: StoredTwin) -> tuple[str, int] | None:
    return None if row.twin.work_item_id is None else (row.twin.organization_id, row.twin.work_item_id)


def _made_dirty(row: StoredTwin, due_at: datetime, *, must_read: bool) -> StoredTwin:
    is_earlier = row.is_dirty and row.due_at is not None and row.due_at < due_at
    return replace(
        row,
        is_dirty=True,
        dirty_sequence=row.dirty_sequence + 1,
        due_at=row.due_at if is_earlier else due_at,
        must_read=row.must_read or must_read,
    )


def _with_foreign_changes(stored: Twin, known: Twin, twin: Twin) -> Twin:
    """Keep what others saved while the twin was claimed: an unlinking, a realignment, and what the peer said about
    its side.
    """
    kept = replace(twin, lineage=twin.lineage | stored.lineage)
    if stored.remote_url != known.remote_url:
        kept = replace(kept, remote_url=stored.remote_url)
    if stored.remote_work_item_id != known.remote_work_item_id:
        status = TwinStatus.SYNCHRONIZED if kept.status is TwinStatus.PENDING else kept.status
        kept = replace(kept, remote_work_item_id=stored.remote_work_item_id, status=status)
    if stored.realignment != known.realignment:
        kept = replace(kept, realignment=stored.realignment)
    if stored.synchronized_at != known.synchronized_at:
        times = [time for time in (stored.synchronized_at, twin.synchronized_at) if time is not None]
        kept = replace(kept, synchronized_at=max(times, default=None))
    return replace(kept, status=TwinStatus.UNLINKED) if stored.status is TwinStatus.UNLINKED else kept

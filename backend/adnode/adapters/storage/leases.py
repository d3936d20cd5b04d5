"""Leased twins under their fences, and ending many leases with few statements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from adnode.adapters.storage.rows import TwinRow
from adnode.adapters.storage.statements import WITHOUT_MIRROR, chunked, from_text
from adnode.adapters.storage.turns import Turns
from adnode.adapters.storage.twin_rows import twin_values
from adnode.domain.realignment import Realignment
from adnode.domain.twin import ClaimedTwin, Twin, TwinStatus, already_under_sync, lease_lost

UNLINKED = TwinStatus.UNLINKED.value


@dataclass(frozen=True, slots=True)
class LeasedRow:
    """What is stored about a twin that is, or was, under a lease."""

    id: str
    connection_id: str
    status: str
    work_item_id: int | None
    remote_work_item_id: int | None
    remote_url: str
    lineage: str
    synchronized_at: datetime | None
    realignment: str
    fence: int
    lease_owner: str | None
    dirty_sequence: int
    must_read: bool
    due_at: datetime | None


_COLUMNS = tuple(getattr(TwinRow, name) for name in LeasedRow.__slots__)


class Leases:
    """The leases that a unit of work ends.

    What rounds reached is kept until somebody reads twins or the unit commits, and is then stored in one statement:
    ``flush`` must come before either.
    """

    def __init__(self, session: Session, turns: Turns) -> None:
        self._session = session
        self._turns = turns
        self._rows: dict[str, LeasedRow] = {}
        self._ended: dict[str, dict[str, object]] = {}

    def held(self, claims: Sequence[ClaimedTwin]) -> dict[str, LeasedRow]:
        """Return what is stored about those twins whose lease is ours still."""
        self._turns.take(*(claim.twin.connection_id for claim in claims))
        rows: dict[str, LeasedRow] = {}
        for some in chunked(claims):
            rows.update(self._read(TwinRow.id.in_([claim.twin.id for claim in some])))
        return {
            claim.twin.id: row
            for claim in claims
            if (row := rows.get(claim.twin.id)) is not None and _is_held(row, claim)
        }

    def taken(self, rows: Mapping[str, LeasedRow], numbers: Mapping[str, int]) -> set[str]:
        """Return which of the twins can't have their work item, because another twin of the connection has it."""
        wanted = {(rows[twin_id].connection_id, number): twin_id for twin_id, number in numbers.items()}
        found: set[str] = set()
        for some in chunked(wanted):
            query = select(TwinRow.id, TwinRow.connection_id, TwinRow.work_item_id).where(
                TwinRow.connection_id.in_({connection_id for connection_id, _ in some}),
                TwinRow.work_item_id.in_([number for _, number in some]),
                TwinRow.status != UNLINKED,
            )
            for twin_id, connection_id, number in self._session.execute(query):
                owner = wanted.get((connection_id, number or 0))
                if owner is not None and owner != twin_id and rows[owner].status != UNLINKED:
                    found.add(owner)
        return found

    def end(self, claim: ClaimedTwin, twin: Twin, retry_at: datetime | None, *, keep_dirty: bool) -> None:
        """End one lease; raises LeaseLostError, or StateError when another twin has the work item."""
        row = _require_held(self._row(claim), claim)
        kept = _with_foreign_changes(row, claim.twin, twin)
        self._require_free_work_item(row, kept)
        self._ended[row.id] = {
            "id": row.id,
            **twin_values(kept),
            **_schedule(row, claim, retry_at, keep_dirty=keep_dirty),
            "lease_owner": None,
            "lease_until": None,
        }
        self._rows[row.id] = replace(row, lease_owner=None, work_item_id=kept.work_item_id, status=kept.status.value)

    def flush(self) -> None:
        """Store what was kept."""
        if self._ended:
            self._session.execute(update(TwinRow), list(self._ended.values()), execution_options=WITHOUT_MIRROR)
        self._ended.clear()
        self._rows.clear()

    def _row(self, claim: ClaimedTwin) -> LeasedRow | None:
        self._turns.take(claim.twin.connection_id)
        if self._rows and claim.twin.id not in self._rows:
            self._read_all_of_owner(claim)
        if claim.twin.id not in self._rows:
            self._rows.update(self._read(TwinRow.id == claim.twin.id))
        return self._rows.get(claim.twin.id)

    def _read_all_of_owner(self, claim: ClaimedTwin) -> None:
        """Where one unit ends a second lease it will end the whole round's: read them together."""
        owner = select(TwinRow.lease_owner).where(TwinRow.id == claim.twin.id).scalar_subquery()
        is_of_round = (TwinRow.connection_id == claim.twin.connection_id) & (TwinRow.lease_owner == owner)
        # What was ended here stands in the database as before, so what is known wins.
        self._rows = {**self._read(is_of_round), **self._rows}

    def _read(self, condition: ColumnElement[bool]) -> dict[str, LeasedRow]:
        query = select(*_COLUMNS).where(condition).with_for_update()
        return {row.id: LeasedRow(*row) for row in self._session.execute(query)}

    def _require_free_work_item(self, row: LeasedRow, twin: Twin) -> None:
        if twin.work_item_id in (None, row.work_item_id) or twin.status is TwinStatus.UNLINKED:
            return
        query = select(TwinRow.id).where(
            TwinRow.connection_id == row.connection_id,
            TwinRow.work_item_id == twin.work_item_id,
            TwinRow.status != UNLINKED,
            TwinRow.id.not_in([row.id, *self._ended]),
        )
        ended = (self._rows[twin_id] for twin_id in self._ended if twin_id != row.id)
        is_taken_here = any(_has_work_item(other, row.connection_id, twin.work_item_id) for other in ended)
        if is_taken_here or self._session.scalar(query.limit(1)) is not None:
            raise already_under_sync(twin)


def _has_work_item(row: LeasedRow, connection_id: str, work_item_id: int | None) -> bool:
    return row.connection_id == connection_id and row.work_item_id == work_item_id and row.status != UNLINKED


def _is_held(row: LeasedRow, claim: ClaimedTwin) -> bool:
    return row.fence == claim.fence and row.lease_owner is not None


def _require_held(row: LeasedRow | None, claim: ClaimedTwin) -> LeasedRow:
    if row is None or not _is_held(row, claim):
        raise lease_lost(claim.twin.id)
    return row


def _schedule(row: LeasedRow, claim: ClaimedTwin, retry_at: datetime | None, *, keep_dirty: bool) -> dict[str, object]:
    came_in = row.dirty_sequence != claim.dirty_sequence
    if retry_at is None:
        return {
            "is_dirty": came_in or keep_dirty,
            "must_read": row.must_read and came_in,
            "due_at": row.due_at,
            "attempts": 0,
        }
    is_earlier = came_in and row.due_at is not None and row.due_at < retry_at
    return {
        "is_dirty": True,
        "must_read": row.must_read,
        "due_at": row.due_at if is_earlier else retry_at,
        "attempts": claim.attempts + 1,
    }


def _with_foreign_changes(row: LeasedRow, known: Twin, twin: Twin) -> Twin:
    """Keep what others saved while the twin was claimed: an unlinking, a realignment, and what the peer said about
    its side.
    """
    kept = replace(twin, lineage=twin.lineage | frozenset(from_text(row.lineage)))
    if row.remote_url != known.remote_url:
        kept = replace(kept, remote_url=row.remote_url)
    if row.remote_work_item_id != known.remote_work_item_id:
        status = TwinStatus.SYNCHRONIZED if kept.status is TwinStatus.PENDING else kept.status
        kept = replace(kept, remote_work_item_id=row.remote_work_item_id, status=status)
    if row.realignment != known.realignment:
        kept = replace(kept, realignment=Realignment(row.realignment))
    if row.synchronized_at != known.synchronized_at:
        times = [time for time in (row.synchronized_at, twin.synchronized_at) if time is not None]
        kept = replace(kept, synchronized_at=max(times, default=None))
    return replace(kept, status=TwinStatus.UNLINKED) if row.status == UNLINKED else kept

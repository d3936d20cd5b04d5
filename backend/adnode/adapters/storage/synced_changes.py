"""The history of synced changes in the database."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from adnode.adapters.storage.keyset import paged
from adnode.adapters.storage.rows import TwinRow
from adnode.adapters.storage.statements import changed_rows, chunked, read_rows
from adnode.adapters.storage.synced_change_rows import SyncedChangeRow, change_from_row, change_values
from adnode.domain.synced_change import Direction, SyncedChange


class SqlSyncedChanges:
    """SyncedChangeRepository on SQL."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, changes: Sequence[SyncedChange]) -> None:
        if changes:
            values = [change_values(change) for change in changes]
            self._session.connection().execute(insert(SyncedChangeRow), values)

    def list_page(self, twin_id: str, *, after: tuple[datetime, str] | None, limit: int) -> list[SyncedChange]:
        query = select(SyncedChangeRow).where(SyncedChangeRow.twin_id == twin_id)
        ordered = paged(query, [SyncedChangeRow.at, SyncedChangeRow.id], after, limit, is_descending=True)
        return [change_from_row(row) for row in read_rows(self._session, ordered)]

    def since(self, twin_ids: Collection[str], since: datetime) -> Mapping[str, list[SyncedChange]]:
        found: dict[str, list[SyncedChange]] = {}
        for ids in chunked(twin_ids):
            query = select(SyncedChangeRow).where(SyncedChangeRow.twin_id.in_(ids), SyncedChangeRow.at > since)
            for row in read_rows(self._session, query):
                found.setdefault(row.twin_id, []).append(change_from_row(row))
        return found

    def count(self, twin_id: str) -> int:
        return self._session.scalar(select(func.count()).where(SyncedChangeRow.twin_id == twin_id)) or 0

    def newest(self, twin_ids: Collection[str]) -> Mapping[str, tuple[Direction, datetime]]:
        found: dict[str, tuple[Direction, datetime]] = {}
        last = (
            select(SyncedChangeRow.id)
            .where(SyncedChangeRow.twin_id == TwinRow.id)
            .order_by(SyncedChangeRow.at.desc(), SyncedChangeRow.id.desc())
            .limit(1)
            .correlate(TwinRow)
            .scalar_subquery()
        )
        for ids in chunked(twin_ids):
            query = select(TwinRow.id, SyncedChangeRow.direction, SyncedChangeRow.at).join(
                SyncedChangeRow, SyncedChangeRow.id == last
            )
            rows = self._session.execute(query.where(TwinRow.id.in_(ids)))
            found.update({twin_id: (Direction(direction), at) for twin_id, direction, at in rows})
        return found

    def last_times(self, twin_id: str) -> Mapping[Direction, datetime]:
        query = (
            select(SyncedChangeRow.direction, func.max(SyncedChangeRow.at))
            .where(SyncedChangeRow.twin_id == twin_id)
            .group_by(SyncedChangeRow.direction)
        )
        return {Direction(direction): at for direction, at in self._session.execute(query)}

    def forget(self, before: datetime, limit: int = 1000) -> int:
        old = select(SyncedChangeRow.id).where(SyncedChangeRow.at < before).order_by(SyncedChangeRow.at).limit(limit)
        return changed_rows(self._session, delete(SyncedChangeRow).where(SyncedChangeRow.id.in_(old)))

"""Samples of the sync queue in the database."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, func, select, tuple_
from sqlalchemy.orm import Session

from adnode.adapters.storage.message_rows import is_finished, is_unfinished
from adnode.adapters.storage.queue_events import TABLES, EventRow
from adnode.adapters.storage.queue_sample_rows import QueueSampleRow
from adnode.adapters.storage.rows import ConnectionRow
from adnode.adapters.storage.statements import changed_rows
from adnode.adapters.storage.upserts import insert_new
from adnode.domain.message import QueueStatus
from adnode.domain.queue_event import QueueSample, minute_of
from adnode.domain.synced_change import Direction

MINUTE = timedelta(minutes=1)
_UNSETTLED: Mapping[Direction, tuple[str, ...]] = {
    Direction.OUTGOING: (QueueStatus.WAITING.value, QueueStatus.SENDING.value),
    Direction.INCOMING: (QueueStatus.APPLYING.value,),
}
Key = tuple[str, str]
"""An organization and a connection of it, '' for all of them."""


@dataclass(slots=True)
class _Figures:
    """What is measured of one direction of a queue."""

    depth: int = 0
    oldest_at: datetime | None = None
    settled: int = 0


class SqlQueueSamples:
    """QueueSampleRepository on SQL."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def measure(self, now: datetime) -> int:
        minute = minute_of(now)
        query = select(QueueSampleRow.minute).where(QueueSampleRow.minute >= minute).limit(1)
        if self._session.scalar(query) is not None:
            return 0
        organizations = self._session.scalars(select(ConnectionRow.organization_id).distinct()).all()
        samples = [
            sample
            for direction, row in TABLES.items()
            for sample in _samples(organizations, direction, self._figures(direction, row, now), now)
        ]
        return sum(insert_new(self._session, QueueSampleRow, _values(sample)) for sample in samples)

    def _figures(self, direction: Direction, row: EventRow, now: datetime) -> dict[Key, _Figures]:
        found: dict[Key, _Figures] = defaultdict(_Figures)
        key = (row.organization_id, row.connection_id)
        unsettled = (
            select(*key, func.count(), func.min(row.created_at))
            .where(is_unfinished(row), row.status.in_(_UNSETTLED[direction]))
            .group_by(*key)
        )
        for organization_id, connection_id, depth, oldest_at in self._session.execute(unsettled):
            found[organization_id, connection_id] = _Figures(depth, oldest_at)
        settled = select(*key, func.count()).where(_is_settled_before(row, now)).group_by(*key)
        for organization_id, connection_id, count in self._session.execute(settled):
            found[organization_id, connection_id].settled = count
        return found

    def list_samples(
        self, organization_id: str, *, connection_id: str = "", since_minute: int, minutes_each: int
    ) -> Sequence[QueueSample]:
        first = func.min(QueueSampleRow.minute)
        query = (
            select(
                QueueSampleRow.direction,
                first,
                func.max(QueueSampleRow.depth),
                func.max(QueueSampleRow.oldest_seconds),
                func.sum(QueueSampleRow.settled),
            )
            .where(
                QueueSampleRow.organization_id == organization_id,
                QueueSampleRow.connection_id == connection_id,
                QueueSampleRow.minute >= since_minute,
            )
            .group_by(QueueSampleRow.direction, QueueSampleRow.minute // minutes_each)
            .order_by(first, QueueSampleRow.direction)
        )
        return [
            QueueSample(
                organization_id, connection_id, Direction(direction), minute, depth, oldest_seconds, int(settled)
            )
            for direction, minute, depth, oldest_seconds, settled in self._session.execute(query)
        ]

    def forget_samples(self, before_minute: int, limit: int = 1000) -> int:
        names = (
            QueueSampleRow.organization_id,
            QueueSampleRow.connection_id,
            QueueSampleRow.direction,
            QueueSampleRow.minute,
        )
        old = select(*names).where(QueueSampleRow.minute < before_minute).order_by(QueueSampleRow.minute).limit(limit)
        return changed_rows(self._session, delete(QueueSampleRow).where(tuple_(*names).in_(old)))


def _is_settled_before(row: EventRow, now: datetime) -> ColumnElement[bool]:
    """Return the condition for what was finished in the whole minute before."""
    until = now.replace(second=0, microsecond=0)
    return and_(
        row.settled_at >= until - MINUTE,
        row.settled_at < until,
        is_finished(row),
        row.status != QueueStatus.CANCELLED.value,
    )


def _samples(
    organizations: Iterable[str], direction: Direction, figures: Mapping[Key, _Figures], now: datetime
) -> list[QueueSample]:
    """Return the samples of the connections that have anything to tell, and one of each organization's whole queue."""
    single = [
        _sample(organization_id, connection_id, direction, of_one, now)
        for (organization_id, connection_id), of_one in figures.items()
    ]
    whole = {each: _sample(each, "", direction, _Figures(), now) for each in organizations}
    for sample in single:
        known = whole.get(sample.organization_id)
        if known is not None:
            whole[sample.organization_id] = replace(
                known,
                depth=known.depth + sample.depth,
                oldest_seconds=max(known.oldest_seconds, sample.oldest_seconds),
                settled=known.settled + sample.settled,
            )
    return [*whole.values(), *single]


def _sample(
    organization_id: str, connection_id: str, direction: Direction, figures: _Figures, now: datetime
) -> QueueSample:
    oldest = int((now - figures.oldest_at).total_seconds()) if figures.oldest_at else 0
    return QueueSample(
        organization_id, connection_id, direction, minute_of(now), figures.depth, max(0, oldest), figures.settled
    )


def _values(sample: QueueSample) -> dict[str, object]:
    return {
        "organization_id": sample.organization_id,
        "connection_id": sample.connection_id,
        "direction": sample.direction.value,
        "minute": sample.minute,
        "depth": sample.depth,
        "oldest_seconds": sample.oldest_seconds,
        "settled": sample.settled,
    }

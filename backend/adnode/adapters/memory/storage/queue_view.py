"""The common view of outbox and inbox, and samples of them, in memory."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby

from adnode.adapters.memory.storage.queue import UNSENT
from adnode.adapters.memory.storage.tables import StoredMessage, StoredTwin, Tables
from adnode.domain.connection_note import ConnectionNote
from adnode.domain.error_record import ErrorStatus
from adnode.domain.message import AppliedBody, QueueRow, QueueStatus, StateBody
from adnode.domain.queue_event import (
    DIRECTIONS,
    PARTNER_HOLDS,
    STATE_KINDS,
    Circumstances,
    Lane,
    QueueEvent,
    QueueSample,
    StoredEvent,
    hold_of,
    lane_of,
    minute_of,
)
from adnode.domain.synced_change import Direction
from adnode.ports.queue_view import EventFilter, EventOrder, EventPlace, EventSort, PlacedEvent, event_not_found

_OUTGOING_UNFINISHED = frozenset({QueueStatus.WAITING, QueueStatus.SENDING, QueueStatus.BLOCKED, QueueStatus.FAILED})
_INCOMING_UNFINISHED = frozenset({QueueStatus.APPLYING, QueueStatus.BLOCKED, QueueStatus.FAILED, QueueStatus.PARKED})


class MemoryQueueView:
    """QueueView in memory."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def list_rows(
        self,
        *,
        connection_id: str | None = None,
        direction: str | None = None,
        statuses: Collection[QueueStatus] | None = None,
        limit: int = 100,
    ) -> list[QueueRow]:
        sides = {"outgoing": self._tables.outbox.values(), "incoming": self._tables.inbox.values()}
        found = [
            self._row(side, row)
            for side, rows in sides.items()
            for row in rows
            if direction in (None, side)
            and connection_id in (None, row.connection_id)
            and (statuses is None or row.status in statuses)
        ]
        return sorted(found, key=lambda row: (row.created_at, row.sequence), reverse=True)[:limit]

    def _row(self, direction: str, row: StoredMessage) -> QueueRow:
        twin = self._tables.twins.get(row.message.twin_id)
        return QueueRow(
            id=row.message.id,
            direction=direction,
            connection_id=row.connection_id,
            twin_id=row.message.twin_id,
            kind=row.message.kind,
            status=row.status,
            sequence=row.message.sequence,
            created_at=row.created_at,
            settled_at=row.settled_at,
            work_item_id=twin.twin.work_item_id if twin else None,
        )

    def depth(self, connection_id: str) -> Mapping[str, int]:
        outgoing = [row for row in self._tables.outbox.values() if row.status in UNSENT]
        incoming = [row for row in self._tables.inbox.values() if row.status is QueueStatus.APPLYING]
        return {
            "outgoing": sum(1 for row in outgoing if row.connection_id == connection_id),
            "incoming": sum(1 for row in incoming if row.connection_id == connection_id),
        }

    # events --------------------------------------------------------------------------------------------------------

    def list_events(
        self, wanted: EventFilter, order: EventOrder, now: datetime, *, after: EventPlace | None = None, limit: int
    ) -> list[PlacedEvent]:
        placed = [
            PlacedEvent(event, (self._sort_value(event, row, order.sort), event.id, event.connection_id))
            for event, row in self._found(wanted, now)
        ]
        placed.sort(key=lambda each: each.place, reverse=order.is_descending)
        return [each for each in placed if after is None or _is_beyond(each.place, after, order)][:limit]

    def count_events(self, wanted: EventFilter) -> int:
        return len(self._found(wanted, None))

    def count_lanes(self, organization_id: str, *, connection_id: str = "") -> Mapping[Lane, int]:
        wanted = [EventFilter(organization_id, lane, connection_id) for lane in Lane]
        return {each.lane: self.count_events(each) for each in wanted}

    def get_event(
        self, organization_id: str, direction: Direction, connection_id: str, event_id: str, now: datetime
    ) -> StoredEvent:
        for row in self._rows_of(direction):
            if (row.message.id, row.connection_id) == (event_id, connection_id) and self._owner(row) == organization_id:
                return StoredEvent(self._event(direction, row, now), row.message)
        raise event_not_found(event_id)

    def _found(self, wanted: EventFilter, now: datetime | None) -> list[tuple[QueueEvent, StoredMessage]]:
        rows = [(direction, row) for direction in DIRECTIONS[wanted.lane] for row in self._rows_of(direction)]
        found = [
            (self._event(direction, row, now), row)
            for direction, row in rows
            if self._owner(row) == wanted.organization_id
            and lane_of(direction, row.message.kind) is wanted.lane
            and wanted.connection_id in ("", row.connection_id)
            and (is_unfinished(direction, row) or _is_settled_since(row, wanted.finished_since))
            and wanted.work_item_id in (None, *self._work_items(row))
        ]
        return [(event, row) for event, row in found if not wanted.statuses or event.status in wanted.statuses]

    def _rows_of(self, direction: Direction) -> list[StoredMessage]:
        table = self._tables.outbox if direction is Direction.OUTGOING else self._tables.inbox
        return list(table.values())

    def _owner(self, row: StoredMessage) -> str:
        stored = self._tables.connections.get(row.connection_id)
        return stored.connection.organization_id if stored else ""

    def _twin(self, row: StoredMessage) -> StoredTwin | None:
        twin = self._tables.twins.get(row.message.twin_id)
        return twin if twin is not None and twin.twin.connection_id == row.connection_id else None

    def _work_items(self, row: StoredMessage) -> tuple[int | None, ...]:
        twin = self._twin(row)
        return (twin.twin.work_item_id, twin.twin.remote_work_item_id) if twin else ()

    def _local_work_item(self, direction: Direction, row: StoredMessage) -> int:
        body, twin = row.message.body, self._twin(row)
        known = twin.twin.work_item_id if twin else None
        told = body.work_item_id if isinstance(body, StateBody | AppliedBody) else 0
        return known or (told if direction is Direction.OUTGOING else 0)

    def _event(self, direction: Direction, row: StoredMessage, now: datetime | None) -> QueueEvent:
        stored = self._tables.connections[row.connection_id]
        twin = self._twin(row)
        is_sending = stored.sender_owner is not None and _is_later(stored.sender_until, now)
        is_leased = twin is not None and now is not None and twin.is_leased(now)
        is_applying = direction is Direction.INCOMING and row.status is QueueStatus.APPLYING
        circumstances = Circumstances(
            stored.connection.status,
            self._tables.notes.get(row.connection_id, ConnectionNote(row.connection_id)).partner,
            twin is not None and twin.twin.is_held and not twin.is_unlinked,
            self._has_error(row),
        )
        hold = hold_of(row.status, circumstances)
        return QueueEvent(
            id=row.message.id,
            direction=direction,
            lane=lane_of(direction, row.message.kind),
            connection_id=row.connection_id,
            connection_name=stored.connection.name,
            remote_organization_id=stored.connection.peer.organization_id if stored.connection.peer else "",
            remote_name=stored.connection.peer.organization_name if stored.connection.peer else "",
            twin_id=row.message.twin_id,
            kind=row.message.kind,
            stored_status=row.status,
            hold=hold,
            reason=row.reason,
            sequence=row.message.sequence,
            work_item_id=self._local_work_item(direction, row),
            remote_work_item_id=(twin.twin.remote_work_item_id or 0) if twin else 0,
            remote_url=twin.twin.remote_url if twin else "",
            created_at=row.created_at,
            settled_at=row.settled_at,
            attempts=row.attempts + (twin.attempts if twin and is_applying else 0),
            last_attempt_at=row.last_attempt_at,
            is_at_work=(is_sending and row.status is QueueStatus.SENDING)
            if direction is Direction.OUTGOING
            else (is_leased and row.status in (QueueStatus.APPLYING, QueueStatus.FAILED)),
            hold_since=circumstances.partner.since if hold in PARTNER_HOLDS else None,
        )

    def _has_error(self, row: StoredMessage) -> bool:
        return any(
            record.twin_id == row.message.twin_id
            and record.connection_id == row.connection_id
            and record.status is ErrorStatus.OPEN
            and not record.is_remote
            for record in self._tables.error_records.values()
        )

    def _sort_value(self, event: QueueEvent, row: StoredMessage, sort: EventSort) -> str | int | datetime:
        match sort:
            case EventSort.CONNECTION:
                return self._tables.connections[row.connection_id].connection.name.lower()
            case EventSort.WORK_ITEM:
                return event.work_item_id
            case EventSort.STATUS:
                return event.status.value
            case EventSort.SEQUENCE:
                return event.sequence
            case EventSort.AGE:
                return event.created_at
            case EventSort.KIND:
                return event.kind
            case EventSort.TWIN:
                return event.twin_id
            case EventSort.ID:
                return event.id


class MemoryQueueSamples:
    """QueueSampleRepository in memory."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._rows = tables.queue_samples

    def measure(self, now: datetime) -> int:
        minute = minute_of(now)
        if any(sample.minute >= minute for sample in self._rows.values()):
            return 0
        owners = {key: row.connection.organization_id for key, row in self._tables.connections.items()}
        samples = [
            self._sample(owner, connection_id, direction, now)
            for direction in Direction
            for connection_id, owner in [*owners.items(), *(("", owner) for owner in set(owners.values()))]
        ]
        told = [each for each in samples if not each.connection_id or each.depth or each.settled]
        self._rows |= {(each.organization_id, each.connection_id, each.direction, minute): each for each in told}
        return len(told)

    def _sample(self, owner: str, connection_id: str, direction: Direction, now: datetime) -> QueueSample:
        table = self._tables.outbox if direction is Direction.OUTGOING else self._tables.inbox
        connections = self._tables.connections
        rows = [
            row
            for row in table.values()
            if connections[row.connection_id].connection.organization_id == owner
            and connection_id in ("", row.connection_id)
        ]
        waiting = UNSENT if direction is Direction.OUTGOING else {QueueStatus.APPLYING}
        unsettled = [row.created_at for row in rows if row.status in waiting]
        until = now.replace(second=0, microsecond=0)
        settled = [row for row in rows if _is_settled_between(direction, row, until - timedelta(minutes=1), until)]
        oldest = max(0, int((now - min(unsettled)).total_seconds())) if unsettled else 0
        return QueueSample(owner, connection_id, direction, minute_of(now), len(unsettled), oldest, len(settled))

    def list_samples(
        self, organization_id: str, *, connection_id: str = "", since_minute: int, minutes_each: int
    ) -> Sequence[QueueSample]:
        wanted = [
            sample
            for sample in self._rows.values()
            if (sample.organization_id, sample.connection_id) == (organization_id, connection_id)
            and sample.minute >= since_minute
        ]
        wanted.sort(key=lambda sample: (sample.direction, sample.minute))
        groups = groupby(wanted, key=lambda sample: (sample.direction, sample.minute // minutes_each))
        joined = [_joined(list(group)) for _, group in groups]
        return sorted(joined, key=lambda sample: (sample.minute, sample.direction))

    def forget_samples(self, before_minute: int, limit: int = 1000) -> int:
        old = [key for key, sample in self._rows.items() if sample.minute < before_minute][:limit]
        for key in old:
            del self._rows[key]
        return len(old)


def is_unfinished(direction: Direction, row: StoredMessage) -> bool:
    """Say whether people still see a message as in progress."""
    if direction is Direction.INCOMING:
        return row.status in _INCOMING_UNFINISHED
    is_unapplied = row.status is QueueStatus.SENT and row.message.kind in STATE_KINDS
    return row.status in _OUTGOING_UNFINISHED or is_unapplied


def _is_settled_between(direction: Direction, row: StoredMessage, start: datetime, end: datetime) -> bool:
    is_over = not is_unfinished(direction, row) and row.status is not QueueStatus.CANCELLED
    return is_over and row.settled_at is not None and start <= row.settled_at < end


def _is_settled_since(row: StoredMessage, since: datetime | None) -> bool:
    return since is not None and row.settled_at is not None and row.settled_at >= since


def _is_later(moment: datetime | None, now: datetime | None) -> bool:
    return moment is not None and now is not None and moment > now


def _is_beyond(place: EventPlace, after: EventPlace, order: EventOrder) -> bool:
    return place < after if order.is_descending else place > after


def _joined(samples: Sequence[QueueSample]) -> QueueSample:
    return replace(
        samples[0],
        depth=max(sample.depth for sample in samples),
        oldest_seconds=max(sample.oldest_seconds for sample in samples),
        settled=sum(sample.settled for sample in samples),
    )

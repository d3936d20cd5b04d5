"""The Sync Queue tab: what is on its way, cancelling and repeating single events, and how the queue was over time."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from threading import Event
from typing import Any

from adnode.domain.audit import AuditAction
from adnode.domain.connection import Connection, ConnectionStatus
from adnode.domain.error_record import ErrorRecord
from adnode.domain.errors import StateError
from adnode.domain.message import FailedBody, MessageKind, QueueStatus
from adnode.domain.queue_event import Lane, QueueEvent, QueueSample, StoredEvent, minute_of
from adnode.domain.session import Session
from adnode.domain.synced_change import Direction
from adnode.domain.twin import Twin, TwinStatus
from adnode.ports.queue_view import EventFilter, EventOrder, EventPlace, PlacedEvent
from adnode.ports.storage import UnitOfWork, UnitOfWorkFactory
from adnode.ports.system import Clock, Topic, Wakeups
from adnode.services.audit import AuditService
from adnode.services.event_contents import EventChange, describe, list_changes, redacted
from adnode.services.ownership import own_connection
from adnode.services.state_messages import queue_state

SHOWN_FINISHED = timedelta(days=7)
"""How far back finished events are shown; older ones are forgotten anyway."""
SAMPLED_HOURS = 7 * 24
POINTS = 180
"""Points of a chart at most."""
CANCELLED_CODE = "event_cancelled"


@dataclass(frozen=True, slots=True)
class EventQuery:
    """Which events a person wants to see. ``work_item_id`` is of either side."""

    lane: Lane
    connection_id: str = ""
    statuses: frozenset[QueueStatus] = frozenset()
    work_item_id: int | None = None
    shows_finished: bool = False


@dataclass(frozen=True, slots=True)
class EventPage:
    """Some events and how many there are in all."""

    events: tuple[PlacedEvent, ...]
    total: int


@dataclass(frozen=True, slots=True)
class EventDetails:
    """Everything about one event. ``document`` is the message as it travels, without anything secret and with long
    texts cut short; ``errors`` are the open ones of its work item.
    """

    event: QueueEvent
    changes: tuple[EventChange, ...]
    summary: str
    document: dict[str, Any] | None
    errors: tuple[ErrorRecord, ...]


@dataclass(frozen=True, slots=True)
class QueueHistory:
    """Samples, the oldest first; ``minutes_each`` is how long each of them stands for."""

    minutes_each: int
    since_minute: int
    until_minute: int
    samples: tuple[QueueSample, ...]


class SyncQueueService:
    """Use cases on the events of one organization's queue.

    Cancelling and repeating never touch the numbers of messages: what is cancelled keeps its number and is passed over,
    what is repeated goes as a new message with today's state. The transition table decides what may still move.
    """

    def __init__(
        self,
        new_unit_of_work: UnitOfWorkFactory,
        wakeups: Wakeups,
        audit: AuditService,
        clock: Clock,
    ) -> None:
        self._new_unit_of_work = new_unit_of_work
        self._wakeups = wakeups
        self._audit = audit
        self._clock = clock

    # looking ---------------------------------------------------------------------------------------------------------

    def list_page(
        self, session: Session, query: EventQuery, order: EventOrder, *, after: EventPlace | None = None, limit: int
    ) -> EventPage:
        """Return events that stand after the place."""
        now = self._clock.now()
        wanted = EventFilter(
            session.tenant.id,
            query.lane,
            query.connection_id,
            query.statuses,
            query.work_item_id,
            now - SHOWN_FINISHED if query.shows_finished else None,
        )
        with self._new_unit_of_work() as work:
            events = work.queue.list_events(wanted, order, now, after=after, limit=limit)
            return EventPage(tuple(events), work.queue.count_events(wanted))

    def count_lanes(self, session: Session, *, connection_id: str = "") -> dict[Lane, int]:
        """Return how many unfinished events each lane has."""
        with self._new_unit_of_work() as work:
            return dict(work.queue.count_lanes(session.tenant.id, connection_id=connection_id))

    def show(self, session: Session, direction: Direction, connection_id: str, event_id: str) -> EventDetails:
        """Return everything about one event; raises NotFoundError."""
        with self._new_unit_of_work() as work:
            stored = self._get(work, session, direction, connection_id, event_id)
            return _details(work, session, stored)

    def history(self, session: Session, hours: int, *, connection_id: str = "") -> QueueHistory:
        """Return how the queue was in the last hours, of all connections together or of one."""
        until = minute_of(self._clock.now())
        minutes = min(hours, SAMPLED_HOURS) * 60
        each = max(1, -(-minutes // POINTS))
        with self._new_unit_of_work() as work:

            def read(of: str) -> Sequence[QueueSample]:
                return work.queue_samples.list_samples(
                    session.tenant.id, connection_id=of, since_minute=until - minutes, minutes_each=each
                )

            samples = read("")
            if connection_id:
                samples = _filled(read(connection_id), samples, each)
        return QueueHistory(each, until - minutes, until, tuple(samples))

    def measure(self, _stopping: Event) -> bool:
        """Take the samples of this minute, whichever process comes first; never says that there is more to do."""
        with self._new_unit_of_work() as work:
            if work.queue_samples.measure(self._clock.now()):
                work.commit(durable=False)
        return False

    # acting ----------------------------------------------------------------------------------------------------------

    def cancel(self, session: Session, direction: Direction, connection_id: str, event_id: str) -> EventDetails:
        """Drop an event: what it would have changed stays different on the two sides until it changes again.

        Raises StateError for one that is through, is being worked on at this moment, or carries no changes.
        """
        now = self._clock.now()
        with self._new_unit_of_work() as work:
            connection = own_connection(work, session, connection_id)
            event = self._get(work, session, direction, connection_id, event_id).event
            _require_cancellable(event)
            reason = f"Cancelled by {session.user_name}"
            queue = work.outbox if direction is Direction.OUTGOING else work.inbox
            queue.settle([event.id], QueueStatus.CANCELLED, now, connection_id=connection_id, reason=reason)
            if direction is Direction.INCOMING and event.carries_changes:
                self._give_up(work, connection, event)
            self._note(work, session, AuditAction.QUEUE_EVENT_CANCELLED, connection, event)
            details = _details(work, session, self._get(work, session, direction, connection_id, event_id))
            work.commit()
        self._wake(connection_id)
        return details

    def _give_up(self, work: UnitOfWork, connection: Connection, event: QueueEvent) -> None:
        """Have the twin looked at without the event, and tell the peer, who believes it to be on its way."""
        twin = _find_twin(work, event)
        if twin is None:
            return
        work.twins.mark_dirty([twin.id], self._clock.now(), must_read=twin.work_item_id is not None)
        text = (
            "An administrator cancelled this change before it was applied. The two work items may "
            "differ until it changes again; to send everything once more, use Send again in the Sync Queue."
        )
        told = FailedBody(CANCELLED_CODE, text, (event.id,))
        work.outbox.add(connection.id, twin.id, MessageKind.FAILED, told, self._clock.now())

    def send_again(self, session: Session, direction: Direction, connection_id: str, event_id: str) -> EventDetails:
        """Repeat an event: an outgoing one by sending all of today's state, an incoming one by applying it again.

        Raises StateError for one that can't be repeated.
        """
        with self._new_unit_of_work() as work:
            connection = own_connection(work, session, connection_id)
            event = self._get(work, session, direction, connection_id, event_id).event
            twin = _require_repeatable(work, connection, event)
            if direction is Direction.OUTGOING:
                self._send_state(work, session, event, twin)
            else:
                self._apply_again(work, event, twin)
            self._note(work, session, AuditAction.QUEUE_EVENT_SENT_AGAIN, connection, event)
            details = _details(work, session, self._get(work, session, direction, connection_id, event_id))
            work.commit()
        self._wake(connection_id)
        return details

    def _send_state(self, work: UnitOfWork, session: Session, event: QueueEvent, twin: Twin) -> None:
        if twin.is_held or twin.work_item_id is None or not twin.state.registers:
            raise StateError(
                "Nothing is known of this work item yet that could be sent. It is sent by itself once it was read."
            )
        url = f"{session.tenant.url}/_workitems/edit/{twin.work_item_id}"
        queue_state(work, twin, url, twin.state.registers, self._clock.now())
        # A number that was used never goes again: the failed one is over, the new one stands for it.
        if event.stored_status is QueueStatus.FAILED:
            work.outbox.settle(
                [event.id],
                QueueStatus.CANCELLED,
                self._clock.now(),
                connection_id=event.connection_id,
                reason="Sent again as a new event",
            )

    def _apply_again(self, work: UnitOfWork, event: QueueEvent, twin: Twin) -> None:
        now = self._clock.now()
        work.inbox.settle([event.id], QueueStatus.APPLYING, now, connection_id=event.connection_id)
        records = work.error_records.list_records(connection_id=twin.connection_id, twin_id=twin.id)
        files = [record.subject for record in records if record.subject and not record.is_remote]
        if files:
            work.traces.remove_contents(twin.connection_id, files)
        work.twins.mark_dirty([twin.id], now, must_read=twin.work_item_id is not None)

    def _get(
        self, work: UnitOfWork, session: Session, direction: Direction, connection_id: str, event_id: str
    ) -> StoredEvent:
        return work.queue.get_event(session.tenant.id, direction, connection_id, event_id, self._clock.now())

    def _note(
        self, work: UnitOfWork, session: Session, action: AuditAction, connection: Connection, event: QueueEvent
    ) -> None:
        details = {"event": str(event.sequence), "direction": event.direction.value}
        if event.work_item_id:
            details["work_item"] = str(event.work_item_id)
        self._audit.note(work, session, action, connection, details)

    def _wake(self, connection_id: str) -> None:
        self._wakeups.wake(Topic.RECONCILE, connection_id)
        self._wakeups.wake(Topic.SEND, connection_id)


def _filled(samples: Sequence[QueueSample], whole: Sequence[QueueSample], minutes_each: int) -> list[QueueSample]:
    """Return the samples of one connection with a 0 wherever something was measured, but the connection had nothing."""
    known = {(sample.direction, sample.minute // minutes_each): sample for sample in samples}
    return [
        known.get(
            (sample.direction, sample.minute // minutes_each), replace(sample, depth=0, oldest_seconds=0, settled=0)
        )
        for sample in whole
    ]


def _details(work: UnitOfWork, session: Session, stored: StoredEvent) -> EventDetails:
    event, message = stored.event, stored.message
    errors: Sequence[ErrorRecord] = ()
    if event.twin_id:
        errors = work.error_records.list_records(connection_id=event.connection_id, twin_id=event.twin_id)
    return EventDetails(
        event, list_changes(message, session.tenant.id), describe(message), redacted(message), tuple(errors)
    )


def _require_cancellable(event: QueueEvent) -> None:
    if not event.can_be_cancelled:
        raise StateError(
            f"Event {event.sequence} can't be cancelled: it is {event.status.value}."
            if event.carries_changes
            else f"Event {event.sequence} can't be cancelled: it carries no changes, and the other side waits for it."
        )
    if event.is_at_work:
        doing = "sent" if event.direction is Direction.OUTGOING else "applied"
        raise StateError(f"Event {event.sequence} is being {doing} at this moment. Try again when that is over.")


def _require_repeatable(work: UnitOfWork, connection: Connection, event: QueueEvent) -> Twin:
    if connection.status is ConnectionStatus.REMOVED:
        raise StateError(f"Connection {connection.name} was removed; nothing goes over it any more.")
    if not event.can_be_sent_again:
        raise StateError(
            f"Event {event.sequence} can't be repeated: it is {event.status.value}."
            if event.carries_changes
            else f"Event {event.sequence} can't be repeated: it carries no changes, and is sent by itself when needed."
        )
    twin = _find_twin(work, event)
    if twin is None or twin.status is TwinStatus.UNLINKED:
        raise StateError(f"The work item of event {event.sequence} is not under sync any more. Exalate it again first.")
    return twin


def _find_twin(work: UnitOfWork, event: QueueEvent) -> Twin | None:
    twin = work.twins.find([event.twin_id]).get(event.twin_id)
    return twin if twin is not None and twin.connection_id == event.connection_id else None

"""Taking in messages of the peer: stored once, their effects once."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from adnode.domain.connection import Connection, ConnectionStatus
from adnode.domain.error_record import ErrorRecord, Impact
from adnode.domain.errors import PeerError, PeerRewoundError, StateError
from adnode.domain.message import (
    AppliedBody,
    CleanedUpBody,
    ComparedBody,
    ComparisonBody,
    ConnectionChangedBody,
    ContentBody,
    FailedBody,
    Message,
    MessageAnswer,
    MessageKind,
    QueueStatus,
    StateBody,
    StateRequestedBody,
)
from adnode.domain.trace import Content
from adnode.domain.twin import Twin, TwinStatus
from adnode.ports.storage import UnitOfWork, UnitOfWorkFactory
from adnode.ports.system import Clock, Ids, Topic, Wakeups
from adnode.services.contacts import note_call, note_change
from adnode.services.correlation import correlation_id
from adnode.services.drift.peer_comparison import PeerComparison
from adnode.services.failures import LINE, make_record

TWICE_CODE = "work_item_claimed_twice"
_TWICE_THERE = (
    "The work item on the other side is under sync over this connection already. Take one of the two out of sync, then "
    "retry."
)


class MessageIntake:
    """The receiving half of the exchange."""

    def __init__(self, new_unit_of_work: UnitOfWorkFactory, wakeups: Wakeups, clock: Clock, ids: Ids) -> None:
        self._new_unit_of_work = new_unit_of_work
        self._wakeups = wakeups
        self._clock = clock
        self._ids = ids
        self._comparisons = PeerComparison(clock, ids)

    def receive(self, connection_id: str, messages: Sequence[Message]) -> list[MessageAnswer]:
        """Take in messages of the peer in one transaction; each is stored, a duplicate, or refused."""
        with self._new_unit_of_work() as work:
            connection = work.connections.get(connection_id)
            if connection.status is not ConnectionStatus.ACTIVE:
                raise StateError(
                    f"Connection {connection.name} is {connection.status} on this side; activate it first."
                )
            note_call(work, connection_id, self._clock.now())
            known_through = work.connections.received_through(connection_id)
            answers = [self._take_in(work, connection, message, known_through) for message in messages]
            if any(answer.error_code == PeerRewoundError.code for answer in answers):
                stop_rewound(work, connection, self._ids, self._clock.now())
            else:
                highest = max((message.sequence for message in messages), default=known_through)
                work.connections.set_received_through(connection_id, max(known_through, highest))
            work.commit()
        self._wakeups.wake(Topic.RECONCILE, connection_id)
        return answers

    def _take_in(self, work: UnitOfWork, connection: Connection, message: Message, known_through: int) -> MessageAnswer:
        now = self._clock.now()
        status = QueueStatus.PARKED if message.body is None else QueueStatus.APPLYING
        if message.kind == MessageKind.CONNECTING:
            # Its terms are in its body: from here on it is a state like any other.
            message = replace(message, kind=MessageKind.STATE)
        if not work.inbox.add(connection.id, message, status, now):
            return MessageAnswer(message.id, "duplicate")
        if message.sequence <= known_through:
            work.inbox.settle([message.id], QueueStatus.CANCELLED, now, connection_id=connection.id)
            return MessageAnswer(message.id, "refused", PeerRewoundError.code)
        if isinstance(message.body, StateBody):
            return self._take_in_state(work, connection, message, message.body)
        self._take_in_other(work, connection, message)
        return MessageAnswer(message.id, "stored")

    def _take_in_other(self, work: UnitOfWork, connection: Connection, message: Message) -> None:
        match message.body:
            case AppliedBody():
                self._take_in_applied(work, connection, message, message.body)
            case FailedBody():
                self._take_in_failed(work, connection, message, message.body)
            case ContentBody():
                self._take_in_content(work, connection, message, message.body)
            case ConnectionChangedBody():
                self._take_in_change(work, connection, message, message.body)
            case ComparisonBody() | ComparedBody() | StateRequestedBody():
                self._comparisons.receive(work, connection, message.id, message.body)
            case CleanedUpBody(twin_ids):
                now = self._clock.now()
                work.inbox.settle([message.id], QueueStatus.SYNCHRONIZED, now, connection_id=connection.id)
                work.clean_up.forget(connection.id, twin_ids, now)
            case _:
                # Of a kind that this version does not know: it stays parked.
                pass

    def _take_in_state(
        self, work: UnitOfWork, connection: Connection, message: Message, body: StateBody
    ) -> MessageAnswer:
        now = self._clock.now()
        twin = work.twins.find([message.twin_id]).get(message.twin_id)
        if twin is None and work.clean_up.forgotten(connection.id, [message.twin_id]):
            return self._remind_of_clean_up(work, connection, message)
        if twin is None:
            twin = self._new_twin(work, connection, message.twin_id, body)
            if twin is None:
                work.inbox.settle([message.id], QueueStatus.FAILED, now, connection_id=connection.id)
                # A peer that is polled gets no answers to its messages, so it is told by a message of our own.
                told = FailedBody(TWICE_CODE, _TWICE_THERE, (message.id,))
                work.outbox.add(connection.id, message.twin_id, MessageKind.FAILED, told, now)
                return MessageAnswer(message.id, "refused", TWICE_CODE)
        elif twin.connection_id != connection.id:
            work.inbox.settle([message.id], QueueStatus.FAILED, now, connection_id=connection.id)
            return MessageAnswer(message.id, "refused", "foreign_twin")
        else:
            self._save_remote(work, connection, twin, body.work_item_id, body.url, body.lineage)
        work.twins.mark_dirty([message.twin_id], now, must_read=False)
        return MessageAnswer(message.id, "stored")

    def _new_twin(self, work: UnitOfWork, connection: Connection, twin_id: str, body: StateBody) -> Twin | None:
        """Make the twin of a work item that the peer put under sync; None when ours is taken by another twin already.

        In a ring of organizations the peer's work item may descend from one of ours: then that one is the counterpart.
        Where somebody connected it to one of ours, the terms name that one.
        """
        now = self._clock.now()
        terms = body.terms
        own = terms.remote_work_item_id if terms else _own_work_item(connection, body.lineage)
        if own is not None:
            taken = work.twins.find_by_work_item(connection.organization_id, [own])
            if any(other.connection_id == connection.id for other in taken):
                if terms is None:
                    self._note_twice(work, connection, own)
                return None
        twin = Twin(
            id=twin_id,
            connection_id=connection.id,
            organization_id=connection.organization_id,
            status=TwinStatus.PENDING,
            created_at=now,
            work_item_id=own,
            project=connection.project,
            remote_work_item_id=body.work_item_id,
            remote_url=body.url,
            lineage=_joined_lineage(connection, body.lineage, own, body.work_item_id),
            terms=terms.mirrored(body.work_item_id) if terms else None,
        )
        work.twins.add(twin, due_at=now)
        if own is not None:
            work.error_records.close(now, connection_id=connection.id, code=TWICE_CODE, subject=str(own))
        return twin

    def _remind_of_clean_up(self, work: UnitOfWork, connection: Connection, message: Message) -> MessageAnswer:
        """Tell the peer once more that this twin was cleaned up: its message was late, or its node restored."""
        now = self._clock.now()
        work.inbox.settle([message.id], QueueStatus.CANCELLED, now, connection_id=connection.id)
        work.outbox.add(connection.id, "", MessageKind.CLEANED_UP, CleanedUpBody((message.twin_id,)), now)
        return MessageAnswer(message.id, "stored")

    def _note_twice(self, work: UnitOfWork, connection: Connection, work_item_id: int) -> None:
        text = (
            f"Work item {work_item_id} was put under sync on both sides of connection {connection.name} at once. "
            "Unlink it on one side, then retry on the other."
        )
        record = make_record(
            StateError(text), connection, None, self._ids, self._clock.now(), subject=str(work_item_id)
        )
        work.error_records.open(replace(record, code=TWICE_CODE, work_item_id=work_item_id))

    def _save_remote(
        self,
        work: UnitOfWork,
        connection: Connection,
        twin: Twin,
        work_item_id: int,
        url: str,
        lineage: frozenset[str],
    ) -> None:
        joined = _joined_lineage(connection, twin.lineage | lineage, twin.work_item_id, work_item_id)
        # A twin that waits for the license plan stays as it is: nothing was applied here.
        is_first = twin.status is TwinStatus.PENDING and not twin.is_held
        status = TwinStatus.SYNCHRONIZED if is_first else twin.status
        changed = replace(twin, remote_work_item_id=work_item_id, remote_url=url, lineage=joined, status=status)
        if changed != twin:
            work.twins.save(changed)

    def _take_in_applied(self, work: UnitOfWork, connection: Connection, message: Message, body: AppliedBody) -> None:
        now = self._clock.now()
        work.inbox.settle([message.id], QueueStatus.SYNCHRONIZED, now, connection_id=connection.id)
        work.outbox.settle(body.message_ids, QueueStatus.SYNCHRONIZED, now, connection_id=connection.id)
        # What was applied there arrived there, even when the answer to it was lost on its way back.
        work.error_records.close(now, connection_id=connection.id, subject=LINE)
        twin = work.twins.find([message.twin_id]).get(message.twin_id)
        if twin is None or twin.connection_id != connection.id:
            return
        revived = replace(twin, status=TwinStatus.SYNCHRONIZED) if twin.status is TwinStatus.FAILED else twin
        still_open = [
            record
            for record in work.error_records.list_records(connection_id=connection.id, twin_id=twin.id)
            if not record.is_remote
        ]
        self._save_remote(
            work,
            connection,
            replace(twin if still_open else revived, synchronized_at=now),
            body.work_item_id,
            body.url,
            body.lineage,
        )
        for record in work.error_records.list_records(connection_id=connection.id, twin_id=twin.id):
            if record.is_remote:
                work.error_records.close(
                    now, connection_id=connection.id, twin_id=twin.id, code=record.code, subject=record.subject
                )

    def _take_in_failed(self, work: UnitOfWork, connection: Connection, message: Message, body: FailedBody) -> None:
        now = self._clock.now()
        work.inbox.settle([message.id], QueueStatus.SYNCHRONIZED, now, connection_id=connection.id)
        work.outbox.settle(body.message_ids, QueueStatus.FAILED, now, connection_id=connection.id)
        twin = work.twins.find([message.twin_id]).get(message.twin_id)
        if twin is None and message.twin_id:
            # It was taken away meanwhile; nobody waits for this answer.
            return
        record = make_record(PeerError(body.text), connection, twin, self._ids, now)
        work.error_records.open(replace(record, code=body.error_code, is_remote=True))
        if twin is not None and twin.connection_id == connection.id:
            work.twins.save(replace(twin, status=TwinStatus.FAILED))

    def _take_in_content(self, work: UnitOfWork, connection: Connection, message: Message, body: ContentBody) -> None:
        now = self._clock.now()
        if message.kind == MessageKind.CONTENT_REQUESTED:
            return
        work.inbox.settle([message.id], QueueStatus.SYNCHRONIZED, now, connection_id=connection.id)
        if message.kind == MessageKind.CONTENT_FAILED:
            for key in body.keys:
                work.traces.add_content(Content(connection.id, key, "", "", "", 0))
        work.twins.mark_dirty([message.twin_id], now, must_read=False)

    def _take_in_change(
        self, work: UnitOfWork, connection: Connection, message: Message, body: ConnectionChangedBody
    ) -> None:
        now = self._clock.now()
        work.inbox.settle([message.id], QueueStatus.SYNCHRONIZED, now, connection_id=connection.id)
        note_change(work, connection.id, body.change)
        if body.change == "unlinked":
            twin = work.twins.find([message.twin_id]).get(message.twin_id)
            if twin is not None and twin.connection_id == connection.id:
                work.twins.save(replace(twin, status=TwinStatus.UNLINKED))
                work.error_records.close(now, connection_id=connection.id, twin_id=twin.id)
        elif body.change == "activated":
            work.connections.postpone_sending(connection.id, now, 0)


def _own_work_item(connection: Connection, lineage: frozenset[str]) -> int | None:
    prefix = connection.organization_id + ":"
    numbers = [name.removeprefix(prefix) for name in lineage if name.startswith(prefix)]
    return min((int(number) for number in numbers if number.isdigit()), default=None)


def _joined_lineage(
    connection: Connection, lineage: frozenset[str], work_item_id: int | None, remote_work_item_id: int
) -> frozenset[str]:
    names = set(lineage)
    if work_item_id is not None:
        names.add(f"{connection.organization_id}:{work_item_id}")
    if connection.peer is not None:
        names.add(f"{connection.peer.organization_id}:{remote_work_item_id}")
    return frozenset(names)


def stop_rewound(work: UnitOfWork, connection: Connection, ids: Ids, now: datetime) -> None:
    """Stop a connection one of whose queues went backwards, and ask a person. Repeating it changes nothing."""
    if connection.status is not ConnectionStatus.ACTIVE:
        return
    text = (
        f"Connection {connection.name} was stopped: the queue of one of its nodes went backwards, as after restoring a "
        "backup. Find out with the other administrator what was restored; then activate the connection on both sides: "
        "everything is compared again."
    )
    work.connections.save(connection.moved_to(ConnectionStatus.BLOCKED, reason=text))
    work.error_records.open(
        ErrorRecord(
            id=ids.new_id(),
            organization_id=connection.organization_id,
            connection_id=connection.id,
            twin_id="",
            impact=Impact.CONNECTION,
            code=PeerRewoundError.code,
            message=text,
            opened_at=now,
            last_seen_at=now,
            correlation_id=correlation_id(),
        )
    )

"""Taking in messages of the peer: stored once, their effects once."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import NoReturn

from adnode.domain.connection import Connection
from adnode.domain.error_record import ErrorRecord
from adnode.domain.errors import StateError
from adnode.domain.lineage import join_lineage
from adnode.domain.message import (
    AppliedBody,
    CleanedUpBody,
    ComparedBody,
    ComparisonBody,
    ConnectionChangedBody,
    ContentBody,
    DecisionBody,
    FailedBody,
    Message,
    MessageAnswer,
    MessageKind,
    QueueStatus,
    StateBody,
    StateRequestedBody,
)
from adnode.domain.message_limits import check_message
from adnode.domain.queues import Position, QueueReport
from adnode.domain.realignment import Realignment
from adnode.domain.trace import Content
from adnode.domain.twin import Twin, TwinStatus
from adnode.ports.storage import UnitOfWork, UnitOfWorkFactory
from adnode.ports.system import Clock, Ids, Topic, Wakeups
from adnode.services.clean_up import forget_twins
from adnode.services.consent.desk import TWICE_CODE, ConsentDesk, Judgement, Verdict, without_content
from adnode.services.consent.hearing import hear_decision, hear_end, hear_failure, hear_taken_up
from adnode.services.consent.partings import part_pairs, part_twins
from adnode.services.contacts import note_call, note_change
from adnode.services.drift.peer_comparison import PeerComparison, send_states
from adnode.services.failures import PARTNER, REFUSED, make_record
from adnode.services.forgotten_pairs import KNOWN_PAIR, find_begun_again, find_known_pair, judge_forgotten
from adnode.services.intake_refusals import RefusedMessages, note_left_out
from adnode.services.intake_room import IntakeRoom, measure
from adnode.services.intake_screening import screen
from adnode.services.partner_errors import open_partner_record
from adnode.services.queue_agreement import (
    make_rewound_error,
    require_active_side,
    require_agreement,
    stop_rewound,
)
from adnode.services.twin_statuses import have_failed, save_statuses

_RESOLVED_THERE = "The partner decided to leave it so."


class _QueueWentBackError(Exception):
    """A number that is stored already came with another message."""


class MessageIntake:
    """The receiving half of the exchange."""

    def __init__(
        self, new_unit_of_work: UnitOfWorkFactory, wakeups: Wakeups, clock: Clock, ids: Ids, room: IntakeRoom
    ) -> None:
        self._new_unit_of_work = new_unit_of_work
        self._wakeups = wakeups
        self._clock = clock
        self._ids = ids
        self._room = room
        self._comparisons = PeerComparison(clock, ids, room)

    def receive(self, connection_id: str, messages: Sequence[Message], report: QueueReport) -> list[MessageAnswer]:
        """Take in messages of the peer in one transaction; each is stored, a duplicate, or refused.

        Raises QueuesDisagreeError, or PeerRewoundError and takes nothing in, when the queues do not fit together;
        NoRoomError when all of it must wait, TooMuchTogetherError.
        """
        growth, messages = measure(messages)
        self._room.take(connection_id, growth, is_single=len(messages) < 2)
        try:
            answers = self._take_in_all(connection_id, messages, report)
        except _QueueWentBackError:
            self._stop(connection_id)
        self._wakeups.wake(Topic.RECONCILE, connection_id)
        if any(message.kind == MessageKind.CONTENT_REQUESTED for message in messages):
            self._wakeups.wake(Topic.FILES, connection_id)
        return answers

    def _take_in_all(self, connection_id: str, messages: Sequence[Message], report: QueueReport) -> list[MessageAnswer]:
        with self._new_unit_of_work() as work:
            connection = work.connections.get(connection_id)
            require_active_side(connection)
            received = require_agreement(work, connection, report, self._ids, self._clock.now()).received
            note_call(work, connection, self._clock.now())
            fit = self._screen(work, connection, messages)
            refused = RefusedMessages(connection, self._ids, self._clock.now())
            desk = ConsentDesk(work, connection, fit, self._ids, self._clock.now())
            answers = [self._take_in(work, connection, message, received.sequence, refused, desk) for message in fit]
            desk.close()
            refused.store(work)
            last = max(messages, key=lambda message: message.sequence, default=None)
            if last is not None and (last.sequence > received.sequence or received.incarnation != report.incarnation):
                work.connections.set_received(connection_id, _joined(received, last, report))
            work.commit()
        return answers

    def _stop(self, connection_id: str) -> NoReturn:
        with self._new_unit_of_work() as work:
            connection = work.connections.get(connection_id)
            stop_rewound(work, connection, self._ids, self._clock.now())
            work.commit()
        raise make_rewound_error(connection)

    def _screen(self, work: UnitOfWork, connection: Connection, messages: Sequence[Message]) -> list[Message]:
        """Return the messages as far as they may be taken; the others say why not."""
        now = self._clock.now()
        checked = [check_message(message, now) for message in messages]
        named = {message.twin_id for message in checked if isinstance(message.body, StateBody | AppliedBody)}
        twins = work.twins.find(named) if named else {}
        return [screen(connection, twins, message) for message in checked]

    def _take_in(
        self,
        work: UnitOfWork,
        connection: Connection,
        message: Message,
        known_through: int,
        refused: RefusedMessages,
        desk: ConsentDesk,
    ) -> MessageAnswer:
        if message.refusal is not None:
            return refused.add(message, message.refusal)
        now = self._clock.now()
        status = QueueStatus.PARKED if message.body is None else QueueStatus.APPLYING
        if message.kind == MessageKind.CONNECTING:
            # Its terms are in its body: from here on it is a state like any other.
            message = replace(message, kind=MessageKind.STATE)
        judgement = _judge(work, connection, message, desk, now)
        if judgement is not None and not judgement.lets_begin:
            message = without_content(message)
        if not work.inbox.add(connection.id, message, status, now):
            return MessageAnswer(message.id, "duplicate")
        if message.sequence <= known_through:
            raise _QueueWentBackError
        if isinstance(message.body, StateBody):
            answer = self._take_in_state(work, connection, message, message.body, desk, judgement)
            if answer.outcome == "stored" and message.left_out:
                note_left_out(work, connection, message, self._ids, now)
            return answer
        self._take_in_other(work, connection, message)
        return MessageAnswer(message.id, "stored")

    def _take_in_other(self, work: UnitOfWork, connection: Connection, message: Message) -> None:
        now = self._clock.now()
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
                work.inbox.settle([message.id], QueueStatus.SYNCHRONIZED, now, connection_id=connection.id)
                self._take_in_clean_up(work, connection, twin_ids, now)
            case DecisionBody():
                work.inbox.settle([message.id], QueueStatus.SYNCHRONIZED, now, connection_id=connection.id)
                hear_decision(work, connection, message.kind, message.body, self._ids, now)
            case _:
                # Of a kind that this version does not know: it stays parked.
                pass

    def _take_in_state(
        self,
        work: UnitOfWork,
        connection: Connection,
        message: Message,
        body: StateBody,
        desk: ConsentDesk,
        judgement: Judgement | None,
    ) -> MessageAnswer:
        now = self._clock.now()
        twin = work.twins.find([message.twin_id]).get(message.twin_id)
        if twin is None and work.clean_up.forgotten(connection.id, [message.twin_id]):
            return self._remind_of_clean_up(work, connection, message)
        if twin is not None and twin.connection_id != connection.id:
            work.inbox.settle([message.id], QueueStatus.FAILED, now, connection_id=connection.id)
            return MessageAnswer(message.id, "refused", "foreign_twin")
        if twin is not None and twin.status is TwinStatus.UNLINKED:
            return self._remind_of_end(work, connection, message)
        if twin is not None:
            self._save_remote(work, connection, twin, body)
        elif known := find_known_pair(work, connection, body, now):
            send_states(work, connection, known, now)
            work.inbox.settle([message.id], QueueStatus.CANCELLED, now, connection_id=connection.id, reason=KNOWN_PAIR)
            return MessageAnswer(message.id, "stored")
        elif judgement is not None and judgement.lets_begin:
            self._make_twin(work, connection, message.twin_id, body, desk, judgement)
        elif judgement is not None:
            return self._ask(work, connection, message, desk, judgement)
        work.twins.mark_dirty([message.twin_id], now, must_read=False)
        return MessageAnswer(message.id, "stored")

    def _make_twin(
        self,
        work: UnitOfWork,
        connection: Connection,
        twin_id: str,
        body: StateBody,
        desk: ConsentDesk,
        judgement: Judgement,
    ) -> None:
        """Make the twin of a work item that the peer put under sync: ours is made yet, or was asked for and allowed."""
        now = self._clock.now()
        desk.begin(judgement, body)
        own = judgement.question.work_item_id if judgement.question else None
        forget_twins(work, connection, find_begun_again(work, connection, own, now), now)
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
            lineage=join_lineage(connection, body.lineage, own, body.work_item_id),
            terms=body.terms.mirrored(body.work_item_id) if body.terms else None,
            # It may have been here before this side went back; then its work item is looked for.
            realignment=Realignment.DUE if connection.has_forgotten(now) else Realignment.NONE,
        )
        work.twins.add(twin, due_at=now)
        if own is not None:
            work.error_records.close(now, connection_id=connection.id, code=TWICE_CODE, subject=str(own))

    def _ask(
        self, work: UnitOfWork, connection: Connection, message: Message, desk: ConsentDesk, judgement: Judgement
    ) -> MessageAnswer:
        question = judgement.question
        if judgement.verdict is Verdict.TWICE and question is not None and question.terms is None:
            self._note_twice(work, connection, question.work_item_id)
        return desk.receive(message, judgement)

    def _remind_of_end(self, work: UnitOfWork, connection: Connection, message: Message) -> MessageAnswer:
        """Tell the peer once more that this twin was taken out of sync: its message was late, or its node restored."""
        now = self._clock.now()
        reason = "The pair was taken out of sync before."
        work.inbox.settle([message.id], QueueStatus.CANCELLED, now, connection_id=connection.id, reason=reason)
        body = ConnectionChangedBody("unlinked")
        work.outbox.add(connection.id, message.twin_id, MessageKind.CONNECTION_CHANGED, body, now)
        return MessageAnswer(message.id, "stored")

    def _take_in_clean_up(
        self, work: UnitOfWork, connection: Connection, twin_ids: Sequence[str], now: datetime
    ) -> None:
        pairs = work.clean_up.find_pairs(twin_ids).values()
        own = [pair for pair in pairs if pair.connection_id == connection.id]
        part_pairs(work, connection, own, now, is_ours=False)
        hear_end(work, connection, twin_ids, self._ids, now, is_clean_up=True)
        work.clean_up.forget(connection.id, twin_ids, now)

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

    def _save_remote(self, work: UnitOfWork, connection: Connection, stored: Twin, body: StateBody) -> None:
        known = _with_remote(connection, stored, body)
        hear_taken_up(work, connection, stored)
        # A twin that waits for the license plan stays as it is: nothing was applied here.
        if known.status is TwinStatus.PENDING and not known.is_held:
            known = replace(known, status=known.resting_status(connection.peer_organization_id))
        if known != stored:
            work.twins.save(known)

    def _take_in_applied(self, work: UnitOfWork, connection: Connection, message: Message, body: AppliedBody) -> None:
        now = self._clock.now()
        work.inbox.settle([message.id], QueueStatus.SYNCHRONIZED, now, connection_id=connection.id)
        work.outbox.settle(body.message_ids, QueueStatus.SYNCHRONIZED, now, connection_id=connection.id)
        stored = _own_twin(work, connection, message.twin_id)
        if stored is None:
            return
        records = work.error_records.open_of_twins([stored.id]).get(stored.id, [])
        over = [record for record in records if _is_over_once_applied(record)]
        for record in over:
            work.error_records.close(
                now, connection_id=connection.id, twin_id=stored.id, code=record.code, subject=record.subject
            )
        known = _with_remote(connection, stored, body)
        hear_taken_up(work, connection, stored)
        if not known.is_held:
            has_failed = have_failed(record for record in records if record not in over)
            known = replace(known, status=known.status_now(connection.peer_organization_id, has_failed=has_failed))
        if not work.outbox.unconfirmed([known.id]) and not work.inbox.pending([known.id]):
            known = replace(known, synchronized_at=now)
        if known.realignment is Realignment.GREETED and not work.inbox.pending([known.id]):
            # The partner applied what it was told and has nothing to add.
            known = replace(known, realignment=Realignment.NONE)
            work.twins.mark_dirty([known.id], now, must_read=True)
        if known != stored:
            work.twins.save(known)

    def _take_in_failed(self, work: UnitOfWork, connection: Connection, message: Message, body: FailedBody) -> None:
        now = self._clock.now()
        work.inbox.settle([message.id], QueueStatus.SYNCHRONIZED, now, connection_id=connection.id)
        work.outbox.settle(body.message_ids, QueueStatus.FAILED, now, connection_id=connection.id)
        twin = _own_twin(work, connection, message.twin_id)
        if message.twin_id and twin is None:
            # It was taken away meanwhile, or never was of this connection; nobody waits for this answer.
            return
        if twin is not None and hear_failure(work, connection, twin, body.error_code, body.text, self._ids, now):
            return
        open_partner_record(work, connection, twin, body.error_code, body.text, self._ids, now)
        if twin is not None:
            save_statuses(work, connection, [twin])

    def _take_in_content(self, work: UnitOfWork, connection: Connection, message: Message, body: ContentBody) -> None:
        now = self._clock.now()
        if message.kind == MessageKind.CONTENT_REQUESTED:
            return
        work.inbox.settle([message.id], QueueStatus.SYNCHRONIZED, now, connection_id=connection.id)
        twin = _own_twin(work, connection, message.twin_id)
        if twin is None:
            return
        if message.kind == MessageKind.CONTENT_FAILED:
            for key in work.traces.asked_files(connection.id, body.keys):
                work.traces.add_content(Content(connection.id, key, "", "", "", 0))
        work.twins.mark_dirty([twin.id], now, must_read=False)

    def _take_in_change(
        self, work: UnitOfWork, connection: Connection, message: Message, body: ConnectionChangedBody
    ) -> None:
        now = self._clock.now()
        work.inbox.settle([message.id], QueueStatus.SYNCHRONIZED, now, connection_id=connection.id)
        note_change(work, connection, body.change, self._ids, now)
        if body.change == "unlinked":
            twin = _own_twin(work, connection, message.twin_id)
            if twin is not None:
                part_twins(work, connection, [twin], now, is_ours=False)
                work.twins.save(replace(twin, status=TwinStatus.UNLINKED))
                work.error_records.close(now, connection_id=connection.id, twin_id=twin.id)
            hear_end(work, connection, [message.twin_id], self._ids, now, is_clean_up=False)
        elif body.change == "resolved":
            self._take_in_resolution(work, connection, message.twin_id)
        elif body.change == "activated":
            work.connections.postpone_sending(connection.id, now, 0)

    def _take_in_resolution(self, work: UnitOfWork, connection: Connection, twin_id: str) -> None:
        """The partner decided to leave a twin as it is: what it dropped waits for nobody here either."""
        twin = _own_twin(work, connection, twin_id)
        if twin is None:
            return
        now = self._clock.now()
        records = work.error_records.open_of_twins([twin_id]).get(twin_id, [])
        over = [record.id for record in records if record.subject == PARTNER]
        name = connection.peer.organization_name if connection.peer else ""
        work.error_records.resolve(over, now, resolved_by=name, note=_RESOLVED_THERE)
        rested = save_statuses(work, connection, [twin])
        work.outbox.cancel_failed([twin.id for twin in rested], now, reason=_RESOLVED_THERE)


def _own_twin(work: UnitOfWork, connection: Connection, twin_id: str) -> Twin | None:
    """Return the twin if it is one of this very connection: a peer must not reach others by naming them."""
    twin = work.twins.find([twin_id]).get(twin_id)
    return twin if twin is not None and twin.connection_id == connection.id else None


def _judge(
    work: UnitOfWork, connection: Connection, message: Message, desk: ConsentDesk, now: datetime
) -> Judgement | None:
    """Return what becomes of a state of a twin that is not here; None for every other message."""
    if not isinstance(message.body, StateBody) or message.twin_id in work.twins.find([message.twin_id]):
        return None
    if work.clean_up.forgotten(connection.id, [message.twin_id]):
        return None
    judgement = desk.judge(message.twin_id, message.body)
    return judge_forgotten(work, connection, judgement, now)


def _is_over_once_applied(record: ErrorRecord) -> bool:
    """Say whether a record ends with the partner's word that it has applied something of the twin.

    What it refused to take before never came with that, unless a retry has sent everything since.
    """
    return record.is_remote and (record.subject != REFUSED or record.retried_at is not None)


def _with_remote(connection: Connection, twin: Twin, body: StateBody | AppliedBody) -> Twin:
    """Return a twin that knows where the partner's work item is."""
    lineage = join_lineage(connection, twin.lineage | body.lineage, twin.work_item_id, body.work_item_id)
    return replace(twin, remote_work_item_id=body.work_item_id, remote_url=body.url, lineage=lineage)


def _joined(received: Position, last: Message, report: QueueReport) -> Position:
    """Return the position once messages were stored; a number that was stored before stays the last one."""
    if last.sequence > received.sequence:
        return Position(report.incarnation, last.sequence, last.id)
    return replace(received, incarnation=report.incarnation)

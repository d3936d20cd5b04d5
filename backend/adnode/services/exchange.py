"""Messages between the nodes: sending what waits, taking in what comes. At least once on the way, once in effect."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from adnode.domain.connection import Connection, ConnectionStatus, TransportKind
from adnode.domain.errors import (
    AdnodeError,
    PeerBusyError,
    PeerError,
    PeerRefusedError,
    PeerRewoundError,
    PeerUnreachableError,
    QueuesDisagreeError,
    SecretUnreadableError,
    UrlRefusedError,
)
from adnode.domain.message import (
    Message,
    MessageAnswer,
    QueueStatus,
)
from adnode.domain.queues import Position, QueueReport, Queues
from adnode.ports.peer import PeerEndpoint, PeerTransport
from adnode.ports.storage import UnitOfWork, UnitOfWorkFactory
from adnode.ports.system import Clock, Ids, Vault, Wakeups
from adnode.services.consent.desk import CROSSED, TOLD_CODES
from adnode.services.consent.hearing import hear_failure
from adnode.services.contacts import is_in_use, note_answer, note_busy, note_call, note_failure
from adnode.services.failures import PARTNER, REFUSED
from adnode.services.intake import MessageIntake
from adnode.services.intake_room import IntakeRoom, NoRoomError, TooMuchTogetherError
from adnode.services.partner_errors import open_partner_record
from adnode.services.peers import make_endpoint
from adnode.services.queue_agreement import (
    report_for_poll,
    report_for_push,
    report_of,
    require_active_side,
    require_agreement,
    stop_rewound,
)
from adnode.services.retry import RetryPolicy
from adnode.services.twin_statuses import save_statuses

T = TypeVar("T")

BATCH_MESSAGES = 200
BATCH_BYTES = 1024 * 1024
SENDER_LEASE_SECONDS = 60.0
OVERTAKEN_SECONDS = 1.0
"""Pause before a request that another one overtook is made again."""
LINE_ERRORS = (PeerError, SecretUnreadableError, UrlRefusedError)
"""Why the peer can't be talked to: it does not answer as it should, or our side can't or must not call it."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for a peer that polls; with nothing ``may_wait`` says whether something may still come."""

    messages: tuple[Message, ...]
    may_wait: bool


class ExchangeService:
    """The sync queue in both directions."""

    def __init__(
        self,
        new_unit_of_work: UnitOfWorkFactory,
        transport: PeerTransport,
        vault: Vault,
        wakeups: Wakeups,
        clock: Clock,
        ids: Ids,
        retry: RetryPolicy,
        owner: str,
        room: IntakeRoom | None = None,
    ) -> None:
        self._new_unit_of_work = new_unit_of_work
        self._transport = transport
        self._vault = vault
        self._clock = clock
        self._ids = ids
        self._retry = retry
        self._owner = owner
        self._intake = MessageIntake(new_unit_of_work, wakeups, clock, ids, room or IntakeRoom(clock))

    # sending -------------------------------------------------------------------------------------------------------

    def send(self, connection_id: str) -> int:
        """Send everything that waits for the peer; return how many messages it stored.

        Where the peer polls, its parked poll is woken instead. A peer that can't be reached pauses this connection
        only.
        """
        batch = self._claim_batch(connection_id)
        if batch is None:
            return 0
        try:
            return self._send_batches(batch)
        finally:
            self._release(connection_id)

    def _claim_batch(self, connection_id: str) -> "_Batch | None":
        """Take the right to send and what is to be sent next; None when nothing is, or somebody else sends."""
        with self._new_unit_of_work() as work:
            connection = work.connections.get(connection_id)
            if connection.transport is TransportKind.POLLED or not is_in_use(work, connection):
                return None
            now = self._clock.now()
            if not work.connections.claim_sender(connection_id, self._owner, now, SENDER_LEASE_SECONDS):
                return None
            messages = work.outbox.next_batch(connection_id, BATCH_MESSAGES, BATCH_BYTES, now)
            if not messages:
                return None
            queues = work.connections.queues(connection_id)
            work.commit()
        return _Batch(connection, _named(messages, queues), report_for_push(queues))

    def _active(self, connection_id: str) -> Connection | None:
        with self._new_unit_of_work() as work:
            connection = work.connections.get(connection_id)
            return connection if is_in_use(work, connection) else None

    def _release(self, connection_id: str) -> None:
        with self._new_unit_of_work() as work:
            work.connections.release_sender(connection_id, self._owner)
            work.commit(durable=False)

    def _send_batches(self, first: "_Batch") -> int:
        sent, connection = 0, first.connection
        batch: _Batch | None = first
        try:
            endpoint = make_endpoint(connection, self._vault)
            while batch is not None:
                answers = self._send_batch(endpoint, batch)
                self._settle_sent(connection, batch.messages, answers)
                sent += len(batch.messages)
                batch = self._claim_batch(connection.id)
        except PeerBusyError as error:
            self._wait(connection, error)
        except LINE_ERRORS as error:
            self._pause(connection, error)
        return sent

    def _send_batch(self, endpoint: PeerEndpoint, batch: "_Batch") -> list[MessageAnswer]:
        def send(report: QueueReport) -> list[MessageAnswer]:
            return self._transport.send_messages(endpoint, batch.messages, report)

        answers = self._ask(batch.connection.id, batch.report, send)
        if any(answer.error_code == PeerRewoundError.code for answer in answers):
            # As an older release says it, message by message.
            raise PeerRefusedError("The other node refused: a queue went back.", peer_code=PeerRewoundError.code)
        return answers

    def _ask(self, connection_id: str, report: QueueReport, ask: Callable[[QueueReport], T]) -> T:
        """Ask the peer for something that depends on the queues.

        Where it knows more of them than we told, either our request was overtaken by another one, and is made again
        soon, or our database went back: then the peer is asked once more, so that it stops as well.
        """
        try:
            return ask(report)
        except PeerRefusedError as error:
            if error.details.get("peer_code") != QueuesDisagreeError.code:
                raise
            if not self._went_back(connection_id, error):
                raise PeerBusyError("A request was overtaken.", retry_after_seconds=OVERTAKEN_SECONDS) from error
        return ask(replace(report, is_confirmed=True))

    def _went_back(self, connection_id: str, error: PeerRefusedError) -> bool:
        """Say whether the peer has seen more of what this node did than this node remembers."""
        with self._new_unit_of_work() as work:
            queues = work.connections.queues(connection_id)
        stored_here, given_out = (
            int(str(error.details.get(name, 0))) for name in ("acknowledged_sequence", "received_sequence")
        )
        return stored_here > queues.received.sequence or given_out > queues.highest

    def _settle_sent(
        self, connection: Connection, messages: Sequence[Message], answers: Sequence[MessageAnswer]
    ) -> None:
        now = self._clock.now()
        sent = {message.id for message in messages}
        answered = [answer for answer in answers if answer.message_id in sent]
        if not answered:
            raise PeerUnreachableError(
                "The other node answered to none of the messages it was sent. It is tried again by itself; if this "
                "stays, ask its administrator to look at the node's log."
            )
        refused = {answer.message_id: answer for answer in answered if answer.outcome == "refused"}
        taken = {answer.message_id for answer in answered} - refused.keys()
        stored = [message for message in messages if message.id in taken]
        with self._new_unit_of_work() as work:
            work.outbox.settle([message.id for message in stored], QueueStatus.SENT, now)
            work.outbox.settle(list(refused), QueueStatus.FAILED, now)
            for message in messages:
                if answer := refused.get(message.id):
                    self._note_refusal(work, connection, message, answer)
            if stored:
                last = stored[-1]
                work.connections.set_acknowledged(connection.id, Position(last.incarnation, last.sequence, last.id))
            work.connections.postpone_sending(connection.id, now, 0)
            note_answer(work, connection, now)
            work.commit(durable=False)

    def _note_refusal(self, work: UnitOfWork, connection: Connection, message: Message, answer: MessageAnswer) -> None:
        twin = work.twins.find([message.twin_id]).get(message.twin_id)
        text = answer.text or (
            f"It did not take a message ({answer.error_code}). See its Errors, mend the cause, then retry."
        )
        code, now = answer.error_code, self._clock.now()
        if twin is not None and hear_failure(work, connection, twin, code, CROSSED, self._ids, now):
            return
        # Of this one the peer tells by a message, too: its side of a polled connection can't answer.
        subject = PARTNER if answer.error_code in TOLD_CODES else REFUSED
        open_partner_record(work, connection, twin, code, text, self._ids, now, subject=subject)
        if twin is not None:
            save_statuses(work, connection, [twin])

    def _wait(self, connection: Connection, error: PeerBusyError) -> None:
        """Send again when the peer said that it may have room: it is not away, so nobody is told."""
        now = self._clock.now()
        with self._new_unit_of_work() as work:
            note_busy(work, connection, now)
            until = self._retry.next_at(now, 0, connection.id, error.retry_after_seconds)
            work.connections.postpone_sending(connection.id, until, 0)
            work.commit(durable=False)

    def _pause(self, connection: Connection, error: AdnodeError) -> None:
        now = self._clock.now()
        with self._new_unit_of_work() as work:
            is_rewound = error.details.get("peer_code") == PeerRewoundError.code
            if is_rewound and not work.connections.queues(connection.id).are_fresh:
                # A queue that was begun anew here is what the peer found; it waits until it is activated there, too.
                stop_rewound(work, work.connections.get(connection.id), self._ids, now)
            note_failure(work, connection, error, self._ids, self._retry, now)
            work.commit()

    def greet(self, connection_id: str) -> bool:
        """Call a peer that there is nothing to tell, so that an end of either side is noticed; say whether it answered.

        Where one side polls, its polls do that.
        """
        connection = self._active(connection_id)
        if connection is None or connection.transport is not TransportKind.PUSH:
            return False
        with self._new_unit_of_work() as work:
            report = report_for_push(work.connections.queues(connection_id))
        try:
            self._send_batch(make_endpoint(connection, self._vault), _Batch(connection, [], report))
        except PeerBusyError as error:
            self._wait(connection, error)
        except LINE_ERRORS as error:
            self._pause(connection, error)
            return False
        else:
            self._note_contact(connection)
        return True

    # polling -------------------------------------------------------------------------------------------------------

    def poll_once(self, connection_id: str, wait_seconds: float) -> int:
        """As the private side: fetch what the peer has for us and take it in; return how many messages came.

        Raises PeerBusyError, or another of LINE_ERRORS when the peer can't be polled; the caller waits before the next
        try.
        """
        connection = self._active(connection_id)
        if connection is None:
            return 0
        with self._new_unit_of_work() as work:
            report = report_for_poll(work.connections.queues(connection_id))
        try:
            messages = self._poll(connection, report, wait_seconds)
        except PeerBusyError:
            with self._new_unit_of_work() as work:
                note_busy(work, connection, self._clock.now())
                work.commit(durable=False)
            raise
        except LINE_ERRORS as error:
            self._pause(connection, error)
            raise
        self._note_contact(connection)
        if messages:
            self._receive_polled(connection_id, messages)
        return len(messages)

    def _receive_polled(self, connection_id: str, messages: Sequence[Message]) -> None:
        """Take in what was fetched. What has no room is fetched again later; nothing of it was acknowledged."""
        try:
            try:
                self.receive(connection_id, messages, report_of(messages))
            except TooMuchTogetherError:
                for message in messages:
                    self.receive(connection_id, [message], report_of(messages))
        except NoRoomError as error:
            raise PeerBusyError(error.message, retry_after_seconds=error.retry_after_seconds) from error

    def _poll(self, connection: Connection, report: QueueReport, wait_seconds: float) -> list[Message]:
        endpoint = make_endpoint(connection, self._vault)

        def poll(told: QueueReport) -> list[Message]:
            return self._transport.poll_messages(endpoint, told, wait_seconds)

        return self._ask(connection.id, report, poll)

    def _note_contact(self, connection: Connection) -> None:
        with self._new_unit_of_work() as work:
            note_answer(work, connection, self._clock.now())
            work.commit(durable=False)

    def acknowledge(self, connection_id: str, report: QueueReport) -> None:
        """As the polled side: take in that the peer has everything up to what the report names.

        Raises QueuesDisagreeError, or PeerRewoundError, before anything is acknowledged.
        """
        known = report.known
        with self._new_unit_of_work() as work:
            connection = work.connections.get(connection_id)
            require_active_side(connection)
            queues = require_agreement(work, connection, report, self._ids, self._clock.now())
            work.outbox.acknowledge(connection_id, known.sequence, self._clock.now())
            if known.incarnation == queues.incarnation and known != queues.acknowledged:
                work.connections.set_acknowledged(connection_id, known)
            note_call(work, connection, self._clock.now())
            work.commit(durable=False)

    def look(self, connection_id: str, after: int) -> Waiting:
        """As the polled side: return what is newer than ``after``."""
        with self._new_unit_of_work() as work:
            messages = work.outbox.after(connection_id, after, BATCH_MESSAGES, BATCH_BYTES, self._clock.now())
            if messages:
                messages = _named(messages, work.connections.queues(connection_id))
                work.commit()
                return Waiting(tuple(messages), may_wait=False)
            # A stopped connection has nothing more to say; its next poll is told so.
            status = work.connections.get(connection_id).status
        return Waiting((), may_wait=status is ConnectionStatus.ACTIVE)

    def list_ready(self, parked: Mapping[str, int]) -> set[str]:
        """Return which of these connections have messages above the number, or are not active any more."""
        with self._new_unit_of_work() as work:
            return work.outbox.list_waiting(parked) | work.connections.list_stopped(parked)

    # receiving -----------------------------------------------------------------------------------------------------

    def receive(self, connection_id: str, messages: Sequence[Message], report: QueueReport) -> list[MessageAnswer]:
        """Take in messages of the peer in one transaction; each is stored, a duplicate, or refused."""
        return self._intake.receive(connection_id, messages, report)


@dataclass(frozen=True, slots=True)
class _Batch:
    """Messages that are sent together, and what is told of the queues with them."""

    connection: Connection
    messages: Sequence[Message]
    report: QueueReport


def _named(messages: Sequence[Message], queues: Queues) -> list[Message]:
    """Return the messages with the incarnation of the queue that they come from."""
    return [replace(message, incarnation=queues.incarnation) for message in messages]

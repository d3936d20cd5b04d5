"""Messages between the nodes: sending what waits, taking in what comes. At least once on the way, once in effect."""

from collections.abc import Sequence
from dataclasses import replace

from adnode.domain.connection import Connection, ConnectionStatus, TransportKind
from adnode.domain.error_record import ErrorRecord, Impact
from adnode.domain.errors import PeerError, PeerRefusedError, PeerUnreachableError, StateError
from adnode.domain.message import (
    AppliedBody,
    ConnectionChangedBody,
    ContentBody,
    FailedBody,
    Message,
    MessageAnswer,
    MessageKind,
    QueueStatus,
    StateBody,
)
from adnode.domain.trace import Content
from adnode.domain.twin import Twin, TwinStatus
from adnode.ports.peer import PeerTransport
from adnode.ports.storage import UnitOfWork, UnitOfWorkFactory
from adnode.ports.system import Clock, Ids, Topic, Vault, Wakeups
from adnode.services.contents import ContentService
from adnode.services.failures import make_record
from adnode.services.peers import make_endpoint
from adnode.services.retry import RetryPolicy

BATCH_MESSAGES = 200
BATCH_BYTES = 1024 * 1024
SENDER_LEASE_SECONDS = 60.0
REWOUND_CODE = "peer_rewound"
TWICE_CODE = "work_item_claimed_twice"


class ExchangeService:
    """The sync queue in both directions."""

    def __init__(
        self,
        new_unit_of_work: UnitOfWorkFactory,
        transport: PeerTransport,
        contents: ContentService,
        vault: Vault,
        wakeups: Wakeups,
        clock: Clock,
        ids: Ids,
        retry: RetryPolicy,
        owner: str,
    ) -> None:
        self._new_unit_of_work = new_unit_of_work
        self._transport = transport
        self._contents = contents
        self._vault = vault
        self._wakeups = wakeups
        self._clock = clock
        self._ids = ids
        self._retry = retry
        self._owner = owner

    # sending -------------------------------------------------------------------------------------------------------

    def send(self, connection_id: str) -> int:
        """Send everything that waits for the peer; return how many messages it stored.

        Where the peer polls, its parked poll is woken instead. A peer that can't be reached pauses this connection only.
        """
        connection = self._active(connection_id)
        if connection is None:
            return 0
        if connection.transport is TransportKind.POLLED:
            return 0
        if not self._claim(connection_id):
            return 0
        try:
            return self._send_batches(connection)
        finally:
            self._release(connection_id)

    def _active(self, connection_id: str) -> Connection | None:
        with self._new_unit_of_work() as work:
            connection = work.connections.get(connection_id)
        return connection if connection.status is ConnectionStatus.ACTIVE else None

    def _claim(self, connection_id: str) -> bool:
        with self._new_unit_of_work() as work:
            claimed = work.connections.claim_sender(connection_id, self._owner, self._clock.now(), SENDER_LEASE_SECONDS)
            work.commit()
        return claimed

    def _release(self, connection_id: str) -> None:
        with self._new_unit_of_work() as work:
            work.connections.release_sender(connection_id, self._owner)
            work.commit()

    def _send_batches(self, connection: Connection) -> int:
        endpoint = make_endpoint(connection, self._vault)
        sent = 0
        while messages := self._next_batch(connection.id):
            try:
                answers = self._transport.send_messages(endpoint, messages)
            except PeerError as error:
                self._pause(connection, error)
                break
            self._settle_sent(connection, messages, answers)
            sent += len(messages)
            if not self._claim(connection.id):
                break
        return sent

    def _next_batch(self, connection_id: str) -> list[Message]:
        with self._new_unit_of_work() as work:
            messages = work.outbox.next_batch(connection_id, BATCH_MESSAGES, BATCH_BYTES)
            work.commit()
        return messages

    def _settle_sent(
        self, connection: Connection, messages: Sequence[Message], answers: Sequence[MessageAnswer]
    ) -> None:
        now = self._clock.now()
        refused = {answer.message_id: answer for answer in answers if answer.outcome == "refused"}
        stored = [answer.message_id for answer in answers if answer.outcome != "refused"]
        with self._new_unit_of_work() as work:
            work.outbox.settle(stored, QueueStatus.SENT, now)
            work.outbox.settle(list(refused), QueueStatus.FAILED, now)
            for message in messages:
                if answer := refused.get(message.id):
                    self._note_refusal(work, connection, message, answer)
            work.connections.postpone_sending(connection.id, now, 0)
            work.error_records.close(now, connection_id=connection.id, code=PeerUnreachableError.code)
            work.commit()

    def _note_refusal(self, work: UnitOfWork, connection: Connection, message: Message, answer: MessageAnswer) -> None:
        twin = work.twins.find([message.twin_id]).get(message.twin_id)
        text = (
            f"The other side refused a message ({answer.error_code}). Look at its Errors, mend the cause, then retry."
        )
        record = make_record(PeerError(text), connection, twin, self._ids, self._clock.now())
        work.error_records.open(replace(record, code=answer.error_code or record.code, is_remote=True))

    def _pause(self, connection: Connection, error: PeerError) -> None:
        now = self._clock.now()
        with self._new_unit_of_work() as work:
            record = work.error_records.open(make_record(error, connection, None, self._ids, now))
            attempts = min(record.occurrences, 12)
            until = self._retry.next_at(now, attempts, connection.id)
            work.connections.postpone_sending(connection.id, until, attempts)
            work.commit()

    # polling -------------------------------------------------------------------------------------------------------

    def poll_once(self, connection_id: str, wait_seconds: float) -> int:
        """As the private side: fetch what the peer has for us and take it in; return how many messages came.

        Raises PeerError when the peer can't be polled; the caller waits before the next try.
        """
        connection = self._active(connection_id)
        if connection is None:
            return 0
        endpoint = make_endpoint(connection, self._vault)
        with self._new_unit_of_work() as work:
            after = work.connections.received_through(connection_id)
        try:
            messages = self._transport.poll_messages(endpoint, after, wait_seconds)
        except PeerError as error:
            self._pause(connection, error)
            raise
        self._note_contact(connection_id)
        if messages:
            self.receive(connection_id, messages)
        self._contents.answer_requests(connection_id)
        return len(messages)

    def _note_contact(self, connection_id: str) -> None:
        with self._new_unit_of_work() as work:
            now = self._clock.now()
            codes = (PeerUnreachableError.code, PeerRefusedError.code)
            if sum(work.error_records.close(now, connection_id=connection_id, code=code) for code in codes):
                work.connections.postpone_sending(connection_id, now, 0)
                work.commit()

    def hand_out(self, connection_id: str, after: int, wait_seconds: float) -> list[Message]:
        """As the polled side: acknowledge everything up to ``after`` and return what is newer, waiting for it if need be."""
        deadline_left = wait_seconds
        self._acknowledge(connection_id, after)
        while True:
            messages = self._messages_after(connection_id, after)
            if messages or deadline_left <= 0:
                return messages
            slice_seconds = min(1.0, deadline_left)
            started_at = self._clock.now()
            self._wakeups.wait(Topic.SEND, connection_id, slice_seconds)
            deadline_left -= max((self._clock.now() - started_at).total_seconds(), 0.001)

    def _acknowledge(self, connection_id: str, after: int) -> None:
        with self._new_unit_of_work() as work:
            connection = work.connections.get(connection_id)
            if connection.status is not ConnectionStatus.ACTIVE:
                raise StateError(
                    f"Connection {connection.name} is {connection.status} on this side; activate it first."
                )
            if after > work.outbox.highest_sequence(connection_id):
                self._stop_rewound(work, connection)
                work.commit()
                raise StateError(
                    f"Connection {connection.name} was stopped: the queue here is older than the peer knows."
                )
            work.outbox.acknowledge(connection_id, after, self._clock.now())
            work.commit()

    def _messages_after(self, connection_id: str, after: int) -> list[Message]:
        with self._new_unit_of_work() as work:
            messages = work.outbox.after(connection_id, after, BATCH_MESSAGES, BATCH_BYTES)
            if messages:
                work.commit()
        return messages

    # receiving -----------------------------------------------------------------------------------------------------

    def receive(self, connection_id: str, messages: Sequence[Message]) -> list[MessageAnswer]:
        """Take in messages of the peer in one transaction; each is stored, a duplicate, or refused."""
        with self._new_unit_of_work() as work:
            connection = work.connections.get(connection_id)
            if connection.status is not ConnectionStatus.ACTIVE:
                raise StateError(
                    f"Connection {connection.name} is {connection.status} on this side; activate it first."
                )
            known_through = work.connections.received_through(connection_id)
            answers = [self._take_in(work, connection, message, known_through) for message in messages]
            if any(answer.error_code == REWOUND_CODE for answer in answers):
                self._stop_rewound(work, connection)
            else:
                highest = max((message.sequence for message in messages), default=known_through)
                work.connections.set_received_through(connection_id, max(known_through, highest))
            work.commit()
        self._wakeups.wake(Topic.RECONCILE, connection_id)
        return answers

    def _take_in(self, work: UnitOfWork, connection: Connection, message: Message, known_through: int) -> MessageAnswer:
        now = self._clock.now()
        status = QueueStatus.PARKED if message.body is None else QueueStatus.APPLYING
        if not work.inbox.add(connection.id, message, status, now):
            return MessageAnswer(message.id, "duplicate")
        if message.sequence <= known_through:
            return MessageAnswer(message.id, "refused", REWOUND_CODE)
        match message.body:
            case StateBody():
                return self._take_in_state(work, connection, message, message.body)
            case AppliedBody():
                self._take_in_applied(work, connection, message, message.body)
            case FailedBody():
                self._take_in_failed(work, connection, message, message.body)
            case ContentBody():
                self._take_in_content(work, connection, message, message.body)
            case ConnectionChangedBody():
                self._take_in_change(work, connection, message, message.body)
            case None:
                pass
        return MessageAnswer(message.id, "stored")

    def _take_in_state(
        self, work: UnitOfWork, connection: Connection, message: Message, body: StateBody
    ) -> MessageAnswer:
        now = self._clock.now()
        twin = work.twins.find([message.twin_id]).get(message.twin_id)
        if twin is None:
            twin = self._new_twin(work, connection, message.twin_id, body)
            if twin is None:
                work.inbox.settle([message.id], QueueStatus.FAILED, now)
                return MessageAnswer(message.id, "refused", TWICE_CODE)
        elif twin.connection_id != connection.id:
            work.inbox.settle([message.id], QueueStatus.FAILED, now)
            return MessageAnswer(message.id, "refused", "foreign_twin")
        else:
            self._save_remote(work, connection, twin, body.work_item_id, body.url, body.lineage)
        work.twins.mark_dirty([message.twin_id], now, must_read=False)
        return MessageAnswer(message.id, "stored")

    def _new_twin(self, work: UnitOfWork, connection: Connection, twin_id: str, body: StateBody) -> Twin | None:
        """Make the twin of a work item that the peer put under sync; None when ours is taken by another twin already.

        In a ring of organizations the peer's work item may descend from one of ours: then that one is the counterpart.
        """
        now = self._clock.now()
        own = _own_work_item(connection, body.lineage)
        if own is not None:
            taken = work.twins.find_by_work_item(connection.organization_id, [own])
            if any(other.connection_id == connection.id for other in taken):
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
        )
        work.twins.add(twin, due_at=now)
        return twin

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
        status = TwinStatus.SYNCHRONIZED if twin.status is TwinStatus.PENDING else twin.status
        changed = replace(twin, remote_work_item_id=work_item_id, remote_url=url, lineage=joined, status=status)
        if changed != twin:
            work.twins.save(changed)

    def _take_in_applied(self, work: UnitOfWork, connection: Connection, message: Message, body: AppliedBody) -> None:
        now = self._clock.now()
        work.inbox.settle([message.id], QueueStatus.SYNCHRONIZED, now)
        work.outbox.settle(body.message_ids, QueueStatus.SYNCHRONIZED, now)
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
        work.inbox.settle([message.id], QueueStatus.SYNCHRONIZED, now)
        work.outbox.settle(body.message_ids, QueueStatus.FAILED, now)
        twin = work.twins.find([message.twin_id]).get(message.twin_id)
        record = make_record(PeerError(body.text), connection, twin, self._ids, now)
        work.error_records.open(replace(record, code=body.error_code, is_remote=True))
        if twin is not None and twin.connection_id == connection.id:
            work.twins.save(replace(twin, status=TwinStatus.FAILED))

    def _take_in_content(self, work: UnitOfWork, connection: Connection, message: Message, body: ContentBody) -> None:
        now = self._clock.now()
        if message.kind == MessageKind.CONTENT_REQUESTED:
            return
        work.inbox.settle([message.id], QueueStatus.SYNCHRONIZED, now)
        if message.kind == MessageKind.CONTENT_FAILED:
            for key in body.keys:
                work.traces.add_content(Content(connection.id, key, "", "", "", 0))
        work.twins.mark_dirty([message.twin_id], now, must_read=False)

    def _take_in_change(
        self, work: UnitOfWork, connection: Connection, message: Message, body: ConnectionChangedBody
    ) -> None:
        now = self._clock.now()
        work.inbox.settle([message.id], QueueStatus.SYNCHRONIZED, now)
        if body.change == "unlinked":
            twin = work.twins.find([message.twin_id]).get(message.twin_id)
            if twin is not None and twin.connection_id == connection.id:
                work.twins.save(replace(twin, status=TwinStatus.UNLINKED))
        elif body.change == "activated":
            work.connections.postpone_sending(connection.id, now, 0)

    def _stop_rewound(self, work: UnitOfWork, connection: Connection) -> None:
        text = (
            f"Connection {connection.name} was stopped: the other node's queue went backwards, as after restoring a backup. "
            "Ask its administrator what was restored; activate the connection again to compare and go on."
        )
        now = self._clock.now()
        work.connections.save(connection.moved_to(ConnectionStatus.BLOCKED, reason=text))
        work.error_records.open(
            ErrorRecord(
                id=self._ids.new_id(),
                organization_id=connection.organization_id,
                connection_id=connection.id,
                twin_id="",
                impact=Impact.CONNECTION,
                code=REWOUND_CODE,
                message=text,
                opened_at=now,
                last_seen_at=now,
            )
        )


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

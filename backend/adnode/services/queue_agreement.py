"""Whether both sides of a connection mean the same by the numbers of its queues; if not, it stops before anything is
acknowledged.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from adnode.domain.connection import Connection, ConnectionStatus
from adnode.domain.error_record import ErrorRecord, Impact
from adnode.domain.errors import PeerRewoundError, QueuesDisagreeError, StateError
from adnode.domain.message import Message
from adnode.domain.queues import BEGINNING, Position, QueueReport, Queues, Verdict, judge
from adnode.domain.realignment import Realignment
from adnode.ports.storage import UnitOfWork
from adnode.ports.system import Ids
from adnode.services.correlation import correlation_id


def require_active_side(connection: Connection) -> None:
    """Raise StateError when the connection is not active here; PeerRewoundError when that is because a queue went back,
    so that the peer stops as well.
    """
    if connection.status is ConnectionStatus.ACTIVE:
        return
    status = connection.status.value
    if connection.is_rewound:
        raise PeerRewoundError(
            f"Connection {connection.name} is {status} on this side, because a queue went back: one of its nodes was "
            "restored from a backup. Activate it on both sides.",
            connection_status=status,
        )
    raise StateError(
        f"Connection {connection.name} is {status} on this side; activate it first.", connection_status=status
    )


def report_for_push(queues: Queues) -> QueueReport:
    """Return what goes with messages. Where the peer's queue stands here is left out: the peer may be sending."""
    return QueueReport(
        incarnation=queues.incarnation,
        highest=queues.highest,
        acknowledged=queues.acknowledged,
        known=Position(queues.received.incarnation),
    )


def report_for_poll(queues: Queues) -> QueueReport:
    """Return what goes with a poll: above all, what has been stored of the peer's queue."""
    return QueueReport(incarnation=queues.incarnation, known=queues.received, tells_position=True)


def report_of(messages: Sequence[Message]) -> QueueReport:
    """Return what messages tell of the queue that they come from."""
    return QueueReport(incarnation=next((message.incarnation for message in messages if message.incarnation), ""))


def require_agreement(work: UnitOfWork, connection: Connection, report: QueueReport, ids: Ids, now: datetime) -> Queues:
    """Return what is known of the queues once the peer's report fits to it.

    Raises QueuesDisagreeError while only the peer can know who is right, and PeerRewoundError when one of the queues
    went back: then the connection has been stopped, and the unit of work was committed.
    """
    queues = work.connections.queues(connection.id)
    verdict = judge(queues, report, _id_at(work, connection, queues, report))
    if verdict is Verdict.AGREED:
        return queues
    if verdict is Verdict.DOUBTFUL:
        raise QueuesDisagreeError(
            f"What was told of the queues of connection {connection.name} is older than what is known here. It is "
            "looked at again by itself.",
            acknowledged_sequence=queues.acknowledged.sequence,
            received_sequence=queues.received.sequence,
        )
    if verdict is Verdict.REWOUND:
        stop_rewound(work, connection, ids, now)
        work.commit()
    raise make_rewound_error(connection)


def make_rewound_error(connection: Connection) -> PeerRewoundError:
    """Return what the peer is told when a queue went back."""
    return PeerRewoundError(
        f"Connection {connection.name} was stopped: a queue went back, as after restoring a backup. Activate it on "
        "both sides; everything is compared again."
    )


def _id_at(work: UnitOfWork, connection: Connection, queues: Queues, report: QueueReport) -> str | None:
    known = report.known
    if not report.tells_position or known.incarnation != queues.incarnation or not known.sequence:
        return None
    if known.sequence == queues.acknowledged.sequence:
        return queues.acknowledged.message_id
    return work.outbox.id_at(connection.id, known.sequence)


_OWN_RESTORED = (
    "Connection {} was stopped: the database of this node was restored from a backup. Activate the connection on both "
    "sides; everything is compared again."
)
_SOMEBODY_RESTORED = (
    "Connection {} was stopped: the queue of one of its nodes went backwards, as after restoring a backup. Find out "
    "with the other administrator what was restored; then activate the connection on both sides: everything is "
    "compared again."
)


def stop_rewound(work: UnitOfWork, connection: Connection, ids: Ids, now: datetime, *, is_own: bool = False) -> None:
    """Stop a connection one of whose queues went backwards, and ask a person. Repeating it changes nothing. ``is_own``:
    it is known to be this side's.

    One that is stopped already keeps its status; activating it compares everything all the same.
    """
    stopped = replace(connection, realignment=Realignment.DUE)
    if connection.status is not ConnectionStatus.ACTIVE:
        work.connections.save(stopped)
        return
    text = (_OWN_RESTORED if is_own else _SOMEBODY_RESTORED).format(connection.name)
    work.connections.save(stopped.moved_to(ConnectionStatus.BLOCKED, reason=text))
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


def begin_queues_anew(work: UnitOfWork, connection: Connection, now: datetime) -> None:
    """Begin our queue anew and take the peer's from its beginning; what was begun anew already stays as it is."""
    if not work.connections.queues(connection.id).are_fresh:
        work.outbox.begin_anew(connection.id, now)
    work.connections.set_received(connection.id, BEGINNING)

"""The two queues of a connection, and whether both sides have the same idea of them.

A sequence number is worth nothing without its incarnation: after a restore the same numbers are given out once more.
"""

from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a queue: the incarnation it belongs to, and number and id of the message that stands there.

    ``incarnation`` is '' where it is not known, as with a peer of an older release; a position without number is the
    beginning.
    """

    incarnation: str = ""
    sequence: int = 0
    message_id: str = ""

    @property
    def is_beginning(self) -> bool:
        """Say whether nothing of the queue is known."""
        return not self.incarnation and not self.sequence


BEGINNING = Position()


@dataclass(frozen=True, slots=True)
class Queues:
    """Both queues of a connection as this side knows them.

    ``incarnation`` and ``highest`` (the number given out last) are of our queue, ``acknowledged`` is the last message
    of it that the peer has said to have stored, ``retired`` the incarnation that it had before this one. ``received``
    is the last message of the peer's queue that is stored here.
    """

    incarnation: str
    highest: int = 0
    acknowledged: Position = BEGINNING
    retired: str = ""
    received: Position = BEGINNING

    @property
    def are_fresh(self) -> bool:
        """Say whether our queue was begun anew and nothing has been agreed with the peer since."""
        return bool(self.retired) and self.acknowledged == BEGINNING and self.received == BEGINNING


@dataclass(frozen=True, slots=True)
class QueueReport:
    """What one side tells the other of the queues with each request, so that a side that went back is found at once.

    ``incarnation`` is that of the teller's queue, '' from a peer of an older release; ``highest`` the number that it
    gave out last (None where it does not say) and ``acknowledged`` what it believes to be stored at the other side.
    ``known`` is the last message of the other side's queue that the teller has stored; without a number it names the
    incarnation only. ``is_confirmed``: the teller has looked again after a doubt, and is sure that it went back.
    """

    incarnation: str = ""
    highest: int | None = None
    acknowledged: Position = BEGINNING
    known: Position = field(default=BEGINNING)
    tells_position: bool = False
    is_confirmed: bool = False


class Verdict(StrEnum):
    """What comes of a report. AGREED: both sides mean the same. PEER_IS_OLD: the peer speaks of a queue that was ended
    here on purpose; it must stop. DOUBTFUL: the report is older than what is known here, so either it was overtaken on
    its way or the peer went back: only the peer can say. REWOUND: one of the queues went back; both sides must stop.
    """

    AGREED = "agreed"
    PEER_IS_OLD = "peer_is_old"
    DOUBTFUL = "doubtful"
    REWOUND = "rewound"


def judge(ours: Queues, report: QueueReport, id_at_known: str | None = None) -> Verdict:
    """Return whether the peer's report fits to what is known here.

    ``id_at_known`` is the id of our message with the number that the report names, None when that is not known (any
    more).
    """
    verdicts = (_judge_own(ours, report, id_at_known), _judge_received(ours, report))
    for verdict in (Verdict.REWOUND, Verdict.PEER_IS_OLD):
        if verdict in verdicts:
            return verdict
    if Verdict.DOUBTFUL in verdicts:
        return Verdict.REWOUND if report.is_confirmed else Verdict.DOUBTFUL
    return Verdict.AGREED


def _judge_own(ours: Queues, report: QueueReport, id_at_known: str | None) -> Verdict:
    """Judge what the peer says of our queue."""
    known = report.known
    if known.incarnation not in ("", ours.incarnation):
        return Verdict.PEER_IS_OLD if known.incarnation == ours.retired else Verdict.REWOUND
    if not report.tells_position:
        return Verdict.AGREED
    if known.sequence > ours.highest:
        return Verdict.REWOUND
    if not report.incarnation or (not known.incarnation and known.sequence):
        # An older release, or one that has not heard of incarnations yet, knows numbers only.
        return Verdict.AGREED
    if known.sequence and id_at_known is not None and id_at_known != known.message_id:
        return Verdict.REWOUND
    return Verdict.DOUBTFUL if known.sequence < ours.acknowledged.sequence else Verdict.AGREED


def _judge_received(ours: Queues, report: QueueReport) -> Verdict:
    """Judge what the peer says of its own queue."""
    received = ours.received
    if not report.incarnation or not received.incarnation:
        return Verdict.AGREED
    if report.incarnation != received.incarnation:
        return Verdict.REWOUND
    believed = report.acknowledged
    if believed.sequence > received.sequence:
        return Verdict.REWOUND
    if believed.sequence and believed.sequence == received.sequence and believed.message_id != received.message_id:
        return Verdict.REWOUND
    is_behind = report.highest is not None and report.highest < received.sequence
    return Verdict.DOUBTFUL if is_behind else Verdict.AGREED

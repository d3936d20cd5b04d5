"""Messages between nodes and the rows of outbox and inbox that carry them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from adnode.domain.connecting import Terms
from adnode.domain.proposal import Ask
from adnode.domain.sync_state import Register, Registers, text_length


class MessageKind(StrEnum):
    """What a message says. Unknown kinds are parked, not lost.

    CONNECTING is a state, too: of a twin that the receiver has not taken up yet, and must take up on its terms. A node
    that knows no terms parks it, so that nothing is written there.
    """

    STATE = "state"
    CONNECTING = "connecting"
    APPLIED = "applied"
    FAILED = "failed"
    CONTENT_REQUESTED = "content_requested"
    CONTENT_SENT = "content_sent"
    CONTENT_FAILED = "content_failed"
    CONNECTION_CHANGED = "connection_changed"
    COMPARISON = "comparison"
    COMPARED = "compared"
    STATE_REQUESTED = "state_requested"
    CLEANED_UP = "cleaned_up"
    ACCEPTED = "accepted"
    DECLINED = "declined"


class QueueStatus(StrEnum):
    """Status of a row of the sync queue. Outbox: waiting, sending, sent, synchronized. Inbox: applying,
    synchronized, parked.
    """

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    APPLYING = "applying"
    SYNCHRONIZED = "synchronized"
    FAILED = "failed"
    BLOCKED = "blocked"
    CANCELLED = "cancelled"
    PARKED = "parked"


TRANSITIONS: Mapping[QueueStatus, frozenset[QueueStatus]] = {
    QueueStatus.WAITING: frozenset(
        {QueueStatus.SENDING, QueueStatus.SENT, QueueStatus.FAILED, QueueStatus.BLOCKED, QueueStatus.CANCELLED}
    ),
    QueueStatus.SENDING: frozenset(
        {QueueStatus.WAITING, QueueStatus.SENT, QueueStatus.SYNCHRONIZED, QueueStatus.FAILED, QueueStatus.CANCELLED}
    ),
    QueueStatus.SENT: frozenset({QueueStatus.SYNCHRONIZED, QueueStatus.FAILED, QueueStatus.WAITING}),
    QueueStatus.APPLYING: frozenset(
        {QueueStatus.SYNCHRONIZED, QueueStatus.FAILED, QueueStatus.BLOCKED, QueueStatus.CANCELLED, QueueStatus.PARKED}
    ),
    QueueStatus.FAILED: frozenset(
        {QueueStatus.WAITING, QueueStatus.APPLYING, QueueStatus.SYNCHRONIZED, QueueStatus.CANCELLED}
    ),
    QueueStatus.BLOCKED: frozenset({QueueStatus.WAITING, QueueStatus.APPLYING, QueueStatus.CANCELLED}),
    QueueStatus.PARKED: frozenset({QueueStatus.APPLYING, QueueStatus.CANCELLED}),
    QueueStatus.SYNCHRONIZED: frozenset(),
    QueueStatus.CANCELLED: frozenset(),
}


STATE_WEIGHT = 1024 * 1024
"""What one state is to weigh at most: a work item with more to tell is told in several, which merge as ever."""
REGISTER_WEIGHT = 300
"""What a register weighs beside its texts."""


@dataclass(frozen=True, slots=True)
class StateBody:
    """Registers of one twin that the sender changed, versions as the sender counts them, and where its work item is.

    ``terms``, as the sender sees them, are there for a twin of two work items that existed before. ``ask`` is there
    while the sender asks for a work item of the receiver; ``is_separate`` says that a new one is to be made on purpose,
    although another was its counterpart before.
    """

    work_item_id: int
    url: str
    lineage: frozenset[str]
    registers: Registers
    terms: Terms | None = None
    ask: Ask | None = None
    is_separate: bool = False

    @property
    def weight(self) -> int:
        """Return about how many characters it has as it travels."""
        return sum(map(_weigh, self.registers.items()))

    def parted(self) -> "list[StateBody]":
        """Return states of at most STATE_WEIGHT each that say the same; a single register may weigh more."""
        parts: list[dict[str, Register]] = [{}]
        room = STATE_WEIGHT
        for key, register in self.registers.items():
            weight = _weigh((key, register))
            if weight > room and parts[-1]:
                parts.append({})
                room = STATE_WEIGHT
            parts[-1][key] = register
            room -= weight
        return [replace(self, registers=part) for part in parts]

    def followed_by(self, newer: "StateBody") -> "StateBody":
        """Return what both say in one message."""
        return replace(
            newer,
            lineage=self.lineage | newer.lineage,
            registers={**self.registers, **newer.registers},
            terms=newer.terms or self.terms,
            ask=newer.ask or self.ask,
        )


def _weigh(item: tuple[str, Register]) -> int:
    key, register = item
    return REGISTER_WEIGHT + len(key) + text_length(register.value)


@dataclass(frozen=True, slots=True)
class AppliedBody:
    """What the receiver did: its work item and which messages it has applied."""

    work_item_id: int
    url: str
    lineage: frozenset[str]
    message_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FailedBody:
    """Why the receiver could not apply the messages, in words for the sender's page."""

    error_code: str
    text: str
    message_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ContentBody:
    """File keys whose content is asked for; or, with ``error_code`` and ``text``, can't be given."""

    keys: tuple[str, ...]
    error_code: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class ConnectionChangedBody:
    """What happened to the connection on the sender's side: ``activated``, ``deactivated``, ``renamed``,
    ``removed``, ``unlinked`` (one twin).
    """

    change: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class ComparisonBody:
    """What the sender knows of some twins that rest, as one digest each; the receiver answers with a ComparedBody."""

    comparison_id: str
    digests: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ComparedBody:
    """Where the receiver of a comparison knows something else: twins that it does not have, and the digests of all
    registers of those that differ. Twins that it is working on are left out of both. ``count`` is how many were asked.
    """

    comparison_id: str
    count: int
    unknown: tuple[str, ...]
    differing: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class StateRequestedBody:
    """Twins whose whole state the receiver should send again."""

    twin_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CleanedUpBody:
    """Twins that the sender has forgotten; the receiver forgets them too. The work items stay as they are."""

    twin_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DecisionBody:
    """What the sender decided about pairs that the receiver's proposal of that reference asks for: yes, or no with a
    code and the reason in words.
    """

    reference: str
    twin_ids: tuple[str, ...]
    error_code: str = ""
    text: str = ""


MessageBody = (
    StateBody
    | AppliedBody
    | FailedBody
    | ContentBody
    | ConnectionChangedBody
    | ComparisonBody
    | ComparedBody
    | StateRequestedBody
    | CleanedUpBody
    | DecisionBody
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something of a peer is not taken: a stable code, and words for people of both sides."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A register that is not taken, though the rest of its message is."""

    key: str
    refusal: Refusal


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it travels. ``sequence`` grows by one per connection and sender; ``id`` is unique.

    ``incarnation`` is that of the queue it stands in ('' from an older release). ``body`` is None for a kind that this
    version does not know; ``raw`` is the JSON document that came. Of a message that came from a peer ``refusal`` says
    why it can't be taken, and ``left_out`` which of its registers can't.
    """

    id: str
    sequence: int
    kind: str
    twin_id: str
    body: MessageBody | None
    created_at: datetime
    raw: Mapping[str, object] | None = None
    refusal: Refusal | None = None
    left_out: tuple[LeftOut, ...] = ()
    incarnation: str = ""


@dataclass(frozen=True, slots=True)
class MessageAnswer:
    """The receiver's answer to one message: ``stored``, ``duplicate`` or ``refused`` with a code and, from nodes that
    say more, a text.
    """

    message_id: str
    outcome: str
    error_code: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A row of the sync queue as pages list it."""

    id: str
    direction: str
    connection_id: str
    twin_id: str
    kind: str
    status: QueueStatus
    sequence: int
    created_at: datetime
    settled_at: datetime | None
    work_item_id: int | None

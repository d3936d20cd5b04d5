"""Events of the sync queue as people see them: messages in four lanes, and how the queue was over time."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from adnode.domain.connection import ConnectionStatus
from adnode.domain.connection_note import Partner, PartnerState
from adnode.domain.message import Message, MessageKind, QueueStatus
from adnode.domain.synced_change import Direction


class Lane(StrEnum):
    """Where an event is listed. OUTGOING messages lie in the outbox, INCOMING ones in the inbox. Attachments are sorted
    by the way that the *file* goes: what the partner asks for and what we answer is OUTGOING_ATTACHMENTS; what we ask
    for and what the partner answers is INCOMING_ATTACHMENTS.
    """

    OUTGOING_SYNC = "outgoing_sync"
    INCOMING_SYNC = "incoming_sync"
    OUTGOING_ATTACHMENTS = "outgoing_attachments"
    INCOMING_ATTACHMENTS = "incoming_attachments"


_ANSWERS = frozenset({MessageKind.CONTENT_SENT, MessageKind.CONTENT_FAILED})
STATE_KINDS = frozenset({MessageKind.STATE, MessageKind.CONNECTING})
"""Messages that carry changes of a work item. The peer applies them and says so; of all others it only says that it has
them.
"""


def lane_of(direction: Direction, kind: str) -> Lane:
    """Return the lane of a message."""
    is_outgoing = direction is Direction.OUTGOING
    if kind == MessageKind.CONTENT_REQUESTED:
        return Lane.INCOMING_ATTACHMENTS if is_outgoing else Lane.OUTGOING_ATTACHMENTS
    if kind in _ANSWERS:
        return Lane.OUTGOING_ATTACHMENTS if is_outgoing else Lane.INCOMING_ATTACHMENTS
    return Lane.OUTGOING_SYNC if is_outgoing else Lane.INCOMING_SYNC


DIRECTIONS: Mapping[Lane, tuple[Direction, ...]] = {
    Lane.OUTGOING_SYNC: (Direction.OUTGOING,),
    Lane.INCOMING_SYNC: (Direction.INCOMING,),
    Lane.OUTGOING_ATTACHMENTS: (Direction.OUTGOING, Direction.INCOMING),
    Lane.INCOMING_ATTACHMENTS: (Direction.OUTGOING, Direction.INCOMING),
}
"""The ways that messages of a lane go."""


class Hold(StrEnum):
    """Why an event is blocked."""

    NONE = ""
    CONNECTION_NOT_ACTIVE = "connection_not_active"
    PEER_UNREACHABLE = "peer_unreachable"
    PEER_REFUSING = "peer_refusing"
    PARTNER_PAUSED = "partner_paused"
    PARTNER_STOPPED = "partner_stopped"
    PARTNER_ENDED = "partner_ended"
    PLAN_LIMIT = "plan_limit"
    FAILED_EVENT = "failed_event"
    UNKNOWN_KIND = "unknown_kind"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What decides whether an event can go on. ``partner`` is how the other side stands. ``is_twin_held``: the twin
    waits for the license plan. ``has_error``: something about the twin failed on this side and is open.
    """

    connection_status: ConnectionStatus
    partner: Partner = field(default_factory=Partner)
    is_twin_held: bool = False
    has_error: bool = False


_HOLDS: Mapping[PartnerState, Hold] = {
    PartnerState.ANSWERING: Hold.NONE,
    PartnerState.SILENT: Hold.PEER_UNREACHABLE,
    PartnerState.REFUSING: Hold.PEER_REFUSING,
    PartnerState.PAUSED: Hold.PARTNER_PAUSED,
    PartnerState.STOPPED: Hold.PARTNER_STOPPED,
    PartnerState.ENDED: Hold.PARTNER_ENDED,
}
PARTNER_HOLDS = frozenset(_HOLDS.values()) - {Hold.NONE}
"""Holds that are the partner's; they last as long as it stands so."""
_ON_THE_WAY = frozenset({QueueStatus.WAITING, QueueStatus.SENDING})


def hold_of(status: QueueStatus, circumstances: Circumstances) -> Hold:
    """Return what an event of that stored status waits for beside its turn."""
    if status is QueueStatus.PARKED:
        return Hold.UNKNOWN_KIND
    if status is QueueStatus.BLOCKED:
        return Hold.OTHER
    if status is not QueueStatus.APPLYING and status not in _ON_THE_WAY:
        return Hold.NONE
    if circumstances.connection_status is not ConnectionStatus.ACTIVE:
        return Hold.CONNECTION_NOT_ACTIVE
    if status is QueueStatus.APPLYING:
        if circumstances.is_twin_held:
            return Hold.PLAN_LIMIT
        return Hold.FAILED_EVENT if circumstances.has_error else Hold.NONE
    return _HOLDS[circumstances.partner.state]


@dataclass(frozen=True, slots=True)
class QueueEvent:
    """A row of outbox or inbox as people see it. ``id`` is unique per connection and direction.

    ``stored_status`` is the row's own; ``status`` is BLOCKED where something holds it (``hold``); ``hold_since`` is
    since when the partner has been so that nothing can go there, None for other holds. ``reason`` says why a
    cancelled one was cancelled. ``attempts`` counts how often it was handed out or tried, ``last_attempt_at`` is the
    last time. ``is_at_work`` says that it is being sent or applied at this moment. Work items are 0 while unknown;
    ``remote_…`` of an organization is '' while there is no partner.
    """

    id: str
    direction: Direction
    lane: Lane
    connection_id: str
    connection_name: str
    remote_organization_id: str
    remote_name: str
    twin_id: str
    kind: str
    stored_status: QueueStatus
    hold: Hold
    reason: str
    sequence: int
    work_item_id: int
    remote_work_item_id: int
    remote_url: str
    created_at: datetime
    settled_at: datetime | None
    attempts: int
    last_attempt_at: datetime | None
    is_at_work: bool = False
    hold_since: datetime | None = None

    @property
    def status(self) -> QueueStatus:
        """Return the status that people see."""
        return QueueStatus.BLOCKED if self.hold is not Hold.NONE else self.stored_status

    @property
    def carries_changes(self) -> bool:
        """Say whether it brings changes of a work item."""
        return self.kind in STATE_KINDS

    @property
    def can_be_cancelled(self) -> bool:
        """Say whether a person may drop it: a change that the partner has not confirmed, or that is not applied here;
        and what this version does not understand.
        """
        return self.stored_status is QueueStatus.PARKED or (self.carries_changes and self.stored_status in _CANCELLABLE)

    @property
    def can_be_sent_again(self) -> bool:
        """Say whether a person may have it repeated: what left, failed or was dropped here, and what failed to be
        applied here.
        """
        if not self.carries_changes:
            return False
        again = _SENT_ONCE if self.direction is Direction.OUTGOING else _FAILED
        return self.stored_status in again


_FAILED = frozenset({QueueStatus.FAILED})
_CANCELLABLE = _FAILED | {QueueStatus.WAITING, QueueStatus.SENDING, QueueStatus.BLOCKED, QueueStatus.APPLYING}
_SENT_ONCE = _FAILED | {QueueStatus.SENT, QueueStatus.SYNCHRONIZED, QueueStatus.CANCELLED}


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event with its message. ``message`` is None when what is stored can't be read any more."""

    event: QueueEvent
    message: Message | None


@dataclass(frozen=True, slots=True)
class QueueSample:
    """How one direction of a connection's queue was in a minute, or all connections' together (no ``connection_id``).

    ``minute`` counts from 1970, in UTC. ``depth`` is how many events waited, ``oldest_seconds`` the age of the oldest
    of them (0 without any), ``settled`` how many were finished in the minute before.
    """

    organization_id: str
    connection_id: str
    direction: Direction
    minute: int
    depth: int
    oldest_seconds: int
    settled: int


def minute_of(moment: datetime) -> int:
    """Return the minute of a time, counted from 1970."""
    return int(moment.timestamp()) // 60

"""Messages between nodes and the rows of outbox and inbox that carry them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from adnode.domain.sync_state import Registers


class MessageKind(StrEnum):
    """What a message says. Unknown kinds are parked, not lost."""

    STATE = "state"
    APPLIED = "applied"
    FAILED = "failed"
    CONTENT_REQUESTED = "content_requested"
    CONTENT_SENT = "content_sent"
    CONTENT_FAILED = "content_failed"
    CONNECTION_CHANGED = "connection_changed"


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


@dataclass(frozen=True, slots=True)
class StateBody:
    """Registers of one twin that the sender changed, versions as the sender counts them, and where its work item is."""

    work_item_id: int
    url: str
    lineage: frozenset[str]
    registers: Registers


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


MessageBody = StateBody | AppliedBody | FailedBody | ContentBody | ConnectionChangedBody


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it travels. ``sequence`` grows by one per connection and sender; ``id`` is unique.

    ``body`` is None for a kind that this version does not know; ``raw`` is the JSON document that came.
    """

    id: str
    sequence: int
    kind: str
    twin_id: str
    body: MessageBody | None
    created_at: datetime
    raw: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class MessageAnswer:
    """The receiver's answer to one message: ``stored``, ``duplicate`` or ``refused`` with a code."""

    message_id: str
    outcome: str
    error_code: str = ""


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

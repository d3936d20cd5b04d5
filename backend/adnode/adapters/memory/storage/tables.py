"""What the database in memory holds: immutable rows in dictionaries, so that copying the dictionaries is a snapshot."""

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from operator import attrgetter
from typing import Any, Self, TypeVar

from adnode.domain.audit import AuditEntry
from adnode.domain.connection import Connection
from adnode.domain.connection_note import ConnectionNote
from adnode.domain.drift import Finding
from adnode.domain.error_record import ConflictRecord, ErrorRecord
from adnode.domain.errors import NotFoundError
from adnode.domain.invitation import Invitation
from adnode.domain.job import Job, JobRow
from adnode.domain.message import Message, QueueStatus
from adnode.domain.notification import Delivery, DeliveryStatus, MailServer, Subscriber
from adnode.domain.organization import Organization
from adnode.domain.parting import Parting
from adnode.domain.proposal import Proposal, ProposalRow
from adnode.domain.queue_event import QueueSample
from adnode.domain.queues import BEGINNING, Position
from adnode.domain.session import SessionRecord, Tenant
from adnode.domain.synced_change import SyncedChange
from adnode.domain.tally import Tally
from adnode.domain.trace import AskedFile, Content, Trace, TraceKind
from adnode.domain.trigger import Trigger
from adnode.domain.twin import Twin, TwinStatus
from adnode.domain.usage import Usage
from adnode.ports.hub_storage import Repetition


@dataclass(frozen=True, slots=True)
class StoredOrganization:
    """An organization and its sealed credential."""

    organization: Organization
    sealed_credential: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class StoredFeed:
    """Where an organization's change feed stands."""

    token: str | None = None
    lease_owner: str | None = None
    lease_until: datetime | None = None
    finished_at: datetime | None = None
    pages: int = 0
    looked_back_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class StoredConnection:
    """A connection and the counters of its queue."""

    connection: Connection
    incarnation: str
    outbox_sequence: int = 0
    acknowledged: Position = BEGINNING
    retired_incarnation: str = ""
    received: Position = BEGINNING
    sender_owner: str | None = None
    sender_until: datetime | None = None
    files_owner: str | None = None
    files_until: datetime | None = None
    postponed_until: datetime | None = None
    postponed_attempts: int = 0


@dataclass(frozen=True, slots=True)
class StoredTwin:
    """A twin and the schedule of its reconciliation."""

    twin: Twin
    is_dirty: bool
    due_at: datetime | None
    must_read: bool = False
    dirty_sequence: int = 0
    attempts: int = 0
    fence: int = 0
    lease_owner: str | None = None
    lease_until: datetime | None = None

    @property
    def is_unlinked(self) -> bool:
        """Say whether it was taken out of sync."""
        return self.twin.status is TwinStatus.UNLINKED

    def is_leased(self, now: datetime) -> bool:
        """Say whether somebody's lease lives."""
        return self.lease_owner is not None and self.lease_until is not None and self.lease_until > now

    def is_claimable(self, now: datetime) -> bool:
        """Say whether it is due and free."""
        is_due = self.is_dirty and self.due_at is not None and self.due_at <= now
        return is_due and not self.is_unlinked and not self.twin.is_held and not self.is_leased(now)


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A row of outbox or inbox."""

    connection_id: str
    message: Message
    status: QueueStatus
    created_at: datetime
    settled_at: datetime | None = None
    attempts: int = 0
    last_attempt_at: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class StoredNotice:
    """An error record that was noticed for a subscriber."""

    connection_id: str
    code: str
    noticed_at: datetime
    is_told: bool
    told_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class StoredDelivery:
    """A delivery and the lease under which it is sent."""

    delivery: Delivery
    lease_owner: str | None = None
    lease_until: datetime | None = None

    @property
    def is_waiting(self) -> bool:
        """Say whether it is to be sent."""
        return self.delivery.status is DeliveryStatus.WAITING

    def is_due(self, now: datetime) -> bool:
        """Say whether it is to be sent now and free."""
        is_free = self.lease_until is None or self.lease_until <= now
        return self.is_waiting and is_free and self.delivery.next_attempt_at <= now


@dataclass(frozen=True, slots=True)
class StoredTrigger:
    """A trigger and who evaluates it."""

    trigger: Trigger
    lease_owner: str | None = None
    lease_until: datetime | None = None

    def is_leased(self, now: datetime) -> bool:
        """Say whether somebody's lease lives."""
        return self.lease_owner is not None and self.lease_until is not None and self.lease_until > now


@dataclass(frozen=True, slots=True)
class StoredJob:
    """A job without its counts, and who works on it."""

    job: Job
    lease_owner: str | None = None
    lease_until: datetime | None = None

    def is_leased(self, now: datetime) -> bool:
        """Say whether somebody's lease lives."""
        return self.lease_owner is not None and self.lease_until is not None and self.lease_until > now


Stored = TypeVar("Stored")
TraceId = tuple[str, int, TraceKind, str]


@dataclass(slots=True)
class Tables:
    """All rows by key."""

    organizations: dict[str, StoredOrganization] = field(default_factory=dict)
    feeds: dict[str, StoredFeed] = field(default_factory=dict)
    connections: dict[str, StoredConnection] = field(default_factory=dict)
    invitations: dict[str, Invitation] = field(default_factory=dict)
    twins: dict[str, StoredTwin] = field(default_factory=dict)
    traces: dict[TraceId, Trace] = field(default_factory=dict)
    contents: dict[tuple[str, str], Content] = field(default_factory=dict)
    asked_files: dict[tuple[str, str], AskedFile] = field(default_factory=dict)
    outbox: dict[str, StoredMessage] = field(default_factory=dict)
    inbox: dict[tuple[str, str], StoredMessage] = field(default_factory=dict)
    error_records: dict[str, ErrorRecord] = field(default_factory=dict)
    conflicts: dict[str, ConflictRecord] = field(default_factory=dict)
    nonces: dict[tuple[str, str], datetime] = field(default_factory=dict)
    tenants: dict[str, Tenant] = field(default_factory=dict)
    sessions: dict[str, SessionRecord] = field(default_factory=dict)
    identity_pairs: dict[tuple[str, str, str], datetime] = field(default_factory=dict)
    notes: dict[str, ConnectionNote] = field(default_factory=dict)
    audit: dict[str, AuditEntry] = field(default_factory=dict)
    drift_findings: dict[str, Finding] = field(default_factory=dict)
    triggers: dict[str, StoredTrigger] = field(default_factory=dict)
    change_logs: dict[str, int] = field(default_factory=dict)
    noted_changes: dict[tuple[str, int], int] = field(default_factory=dict)
    forgotten_twins: dict[tuple[str, str], datetime] = field(default_factory=dict)
    repetitions: dict[tuple[str, str], Repetition] = field(default_factory=dict)
    jobs: dict[str, StoredJob] = field(default_factory=dict)
    job_rows: dict[tuple[str, int], JobRow] = field(default_factory=dict)
    synced_changes: dict[str, SyncedChange] = field(default_factory=dict)
    mail_servers: dict[str, MailServer] = field(default_factory=dict)
    subscribers: dict[str, Subscriber] = field(default_factory=dict)
    unsubscribe_tokens: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    notices: dict[tuple[str, str, datetime], StoredNotice] = field(default_factory=dict)
    notice_rounds: dict[str, tuple[datetime | None, datetime | None]] = field(default_factory=dict)
    deliveries: dict[str, StoredDelivery] = field(default_factory=dict)
    queue_samples: dict[tuple[str, str, str, int], QueueSample] = field(default_factory=dict)
    usage: dict[tuple[str, str, str], Usage] = field(default_factory=dict)
    tallies: dict[Tally, int] = field(default_factory=dict)
    epochs: dict[str, int] = field(default_factory=dict)
    proposals: dict[str, Proposal] = field(default_factory=dict)
    proposal_rows: dict[tuple[str, int], ProposalRow] = field(default_factory=dict)
    partings: dict[tuple[str, int], Parting] = field(default_factory=dict)

    def copy(self) -> Self:
        """Return a snapshot."""
        copies: Iterable[Any] = map(dict, _read_all(self))
        return type(self)(*copies)


_read_all: Callable[[Tables], tuple[dict[Any, Any], ...]] = attrgetter(*(table.name for table in fields(Tables)))
"""Made once, because every unit of work copies every table."""


def new_incarnation() -> str:
    """Return the name of a queue that was never there before."""
    return uuid.uuid4().hex


def existing(rows: Mapping[str, Stored], row_id: str, message: str) -> Stored:
    """Return the row; raises NotFoundError with that message."""
    row = rows.get(row_id)
    if row is None:
        raise NotFoundError(message)
    return row

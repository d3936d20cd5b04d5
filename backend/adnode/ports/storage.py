"""Port to everything the node remembers. One unit of work is one transaction.

Times are aware. Leases live until their time, exclusive. A unit of work that reads a connection by its id, or changes
anything that belongs to one, has that connection to itself until it ends; other units wait. One that needs several
names them in the order of their ids, else two units may wait for each other until the database ends one of them.
What a database can't do raises StorageUnavailableError.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from types import TracebackType
from typing import Protocol, Self

from adnode.domain.connection import Connection, ConnectionStatus
from adnode.domain.errors import LeaseLostError, StateError
from adnode.domain.invitation import Invitation
from adnode.domain.message import Message, MessageBody, QueueStatus
from adnode.domain.organization import Organization
from adnode.domain.queues import Position, Queues
from adnode.domain.realignment import Realignment
from adnode.domain.trace import AskedFile, Content, Trace
from adnode.domain.twin import ClaimedTwin, Intent, Twin, TwinStatus
from adnode.ports.clean_up_storage import CleanUpRepository
from adnode.ports.consent_storage import PartingRepository, ProposalRepository
from adnode.ports.drift_storage import DriftRepository
from adnode.ports.epoch_storage import EpochRepository
from adnode.ports.error_storage import ErrorRecordRepository
from adnode.ports.hub_storage import (
    AuditTrail,
    ConnectionNoteRepository,
    RepetitionRepository,
    SessionRepository,
    TenantRepository,
)
from adnode.ports.job_storage import JobRepository
from adnode.ports.notification_storage import NotificationStorage
from adnode.ports.queue_view import QueueSampleRepository, QueueView
from adnode.ports.trigger_storage import TriggerRepository
from adnode.ports.twin_list import ConflictRepository, SyncedChangeRepository, TwinListRepository
from adnode.ports.usage_storage import StandingView, TallyRepository, UsageRepository

REMEMBERED_MESSAGES = 1000
"""Messages of each peer whose ids are never forgotten; several times what one batch carries."""


class OrganizationRepository(Protocol):
    """Organizations and their sealed credentials."""

    def add(self, organization: Organization, sealed_credential: bytes) -> None:
        """Add it; raises StateError when it is there already."""

    def get(self, organization_id: str) -> Organization:
        """Return it; raises NotFoundError."""

    def list_all(self) -> list[Organization]:
        """Return all of them by name."""

    def sealed_credential(self, organization_id: str) -> bytes:
        """Return it; raises NotFoundError."""

    def replace_credential(self, organization: Organization, sealed_credential: bytes) -> None:
        """Save the organization as its new credential showed it; raises NotFoundError."""

    def remove(self, organization_id: str) -> None: ...


class ConnectionRepository(Protocol):
    """Connections, and the one-sender lease and counters of their queues."""

    def add(self, connection: Connection) -> None:
        """Add it; raises StateError when its id is taken."""

    def get(self, connection_id: str) -> Connection:
        """Return it; raises NotFoundError."""

    def list_all(self, *, statuses: Collection[ConnectionStatus] | None = None) -> list[Connection]:
        """Return them, the oldest first."""

    def list_stopped(self, connection_ids: Collection[str]) -> set[str]:
        """Return which of them are not active (any more), or not there."""

    def save(self, connection: Connection) -> None:
        """Save all of it but the counters of its queue; raises NotFoundError."""

    def claim_sender(self, connection_id: str, owner: str, now: datetime, lease_seconds: float) -> bool:
        """Take (or extend) the right to send or poll for this connection; False while another owner's lease lives."""

    def release_sender(self, connection_id: str, owner: str) -> None: ...
    def claim_files(self, connection_id: str, owner: str, now: datetime, lease_seconds: float) -> bool:
        """Take (or extend) the right to move files over this connection, as ``claim_sender`` does for messages."""

    def release_files(self, connection_id: str, owner: str) -> None: ...
    def queues(self, connection_id: str) -> Queues:
        """Return what is known of both queues; raises NotFoundError. Ours has an incarnation from the beginning."""

    def set_received(self, connection_id: str, position: Position) -> None:
        """Note the last message of the peer's queue that is stored here."""

    def set_acknowledged(self, connection_id: str, position: Position) -> None:
        """Note the last message of our queue that the peer has said to have stored."""

    def postpone_sending(self, connection_id: str, until: datetime, attempts: int) -> None:
        """The peer can't be reached: nothing is sent before ``until``."""

    def sending_due(self, now: datetime) -> list[tuple[str, int]]:
        """Return (connection id, attempts) of active push or poll connections that are not postponed and have
        waiting rows.
        """


class InvitationRepository(Protocol):
    """Invitations of this node as initiator."""

    def add(self, invitation: Invitation) -> None: ...
    def get(self, invitation_id: str) -> Invitation:
        """Return it; raises NotFoundError."""

    def list_of(self, connection_id: str) -> list[Invitation]:
        """Return those of the connection, the newest first."""

    def consume(self, invitation_id: str, public_key: bytes, now: datetime) -> bool:
        """Mark an open invitation used by that key and destroy its secret, in one atomic update; False when it was not
        open any more.
        """

    def save(self, invitation: Invitation) -> None:
        """Save it; raises NotFoundError."""


class TwinRepository(Protocol):
    """Twins and the schedule of their reconciliation.

    A twin is *dirty* when something happened to it, and *due* when it is dirty and its due time has come. Claims give a
    lease with a rising fence; a twin whose local work item is leased through another twin of the same organization is
    not claimed.
    """

    def add(self, twin: Twin, *, due_at: datetime | None) -> Twin:
        """Add a twin; with ``due_at`` it is dirty. Raises StateError when the connection has the work item already.

        The new pair is counted in ``usage``, in the month of its creation. Where the license plan has no room for it,
        or others wait already, it is held instead: the twin that is returned (and stored) says so, and is never
        claimed before ``UsageRepository.release`` lets it through. Whoever makes twins needs to do nothing about that
        but tell it (license_plan.WAITS_FOR_PLAN). A unit that adds twins over several connections reads all of these
        connections before.
        """

    def add_all(self, twins: Sequence[Twin], *, due_at: datetime | None) -> list[Twin]:
        """Add twins of one connection as ``add`` does, in few statements; raises StateError and adds none when one of
        the work items is under sync over it already.
        """

    def unlink(self, connection_id: str, twin_ids: Collection[str]) -> None:
        """Take those of the twins out of sync that are the connection's."""

    def get(self, twin_id: str) -> Twin:
        """Return it; raises NotFoundError."""

    def find(self, twin_ids: Collection[str]) -> Mapping[str, Twin]: ...
    def find_by_work_item(self, organization_id: str, work_item_ids: Collection[int]) -> list[Twin]:
        """Return the twins (not unlinked) of those local work items over all connections of the organization, by
        connection and id.
        """

    def find_unmade(self, connection_id: str, remote_urls: Collection[str]) -> list[Twin]:
        """Return the connection's twins (not unlinked) of those counterparts that have an intent and no work item."""

    def list_page(
        self,
        connection_id: str,
        *,
        statuses: Collection[TwinStatus] | None = None,
        after: str = "",
        limit: int = 200,
    ) -> list[Twin]:
        """Return a page of twins ordered by id."""

    def count(self, connection_id: str) -> Mapping[TwinStatus, int]: ...
    def count_due(self, connection_id: str) -> int:
        """Return how many twins of the connection are dirty or leased (not at rest); unlinked ones always rest."""

    def mark_dirty(self, twin_ids: Collection[str], due_at: datetime, *, must_read: bool) -> None:
        """Something happened to these twins (unlinked ones rest all the same); an earlier due time is kept,
        ``must_read`` is never taken back.
        """

    def realign(self, connection_id: str, realignment: Realignment, due_at: datetime) -> None:
        """Have this done with every twin of the connection that is not unlinked: all become dirty and must be read."""

    def reread(self, twin_ids: Collection[str], due_at: datetime) -> None:
        """Have everything of these twins' work items read, whatever their revisions say; where something else has to be
        done with a twin as a whole, that reads enough.
        """

    def mark_revisions(self, organization_id: str, revisions: Mapping[int, int], due_at: datetime) -> set[str]:
        """Make twins dirty (must read) whose work item has a newer revision than known; return their connection ids."""

    def connections_due(self, now: datetime) -> list[str]:
        """Return the ids of active connections that have due, unleased twins, sorted."""

    def claim(
        self, connection_id: str, owner: str, now: datetime, lease_seconds: float, limit: int
    ) -> list[ClaimedTwin]:
        """Lease due twins of the connection to the owner, the longest due first."""

    def extend(self, claims: Sequence[ClaimedTwin], now: datetime, lease_seconds: float) -> set[str]:
        """Prolong the leases that are ours still; return the twins whose lease was lost."""

    def record_intents(self, claims: Sequence[ClaimedTwin], intents: Mapping[str, Intent | None]) -> set[str]:
        """Store (or clear) intents by twin id where the lease is ours still; return the twins whose lease was lost."""

    def name_work_items(
        self, claims: Sequence[ClaimedTwin], twins: Mapping[str, Twin]
    ) -> Mapping[str, LeaseLostError | StateError]:
        """Store which work items were just made for twins: number, project, revision and lineage, by twin id.

        Return why some are left as they are: their lease was lost, or another twin of the connection has the work item.
        """

    def finish(
        self, claim: ClaimedTwin, twin: Twin, *, retry_at: datetime | None = None, keep_dirty: bool = False
    ) -> None:
        """Save the twin and end the lease. ``retry_at`` keeps it dirty until then (earlier when more came in since the
        claim) and counts an attempt; otherwise attempts are reset and it is clean unless more came in (or
        ``keep_dirty``). What others saved meanwhile is kept: an unlinking, a realignment, and where the work item of
        the peer is.

        Raises LeaseLostError; StateError when another twin of the connection has the work item.
        """

    def save(self, twin: Twin) -> None:
        """Save descriptive parts (status, remote id and URL, lineage, synchronized_at) of a twin that is not claimed
        here; the state, forms, revision and intent are left as stored. An unlinked twin stays unlinked. Raises
        NotFoundError.
        """


class TraceRepository(Protocol):
    """Traces of local work items, shared by their twins; and contents already uploaded."""

    def find(self, organization_id: str, work_item_ids: Collection[int]) -> Mapping[int, list[Trace]]: ...
    def save(self, traces: Sequence[Trace]) -> None:
        """Add or replace by (organization, work item, kind, key)."""

    def find_by_key(self, organization_id: str, key: str) -> Trace | None:
        """Return any linked file's trace of that key in the organization (for serving content to a peer)."""

    def contents(self, connection_id: str, keys: Collection[str]) -> Mapping[str, Content]: ...
    def add_content(self, content: Content) -> None:
        """Remember an upload; the same key again replaces it. One without URL says that the file can't be had. Either
        ends the asking for it.
        """

    def ask_for_files(self, files: Sequence[AskedFile]) -> None:
        """Remember what the peer is asked for; asking again changes the time only."""

    def asked_files(self, connection_id: str, keys: Collection[str]) -> Mapping[str, AskedFile]:
        """Return which of those files the peer was asked for, by key."""

    def forget_asked(self, before: datetime, limit: int = 1000) -> int:
        """Delete what was last asked for before that time, at most ``limit``; return how many."""

    def remove_contents(self, connection_id: str, keys: Collection[str]) -> None:
        """Forget uploads, so that the files are fetched again."""


class OutboxRepository(Protocol):
    """Messages to the peer. At least once: a row stays until the peer has stored it."""

    def add(self, connection_id: str, twin_id: str, kind: str, body: MessageBody, now: datetime) -> str:
        """Queue a message and return its id. A state for a twin that has a waiting (never handed out) state
        is merged into it. Sequences have no gaps. Raises NotFoundError for an unknown connection.
        """

    def next_batch(
        self, connection_id: str, limit: int, maximum_bytes: int, now: datetime | None = None
    ) -> list[Message]:
        """Return the oldest unsent messages (waiting or sending) and mark them sending; with ``now`` an attempt is
        noted. The first one is returned however large; the others only as far as all fit into ``maximum_bytes``.
        """

    def after(
        self, connection_id: str, sequence: int, limit: int, maximum_bytes: int, now: datetime | None = None
    ) -> list[Message]:
        """Return unacknowledged messages above the sequence for a poll, as ``next_batch`` does."""

    def list_waiting(self, after: Mapping[str, int]) -> set[str]:
        """Return which of the connections have an unsent message above the number given for them."""

    def acknowledge(self, connection_id: str, sequence: int, now: datetime) -> int:
        """Mark everything up to the sequence sent; return how many were."""

    def settle(
        self,
        message_ids: Collection[str],
        status: QueueStatus,
        now: datetime,
        *,
        connection_id: str = "",
        reason: str = "",
    ) -> None:
        """Move messages to the status where the transition table allows it; others are left alone. With
        ``connection_id`` only its own: ids that a peer names must not reach another connection's messages. ``reason``
        is kept for people.
        """

    def cancel_failed(self, twin_ids: Collection[str], now: datetime, *, reason: str = "") -> int:
        """Cancel what failed of these twins: nobody waits for it any more. Return how many."""

    def unconfirmed(self, twin_ids: Collection[str]) -> set[str]:
        """Return those of the twins of which the partner has yet to say that it has applied a change."""

    def forget_settled(self, before: datetime, limit: int = 1000) -> int:
        """Delete messages settled before that time that nobody waits for (sent, synchronized, failed, cancelled), at
        most ``limit``; return how many.
        """

    def id_at(self, connection_id: str, sequence: int) -> str | None:
        """Return the id of the message with that number; None when it is not there (any more)."""

    def begin_anew(self, connection_id: str, now: datetime) -> None:
        """Give the queue another incarnation, in which nothing is acknowledged yet; raises NotFoundError.

        Of what was not sent states are cancelled, because they are told anew as a whole; all else waits on under other
        ids and numbers: what a restored database holds may have been sent before, and is a duplicate under its old id.
        """


class InboxRepository(Protocol):
    """Messages of the peer. Effects are once: ids are remembered with their effect."""

    def add(self, connection_id: str, message: Message, status: QueueStatus, now: datetime) -> bool:
        """Store a message; False when its id is known already."""

    def pending(self, twin_ids: Collection[str]) -> Mapping[str, list[Message]]:
        """Return the state messages not yet applied (applying or failed), oldest first, by twin. Only what came over
        the twin's own connection counts: another peer must not reach it by naming it.
        """

    def pending_of_kind(self, connection_id: str, kind: str) -> list[Message]:
        """Return the messages of that kind not yet settled (applying or failed), oldest first."""

    def settle(
        self,
        message_ids: Collection[str],
        status: QueueStatus,
        now: datetime,
        *,
        connection_id: str = "",
        reason: str = "",
    ) -> None:
        """Move messages to the status where the transition table allows it; others are left alone. With
        ``connection_id`` only its own: peers choose their ids.
        """

    def cancel_failed(self, twin_ids: Collection[str], now: datetime) -> int:
        """Cancel what failed of these twins, so that it is never applied; what waits goes on. Return how many."""

    def forget_settled(self, before: datetime, limit: int = 1000) -> int:
        """Delete messages settled (synchronized, cancelled) before that time, at most ``limit``; return how many.

        The newest REMEMBERED_MESSAGES of a connection stay: a sender that crashed may send its last batch again.
        """


class FeedRepository(Protocol):
    """Where the change feed of each organization stands, and who reads it."""

    def claim(
        self, organization_id: str, owner: str, now: datetime, lease_seconds: float, interval_seconds: float
    ) -> bool:
        """Take the right to read one round; False while a lease lives (the same owner's too: threads share it) or the
        last round is younger than the interval.
        """

    def extend(self, organization_id: str, owner: str, now: datetime, lease_seconds: float) -> bool:
        """Prolong the lease of the owner; False when it is not theirs (any more)."""

    def token(self, organization_id: str) -> str | None: ...
    def save_token(self, organization_id: str, token: str) -> None: ...
    def count_page(self, organization_id: str) -> None:
        """Note that a page of revisions is taken over. To be called first: others who do so, or ask for the number,
        wait until the unit ends.
        """

    def pages(self, organization_id: str) -> int:
        """Return how many pages were taken over so far; none is until the unit ends. To be called before the unit
        turns to any connection.
        """

    def looked_back_at(self, organization_id: str) -> datetime | None:
        """Return when the feed was last read again from some time ago."""

    def note_look_back(self, organization_id: str, now: datetime) -> None: ...
    def finish(self, organization_id: str, owner: str, now: datetime) -> None:
        """End the round: release the lease and note the time."""


class LeaseOwnerRepository(Protocol):
    """Who holds leases on twins, feeds and sending."""

    def list_all(self) -> set[str]:
        """Return the names of all owners, also of those whose lease has run out."""

    def release(self, owner: str) -> int:
        """End every lease of an owner that died; return how many. Whatever it may still do finds its lease lost."""


class NonceRepository(Protocol):
    """Nonces of peer requests seen within the clock window."""

    def remember(self, key_id: str, nonce: str, expires_at: datetime) -> bool:
        """Remember it; False when it was seen before."""

    def forget_expired(self, now: datetime) -> int:
        """Delete those expired before now; return how many."""


class UnitOfWork(Protocol):
    """One transaction: ``with new_unit_of_work() as work: ...; work.commit()``. Leaving without commit rolls back."""

    organizations: OrganizationRepository
    connections: ConnectionRepository
    invitations: InvitationRepository
    twins: TwinRepository
    traces: TraceRepository
    outbox: OutboxRepository
    inbox: InboxRepository
    queue: QueueView
    queue_samples: QueueSampleRepository
    error_records: ErrorRecordRepository
    feeds: FeedRepository
    nonces: NonceRepository
    lease_owners: LeaseOwnerRepository
    tenants: TenantRepository
    sessions: SessionRepository
    notes: ConnectionNoteRepository
    audit: AuditTrail
    repetitions: RepetitionRepository
    twin_list: TwinListRepository
    synced_changes: SyncedChangeRepository
    conflicts: ConflictRepository
    notifications: NotificationStorage
    usage: UsageRepository
    tallies: TallyRepository
    standing: StandingView
    triggers: TriggerRepository
    jobs: JobRepository
    drift: DriftRepository
    clean_up: CleanUpRepository
    proposals: ProposalRepository
    partings: PartingRepository
    epochs: EpochRepository

    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
    def commit(self, *, durable: bool = True) -> None:
        """Make everything permanent at once, together with everything before.

        With ``durable`` off, a power cut (never the end of a process) may take the latest commits back. It is for what
        is found again by itself: whatever a peer or Azure DevOps is told afterwards needs a durable commit before.
        """


UnitOfWorkFactory = Callable[[], UnitOfWork]

"""One transaction over all repositories."""

from types import TracebackType
from typing import Self

from sqlalchemy.exc import InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session, sessionmaker

from adnode.adapters.storage.audit import SqlAuditTrail, SqlRepetitions
from adnode.adapters.storage.clean_up import SqlCleanUp
from adnode.adapters.storage.conflicts import SqlConflicts
from adnode.adapters.storage.connection_notes import SqlConnectionNotes
from adnode.adapters.storage.connections import SqlConnections
from adnode.adapters.storage.deliveries import SqlNotifications
from adnode.adapters.storage.drift import SqlDrift
from adnode.adapters.storage.durability import Durability, UnsafeCommitError
from adnode.adapters.storage.epochs import SqlEpochs
from adnode.adapters.storage.error_records import SqlErrorRecords
from adnode.adapters.storage.feeds import SqlFeeds, SqlNonces
from adnode.adapters.storage.inbox import SqlInbox
from adnode.adapters.storage.invitations import SqlInvitations
from adnode.adapters.storage.jobs import SqlJobs
from adnode.adapters.storage.lease_owners import SqlLeaseOwners
from adnode.adapters.storage.leases import Leases
from adnode.adapters.storage.new_pairs import NewPairs
from adnode.adapters.storage.organizations import SqlOrganizations
from adnode.adapters.storage.outbox import SqlOutbox
from adnode.adapters.storage.partings import SqlPartings
from adnode.adapters.storage.proposals import SqlProposals
from adnode.adapters.storage.queue_samples import SqlQueueSamples
from adnode.adapters.storage.queue_view import SqlQueueView
from adnode.adapters.storage.sessions import SqlSessions
from adnode.adapters.storage.standing import SqlStandingView
from adnode.adapters.storage.synced_changes import SqlSyncedChanges
from adnode.adapters.storage.tallies import SqlTallies
from adnode.adapters.storage.tenants import SqlTenants
from adnode.adapters.storage.traces import SqlTraces
from adnode.adapters.storage.triggers import SqlTriggers
from adnode.adapters.storage.turns import Turns
from adnode.adapters.storage.twin_list import SqlTwinList
from adnode.adapters.storage.twins import SqlTwins
from adnode.adapters.storage.usage import SqlUsage
from adnode.domain.errors import StorageUnavailableError
from adnode.domain.license_plan import UNLIMITED, LicensePlan
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
from adnode.ports.storage import (
    ConnectionRepository,
    FeedRepository,
    InboxRepository,
    InvitationRepository,
    LeaseOwnerRepository,
    NonceRepository,
    OrganizationRepository,
    OutboxRepository,
    TraceRepository,
    TwinRepository,
)
from adnode.ports.trigger_storage import TriggerRepository
from adnode.ports.twin_list import ConflictRepository, SyncedChangeRepository, TwinListRepository
from adnode.ports.usage_storage import StandingView, TallyRepository, UsageRepository

UNAVAILABLE = (OperationalError, InterfaceError, InternalError, PoolTimeoutError, UnsafeCommitError)
"""InternalError is what a server that may only be read answers (SQLSTATE 25006)."""


class SqlUnitOfWork:
    """UnitOfWork on SQL; leaving without commit rolls back."""

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
    drift: DriftRepository
    jobs: JobRepository
    clean_up: CleanUpRepository
    repetitions: RepetitionRepository
    twin_list: TwinListRepository
    synced_changes: SyncedChangeRepository
    conflicts: ConflictRepository
    notifications: NotificationStorage
    usage: UsageRepository
    tallies: TallyRepository
    standing: StandingView
    triggers: TriggerRepository
    proposals: ProposalRepository
    partings: PartingRepository
    epochs: EpochRepository

    def __init__(self, sessions: sessionmaker[Session], durability: Durability, plan: LicensePlan = UNLIMITED) -> None:
        self._sessions = sessions
        self._durability = durability
        self._plan = plan

    def __enter__(self) -> Self:
        """Begin; the transaction itself begins with the first statement."""
        session = self._session = self._sessions()
        turns = self._turns = Turns(session)
        leases = self._leases = Leases(session, turns)
        pairs = self._pairs = NewPairs(session, turns, self._plan)
        self.organizations = SqlOrganizations(session)
        self.connections = SqlConnections(session, turns)
        self.invitations = SqlInvitations(session, turns)
        self.twins = SqlTwins(session, turns, leases, pairs)
        self.traces = SqlTraces(session)
        self.outbox = SqlOutbox(session, turns)
        self.inbox = SqlInbox(session, turns)
        self.queue = SqlQueueView(session, leases)
        self.queue_samples = SqlQueueSamples(session)
        self.error_records = SqlErrorRecords(session, turns)
        self.feeds = SqlFeeds(session)
        self.nonces = SqlNonces(session)
        self.lease_owners = SqlLeaseOwners(session)
        self.tenants = SqlTenants(session)
        self.sessions = SqlSessions(session)
        self.notes = SqlConnectionNotes(session)
        self.audit = SqlAuditTrail(session)
        self.drift = SqlDrift(session)
        self.jobs = SqlJobs(session)
        self.clean_up = SqlCleanUp(session, turns, leases)
        self.repetitions = SqlRepetitions(session)
        self.twin_list = SqlTwinList(session, leases)
        self.synced_changes = SqlSyncedChanges(session)
        self.conflicts = SqlConflicts(session)
        self.notifications = SqlNotifications(session)
        self.usage = SqlUsage(session, turns, leases, pairs)
        self.tallies = SqlTallies(session)
        self.standing = SqlStandingView(session)
        self.triggers = SqlTriggers(session, leases)
        self.proposals = SqlProposals(session, turns)
        self.partings = SqlPartings(session)
        self.epochs = SqlEpochs(session)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it; what was not committed is gone. Raises StorageUnavailableError for what the database did not do."""
        self._session.close()
        if isinstance(error, UNAVAILABLE):
            raise StorageUnavailableError(
                "The database did not do what was asked: it can't be reached, is full, or others did not give way. "
                "Look at the log of this node and at the database server; work goes on by itself once it answers."
            ) from error

    def commit(self, *, durable: bool = True) -> None:
        """Make everything permanent at once."""
        self._leases.flush()
        self._pairs.flush()
        self._durability.commit(self._session, durable=durable)
        self._turns.end()

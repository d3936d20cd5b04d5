"""The database in memory and its unit of work."""

import threading
from types import TracebackType
from typing import Self

from adnode.adapters.memory.storage.clean_up import MemoryCleanUp
from adnode.adapters.memory.storage.connections import MemoryConnections, MemoryInvitations, MemoryOrganizations
from adnode.adapters.memory.storage.consent import MemoryPartings, MemoryProposals
from adnode.adapters.memory.storage.drift import MemoryDrift
from adnode.adapters.memory.storage.epochs import MemoryEpochs
from adnode.adapters.memory.storage.error_records import MemoryErrorRecords
from adnode.adapters.memory.storage.feeds import MemoryFeeds, MemoryNonces
from adnode.adapters.memory.storage.hub import (
    MemoryAuditTrail,
    MemoryConnectionNotes,
    MemoryRepetitions,
    MemorySessions,
    MemoryTenants,
)
from adnode.adapters.memory.storage.jobs import MemoryJobs
from adnode.adapters.memory.storage.lease_owners import MemoryLeaseOwners
from adnode.adapters.memory.storage.notifications import MemoryNotifications
from adnode.adapters.memory.storage.queue import MemoryInbox, MemoryOutbox
from adnode.adapters.memory.storage.queue_view import MemoryQueueSamples, MemoryQueueView
from adnode.adapters.memory.storage.tables import Tables
from adnode.adapters.memory.storage.traces import MemoryTraces
from adnode.adapters.memory.storage.triggers import MemoryTriggers
from adnode.adapters.memory.storage.twin_list import MemoryConflicts, MemorySyncedChanges, MemoryTwinList
from adnode.adapters.memory.storage.twins import MemoryTwins
from adnode.adapters.memory.storage.usage import MemoryStandingView, MemoryTallies, MemoryUsage, NewPairs
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


class MemoryStorage:
    """Storage that lives as long as the object. One unit of work at a time; the others wait.

    ``plan`` limits new pairs; the operator may set another one at any time.
    """

    def __init__(self, plan: LicensePlan = UNLIMITED) -> None:
        self.plan = plan
        self._tables = Tables()
        self._turn = threading.Lock()
        self._holder: int | None = None

    def unit_of_work(self) -> "MemoryUnitOfWork":
        """Return a new unit of work."""
        return MemoryUnitOfWork(self)

    def begin(self) -> Tables:
        """Wait for the turn and return a snapshot to work on."""
        if self._holder == threading.get_ident():
            raise RuntimeError("A unit of work is open in this thread already; on a database it would wait for itself.")
        self._turn.acquire()
        self._holder = threading.get_ident()
        return self._tables.copy()

    def keep(self, tables: Tables) -> None:
        """Make a snapshot the truth."""
        self._tables = tables.copy()

    def end(self) -> None:
        """Give the turn to the next."""
        self._holder = None
        self._turn.release()


class MemoryUnitOfWork:
    """UnitOfWork in memory: works on a snapshot, which ``commit`` makes the truth."""

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

    def __init__(self, storage: MemoryStorage) -> None:
        self._storage = storage

    def __enter__(self) -> Self:
        """Begin the transaction."""
        tables = self._snapshot = self._storage.begin()
        pairs = NewPairs(tables, self._storage.plan)
        self.organizations = MemoryOrganizations(tables)
        self.connections = MemoryConnections(tables)
        self.invitations = MemoryInvitations(tables)
        self.twins = MemoryTwins(tables, pairs)
        self.traces = MemoryTraces(tables)
        self.outbox = MemoryOutbox(tables)
        self.inbox = MemoryInbox(tables)
        self.queue = MemoryQueueView(tables)
        self.queue_samples = MemoryQueueSamples(tables)
        self.error_records = MemoryErrorRecords(tables)
        self.feeds = MemoryFeeds(tables)
        self.nonces = MemoryNonces(tables)
        self.lease_owners = MemoryLeaseOwners(tables)
        self.tenants = MemoryTenants(tables)
        self.sessions = MemorySessions(tables)
        self.notes = MemoryConnectionNotes(tables)
        self.audit = MemoryAuditTrail(tables)
        self.drift = MemoryDrift(tables)
        self.jobs = MemoryJobs(tables)
        self.clean_up = MemoryCleanUp(tables)
        self.repetitions = MemoryRepetitions(tables)
        self.twin_list = MemoryTwinList(tables)
        self.synced_changes = MemorySyncedChanges(tables)
        self.conflicts = MemoryConflicts(tables)
        self.notifications = MemoryNotifications(tables)
        self.usage = MemoryUsage(tables, pairs)
        self.tallies = MemoryTallies(tables)
        self.standing = MemoryStandingView(tables)
        self.triggers = MemoryTriggers(tables)
        self.proposals = MemoryProposals(tables)
        self.partings = MemoryPartings(tables)
        self.epochs = MemoryEpochs(tables)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it; what was not committed is gone."""
        self._storage.end()

    def commit(self, *, durable: bool = True) -> None:
        """Make everything the truth at once."""
        self._storage.keep(self._snapshot)

"""The database in memory and its unit of work."""

import threading
from types import TracebackType
from typing import Self

from adnode.adapters.memory.storage.connections import MemoryConnections, MemoryInvitations, MemoryOrganizations
from adnode.adapters.memory.storage.error_records import MemoryErrorRecords
from adnode.adapters.memory.storage.feeds import MemoryFeeds, MemoryNonces
from adnode.adapters.memory.storage.hub import (
    MemoryAuditTrail,
    MemoryConnectionNotes,
    MemoryRepetitions,
    MemoryTenants,
)
from adnode.adapters.memory.storage.lease_owners import MemoryLeaseOwners
from adnode.adapters.memory.storage.queue import MemoryInbox, MemoryOutbox, MemoryQueueView
from adnode.adapters.memory.storage.tables import Tables
from adnode.adapters.memory.storage.traces import MemoryTraces
from adnode.adapters.memory.storage.twins import MemoryTwins
from adnode.ports.hub_storage import AuditTrail, ConnectionNoteRepository, RepetitionRepository, TenantRepository
from adnode.ports.storage import (
    ConnectionRepository,
    ErrorRecordRepository,
    FeedRepository,
    InboxRepository,
    InvitationRepository,
    LeaseOwnerRepository,
    NonceRepository,
    OrganizationRepository,
    OutboxRepository,
    QueueView,
    TraceRepository,
    TwinRepository,
)


class MemoryStorage:
    """Storage that lives as long as the object. One unit of work at a time; the others wait."""

    def __init__(self) -> None:
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
    error_records: ErrorRecordRepository
    feeds: FeedRepository
    nonces: NonceRepository
    lease_owners: LeaseOwnerRepository
    tenants: TenantRepository
    notes: ConnectionNoteRepository
    audit: AuditTrail
    repetitions: RepetitionRepository

    def __init__(self, storage: MemoryStorage) -> None:
        self._storage = storage

    def __enter__(self) -> Self:
        """Begin the transaction."""
        tables = self._snapshot = self._storage.begin()
        self.organizations = MemoryOrganizations(tables)
        self.connections = MemoryConnections(tables)
        self.invitations = MemoryInvitations(tables)
        self.twins = MemoryTwins(tables)
        self.traces = MemoryTraces(tables)
        self.outbox = MemoryOutbox(tables)
        self.inbox = MemoryInbox(tables)
        self.queue = MemoryQueueView(tables)
        self.error_records = MemoryErrorRecords(tables)
        self.feeds = MemoryFeeds(tables)
        self.nonces = MemoryNonces(tables)
        self.lease_owners = MemoryLeaseOwners(tables)
        self.tenants = MemoryTenants(tables)
        self.notes = MemoryConnectionNotes(tables)
        self.audit = MemoryAuditTrail(tables)
        self.repetitions = MemoryRepetitions(tables)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it; what was not committed is gone."""
        self._storage.end()

    def commit(self, *, durable: bool = True) -> None:
        """Make everything the truth at once."""
        self._storage.keep(self._snapshot)

"""One transaction over all repositories."""

from types import TracebackType
from typing import Self

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session, sessionmaker

from adnode.adapters.storage.audit import SqlAuditTrail, SqlRepetitions
from adnode.adapters.storage.connection_notes import SqlConnectionNotes
from adnode.adapters.storage.connections import SqlConnections
from adnode.adapters.storage.durability import Durability
from adnode.adapters.storage.error_records import SqlErrorRecords
from adnode.adapters.storage.feeds import SqlFeeds, SqlNonces
from adnode.adapters.storage.inbox import SqlInbox
from adnode.adapters.storage.invitations import SqlInvitations
from adnode.adapters.storage.lease_owners import SqlLeaseOwners
from adnode.adapters.storage.leases import Leases
from adnode.adapters.storage.organizations import SqlOrganizations
from adnode.adapters.storage.outbox import SqlOutbox
from adnode.adapters.storage.queue_view import SqlQueueView
from adnode.adapters.storage.tenants import SqlTenants
from adnode.adapters.storage.traces import SqlTraces
from adnode.adapters.storage.turns import Turns
from adnode.adapters.storage.twins import SqlTwins
from adnode.domain.errors import StorageUnavailableError
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

UNAVAILABLE = (OperationalError, InterfaceError, PoolTimeoutError)


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
    error_records: ErrorRecordRepository
    feeds: FeedRepository
    nonces: NonceRepository
    lease_owners: LeaseOwnerRepository
    tenants: TenantRepository
    notes: ConnectionNoteRepository
    audit: AuditTrail
    repetitions: RepetitionRepository

    def __init__(self, sessions: sessionmaker[Session], durability: Durability) -> None:
        self._sessions = sessions
        self._durability = durability

    def __enter__(self) -> Self:
        """Begin; the transaction itself begins with the first statement."""
        session = self._session = self._sessions()
        turns = self._turns = Turns(session)
        leases = self._leases = Leases(session, turns)
        self.organizations = SqlOrganizations(session)
        self.connections = SqlConnections(session, turns)
        self.invitations = SqlInvitations(session, turns)
        self.twins = SqlTwins(session, turns, leases)
        self.traces = SqlTraces(session)
        self.outbox = SqlOutbox(session, turns)
        self.inbox = SqlInbox(session, turns)
        self.queue = SqlQueueView(session, leases)
        self.error_records = SqlErrorRecords(session, turns)
        self.feeds = SqlFeeds(session)
        self.nonces = SqlNonces(session)
        self.lease_owners = SqlLeaseOwners(session)
        self.tenants = SqlTenants(session)
        self.notes = SqlConnectionNotes(session)
        self.audit = SqlAuditTrail(session)
        self.repetitions = SqlRepetitions(session)
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
        self._durability.commit(self._session, durable=durable)
        self._turns.end()

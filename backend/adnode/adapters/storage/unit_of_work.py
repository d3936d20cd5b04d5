"""One transaction over all repositories."""

from types import TracebackType
from typing import Self

from sqlalchemy.orm import Session, sessionmaker

from adnode.adapters.storage.connections import SqlConnections, SqlInvitations
from adnode.adapters.storage.error_records import SqlErrorRecords
from adnode.adapters.storage.feeds import SqlFeeds, SqlNonces
from adnode.adapters.storage.organizations import SqlOrganizations
from adnode.adapters.storage.queue import SqlInbox, SqlOutbox, SqlQueueView
from adnode.adapters.storage.traces import SqlTraces
from adnode.adapters.storage.twins import SqlTwins
from adnode.ports.storage import (
    ConnectionRepository,
    ErrorRecordRepository,
    FeedRepository,
    InboxRepository,
    InvitationRepository,
    NonceRepository,
    OrganizationRepository,
    OutboxRepository,
    QueueView,
    TraceRepository,
    TwinRepository,
)


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

    def __init__(self, sessions: sessionmaker[Session]) -> None:
        self._sessions = sessions

    def __enter__(self) -> Self:
        """Begin the transaction."""
        session = self._session = self._sessions()
        self.organizations = SqlOrganizations(session)
        self.connections = SqlConnections(session)
        self.invitations = SqlInvitations(session)
        self.twins = SqlTwins(session)
        self.traces = SqlTraces(session)
        self.outbox = SqlOutbox(session)
        self.inbox = SqlInbox(session)
        self.queue = SqlQueueView(session)
        self.error_records = SqlErrorRecords(session)
        self.feeds = SqlFeeds(session)
        self.nonces = SqlNonces(session)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it; what was not committed is gone."""
        self._session.close()

    def commit(self) -> None:
        """Make everything durable at once."""
        self._session.commit()

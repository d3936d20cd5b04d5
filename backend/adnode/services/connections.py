"""Connections, and what people do to them."""

from collections.abc import Callable
from dataclasses import replace

from adnode.domain.connection import Connection, ConnectionStatus
from adnode.domain.error_record import Impact
from adnode.domain.errors import StateError
from adnode.domain.message import ConnectionChangedBody, MessageKind, QueueStatus
from adnode.domain.twin import TwinStatus
from adnode.ports.storage import UnitOfWork, UnitOfWorkFactory
from adnode.ports.system import Clock, Topic, Wakeups
from adnode.services.connection_details import check_name
from adnode.services.invitations import revoke_open
from adnode.services.resynchronization import ResynchronizationService

_PAGE = 200
_CANCELLED_BY_REMOVAL = (
    QueueStatus.WAITING,
    QueueStatus.SENDING,
    QueueStatus.APPLYING,
    QueueStatus.FAILED,
    QueueStatus.BLOCKED,
    QueueStatus.PARKED,
)
_LISTED = tuple(status for status in ConnectionStatus if status is not ConnectionStatus.REMOVED)


class ConnectionService:
    """Lists connections, stops and starts them, renames and removes them.

    ``send`` delivers what waits for a peer that can be called (the exchange's send); it is tried before a connection
    is removed, so that the peer learns of it.
    """

    def __init__(
        self,
        new_unit_of_work: UnitOfWorkFactory,
        resynchronization: ResynchronizationService,
        wakeups: Wakeups,
        clock: Clock,
        send: Callable[[str], int],
    ) -> None:
        self._new_unit_of_work = new_unit_of_work
        self._resynchronization = resynchronization
        self._wakeups = wakeups
        self._clock = clock
        self._send = send

    def list_connections(self, *, include_removed: bool = False) -> list[Connection]:
        """Return the connections in the order they were made."""
        with self._new_unit_of_work() as work:
            return work.connections.list_all(statuses=None if include_removed else _LISTED)

    def show(self, connection_id: str) -> Connection:
        """Return a connection; raises NotFoundError."""
        with self._new_unit_of_work() as work:
            return work.connections.get(connection_id)

    def deactivate(self, connection_id: str) -> Connection:
        """Stop exchanging; what waits stays in the queue. The peer hears it by message or when it calls."""
        return self._change(connection_id, ConnectionStatus.DEACTIVATED, "deactivated")

    def activate(self, connection_id: str) -> Connection:
        """Go on exchanging after a stop, by a person or by a brake; after a brake everything is compared again."""
        connection = self.show(connection_id)
        if connection.status is ConnectionStatus.PENDING:
            raise StateError("Nobody has accepted the invitation yet; the connection becomes active by that alone.")
        if connection.status is ConnectionStatus.BLOCKED:
            self._resynchronization.start(connection)
            self._close_brakes(connection_id)
        return self._change(connection_id, ConnectionStatus.ACTIVE, "activated")

    def rename(self, connection_id: str, name: str) -> Connection:
        """Give the connection another name on this side; the peer is told and keeps its own."""
        name = check_name(name)
        with self._new_unit_of_work() as work:
            renamed = replace(_existing(work, connection_id), name=name)
            work.connections.save(renamed)
            self._tell(work, renamed, "renamed")
            work.commit()
        self._wake(connection_id)
        return renamed

    def remove(self, connection_id: str) -> Connection:
        """End the connection on this side.

        All work items stay as they are in Azure DevOps, on both sides. What goes is here: its twins are unlinked, its
        queue is cancelled, its open invitations are taken back and our private key is destroyed. The peer is told if
        it can be reached now; else it learns it when it calls.
        """
        self._say_goodbye(connection_id)
        with self._new_unit_of_work() as work:
            removed = replace(_existing(work, connection_id).moved_to(ConnectionStatus.REMOVED), sealed_private_key=b"")
            revoke_open(work, connection_id)
            _unlink_twins(work, connection_id)
            self._cancel_queue(work, connection_id)
            work.error_records.close(self._clock.now(), connection_id=connection_id)
            work.connections.save(removed)
            work.commit()
        return removed

    def _change(self, connection_id: str, status: ConnectionStatus, change: str) -> Connection:
        with self._new_unit_of_work() as work:
            changed = _existing(work, connection_id).moved_to(status)
            work.connections.save(changed)
            work.connections.postpone_sending(connection_id, self._clock.now(), 0)
            self._tell(work, changed, change)
            work.commit()
        self._wake(connection_id)
        return changed

    def _close_brakes(self, connection_id: str) -> None:
        with self._new_unit_of_work() as work:
            for record in work.error_records.list_records(connection_id=connection_id):
                if record.impact is Impact.CONNECTION and not record.is_transient:
                    work.error_records.close(self._clock.now(), connection_id=connection_id, code=record.code)
            work.commit()

    def _say_goodbye(self, connection_id: str) -> None:
        with self._new_unit_of_work() as work:
            connection = _existing(work, connection_id)
            if connection.status is not ConnectionStatus.ACTIVE:
                return
            self._tell(work, connection, "removed")
            work.commit()
        self._send(connection_id)

    def _tell(self, work: UnitOfWork, connection: Connection, change: str) -> None:
        if connection.peer is not None:
            body = ConnectionChangedBody(change, connection.name)
            work.outbox.add(connection.id, "", MessageKind.CONNECTION_CHANGED, body, self._clock.now())

    def _cancel_queue(self, work: UnitOfWork, connection_id: str) -> None:
        now = self._clock.now()
        for direction, settle in (("outgoing", work.outbox.settle), ("incoming", work.inbox.settle)):
            while rows := work.queue.list_rows(
                connection_id=connection_id, direction=direction, statuses=_CANCELLED_BY_REMOVAL, limit=_PAGE
            ):
                settle([row.id for row in rows], QueueStatus.CANCELLED, now)

    def _wake(self, connection_id: str) -> None:
        self._wakeups.wake(Topic.SEND, connection_id)
        self._wakeups.wake(Topic.RECONCILE, connection_id)


def _existing(work: UnitOfWork, connection_id: str) -> Connection:
    connection = work.connections.get(connection_id)
    if connection.status is ConnectionStatus.REMOVED:
        raise StateError(f"Connection {connection.name} was removed. Make a new one with a new invitation.")
    return connection


def _unlink_twins(work: UnitOfWork, connection_id: str) -> None:
    after = ""
    while twins := work.twins.list_page(connection_id, after=after, limit=_PAGE):
        for twin in twins:
            work.twins.save(replace(twin, status=TwinStatus.UNLINKED))
        after = twins[-1].id

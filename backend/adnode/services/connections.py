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
from adnode.services.consent.partings import part_twins
from adnode.services.consent.rows import end_proposals
from adnode.services.guards import Guard, unguarded
from adnode.services.invitations import revoke_open
from adnode.services.resynchronization import settle_realignment

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
        self, new_unit_of_work: UnitOfWorkFactory, wakeups: Wakeups, clock: Clock, send: Callable[[str], int]
    ) -> None:
        self._new_unit_of_work = new_unit_of_work
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

    def deactivate(self, connection_id: str, guard: Guard = unguarded) -> Connection:
        """Stop exchanging; what waits stays in the queue. The peer is told if it can be reached now; else it hears it
        when it calls.
        """
        self._tell_ahead(connection_id, ConnectionStatus.DEACTIVATED, "deactivated", guard)
        with self._new_unit_of_work() as work:
            connection = _existing(work, connection_id)
            deactivated = connection.moved_to(ConnectionStatus.DEACTIVATED)
            work.connections.save(deactivated)
            guard.note(work, connection)
            work.commit()
        return deactivated

    def activate(self, connection_id: str, guard: Guard = unguarded) -> Connection:
        """Go on exchanging after a stop, by a person or by a brake. After a brake both sides compare everything."""
        with self._new_unit_of_work() as work:
            connection = _existing(work, connection_id)
            guard(work, connection)
            if connection.status is ConnectionStatus.PENDING:
                raise StateError("Nobody has accepted the invitation yet; the connection becomes active by that alone.")
            active = connection.moved_to(ConnectionStatus.ACTIVE)
            work.connections.save(active)
            work.connections.postpone_sending(connection_id, self._clock.now(), 0)
            settle_realignment(work, active, self._clock.now())
            work.notes.save(work.notes.get(connection_id).listening(self._clock.now()))
            self._tell(work, active, "activated")
            self._close_errors(work, connection_id)
            work.commit()
        self._wake(connection_id)
        return active

    def _close_errors(self, work: UnitOfWork, connection_id: str) -> None:
        """Close what stopped the whole connection: whoever starts it has seen to it, and it opens anew if not."""
        for record in work.error_records.list_records(connection_id=connection_id):
            if record.impact is Impact.CONNECTION and not record.twin_id:
                work.error_records.close(
                    self._clock.now(), connection_id=connection_id, code=record.code, subject=record.subject
                )

    def rename(self, connection_id: str, name: str) -> Connection:
        """Give the connection another name on this side; the peer is told and keeps its own."""
        name = check_name(name)
        return self.edit(connection_id, lambda _work, connection: replace(connection, name=name))

    def edit(
        self,
        connection_id: str,
        change: Callable[[UnitOfWork, Connection], Connection],
        guard: Guard = unguarded,
    ) -> Connection:
        """Save what ``change`` makes of the connection; the peer is told of another name and keeps its own."""
        with self._new_unit_of_work() as work:
            connection = _existing(work, connection_id)
            guard(work, connection)
            edited = change(work, connection)
            work.connections.save(edited)
            if edited.name != connection.name:
                self._tell(work, edited, "renamed")
            work.commit()
        self._wake(connection_id)
        return edited

    def remove(self, connection_id: str, guard: Guard = unguarded) -> Connection:
        """End the connection on this side.

        All work items stay as they are in Azure DevOps, on both sides. What goes is here: its twins are unlinked, its
        queue is cancelled, its open invitations are taken back, its triggers are switched off and our private key is
        destroyed. The peer is told if it can be reached now; else it learns it when it calls.
        """
        self._tell_ahead(connection_id, ConnectionStatus.REMOVED, "removed", guard)
        with self._new_unit_of_work() as work:
            connection = _existing(work, connection_id)
            removed = replace(connection.moved_to(ConnectionStatus.REMOVED), sealed_private_key=b"")
            guard.note(work, connection)
            revoke_open(work, connection_id)
            self._unlink_twins(work, removed)
            end_proposals(work, removed)
            work.triggers.stop(connection_id)
            self._cancel_queue(work, connection_id)
            work.error_records.close(self._clock.now(), connection_id=connection_id)
            work.connections.save(removed)
            work.commit()
        return removed

    def _unlink_twins(self, work: UnitOfWork, connection: Connection) -> None:
        after = ""
        while twins := work.twins.list_page(connection.id, after=after, limit=_PAGE):
            linked = [twin for twin in twins if twin.status is not TwinStatus.UNLINKED]
            part_twins(work, connection, linked, self._clock.now(), is_ours=True)
            work.twins.unlink(connection.id, [twin.id for twin in linked])
            after = twins[-1].id

    def _tell_ahead(self, connection_id: str, status: ConnectionStatus, change: str, guard: Guard) -> None:
        """Send the peer word of a step that ends the sending, before it is taken."""
        with self._new_unit_of_work() as work:
            connection = _existing(work, connection_id)
            guard.check(work, connection)
            connection.moved_to(status)
            is_removal_unheard = status is ConnectionStatus.REMOVED and connection.status is not ConnectionStatus.ACTIVE
            if not is_removal_unheard:
                self._tell(work, connection, change)
            work.commit()
        if connection.status is ConnectionStatus.ACTIVE:
            self._wakeups.wake(Topic.SEND, connection_id)
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

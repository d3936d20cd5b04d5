"""A database that was restored from a backup: told by a count outside of it, or said by the operator."""

from threading import Event

import structlog

from adnode.domain.connection import Connection, ConnectionStatus
from adnode.domain.queues import BEGINNING
from adnode.ports.epoch_storage import EpochWitness
from adnode.ports.storage import UnitOfWork, UnitOfWorkFactory
from adnode.ports.system import Clock, Ids
from adnode.services.queue_agreement import stop_rewound

log = structlog.get_logger(__name__)

COUNTED_SECONDS = 60.0
"""How often the state of the database is counted: an older backup is told from the database that it replaced."""
_KEPT = tuple(
    status for status in ConnectionStatus if status not in (ConnectionStatus.PENDING, ConnectionStatus.REMOVED)
)


class RestorationService:
    """Counts the states of the database, inside and outside, and stops every connection when the inside went back.

    Whoever opens the database asks first: what was restored must not act on what it has forgotten. A witness that was
    restored as well knows nothing; then the partners tell.
    """

    def __init__(self, new_unit_of_work: UnitOfWorkFactory, witness: EpochWitness, clock: Clock, ids: Ids) -> None:
        self._new_unit_of_work = new_unit_of_work
        self._witness = witness
        self._clock = clock
        self._ids = ids

    def check(self) -> bool:
        """Stop every connection when the database is older than the count outside; say whether it is."""
        with self._new_unit_of_work() as work:
            epoch = work.epochs.current()
            if self._witness.recall(epoch.database_id) <= epoch.number:
                return False
            self._begin_anew(work)
            work.commit()
        self._keep()
        return True

    def declare(self) -> int:
        """Take the database for restored, because the operator says so; return how many connections wait for a
        person now.
        """
        with self._new_unit_of_work() as work:
            count = self._begin_anew(work)
            work.commit()
        self._keep()
        return count

    def count(self, stopping: Event) -> bool:
        """Count on, inside first: a number that only the witness knows would say that the database went back."""
        if not stopping.is_set():
            with self._new_unit_of_work() as work:
                work.epochs.step()
                work.commit()
            self._keep()
        return False

    def _keep(self) -> None:
        with self._new_unit_of_work() as work:
            epoch = work.epochs.current()
        self._witness.keep(epoch)

    def _begin_anew(self, work: UnitOfWork) -> int:
        """Stop what is agreed with partners, each queue under another incarnation."""
        epoch = work.epochs.current()
        work.epochs.leap(max(epoch.number, self._witness.recall(epoch.database_id)) + 1)
        connections = sorted(work.connections.list_all(statuses=_KEPT), key=lambda connection: connection.id)
        for connection in connections:
            self._stop(work, work.connections.get(connection.id))
        log.warning("database_restored", epoch=epoch.number, connections=len(connections))
        return len(connections)

    def _stop(self, work: UnitOfWork, connection: Connection) -> None:
        work.outbox.begin_anew(connection.id, self._clock.now())
        work.connections.set_received(connection.id, BEGINNING)
        stop_rewound(work, connection, self._ids, self._clock.now(), is_own=True)

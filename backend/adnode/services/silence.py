"""Noticing that a peer which should call has gone silent: nothing else on this side would tell."""

from datetime import datetime, timedelta
from threading import Event

from adnode.domain.connection import Connection, ConnectionStatus, TransportKind
from adnode.domain.connection_note import ConnectionNote
from adnode.domain.error_record import Impact
from adnode.domain.errors import PeerSilentError
from adnode.ports.error_storage import ErrorFilter
from adnode.ports.storage import UnitOfWork, UnitOfWorkFactory
from adnode.ports.system import Clock, Ids
from adnode.services.failures import SILENCE, make_record

SILENT_AFTER = timedelta(minutes=2)
"""A private side calls at least twice a minute."""


class SilenceWatch:
    """Opens an error record for each connection whose private side has not called for a while, and closes it again."""

    def __init__(self, new_unit_of_work: UnitOfWorkFactory, clock: Clock, ids: Ids) -> None:
        self._new_unit_of_work = new_unit_of_work
        self._clock = clock
        self._ids = ids
        self._listening_since = clock.now()

    def watch(self, _stopping: Event | None = None) -> bool:
        """Look at all connections once; there is never more to do at once."""
        now = self._clock.now()
        with self._new_unit_of_work() as work:
            active = work.connections.list_all(statuses=[ConnectionStatus.ACTIVE])
            polled = [connection for connection in active if connection.transport is TransportKind.POLLED]
            notes = work.notes.find([connection.id for connection in polled])
            for connection in sorted(polled, key=lambda connection: connection.id):
                self._judge(work, connection, notes.get(connection.id, ConnectionNote(connection.id)), now)
            work.commit()
        return False

    def _judge(self, work: UnitOfWork, connection: Connection, note: ConnectionNote, now: datetime) -> None:
        heard_at = max(note.contacted_at or self._listening_since, self._listening_since)
        is_silent = note.remote_status is None and heard_at < now - SILENT_AFTER
        known = work.error_records.count(_filter(connection))
        if is_silent and not known:
            work.error_records.open(
                make_record(_error(connection, note), connection, None, self._ids, now, subject=SILENCE)
            )
        elif known and not is_silent:
            work.error_records.close(now, connection_id=connection.id, subject=SILENCE)


def _filter(connection: Connection) -> ErrorFilter:
    return ErrorFilter(
        connection.organization_id, impact=Impact.CONNECTION, connection_id=connection.id, code=PeerSilentError.code
    )


def _error(connection: Connection, note: ConnectionNote) -> PeerSilentError:
    partner = connection.peer.organization_name if connection.peer else "the other side"
    since = f"since {note.contacted_at:%Y-%m-%d %H:%M} UTC" if note.contacted_at else "yet"
    return PeerSilentError(
        f"The node of {partner} has not called {since}. Connection {connection.name} is private: that node calls this "
        "one. What waits for it is handed out when it does; ask its administrator whether the node runs."
    )

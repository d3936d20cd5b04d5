"""Requests in a partner's name that had to be refused: one may be an accident, many are told to people."""

import threading
from collections import deque
from dataclasses import replace
from datetime import datetime, timedelta

from adnode.domain.connection import Connection
from adnode.domain.error_record import Impact
from adnode.domain.errors import PeerRequestsRefusedError, SignatureError
from adnode.ports.storage import UnitOfWorkFactory
from adnode.ports.system import Clock, Ids
from adnode.services.failures import REQUESTS, make_record

REFUSED_LIMIT = 5
"""So many within QUIET are told."""
QUIET = timedelta(minutes=10)
"""Told again only after this long, so that a flood writes next to nothing."""


class RefusedRequests:
    """Opens an error record for a connection whose requests are refused again and again, and closes it with the first
    good one. Counted in this process.
    """

    def __init__(self, new_unit_of_work: UnitOfWorkFactory, clock: Clock, ids: Ids) -> None:
        self._new_unit_of_work = new_unit_of_work
        self._clock = clock
        self._ids = ids
        self._lock = threading.Lock()
        self._refused: dict[str, deque[datetime]] = {}
        self._told: dict[str, datetime] = {}
        self._good: set[str] = set()

    def note_refusal(self, connection: Connection, error: SignatureError) -> None:
        """A request that names the connection was refused."""
        if self._is_to_tell(connection.id):
            with self._new_unit_of_work() as work:
                record = make_record(
                    _told(connection, error), connection, None, self._ids, self._clock.now(), subject=REQUESTS
                )
                work.error_records.open(replace(record, impact=Impact.WARNING))
                work.commit()

    def note_good(self, connection: Connection) -> None:
        """A request of the partner was good."""
        with self._lock:
            if connection.id in self._good:
                return
            self._good.add(connection.id)
            self._refused.pop(connection.id, None)
            self._told.pop(connection.id, None)
        with self._new_unit_of_work() as work:
            if work.error_records.close(self._clock.now(), connection_id=connection.id, subject=REQUESTS):
                work.commit()

    def _is_to_tell(self, connection_id: str) -> bool:
        now = self._clock.now()
        with self._lock:
            times = self._refused.setdefault(connection_id, deque(maxlen=REFUSED_LIMIT))
            times.append(now)
            told = self._told.get(connection_id)
            if len(times) < REFUSED_LIMIT or times[0] < now - QUIET or (told is not None and told > now - QUIET):
                return False
            self._told[connection_id] = now
            self._good.discard(connection_id)
            return True


def _told(connection: Connection, error: SignatureError) -> PeerRequestsRefusedError:
    partner = connection.peer.organization_name if connection.peer else "the partner"
    return PeerRequestsRefusedError(
        f"Requests in the name of {partner} over connection {connection.name} are refused again and again. The last "
        f"one: {error.message}"
    )

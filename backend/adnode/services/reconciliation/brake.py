"""The brake for a side that vanishes: lost permission looks just like a mass deletion."""

from dataclasses import replace
from datetime import timedelta

from adnode.domain.connection import Connection, ConnectionStatus
from adnode.domain.error_record import ErrorRecord, Impact
from adnode.domain.realignment import Realignment
from adnode.domain.twin import TwinStatus
from adnode.ports.storage import UnitOfWork, UnitOfWorkFactory
from adnode.ports.system import Clock, Ids
from adnode.services.correlation import correlation_id
from adnode.services.reconciliation.workpiece import Workpiece

MINIMUM_VANISHED = 10
"""Fewer vanished work items than this are taken for deletions by people."""
VANISHED_SHARE = 0.2
"""Share of a connection's twins that must vanish at once to stop it."""
CODE = "work_items_vanished"


CONFIRMED_FOR = timedelta(hours=1)
"""How long after a person activated the connection again the same vanishing is taken as meant."""


class Brake:
    """Stops a connection when a large share of its work items vanished at once, and asks."""

    def __init__(self, new_unit_of_work: UnitOfWorkFactory, clock: Clock, ids: Ids) -> None:
        self._new_unit_of_work = new_unit_of_work
        self._clock = clock
        self._ids = ids

    def stops(self, connection: Connection, pieces: list[Workpiece]) -> bool:
        """Say whether the connection was stopped; then nothing of this round may be stored or sent."""
        vanished = sum(1 for piece in pieces if piece.is_removed)
        if vanished < MINIMUM_VANISHED:
            return False
        with self._new_unit_of_work() as work:
            if self._was_confirmed(work, connection):
                return False
            counts = work.twins.count(connection.id)
            total = sum(count for status, count in counts.items() if status is not TwinStatus.UNLINKED)
            if vanished < VANISHED_SHARE * total:
                return False
            message = (
                f"Connection {connection.name} was stopped: {vanished} of its {total} work items can't be read any "
                "more. Check that the account of this node still has its rights. If the work items were deleted on "
                "purpose, activate the connection again."
            )
            stopped = work.connections.get(connection.id).moved_to(ConnectionStatus.BLOCKED, reason=message)
            work.connections.save(replace(stopped, realignment=Realignment.RESEND))
            now = self._clock.now()
            work.error_records.open(
                ErrorRecord(
                    id=self._ids.new_id(),
                    organization_id=connection.organization_id,
                    connection_id=connection.id,
                    twin_id="",
                    impact=Impact.CONNECTION,
                    code=CODE,
                    message=message,
                    opened_at=now,
                    last_seen_at=now,
                    correlation_id=correlation_id(),
                )
            )
            work.commit()
        return True

    def _was_confirmed(self, work: UnitOfWork, connection: Connection) -> bool:
        since = self._clock.now() - CONFIRMED_FOR
        records = work.error_records.list_records(connection_id=connection.id, include_closed=True)
        return any(
            record.code == CODE and record.closed_at is not None and record.closed_at > since for record in records
        )

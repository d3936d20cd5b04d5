"""The brake on what a partner has made here: so many work items an hour over one connection, the others wait."""

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import replace

from adnode.domain.connection import Connection
from adnode.domain.error_record import Impact
from adnode.domain.errors import PartnerBrakedError
from adnode.ports.storage import UnitOfWorkFactory
from adnode.ports.system import Clock, Ids
from adnode.services.failures import BRAKED, make_record
from adnode.services.reconciliation.drafting import Draft

SPAN_SECONDS = 3600.0


class MakingBrake:
    """Counts in this process what was made over each connection in the last hour. Thread-safe.

    Every work item that a round makes is the counterpart of one of the partner's: what this side puts under sync is
    there already. Those beyond the limit wait; a warning says so as long as any does.
    """

    def __init__(self, new_unit_of_work: UnitOfWorkFactory, clock: Clock, ids: Ids, limit: int) -> None:
        self._new_unit_of_work = new_unit_of_work
        self._clock = clock
        self._ids = ids
        self._limit = limit
        self._lock = threading.Lock()
        self._made: dict[str, deque[float]] = {}
        # Unknown at first: a process before this one may have told it.
        self._told: dict[str, bool] = {}

    def hold(self, connection: Connection, drafts: Sequence[Draft]) -> list[Draft]:
        """Return what can be written now; the pieces of the others say when they go on."""
        creating = [draft for draft in drafts if draft.creates]
        if not creating:
            return list(drafts)
        room, wait_seconds = self._take(connection.id, len(creating))
        held = creating[room:]
        error = self._error(connection, wait_seconds)
        for draft in held:
            draft.piece.failure = error
        self._tell(connection, error, is_braked=bool(held))
        return [draft for draft in drafts if draft not in held]

    def _take(self, connection_id: str, wanted: int) -> tuple[int, float]:
        """Return how many may be made now, and in how many seconds there is room again."""
        with self._lock:
            now = self._clock.monotonic()
            made = self._made.setdefault(connection_id, deque())
            while made and made[0] <= now - SPAN_SECONDS:
                made.popleft()
            room = min(wanted, max(0, self._limit - len(made)))
            made.extend([now] * room)
            return room, (made[0] + SPAN_SECONDS - now if made else SPAN_SECONDS)

    def _error(self, connection: Connection, wait_seconds: float) -> PartnerBrakedError:
        partner = connection.peer.organization_name if connection.peer else "the partner"
        return PartnerBrakedError(
            f"{partner} had {self._limit:,} work items made here over connection {connection.name} within an hour. The "
            "next ones wait and are made by themselves; changes of those that are here go on. If this is a first "
            "synchronization of many, the operator of this node may raise ADNODE_PARTNER_WORK_ITEMS_AN_HOUR.",
            retry_after_seconds=wait_seconds,
        )

    def _tell(self, connection: Connection, error: PartnerBrakedError, *, is_braked: bool) -> None:
        if self._told.get(connection.id) is is_braked:
            return
        with self._new_unit_of_work() as work:
            now = self._clock.now()
            if is_braked:
                record = make_record(error, connection, None, self._ids, now, subject=BRAKED)
                work.error_records.open(replace(record, impact=Impact.WARNING))
            else:
                work.error_records.close(now, connection_id=connection.id, subject=BRAKED)
            work.commit()
        self._told[connection.id] = is_braked

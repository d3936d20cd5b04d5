"""Pairs that somebody began for a work item which this node has just made for another pair of the connection."""

from collections.abc import Sequence

from adnode.domain.connection import Connection
from adnode.domain.twin import Twin
from adnode.domain.work_item import WorkItemSnapshot
from adnode.ports.storage import UnitOfWorkFactory
from adnode.ports.system import Clock
from adnode.services.reconciliation.recovery import made_since
from adnode.services.reconciliation.workpiece import Workpiece


class Doubles:
    """Ends such pairs before anything of them is told, or the partner would make a second counterpart.

    They are known at their first reading: the work item links to the counterpart of a twin that still waits for the
    outcome of its create.
    """

    def __init__(self, new_unit_of_work: UnitOfWorkFactory, connection: Connection, clock: Clock) -> None:
        self._new_unit_of_work = new_unit_of_work
        self._connection = connection
        self._clock = clock

    def end(self, pieces: Sequence[Workpiece]) -> list[Workpiece]:
        """Return the pieces that are no doubles; the twins of the others are forgotten, and those that they stood in
        the way of go on.
        """
        links = {link for piece in pieces if _is_first_reading(piece) and piece.snapshot for link in _links(piece)}
        if not links:
            return list(pieces)
        with self._new_unit_of_work() as work:
            waiting = work.twins.find_unmade(self._connection.id, links)
            doubled = {piece.twin.id: twin for piece in pieces for twin in waiting if _is_double(piece, twin)}
            if doubled:
                now = self._clock.now()
                work.clean_up.forget(self._connection.id, list(doubled), now, for_good=False)
                work.twins.mark_dirty([twin.id for twin in doubled.values()], now, must_read=True)
                work.commit()
        return [piece for piece in pieces if piece.twin.id not in doubled]


def _is_first_reading(piece: Workpiece) -> bool:
    twin = piece.twin
    return twin.revision is None and twin.remote_work_item_id is None and twin.terms is None and twin.intent is None


def _links(piece: Workpiece) -> tuple[str, ...]:
    return piece.snapshot.hyperlinks if piece.snapshot else ()


def _is_double(piece: Workpiece, waiting: Twin) -> bool:
    if waiting.intent is None or not _is_first_reading(piece) or piece.snapshot is None:
        return False
    is_linked = (waiting.intent.marker or waiting.remote_url) in piece.snapshot.hyperlinks
    return is_linked and _is_as_young(piece.snapshot, waiting)


def _is_as_young(snapshot: WorkItemSnapshot, waiting: Twin) -> bool:
    """Say whether the work item can be what the waiting twin made; an older one with the same link is a person's."""
    return waiting.intent is not None and (
        snapshot.created_at is None or snapshot.created_at >= made_since(waiting.intent)
    )

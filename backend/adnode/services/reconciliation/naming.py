"""Storing which work items were just made, before anything else is done: from then on they are known as our own."""

from collections.abc import Sequence

from adnode.domain.connection import Connection
from adnode.domain.errors import AdnodeError, LeaseLostError, StateError
from adnode.domain.twin import Twin
from adnode.ports.storage import UnitOfWork, UnitOfWorkFactory
from adnode.ports.system import Clock
from adnode.services.reconciliation.workpiece import Workpiece


class Naming:
    """Gives twins the numbers of their work items, in a transaction of its own.

    The change feed knows our work items by these numbers alone. A page of it that was taken over after the work item
    was made and before its number is stored may have told of a person's edit, and nobody noticed: then the work items
    are read once more when the round is over. ``pages`` counts what was taken over when the round's intents were
    recorded; a number that is the same still saves the look.
    """

    def __init__(self, new_unit_of_work: UnitOfWorkFactory, connection: Connection, clock: Clock) -> None:
        self._new_unit_of_work = new_unit_of_work
        self._connection = connection
        self._clock = clock
        self.pages = 0

    def note_pages(self, work: UnitOfWork) -> None:
        """Remember how far the change feed is, before anything is made."""
        self.pages = work.feeds.pages(self._connection.organization_id)

    def store(self, pieces: Sequence[Workpiece]) -> None:
        """Store the numbers; a piece that can't have its work item says why, and is left for another round."""
        if not pieces:
            return
        with self._new_unit_of_work() as work:
            has_feed_passed = work.feeds.pages(self._connection.organization_id) != self.pages
            self._clear_the_way(work, pieces)
            twins = {piece.twin.id: piece.twin for piece in pieces}
            refused = work.twins.name_work_items([piece.claim for piece in pieces], twins)
            work.commit(durable=False)
        for piece in pieces:
            if error := refused.get(piece.twin.id):
                piece.lose_work_item(_explain(piece, error))
            else:
                piece.must_look_again = has_feed_passed

    def _clear_the_way(self, work: UnitOfWork, pieces: Sequence[Workpiece]) -> None:
        """Forget twins that somebody began for these work items in the moments since they were made, and that have done
        nothing yet: the pair that was meant exists already.
        """
        numbers = [piece.twin.work_item_id for piece in pieces if piece.twin.work_item_id is not None]
        found = work.twins.find_by_work_item(self._connection.organization_id, numbers)
        ours = {piece.twin.id for piece in pieces}
        doubles = [twin.id for twin in found if twin.id not in ours and self._has_not_begun(twin)]
        if doubles:
            work.clean_up.forget(self._connection.id, doubles, self._clock.now(), for_good=False)

    def _has_not_begun(self, twin: Twin) -> bool:
        is_new = twin.revision is None and twin.remote_work_item_id is None and twin.terms is None
        return is_new and twin.connection_id == self._connection.id


def _explain(piece: Workpiece, error: LeaseLostError | StateError) -> AdnodeError:
    if isinstance(error, LeaseLostError):
        return error
    return StateError(
        f"Work item {piece.twin.work_item_id} was made here for {piece.twin.remote_url}, and somebody put it under "
        "sync with another one meanwhile. Take it out of sync there, then retry: the two are a pair then.",
        work_item_id=piece.twin.work_item_id,
    )

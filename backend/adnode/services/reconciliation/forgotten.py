"""Pairs of which the partner says that a work item of ours is in them, and that this side does not remember."""

from collections.abc import Sequence

from adnode.domain.connection import Connection
from adnode.domain.lineage import numbers_of
from adnode.domain.message import Message, StateBody
from adnode.domain.realignment import Realignment
from adnode.ports.storage import UnitOfWork, UnitOfWorkFactory
from adnode.ports.system import Clock, Ids
from adnode.services.consent.answers import tell_accepted
from adnode.services.consent.desk import ConsentDesk
from adnode.services.reconciliation.workpiece import Workpiece


class Forgotten:
    """Has people asked about such pairs. Work items that this node made for the partner's were found by their link
    before; what is left was put under sync here, as far as the partner says.
    """

    def __init__(self, new_unit_of_work: UnitOfWorkFactory, connection: Connection, clock: Clock, ids: Ids) -> None:
        self._new_unit_of_work = new_unit_of_work
        self._connection = connection
        self._clock = clock
        self._ids = ids

    def ask(self, pieces: Sequence[Workpiece]) -> list[Workpiece]:
        """Return the other pieces; the twins of those that were asked for are forgotten until there is a yes."""
        messages = [message for piece in pieces if (message := _claim(piece)) is not None]
        if messages:
            with self._new_unit_of_work() as work:
                self._ask(work, messages)
                work.commit()
        asked = {message.twin_id for message in messages}
        return [piece for piece in pieces if piece.twin.id not in asked]

    def _ask(self, work: UnitOfWork, messages: Sequence[Message]) -> None:
        now = self._clock.now()
        work.clean_up.forget(self._connection.id, [message.twin_id for message in messages], now, for_good=False)
        desk = ConsentDesk(work, self._connection, messages, self._ids, now)
        for message in messages:
            judgement = desk.judge(message.twin_id, message.body) if isinstance(message.body, StateBody) else None
            if judgement is None or judgement.lets_begin:
                # Allowed meanwhile: its next state begins the pair.
                tell_accepted(work, self._connection, "", [message.twin_id], now)
            else:
                desk.receive(message, judgement)
        desk.close()


def _claim(piece: Workpiece) -> Message | None:
    """Return the newest message that names a work item of ours for a twin which has none."""
    twin = piece.base
    if twin.realignment is not Realignment.GREETED or twin.work_item_id is not None or twin.intent is not None:
        return None
    for message in reversed(piece.messages):
        if isinstance(message.body, StateBody) and numbers_of(twin.organization_id, message.body.lineage):
            return message
    return None

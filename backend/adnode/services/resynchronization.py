"""Comparing everything again: both sides send whole states and merge them, as after a restored backup."""

from adnode.domain.connection import Connection
from adnode.domain.twin import Twin
from adnode.ports.gateway import GatewayProvider, WorkItemGateway
from adnode.ports.storage import UnitOfWork, UnitOfWorkFactory
from adnode.ports.system import Clock
from adnode.services.state_messages import queue_state

PAGE = 200


class ResynchronizationService:
    """Queues the whole state of every twin. Repeating it is harmless: unsent states coalesce."""

    def __init__(self, new_unit_of_work: UnitOfWorkFactory, gateways: GatewayProvider, clock: Clock) -> None:
        self._new_unit_of_work = new_unit_of_work
        self._gateways = gateways
        self._clock = clock

    def start(self, connection: Connection) -> int:
        """Have every twin of the connection read again and its whole state sent; return how many there are.

        What the peer sends from now on is taken whatever its sequence, because its queue may begin anew.
        """
        gateway = self._gateways.get(connection.organization_id)
        total, after = 0, ""
        while twins := self._queue_page(connection, gateway, after):
            total, after = total + len(twins), twins[-1].id
        with self._new_unit_of_work() as work:
            work.connections.set_received_through(connection.id, 0)
            work.commit()
        return total

    def _queue_page(self, connection: Connection, gateway: WorkItemGateway, after: str) -> list[Twin]:
        with self._new_unit_of_work() as work:
            twins = work.twins.list_page(connection.id, after=after, limit=PAGE)
            for twin in twins:
                self.queue_state(work, gateway, twin)
            work.twins.mark_dirty([twin.id for twin in twins], self._clock.now(), must_read=True)
            work.commit()
        return twins

    def queue_state(self, work: UnitOfWork, gateway: WorkItemGateway, twin: Twin) -> None:
        """Queue the whole state of a twin; registers that the peer knows already are no change there."""
        if twin.is_held or twin.work_item_id is None or not twin.state.registers:
            return
        url = gateway.work_item_url(twin.work_item_id)
        queue_state(work, twin, url, twin.state.registers, self._clock.now())

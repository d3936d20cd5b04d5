"""Joining two work items that exist on both sides into one twin (Connect)."""

from collections.abc import Iterable
from datetime import datetime

from adnode.domain.connecting import KeptContent, Terms
from adnode.domain.connection import Connection, ConnectionStatus
from adnode.domain.errors import StateError, ValidationError, WorkItemNotFoundError
from adnode.domain.twin import Twin, TwinStatus
from adnode.domain.work_item import WorkItemSnapshot
from adnode.ports.gateway import GatewayProvider
from adnode.ports.storage import UnitOfWork, UnitOfWorkFactory
from adnode.ports.system import Clock, Ids, Topic, Wakeups


class JoiningService:
    """Makes a twin of two existing work items; their comments and attachments go both ways.

    Ours is looked at here. Theirs is looked at by the peer, which answers with its part of the twin or with a refusal.
    """

    def __init__(
        self,
        new_unit_of_work: UnitOfWorkFactory,
        gateways: GatewayProvider,
        wakeups: Wakeups,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._new_unit_of_work = new_unit_of_work
        self._gateways = gateways
        self._wakeups = wakeups
        self._clock = clock
        self._ids = ids

    def join(self, connection_id: str, work_item_id: int, remote_id: int, content: KeptContent) -> Twin:
        """Return the new twin; raises StateError when ours is under sync over the connection already."""
        snapshot = self._read(connection_id, work_item_id)
        now = self._clock.now()
        with self._new_unit_of_work() as work:
            connection = require_active(work.connections.get(connection_id))
            known = self._known(work, connection, snapshot)
            terms = Terms(remote_id, content, comments=True, attachments=True)
            twin = make_connected_twin(self._ids.new_id(), connection, snapshot.id, terms, known, now)
            twin = work.twins.add(twin, due_at=now)
            work.commit()
        self._wakeups.wake(Topic.RECONCILE, connection_id)
        return twin

    def _read(self, connection_id: str, work_item_id: int) -> WorkItemSnapshot:
        with self._new_unit_of_work() as work:
            connection = require_active(work.connections.get(connection_id))
        snapshot = self._gateways.get(connection.organization_id).read_work_items([work_item_id]).get(work_item_id)
        if snapshot is None:
            raise WorkItemNotFoundError(
                f"Work item {work_item_id} can't be read: it does not exist, or the account of this node may not read "
                "it.",
                status=404,
            )
        if snapshot.project.casefold() != connection.project.casefold():
            raise ValidationError(
                f"Work item {work_item_id} is in project {snapshot.project}; connection {connection.name} is for "
                f"{connection.project}."
            )
        return snapshot

    def _known(self, work: UnitOfWork, connection: Connection, snapshot: WorkItemSnapshot) -> list[Twin]:
        known = work.twins.find_by_work_item(connection.organization_id, [snapshot.id])
        if any(twin.connection_id == connection.id for twin in known):
            raise StateError(f"Work item {snapshot.id} is under sync over connection {connection.name} already.")
        return known


def require_active(connection: Connection) -> Connection:
    """Return the connection; raises StateError unless it takes work items."""
    if connection.status is not ConnectionStatus.ACTIVE or connection.peer is None:
        raise StateError(f"Connection {connection.name} is {connection.status}; only an active one takes work items.")
    return connection


def make_connected_twin(
    twin_id: str, connection: Connection, work_item_id: int, terms: Terms, known: Iterable[Twin], now: datetime
) -> Twin:
    """Return the twin of our work item and the one that the terms name; ``known`` are other twins of ours."""
    own_name = f"{connection.organization_id}:{work_item_id}"
    remote_name = f"{connection.peer.organization_id if connection.peer else ''}:{terms.remote_work_item_id}"
    return Twin(
        id=twin_id,
        connection_id=connection.id,
        organization_id=connection.organization_id,
        status=TwinStatus.PENDING,
        created_at=now,
        work_item_id=work_item_id,
        project=connection.project,
        lineage=frozenset({own_name, remote_name}).union(*(twin.lineage for twin in known)),
        terms=terms,
    )

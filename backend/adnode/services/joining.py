"""Joining two work items that exist on both sides into one twin (Connect)."""

from collections.abc import Iterable
from datetime import datetime

from adnode.domain.connecting import KeptContent, Terms
from adnode.domain.connection import Connection, ConnectionStatus
from adnode.domain.errors import StateError, ValidationError, WorkItemNotFoundError
from adnode.domain.lineage import join_lineage
from adnode.domain.proposal import ProposalKind
from adnode.domain.twin import Twin, TwinStatus
from adnode.domain.work_item import WorkItemSnapshot
from adnode.ports.gateway import GatewayProvider
from adnode.ports.storage import UnitOfWork, UnitOfWorkFactory
from adnode.ports.system import Clock, Ids, Topic, Wakeups
from adnode.services.consent.meeting import accept_same_pair, offer_twins
from adnode.services.guards import Guard, unguarded


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

    def join(
        self,
        connection_id: str,
        work_item_id: int,
        remote_id: int,
        content: KeptContent,
        asked_by: str = "",
        guard: Guard = unguarded,
    ) -> Twin:
        """Return the new twin, which waits for the partner's yes; where the partner has asked for just this pair, it is
        accepted by that. Raises StateError when ours is under sync over the connection already, or asked for with
        another work item.
        """
        snapshot = self._read(connection_id, work_item_id)
        now = self._clock.now()
        with self._new_unit_of_work() as work:
            connection = require_active(work.connections.get(connection_id))
            known = self._known(work, connection, snapshot)
            guard(work, connection)
            twin = accept_same_pair(work, connection, work_item_id, remote_id, asked_by, self._ids, now)
            if twin is None:
                terms = Terms(remote_id, content, comments=True, attachments=True)
                wanted = make_connected_twin(self._ids.new_id(), connection, snapshot.id, terms, known, now)
                twin = offer_twins(work, connection, [wanted], ProposalKind.CONNECT, asked_by, self._ids.new_id(), now)[
                    0
                ]
            work.commit()
        for topic in (Topic.RECONCILE, Topic.SEND):
            self._wakeups.wake(topic, connection_id)
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
    lineage = frozenset[str]().union(*(twin.lineage for twin in known))
    return Twin(
        id=twin_id,
        connection_id=connection.id,
        organization_id=connection.organization_id,
        status=TwinStatus.PENDING,
        created_at=now,
        work_item_id=work_item_id,
        project=connection.project,
        lineage=join_lineage(connection, lineage, work_item_id, terms.remote_work_item_id),
        terms=terms,
    )

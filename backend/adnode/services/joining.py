"""Joining two work items that exist on both sides into one twin (Connect)."""

from datetime import UTC, datetime
from enum import StrEnum

from adnode.domain.connection import Connection, ConnectionStatus
from adnode.domain.errors import StateError, ValidationError, WorkItemNotFoundError
from adnode.domain.message import MessageKind, StateBody
from adnode.domain.rich_text import RichText
from adnode.domain.sync_state import (
    DESCRIPTION,
    EMPTY_STATE,
    SUMMARY,
    TYPE,
    Register,
    SyncState,
    TypeValue,
    Value,
    Version,
)
from adnode.domain.twin import Twin, TwinStatus
from adnode.domain.work_item import WorkItemSnapshot
from adnode.ports.gateway import GatewayProvider
from adnode.ports.storage import UnitOfWork, UnitOfWorkFactory
from adnode.ports.system import Clock, Ids, Topic, Wakeups

_UNREAD = "(not read by adnode yet)"
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class Side(StrEnum):
    """Whose content is kept when both have some."""

    LOCAL = "local"
    REMOTE = "remote"


class JoiningService:
    """Makes a twin of two existing work items.

    The peer learns from the lineage which of its work items is meant. The registers decide whose content stands: for
    ours they are prepared as if the peer's content had been known, so that what we read counts as a change of it; for
    theirs nothing is read here before the peer's state has come.
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

    def join(self, connection_id: str, work_item_id: int, remote_id: int, winner: Side) -> Twin:
        """Return the new twin; raises StateError when either is under sync over the connection already."""
        snapshot, url = self._read(connection_id, work_item_id)
        now = self._clock.now()
        with self._new_unit_of_work() as work:
            connection = work.connections.get(connection_id)
            twin = self._twin(work, connection, snapshot, remote_id, winner)
            work.twins.add(twin, due_at=now if winner is Side.LOCAL else None)
            if winner is Side.REMOTE:
                body = StateBody(work_item_id, url, twin.lineage, {})
                work.outbox.add(connection.id, twin.id, MessageKind.STATE, body, now)
            work.commit()
        self._wakeups.wake(Topic.RECONCILE, connection_id)
        self._wakeups.wake(Topic.SEND, connection_id)
        return twin

    def _read(self, connection_id: str, work_item_id: int) -> tuple[WorkItemSnapshot, str]:
        """Return our work item as it is, and its address for people."""
        with self._new_unit_of_work() as work:
            connection = work.connections.get(connection_id)
        if connection.status is not ConnectionStatus.ACTIVE or connection.peer is None:
            raise StateError(
                f"Connection {connection.name} is {connection.status}; only an active one takes work items."
            )
        gateway = self._gateways.get(connection.organization_id)
        snapshot = gateway.read_work_items([work_item_id]).get(work_item_id)
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
        return snapshot, gateway.work_item_url(work_item_id)

    def _twin(
        self, work: UnitOfWork, connection: Connection, snapshot: WorkItemSnapshot, remote_id: int, winner: Side
    ) -> Twin:
        peer = connection.peer
        if peer is None:
            raise StateError(f"Connection {connection.name} has no other side yet.")
        own_name, remote_name = f"{connection.organization_id}:{snapshot.id}", f"{peer.organization_id}:{remote_id}"
        known = work.twins.find_by_work_item(connection.organization_id, [snapshot.id])
        if any(twin.connection_id == connection.id for twin in known):
            raise StateError(f"Work item {snapshot.id} is under sync over connection {connection.name} already.")
        lineage = frozenset({own_name, remote_name}).union(*(twin.lineage for twin in known))
        is_ours = winner is Side.LOCAL
        return Twin(
            id=self._ids.new_id(),
            connection_id=connection.id,
            organization_id=connection.organization_id,
            status=TwinStatus.PENDING,
            created_at=self._clock.now(),
            work_item_id=snapshot.id,
            project=snapshot.project,
            revision=None if is_ours else snapshot.revision,
            state=_theirs_before(peer.organization_id) if is_ours else EMPTY_STATE,
            lineage=lineage,
        )


def _theirs_before(organization_id: str) -> SyncState:
    """Return registers that stand for whatever the peer has: anything read here counts as a later change of it."""
    # No work item says this, so that whatever is read here differs; an empty description must count as a change too.
    blanks: dict[str, Value] = {SUMMARY: "", DESCRIPTION: RichText(_UNREAD), TYPE: TypeValue("", "")}
    return SyncState({key: Register(value, Version(0, 1), _LONG_AGO, organization_id) for key, value in blanks.items()})

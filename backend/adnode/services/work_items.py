"""Putting work items under sync, taking them out, and how they are doing."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from adnode.domain.connection import Connection, ConnectionStatus
from adnode.domain.error_record import ConflictRecord, ErrorRecord
from adnode.domain.errors import NotFoundError, StateError, ValidationError, WorkItemNotFoundError
from adnode.domain.message import ConnectionChangedBody, MessageKind
from adnode.domain.twin import Twin, TwinStatus
from adnode.ports.gateway import GatewayProvider
from adnode.ports.storage import UnitOfWork, UnitOfWorkFactory
from adnode.ports.system import Clock, Ids, Topic, Wakeups

CHECKED_ITEMS = 200
"""Up to so many typed ids are read before they are put under sync, so that a wrong one is named at once."""


@dataclass(frozen=True, slots=True)
class SynchronizeResult:
    """Twins that were made, and work items that were under sync already."""

    twin_ids: tuple[str, ...]
    started: tuple[int, ...]
    already: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Progress:
    """How many of a set of twins are at which point."""

    total: int
    synchronized: int
    failed: int

    @property
    def is_over(self) -> bool:
        """Say whether nothing more will happen by itself."""
        return self.synchronized + self.failed >= self.total


@dataclass(frozen=True, slots=True)
class TwinReport:
    """A twin with what a person wants to know about it."""

    twin: Twin
    connection: Connection
    error_records: tuple[ErrorRecord, ...]
    conflicts: tuple[ConflictRecord, ...]


class WorkItemService:
    """Use cases on single work items."""

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

    def find(self, connection_id: str, wiql: str) -> list[int]:
        """Return the work items that a WIQL query matches in the organization; raises QueryRefusedError."""
        connection = self._connection(connection_id)
        return self._gateways.get(connection.organization_id).query(connection.project, wiql)

    def synchronize(self, connection_id: str, work_item_ids: Sequence[int], *, check: bool = True) -> SynchronizeResult:
        """Put work items under sync over the connection; those that are already are left as they are.

        With ``check`` every id is read first and nothing is started when one is missing (WorkItemNotFoundError).
        """
        connection = self._connection(connection_id)
        if connection.status is not ConnectionStatus.ACTIVE:
            raise StateError(
                f"Connection {connection.name} is {connection.status}; only an active one takes work items."
            )
        wanted = list(dict.fromkeys(work_item_ids))
        if not wanted or any(number < 1 for number in wanted):
            raise ValidationError("Name at least one work item by its number, for example: 42.")
        if check:
            self._check(connection, wanted)
        result = self._start(connection, wanted)
        self._wakeups.wake(Topic.RECONCILE, connection_id)
        return result

    def progress(self, twin_ids: Collection[str]) -> Progress:
        """Return how far these twins are."""
        with self._new_unit_of_work() as work:
            twins = work.twins.find(twin_ids).values()
        over = (TwinStatus.SYNCHRONIZED, TwinStatus.REMOTE_REMOVED, TwinStatus.LOCAL_REMOVED, TwinStatus.UNLINKED)
        return Progress(
            total=len(twin_ids),
            synchronized=sum(1 for twin in twins if twin.status in over),
            failed=sum(1 for twin in twins if twin.status is TwinStatus.FAILED),
        )

    def status(self, work_item_id: int, connection_id: str | None = None) -> list[TwinReport]:
        """Return every twin of the work item, over one connection or all; raises NotFoundError when there is none."""
        with self._new_unit_of_work() as work:
            organizations = work.organizations.list_all()
            twins = [
                twin
                for organization in organizations
                for twin in work.twins.find_by_work_item(organization.id, [work_item_id])
                if connection_id is None or twin.connection_id == connection_id
            ]
            reports = [_report(work, twin) for twin in twins]
        if not reports:
            raise NotFoundError(f"Work item {work_item_id} is not under sync here. Put it under sync first.")
        return reports

    def unlink(self, connection_id: str, work_item_id: int) -> Twin:
        """Take a work item out of sync; both work items stay as they are, and the peer is told."""
        connection = self._connection(connection_id)
        now = self._clock.now()
        with self._new_unit_of_work() as work:
            found = work.twins.find_by_work_item(connection.organization_id, [work_item_id])
            twin = next((item for item in found if item.connection_id == connection_id), None)
            if twin is None:
                raise NotFoundError(f"Work item {work_item_id} is not under sync over connection {connection.name}.")
            unlinked = replace(twin, status=TwinStatus.UNLINKED)
            work.twins.save(unlinked)
            body = ConnectionChangedBody("unlinked")
            work.outbox.add(connection_id, twin.id, MessageKind.CONNECTION_CHANGED, body, now)
            work.error_records.close(now, connection_id=connection_id, twin_id=twin.id)
            work.commit()
        self._wakeups.wake(Topic.SEND, connection_id)
        return unlinked

    def _connection(self, connection_id: str) -> Connection:
        with self._new_unit_of_work() as work:
            return work.connections.get(connection_id)

    def _check(self, connection: Connection, wanted: Sequence[int]) -> None:
        if len(wanted) > CHECKED_ITEMS:
            return
        found = self._gateways.get(connection.organization_id).read_work_items(wanted)
        missing = [str(number) for number in wanted if number not in found]
        if missing:
            raise WorkItemNotFoundError(
                f"Work item {', '.join(missing)} can't be read: it does not exist, or the account of this node may not "
                "read it. Nothing was put under sync.",
                status=404,
            )

    def _start(self, connection: Connection, wanted: Sequence[int]) -> SynchronizeResult:
        now = self._clock.now()
        with self._new_unit_of_work() as work:
            existing = work.twins.find_by_work_item(connection.organization_id, wanted)
            already = {twin.work_item_id for twin in existing if twin.connection_id == connection.id}
            lineages = _lineages(existing)
            fresh = [number for number in wanted if number not in already]
            twins = [
                Twin(
                    id=self._ids.new_id(),
                    connection_id=connection.id,
                    organization_id=connection.organization_id,
                    status=TwinStatus.PENDING,
                    created_at=now,
                    work_item_id=number,
                    project=connection.project,
                    lineage=lineages.get(number, frozenset()) | {f"{connection.organization_id}:{number}"},
                )
                for number in fresh
            ]
            for twin in twins:
                work.twins.add(twin, due_at=now)
            work.commit()
        return SynchronizeResult(
            tuple(twin.id for twin in twins), tuple(fresh), tuple(number for number in wanted if number in already)
        )


def _lineages(twins: Sequence[Twin]) -> dict[int, frozenset[str]]:
    joined: dict[int, frozenset[str]] = {}
    for twin in twins:
        if twin.work_item_id is not None:
            joined[twin.work_item_id] = joined.get(twin.work_item_id, frozenset()) | twin.lineage
    return joined


def _report(work: UnitOfWork, twin: Twin) -> TwinReport:
    return TwinReport(
        twin=twin,
        connection=work.connections.get(twin.connection_id),
        error_records=tuple(work.error_records.list_records(connection_id=twin.connection_id, twin_id=twin.id)),
        conflicts=tuple(work.error_records.list_conflicts(connection_id=twin.connection_id, twin_id=twin.id)),
    )

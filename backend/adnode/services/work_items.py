"""Putting work items under sync, taking them out, and how they are doing."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from adnode.domain.connection import Connection, ConnectionStatus
from adnode.domain.counterpart import CounterpartChoice, KnownCounterpartError
from adnode.domain.error_record import ConflictRecord, ErrorRecord
from adnode.domain.errors import NotFoundError, StateError, ValidationError, WorkItemNotFoundError
from adnode.domain.twin import Twin, TwinStatus
from adnode.ports.gateway import GatewayProvider
from adnode.ports.storage import UnitOfWork, UnitOfWorkFactory
from adnode.ports.system import Clock, Ids, Topic, Wakeups
from adnode.services.consent.choices import choose
from adnode.services.consent.counterparts import find_links, read_links, word_known
from adnode.services.consent.pairs import make_remote_url
from adnode.services.guards import Guard, unguarded
from adnode.services.new_twins import NewTwins, make_twins
from adnode.services.unlinking import unlink_twins

CHECKED_ITEMS = 200
"""Up to so many typed ids are read before they are put under sync, so that a wrong one is named at once."""


@dataclass(frozen=True, slots=True)
class SynchronizeResult:
    """Twins that were made, and work items that were under sync already. ``held`` are those of the started that wait
    for the license plan. ``known`` are counterparts, by work item of ours, of those that wait for a decision here.
    """

    twin_ids: tuple[str, ...]
    started: tuple[int, ...]
    already: tuple[int, ...]
    held: tuple[int, ...] = ()
    known: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wish:
    """Who wants work items under sync, and what becomes of those with a known counterpart. Without a ``choice`` they
    wait for a person, and with ``asks`` nothing is started at all.
    """

    choice: CounterpartChoice | None = None
    asks: bool = False
    asked_by: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """How many of a set of twins are at which point. ``held`` ones wait for the license plan."""

    total: int
    synchronized: int
    failed: int
    held: int = 0

    @property
    def is_over(self) -> bool:
        """Say whether nothing more will happen soon."""
        return self.synchronized + self.failed + self.held >= self.total


@dataclass(frozen=True, slots=True)
class TwinReport:
    """A twin with what a person wants to know about it."""

    twin: Twin
    connection: Connection
    error_records: tuple[ErrorRecord, ...]
    conflicts: tuple[ConflictRecord, ...]


SyncNote = Callable[[UnitOfWork, Connection, SynchronizeResult], None]
"""Writes what is stored together with new twins."""


_PLAIN = Wish()


def _unnoted(_work: UnitOfWork, _connection: Connection, _result: SynchronizeResult) -> None:
    return


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

    def synchronize(
        self,
        connection_id: str,
        work_item_ids: Sequence[int],
        wish: Wish = _PLAIN,
        *,
        check: bool = True,
        note: SyncNote = _unnoted,
    ) -> SynchronizeResult:
        """Put work items under sync over the connection; those that are already are left as they are.

        With ``check`` all are read first, for links to known counterparts, and nothing is started when one of a few is
        missing (WorkItemNotFoundError). Raises KnownCounterpartError as the wish says.
        """
        connection = self._connection(connection_id)
        if connection.status is not ConnectionStatus.ACTIVE:
            raise StateError(
                f"Connection {connection.name} is {connection.status}; only an active one takes work items."
            )
        wanted = list(dict.fromkeys(work_item_ids))
        if not wanted or any(number < 1 for number in wanted):
            raise ValidationError("Name at least one work item by its number, for example: 42.")
        linked = self._read(connection, wanted, check=check)
        result = self._start(connection, wanted, linked, wish, note)
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
            held=sum(1 for twin in twins if twin.is_held and twin.status is TwinStatus.PENDING),
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

    def unlink(self, connection_id: str, work_item_id: int, guard: Guard = unguarded) -> Twin:
        """Take a work item out of sync; both work items stay as they are, and the peer is told."""
        connection = self._connection(connection_id)
        with self._new_unit_of_work() as work:
            found = work.twins.find_by_work_item(connection.organization_id, [work_item_id])
            twin = next((item for item in found if item.connection_id == connection_id), None)
            if twin is None:
                raise NotFoundError(f"Work item {work_item_id} is not under sync over connection {connection.name}.")
            guard(work, connection)
            unlink_twins(work, connection, [twin], self._clock.now())
            work.commit()
        self._wakeups.wake(Topic.SEND, connection_id)
        return replace(twin, status=TwinStatus.UNLINKED)

    def _connection(self, connection_id: str) -> Connection:
        with self._new_unit_of_work() as work:
            return work.connections.get(connection_id)

    def _read(self, connection: Connection, wanted: Sequence[int], *, check: bool) -> Mapping[int, int]:
        """Return the partner's work items that links of these lead to."""
        gateway = self._gateways.get(connection.organization_id)
        if not check:
            return {}
        if len(wanted) > CHECKED_ITEMS:
            return read_links(gateway, connection, wanted)
        found = gateway.read_work_items(wanted)
        missing = [str(number) for number in wanted if number not in found]
        if missing:
            raise WorkItemNotFoundError(
                f"Work item {', '.join(missing)} can't be read: it does not exist, or the account of this node may not "
                "read it. Nothing was put under sync.",
                status=404,
            )
        return find_links(connection, found.values())

    def _start(
        self, connection: Connection, wanted: Sequence[int], linked: Mapping[int, int], wish: Wish, note: SyncNote
    ) -> SynchronizeResult:
        now = self._clock.now()
        with self._new_unit_of_work() as work:
            twins = make_twins(work, connection, wanted, self._ids, now, wish.asked_by, linked=linked)
            if twins.known and wish.choice is not None:
                choose(work, connection, wish.choice, list(twins.known), wish.asked_by, self._ids, now)
                twins = _with_chosen(work, connection, twins)
            elif twins.known and wish.asks:
                raise _known_counterpart(connection, *next(iter(twins.known.items())))
            result = SynchronizeResult(
                tuple(twin.id for twin in twins.made),
                _numbers(twins.made),
                _numbers(twins.already),
                _numbers([twin for twin in twins.made if twin.is_held]),
                twins.known,
            )
            note(work, connection, result)
            work.commit()
        return result


def _with_chosen(work: UnitOfWork, connection: Connection, twins: NewTwins) -> NewTwins:
    """Return new twins with those of work items that a person has decided on."""
    found = work.twins.find_by_work_item(connection.organization_id, list(twins.known))
    chosen = [twin for twin in found if twin.connection_id == connection.id]
    return NewTwins((*twins.made, *chosen), twins.already)


def _known_counterpart(connection: Connection, work_item_id: int, counterpart: int) -> KnownCounterpartError:
    return KnownCounterpartError(
        word_known(work_item_id, counterpart),
        work_item_id=work_item_id,
        counterpart=counterpart,
        counterpart_url=make_remote_url(connection, counterpart),
    )


def _numbers(twins: Sequence[Twin]) -> tuple[int, ...]:
    return tuple(twin.work_item_id for twin in twins if twin.work_item_id is not None)


def _report(work: UnitOfWork, twin: Twin) -> TwinReport:
    return TwinReport(
        twin=twin,
        connection=work.connections.get(twin.connection_id),
        error_records=tuple(work.error_records.list_records(connection_id=twin.connection_id, twin_id=twin.id)),
        conflicts=tuple(work.error_records.list_conflicts(connection_id=twin.connection_id, twin_id=twin.id)),
    )

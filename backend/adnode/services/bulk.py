"""Bulk Exalate and Bulk Unexalate: everything that a query matches comes under sync, or leaves it, as a job."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from adnode.domain.audit import AuditAction
from adnode.domain.connection import Connection, ConnectionStatus
from adnode.domain.error_record import ErrorRecord
from adnode.domain.errors import ConnectionStoppedError, StateError
from adnode.domain.job import Job, JobKind, JobRow, JobStatus, RowOutcome
from adnode.domain.license_plan import WAITS_FOR_PLAN
from adnode.domain.session import Session
from adnode.domain.twin import Twin, TwinStatus
from adnode.ports.gateway import GatewayProvider, WorkItemGateway
from adnode.ports.storage import UnitOfWork, UnitOfWorkFactory
from adnode.ports.system import Clock, Ids, Topic, Wakeups
from adnode.services.audit import AuditService
from adnode.services.consent.counterparts import read_links, word_held
from adnode.services.new_twins import make_twins
from adnode.services.ownership import own_connection
from adnode.services.unlinking import unlink_twins
from adnode.sync.trigger_query import is_within_project, make_queries, make_query

SLICE = 200
"""Rows of one slice: what one batch call of Azure DevOps takes."""
WINDOW = 3 * SLICE
"""Pairs that may be under way at once: enough that both sides always find full batches."""
QUERY = "query"
_NOTED_QUERY = 500
"""Characters of a query that the audit trail keeps."""
_REMOVED = {
    TwinStatus.LOCAL_REMOVED: "The work item is in the recycle bin.",
    TwinStatus.REMOTE_REMOVED: "The work item of the other side is in its recycle bin.",
}
_STOPPED = (ConnectionStatus.DEACTIVATED, ConnectionStatus.BLOCKED)


class BulkService:
    """Starts bulk jobs."""

    def __init__(self, new_unit_of_work: UnitOfWorkFactory, audit: AuditService, clock: Clock, ids: Ids) -> None:
        self._new_unit_of_work = new_unit_of_work
        self._audit = audit
        self._clock = clock
        self._ids = ids

    def exalate(self, session: Session, connection_id: str, wiql: str, title: str) -> Job:
        """Put everything under sync that the query matches; what is already is checked for updates.

        Raises NotFoundError for a connection of another organization, StateError for one that is not active.
        """
        return self._start(session, connection_id, wiql, title, JobKind.BULK_EXALATE)

    def unexalate(self, session: Session, connection_id: str, wiql: str, title: str) -> Job:
        """Take everything out of sync that the query matches; all work items stay as they are. Raises as exalate."""
        return self._start(session, connection_id, wiql, title, JobKind.BULK_UNEXALATE)

    def exalate_matches(self, session: Session, connection_id: str, condition: str) -> Job:
        """Put all work items of the connection's project under sync that fit a WHERE part, '' for all of them; raises
        ConditionRefusedError too.
        """
        wiql, title = self._of_project(session, connection_id, condition)
        return self.exalate(session, connection_id, wiql, f"Bulk Exalate: {title}")

    def unexalate_matches(self, session: Session, connection_id: str, condition: str) -> Job:
        """Take all of them out of sync; raises as ``exalate_matches``."""
        wiql, title = self._of_project(session, connection_id, condition)
        return self.unexalate(session, connection_id, wiql, f"Bulk Unexalate: {title}")

    def _of_project(self, session: Session, connection_id: str, condition: str) -> tuple[str, str]:
        with self._new_unit_of_work() as work:
            connection = own_connection(work, session, connection_id)
        wiql = make_query(connection.project, "", condition)
        return wiql, f"{connection.name}, {' '.join(condition.split()) or 'all work items'}"

    def _start(self, session: Session, connection_id: str, wiql: str, title: str, kind: JobKind) -> Job:
        with self._new_unit_of_work() as work:
            connection = own_connection(work, session, connection_id)
            if connection.status is not ConnectionStatus.ACTIVE:
                raise StateError(f"Connection {connection.name} is {connection.status}; activate it, then start again.")
            job = Job(
                id=self._ids.new_id(),
                organization_id=connection.organization_id,
                kind=kind,
                status=JobStatus.WAITING,
                title=title,
                created_at=self._clock.now(),
                created_by=session.user_name,
                connection_id=connection_id,
                parameters={QUERY: wiql},
            )
            work.jobs.add(job)
            self._audit.note(work, session, _DEEDS[kind], connection, {"query": wiql[:_NOTED_QUERY], "job": job.id})
            work.commit()
        return job


_DEEDS = {
    JobKind.BULK_EXALATE: AuditAction.BULK_EXALATED,
    JobKind.BULK_UNEXALATE: AuditAction.BULK_UNEXALATED,
}


class BulkHandler:
    """What both bulk jobs have in common: the rows are the work items that the query matches, asked for once."""

    slice_size = SLICE
    window = WINDOW

    def __init__(
        self, new_unit_of_work: UnitOfWorkFactory, gateways: GatewayProvider, wakeups: Wakeups, clock: Clock, ids: Ids
    ) -> None:
        self._new_unit_of_work = new_unit_of_work
        self._gateways = gateways
        self._wakeups = wakeups
        self._clock = clock
        self._ids = ids

    def list_rows(self, job: Job) -> Iterator[Sequence[JobRow]]:
        """Yield the matches; raises QueryRefusedError for a query that is wrong, too slow or matches too much."""
        with self._new_unit_of_work() as work:
            connection = require_running(work.connections.get(job.connection_id))
        gateway = self._gateways.get(connection.organization_id)
        wiql = str(job.parameters[QUERY])
        numbers = list(dict.fromkeys(gateway.query(connection.project, wiql)))
        inside = set(numbers)
        if not is_within_project(wiql, connection.project):
            inside = _find_inside(gateway, connection, numbers)
        yield [
            _row(place, number, connection, is_inside=number in inside) for place, number in enumerate(numbers, start=1)
        ]

    def wake(self, job: Job) -> None:
        """Have the twins reconciled, and the partner told."""
        self._wakeups.wake(Topic.RECONCILE, job.connection_id)
        self._wakeups.wake(Topic.SEND, job.connection_id)


class ExalateHandler(BulkHandler):
    """JobHandler of Bulk Exalate."""

    def look(self, job: Job, rows: Sequence[JobRow]) -> Mapping[int, int]:
        """Return the work items of the partner that links of ours lead to. Raises ConnectionStoppedError."""
        with self._new_unit_of_work() as work:
            connection = require_running(work.connections.get(job.connection_id))
        return read_links(self._gateways.get(connection.organization_id), connection, _numbers(rows))

    def act(self, work: UnitOfWork, job: Job, rows: Sequence[JobRow], seen: Mapping[int, int]) -> Sequence[JobRow]:
        """Make the twins; those that there are already are read again. Known counterparts are left to people."""
        connection = require_running(work.connections.get(job.connection_id))
        now = self._clock.now()
        numbers = _numbers(rows)
        twins = make_twins(work, connection, numbers, self._ids, now, job.created_by, linked=seen, reference=job.id)
        work.twins.mark_dirty([twin.id for twin in twins.already], now, must_read=True)
        made = {twin.work_item_id: twin for twin in twins.made}
        already = {twin.work_item_id: twin for twin in twins.already}
        return [_begun(row, made.get(row.work_item_id), already.get(row.work_item_id), twins.known) for row in rows]

    def follow(self, work: UnitOfWork, _job: Job, rows: Sequence[JobRow]) -> Sequence[JobRow]:
        """Return rows whose twins have come to rest as over, the others with what is in their way."""
        twin_ids = [row.twin_id for row in rows]
        twins = work.twins.find(twin_ids)
        records = work.error_records.open_of_twins(twin_ids)
        return [_as_of_now(row, twins.get(row.twin_id), records.get(row.twin_id, [])) for row in rows]


class UnexalateHandler(BulkHandler):
    """JobHandler of Bulk Unexalate."""

    def look(self, job: Job, _rows: Sequence[JobRow]) -> None:
        """Read nothing. Raises ConnectionStoppedError."""
        with self._new_unit_of_work() as work:
            require_running(work.connections.get(job.connection_id))

    def act(self, work: UnitOfWork, job: Job, rows: Sequence[JobRow], _seen: None) -> Sequence[JobRow]:
        """End the pairs and tell the partner."""
        connection = require_running(work.connections.get(job.connection_id))
        found = work.twins.find_by_work_item(connection.organization_id, _numbers(rows))
        twins = {twin.work_item_id: twin for twin in found if twin.connection_id == connection.id}
        unlink_twins(work, connection, list(twins.values()), self._clock.now())
        return [_ended(row, twins) for row in rows]

    def follow(self, _work: UnitOfWork, _job: Job, rows: Sequence[JobRow]) -> Sequence[JobRow]:
        """Return the rows as they are: none goes on by itself."""
        return rows


def require_running(connection: Connection) -> Connection:
    """Return the connection; raises ConnectionStoppedError for one that may be activated again, else StateError."""
    if connection.status in _STOPPED:
        raise ConnectionStoppedError(
            f"Connection {connection.name} is {connection.status}. This goes on by itself once it is activated.",
            connection=connection.id,
        )
    if connection.status is not ConnectionStatus.ACTIVE:
        raise StateError(f"Connection {connection.name} is {connection.status}; only an active one takes work items.")
    return connection


def _find_inside(gateway: WorkItemGateway, connection: Connection, numbers: Sequence[int]) -> set[int]:
    """Return which of the work items are in the connection's project; a thousand are asked about in one call."""
    return {
        number
        for wiql, _ in make_queries(connection.project, "", "", numbers)
        for number in gateway.query(connection.project, wiql)
    }


def _row(place: int, number: int, connection: Connection, *, is_inside: bool) -> JobRow:
    if is_inside:
        return JobRow(place, number)
    text = f"Not in project {connection.project}, which connection {connection.name} is for."
    return JobRow(place, number, outcome=RowOutcome.SKIPPED, message=text)


def _numbers(rows: Sequence[JobRow]) -> list[int]:
    return [row.work_item_id for row in rows if row.work_item_id is not None]


def _begun(row: JobRow, made: Twin | None, already: Twin | None, known: Mapping[int, int]) -> JobRow:
    if row.work_item_id is not None and row.work_item_id in known:
        return replace(row, outcome=RowOutcome.SKIPPED, message=word_held(row.work_item_id, known))
    if made is not None:
        message = WAITS_FOR_PLAN if made.is_held else ""
        return replace(row, outcome=RowOutcome.STARTED, twin_id=made.id, message=message)
    before = replace(row, outcome=RowOutcome.ALREADY, message="Under sync already; it is checked for updates.")
    return _with_twin(before, already) if already else before


def _ended(row: JobRow, twins: Mapping[int | None, Twin]) -> JobRow:
    twin = twins.get(row.work_item_id)
    if twin is None:
        return replace(row, outcome=RowOutcome.ALREADY, message="Not under sync over this connection.")
    return _with_twin(replace(row, outcome=RowOutcome.DONE, message=""), twin)


def _as_of_now(row: JobRow, twin: Twin | None, records: Sequence[ErrorRecord]) -> JobRow:
    if twin is None or twin.status is TwinStatus.UNLINKED:
        return replace(row, outcome=RowOutcome.SKIPPED, message="Taken out of sync meanwhile.")
    row = _with_twin(row, twin)
    said = records[0].message if records else ""
    if twin.status in _REMOVED:
        return replace(row, outcome=RowOutcome.SKIPPED, message=_REMOVED[twin.status])
    if twin.status is TwinStatus.SYNCHRONIZED:
        return replace(row, outcome=RowOutcome.DONE, message="")
    if twin.status is TwinStatus.FAILED:
        return replace(row, outcome=RowOutcome.FAILED, message=said or "It failed; look at Errors.")
    return replace(row, message=WAITS_FOR_PLAN if twin.is_held else said)


def _with_twin(row: JobRow, twin: Twin) -> JobRow:
    return replace(row, twin_id=twin.id, remote_work_item_id=twin.remote_work_item_id)

"""The job that compares all twins of a connection: work items with what this node knows, then that with the partner."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from adnode.domain.connection import Connection
from adnode.domain.drift import DriftKind, Finding
from adnode.domain.job import Job, JobRow, RowOutcome
from adnode.domain.message import ComparisonBody, MessageKind
from adnode.domain.sync_state import Presence, make_presence_key
from adnode.domain.trace import Trace
from adnode.domain.twin import Twin
from adnode.domain.work_item import WorkItemSnapshot
from adnode.ports.gateway import GatewayProvider, WorkItemGateway
from adnode.ports.storage import UnitOfWork, UnitOfWorkFactory
from adnode.ports.system import Clock, Ids, Topic, Wakeups
from adnode.services.drift.findings import make_finding, name_keys
from adnode.services.drift.peer_comparison import find_resting
from adnode.services.reconciliation.reading import may_have_new_comments
from adnode.sync.comparison import digest_state
from adnode.sync.observation import observe

PAGE = 200
"""Twins of one row of the job: what one batch call of Azure DevOps takes."""
GRACE = timedelta(minutes=5)
"""A work item changed more recently may still be noticed by itself."""
CONCLUSION = "work items that match a trigger, and findings that are gone"

FindMatches = Callable[[Connection], Mapping[int, str]]
"""Gives the work items that match an active trigger of the connection, with the words of the trigger."""


@dataclass(frozen=True, slots=True)
class Compared:
    """What was found out about one row: findings of our side, and digests of the twins that the partner compares."""

    findings: tuple[Finding, ...]
    digests: Mapping[str, str]


class ComparisonHandler:
    """JobHandler of comparisons. A row is a page of twins, ``twin_id`` the last one before it; the last concludes."""

    slice_size = 1
    window = 1

    def __init__(
        self,
        new_unit_of_work: UnitOfWorkFactory,
        gateways: GatewayProvider,
        wakeups: Wakeups,
        clock: Clock,
        ids: Ids,
        find_matches: FindMatches,
        grace: timedelta = GRACE,
    ) -> None:
        self._new_unit_of_work = new_unit_of_work
        self._gateways = gateways
        self._wakeups = wakeups
        self._clock = clock
        self._ids = ids
        self._find_matches = find_matches
        self._grace = grace

    def list_rows(self, job: Job) -> Iterator[Sequence[JobRow]]:
        """Yield a row for each page of twins, and one for the conclusion."""
        number, after = 0, ""
        while True:
            with self._new_unit_of_work() as work:
                twins = work.twins.list_page(job.connection_id, after=after, limit=PAGE)
            if not twins:
                break
            number += 1
            first = (number - 1) * PAGE + 1
            yield [JobRow(number, twin_id=after, message=f"pairs {first} to {first + len(twins) - 1}")]
            after = twins[-1].id
        yield [JobRow(number + 1, message=CONCLUSION)]

    def look(self, job: Job, rows: Sequence[JobRow]) -> Compared:
        """Read the work items of a row and compare them."""
        with self._new_unit_of_work() as work:
            connection = work.connections.get(job.connection_id)
        (row,) = rows
        return self._conclude(job, connection) if row.message == CONCLUSION else self._compare(job, connection, row)

    def act(self, work: UnitOfWork, job: Job, rows: Sequence[JobRow], seen: Compared) -> Sequence[JobRow]:
        """Keep what was found and ask the partner."""
        now = self._clock.now()
        work.drift.save_found(seen.findings)
        if seen.digests:
            work.outbox.add(job.connection_id, "", MessageKind.COMPARISON, ComparisonBody(job.id, seen.digests), now)
        if any(row.message == CONCLUSION for row in rows):
            work.drift.settle_unconfirmed(job.connection_id, job.id, now)
        return [replace(row, outcome=RowOutcome.DONE) for row in rows]

    def follow(self, _work: UnitOfWork, _job: Job, rows: Sequence[JobRow]) -> Sequence[JobRow]:
        """Return the rows as they are: none goes on by itself."""
        return rows

    def wake(self, job: Job) -> None:
        """Have the questions to the partner sent."""
        self._wakeups.wake(Topic.SEND, job.connection_id)

    def _compare(self, job: Job, connection: Connection, row: JobRow) -> Compared:
        with self._new_unit_of_work() as work:
            twins = find_resting(work, work.twins.list_page(connection.id, after=row.twin_id, limit=PAGE))
            numbers = [twin.work_item_id for twin in twins if twin.work_item_id is not None]
            traces = work.traces.find(connection.organization_id, numbers)
        gateway = self._gateways.get(connection.organization_id)
        snapshots = gateway.read_work_items(numbers) if numbers else {}
        findings: list[Finding] = []
        digests: dict[str, str] = {}
        for twin in twins:
            number = twin.work_item_id or 0
            finding = self._compare_one(job, connection, gateway, twin, snapshots.get(number), traces.get(number, []))
            if finding is None:
                digests[twin.id] = digest_state(twin.state)
            else:
                findings.append(finding)
        return Compared(tuple(findings), digests)

    def _compare_one(
        self,
        job: Job,
        connection: Connection,
        gateway: WorkItemGateway,
        twin: Twin,
        snapshot: WorkItemSnapshot | None,
        traces: Sequence[Trace],
    ) -> Finding | None:
        now = self._clock.now()
        if snapshot is None:
            return self._gone(job, connection, twin, now)
        if snapshot.changed_at > now - self._grace:
            return None
        comments = None
        if may_have_new_comments(twin, snapshot):
            comments = gateway.read_comments(snapshot.project, snapshot.id)
        catalog = gateway.read_catalog(snapshot.project)
        changed = observe(twin, snapshot, comments, traces, catalog, gateway.file_id).changed
        if not changed:
            return None
        detail = f"Changed here and not noticed: {name_keys(changed)}. Repair reads the work item and sends the change."
        keys = sorted(changed)
        return make_finding(self._ids.new_id(), connection, job.id, DriftKind.LOCAL_CHANGE, twin, detail, now, keys)

    def _gone(self, job: Job, connection: Connection, twin: Twin, now: datetime) -> Finding | None:
        known = twin.state.get(make_presence_key(twin.organization_id))
        if twin.work_item_id is None or (known is not None and known.value is Presence.REMOVED):
            return None
        detail = (
            f"Work item {twin.work_item_id} can't be read any more: it was deleted, or the account of this node lost "
            "its rights. Check the rights first; repair tells the partner that it is gone."
        )
        return make_finding(self._ids.new_id(), connection, job.id, DriftKind.WORK_ITEM_GONE, twin, detail, now)

    def _conclude(self, job: Job, connection: Connection) -> Compared:
        """Find what matches a trigger and was never brought under sync."""
        matches = self._find_matches(connection)
        with self._new_unit_of_work() as work:
            twins = work.twins.find_by_work_item(connection.organization_id, list(matches))
        synced = {twin.work_item_id for twin in twins if twin.connection_id == connection.id}
        now = self._clock.now()
        findings = [
            Finding(
                id=self._ids.new_id(),
                organization_id=connection.organization_id,
                connection_id=connection.id,
                comparison_id=job.id,
                kind=DriftKind.NEVER_SYNCED,
                subject=str(number),
                detail=f"Matches the trigger “{words}” and is not under sync. Repair puts it under sync.",
                found_at=now,
                work_item_id=number,
            )
            for number, words in matches.items()
            if number not in synced
        ]
        return Compared(tuple(findings), {})

"""The job that compares all twins of a connection: work items with what this node knows, then that with the partner."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from adnode.domain.connection import Connection
from adnode.domain.drift import DriftKind, Finding, FindingStatus
from adnode.domain.job import Job, JobKind, JobRow, RowOutcome
from adnode.domain.message import ComparisonBody, MessageKind
from adnode.domain.sync_state import Presence, make_attachment_key, make_comment_key, make_presence_key
from adnode.domain.trace import Trace, TraceKind
from adnode.domain.twin import Twin
from adnode.domain.work_item import Comment, WorkItemSnapshot
from adnode.ports.gateway import GatewayProvider, WorkItemGateway
from adnode.ports.storage import UnitOfWork, UnitOfWorkFactory
from adnode.ports.system import Clock, Ids, Topic, Wakeups
from adnode.services.drift.findings import make_finding, name_keys
from adnode.services.drift.peer_comparison import find_resting
from adnode.services.reconciliation.reading import may_have_new_comments, run_in_parallel
from adnode.sync.comparison import digest_state
from adnode.sync.copies import find_copies
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


@dataclass(frozen=True, slots=True)
class Look:
    """What was read of one work item, and the traces that are known; ``comments`` None means they were not read."""

    gateway: WorkItemGateway
    snapshot: WorkItemSnapshot | None
    comments: Sequence[Comment] | None
    traces: Sequence[Trace]

    def find_changes(self, twin: Twin, snapshot: WorkItemSnapshot) -> frozenset[str]:
        """Return the registers that differ from what is known, those of copies that have lost their trace too."""
        file_id, known = self.gateway.file_id, twin.state.registers
        copies = find_copies(twin, known, snapshot, self.comments or (), self.traces, file_id)
        found = [trace for trace in copies.traces if trace not in self.traces]
        prefixes = {TraceKind.COMMENT: make_comment_key, TraceKind.ATTACHMENT: make_attachment_key}
        untraced = frozenset(prefixes[trace.kind](trace.key) for trace in found if trace.kind in prefixes)
        catalog = self.gateway.read_catalog(snapshot.project)
        return untraced | observe(twin, snapshot, self.comments, copies.traces, catalog, file_id).changed


class ComparisonHandler:
    """JobHandler of comparisons. A deep one also reads the comments of work items whose revision is known, and has what
    was missed here read again at once. A row is a page of twins, ``twin_id`` the last one before; the last concludes.
    """

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
        repaired = [finding for finding in seen.findings if finding.status is FindingStatus.REPAIRED]
        work.drift.save_found(seen.findings)
        work.twins.reread([finding.twin_id for finding in repaired], now)
        if seen.digests:
            work.outbox.add(job.connection_id, "", MessageKind.COMPARISON, ComparisonBody(job.id, seen.digests), now)
        if any(row.message == CONCLUSION for row in rows):
            work.drift.settle_unconfirmed(job.connection_id, job.id, now)
        words = f": {len(repaired)} changed here and not noticed, read again now" if repaired else ""
        return [replace(row, outcome=RowOutcome.DONE, message=row.message + words) for row in rows]

    def follow(self, _work: UnitOfWork, _job: Job, rows: Sequence[JobRow]) -> Sequence[JobRow]:
        """Return the rows as they are: none goes on by itself."""
        return rows

    def wake(self, job: Job) -> None:
        """Have the questions to the partner sent, and what was missed read again."""
        self._wakeups.wake(Topic.RECONCILE, job.connection_id)
        self._wakeups.wake(Topic.SEND, job.connection_id)

    def _compare(self, job: Job, connection: Connection, row: JobRow) -> Compared:
        with self._new_unit_of_work() as work:
            twins = find_resting(work, work.twins.list_page(connection.id, after=row.twin_id, limit=PAGE))
            numbers = [twin.work_item_id for twin in twins if twin.work_item_id is not None]
            traces = work.traces.find(connection.organization_id, numbers)
        gateway = self._gateways.get(connection.organization_id)
        snapshots = gateway.read_work_items(numbers) if numbers else {}
        comments = _read_comments(job, gateway, twins, snapshots, self._clock.now() - self._grace)
        findings: list[Finding] = []
        digests: dict[str, str] = {}
        for twin in twins:
            number = twin.work_item_id or 0
            look = Look(gateway, snapshots.get(number), comments.get(number), traces.get(number, []))
            finding = self._compare_one(job, connection, twin, look)
            if finding is None:
                digests[twin.id] = digest_state(twin.state)
            else:
                findings.append(finding)
        return Compared(tuple(findings), digests)

    def _compare_one(self, job: Job, connection: Connection, twin: Twin, look: Look) -> Finding | None:
        now, snapshot = self._clock.now(), look.snapshot
        if snapshot is None:
            return self._gone(job, connection, twin, now)
        if snapshot.changed_at > now - self._grace:
            return None
        keys = sorted(look.find_changes(twin, snapshot))
        if not keys:
            return None
        is_deep = job.kind is JobKind.DEEP_COMPARISON
        what_next = "It is read again and sent." if is_deep else "Repair reads the work item and sends the change."
        detail = f"Changed here and not noticed: {name_keys(keys)}. {what_next}"
        finding_id = self._ids.new_id()
        found = make_finding(finding_id, connection, job.id, DriftKind.LOCAL_CHANGE, twin, detail, now, keys)
        return replace(found, status=FindingStatus.REPAIRED, settled_at=now) if is_deep else found

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


def _read_comments(
    job: Job,
    gateway: WorkItemGateway,
    twins: Sequence[Twin],
    snapshots: Mapping[int, WorkItemSnapshot],
    before: datetime,
) -> Mapping[int, Sequence[Comment]]:
    """Return the comments of the work items that may have other ones than known; of a deep comparison all that have
    any.
    """
    is_deep = job.kind is JobKind.DEEP_COMPARISON
    found: dict[int, Sequence[Comment]] = {}
    todo = [
        snapshot
        for twin in twins
        if (snapshot := snapshots.get(twin.work_item_id or 0)) is not None and snapshot.changed_at <= before
        if may_have_new_comments(twin, snapshot) or (is_deep and snapshot.comment_count > 0)
    ]

    def read(snapshot: WorkItemSnapshot) -> None:
        found[snapshot.id] = gateway.read_comments(snapshot.project, snapshot.id)

    run_in_parallel(read, todo)
    return found

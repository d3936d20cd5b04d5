"""The job that repairs what comparisons found."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from adnode.domain.connection import Connection
from adnode.domain.drift import DriftKind, Finding, FindingStatus
from adnode.domain.job import Job, JobRow, RowOutcome
from adnode.domain.message import MessageKind, StateRequestedBody
from adnode.domain.twin import Twin, TwinStatus
from adnode.ports.storage import UnitOfWork, UnitOfWorkFactory
from adnode.ports.system import Clock, Ids, Topic, Wakeups
from adnode.services.consent.counterparts import word_held
from adnode.services.consent.partings import part_twins
from adnode.services.drift.peer_comparison import find_resting, send_states
from adnode.services.new_twins import make_twins

_OVER = (TwinStatus.LOCAL_REMOVED, TwinStatus.REMOTE_REMOVED, TwinStatus.UNLINKED)


class RepairHandler:
    """JobHandler of repairs. ``twin_id`` of a row is the id of its finding."""

    slice_size = 200
    window = 600

    def __init__(self, new_unit_of_work: UnitOfWorkFactory, wakeups: Wakeups, clock: Clock, ids: Ids) -> None:
        self._new_unit_of_work = new_unit_of_work
        self._wakeups = wakeups
        self._clock = clock
        self._ids = ids

    def list_rows(self, _job: Job) -> Iterator[Sequence[JobRow]]:
        """Yield nothing: the rows came with the job."""
        return iter(())

    def look(self, _job: Job, rows: Sequence[JobRow]) -> Mapping[str, Finding]:
        """Return the findings."""
        with self._new_unit_of_work() as work:
            return work.drift.find([row.twin_id for row in rows])

    def act(self, work: UnitOfWork, job: Job, rows: Sequence[JobRow], seen: Mapping[str, Finding]) -> Sequence[JobRow]:
        """Start the repair of each finding that is still open."""
        now = self._clock.now()
        connection = work.connections.get(job.connection_id)
        todo = [finding for finding in seen.values() if finding.status is FindingStatus.OPEN]
        twins = work.twins.find([finding.twin_id for finding in todo if finding.twin_id])
        self._read_again(work, todo, twins)
        self._exchange_states(work, connection, todo, twins)
        never = [each.work_item_id for each in todo if each.kind is DriftKind.NEVER_SYNCED]
        numbers = [number for number in never if number is not None]
        known = make_twins(work, connection, numbers, self._ids, now, job.created_by, reference=job.id).known
        for finding in todo:
            if finding.kind is DriftKind.PARTNER_GONE and finding.twin_id in twins:
                twin = twins[finding.twin_id]
                part_twins(work, connection, [twin], now, is_ours=True)
                work.twins.save(replace(twin, status=TwinStatus.UNLINKED))
        work.drift.settle([finding.id for finding in todo], FindingStatus.REPAIRED, now)
        open_ids = {finding.id for finding in todo}
        return [_begun(row, seen.get(row.twin_id), row.twin_id in open_ids, known) for row in rows]

    def follow(self, work: UnitOfWork, _job: Job, rows: Sequence[JobRow]) -> Sequence[JobRow]:
        """Return rows whose twins have come to rest as done, or as failed with the reason."""
        findings = work.drift.find([row.twin_id for row in rows])
        twins = work.twins.find([finding.twin_id for finding in findings.values() if finding.twin_id])
        resting = {twin.id for twin in find_resting(work, list(twins.values()))}
        return [_as_of_now(work, row, findings.get(row.twin_id), twins, resting) for row in rows]

    def wake(self, job: Job) -> None:
        """Have the twins reconciled and the states sent."""
        self._wakeups.wake(Topic.RECONCILE, job.connection_id)
        self._wakeups.wake(Topic.SEND, job.connection_id)

    def _read_again(self, work: UnitOfWork, findings: Sequence[Finding], twins: Mapping[str, Twin]) -> None:
        kinds = (DriftKind.LOCAL_CHANGE, DriftKind.WORK_ITEM_GONE)
        ids = [finding.twin_id for finding in findings if finding.kind in kinds and finding.twin_id in twins]
        work.twins.mark_dirty(ids, self._clock.now(), must_read=True)

    def _exchange_states(
        self, work: UnitOfWork, connection: Connection, findings: Sequence[Finding], twins: Mapping[str, Twin]
    ) -> None:
        """Send ours and ask for theirs: whichever is older then takes the other's over, and both write what is new."""
        differing = [
            twins[finding.twin_id]
            for finding in findings
            if finding.kind is DriftKind.PARTNER_DIFFERS and finding.twin_id in twins
        ]
        if not differing:
            return
        now = self._clock.now()
        send_states(work, connection, differing, now)
        asked = StateRequestedBody(tuple(twin.id for twin in differing))
        work.outbox.add(connection.id, "", MessageKind.STATE_REQUESTED, asked, now)


def _begun(row: JobRow, finding: Finding | None, is_open: bool, known: Mapping[int, int]) -> JobRow:
    if finding is None or not is_open:
        return replace(row, outcome=RowOutcome.ALREADY, message="Repaired or gone already.")
    if finding.kind is DriftKind.PARTNER_GONE:
        return replace(row, outcome=RowOutcome.DONE, message="The pair was ended here.")
    if finding.work_item_id is not None and finding.work_item_id in known:
        return replace(row, outcome=RowOutcome.SKIPPED, message=word_held(finding.work_item_id, known))
    if finding.kind is DriftKind.NEVER_SYNCED:
        return replace(row, outcome=RowOutcome.DONE, message="It was put under sync.")
    return replace(row, outcome=RowOutcome.STARTED)


def _as_of_now(
    work: UnitOfWork, row: JobRow, finding: Finding | None, twins: Mapping[str, Twin], resting: set[str]
) -> JobRow:
    twin = twins.get(finding.twin_id) if finding else None
    if twin is None or twin.status in _OVER or twin.id in resting:
        return replace(row, outcome=RowOutcome.DONE)
    if twin.status is TwinStatus.FAILED:
        records = work.error_records.list_records(connection_id=twin.connection_id, twin_id=twin.id, limit=1)
        return replace(row, outcome=RowOutcome.FAILED, message=records[0].message if records else "See Errors.")
    return row

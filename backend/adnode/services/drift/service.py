"""Comparisons and their reports, for people and once a day."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event

from adnode.domain.audit import AuditAction
from adnode.domain.connection import Connection, ConnectionStatus
from adnode.domain.drift import DriftKind, Finding
from adnode.domain.errors import StateError, ValidationError
from adnode.domain.job import Job, JobKind, JobRow, JobStatus
from adnode.domain.session import Session
from adnode.ports.storage import UnitOfWork, UnitOfWorkFactory
from adnode.ports.system import Clock, Ids
from adnode.services.audit import AuditService
from adnode.services.ownership import own_connection

EVERY = timedelta(days=1)
DEEP_EVERY = timedelta(days=7)
BY_ITSELF = "adnode, once a day"
DEEP_BY_ITSELF = "adnode, as often as the operator says"
COMPARISONS = (JobKind.COMPARISON, JobKind.DEEP_COMPARISON)
REPAIR_LIMIT = 20_000
"""Findings that one repair takes up at most; another one takes the rest."""
PAGE = 1000


@dataclass(frozen=True, slots=True)
class DriftReport:
    """What the last comparison of a connection, deep or not, found and is still open; ``comparison`` is None before the
    first, ``deep_comparison`` before the first deep one.
    """

    comparison: Job | None
    deep_comparison: Job | None
    counts: Mapping[DriftKind, int]


@dataclass(frozen=True, slots=True)
class FindingPage:
    """Some open findings and how many there are in all."""

    findings: tuple[Finding, ...]
    total: int


class DriftService:
    """Starts comparisons and repairs, and shows what was found. A deep comparison begins every ``deep_every``."""

    def __init__(
        self,
        new_unit_of_work: UnitOfWorkFactory,
        audit: AuditService,
        clock: Clock,
        ids: Ids,
        deep_every: timedelta = DEEP_EVERY,
    ) -> None:
        self._deep_every = deep_every
        self._new_unit_of_work = new_unit_of_work
        self._audit = audit
        self._clock = clock
        self._ids = ids

    def compare(self, session: Session, connection_id: str, *, is_deep: bool = False) -> Job:
        """Start a comparison; one that is under way is given back, unless a deep one is wanted and it is none.

        Raises StateError for a stopped connection.
        """
        kind = JobKind.DEEP_COMPARISON if is_deep else JobKind.COMPARISON
        with self._new_unit_of_work() as work:
            connection = own_connection(work, session, connection_id)
            if connection.status is not ConnectionStatus.ACTIVE:
                raise StateError(f"Connection {connection.name} is {connection.status}; activate it, then compare.")
            running = _running(work, connection, kind)
            if running is not None:
                return running
            job = self._add(work, connection, kind, _title(kind, connection), session.user_name)
            self._audit.note(work, session, AuditAction.COMPARISON_STARTED, connection, {"kind": kind.value})
            work.commit()
        return job

    def tend(self, stopping: Event) -> bool:
        """Start what is due, as a chore; there is never more to do at once."""
        if not stopping.is_set():
            self.compare_due()
        return False

    def compare_due(self) -> int:
        """Start a comparison of each active connection whose last one began a day ago, a deep one where that is due;
        return how many.

        Safe to call from every process: a connection's turn lets one in after the other.
        """
        started = 0
        with self._new_unit_of_work() as work:
            connections = work.connections.list_all(statuses=[ConnectionStatus.ACTIVE])
        for known in connections:
            with self._new_unit_of_work() as work:
                connection = work.connections.get(known.id)
                kind = self._due(work, connection)
                if connection.status is ConnectionStatus.ACTIVE and kind is not None:
                    by = DEEP_BY_ITSELF if kind is JobKind.DEEP_COMPARISON else BY_ITSELF
                    self._add(work, connection, kind, _title(kind, connection), by)
                    started += 1
                    work.commit()
        return started

    def _due(self, work: UnitOfWork, connection: Connection) -> JobKind | None:
        now = self._clock.now()
        if _since(work, connection, JobKind.DEEP_COMPARISON) <= now - self._deep_every:
            return JobKind.DEEP_COMPARISON
        return JobKind.COMPARISON if _since(work, connection, *COMPARISONS) <= now - EVERY else None

    def report(self, session: Session, connection_id: str) -> DriftReport:
        """Return the last comparison and how much is open."""
        with self._new_unit_of_work() as work:
            connection = own_connection(work, session, connection_id)
            last, deep = _last(work, connection, *COMPARISONS), _last(work, connection, JobKind.DEEP_COMPARISON)
            return DriftReport(last, deep, work.drift.count(connection_id))

    def list_page(
        self,
        session: Session,
        connection_id: str,
        *,
        kinds: Collection[DriftKind] | None = None,
        after: tuple[str, str] | None = None,
        limit: int,
    ) -> FindingPage:
        """Return open findings by kind."""
        with self._new_unit_of_work() as work:
            own_connection(work, session, connection_id)
            findings = work.drift.list_page(connection_id, kinds=kinds, after=after, limit=limit)
            counts = work.drift.count(connection_id)
        total = sum(count for kind, count in counts.items() if kinds is None or kind in kinds)
        return FindingPage(tuple(findings), total)

    def repair(self, session: Session, connection_id: str, finding_ids: Sequence[str] | None = None) -> Job:
        """Start the repair of these findings, or of all that are open."""
        with self._new_unit_of_work() as work:
            connection = own_connection(work, session, connection_id)
            if connection.status is not ConnectionStatus.ACTIVE:
                raise StateError(f"Connection {connection.name} is {connection.status}; activate it, then repair.")
            findings = _chosen(work, connection, finding_ids)
            if not findings:
                raise ValidationError("There is nothing to repair. Compare again to see how things stand.")
            title = f"Repair {len(findings)} of {connection.name}"
            job = self._add(work, connection, JobKind.DRIFT_REPAIR, title, session.user_name)
            work.jobs.add_rows(job.id, [_row(number, finding) for number, finding in enumerate(findings, start=1)])
            details = {"findings": str(len(findings))}
            self._audit.note(work, session, AuditAction.DRIFT_REPAIRED, connection, details)
            job = work.jobs.get(job.id)
            work.commit()
        return job

    def _add(self, work: UnitOfWork, connection: Connection, kind: JobKind, title: str, created_by: str) -> Job:
        job = Job(
            id=self._ids.new_id(),
            organization_id=connection.organization_id,
            kind=kind,
            status=JobStatus.WAITING,
            title=title,
            created_at=self._clock.now(),
            created_by=created_by,
            connection_id=connection.id,
        )
        work.jobs.add(job)
        return job


def _chosen(work: UnitOfWork, connection: Connection, finding_ids: Sequence[str] | None) -> list[Finding]:
    if finding_ids is not None:
        found = work.drift.find(finding_ids).values()
        return [finding for finding in found if finding.connection_id == connection.id]
    findings: list[Finding] = []
    after: tuple[str, str] | None = None
    while page := work.drift.list_page(connection.id, after=after, limit=PAGE):
        findings += page
        after = page[-1].kind.value, page[-1].id
        if len(findings) >= REPAIR_LIMIT:
            break
    return findings[:REPAIR_LIMIT]


def _row(number: int, finding: Finding) -> JobRow:
    return JobRow(number, finding.work_item_id, finding.remote_work_item_id, finding.id)


def _title(kind: JobKind, connection: Connection) -> str:
    return f"Compare {connection.name}" + (" in depth" if kind is JobKind.DEEP_COMPARISON else "")


def _last(work: UnitOfWork, connection: Connection, *kinds: JobKind) -> Job | None:
    jobs = work.jobs.list_page(connection.organization_id, kinds=kinds, connection_id=connection.id, limit=1)
    return jobs[0] if jobs else None


def _since(work: UnitOfWork, connection: Connection, *kinds: JobKind) -> datetime:
    last = _last(work, connection, *kinds)
    return last.created_at if last is not None else connection.created_at


def _running(work: UnitOfWork, connection: Connection, kind: JobKind) -> Job | None:
    last = _last(work, connection, kind)
    return last if last is not None and not last.is_over else None

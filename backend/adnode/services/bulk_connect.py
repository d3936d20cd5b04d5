"""Bulk connect: making pairs of work items that exist on both sides, as a file says."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from adnode.domain.audit import AuditAction
from adnode.domain.bulk_connect import CheckedFile, CheckedRow, Verdict
from adnode.domain.connecting import KeptContent, Terms
from adnode.domain.connection import Connection
from adnode.domain.errors import StateError, WrongRowsError
from adnode.domain.job import Job, JobKind, JobRow, JobStatus, RowOutcome
from adnode.domain.license_plan import WAITS_FOR_PLAN
from adnode.domain.pair_file import PairFile, PairRow, WrongRow, make_plain, part_doubles, read_pairs
from adnode.domain.proposal import ProposalDirection, ProposalKind
from adnode.domain.session import Session
from adnode.domain.twin import Twin, TwinStatus
from adnode.ports.gateway import GatewayProvider
from adnode.ports.storage import UnitOfWork, UnitOfWorkFactory
from adnode.ports.system import Clock, Ids, Topic, Wakeups
from adnode.services.audit import AuditService
from adnode.services.clean_up import forget_twins
from adnode.services.connected_rows import follow_row, partner_of, rejoin_rows
from adnode.services.consent.asks import propose
from adnode.services.consent.meeting import Questions
from adnode.services.joining import make_connected_twin, require_active
from adnode.services.ownership import own_connection
from adnode.services.reconciliation.reading import run_in_parallel

READ_AT_ONCE = 200
"""Work items that one call of Azure DevOps reads."""
STORED_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class ConnectOptions:
    """How the rows of a file are connected. ``skips_wrong``: the others are connected although some can't be."""

    content: KeptContent = KeptContent.BOTH
    comments: bool = False
    attachments: bool = False
    skips_wrong: bool = False


class BulkConnectService:
    """Checks files and starts the job that connects their rows. Only our work items can be looked at from here; each
    one of the other side is checked there while it is connected.
    """

    def __init__(
        self,
        new_unit_of_work: UnitOfWorkFactory,
        gateways: GatewayProvider,
        audit: AuditService,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._new_unit_of_work = new_unit_of_work
        self._gateways = gateways
        self._audit = audit
        self._clock = clock
        self._ids = ids

    def check(self, session: Session, connection_id: str, content: bytes) -> CheckedFile:
        """Return a verdict on every line; nothing is changed. Raises PairFileError, NotFoundError, StateError."""
        with self._new_unit_of_work() as work:
            connection = require_active(own_connection(work, session, connection_id))
            others = _other_names(work, connection)
        return self._check(connection, read_pairs(content), others)

    def _check(self, connection: Connection, file: PairFile, other_names: frozenset[str]) -> CheckedFile:
        foreign = [row for row in file.rows if _is_foreign(row, connection, other_names)]
        good, doubled = part_doubles([row for row in file.rows if not _is_foreign(row, connection, other_names)])
        projects = read_projects(self._gateways, connection, [row.work_item_id for row in good])
        checked = [
            *(_judge_wrong(row) for row in (*file.wrong, *doubled)),
            *(_judge_foreign(row, connection) for row in foreign),
            *self._judge(connection, good, projects),
        ]
        return CheckedFile(file.encoding, file.delimiter, tuple(sorted(checked, key=lambda row: row.line)))

    def _judge(
        self, connection: Connection, rows: Sequence[PairRow], projects: Mapping[int, str]
    ) -> Iterator[CheckedRow]:
        for start in range(0, len(rows), STORED_AT_ONCE):
            some = rows[start : start + STORED_AT_ONCE]
            with self._new_unit_of_work() as work:
                taken = Taken(work, connection, some)
            for row in some:
                verdict, reason = judge(connection, row, projects, taken)
                yield CheckedRow(row.line, row.work_item_id, row.remote_work_item_id, verdict, reason)

    def start(
        self, session: Session, connection_id: str, content: bytes, options: ConnectOptions, file_name: str = ""
    ) -> Job:
        """Start connecting the good lines and return the job.

        Raises WrongRowsError when some lines can't be connected and are not to be skipped, or when none can.
        """
        checked = self.check(session, connection_id, content)
        good = checked.counts.get(Verdict.OK, 0)
        if not good or (checked.problems and not options.skips_wrong):
            raise _wrong_rows(checked, good)
        with self._new_unit_of_work() as work:
            connection = require_active(own_connection(work, session, connection_id))
            job = self._make_job(session, connection, options, good, file_name)
            work.jobs.add(job)
            for start in range(0, len(checked.rows), STORED_AT_ONCE):
                work.jobs.add_rows(job.id, [_job_row(row) for row in checked.rows[start : start + STORED_AT_ONCE]])
            details = {"pairs": str(good), "content": options.content.value, "job": job.id}
            self._audit.note(work, session, AuditAction.BULK_CONNECT_STARTED, connection, details)
            job = work.jobs.get(job.id)
            work.commit()
        return job

    def _make_job(
        self, session: Session, connection: Connection, options: ConnectOptions, good: int, file_name: str
    ) -> Job:
        pairs = "1 pair" if good == 1 else f"{good} pairs"
        return Job(
            id=self._ids.new_id(),
            organization_id=session.tenant.id,
            kind=JobKind.BULK_CONNECT,
            status=JobStatus.WAITING,
            title=f"Connect {pairs} over {connection.name}",
            created_at=self._clock.now(),
            created_by=session.user_name,
            connection_id=connection.id,
            parameters={
                "content": options.content.value,
                "comments": options.comments,
                "attachments": options.attachments,
                "file_name": make_plain(file_name)[:200],
            },
            is_listed=True,
        )


class BulkConnectHandler:
    """How the job goes on: a slice of rows becomes twins, which the nodes of both sides then take up."""

    slice_size = READ_AT_ONCE
    window = 5000

    def __init__(
        self, new_unit_of_work: UnitOfWorkFactory, gateways: GatewayProvider, wakeups: Wakeups, clock: Clock, ids: Ids
    ) -> None:
        self._new_unit_of_work = new_unit_of_work
        self._gateways = gateways
        self._wakeups = wakeups
        self._clock = clock
        self._ids = ids

    def list_rows(self, job: Job) -> Iterator[Sequence[JobRow]]:
        """Yield nothing: the rows came with the job."""
        return iter(())

    def look(self, job: Job, rows: Sequence[JobRow]) -> Mapping[int, str]:
        """Return the projects of our work items by number; those that can't be read are left out."""
        with self._new_unit_of_work() as work:
            connection = require_active(work.connections.get(job.connection_id))
        return read_projects(self._gateways, connection, [row.work_item_id or 0 for row in rows])

    def act(self, work: UnitOfWork, job: Job, rows: Sequence[JobRow], seen: Mapping[int, str]) -> Sequence[JobRow]:
        """Make the twins of rows that still can be connected."""
        connection = require_active(work.connections.get(job.connection_id))
        pairs = {row.number: PairRow(row.number, row.work_item_id or 0, row.remote_work_item_id or 0) for row in rows}
        taken = Taken(work, connection, pairs.values())
        asked = Questions(work, connection, [(pair.work_item_id, pair.remote_work_item_id) for pair in pairs.values()])
        changed = [self._connect(work, job, connection, row, pairs[row.number], seen, taken, asked) for row in rows]
        twins = work.twins.find([row.twin_id for row in changed if row.outcome is RowOutcome.STARTED])
        offered = [twin for twin in twins.values() if twin.is_offered]
        work.partings.clear(connection.id, [row.work_item_id or 0 for row in changed if row.twin_id in twins])
        propose(work, connection, ProposalKind.BULK_CONNECT, offered, job.created_by, job.id, self._clock.now())
        return changed

    def _connect(
        self,
        work: UnitOfWork,
        job: Job,
        connection: Connection,
        row: JobRow,
        pair: PairRow,
        projects: Mapping[int, str],
        taken: "Taken",
        asked: Questions,
    ) -> JobRow:
        if twin := taken.same_pair(pair):
            return replace(row, outcome=RowOutcome.ALREADY, twin_id=twin.id, message="They are a pair already.")
        verdict, reason = judge(connection, pair, projects, taken)
        if verdict is not Verdict.OK:
            return replace(row, outcome=RowOutcome.FAILED, message=reason)
        now, terms = self._clock.now(), _terms(job, pair.remote_work_item_id)
        known = taken.known(pair.work_item_id)
        wanted = make_connected_twin(self._ids.new_id(), connection, pair.work_item_id, terms, known, now)
        numbers = pair.work_item_id, pair.remote_work_item_id
        try:
            twin = asked.accept(*numbers, job.created_by, self._ids, now) or work.twins.add(wanted, due_at=now)
        except StateError as error:
            return replace(row, outcome=RowOutcome.FAILED, message=error.message)
        return replace(row, outcome=RowOutcome.STARTED, twin_id=twin.id, message=WAITS_FOR_PLAN if twin.is_held else "")

    def follow(self, work: UnitOfWork, job: Job, rows: Sequence[JobRow]) -> Sequence[JobRow]:
        """Return started rows as they are now. What was refused is taken away again on both sides."""
        connection = work.connections.get(job.connection_id)
        twins = dict(work.twins.find([row.twin_id for row in rows]))
        asked = work.proposals.of_twins(connection.id, ProposalDirection.OUTGOING, [row.twin_id for row in rows])
        rows = rejoin_rows(work, connection, rows, twins)
        failed = [twin.id for twin in twins.values() if twin.status is TwinStatus.FAILED and twin.is_offered]
        records = work.error_records.open_of_twins(failed)
        followed = [
            follow_row(row, twins.get(row.twin_id), records.get(row.twin_id, ()), asked.get(row.twin_id))
            for row in rows
        ]
        forget_twins(work, connection, failed, self._clock.now())
        return followed

    def wake(self, job: Job) -> None:
        """Have the twins worked on."""
        self._wakeups.wake(Topic.RECONCILE, job.connection_id)
        self._wakeups.wake(Topic.SEND, job.connection_id)


class Taken:
    """What some work items of a connection are under sync with already, on either side."""

    def __init__(self, work: UnitOfWork, connection: Connection, rows: Iterable[PairRow]) -> None:
        wanted = list(rows)
        self._of_local: dict[int, list[Twin]] = {}
        for twin in work.twins.find_by_work_item(connection.organization_id, [row.work_item_id for row in wanted]):
            self._of_local.setdefault(twin.work_item_id or 0, []).append(twin)
        self._connection_id = connection.id
        found = work.clean_up.find_by_remote(connection.id, [row.remote_work_item_id for row in wanted])
        self._of_remote = {pair.remote_work_item_id: pair.work_item_id for pair in found}

    def known(self, work_item_id: int) -> list[Twin]:
        """Return all twins of our work item."""
        return self._of_local.get(work_item_id, [])

    def same_pair(self, row: PairRow) -> Twin | None:
        """Return the twin that the row asks for, if it is there."""
        twin = self._twin(row.work_item_id)
        return twin if twin is not None and partner_of(twin) == row.remote_work_item_id else None

    def reason(self, row: PairRow) -> str:
        """Return why the row can't be connected, '' when it can."""
        if self.same_pair(row):
            return f"Work items {row.work_item_id} and {row.remote_work_item_id} are a pair already."
        if twin := self._twin(row.work_item_id):
            other = partner_of(twin)
            partner = f"with {other} " if other else ""
            return f"Work item {row.work_item_id} is under sync {partner}over this connection already."
        if row.remote_work_item_id in self._of_remote:
            return (
                f"The other side's work item {row.remote_work_item_id} is under sync with "
                f"{self._of_remote[row.remote_work_item_id]} over this connection already."
            )
        return ""

    def _twin(self, work_item_id: int) -> Twin | None:
        return next((twin for twin in self.known(work_item_id) if twin.connection_id == self._connection_id), None)


def read_projects(gateways: GatewayProvider, connection: Connection, work_item_ids: Sequence[int]) -> dict[int, str]:
    """Return the projects of work items by number, in batches side by side; what can't be read is left out."""
    gateway = gateways.get(connection.organization_id)
    projects: dict[int, str] = {}

    def read(some: Sequence[int]) -> None:
        # Only the project is kept: ten thousand whole work items are too much for memory.
        projects.update((number, item.project) for number, item in gateway.read_work_items(some).items())

    run_in_parallel(
        read, [work_item_ids[start : start + READ_AT_ONCE] for start in range(0, len(work_item_ids), READ_AT_ONCE)]
    )
    return projects


def judge(connection: Connection, row: PairRow, projects: Mapping[int, str], taken: Taken) -> tuple[Verdict, str]:
    """Return what stands against connecting a row, and why."""
    project = projects.get(row.work_item_id)
    if project is None:
        return Verdict.NOT_FOUND, (
            f"Work item {row.work_item_id} does not exist here, is in the recycle bin, or the account of this node may "
            "not read it."
        )
    if project.casefold() != connection.project.casefold():
        return Verdict.OUT_OF_SCOPE, (
            f"Work item {row.work_item_id} is in project {project}; the connection is for {connection.project}."
        )
    if reason := taken.reason(row):
        return Verdict.ALREADY_SYNCED, reason
    return Verdict.OK, ""


def _judge_wrong(row: WrongRow) -> CheckedRow:
    verdict = Verdict.DUPLICATE if row.is_duplicate else Verdict.MALFORMED
    return CheckedRow(row.line, row.work_item_id, row.remote_work_item_id, verdict, row.reason)


def _judge_foreign(row: PairRow, connection: Connection) -> CheckedRow:
    reason = f"The row is of connection {row.connection}; connect it over that one, not over {connection.name}."
    return CheckedRow(row.line, row.work_item_id, row.remote_work_item_id, Verdict.OUT_OF_SCOPE, reason)


def _is_foreign(row: PairRow, connection: Connection, other_names: frozenset[str]) -> bool:
    """Say whether a row names another connection. A name that nobody has any more names this one as well as any."""
    name = row.connection.casefold()
    return bool(name) and name != make_plain(connection.name).casefold() and name in other_names


def _other_names(work: UnitOfWork, connection: Connection) -> frozenset[str]:
    return frozenset(
        make_plain(other.name).casefold()
        for other in work.connections.list_all()
        if other.organization_id == connection.organization_id and other.id != connection.id
    )


def _wrong_rows(checked: CheckedFile, good: int) -> WrongRowsError:
    wrong = len(checked.problems)
    first = checked.problems[0] if checked.problems else None
    example = f" Line {first.line}: {first.reason}" if first else ""
    step = "Mend them, or say that wrong rows are to be skipped." if good else "There is no row left to connect."
    return WrongRowsError(
        f"{wrong} of {len(checked.rows)} rows can't be connected. {step}{example}", wrong=wrong, total=len(checked.rows)
    )


def _job_row(row: CheckedRow) -> JobRow:
    outcome = RowOutcome.WAITING if row.verdict is Verdict.OK else RowOutcome.SKIPPED
    return JobRow(
        number=row.line,
        work_item_id=row.work_item_id,
        remote_work_item_id=row.remote_work_item_id,
        outcome=outcome,
        message=row.reason,
    )


def _terms(job: Job, remote_work_item_id: int) -> Terms:
    wanted = job.parameters
    return Terms(
        remote_work_item_id,
        KeptContent(str(wanted.get("content", KeptContent.BOTH))),
        comments=wanted.get("comments") is True,
        attachments=wanted.get("attachments") is True,
    )

"""Clean-up: forgetting what is known about twins, here and on the other side. Work items stay as they are."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from adnode.domain.audit import AuditAction
from adnode.domain.clean_up import CleanUpScope, Pair, SyncMetadata, name_file, orphaning_reason
from adnode.domain.connection import Connection, ConnectionStatus
from adnode.domain.errors import NotFoundError, OrphaningError, StateError, ValidationError
from adnode.domain.job import Job, JobKind, JobRow, JobStatus, RowOutcome
from adnode.domain.message import CleanedUpBody, MessageKind
from adnode.domain.pair_file import PairRow, write_pairs
from adnode.domain.session import Session
from adnode.domain.twin import Twin, TwinStatus
from adnode.ports.storage import UnitOfWork, UnitOfWorkFactory
from adnode.ports.system import Clock, Ids, Topic, Wakeups
from adnode.services.audit import AuditService
from adnode.services.consent.partings import part_pairs
from adnode.services.consent.rows import take_back
from adnode.services.ownership import own_connection

PAGE = 500
CREATE_WAIT = timedelta(minutes=15)
"""How long a clean-up waits for work items that are being made while it runs."""


@dataclass(frozen=True, slots=True)
class CleanUpWish:
    """What a person wants cleaned up; the number or the connection belongs to its scope."""

    scope: CleanUpScope
    work_item_id: int = 0
    connection_id: str = ""


@dataclass(frozen=True, slots=True)
class ConnectionPreview:
    """What would go of one connection. ``orphaning`` says why the other side can't be told, '' when it can."""

    connection: Connection
    metadata: SyncMetadata
    orphaning: str


@dataclass(frozen=True, slots=True)
class CleanUpPreview:
    """What would go. ``key`` is the number or the name of what is cleaned up: typing it confirms."""

    wish: CleanUpWish
    key: str
    connections: tuple[ConnectionPreview, ...]

    @property
    def total(self) -> SyncMetadata:
        """Return the sums over all connections."""
        return sum((each.metadata for each in self.connections), SyncMetadata())

    @property
    def orphaned(self) -> tuple[ConnectionPreview, ...]:
        """Return the connections whose other side would keep its twins."""
        return tuple(each for each in self.connections if each.orphaning and each.metadata.twins)


class CleanUpService:
    """Shows what a clean-up would remove, starts it as a job, and gives the file for connecting again."""

    def __init__(self, new_unit_of_work: UnitOfWorkFactory, audit: AuditService, clock: Clock, ids: Ids) -> None:
        self._new_unit_of_work = new_unit_of_work
        self._audit = audit
        self._clock = clock
        self._ids = ids

    def preview(self, session: Session, wish: CleanUpWish) -> CleanUpPreview:
        """Return what would go; raises NotFoundError for a connection of another organization."""
        with self._new_unit_of_work() as work:
            return self._preview(work, session, wish)

    def _preview(self, work: UnitOfWork, session: Session, wish: CleanUpWish) -> CleanUpPreview:
        twin_ids = _twin_ids(work, session, wish)
        connections = _connections(work, session, wish, twin_ids)
        notes = work.notes.find([connection.id for connection in connections])
        previews = []
        for connection in connections:
            note = notes.get(connection.id)
            reason = orphaning_reason(connection.status, note.remote_status if note else None)
            metadata = work.clean_up.count(connection.id, twin_ids.get(connection.id) if twin_ids is not None else None)
            previews.append(ConnectionPreview(connection, metadata, reason))
        return CleanUpPreview(wish, _key(session, wish, connections), tuple(previews))

    def start(self, session: Session, wish: CleanUpWish, *, confirmation: str, accepts_orphans: bool = False) -> Job:
        """Start the clean-up and return its job; the confirmation is the preview's key, as a person typed it.

        Raises ValidationError when it is another, StateError when there is nothing to clean up, OrphaningError when the
        other side can't be told and the person has not said that it may keep its twins.
        """
        with self._new_unit_of_work() as work:
            preview = self._preview(work, session, wish)
            if confirmation.strip() != preview.key.strip():
                raise ValidationError(f"To confirm, type: {preview.key}")
            if not preview.total.twins:
                raise StateError(f"There is nothing to clean up: {_nothing(wish)}.")
            if preview.orphaned and not accepts_orphans:
                raise _orphaning(preview)
            job = self._make_job(session, preview)
            work.jobs.add(job)
            self._note(work, session, preview, job)
            work.commit()
        return job

    def _make_job(self, session: Session, preview: CleanUpPreview) -> Job:
        wish = preview.wish
        return Job(
            id=self._ids.new_id(),
            organization_id=session.tenant.id,
            kind=JobKind.CLEAN_UP,
            status=JobStatus.WAITING,
            title=_title(preview),
            created_at=self._clock.now(),
            created_by=session.user_name,
            connection_id=wish.connection_id,
            parameters={
                "scope": wish.scope.value,
                "work_item_id": wish.work_item_id,
                "connection_ids": [each.connection.id for each in preview.connections],
                "key": preview.key,
            },
        )

    def _note(self, work: UnitOfWork, session: Session, preview: CleanUpPreview, job: Job) -> None:
        wish = preview.wish
        connection = preview.connections[0].connection if wish.scope is CleanUpScope.CONNECTION else None
        details = {
            "scope": wish.scope.value,
            "pairs": str(preview.total.twins),
            "job": job.id,
            **({"work_item": str(wish.work_item_id)} if wish.work_item_id else {}),
            **({"orphaned": ", ".join(each.connection.name for each in preview.orphaned)} if preview.orphaned else {}),
        }
        self._audit.note(work, session, AuditAction.CLEAN_UP_STARTED, connection, details)

    def file(self, session: Session, job_id: str) -> tuple[str, Iterator[str]]:
        """Return name and text of the file that connects again what a job has cleaned up so far.

        Raises NotFoundError unless the job is a clean-up of the session's organization.
        """
        with self._new_unit_of_work() as work:
            job = work.jobs.get(job_id)
        if job.organization_id != session.tenant.id or job.kind is not JobKind.CLEAN_UP:
            raise NotFoundError(f"There is no clean-up {job_id} here. Look at the list of earlier ones.")
        scope = CleanUpScope(str(job.parameters.get("scope")))
        name = name_file(scope, str(job.parameters.get("key", "")), job.created_at)
        return name, write_pairs(self._pairs(job))

    def _pairs(self, job: Job) -> Iterator[PairRow]:
        after = 0
        while True:
            with self._new_unit_of_work() as work:
                rows = work.jobs.rows(job.id, outcomes=[RowOutcome.DONE], after=after, limit=PAGE)
            for row in rows:
                if row.work_item_id is not None and row.remote_work_item_id is not None:
                    yield PairRow(row.number, row.work_item_id, row.remote_work_item_id, row.message)
            if len(rows) < PAGE:
                return
            after = rows[-1].number


class CleanUpHandler:
    """How a clean-up goes on. The message of each row is the name of the connection: the file is made of it."""

    slice_size = PAGE
    window = PAGE

    def __init__(self, new_unit_of_work: UnitOfWorkFactory, wakeups: Wakeups, clock: Clock) -> None:
        self._new_unit_of_work = new_unit_of_work
        self._wakeups = wakeups
        self._clock = clock

    def list_rows(self, job: Job) -> Iterator[Sequence[JobRow]]:
        """Yield the twins that are to go, as they are now."""
        number = 0
        work_item_id = job.parameters.get("work_item_id")
        for connection_id in _connection_ids(job):
            pages = self._of_work_item(job, connection_id, work_item_id) if work_item_id else self._all(connection_id)
            for page in pages:
                numbered = [replace(row, number=number + place) for place, row in enumerate(page, start=1)]
                number += len(numbered)
                yield numbered

    def _of_work_item(self, job: Job, connection_id: str, work_item_id: object) -> Iterator[list[JobRow]]:
        with self._new_unit_of_work() as work:
            name = work.connections.get(connection_id).name
            twins = work.twins.find_by_work_item(job.organization_id, [int(str(work_item_id))])
            pairs = work.clean_up.find_pairs([twin.id for twin in twins if twin.connection_id == connection_id])
        yield [_row(pair, name) for pair in pairs.values()]

    def _all(self, connection_id: str) -> Iterator[list[JobRow]]:
        after = ""
        while True:
            with self._new_unit_of_work() as work:
                name = work.connections.get(connection_id).name
                pairs = work.clean_up.list_pairs(connection_id, after=after, limit=PAGE)
            yield [_row(pair, name) for pair in pairs]
            if len(pairs) < PAGE:
                return
            after = pairs[-1].twin_id

    def look(self, job: Job, rows: Sequence[JobRow]) -> None:
        """Nothing outside the database has to be known."""

    def act(self, work: UnitOfWork, job: Job, rows: Sequence[JobRow], seen: None) -> Sequence[JobRow]:
        """Forget the twins of these rows on this side, and tell the other one. Where a work item is being made for one
        right now, the row waits for its number: else nobody would know the two belong together.
        """
        open_ids = self._find_open_creates(work, job, [row.twin_id for row in rows])
        begun = [replace(row, outcome=RowOutcome.STARTED) for row in rows if row.twin_id in open_ids]
        return [*begun, *self._clean(work, [row for row in rows if row.twin_id not in open_ids])]

    def _find_open_creates(self, work: UnitOfWork, job: Job, twin_ids: Sequence[str]) -> set[str]:
        if self._clock.now() > job.created_at + CREATE_WAIT:
            return set()
        twins = work.twins.find(twin_ids)
        half = [twin for twin in twins.values() if _is_half(twin) and _is_active(work, twin)]
        told = work.outbox.unconfirmed([twin.id for twin in half])
        records = work.error_records.open_of_twins([twin.id for twin in half])
        refused = {twin_id for twin_id, some in records.items() if any(record.is_remote for record in some)}
        return {twin.id for twin in half if _is_being_made(twin, told) and twin.id not in refused}

    def _clean(self, work: UnitOfWork, rows: Sequence[JobRow]) -> list[JobRow]:
        now = self._clock.now()
        pairs = work.clean_up.find_pairs([row.twin_id for row in rows])
        # In the order of their ids, as who needs several connections must.
        for connection_id in sorted({pair.connection_id for pair in pairs.values()}):
            connection = work.connections.get(connection_id)
            of_connection = [pair for pair in pairs.values() if pair.connection_id == connection_id]
            part_pairs(work, connection, of_connection, now, is_ours=True)
            twin_ids = [pair.twin_id for pair in of_connection]
            take_back(work, connection, twin_ids)
            forget_twins(work, connection, twin_ids, now)
        return [_cleaned(row, pairs.get(row.twin_id)) for row in rows]

    def follow(self, work: UnitOfWork, job: Job, rows: Sequence[JobRow]) -> Sequence[JobRow]:
        """Clean up those whose create is over."""
        return self.act(work, job, rows, None)

    def wake(self, job: Job) -> None:
        """Have the peers told."""
        for connection_id in _connection_ids(job):
            self._wakeups.wake(Topic.SEND, connection_id)


def _is_half(twin: Twin) -> bool:
    is_asking = twin.terms is not None or len(twin.lineage) > 1
    is_half = twin.work_item_id is None or (twin.remote_work_item_id is None and not is_asking)
    return is_half and not twin.is_held and twin.status is not TwinStatus.UNLINKED


def _is_active(work: UnitOfWork, twin: Twin) -> bool:
    return work.connections.get(twin.connection_id).status is ConnectionStatus.ACTIVE


def _is_being_made(twin: Twin, told: Collection[str]) -> bool:
    """Say whether a work item is being made: here, whose outcome is open, or by the partner, who was told of ours."""
    return twin.intent is not None if twin.work_item_id is None else twin.id in told


def forget_twins(work: UnitOfWork, connection: Connection, twin_ids: Sequence[str], now: datetime) -> None:
    """Forget twins of a connection on this side, and have the peer told, now or at its next contact."""
    if not twin_ids:
        return
    work.clean_up.forget(connection.id, twin_ids, now)
    if connection.peer is not None and connection.status is not ConnectionStatus.REMOVED:
        work.outbox.add(connection.id, "", MessageKind.CLEANED_UP, CleanedUpBody(tuple(twin_ids)), now)


def _row(pair: Pair, connection_name: str) -> JobRow:
    """Return the row of a pair, still without a number; one that was taken out of sync is not to be connected again."""
    partner = None if pair.is_unlinked else pair.remote_work_item_id
    return JobRow(0, pair.work_item_id, partner, pair.twin_id, message=connection_name)


def _cleaned(row: JobRow, pair: Pair | None) -> JobRow:
    if pair is None:
        return replace(row, outcome=RowOutcome.ALREADY)
    # What was not known when the rows were listed may have come since.
    known = _row(pair, row.message)
    return replace(known, number=row.number, outcome=RowOutcome.DONE)


def _connection_ids(job: Job) -> list[str]:
    ids = job.parameters.get("connection_ids")
    return sorted(str(each) for each in ids) if isinstance(ids, list | tuple) else []


def _twin_ids(work: UnitOfWork, session: Session, wish: CleanUpWish) -> Mapping[str, list[str]] | None:
    """Return the twins of the one work item by connection; None where it is about all."""
    if wish.scope is not CleanUpScope.WORK_ITEM:
        return None
    if wish.work_item_id < 1:
        raise ValidationError("Name the work item by its number, for example 42.")
    found: dict[str, list[str]] = {}
    for twin in work.twins.find_by_work_item(session.tenant.id, [wish.work_item_id]):
        found.setdefault(twin.connection_id, []).append(twin.id)
    return found


def _connections(
    work: UnitOfWork, session: Session, wish: CleanUpWish, twin_ids: Mapping[str, list[str]] | None
) -> list[Connection]:
    if wish.scope is CleanUpScope.CONNECTION:
        return [own_connection(work, session, wish.connection_id)]
    all_of_them = [each for each in work.connections.list_all() if each.organization_id == session.tenant.id]
    wanted = [each for each in all_of_them if twin_ids is None or each.id in twin_ids]
    return sorted(wanted, key=lambda connection: connection.id)


def _key(session: Session, wish: CleanUpWish, connections: Sequence[Connection]) -> str:
    match wish.scope:
        case CleanUpScope.WORK_ITEM:
            return str(wish.work_item_id)
        case CleanUpScope.CONNECTION:
            return connections[0].name
        case CleanUpScope.ORGANIZATION:
            return session.tenant.name


def _title(preview: CleanUpPreview) -> str:
    words = {
        CleanUpScope.WORK_ITEM: "Clean up work item",
        CleanUpScope.CONNECTION: "Clean up connection",
        CleanUpScope.ORGANIZATION: "Clean up everything of",
    }
    return f"{words[preview.wish.scope]} {preview.key}"


def _nothing(wish: CleanUpWish) -> str:
    if wish.scope is CleanUpScope.WORK_ITEM:
        return f"work item {wish.work_item_id} is not under sync here"
    return "no work item is under sync there"


def _orphaning(preview: CleanUpPreview) -> OrphaningError:
    reasons = ", ".join(f"{each.connection.name} ({each.orphaning})" for each in preview.orphaned)
    return OrphaningError(
        f"The other side can't be told of this clean-up: {reasons}. It would keep its pairs. Mend the connection "
        "first, or say that the other side keeps its pairs."
    )

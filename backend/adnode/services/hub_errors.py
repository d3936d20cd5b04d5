"""The Errors tab: what failed in one organization, what that blocks, what to do, and what people do about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from adnode.domain.audit import AuditAction
from adnode.domain.connection import Connection
from adnode.domain.error_advice import NEVER_RETRIED, Advice, advise
from adnode.domain.error_record import NOTE_LIMIT, ErrorRecord, ErrorStatus, Impact
from adnode.domain.errors import NotFoundError, StateError, ValidationError
from adnode.domain.session import Session
from adnode.ports.error_storage import ErrorFilter, ErrorGroup, ErrorKey, ErrorSort
from adnode.ports.storage import UnitOfWork, UnitOfWorkFactory
from adnode.ports.system import Clock
from adnode.services.audit import AuditService
from adnode.services.error_resolution import resolve
from adnode.services.error_scope import describe_scope
from adnode.services.retries import BATCH_SIZE, RetryService

AT_ONCE = 2
"""Batches that are retried before the answer; the rest follows in the background."""
AUDITED_NOTE = 300
"""Characters of a note that the audit trail repeats."""


@dataclass(frozen=True, slots=True)
class ErrorView:
    """A record with the names that pages show. ``url`` is our work item's page, '' for none; ``partner`` the name of
    the other side's organization.
    """

    record: ErrorRecord
    connection_name: str
    partner: str
    url: str


@dataclass(frozen=True, slots=True)
class ErrorDetails:
    """Everything about one record. ``same_cause`` is how many other records of its status share the cause."""

    view: ErrorView
    advice: Advice
    blocks: str
    same_cause: int
    remote_url: str

    @property
    def can_retry(self) -> bool:
        """Say whether trying again is of use."""
        return self.view.record.status is ErrorStatus.OPEN and self.advice.can_retry


@dataclass(frozen=True, slots=True)
class GroupView:
    """A group with the names that pages show."""

    group: ErrorGroup
    sample: ErrorView


@dataclass(frozen=True, slots=True)
class ErrorCounts:
    """How many records match, by impact and by code; and the newest one that stops more than single things."""

    impacts: Mapping[Impact, int]
    codes: Mapping[str, int]
    newest_grave: ErrorRecord | None

    @property
    def total(self) -> int:
        """Return how many there are in all."""
        return sum(self.impacts.values())


@dataclass(frozen=True, slots=True)
class Wish:
    """How a list is wanted."""

    sort: ErrorSort = ErrorSort.TIME
    is_descending: bool = True
    after: ErrorKey | None = None
    limit: int = 50


class HubErrorService:
    """Use cases of the Errors tab."""

    def __init__(
        self, new_unit_of_work: UnitOfWorkFactory, retries: RetryService, audit: AuditService, clock: Clock
    ) -> None:
        self._new_unit_of_work = new_unit_of_work
        self._retries = retries
        self._audit = audit
        self._clock = clock

    # looking ---------------------------------------------------------------------------------------------------------

    def list_views(self, session: Session, wanted: ErrorFilter, wish: Wish) -> tuple[list[ErrorView], int]:
        """Return records of the session's organization, and how many there are in all."""
        wanted = _own(session, wanted)
        with self._new_unit_of_work() as work:
            records = work.error_records.list_page(
                wanted, sort=wish.sort, is_descending=wish.is_descending, after=wish.after, limit=wish.limit
            )
            total = work.error_records.count(wanted)
            return self._views(work, session, records), total

    def list_groups(self, session: Session, wanted: ErrorFilter, wish: Wish) -> tuple[list[GroupView], int]:
        """Return one row for each cause, and how many there are in all."""
        wanted = _own(session, wanted)
        with self._new_unit_of_work() as work:
            groups = work.error_records.list_groups(
                wanted, sort=wish.sort, is_descending=wish.is_descending, after=wish.after, limit=wish.limit
            )
            total = work.error_records.count_groups(wanted)
            samples = self._views(work, session, [group.sample for group in groups])
        return [GroupView(group, sample) for group, sample in zip(groups, samples, strict=True)], total

    def count(self, session: Session, wanted: ErrorFilter) -> ErrorCounts:
        """Return how many records match; the impact of the filter does not count."""
        wanted = replace(_own(session, wanted), impact=None)
        with self._new_unit_of_work() as work:
            return ErrorCounts(
                impacts=work.error_records.count_by_impact(wanted),
                codes=work.error_records.count_by_code(wanted),
                newest_grave=work.error_records.newest_grave(session.tenant.id),
            )

    def show(self, session: Session, record_id: str) -> ErrorDetails:
        """Return everything about one record; raises NotFoundError."""
        with self._new_unit_of_work() as work:
            record = _find(work, session, record_id)
            cause = ErrorFilter(session.tenant.id, record.status, cause_key=record.cause_key)
            twin = work.twins.find([record.twin_id]).get(record.twin_id) if record.twin_id else None
            (view,) = self._views(work, session, [record])
            return ErrorDetails(
                view=view,
                advice=advise(record),
                blocks=describe_scope(work, record, view.connection_name),
                same_cause=max(work.error_records.count(cause) - 1, 0),
                remote_url=twin.remote_url if twin else "",
            )

    def _views(self, work: UnitOfWork, session: Session, records: Sequence[ErrorRecord]) -> list[ErrorView]:
        connections = {connection.id: connection for connection in work.connections.list_all()} if records else {}
        return [_view(session, record, connections.get(record.connection_id)) for record in records]

    # acting ----------------------------------------------------------------------------------------------------------

    def retry(self, session: Session, record_id: str) -> ErrorRecord:
        """Try one record again; raises NotFoundError, StateError."""
        with self._new_unit_of_work() as work:
            _find(work, session, record_id)

        def note(work: UnitOfWork, record: ErrorRecord) -> None:
            connection = _connection(work, record.connection_id)
            self._audit.note(work, session, AuditAction.ERROR_RETRIED, connection, {"code": record.code})

        return self._retries.retry(record_id, note)

    def retry_all(self, session: Session, wanted: ErrorFilter) -> int:
        """Have every open record that matches tried again, the oldest first; return how many.

        That it was asked for is stored at once; the first ones are begun before this returns, the others in the
        background, also after a restart.
        """
        wanted = _open(_own(session, wanted))
        with self._new_unit_of_work() as work:
            count = work.error_records.ask_for_retry(wanted, self._clock.now(), except_codes=NEVER_RETRIED)
            if count:
                details = {"count": str(count), **_said(wanted)}
                connection = _connection(work, wanted.connection_id)
                self._audit.note(work, session, AuditAction.ERROR_RETRIED, connection, details)
            work.commit()
        for _ in range(AT_ONCE):
            if not self._retries.retry_due():
                break
        return count

    def resolve(self, session: Session, record_id: str, note: str) -> None:
        """Close one record without applying what failed; raises NotFoundError, StateError, ValidationError."""
        note = _checked(note)
        with self._new_unit_of_work() as work:
            record = _find(work, session, record_id)
            if not resolve(work, [record], self._clock.now(), resolved_by=session.user_name, note=note):
                raise StateError(f"Error {record_id} is closed already; nothing is left to do about it.")
            details = {"code": record.code, "note": note[:AUDITED_NOTE]}
            if record.work_item_id is not None:
                details["work_item"] = str(record.work_item_id)
            connection = _connection(work, record.connection_id)
            self._audit.note(work, session, AuditAction.ERROR_RESOLVED, connection, details)
            work.commit()

    def resolve_all(self, session: Session, wanted: ErrorFilter, note: str) -> int:
        """Close every open record that matches; return how many. Raises ValidationError.

        What is opened while this goes on is left alone.
        """
        note, wanted = _checked(note), _open(_own(session, wanted))
        started_at = self._clock.now()
        count, after, is_more = 0, None, True
        while is_more:
            with self._new_unit_of_work() as work:
                if after is None:
                    self._note_resolution(work, session, wanted, note)
                records = work.error_records.list_page(
                    wanted, sort=ErrorSort.TIME, is_descending=False, after=after, limit=BATCH_SIZE
                )
                batch = [record for record in records if record.opened_at <= started_at]
                count += resolve(work, batch, started_at, resolved_by=session.user_name, note=note)
                work.commit()
            is_more = len(batch) == BATCH_SIZE
            after = (batch[-1].opened_at, batch[-1].id) if batch else after
        return count

    def _note_resolution(self, work: UnitOfWork, session: Session, wanted: ErrorFilter, note: str) -> None:
        if count := work.error_records.count(wanted):
            details = {"count": str(count), "note": note[:AUDITED_NOTE], **_said(wanted)}
            connection = _connection(work, wanted.connection_id)
            self._audit.note(work, session, AuditAction.ERROR_RESOLVED, connection, details)


def _own(session: Session, wanted: ErrorFilter) -> ErrorFilter:
    return replace(wanted, organization_id=session.tenant.id)


def _open(wanted: ErrorFilter) -> ErrorFilter:
    return replace(wanted, status=ErrorStatus.OPEN)


def _find(work: UnitOfWork, session: Session, record_id: str) -> ErrorRecord:
    record = work.error_records.get(record_id)
    if record.organization_id != session.tenant.id:
        raise NotFoundError(f"There is no error {record_id} here. List the errors to see their ids.")
    return record


def _view(session: Session, record: ErrorRecord, connection: Connection | None) -> ErrorView:
    number = record.work_item_id
    return ErrorView(
        record=record,
        connection_name=connection.name if connection else "",
        partner=connection.peer.organization_name if connection and connection.peer else "",
        url=f"{session.tenant.url}/_workitems/edit/{number}" if number is not None else "",
    )


def _connection(work: UnitOfWork, connection_id: str) -> Connection | None:
    try:
        return work.connections.get(connection_id) if connection_id else None
    except NotFoundError:
        return None


def _checked(note: str) -> str:
    note = note.strip()
    if not note:
        raise ValidationError("Write down why, for those who look at this later.")
    if len(note) > NOTE_LIMIT:
        raise ValidationError(f"A note has at most {NOTE_LIMIT} characters.")
    return note


def _said(wanted: ErrorFilter) -> dict[str, str]:
    """Return what a filter picks, for the audit trail."""
    named = {
        "impact": wanted.impact.value if wanted.impact else "",
        "code": wanted.code,
        "search": wanted.text,
        "work_item": "" if wanted.work_item_id is None else str(wanted.work_item_id),
    }
    return {name: value for name, value in named.items() if value}

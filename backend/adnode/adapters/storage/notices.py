"""Which open error has been noticed for which subscriber, and told, in the database."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    delete,
    exists,
    false,
    func,
    insert,
    literal,
    null,
    select,
    text,
    true,
    tuple_,
    update,
)
from sqlalchemy.orm import Session, aliased

from adnode.adapters.storage.notification_rows import UNTOLD, NoticeRoundRow, NoticeRow
from adnode.adapters.storage.rows import ConnectionRow, ErrorRecordRow
from adnode.adapters.storage.statements import changed_rows
from adnode.adapters.storage.upserts import insert_new
from adnode.domain.error_record import Impact
from adnode.domain.notification import NOTIFICATION_FAILED, ErrorExample, ErrorGroup, Subscriber
from adnode.ports.notification_storage import Pending, Round

# Written out, because an index of these rows alone is used only where a query says just this.
_IS_OPEN = text("error_records.status = 'open'")
_IS_UNTOLD = text(f"notices.{UNTOLD}")
_COLUMNS = ("subscriber_id", "record_id", "opened_at", "connection_id", "code", "noticed_at", "is_told", "told_at")
_GROUP = (ErrorRecordRow.connection_id, ErrorRecordRow.impact, ErrorRecordRow.code, ErrorRecordRow.is_remote)


Rows = Select[*tuple[Any, ...]]


class SqlNotices:
    """NoticeRepository on SQL: everything is decided in the database, however many errors there are."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def notice(self, subscriber: Subscriber, now: datetime, *, since: datetime | None) -> None:
        wanted = [*_concerning(subscriber), ~_is_about(subscriber)]
        if since is not None:
            wanted.append(ErrorRecordRow.opened_at >= since)
        self._add(subscriber, now, is_told=False, conditions=wanted)

    def skip(self, subscriber: Subscriber, now: datetime) -> None:
        self._add(subscriber, now, is_told=True, conditions=[])

    def pending(self, subscriber: Subscriber, *, quiet_since: datetime | None) -> Pending | None:
        of_group = (
            _untold(
                select(func.count().label("errors"), func.min(NoticeRow.noticed_at).label("oldest")),
                subscriber,
                quiet_since,
            )
            .group_by(*_GROUP)
            .subquery()
        )
        errors, groups, oldest = of_group.c.errors, func.count(), of_group.c.oldest
        row = self._session.execute(select(func.sum(errors), groups, func.min(oldest)).select_from(of_group)).one()
        return Pending(int(row[0]), int(row[1]), row[2]) if row[1] else None

    def groups(
        self, subscriber: Subscriber, *, quiet_since: datetime | None, limit: int, example_limit: int
    ) -> list[ErrorGroup]:
        count = func.count()
        opened = ErrorRecordRow.opened_at
        query = (
            _untold(select(*_GROUP, count, func.min(opened), func.max(opened)), subscriber, quiet_since)
            .group_by(*_GROUP)
            .order_by(count.desc(), *_GROUP)
            .limit(limit)
        )
        found = [tuple(row) for row in self._session.execute(query)]
        names = self._names({row[0] for row in found})
        examples = self._examples(subscriber, quiet_since, {row[:4] for row in found}, example_limit)
        return [
            ErrorGroup(
                connection_id=connection_id,
                connection_name=names.get(connection_id, ""),
                impact=Impact(impact),
                code=code,
                is_remote=is_remote,
                count=number,
                first_at=first_at,
                last_at=last_at,
                examples=tuple(examples.get((connection_id, impact, code, is_remote), ())),
            )
            for connection_id, impact, code, is_remote, number, first_at, last_at in found
        ]

    def settle(self, subscriber: Subscriber, told_at: datetime, *, quiet_since: datetime | None) -> None:
        is_still_open = select(ErrorRecordRow.id).where(
            ErrorRecordRow.id == NoticeRow.record_id,
            ErrorRecordRow.opened_at == NoticeRow.opened_at,
            _IS_OPEN,
            *_concerning(subscriber),
        )
        is_own = NoticeRow.subscriber_id == subscriber.id
        statement = update(NoticeRow).where(is_own, _IS_UNTOLD, exists(is_still_open.correlate(NoticeRow)))
        if quiet_since is not None:
            statement = statement.where(~_is_quiet(quiet_since))
        changed_rows(self._session, statement.values(is_told=True, told_at=told_at))

    def forget(self, before: datetime, limit: int = 1000) -> int:
        key = (NoticeRow.subscriber_id, NoticeRow.record_id, NoticeRow.opened_at)
        is_open = exists(
            select(ErrorRecordRow.id)
            .where(ErrorRecordRow.id == NoticeRow.record_id, ErrorRecordRow.opened_at == NoticeRow.opened_at, _IS_OPEN)
            .correlate(NoticeRow)
        )
        old = select(*key).where(NoticeRow.noticed_at < before, ~is_open).limit(limit)
        return changed_rows(self._session, delete(NoticeRow).where(tuple_(*key).in_(old)))

    def _add(
        self, subscriber: Subscriber, now: datetime, *, is_told: bool, conditions: list[ColumnElement[bool]]
    ) -> None:
        known = select(NoticeRow.record_id).where(
            NoticeRow.subscriber_id == subscriber.id,
            NoticeRow.record_id == ErrorRecordRow.id,
            NoticeRow.opened_at == ErrorRecordRow.opened_at,
        )
        new = select(
            literal(subscriber.id),
            ErrorRecordRow.id,
            ErrorRecordRow.opened_at,
            ErrorRecordRow.connection_id,
            ErrorRecordRow.code,
            literal(now, NoticeRow.noticed_at.type),
            true() if is_told else false(),
            null(),
        ).where(
            ErrorRecordRow.organization_id == subscriber.organization_id,
            _IS_OPEN,
            *conditions,
            ~exists(known.correlate(ErrorRecordRow)),
        )
        self._session.execute(insert(NoticeRow).from_select(_COLUMNS, new, include_defaults=False))

    def _names(self, connection_ids: set[str]) -> dict[str, str]:
        query = select(ConnectionRow.id, ConnectionRow.name).where(ConnectionRow.id.in_(sorted(connection_ids)))
        return {row.id: row.name for row in self._session.execute(query)}

    def _examples(
        self, subscriber: Subscriber, quiet_since: datetime | None, groups: set[tuple[Any, ...]], limit: int
    ) -> dict[tuple[Any, ...], list[ErrorExample]]:
        """Return the newest errors of each group, in one query."""
        place = (
            func.row_number()
            .over(partition_by=_GROUP, order_by=(ErrorRecordRow.opened_at.desc(), ErrorRecordRow.id))
            .label("place")
        )
        numbered = _untold(
            select(*_GROUP, ErrorRecordRow.message, ErrorRecordRow.work_item_id, place), subscriber, quiet_since
        ).subquery()
        query = select(numbered).where(numbered.c.place <= limit).order_by(numbered.c.place)
        found: dict[tuple[Any, ...], list[ErrorExample]] = {}
        for connection_id, impact, code, is_remote, message, work_item_id, _ in self._session.execute(query):
            key = (connection_id, impact, code, is_remote)
            if key in groups:
                found.setdefault(key, []).append(ErrorExample(message, work_item_id))
        return found


class SqlNoticeRounds:
    """RoundRepository on SQL."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def begin(
        self,
        organization_id: str,
        now: datetime,
        *,
        interval_seconds: float,
        overlap_seconds: float,
        full_seconds: float,
    ) -> Round | None:
        insert_new(self._session, NoticeRoundRow, {"organization_id": organization_id})
        own = NoticeRoundRow.organization_id == organization_id
        query = select(NoticeRoundRow.begun_at, NoticeRoundRow.full_at).where(own).with_for_update()
        begun_at, full_at = self._session.execute(query).one()
        if begun_at is not None and begun_at > now - timedelta(seconds=interval_seconds):
            return None
        if begun_at is None or full_at is None or full_at <= now - timedelta(seconds=full_seconds):
            changed_rows(self._session, update(NoticeRoundRow).where(own).values(begun_at=now, full_at=now))
            return Round(None)
        changed_rows(self._session, update(NoticeRoundRow).where(own).values(begun_at=now))
        return Round(begun_at - timedelta(seconds=overlap_seconds))

    def forget(self, organization_id: str) -> None:
        changed_rows(self._session, delete(NoticeRoundRow).where(NoticeRoundRow.organization_id == organization_id))


def _concerning(subscriber: Subscriber) -> list[ColumnElement[bool]]:
    """Return what holds for the errors that the subscriber wants to be told of."""
    impacts = sorted(impact.value for impact in subscriber.impacts)
    wanted: list[ColumnElement[bool]] = [ErrorRecordRow.impact.in_(impacts)]
    if subscriber.connection_ids:
        wanted.append(ErrorRecordRow.connection_id.in_(sorted(subscriber.connection_ids)))
    return wanted


def _is_about(subscriber: Subscriber) -> ColumnElement[bool]:
    """Return what holds for errors about the very channel that would have to tell of them."""
    return and_(
        ErrorRecordRow.code == NOTIFICATION_FAILED,
        ErrorRecordRow.subject.startswith(f"{subscriber.kind.value}:", autoescape=True),
    )


def _untold(query: Rows, subscriber: Subscriber, quiet_since: datetime | None) -> Rows:
    """Narrow a query to errors that are noticed for the subscriber, still open and not told."""
    is_same = and_(ErrorRecordRow.id == NoticeRow.record_id, ErrorRecordRow.opened_at == NoticeRow.opened_at)
    query = query.select_from(NoticeRow).join(ErrorRecordRow, is_same)
    query = query.where(NoticeRow.subscriber_id == subscriber.id, _IS_UNTOLD, _IS_OPEN, *_concerning(subscriber))
    return query if quiet_since is None else query.where(~_is_quiet(quiet_since))


def _is_quiet(quiet_since: datetime) -> ColumnElement[bool]:
    """Return what holds for notices of whose group the subscriber was told something after that."""
    told = aliased(NoticeRow, name="told")
    return exists(
        select(told.record_id)
        .where(
            told.subscriber_id == NoticeRow.subscriber_id,
            told.connection_id == NoticeRow.connection_id,
            told.code == NoticeRow.code,
            told.told_at > quiet_since,
        )
        .correlate(NoticeRow)
    )

"""Triggers and noted changes in the database."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, case, delete, false, func, or_, select, true, update
from sqlalchemy.orm import Session

from adnode.adapters.storage.keyset import paged
from adnode.adapters.storage.leases import UNLINKED, Leases
from adnode.adapters.storage.rows import ConnectionRow, TwinRow
from adnode.adapters.storage.statements import changed_rows, chunked, read_rows
from adnode.adapters.storage.trigger_rows import ChangeLogRow, NotedChangeRow, TriggerRow
from adnode.adapters.storage.upserts import insert, insert_new, replace_all
from adnode.domain.connection import ConnectionStatus
from adnode.domain.errors import LeaseLostError, NotFoundError
from adnode.domain.trigger import ChangedWorkItem, Trigger

_EDITED = ("connection_id", "work_item_type", "condition", "notes", "is_active", "revision")
_FOUND_OUT = ("exalated", "last_run_at", "last_error", "failures", "due_at")


class SqlTriggers:
    """TriggerRepository on SQL."""

    def __init__(self, session: Session, leases: Leases) -> None:
        self._session = session
        self._leases = leases

    def add(self, trigger: Trigger) -> Trigger:
        values = asdict(trigger) | {"checked_through": self._noted_through(trigger.organization_id)}
        self._session.connection().execute(insert(self._session, TriggerRow), values)
        return self.get(trigger.id)

    def get(self, trigger_id: str) -> Trigger:
        found = self.find([trigger_id])
        if not found:
            raise NotFoundError(f"There is no trigger {trigger_id} here. Reload the list of triggers.")
        return found[0]

    def find(self, trigger_ids: Collection[str]) -> list[Trigger]:
        found: list[Trigger] = []
        for ids in chunked(trigger_ids):
            query = select(TriggerRow).where(TriggerRow.id.in_(ids)).order_by(TriggerRow.created_at, TriggerRow.id)
            found += [_from_row(row) for row in read_rows(self._session, query)]
        return found

    def save(self, trigger: Trigger) -> bool:
        noted_through = self._noted_through(trigger.organization_id)
        is_stopped = TriggerRow.is_active == false()
        statement = (
            update(TriggerRow)
            .where(TriggerRow.id == trigger.id, TriggerRow.revision == trigger.revision - 1)
            .values({name: getattr(trigger, name) for name in _EDITED})
            .values(due_at=None, failures=0, last_error="")
            .values(checked_through=case((is_stopped, noted_through), else_=TriggerRow.checked_through))
        )
        return changed_rows(self._session, statement) == 1

    def remove(self, trigger_id: str) -> None:
        changed_rows(self._session, delete(TriggerRow).where(TriggerRow.id == trigger_id))

    def list_page(
        self,
        organization_id: str,
        *,
        connection_id: str = "",
        is_active: bool | None = None,
        after: tuple[datetime, str] | None = None,
        limit: int,
        is_descending: bool = False,
    ) -> list[Trigger]:
        query = select(TriggerRow).where(*_wanted(organization_id, connection_id, is_active))
        order = (TriggerRow.created_at, TriggerRow.id)
        rows = read_rows(self._session, paged(query, order, after, limit, is_descending=is_descending))
        return [_from_row(row) for row in rows]

    def count(self, organization_id: str, *, connection_id: str = "", is_active: bool | None = None) -> int:
        query = select(func.count()).select_from(TriggerRow).where(*_wanted(organization_id, connection_id, is_active))
        return self._session.scalar(query) or 0

    def stop(self, connection_id: str) -> int:
        statement = (
            update(TriggerRow)
            .where(TriggerRow.connection_id == connection_id, TriggerRow.is_active)
            .values(is_active=False, revision=TriggerRow.revision + 1)
        )
        return changed_rows(self._session, statement)

    def save_count(self, trigger_id: str, matches: int | None, now: datetime, *, is_many: bool) -> None:
        counted = {"matches": matches, "is_many": is_many, "counted_at": now}
        changed_rows(self._session, update(TriggerRow).where(TriggerRow.id == trigger_id).values(counted))

    def retry(self, trigger_id: str, now: datetime) -> None:
        changed_rows(self._session, update(TriggerRow).where(TriggerRow.id == trigger_id).values(due_at=now))

    def note_changes(self, organization_id: str, work_item_ids: Collection[int]) -> None:
        if not work_item_ids or not self.count(organization_id, is_active=True):
            return
        numbers = self._draw_numbers(organization_id, len(set(work_item_ids)))
        values = [
            {"organization_id": organization_id, "work_item_id": work_item_id, "number": number}
            for work_item_id, number in zip(sorted(set(work_item_ids)), numbers, strict=True)
        ]
        replace_all(self._session, NotedChangeRow, values, keys=["organization_id", "work_item_id"])

    def due(self, now: datetime, limit: int = 100) -> list[str]:
        return list(self._session.scalars(_due(now).limit(limit)))

    def claim(self, trigger_id: str, owner: str, now: datetime, lease_seconds: float) -> Trigger | None:
        statement = (
            update(TriggerRow)
            .where(TriggerRow.id == trigger_id, TriggerRow.is_active, _is_free(now))
            .values(lease_owner=owner, lease_until=now + timedelta(seconds=lease_seconds))
        )
        return self.get(trigger_id) if changed_rows(self._session, statement) else None

    def changes_after(self, organization_id: str, number: int, limit: int) -> Sequence[ChangedWorkItem]:
        query = (
            select(NotedChangeRow.number, NotedChangeRow.work_item_id)
            .where(NotedChangeRow.organization_id == organization_id, NotedChangeRow.number > number)
            .order_by(NotedChangeRow.number)
            .limit(limit)
        )
        return [ChangedWorkItem(*row) for row in self._session.execute(query)]

    def finish(self, trigger: Trigger, owner: str) -> None:
        through = trigger.checked_through
        is_newer = TriggerRow.checked_through < through
        statement = (
            update(TriggerRow)
            .where(TriggerRow.id == trigger.id, TriggerRow.lease_owner == owner)
            .values({name: getattr(trigger, name) for name in _FOUND_OUT})
            .values(checked_through=case((is_newer, through), else_=TriggerRow.checked_through))
            .values(lease_owner=None, lease_until=None)
        )
        if not changed_rows(self._session, statement):
            raise LeaseLostError(f"Trigger {trigger.id} is evaluated by somebody else now, or it is gone.")

    def forget_checked(self, organization_id: str) -> int:
        behind = select(func.min(TriggerRow.checked_through)).where(*_wanted(organization_id, "", is_active=True))
        through = self._session.scalar(behind)
        statement = delete(NotedChangeRow).where(NotedChangeRow.organization_id == organization_id)
        if through is not None:
            statement = statement.where(NotedChangeRow.number <= through)
        return changed_rows(self._session, statement)

    def under_sync(self, connection_id: str, work_item_ids: Collection[int]) -> set[int]:
        self._leases.flush()
        found: set[int] = set()
        for ids in chunked(work_item_ids):
            query = select(TwinRow.work_item_id).where(
                TwinRow.connection_id == connection_id, TwinRow.work_item_id.in_(ids), TwinRow.status != UNLINKED
            )
            found.update(number for number in self._session.scalars(query) if number is not None)
        return found

    def open_creates(self, organization_id: str) -> set[str]:
        self._leases.flush()
        query = select(TwinRow.remote_url).where(
            TwinRow.organization_id == organization_id, TwinRow.work_item_id.is_(None), TwinRow.intent.is_not(None)
        )
        return {url for url in self._session.scalars(query) if url}

    def _noted_through(self, organization_id: str) -> int:
        query = select(ChangeLogRow.noted_through).where(ChangeLogRow.organization_id == organization_id)
        return self._session.scalar(query) or 0

    def _draw_numbers(self, organization_id: str, count: int) -> range:
        """Return the next numbers. The row stays locked until the unit ends, so they are committed in this order."""
        insert_new(self._session, ChangeLogRow, {"organization_id": organization_id, "noted_through": 0})
        statement = (
            update(ChangeLogRow)
            .where(ChangeLogRow.organization_id == organization_id)
            .values(noted_through=ChangeLogRow.noted_through + count)
            .returning(ChangeLogRow.noted_through)
        )
        last = self._session.connection().execute(statement).scalar_one()
        return range(last - count + 1, last + 1)


def _wanted(organization_id: str, connection_id: str, is_active: bool | None) -> list[ColumnElement[bool]]:
    wanted = [TriggerRow.organization_id == organization_id]
    if connection_id:
        wanted.append(TriggerRow.connection_id == connection_id)
    if is_active is not None:
        wanted.append(TriggerRow.is_active == (true() if is_active else false()))
    return wanted


def _is_free(now: datetime) -> ColumnElement[bool]:
    return or_(TriggerRow.lease_owner.is_(None), TriggerRow.lease_until <= now)


def _due(now: datetime) -> Select[Any]:
    has_changes = (
        select(NotedChangeRow.number)
        .where(
            NotedChangeRow.organization_id == TriggerRow.organization_id,
            NotedChangeRow.number > TriggerRow.checked_through,
        )
        .exists()
    )
    return (
        select(TriggerRow.id)
        .join(ConnectionRow, ConnectionRow.id == TriggerRow.connection_id)
        .where(
            TriggerRow.is_active,
            ConnectionRow.status == ConnectionStatus.ACTIVE.value,
            or_(TriggerRow.due_at.is_(None), TriggerRow.due_at <= now),
            _is_free(now),
            has_changes,
        )
        .order_by(func.coalesce(TriggerRow.last_run_at, TriggerRow.created_at), TriggerRow.id)
    )


def _from_row(row: TriggerRow) -> Trigger:
    return Trigger(**{field.name: getattr(row, field.name) for field in fields(Trigger)})

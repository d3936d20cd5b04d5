"""Triggers and noted changes in memory."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from adnode.adapters.memory.storage.tables import StoredTrigger, Tables, existing
from adnode.domain.connection import ConnectionStatus
from adnode.domain.errors import LeaseLostError
from adnode.domain.trigger import ChangedWorkItem, Trigger


class MemoryTriggers:
    """TriggerRepository in memory."""

    def __init__(self, tables: Tables) -> None:
        self._triggers = tables.triggers
        self._connections = tables.connections
        self._twins = tables.twins
        self._logs = tables.change_logs
        self._noted = tables.noted_changes

    def add(self, trigger: Trigger) -> Trigger:
        added = replace(trigger, checked_through=self._logs.get(trigger.organization_id, 0))
        self._triggers[trigger.id] = StoredTrigger(added)
        return added

    def get(self, trigger_id: str) -> Trigger:
        message = f"There is no trigger {trigger_id} here. Reload the list of triggers."
        return existing(self._triggers, trigger_id, message).trigger

    def find(self, trigger_ids: Collection[str]) -> list[Trigger]:
        found = [row.trigger for row in self._triggers.values() if row.trigger.id in trigger_ids]
        return sorted(found, key=_place)

    def save(self, trigger: Trigger) -> bool:
        row = self._triggers.get(trigger.id)
        if row is None or row.trigger.revision != trigger.revision - 1:
            return False
        through = row.trigger.checked_through
        if not row.trigger.is_active:
            through = self._logs.get(trigger.organization_id, 0)
        edited = replace(
            row.trigger,
            connection_id=trigger.connection_id,
            work_item_type=trigger.work_item_type,
            condition=trigger.condition,
            notes=trigger.notes,
            is_active=trigger.is_active,
            revision=trigger.revision,
            due_at=None,
            failures=0,
            last_error="",
            checked_through=through,
        )
        self._triggers[trigger.id] = replace(row, trigger=edited)
        return True

    def remove(self, trigger_id: str) -> None:
        self._triggers.pop(trigger_id, None)

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
        found = sorted(self._wanted(organization_id, connection_id, is_active), key=_place, reverse=is_descending)
        if after is not None:
            found = [one for one in found if (_place(one) < after if is_descending else _place(one) > after)]
        return found[:limit]

    def count(self, organization_id: str, *, connection_id: str = "", is_active: bool | None = None) -> int:
        return len(self._wanted(organization_id, connection_id, is_active))

    def stop(self, connection_id: str) -> int:
        stopped = [
            row
            for row in self._triggers.values()
            if row.trigger.connection_id == connection_id and row.trigger.is_active
        ]
        for row in stopped:
            self._change(row, is_active=False, revision=row.trigger.revision + 1)
        return len(stopped)

    def save_count(self, trigger_id: str, matches: int | None, now: datetime, *, is_many: bool) -> None:
        if row := self._triggers.get(trigger_id):
            self._change(row, matches=matches, is_many=is_many, counted_at=now)

    def retry(self, trigger_id: str, now: datetime) -> None:
        if row := self._triggers.get(trigger_id):
            self._change(row, due_at=now)

    def note_changes(self, organization_id: str, work_item_ids: Collection[int]) -> None:
        if not work_item_ids or not self.count(organization_id, is_active=True):
            return
        for work_item_id in sorted(set(work_item_ids)):
            number = self._logs[organization_id] = self._logs.get(organization_id, 0) + 1
            self._noted[organization_id, work_item_id] = number

    def due(self, now: datetime, limit: int = 100) -> list[str]:
        due = [row.trigger for row in self._triggers.values() if self._is_due(row, now)]
        due.sort(key=lambda trigger: (trigger.last_run_at or trigger.created_at, trigger.id))
        return [trigger.id for trigger in due[:limit]]

    def claim(self, trigger_id: str, owner: str, now: datetime, lease_seconds: float) -> Trigger | None:
        row = self._triggers.get(trigger_id)
        if row is None or not row.trigger.is_active or row.is_leased(now):
            return None
        until = now + timedelta(seconds=lease_seconds)
        self._triggers[trigger_id] = replace(row, lease_owner=owner, lease_until=until)
        return row.trigger

    def changes_after(self, organization_id: str, number: int, limit: int) -> Sequence[ChangedWorkItem]:
        found = sorted(
            (noted, work_item_id)
            for (organization, work_item_id), noted in self._noted.items()
            if organization == organization_id and noted > number
        )
        return [ChangedWorkItem(*each) for each in found[:limit]]

    def finish(self, trigger: Trigger, owner: str) -> None:
        row = self._triggers.get(trigger.id)
        if row is None or row.lease_owner != owner:
            raise LeaseLostError(f"Trigger {trigger.id} is evaluated by somebody else now, or it is gone.")
        finished = replace(
            row.trigger,
            exalated=trigger.exalated,
            last_run_at=trigger.last_run_at,
            last_error=trigger.last_error,
            failures=trigger.failures,
            due_at=trigger.due_at,
            checked_through=max(row.trigger.checked_through, trigger.checked_through),
        )
        self._triggers[trigger.id] = StoredTrigger(finished)

    def forget_checked(self, organization_id: str) -> int:
        behind = [one.checked_through for one in self._wanted(organization_id, "", is_active=True)]
        through = min(behind, default=self._logs.get(organization_id, 0))
        checked = [key for key, number in self._noted.items() if key[0] == organization_id and number <= through]
        for key in checked:
            del self._noted[key]
        return len(checked)

    def under_sync(self, connection_id: str, work_item_ids: Collection[int]) -> set[int]:
        return {
            row.twin.work_item_id
            for row in self._twins.values()
            if row.twin.connection_id == connection_id
            and row.twin.work_item_id is not None
            and row.twin.work_item_id in work_item_ids
            and not row.is_unlinked
        }

    def open_creates(self, organization_id: str) -> set[str]:
        return {
            row.twin.remote_url
            for row in self._twins.values()
            if row.twin.organization_id == organization_id
            and row.twin.work_item_id is None
            and row.twin.intent is not None
            and row.twin.remote_url
        }

    def _wanted(self, organization_id: str, connection_id: str, is_active: bool | None) -> list[Trigger]:
        return [
            row.trigger
            for row in self._triggers.values()
            if row.trigger.organization_id == organization_id
            and connection_id in ("", row.trigger.connection_id)
            and is_active in (None, row.trigger.is_active)
        ]

    def _is_due(self, row: StoredTrigger, now: datetime) -> bool:
        trigger = row.trigger
        connection = self._connections.get(trigger.connection_id)
        is_ready = trigger.is_active and not row.is_leased(now) and (trigger.due_at is None or trigger.due_at <= now)
        is_active = connection is not None and connection.connection.status is ConnectionStatus.ACTIVE
        return is_ready and is_active and bool(self.changes_after(trigger.organization_id, trigger.checked_through, 1))

    def _change(self, row: StoredTrigger, **changes: object) -> None:
        changed = replace(row.trigger, **changes)  # type: ignore[arg-type]
        self._triggers[row.trigger.id] = replace(row, trigger=changed)


def _place(trigger: Trigger) -> tuple[datetime, str]:
    return trigger.created_at, trigger.id

"""Triggers: conditions that put work items under sync by themselves."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

CONDITION_LIMIT = 8000
"""Characters of a condition at most; it leaves room in a query for the ids of changed work items."""
NOTES_LIMIT = 2000
"""Characters of what people write about a trigger at most."""
MATCH_LIMIT = 20_000
"""Work items that one query of Azure DevOps finds at most (VS402337)."""


@dataclass(frozen=True, slots=True)
class Trigger:
    """A condition, and the connection over which the work items that fit it are put under sync.

    ``condition`` is what stands after WHERE in WIQL, '' for every work item of the type; ``work_item_type`` is '' for
    any type. ``revision`` counts the edits.

    ``matches`` says how many work items fitted at ``counted_at``, None when that is not known; ``is_many`` says that
    they are at least so many. ``exalated`` counts those that it put under sync by itself, ``last_run_at`` is when it
    last looked at changed work items. ``failures`` counts attempts that failed in a row, ``last_error`` says why the
    last one did, and nothing is tried before ``due_at``. ``checked_through`` is the number of the last noted change
    that it has looked at.
    """

    id: str
    organization_id: str
    connection_id: str
    condition: str
    created_at: datetime
    created_by: str
    work_item_type: str = ""
    notes: str = ""
    is_active: bool = True
    revision: int = 1
    matches: int | None = None
    is_many: bool = False
    counted_at: datetime | None = None
    exalated: int = 0
    last_run_at: datetime | None = None
    last_error: str = ""
    failures: int = 0
    due_at: datetime | None = None
    checked_through: int = 0

    @property
    def title(self) -> str:
        """Return what people know it by."""
        shown = " ".join(self.condition.split()) or f"every {self.work_item_type or 'work item'}"
        return shown if len(shown) <= 80 else f"{shown[:79]}…"

    def ran(self, now: datetime, checked_through: int, exalated: int, due_at: datetime | None) -> "Trigger":
        """Return the trigger after it looked at the changes up to that number."""
        return replace(
            self,
            exalated=self.exalated + exalated,
            last_run_at=now,
            last_error="",
            failures=0,
            due_at=due_at,
            checked_through=checked_through,
        )

    def failed(self, reason: str, due_at: datetime) -> "Trigger":
        """Return the trigger after it could not look; what it was to look at still waits."""
        return replace(self, last_error=reason, failures=self.failures + 1, due_at=due_at)


@dataclass(frozen=True, slots=True)
class TriggerWish:
    """What a person decides about a trigger."""

    connection_id: str
    condition: str
    work_item_type: str = ""
    notes: str = ""
    is_active: bool = True

    def finds_as(self, trigger: Trigger) -> bool:
        """Say whether it finds the same work items as a trigger."""
        asked = (self.connection_id, self.work_item_type, self.condition)
        return asked == (trigger.connection_id, trigger.work_item_type, trigger.condition)

    @property
    def details(self) -> Mapping[str, str]:
        """Return what the audit trail keeps."""
        return {
            "work_item_type": self.work_item_type,
            "condition": self.condition,
            "is_active": "yes" if self.is_active else "no",
        }


@dataclass(frozen=True, slots=True)
class ChangedWorkItem:
    """A work item that changed and is still to be looked at; ``number`` orders the changes of an organization."""

    number: int
    work_item_id: int

"""Port to triggers, and to the changes that they have not looked at yet.

Changes of an organization are noted once for all its triggers, numbered in the order of their commits. Each trigger
remembers up to which number it has looked. So nothing is lost while a trigger can't look, and a work item that changes
often while it waits is noted once.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from adnode.domain.trigger import ChangedWorkItem, Trigger


class TriggerRepository(Protocol):
    """Triggers, who evaluates them, and noted changes."""

    def add(self, trigger: Trigger) -> Trigger:
        """Add it; it will look at what is noted from now on. Return it as stored."""

    def get(self, trigger_id: str) -> Trigger:
        """Return it; raises NotFoundError."""

    def find(self, trigger_ids: Collection[str]) -> list[Trigger]:
        """Return those that are there."""

    def save(self, trigger: Trigger) -> bool:
        """Save what people edit, with a revision one higher than stored; False when it is not one higher (any more).

        One that becomes active looks at what is noted from now on.
        """

    def remove(self, trigger_id: str) -> None: ...
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
        """Return triggers of the organization that stand after (created_at, id), by that."""

    def count(self, organization_id: str, *, connection_id: str = "", is_active: bool | None = None) -> int: ...
    def stop(self, connection_id: str) -> int:
        """Switch off all triggers of a connection that has ended; return how many were on."""

    def save_count(self, trigger_id: str, matches: int | None, now: datetime, *, is_many: bool) -> None:
        """Store how many work items fit now."""

    def retry(self, trigger_id: str, now: datetime) -> None:
        """Let a trigger that failed look again at once; one that is gone is no error."""

    def note_changes(self, organization_id: str, work_item_ids: Collection[int]) -> None:
        """Note work items that changed; nothing where no trigger is active. A work item noted again counts as newest.

        Others that note changes of the organization wait until the unit ends, so that numbers are committed in order.
        """

    def due(self, now: datetime, limit: int = 100) -> list[str]:
        """Return ids of active triggers of active connections that nobody evaluates, that are due, and that have not
        looked at all noted changes; the longest silent first.
        """

    def claim(self, trigger_id: str, owner: str, now: datetime, lease_seconds: float) -> Trigger | None:
        """Take the right to evaluate an active trigger; None while another lease lives."""

    def changes_after(self, organization_id: str, number: int, limit: int) -> Sequence[ChangedWorkItem]:
        """Return noted changes with a greater number, by their numbers."""

    def finish(self, trigger: Trigger, owner: str) -> None:
        """Save what a run found out, and end the lease; raises LeaseLostError. What people edited meanwhile stays."""

    def forget_checked(self, organization_id: str) -> int:
        """Delete noted changes that every active trigger has looked at; return how many."""

    def under_sync(self, connection_id: str, work_item_ids: Collection[int]) -> set[int]:
        """Return which of the work items are under sync over the connection."""

    def open_creates(self, organization_id: str) -> set[str]:
        """Return the remote URLs of twins whose local work item is being created: it may be there already, without
        its number stored.
        """

"""Port to what a node knows about twins: counting it, and forgetting it."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Protocol

from adnode.domain.clean_up import Pair, SyncMetadata


class CleanUpRepository(Protocol):
    """Twins and everything that hangs on them."""

    def list_pairs(self, connection_id: str, *, after: str = "", limit: int) -> list[Pair]:
        """Return a page of the connection's twins by id, without their states."""

    def find_pairs(self, twin_ids: Collection[str]) -> Mapping[str, Pair]:
        """Return twins by id, without their states."""

    def count(self, connection_id: str, twin_ids: Collection[str] | None = None) -> SyncMetadata:
        """Return how much is known about the connection's twins, all or those. Traces that a twin of another
        connection needs do not count.
        """

    def find_by_remote(self, connection_id: str, remote_work_item_ids: Collection[int]) -> list[Pair]:
        """Return the connection's twins (not unlinked) of those work items of the other side."""

    def forget(self, connection_id: str, twin_ids: Collection[str], now: datetime, *, for_good: bool = True) -> int:
        """Delete the twins of the connection among those with what hangs on them; return how many there were.

        Who holds a lease on one has lost it. Messages about them are cancelled; error and conflict records go, and
        traces and uploads that no other twin needs. ``for_good``: the ids are remembered, also those of twins that are
        not there, so that no late message of the peer brings them back.
        """

    def forgotten(self, connection_id: str, twin_ids: Collection[str]) -> set[str]:
        """Return those that were forgotten for good."""

    def expire(self, before: datetime, limit: int = 1000) -> int:
        """Delete remembered ids of twins forgotten before that time, at most ``limit``; return how many."""

"""Clean-up: forgetting sync metadata, on both sides. Work items and what was synchronized stay."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from adnode.domain.connection import ConnectionStatus
from adnode.domain.connection_note import RemoteStatus


class CleanUpScope(StrEnum):
    """What is cleaned up: one work item over all connections, one connection, or everything of the organization."""

    WORK_ITEM = "work_item"
    CONNECTION = "connection"
    ORGANIZATION = "organization"


@dataclass(frozen=True, slots=True)
class Pair:
    """The two work items of a twin, also where the other side has not taken it up yet. ``is_unlinked``: it was taken
    out of sync before and left only its remains.
    """

    twin_id: str
    connection_id: str
    work_item_id: int | None
    remote_work_item_id: int | None
    is_unlinked: bool = False


@dataclass(frozen=True, slots=True)
class SyncMetadata:
    """How much a node knows about some twins: what a clean-up would remove."""

    twins: int = 0
    outgoing: int = 0
    incoming: int = 0
    errors: int = 0
    conflicts: int = 0
    traces: int = 0

    def __add__(self, other: "SyncMetadata") -> "SyncMetadata":
        """Return the sums."""
        return SyncMetadata(
            self.twins + other.twins,
            self.outgoing + other.outgoing,
            self.incoming + other.incoming,
            self.errors + other.errors,
            self.conflicts + other.conflicts,
            self.traces + other.traces,
        )


def orphaning_reason(status: ConnectionStatus, remote_status: RemoteStatus | None) -> str:
    """Return why the other side of a connection can't be told of a clean-up, '' when it can, now or at its next call.

    Then it would keep its twins, and go on as if nothing had happened.
    """
    if remote_status is RemoteStatus.REMOVED:
        return "the other side has removed it"
    reasons = {
        ConnectionStatus.PENDING: "nobody has accepted its invitation yet",
        ConnectionStatus.BLOCKED: "it was stopped and waits for a decision",
        ConnectionStatus.REMOVED: "it was removed",
    }
    return reasons.get(status, "")


def name_file(scope: CleanUpScope, key: str, at: datetime) -> str:
    """Return the name of the file for connecting again; ``key`` is a work item's number or a name."""
    words = {
        CleanUpScope.WORK_ITEM: "WORKITEM",
        CleanUpScope.CONNECTION: "CONNECTION",
        CleanUpScope.ORGANIZATION: "ORGANIZATION",
    }
    plain = "".join(sign if sign.isascii() and (sign.isalnum() or sign in "-_") else "-" for sign in key)[:60]
    return f"connect-{words[scope]}-{plain or 'unnamed'}-{at:%Y%m%d_%H%M%S}.csv"

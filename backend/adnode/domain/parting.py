"""Partings: which work items were a pair over a connection and are none any more."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Parting:
    """The last pair of a work item of ours over a connection, taken out of sync or cleaned up.

    ``remote_work_item_id`` is None where none was known. ``is_ours``: this side ended it, so that nothing but a
    decision of this side begins it anew.
    """

    organization_id: str
    peer_organization_id: str
    connection_id: str
    work_item_id: int
    remote_work_item_id: int | None
    twin_id: str
    parted_at: datetime
    is_ours: bool

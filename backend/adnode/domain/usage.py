"""Usage: how many pairs of work items were made over which connection, month by month."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Usage:
    """Pairs made over one connection in one month (``YYYY-MM`` of UTC). It outlives its twins and the connection.

    The name and the destination (the peer organization's URL, '' when unknown) are those of the connection, or as they
    were last once it is gone. A pair counts when it is let through, in the month of that day; ending it gives nothing
    back, and the same two work items paired again are a new pair.
    """

    connection_id: str
    month: str
    connection_name: str
    destination: str
    pairs: int


@dataclass(frozen=True, slots=True)
class HeldTwin:
    """A twin that waits for the plan. One that the peer began has no work item here yet."""

    id: str
    connection_id: str
    created_at: datetime
    work_item_id: int | None
    remote_work_item_id: int | None
    remote_url: str

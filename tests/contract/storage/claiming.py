"""A worker that claims twins and notes what it held and when; runs in a thread or in a process of its own."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from tests.contract.storage.databases import changing

from adnode.adapters.storage import Storage, open_storage
from adnode.domain.twin import ClaimedTwin

LEASE_SECONDS = 600.0
BATCH = 7


@dataclass(frozen=True, slots=True)
class Holding:
    """A lease as its worker saw it: held at least from ``since`` to ``until``, in seconds of the monotonic clock, which
    all processes of a machine share.
    """

    twin_id: str
    work_item_id: int | None
    fence: int
    since: float
    until: float


def claim_all(url: str, owner: str, connection_ids: Sequence[str]) -> list[Holding]:
    """Claim and finish until every connection is at rest; what was held."""
    storage = open_storage(url)
    try:
        return claim_all_in(storage, owner, connection_ids)
    finally:
        storage.close()


def claim_all_in(storage: Storage, owner: str, connection_ids: Sequence[str]) -> list[Holding]:
    """Claim and finish until every connection is at rest; what was held."""
    holdings: list[Holding] = []
    while not _is_at_rest(storage, connection_ids):
        for connection_id in connection_ids:
            with changing(storage) as work:
                claims = work.twins.claim(connection_id, owner, datetime.now(UTC), LEASE_SECONDS, BATCH)
            holdings += _work_on(storage, claims)
    return holdings


def _work_on(storage: Storage, claims: list[ClaimedTwin]) -> list[Holding]:
    since = time.monotonic()
    time.sleep(0.002)
    until = time.monotonic()
    with changing(storage) as work:
        for claim in claims:
            work.twins.finish(claim, replace(claim.twin, revision=(claim.twin.revision or 0) + 1))
    return [Holding(claim.twin.id, claim.twin.work_item_id, claim.fence, since, until) for claim in claims]


def _is_at_rest(storage: Storage, connection_ids: Sequence[str]) -> bool:
    with storage.unit_of_work() as work:
        return not any(work.twins.count_due(connection_id) for connection_id in connection_ids)

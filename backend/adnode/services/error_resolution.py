"""Closing errors as a person decided: what failed is dropped, and the sides may differ from then on (ADR 0012)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from adnode.domain.connection import Connection
from adnode.domain.error_record import ErrorRecord
from adnode.domain.twin import Twin, TwinStatus
from adnode.ports.storage import UnitOfWork


def resolve(work: UnitOfWork, records: Sequence[ErrorRecord], now: datetime, *, resolved_by: str, note: str) -> int:
    """Close open records in this transaction; return how many.

    Where nothing else is open about a twin here, its failed incoming messages are cancelled and never applied; those
    that wait go on. A twin without any open record is at rest again.
    """
    count = work.error_records.resolve([record.id for record in records], now, resolved_by=resolved_by, note=note)
    twin_ids = {record.twin_id for record in records if record.twin_id}
    if not twin_ids:
        return count
    still_open = work.error_records.open_of_twins(twin_ids)
    twins = [twin for twin in work.twins.find(twin_ids).values() if twin.status is not TwinStatus.UNLINKED]
    failed_here = {record.twin_id for record in records if not record.is_remote and not record.is_transient}
    free = [
        twin.id
        for twin in twins
        if twin.id in failed_here
        and _can_be_dropped(twin)
        and all(record.is_remote for record in still_open.get(twin.id, []))
    ]
    if free:
        work.inbox.cancel_failed(free, now)
    _rest(work, [twin for twin in twins if twin.status is TwinStatus.FAILED and twin.id not in still_open])
    return count


def _can_be_dropped(twin: Twin) -> bool:
    """A work item that was never made here needs all that failed to be made at the partner's next change."""
    return twin.work_item_id is not None and twin.revision is not None


def _rest(work: UnitOfWork, twins: Sequence[Twin]) -> None:
    connections: dict[str, Connection] = {}
    for twin in sorted(twins, key=lambda twin: (twin.connection_id, twin.id)):
        connection = connections.get(twin.connection_id)
        if connection is None:
            connection = connections[twin.connection_id] = work.connections.get(twin.connection_id)
        peer_id = connection.peer.organization_id if connection.peer else ""
        work.twins.save(replace(twin, status=twin.resting_status(peer_id)))

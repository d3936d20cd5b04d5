"""Closing errors as a person decided: what failed is dropped, and the sides may differ from then on (ADR 0012)."""

from collections.abc import Collection, Sequence
from datetime import datetime

from adnode.domain.error_record import ErrorRecord
from adnode.domain.message import ConnectionChangedBody, MessageKind
from adnode.domain.twin import Twin, TwinStatus
from adnode.ports.storage import UnitOfWork
from adnode.services.twin_statuses import save_statuses


def resolve(work: UnitOfWork, records: Sequence[ErrorRecord], now: datetime, *, resolved_by: str, note: str) -> int:
    """Close open records in this transaction; return how many.

    Where nothing else is open about a twin here, its failed incoming messages are cancelled and never applied, and the
    partner is told so; those that wait go on. A twin without any open record is at rest again.
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
    _settle(work, twins, frozenset(free), now)
    return count


def _can_be_dropped(twin: Twin) -> bool:
    """A work item that was never made here needs all that failed to be made at the partner's next change."""
    return twin.work_item_id is not None and twin.revision is not None


def _settle(work: UnitOfWork, twins: Sequence[Twin], dropped_ids: Collection[str], now: datetime) -> None:
    by_connection: dict[str, list[Twin]] = {}
    for twin in sorted(twins, key=lambda twin: twin.id):
        by_connection.setdefault(twin.connection_id, []).append(twin)
    for connection_id, some in sorted(by_connection.items()):
        for twin in some:
            if twin.id in dropped_ids:
                told = ConnectionChangedBody("resolved")
                work.outbox.add(connection_id, twin.id, MessageKind.CONNECTION_CHANGED, told, now)
        rested = save_statuses(work, work.connections.get(connection_id), some)
        work.outbox.cancel_failed([twin.id for twin in rested], now, reason="Resolved")

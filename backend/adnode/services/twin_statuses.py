"""What is said of pairs: the one place that judges them by the error records that are open."""

from collections.abc import Collection, Iterable
from dataclasses import replace

from adnode.domain.connection import Connection
from adnode.domain.error_record import ErrorRecord, Impact
from adnode.domain.twin import Twin
from adnode.ports.storage import UnitOfWork


def have_failed(records: Iterable[ErrorRecord]) -> bool:
    """Say whether one of a twin's open records waits for a person."""
    return any(record.waits_for_person and record.impact is not Impact.WARNING for record in records)


def save_statuses(work: UnitOfWork, connection: Connection, twins: Collection[Twin]) -> list[Twin]:
    """Save what holds for twins of a connection once this transaction has opened or closed records about them; return
    those of which nothing waits for a person any more.
    """
    records = work.error_records.open_of_twins([twin.id for twin in twins])
    rested: list[Twin] = []
    for twin in twins:
        has_failed = have_failed(records.get(twin.id, ()))
        status = twin.status_now(connection.peer_organization_id, has_failed=has_failed)
        if status is not twin.status:
            work.twins.save(replace(twin, status=status))
        if not has_failed:
            rested.append(twin)
    return rested

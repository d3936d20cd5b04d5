"""Taking twins out of sync; the work items stay as they are on both sides."""

from collections.abc import Sequence
from datetime import datetime

from adnode.domain.connection import Connection
from adnode.domain.message import ConnectionChangedBody, MessageKind
from adnode.domain.twin import Twin
from adnode.ports.storage import UnitOfWork
from adnode.services.consent.partings import part_twins
from adnode.services.consent.rows import take_back


def unlink_twins(work: UnitOfWork, connection: Connection, twins: Sequence[Twin], now: datetime) -> None:
    """Take twins of a connection out of sync, have the peer told, and close what was wrong with them."""
    twin_ids = [twin.id for twin in twins]
    part_twins(work, connection, twins, now, is_ours=True)
    take_back(work, connection, twin_ids)
    work.twins.unlink(connection.id, twin_ids)
    for twin_id in twin_ids:
        body = ConnectionChangedBody("unlinked")
        work.outbox.add(connection.id, twin_id, MessageKind.CONNECTION_CHANGED, body, now)
    for twin_id in work.error_records.open_of_twins(twin_ids):
        work.error_records.close(now, connection_id=connection.id, twin_id=twin_id)

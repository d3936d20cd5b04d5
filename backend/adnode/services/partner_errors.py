"""Errors that the partner told of: whatever its node makes up, people here see a list that they can read."""

from collections.abc import Collection
from datetime import datetime

from adnode.domain.connection import Connection
from adnode.domain.error_record import Impact
from adnode.domain.errors import PeerError
from adnode.domain.twin import Twin
from adnode.ports.error_storage import ErrorFilter
from adnode.ports.storage import UnitOfWork
from adnode.ports.system import Ids
from adnode.services.failures import PARTNER, make_partner_record

NAMED_CODES = 20
"""Codes of the partner that have a record of their own at one work item, or at one connection; others share one."""


def open_partner_record(
    work: UnitOfWork,
    connection: Connection,
    twin: Twin | None,
    code: str,
    text: str,
    ids: Ids,
    now: datetime,
    *,
    subject: str = PARTNER,
) -> None:
    """Open the error record of what the partner's node could not do, or count up the one that there is."""
    known = _known_codes(work, connection, twin)
    folded = code if code in known or len(known) < NAMED_CODES else PeerError.code
    work.error_records.open(make_partner_record(connection, twin, folded, text, ids, now, subject=subject))


def _known_codes(work: UnitOfWork, connection: Connection, twin: Twin | None) -> Collection[str]:
    if twin is not None:
        return {record.code for record in work.error_records.open_of_twins([twin.id]).get(twin.id, ())}
    wanted = ErrorFilter(
        connection.organization_id, connection_id=connection.id, impact=Impact.CONNECTION, is_remote=True
    )
    return work.error_records.count_by_code(wanted)

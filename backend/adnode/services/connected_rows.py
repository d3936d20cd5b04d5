"""What has become of rows of Bulk Connect whose pairs were offered to the partner."""

from collections.abc import Sequence
from dataclasses import replace

from adnode.domain.connection import Connection
from adnode.domain.error_record import ErrorRecord
from adnode.domain.job import JobRow, RowOutcome
from adnode.domain.license_plan import WAITS_FOR_PLAN
from adnode.domain.proposal import WAITS_FOR_YES, ProposalStatus
from adnode.domain.twin import Twin, TwinStatus
from adnode.ports.consent_storage import FoundRow
from adnode.ports.storage import UnitOfWork


def rejoin_rows(
    work: UnitOfWork, connection: Connection, rows: Sequence[JobRow], twins: dict[str, Twin]
) -> Sequence[JobRow]:
    """Return rows with the twin that their pair has now, which is added to the twins: where the partner offered the
    same pair, ours may have joined it.
    """
    lost = [row for row in rows if row.twin_id not in twins]
    found = work.twins.find_by_work_item(connection.organization_id, [row.work_item_id or 0 for row in lost])
    by_pair = {(twin.work_item_id, partner_of(twin)): twin for twin in found if twin.connection_id == connection.id}
    joined: list[JobRow] = []
    for row in rows:
        twin = None if row.twin_id in twins else by_pair.get((row.work_item_id, row.remote_work_item_id))
        if twin is not None:
            twins[twin.id] = twin
        joined.append(row if twin is None else replace(row, twin_id=twin.id))
    return joined


def partner_of(twin: Twin) -> int | None:
    """Return the partner's work item, also of a twin that it has not taken up yet."""
    return twin.remote_work_item_id or (twin.terms.remote_work_item_id if twin.terms else None)


def follow_row(row: JobRow, twin: Twin | None, records: Sequence[ErrorRecord], asked: FoundRow | None) -> JobRow:
    """Return a row as its twin, the errors that are open about it, and what the partner was asked say."""
    if twin is None or twin.status is TwinStatus.UNLINKED:
        said = asked.row.message if asked else ""
        text = said or "It was taken out of sync before it was connected."
        return replace(row, outcome=RowOutcome.FAILED, message=text)
    if not twin.is_offered:
        return replace(row, outcome=RowOutcome.DONE, message="")
    if asked is not None and asked.row.status is ProposalStatus.DECLINED:
        return replace(row, outcome=RowOutcome.FAILED, message=asked.row.message)
    if twin.status is not TwinStatus.FAILED:
        return replace(row, message=WAITS_FOR_PLAN if twin.is_held else WAITS_FOR_YES)
    return replace(row, outcome=RowOutcome.FAILED, message=records[0].message if records else "It was refused.")

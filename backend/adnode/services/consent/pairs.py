"""Beginning the pairs that the partner asked for, once this side has said yes."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from adnode.domain.connecting import Terms
from adnode.domain.connection import Connection
from adnode.domain.lineage import join_lineage
from adnode.domain.proposal import Proposal, ProposalRow
from adnode.domain.realignment import Realignment
from adnode.domain.twin import Twin, TwinStatus
from adnode.ports.storage import UnitOfWork


def find_obstacles(work: UnitOfWork, connection: Connection, rows: Sequence[ProposalRow]) -> dict[int, str]:
    """Return by number why rows can't become pairs now: their work items, or ids, are others' already."""
    taken = {
        twin.work_item_id: twin
        for twin in work.twins.find_by_work_item(connection.organization_id, [row.work_item_id for row in rows])
        if twin.connection_id == connection.id
    }
    known = work.twins.find([row.twin_id for row in rows])
    found: dict[int, str] = {}
    wanted: set[int] = set()
    for row in rows:
        if twin := taken.get(row.work_item_id):
            found[row.number] = _word_taken(row, twin)
        elif row.twin_id in known or row.work_item_id in wanted:
            found[row.number] = f"Work item {row.work_item_id} is asked for twice. Decline one of the two."
        wanted.add(row.work_item_id)
    return found


def begin_pairs(
    work: UnitOfWork,
    connection: Connection,
    proposal: Proposal,
    rows: Sequence[ProposalRow],
    now: datetime,
    *,
    are_offered: bool,
) -> None:
    """Make the twins of rows without obstacles. What this side ended before begins anew by that.

    Offered ones are for the partner to take up: it has no half of them.
    """
    numbers = [row.work_item_id for row in rows]
    lineages = _lineages(work, connection, numbers)
    twins = [_twin(connection, proposal, row, lineages.get(row.work_item_id, frozenset()), now) for row in rows]
    if are_offered:
        twins = [_offered(twin, row) for twin, row in zip(twins, rows, strict=True)]
    work.twins.add_all(twins, due_at=now)
    work.partings.clear(connection.id, numbers)


def _twin(connection: Connection, proposal: Proposal, row: ProposalRow, lineage: frozenset[str], now: datetime) -> Twin:
    terms = None
    if proposal.content is not None:
        terms = Terms(
            row.remote_work_item_id, proposal.content, comments=proposal.comments, attachments=proposal.attachments
        )
    return Twin(
        id=row.twin_id,
        connection_id=connection.id,
        organization_id=connection.organization_id,
        status=TwinStatus.PENDING,
        created_at=now,
        work_item_id=row.work_item_id,
        project=connection.project,
        remote_work_item_id=row.remote_work_item_id,
        remote_url=make_remote_url(connection, row.remote_work_item_id),
        lineage=join_lineage(connection, lineage, row.work_item_id, row.remote_work_item_id),
        terms=terms,
        # It may be one that this side has forgotten: the partner tells what it knows before anything is read.
        realignment=Realignment.GREETED if terms is None and connection.has_forgotten(now) else Realignment.NONE,
    )


def _offered(twin: Twin, row: ProposalRow) -> Twin:
    terms = twin.terms or Terms(row.remote_work_item_id)
    return replace(twin, remote_work_item_id=None, remote_url="", terms=terms)


def make_remote_url(connection: Connection, remote_work_item_id: int) -> str:
    """Return where a work item of the partner is, '' where the partner's address is not known."""
    address = connection.peer.organization_url.rstrip("/") if connection.peer else ""
    return f"{address}/_workitems/edit/{remote_work_item_id}" if address else ""


def _lineages(work: UnitOfWork, connection: Connection, work_item_ids: Sequence[int]) -> Mapping[int, frozenset[str]]:
    joined: dict[int, frozenset[str]] = {}
    for twin in work.twins.find_by_work_item(connection.organization_id, work_item_ids):
        if twin.work_item_id is not None:
            joined[twin.work_item_id] = joined.get(twin.work_item_id, frozenset()) | twin.lineage
    return joined


def _word_taken(row: ProposalRow, twin: Twin) -> str:
    partner = twin.remote_work_item_id or (twin.terms.remote_work_item_id if twin.terms else None)
    other = f" with {partner}" if partner else ""
    return (
        f"Work item {row.work_item_id} is under sync{other} over this connection already. Take it out of sync first, "
        "or decline."
    )

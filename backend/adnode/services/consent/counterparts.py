"""Known counterparts are not doubled in silence: what comes under sync and has one waits for a person of this side."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from adnode.domain.connecting import KeptContent
from adnode.domain.connection import Connection
from adnode.domain.counterpart import find_linked
from adnode.domain.proposal import TEXT_LIMIT, Proposal, ProposalDirection, ProposalKind, ProposalRow, ProposalStatus
from adnode.domain.work_item import WorkItemSnapshot
from adnode.ports.consent_storage import FoundRow
from adnode.ports.gateway import WorkItemGateway
from adnode.ports.storage import UnitOfWork

READ_AT_ONCE = 200
"""Work items that one call of Azure DevOps reads."""


def find_links(connection: Connection, snapshots: Iterable[WorkItemSnapshot]) -> dict[int, int]:
    """Return the partner's work items that links of ours lead to, by number of ours."""
    address = connection.peer.organization_url if connection.peer else ""
    found = {snapshot.id: find_linked(address, snapshot.hyperlinks) for snapshot in snapshots}
    return {number: linked for number, linked in found.items() if linked is not None}


def read_links(gateway: WorkItemGateway, connection: Connection, work_item_ids: Sequence[int]) -> dict[int, int]:
    """Return the same for work items by their numbers; what can't be read has none."""
    found: dict[int, int] = {}
    for some in _parts(work_item_ids):
        found.update(find_links(connection, gateway.read_work_items(some).values()))
    return found


def find_counterparts(
    work: UnitOfWork, connection: Connection, work_item_ids: Sequence[int], linked: Mapping[int, int]
) -> dict[int, int]:
    """Return the known counterparts of work items that come under sync: the last one that each was in sync with, else
    the one that a link of it leads to.

    One that is in sync with another work item of ours is none: a copied work item carries the links of its original.
    """
    partings = work.partings.find(connection.organization_id, connection.peer_organization_id, work_item_ids)
    former = {each.work_item_id: each.remote_work_item_id for each in reversed(partings) if each.remote_work_item_id}
    known = {number: former.get(number) or linked.get(number) for number in work_item_ids}
    found = {number: counterpart for number, counterpart in known.items() if counterpart is not None}
    pairs = work.clean_up.find_by_remote(connection.id, sorted(set(found.values()))) if found else ()
    taken = {pair.remote_work_item_id for pair in pairs}
    return {number: counterpart for number, counterpart in found.items() if counterpart not in taken}


def hold(
    work: UnitOfWork,
    connection: Connection,
    counterparts: Mapping[int, int],
    asked_by: str,
    reference: str,
    now: datetime,
) -> None:
    """Keep that a person of this side decides whether these are connected again; what waits for that already is left.

    Both sides would keep what they have: what was copied while the two were a pair must not be copied anew.
    """
    waiting = {found.row.work_item_id for found in find_held(work, connection, list(counterparts))}
    rows = [
        ProposalRow(0, own, remote, status=ProposalStatus.HELD)
        for own, remote in counterparts.items()
        if own not in waiting
    ]
    if not rows:
        return
    if work.proposals.find_by_reference(connection.id, ProposalDirection.OUTGOING, reference) is None:
        work.proposals.add(_make_proposal(connection, asked_by, reference, now), [])
    work.proposals.add_rows(reference, rows)


def find_held(work: UnitOfWork, connection: Connection, work_item_ids: Sequence[int]) -> list[FoundRow]:
    """Return what of these work items waits for a person of this side."""
    found = work.proposals.undecided_between(connection.id, ProposalDirection.OUTGOING, work_item_ids=work_item_ids)
    return [each for each in found if each.row.status is ProposalStatus.HELD]


def word_known(work_item_id: int, counterpart: int) -> str:
    """Return what people read about a work item that waits for that decision."""
    return (
        f"Work item {work_item_id} was in sync with work item {counterpart} of the partner before, or links to it. "
        "Connect the two again, or have a new work item made there."
    )


def word_held(work_item_id: int, known: Mapping[int, int]) -> str:
    """Return what a row says whose work item waits for that decision."""
    return f"{word_known(work_item_id, known[work_item_id])} Decide it under Proposals."


def _make_proposal(connection: Connection, asked_by: str, reference: str, now: datetime) -> Proposal:
    return Proposal(
        id=reference,
        organization_id=connection.organization_id,
        connection_id=connection.id,
        direction=ProposalDirection.OUTGOING,
        kind=ProposalKind.REJOIN,
        asked_at=now,
        status=ProposalStatus.HELD,
        reference=reference,
        asked_by=asked_by[:TEXT_LIMIT],
        content=KeptContent.BOTH,
    )


def _parts(work_item_ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(work_item_ids), READ_AT_ONCE):
        yield work_item_ids[start : start + READ_AT_ONCE]

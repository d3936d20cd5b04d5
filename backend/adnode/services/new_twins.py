"""Making twins of local work items that come under sync."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from adnode.domain.connection import Connection
from adnode.domain.lineage import limit_lineage, make_name
from adnode.domain.proposal import ProposalKind
from adnode.domain.twin import Twin, TwinStatus
from adnode.ports.storage import UnitOfWork
from adnode.ports.system import Ids
from adnode.services.consent.asks import propose
from adnode.services.consent.counterparts import find_counterparts, hold
from adnode.services.consent.questions import asked_work_item


@dataclass(frozen=True, slots=True)
class NewTwins:
    """Twins that were made, and those that there were already over the connection. ``known`` are counterparts, by work
    item of ours, of those that wait for a person of this side instead.
    """

    made: tuple[Twin, ...]
    already: tuple[Twin, ...]
    known: Mapping[int, int] = field(default_factory=dict)


def make_twins(
    work: UnitOfWork,
    connection: Connection,
    work_item_ids: Sequence[int],
    ids: Ids,
    now: datetime,
    asked_by: str = "",
    *,
    linked: Mapping[int, int] | None = None,
    reference: str = "",
    are_separate: bool = False,
) -> NewTwins:
    """Put work items under sync over the connection, due at once; those that are already are left as they are.

    One that is known to be the same as a work item of the partner asks for that one, in the name of ``asked_by``. One
    that was in sync with another before, or has a link to it (``linked``), waits for a person of this side, under that
    reference, unless it is decided that new ones are made (``are_separate``).
    """
    existing = work.twins.find_by_work_item(connection.organization_id, work_item_ids)
    already = {twin.work_item_id: twin for twin in existing if twin.connection_id == connection.id}
    lineages = _join_lineages(existing)
    wanted = [
        _make_twin(connection, number, lineages.get(number, frozenset()), ids, now, is_separate=are_separate)
        for number in work_item_ids
        if number not in already
    ]
    known: Mapping[int, int] = {}
    if not are_separate:
        alone = [twin.work_item_id or 0 for twin in wanted if asked_work_item(twin, connection) is None]
        known = find_counterparts(work, connection, alone, linked or {})
        hold(work, connection, known, asked_by, reference or ids.new_id(), now)
    added = work.twins.add_all([twin for twin in wanted if twin.work_item_id not in known], due_at=now)
    asking = [twin for twin in added if asked_work_item(twin, connection) is not None]
    if asking:
        propose(work, connection, ProposalKind.LINEAGE, asking, asked_by, ids.new_id(), now)
    return NewTwins(tuple(added), tuple(already[number] for number in work_item_ids if number in already), known)


def _make_twin(
    connection: Connection, number: int, lineage: frozenset[str], ids: Ids, now: datetime, *, is_separate: bool
) -> Twin:
    return Twin(
        id=ids.new_id(),
        connection_id=connection.id,
        organization_id=connection.organization_id,
        status=TwinStatus.PENDING,
        created_at=now,
        work_item_id=number,
        project=connection.project,
        lineage=limit_lineage({make_name(connection.organization_id, number)}, lineage),
        is_separate=is_separate,
    )


def _join_lineages(twins: Sequence[Twin]) -> dict[int, frozenset[str]]:
    joined: dict[int, frozenset[str]] = {}
    for twin in twins:
        if twin.work_item_id is not None:
            joined[twin.work_item_id] = joined.get(twin.work_item_id, frozenset()) | twin.lineage
    return joined

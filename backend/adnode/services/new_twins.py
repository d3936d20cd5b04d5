"""Making twins of local work items that come under sync."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from adnode.domain.connection import Connection
from adnode.domain.lineage import limit_lineage, make_name
from adnode.domain.proposal import ProposalKind
from adnode.domain.twin import Twin, TwinStatus
from adnode.ports.storage import UnitOfWork
from adnode.ports.system import Ids
from adnode.services.consent.asks import propose
from adnode.services.consent.questions import asked_work_item


@dataclass(frozen=True, slots=True)
class NewTwins:
    """Twins that were made, and those that there were already over the connection."""

    made: tuple[Twin, ...]
    already: tuple[Twin, ...]


def make_twins(
    work: UnitOfWork,
    connection: Connection,
    work_item_ids: Sequence[int],
    ids: Ids,
    now: datetime,
    asked_by: str = "",
) -> NewTwins:
    """Put work items under sync over the connection, due at once; those that are already are left as they are.

    One that is known to be the same as a work item of the partner asks for that one, in the name of ``asked_by``.
    """
    existing = work.twins.find_by_work_item(connection.organization_id, work_item_ids)
    already = {twin.work_item_id: twin for twin in existing if twin.connection_id == connection.id}
    lineages = _join_lineages(existing)
    made = []
    for number in work_item_ids:
        if number in already:
            continue
        twin = Twin(
            id=ids.new_id(),
            connection_id=connection.id,
            organization_id=connection.organization_id,
            status=TwinStatus.PENDING,
            created_at=now,
            work_item_id=number,
            project=connection.project,
            lineage=limit_lineage({make_name(connection.organization_id, number)}, lineages.get(number, ())),
        )
        made.append(twin)
    added = work.twins.add_all(made, due_at=now)
    asking = [twin for twin in added if asked_work_item(twin, connection) is not None]
    if asking:
        propose(work, connection, ProposalKind.LINEAGE, asking, asked_by, ids.new_id(), now)
    return NewTwins(tuple(added), tuple(already[number] for number in work_item_ids if number in already))


def _join_lineages(twins: Sequence[Twin]) -> dict[int, frozenset[str]]:
    joined: dict[int, frozenset[str]] = {}
    for twin in twins:
        if twin.work_item_id is not None:
            joined[twin.work_item_id] = joined.get(twin.work_item_id, frozenset()) | twin.lineage
    return joined

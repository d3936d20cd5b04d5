"""Our own wish for a pair, and the partner's questions that are open about its work items."""

from collections.abc import Sequence
from datetime import datetime

from adnode.domain.connection import Connection
from adnode.domain.errors import StateError
from adnode.domain.proposal import ProposalDirection, ProposalKind
from adnode.domain.twin import Twin
from adnode.ports.consent_storage import FoundRow
from adnode.ports.storage import UnitOfWork
from adnode.ports.system import Ids
from adnode.services.consent.asks import propose
from adnode.services.consent.decisions import Decision, accept_rows


def accept_same_pair(
    work: UnitOfWork,
    connection: Connection,
    work_item_id: int,
    remote_work_item_id: int,
    decided_by: str,
    ids: Ids,
    now: datetime,
) -> Twin | None:
    """Return the twin of a pair that the partner asks for as well, which is accepted by this side's wish for it; None
    when it does not. Raises StateError when the partner asks for one of the two with another one.
    """
    rows = find_questions(work, connection, [work_item_id], [remote_work_item_id])
    if not rows:
        return None
    pair = work_item_id, remote_work_item_id
    same = next((each for each in rows if (each.row.work_item_id, each.row.remote_work_item_id) == pair), None)
    if same is None:
        raise StateError(word_question(rows[0]))
    proposal = work.proposals.get(same.proposal_id)
    obstacles = accept_rows(work, Decision(connection, proposal, ids, now), [same.row])
    if obstacles:
        raise StateError(next(iter(obstacles.values())))
    work.proposals.note_decision(proposal.id, decided_by, now)
    found = work.twins.find_by_work_item(connection.organization_id, [work_item_id])
    return next(twin for twin in found if twin.connection_id == connection.id)


def find_questions(
    work: UnitOfWork, connection: Connection, work_item_ids: Sequence[int], remote_work_item_ids: Sequence[int]
) -> list[FoundRow]:
    """Return what the partner asks for that is about any of these work items and not decided."""
    return work.proposals.undecided_between(
        connection.id,
        ProposalDirection.INCOMING,
        work_item_ids=work_item_ids,
        remote_work_item_ids=remote_work_item_ids,
    )


def word_question(found: FoundRow) -> str:
    """Return why a question of the partner is in the way."""
    return (
        f"The partner asks for work item {found.row.work_item_id} with its work item {found.row.remote_work_item_id}. "
        "Accept or decline that under Proposals first."
    )


class Questions:
    """What the partner asks for that is about work items of many pairs; our wish for one of them accepts it."""

    def __init__(self, work: UnitOfWork, connection: Connection, pairs: Sequence[tuple[int, int]]) -> None:
        self._work = work
        self._connection = connection
        found = find_questions(work, connection, [own for own, _ in pairs], [remote for _, remote in pairs])
        self._own = {each.row.work_item_id for each in found}
        self._remote = {each.row.remote_work_item_id for each in found}

    def accept(
        self, work_item_id: int, remote_work_item_id: int, decided_by: str, ids: Ids, now: datetime
    ) -> Twin | None:
        """Return the twin of a pair that the partner asks for as well; raises StateError as ``accept_same_pair``."""
        if work_item_id not in self._own and remote_work_item_id not in self._remote:
            return None
        return accept_same_pair(self._work, self._connection, work_item_id, remote_work_item_id, decided_by, ids, now)


def offer_twins(
    work: UnitOfWork,
    connection: Connection,
    twins: Sequence[Twin],
    kind: ProposalKind,
    asked_by: str,
    reference: str,
    now: datetime,
) -> list[Twin]:
    """Add twins that ask the partner for its work items, and keep that they do. What this side ended begins anew."""
    added = work.twins.add_all(twins, due_at=now)
    work.partings.clear(connection.id, [twin.work_item_id for twin in added if twin.work_item_id is not None])
    propose(work, connection, kind, added, asked_by, reference, now)
    return added

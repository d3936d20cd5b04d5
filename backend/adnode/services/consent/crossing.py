"""Offers that meet: both sides ask for the same pair at once, or for pairs that share a work item.

Both nodes decide alike without talking. An offer for exactly the pair that the other side offers itself joins it, for
that is the consent of both; of two that cross, the one of the lower organization id stands. A node that knows no
proposals knows no such rule, so its offer stands.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from adnode.domain.connection import Connection
from adnode.domain.error_record import Impact
from adnode.domain.errors import StateError
from adnode.domain.proposal import ProposalDirection, ProposalStatus
from adnode.domain.twin import Twin, TwinStatus
from adnode.ports.storage import UnitOfWork
from adnode.ports.system import Ids
from adnode.services.clean_up import forget_twins
from adnode.services.consent.questions import Question, asked_work_item
from adnode.services.consent.rows import settle_rows
from adnode.services.failures import make_record

CROSSED_CODE = "connected_elsewhere_at_once"


@dataclass(frozen=True, slots=True)
class Encounter:
    """What this side has to do with the work items of a question. ``is_taken``: ours is in a pair. ``offers`` are twins
    of ours that wait for the partner and ask for either of its work items; ``is_same_pair``: for both. ``stands``: they
    go before the question.
    """

    is_taken: bool = False
    offers: tuple[Twin, ...] = ()
    is_same_pair: bool = False
    stands: bool = False


NOTHING = Encounter()


def find_encounter(
    work: UnitOfWork, connection: Connection, question: Question, find_twins: Callable[[Sequence[int]], list[Twin]]
) -> Encounter:
    """Return what this side has to do with the work items of a question."""
    own = [twin for twin in find_twins([question.work_item_id]) if twin.connection_id == connection.id]
    if any(asked_work_item(twin, connection) is None for twin in own):
        return Encounter(is_taken=True)
    others = _asking_for(work, connection, question.remote_work_item_id)
    offers = {twin.id: twin for twin in [*own, *others] if twin.id != question.twin_id}
    live = tuple(twin for twin in offers.values() if twin.status is not TwinStatus.FAILED)
    pair = question.work_item_id, question.remote_work_item_id
    same = tuple(twin for twin in offers.values() if (twin.work_item_id, asked_work_item(twin, connection)) == pair)
    counting = same or live
    is_sent = all(twin.status is not TwinStatus.FAILED and not twin.is_held for twin in counting)
    peer_id = connection.peer.organization_id if connection.peer else ""
    stands = is_sent and question.ask is not None and connection.organization_id < peer_id
    return Encounter(offers=counting, is_same_pair=bool(same), stands=bool(counting) and stands)


def _asking_for(work: UnitOfWork, connection: Connection, remote_work_item_id: int) -> list[Twin]:
    rows = work.proposals.undecided_between(
        connection.id, ProposalDirection.OUTGOING, remote_work_item_ids=[remote_work_item_id]
    )
    twins = work.twins.find([found.row.twin_id for found in rows if found.row.twin_id])
    return [
        twin
        for twin in twins.values()
        if twin.status is not TwinStatus.UNLINKED and asked_work_item(twin, connection) == remote_work_item_id
    ]


def give_way(
    work: UnitOfWork, connection: Connection, encounter: Encounter, question: Question, ids: Ids, now: datetime
) -> None:
    """Take back offers of this side that the question goes before; people are told of those that come to nothing."""
    if encounter.offers and not encounter.is_same_pair:
        drop_offers(work, connection, encounter.offers, _word_crossing(question), ids, now)
    elif encounter.offers:
        twin_ids = [twin.id for twin in encounter.offers]
        rows = work.proposals.of_twins(connection.id, ProposalDirection.OUTGOING, twin_ids)
        settle_rows(work, rows, ProposalStatus.ACCEPTED)
        forget_twins(work, connection, twin_ids, now)


def drop_offers(
    work: UnitOfWork, connection: Connection, offers: Sequence[Twin], text: str, ids: Ids, now: datetime
) -> None:
    """Forget offers of this side that come to nothing, and tell people so."""
    twin_ids = [twin.id for twin in offers]
    rows = work.proposals.of_twins(connection.id, ProposalDirection.OUTGOING, twin_ids)
    settle_rows(work, rows, ProposalStatus.FAILED, text)
    forget_twins(work, connection, twin_ids, now)
    for twin in offers:
        message = (
            f"Work item {twin.work_item_id} was not connected to {asked_work_item(twin, connection)} of the partner. "
            f"{text} Connect it again if it is still wanted, then resolve this."
        )
        record = make_record(StateError(message), connection, None, ids, now, subject=twin.id)
        work.error_records.open(
            replace(record, code=CROSSED_CODE, impact=Impact.WARNING, work_item_id=twin.work_item_id)
        )


def _word_crossing(question: Question) -> str:
    return (
        f"The partner asked for {question.remote_work_item_id} with {question.work_item_id} at the same moment; of two "
        "questions that cross, one has to give way."
    )

"""Pairs that one side has forgotten when its database went back, and what comes in about them."""

from collections.abc import Sequence
from datetime import datetime

from adnode.domain.connection import Connection
from adnode.domain.message import StateBody
from adnode.domain.proposal import ProposalKind
from adnode.domain.twin import Twin
from adnode.ports.storage import UnitOfWork
from adnode.services.consent.desk import Judgement, Verdict

KNOWN_PAIR = "The partner had forgotten a pair of its work item, and was told of that."


def judge_forgotten(work: UnitOfWork, connection: Connection, judgement: Judgement, now: datetime) -> Judgement:
    """Return what becomes of a pair that this side may have forgotten; any other judgement as it is.

    Where our work item was made for the partner's, its link says so, which is looked for; else people are asked then.
    One that this side has put under sync again meanwhile was chosen by that: the pair that exists goes on.
    """
    if not connection.has_forgotten(now):
        return judgement
    if judgement.may_be_forgotten:
        return Judgement(Verdict.NEW)
    question = judgement.question
    is_claimed = question is not None and question.kind is ProposalKind.LINEAGE
    if judgement.verdict is Verdict.TWICE and is_claimed and question is not None:
        is_chosen = bool(find_begun_again(work, connection, question.work_item_id, now))
        return Judgement(Verdict.BEGIN, question) if is_chosen else judgement
    return judgement


def find_begun_again(
    work: UnitOfWork, connection: Connection, work_item_id: int | None, now: datetime
) -> Sequence[str]:
    """Return the twins that were begun for a work item of ours since this side went back, and have no counterpart."""
    if work_item_id is None or not connection.has_forgotten(now):
        return []
    twins = work.twins.find_by_work_item(connection.organization_id, [work_item_id])
    return [
        twin.id
        for twin in twins
        if twin.connection_id == connection.id and twin.remote_work_item_id is None and twin.terms is None
    ]


def find_known_pair(work: UnitOfWork, connection: Connection, body: StateBody, now: datetime) -> Sequence[Twin]:
    """Return the pairs in which the partner's work item is here already, for which it has begun another twin."""
    if not connection.has_forgotten(now) or body.terms is not None or body.is_separate:
        return []
    pairs = work.clean_up.find_by_remote(connection.id, [body.work_item_id])
    return list(work.twins.find([pair.twin_id for pair in pairs]).values())

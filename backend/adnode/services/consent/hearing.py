"""What this side hears of what it asked for, and of what the partner does not ask for any more."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from adnode.domain.connection import Connection
from adnode.domain.message import DecisionBody, MessageKind
from adnode.domain.proposal import (
    DECLINED_CODE,
    UNDECIDED,
    ProposalDirection,
    ProposalStatus,
)
from adnode.domain.twin import Twin
from adnode.ports.storage import UnitOfWork
from adnode.ports.system import Ids
from adnode.services.consent.asks import may_ask
from adnode.services.consent.crossing import CROSSED_CODE, drop_offers
from adnode.services.consent.rows import settle_rows
from adnode.services.consent.trail import PartnerTrail
from adnode.services.drift.peer_comparison import send_states
from adnode.services.failures import make_partner_record
from adnode.services.twin_statuses import save_statuses

_HALF_GONE = "The partner's node took its half away meanwhile; after a yes, this side offers the pair to it."


def hear_decision(
    work: UnitOfWork, connection: Connection, kind: str, body: DecisionBody, ids: Ids, now: datetime
) -> None:
    """Take in the partner's yes or no: a yes has what was asked for sent, a no is shown beside each pair."""
    rows = work.proposals.of_twins(connection.id, ProposalDirection.OUTGOING, body.twin_ids)
    named = {twin_id: found for twin_id, found in rows.items() if found.row.status is ProposalStatus.OPEN and twin_id}
    is_yes = kind == MessageKind.ACCEPTED
    status = ProposalStatus.ACCEPTED if is_yes else ProposalStatus.DECLINED
    settle_rows(work, named, status, "" if is_yes else body.text)
    found_twins = work.twins.find(list(named)).values()
    twins = [twin for twin in found_twins if twin.connection_id == connection.id and twin.remote_work_item_id is None]
    if is_yes:
        send_states(work, connection, twins, now)
    else:
        for twin in twins:
            record = make_partner_record(connection, twin, body.error_code or DECLINED_CODE, body.text, ids, now)
            work.error_records.open(record)
        save_statuses(work, connection, twins)
    trail = PartnerTrail(work, connection, ids, now)
    trail.note_decided(status, [found.row for found in named.values()], body.text)
    trail.close()


def hear_taken_up(work: UnitOfWork, connection: Connection, twin: Twin) -> None:
    """The partner has taken up a twin of ours that asked for a work item: by that it said yes."""
    if twin.remote_work_item_id is None and may_ask(twin):
        rows = work.proposals.of_twins(connection.id, ProposalDirection.OUTGOING, [twin.id])
        settle_rows(work, rows, ProposalStatus.ACCEPTED)


def hear_failure(
    work: UnitOfWork, connection: Connection, twin: Twin, code: str, text: str, ids: Ids, now: datetime
) -> bool:
    """The partner could not take up a twin of ours that asked for a work item; say whether the twin gave way to an
    offer of the partner, and is gone.
    """
    if twin.remote_work_item_id is not None or not may_ask(twin):
        return False
    if code == CROSSED_CODE:
        drop_offers(work, connection, [twin], text, ids, now)
        return True
    rows = work.proposals.of_twins(connection.id, ProposalDirection.OUTGOING, [twin.id])
    settle_rows(work, rows, ProposalStatus.FAILED, text)
    return False


def hear_end(
    work: UnitOfWork, connection: Connection, twin_ids: Sequence[str], ids: Ids, now: datetime, *, is_clean_up: bool
) -> None:
    """The partner has ended twins: what was asked for them is taken back.

    A node that knows no proposals takes its half of a pair away by itself when it is told to wait, so of that one the
    question stays.
    """
    found = work.proposals.of_twins(connection.id, ProposalDirection.INCOMING, twin_ids)
    undecided = {twin_id: each for twin_id, each in found.items() if each.row.status in UNDECIDED}
    nameless = {
        twin_id
        for twin_id, each in undecided.items()
        if is_clean_up and not work.proposals.get(each.proposal_id).reference
    }
    for twin_id in nameless:
        each = undecided[twin_id]
        work.proposals.save_rows(each.proposal_id, [replace(each.row, message=_HALF_GONE)])
    withdrawn = {twin_id: each for twin_id, each in undecided.items() if twin_id not in nameless}
    settle_rows(work, withdrawn, ProposalStatus.WITHDRAWN)
    trail = PartnerTrail(work, connection, ids, now)
    trail.note_withdrawn([each.row for each in withdrawn.values()])
    trail.close()

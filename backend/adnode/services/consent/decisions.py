"""What is done once somebody has decided on rows of a proposal; each in the transaction of the caller."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from adnode.domain.connection import Connection
from adnode.domain.proposal import Proposal, ProposalRow, ProposalStatus
from adnode.ports.storage import UnitOfWork
from adnode.ports.system import Ids
from adnode.services.clean_up import forget_twins
from adnode.services.consent.answers import tell_accepted, tell_declined, word_refusal
from adnode.services.consent.pairs import begin_pairs, find_obstacles


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision on rows of a proposal. ``note`` is what the partner is told beside; ``decided_by`` the person."""

    connection: Connection
    proposal: Proposal
    ids: Ids
    now: datetime
    note: str = ""
    decided_by: str = ""


Deed = Callable[[UnitOfWork, Decision, Sequence[ProposalRow]], Mapping[int, str]]
"""Gets some undecided rows of a proposal; returns by number why some of them can't be decided so."""


def accept_rows(work: UnitOfWork, decision: Decision, rows: Sequence[ProposalRow]) -> Mapping[int, str]:
    """Begin the pairs, and have the asking side send them.

    Where that took its half away meanwhile, and would not know the pair any more, this side offers it.
    """
    connection, proposal = decision.connection, decision.proposal
    obstacles = find_obstacles(work, connection, rows)
    free = [row for row in rows if row.number not in obstacles]
    if not free:
        return obstacles
    gone = work.clean_up.forgotten(connection.id, [row.twin_id for row in free])
    begun = [row for row in free if row.twin_id not in gone]
    offered = [replace(row, twin_id=decision.ids.new_id()) for row in free if row.twin_id in gone]
    begin_pairs(work, connection, proposal, begun, decision.now, are_offered=False)
    begin_pairs(work, connection, proposal, offered, decision.now, are_offered=True)
    accepted = [row.moved_to(ProposalStatus.ACCEPTED) for row in (*begun, *offered)]
    work.proposals.save_rows(proposal.id, accepted)
    tell_accepted(work, connection, proposal.reference, [row.twin_id for row in begun], decision.now)
    return obstacles


def decline_rows(work: UnitOfWork, decision: Decision, rows: Sequence[ProposalRow]) -> Mapping[int, str]:
    """Tell the asking side no."""
    connection, proposal = decision.connection, decision.proposal
    work.proposals.save_rows(proposal.id, [row.moved_to(ProposalStatus.DECLINED, decision.note) for row in rows])
    text = word_refusal(work, connection, decision.note)
    tell_declined(work, connection, proposal.reference, rows, text, decision.now)
    return {}


def withdraw_rows(work: UnitOfWork, decision: Decision, rows: Sequence[ProposalRow]) -> Mapping[int, str]:
    """Take the question back: what this side has of its pairs is forgotten, which the partner is told."""
    work.proposals.save_rows(decision.proposal.id, [row.moved_to(ProposalStatus.WITHDRAWN) for row in rows])
    forget_twins(work, decision.connection, [row.twin_id for row in rows if row.twin_id], decision.now)
    return {}

"""What is done once somebody has decided on rows of a proposal; each in the transaction of the caller."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from adnode.domain.connection import Connection
from adnode.domain.proposal import Proposal, ProposalRow, ProposalStatus
from adnode.ports.storage import UnitOfWork
from adnode.services.clean_up import forget_twins
from adnode.services.consent.answers import tell_accepted, tell_declined, word_refusal
from adnode.services.consent.pairs import begin_pairs, find_obstacles

Decision = Callable[
    [UnitOfWork, Connection, Proposal, Sequence[ProposalRow], str, datetime],
    Mapping[int, str],
]
"""Gets some rows of a proposal that are undecided, and a note; returns by number why some of them can't be decided so.
"""


def accept_rows(
    work: UnitOfWork, connection: Connection, proposal: Proposal, rows: Sequence[ProposalRow], _note: str, now: datetime
) -> Mapping[int, str]:
    """Begin the pairs, and have the asking side send them."""
    obstacles = find_obstacles(work, connection, rows)
    free = [row for row in rows if row.number not in obstacles]
    if free:
        begin_pairs(work, connection, proposal, free, now)
        work.proposals.save_rows(proposal.id, [row.moved_to(ProposalStatus.ACCEPTED) for row in free])
        tell_accepted(work, connection, proposal.reference, [row.twin_id for row in free], now)
    return obstacles


def decline_rows(
    work: UnitOfWork, connection: Connection, proposal: Proposal, rows: Sequence[ProposalRow], note: str, now: datetime
) -> Mapping[int, str]:
    """Tell the asking side no."""
    work.proposals.save_rows(proposal.id, [row.moved_to(ProposalStatus.DECLINED, note) for row in rows])
    tell_declined(work, connection, proposal.reference, rows, word_refusal(work, connection, note), now)
    return {}


def withdraw_rows(
    work: UnitOfWork, connection: Connection, proposal: Proposal, rows: Sequence[ProposalRow], _note: str, now: datetime
) -> Mapping[int, str]:
    """Take the question back: what this side has of its pairs is forgotten, which the partner is told."""
    work.proposals.save_rows(proposal.id, [row.moved_to(ProposalStatus.WITHDRAWN) for row in rows])
    forget_twins(work, connection, [row.twin_id for row in rows if row.twin_id], now)
    return {}

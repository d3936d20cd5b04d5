"""Moving rows of proposals on, where their status allows it."""

from collections.abc import Collection, Mapping

from adnode.domain.connection import Connection
from adnode.domain.proposal import TRANSITIONS, UNDECIDED, ProposalDirection, ProposalRow, ProposalStatus
from adnode.ports.consent_storage import FoundRow, ProposalFilter
from adnode.ports.storage import UnitOfWork

_PAGE = 500


def settle_rows(work: UnitOfWork, rows: Mapping[str, FoundRow], status: ProposalStatus, message: str = "") -> None:
    """Move found rows to the status; those that can't get there stay where they are."""
    by_proposal: dict[str, list[ProposalRow]] = {}
    for found in rows.values():
        if status in TRANSITIONS[found.row.status]:
            by_proposal.setdefault(found.proposal_id, []).append(found.row.moved_to(status, message))
    for proposal_id, moved in by_proposal.items():
        work.proposals.save_rows(proposal_id, moved)


def fail_question(work: UnitOfWork, connection_id: str, twin_id: str, message: str) -> None:
    """A pair that the partner asked for and that was allowed can't be."""
    rows = work.proposals.of_twins(connection_id, ProposalDirection.INCOMING, [twin_id])
    settle_rows(work, rows, ProposalStatus.FAILED, message)


def take_back(work: UnitOfWork, connection: Connection, twin_ids: Collection[str]) -> None:
    """The pairs are taken out of sync, or forgotten: nobody asks the partner for them any more."""
    rows = work.proposals.of_twins(connection.id, ProposalDirection.OUTGOING, twin_ids)
    settle_rows(work, rows, ProposalStatus.WITHDRAWN)


def end_proposals(work: UnitOfWork, connection: Connection) -> None:
    """The connection ends: nothing that was asked over it is decided any more."""
    wanted = ProposalFilter(connection.organization_id, connection.id, statuses=UNDECIDED)
    while proposals := work.proposals.list_page(wanted, limit=_PAGE):
        for proposal in proposals:
            while rows := work.proposals.rows(proposal.id, statuses=UNDECIDED, limit=_PAGE):
                moved = [row.moved_to(ProposalStatus.WITHDRAWN, "The connection was removed.") for row in rows]
                work.proposals.save_rows(proposal.id, moved)

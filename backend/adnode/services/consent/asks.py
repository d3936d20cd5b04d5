"""What this side asks the partner for."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from adnode.domain.connection import Connection
from adnode.domain.proposal import (
    TEXT_LIMIT,
    UNDECIDED,
    Ask,
    Proposal,
    ProposalDirection,
    ProposalKind,
    ProposalRow,
    ProposalStatus,
)
from adnode.domain.sync_state import SUMMARY, TYPE, TypeValue
from adnode.domain.twin import Twin
from adnode.ports.storage import UnitOfWork
from adnode.services.consent.questions import asked_work_item


def propose(
    work: UnitOfWork,
    connection: Connection,
    kind: ProposalKind,
    twins: Sequence[Twin],
    asked_by: str,
    reference: str,
    now: datetime,
) -> None:
    """Keep that twins, which have just been made on the same terms, ask the partner for its work items. What is asked
    under a reference that is known belongs to the same proposal.
    """
    rows = [
        ProposalRow(number, twin.work_item_id or 0, asked_work_item(twin, connection) or 0, twin.id)
        for number, twin in enumerate(twins, start=1)
    ]
    if not rows:
        return
    known = work.proposals.find_by_reference(connection.id, ProposalDirection.OUTGOING, reference)
    if known is not None:
        work.proposals.add_rows(known.id, rows)
        return
    terms = twins[0].terms
    proposal = Proposal(
        id=reference,
        organization_id=connection.organization_id,
        connection_id=connection.id,
        direction=ProposalDirection.OUTGOING,
        kind=kind,
        asked_at=now,
        reference=reference,
        asked_by=asked_by[:TEXT_LIMIT],
        content=terms.content if terms else None,
        comments=terms is not None and terms.comments,
        attachments=terms is not None and terms.attachments,
    )
    work.proposals.add(proposal, rows)


def ask_again(work: UnitOfWork, twin: Twin, now: datetime) -> None:
    """Ask anew for what was declined or could not be: a person of this side has it tried again."""
    if twin.remote_work_item_id is not None or not may_ask(twin):
        return
    found = work.proposals.of_twins(twin.connection_id, ProposalDirection.OUTGOING, [twin.id]).get(twin.id)
    if found is None or found.row.status in UNDECIDED:
        return
    last = work.proposals.get(found.proposal_id)
    # Another reference tells the partner that this is no late message about what it has decided.
    reference = f"{twin.id[:44]}-{now:%Y%m%d%H%M%S%f}"[:64]
    asked = replace(last, id=reference, reference=reference, asked_at=now, decided_at=None, decided_by="")
    work.proposals.add(asked, [replace(found.row, number=1, status=ProposalStatus.OPEN, message="")])


def find_ask(work: UnitOfWork, twin: Twin) -> Ask | None:
    """Return what goes beside the states of a twin that waits for the partner's yes; None for every other."""
    if twin.remote_work_item_id is not None or twin.work_item_id is None or not may_ask(twin):
        return None
    ask = work.proposals.asks(twin.connection_id, [twin.id]).get(twin.id)
    if ask is None:
        return None
    title, kind = twin.state.get(SUMMARY), twin.state.get(TYPE)
    type_name = kind.value.name if kind is not None and isinstance(kind.value, TypeValue) else ""
    return replace(ask, title=str(title.value)[:TEXT_LIMIT] if title else "", type_name=type_name[:TEXT_LIMIT])


def may_ask(twin: Twin) -> bool:
    """Say whether a twin may ask for a work item: its terms name one, or it is known to be the same as others."""
    return twin.terms is not None or len(twin.lineage) > 1

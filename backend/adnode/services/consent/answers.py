"""What the asking side is told about its proposals. A node that gives none a name knows no proposals: it is told in a
sentence that its page shows beside the pair, and the pair goes on by itself once there is a yes.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from adnode.domain.connection import Connection
from adnode.domain.message import DecisionBody, FailedBody, MessageKind, StateRequestedBody
from adnode.domain.proposal import CONSENT_CODE, DECLINED_CODE, ProposalRow
from adnode.ports.storage import UnitOfWork

TOLD_AT_ONCE = 500
"""Pairs that one message speaks of."""


def tell_awaited(work: UnitOfWork, connection: Connection, row: ProposalRow, now: datetime) -> None:
    """Tell a node that knows no proposals that a person decides."""
    text = (
        f"It waits for the partner's yes: an administrator of {_name(work, connection)} has been asked whether work "
        f"item {row.work_item_id} there may be connected, and the pair goes on by itself then. To take the question "
        "back, take the work item out of sync."
    )
    _fail(work, connection, row.twin_id, text, now)


def tell_accepted(
    work: UnitOfWork, connection: Connection, reference: str, twin_ids: Sequence[str], now: datetime
) -> None:
    """Tell that these pairs may begin, which has the asking side send their states."""
    for some in _parts(twin_ids):
        if reference:
            work.outbox.add(connection.id, "", MessageKind.ACCEPTED, DecisionBody(reference, some), now)
        else:
            work.outbox.add(connection.id, "", MessageKind.STATE_REQUESTED, StateRequestedBody(some), now)


def tell_declined(
    work: UnitOfWork, connection: Connection, reference: str, rows: Sequence[ProposalRow], text: str, now: datetime
) -> None:
    """Tell that these pairs may not begin, and why."""
    if not reference:
        for row in rows:
            _fail(work, connection, row.twin_id, text, now)
        return
    for some in _parts([row.twin_id for row in rows]):
        body = DecisionBody(reference, some, DECLINED_CODE, text)
        work.outbox.add(connection.id, "", MessageKind.DECLINED, body, now)


def word_refusal(work: UnitOfWork, connection: Connection, note: str = "") -> str:
    """Return what the asking side reads about a no of a person; ``note`` is what that person wrote."""
    said = f" “{note}”" if note else ""
    return f"Declined by the partner: an administrator of {_name(work, connection)} said no.{said}"


def word_nobody(work: UnitOfWork, connection: Connection) -> str:
    """Return what the asking side reads where the setting says no."""
    return f"Declined by the partner: nobody may connect to existing work items of {_name(work, connection)}."


def word_unmatched(work: UnitOfWork, connection: Connection) -> str:
    """Return what the asking side reads where the condition of the setting does not match."""
    return (
        f"Declined by the partner: {_name(work, connection)} lets only some of its work items be connected, and this "
        "is none of them."
    )


def _fail(work: UnitOfWork, connection: Connection, twin_id: str, text: str, now: datetime) -> None:
    # One code for the question and its answer, so that the node shows one error with the newest of both; and no
    # message counts as failed by it, because nothing has to be sent again.
    work.outbox.add(connection.id, twin_id, MessageKind.FAILED, FailedBody(CONSENT_CODE, text, ()), now)


def _parts(twin_ids: Sequence[str]) -> Iterator[tuple[str, ...]]:
    for start in range(0, len(twin_ids), TOLD_AT_ONCE):
        yield tuple(twin_ids[start : start + TOLD_AT_ONCE])


def _name(work: UnitOfWork, connection: Connection) -> str:
    return work.organizations.get(connection.organization_id).name

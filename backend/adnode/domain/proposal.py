"""Proposals: what one side asks the other before a work item that exists there becomes half of a pair."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from adnode.domain.connecting import KeptContent
from adnode.domain.errors import StateError

OPEN_LIMIT = 500
"""Proposals that one partner may have undecided over a connection."""
OPEN_ROWS_LIMIT = 12_000
"""Rows that they may have together: those of a whole file of pairs, and some more."""
TEXT_LIMIT = 255
"""Characters of what a partner says of its work item and of who asks, each."""
CONSENT_CODE = "needs_consent"
"""What the error record of a pair has that waits for a yes, at a node that knows no proposals."""
DECLINED_CODE = "proposal_declined"
WAITS_FOR_YES = "Waits for the partner's yes."
"""What a pair says that was asked for and not decided."""


class ProposalDirection(StrEnum):
    """INCOMING: the partner asks for work items of ours. OUTGOING: we ask for theirs."""

    INCOMING = "incoming"
    OUTGOING = "outgoing"


class ProposalKind(StrEnum):
    """What brought it about. CONNECT: somebody connected two work items. BULK_CONNECT: many, of one file. LINEAGE: a
    work item came under sync that is known to be the same as one of the other side. REJOIN: two were a pair before.
    """

    CONNECT = "connect"
    BULK_CONNECT = "bulk_connect"
    LINEAGE = "lineage"
    REJOIN = "rejoin"


class ProposalStatus(StrEnum):
    """Where a row of a proposal stands; a proposal stands where its rows do.

    HELD: nobody has asked the partner yet, a person of the asking side decides first. UNCHECKED: it is to be found out
    whether our condition allows it. OPEN: a person of the asked side decides. FAILED: allowed, and not possible, as its
    message says. SEPARATE: the asking side decided to have a new work item made instead.
    """

    HELD = "held"
    UNCHECKED = "unchecked"
    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    FAILED = "failed"
    SEPARATE = "separate"


TRANSITIONS: Mapping[ProposalStatus, frozenset[ProposalStatus]] = {
    ProposalStatus.HELD: frozenset(
        {ProposalStatus.OPEN, ProposalStatus.ACCEPTED, ProposalStatus.SEPARATE, ProposalStatus.WITHDRAWN}
    ),
    ProposalStatus.UNCHECKED: frozenset(
        {ProposalStatus.OPEN, ProposalStatus.ACCEPTED, ProposalStatus.DECLINED, ProposalStatus.WITHDRAWN}
    ),
    ProposalStatus.OPEN: frozenset(
        {ProposalStatus.ACCEPTED, ProposalStatus.DECLINED, ProposalStatus.WITHDRAWN, ProposalStatus.FAILED}
    ),
    ProposalStatus.ACCEPTED: frozenset({ProposalStatus.FAILED}),
    ProposalStatus.DECLINED: frozenset(),
    ProposalStatus.WITHDRAWN: frozenset(),
    ProposalStatus.FAILED: frozenset(),
    ProposalStatus.SEPARATE: frozenset(),
}
UNDECIDED = frozenset({ProposalStatus.HELD, ProposalStatus.UNCHECKED, ProposalStatus.OPEN})
"""Statuses in which somebody or something has still to decide."""
_STANDING = (
    ProposalStatus.HELD,
    ProposalStatus.OPEN,
    ProposalStatus.UNCHECKED,
    ProposalStatus.ACCEPTED,
    ProposalStatus.SEPARATE,
    ProposalStatus.DECLINED,
    ProposalStatus.WITHDRAWN,
    ProposalStatus.FAILED,
)
"""What a proposal is when its rows differ: the first of these that any row is."""


@dataclass(frozen=True, slots=True)
class Ask:
    """What the asking side says beside the state of a pair that it asks for: its proposal, who asks, and what its work
    item is.
    """

    reference: str
    kind: ProposalKind
    asked_by: str = ""
    title: str = ""
    type_name: str = ""


@dataclass(frozen=True, slots=True)
class ProposalRow:
    """One pair that is asked for. ``twin_id`` is the asking side's, '' while it has made none.

    ``remote_title`` and ``remote_type`` are what the partner says of its work item, '' where it said nothing; of ours
    nothing is kept here. ``message`` is why it was declined or could not be, for people.
    """

    number: int
    work_item_id: int
    remote_work_item_id: int
    twin_id: str = ""
    remote_title: str = ""
    remote_type: str = ""
    status: ProposalStatus = ProposalStatus.OPEN
    message: str = ""

    def moved_to(self, status: ProposalStatus, message: str = "") -> "ProposalRow":
        """Return the row in that status; raises StateError where the transition table does not allow it."""
        if status not in TRANSITIONS[self.status]:
            raise StateError(
                f"The proposal about work item {self.work_item_id} is {self.status} already; it can't become {status}. "
                "Reload the list.",
                status=self.status,
            )
        return replace(self, status=status, message=message)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposal, by one side, over one connection.

    ``reference`` is the asking side's own name for it, by which both sides know it; '' from a node that gives none.
    ``asked_by`` is who asked, as the asking side says. ``content`` is whose title, description and type would stand, as
    this side sees it, and ``comments`` and ``attachments`` whether those that are there travel; ``content`` is None
    where both sides' content is merged. ``counts`` says how many rows stand where. ``decided_by`` is the person who
    decided last.
    """

    id: str
    organization_id: str
    connection_id: str
    direction: ProposalDirection
    kind: ProposalKind
    asked_at: datetime
    status: ProposalStatus = ProposalStatus.OPEN
    reference: str = ""
    asked_by: str = ""
    content: KeptContent | None = None
    comments: bool = False
    attachments: bool = False
    decided_at: datetime | None = None
    decided_by: str = ""
    counts: Mapping[ProposalStatus, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """Return how many rows it has."""
        return sum(self.counts.values())


def standing_of(counts: Mapping[ProposalStatus, int]) -> ProposalStatus:
    """Return the status of a proposal whose rows stand like that."""
    return next((status for status in _STANDING if counts.get(status)), ProposalStatus.OPEN)

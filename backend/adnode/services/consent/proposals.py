"""Proposals as people see and decide them, for one organization."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from adnode.domain.audit import AuditAction
from adnode.domain.connection import Connection, ConnectionStatus
from adnode.domain.errors import NotFoundError, StateError
from adnode.domain.proposal import Proposal, ProposalDirection, ProposalRow, ProposalStatus
from adnode.domain.session import Session
from adnode.domain.work_item import TITLE, WorkItemSnapshot
from adnode.ports.consent_storage import ProposalFilter
from adnode.ports.gateway import GatewayProvider
from adnode.ports.storage import UnitOfWork, UnitOfWorkFactory
from adnode.ports.system import Clock, Ids, Topic, Wakeups
from adnode.services.audit import AuditService
from adnode.services.consent.choices import connect_rows, separate_rows
from adnode.services.consent.decisions import Decision, Deed, accept_rows, decline_rows, withdraw_rows
from adnode.services.ownership import own_connection, own_connections

SLICE = 200
"""Rows that are decided in one transaction."""
LISTED = 1000
"""Proposals that are accepted together at most."""


@dataclass(frozen=True, slots=True)
class ProposalView:
    """A proposal with its connection, and its first row for lists."""

    proposal: Proposal
    connection: Connection
    first: ProposalRow | None


@dataclass(frozen=True, slots=True)
class ProposalPage:
    """Some proposals, and how many there are in all."""

    views: tuple[ProposalView, ...]
    total: int


@dataclass(frozen=True, slots=True)
class OwnWorkItem:
    """Our work item as it is now, read for the person who looks; None of it is kept or told to the partner.
    ``is_readable`` is off for one that does not exist, or that the account of this node may not read.
    """

    work_item_id: int
    url: str
    title: str = ""
    type_name: str = ""
    project: str = ""
    is_readable: bool = False


@dataclass(frozen=True, slots=True)
class RowView:
    """A row with our work item as it is now."""

    row: ProposalRow
    own: OwnWorkItem


@dataclass(frozen=True, slots=True)
class ProposalDetails:
    """A proposal with some of its rows, and whether more follow."""

    view: ProposalView
    rows: tuple[RowView, ...]
    has_more: bool


@dataclass(frozen=True, slots=True)
class DecisionResult:
    """How many rows were decided; and for those that can't be, why, by number."""

    count: int
    obstacles: Mapping[int, str]


class ProposalService:
    """Lists proposals, shows them, and has them decided."""

    def __init__(
        self,
        new_unit_of_work: UnitOfWorkFactory,
        gateways: GatewayProvider,
        wakeups: Wakeups,
        audit: AuditService,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._new_unit_of_work = new_unit_of_work
        self._gateways = gateways
        self._wakeups = wakeups
        self._audit = audit
        self._clock = clock
        self._ids = ids

    def list_page(
        self,
        session: Session,
        *,
        connection_id: str = "",
        direction: ProposalDirection | None = None,
        statuses: Collection[ProposalStatus] = (),
        after: tuple[datetime, str] | None = None,
        limit: int,
    ) -> ProposalPage:
        """Return proposals of the session's organization, the newest first, that stand after (asked_at, id)."""
        wanted = ProposalFilter(session.tenant.id, connection_id, direction, frozenset(statuses))
        with self._new_unit_of_work() as work:
            proposals = work.proposals.list_page(wanted, after=after, limit=limit)
            connections = {each.id: each for each in work.connections.list_all()}
            views = tuple(_view(work, proposal, connections[proposal.connection_id]) for proposal in proposals)
            return ProposalPage(views, work.proposals.count(wanted))

    def count_open(self, session: Session) -> int:
        """Return how many proposals wait for a person of this side."""
        with self._new_unit_of_work() as work:
            return sum(work.proposals.count_open(list(own_connections(work, session))).values())

    def show(self, session: Session, proposal_id: str, *, after: int = 0, limit: int) -> ProposalDetails:
        """Return one with the rows behind that number, our work items read now. Raises NotFoundError."""
        with self._new_unit_of_work() as work:
            view = self._own(work, session, proposal_id)
            rows = work.proposals.rows(proposal_id, after=after, limit=limit + 1)
        shown = rows[:limit]
        owns = self._read(session, view.connection, [row.work_item_id for row in shown])
        return ProposalDetails(
            view, tuple(RowView(row, owns[row.work_item_id]) for row in shown), has_more=len(rows) > limit
        )

    def accept(self, session: Session, proposal_id: str, numbers: Sequence[int] | None = None) -> DecisionResult:
        """Say yes to an incoming proposal, all of it or those rows. Raises NotFoundError, and StateError when nothing
        of it can be accepted.
        """
        return self._decide(session, proposal_id, ProposalDirection.INCOMING, accept_rows, numbers)

    def decline(
        self, session: Session, proposal_id: str, numbers: Sequence[int] | None = None, note: str = ""
    ) -> DecisionResult:
        """Say no; the partner is told the note. Raises as ``accept``."""
        return self._decide(session, proposal_id, ProposalDirection.INCOMING, decline_rows, numbers, note)

    def withdraw(self, session: Session, proposal_id: str, numbers: Sequence[int] | None = None) -> DecisionResult:
        """Take back what this side asked for; its pairs are gone then. Raises as ``accept``."""
        return self._decide(session, proposal_id, ProposalDirection.OUTGOING, withdraw_rows, numbers)

    def connect(self, session: Session, proposal_id: str, numbers: Sequence[int] | None = None) -> DecisionResult:
        """Ask the partner for known counterparts that wait for this side's decision. Raises as ``accept``."""
        return self._decide(session, proposal_id, ProposalDirection.OUTGOING, connect_rows, numbers)

    def separate(self, session: Session, proposal_id: str, numbers: Sequence[int] | None = None) -> DecisionResult:
        """Have new work items made on the other side instead. Raises as ``accept``."""
        return self._decide(session, proposal_id, ProposalDirection.OUTGOING, separate_rows, numbers)

    def accept_all(self, session: Session, connection_id: str) -> DecisionResult:
        """Say yes to everything that is open and incoming over a connection; what can't be is left open."""
        with self._new_unit_of_work() as work:
            own_connection(work, session, connection_id)
            wanted = ProposalFilter(
                session.tenant.id, connection_id, ProposalDirection.INCOMING, frozenset({ProposalStatus.OPEN})
            )
            found = [proposal.id for proposal in work.proposals.list_page(wanted, limit=LISTED)]
        total = 0
        obstacles: dict[int, str] = {}
        for proposal_id in found:
            result = self._decide_slices(session, proposal_id, ProposalDirection.INCOMING, accept_rows, None, "")
            total += result.count
            obstacles |= {len(obstacles) + place: text for place, text in enumerate(result.obstacles.values())}
        return DecisionResult(total, obstacles)

    def _decide(
        self,
        session: Session,
        proposal_id: str,
        direction: ProposalDirection,
        deed: Deed,
        numbers: Sequence[int] | None,
        note: str = "",
    ) -> DecisionResult:
        result = self._decide_slices(session, proposal_id, direction, deed, numbers, note)
        if not result.count:
            raise StateError(next(iter(result.obstacles.values()), _NOTHING_OPEN))
        return result

    def _decide_slices(
        self,
        session: Session,
        proposal_id: str,
        direction: ProposalDirection,
        deed: Deed,
        numbers: Sequence[int] | None,
        note: str,
    ) -> DecisionResult:
        """Decide slice by slice, each in a transaction of its own: what a crash leaves stays open."""
        count, after = 0, 0
        obstacles: dict[int, str] = {}
        while True:
            with self._new_unit_of_work() as work:
                view = self._own(work, session, proposal_id)
                connection = _require_active(work.connections.get(view.connection.id))
                _require_direction(view.proposal, direction)
                rows = work.proposals.rows(proposal_id, statuses=_DECIDABLE[deed], after=after, limit=SLICE)
                wanted = [row for row in rows if numbers is None or row.number in numbers]
                decision = Decision(connection, view.proposal, self._ids, self._clock.now(), note, session.user_name)
                found = deed(work, decision, wanted) if wanted else {}
                decided = len(wanted) - len(found)
                if decided:
                    work.proposals.note_decision(proposal_id, session.user_name, self._clock.now())
                    self._note(work, session, deed, view, decided, note)
                    work.commit()
            count += decided
            obstacles |= found
            if len(rows) < SLICE:
                break
            after = rows[-1].number
        for topic in (Topic.RECONCILE, Topic.SEND):
            self._wakeups.wake(topic, view.connection.id)
        return DecisionResult(count, obstacles)

    def _note(self, work: UnitOfWork, session: Session, deed: Deed, view: ProposalView, count: int, note: str) -> None:
        proposal = view.proposal
        details = {
            "proposal": proposal.id,
            "kind": proposal.kind.value,
            "pairs": str(count),
            "asked_by": proposal.asked_by,
            **({"note": note} if note else {}),
            **_describe_first(view.first),
        }
        self._audit.note(work, session, _ACTIONS[deed], view.connection, details)

    def _own(self, work: UnitOfWork, session: Session, proposal_id: str) -> ProposalView:
        """Return a proposal of the session's organization; every other one does not exist for it."""
        proposal = work.proposals.get(proposal_id)
        if proposal.organization_id != session.tenant.id:
            raise NotFoundError(f"There is no proposal {proposal_id} here. Reload the list of proposals.")
        return _view(work, proposal, work.connections.get(proposal.connection_id))

    def _read(self, session: Session, connection: Connection, numbers: Sequence[int]) -> dict[int, OwnWorkItem]:
        """Return our work items as they are now."""
        gateway = self._gateways.get(connection.organization_id)
        known = gateway.read_work_items(sorted(set(numbers))) if numbers else {}
        return {number: _own_item(session, number, known.get(number)) for number in numbers}


def _own_item(session: Session, number: int, snapshot: WorkItemSnapshot | None) -> OwnWorkItem:
    url = f"{session.tenant.url}/_workitems/edit/{number}"
    if snapshot is None:
        return OwnWorkItem(number, url)
    return OwnWorkItem(number, url, snapshot.text(TITLE), snapshot.type_name, snapshot.project, is_readable=True)


def _view(work: UnitOfWork, proposal: Proposal, connection: Connection) -> ProposalView:
    return ProposalView(proposal, connection, next(iter(work.proposals.rows(proposal.id, limit=1)), None))


def _require_direction(proposal: Proposal, direction: ProposalDirection) -> None:
    if proposal.direction is direction:
        return
    if direction is ProposalDirection.INCOMING:
        raise StateError("This side asked: the partner accepts or declines it. It can be withdrawn here.")
    raise StateError("The partner asked: only the partner can take it back. It can be accepted or declined here.")


def _require_active(connection: Connection) -> Connection:
    if connection.status is not ConnectionStatus.ACTIVE:
        raise StateError(
            f"Connection {connection.name} is {connection.status}; activate it, then decide on its proposals."
        )
    return connection


def _describe_first(row: ProposalRow | None) -> dict[str, str]:
    if row is None:
        return {}
    return {"work_item": str(row.work_item_id), "remote_work_item": str(row.remote_work_item_id)}


_NOTHING_OPEN = "Nothing of this proposal is open any more. Reload the list of proposals."
_ACTIONS: Mapping[Deed, AuditAction] = {
    accept_rows: AuditAction.PROPOSAL_ACCEPTED,
    decline_rows: AuditAction.PROPOSAL_DECLINED,
    withdraw_rows: AuditAction.PROPOSAL_WITHDRAWN,
    connect_rows: AuditAction.PROPOSAL_CONNECTED,
    separate_rows: AuditAction.PROPOSAL_SEPARATED,
}
_DECIDABLE: Mapping[Deed, Collection[ProposalStatus]] = {
    accept_rows: (ProposalStatus.OPEN, ProposalStatus.UNCHECKED),
    decline_rows: (ProposalStatus.OPEN, ProposalStatus.UNCHECKED),
    withdraw_rows: (ProposalStatus.OPEN, ProposalStatus.HELD),
    connect_rows: (ProposalStatus.HELD,),
    separate_rows: (ProposalStatus.HELD,),
}

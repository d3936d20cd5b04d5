"""What a message of the partner asks for: an existing work item of ours that is to become half of a pair."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from adnode.domain.connecting import Terms
from adnode.domain.connection import Connection
from adnode.domain.lineage import numbers_of
from adnode.domain.message import Message, StateBody
from adnode.domain.parting import Parting
from adnode.domain.proposal import Ask, ProposalDirection, ProposalKind
from adnode.domain.twin import Twin
from adnode.ports.consent_storage import FoundRow
from adnode.ports.storage import UnitOfWork


@dataclass(frozen=True, slots=True)
class Question:
    """One pair that the partner would begin. ``terms`` are as this side sees them, None where both sides' content is
    merged; ``ask`` is what the partner said beside, None from a node that knows no proposals. ``needs_person``: no
    setting allows it, a person of this side decides in any case. ``is_inferred``: the partner did not name the work
    item, it is known here as the other half of a pair that ended.
    """

    twin_id: str
    work_item_id: int
    remote_work_item_id: int
    kind: ProposalKind
    terms: Terms | None = None
    ask: Ask | None = None
    needs_person: bool = False
    is_inferred: bool = False

    @property
    def reference(self) -> str:
        """Return what the asking side calls its proposal, '' where it gives it no name."""
        return self.ask.reference if self.ask else ""


class Background:
    """What is known here of the pairs that the messages of one batch speak of; looked up for all of them at once."""

    def __init__(self, work: UnitOfWork, connection: Connection, messages: Sequence[Message]) -> None:
        self._work = work
        self._connection = connection
        self._bodies = {message.twin_id: message.body for message in messages if isinstance(message.body, StateBody)}
        self._peer_id = connection.peer.organization_id if connection.peer else ""

    @cached_property
    def rows(self) -> Mapping[str, FoundRow]:
        """Return by twin what it was asked for already."""
        return self._work.proposals.of_twins(self._connection.id, ProposalDirection.INCOMING, self._bodies)

    @cached_property
    def _former(self) -> Mapping[int, Parting]:
        """Return by work item of the partner the newest pair that it was in."""
        numbers = {body.work_item_id for body in self._bodies.values()}
        found = self._work.partings.find_by_remote(self._connection.organization_id, self._peer_id, numbers)
        return {parting.remote_work_item_id or 0: parting for parting in reversed(found)}

    def find_question(self, twin_id: str, body: StateBody) -> Question | None:
        """Return what a twin that is not known here asks for; None where a new work item is to be made."""
        if body.terms is not None:
            own, terms = body.terms.remote_work_item_id, body.terms.mirrored(body.work_item_id)
            kind = body.ask.kind if body.ask else ProposalKind.CONNECT
            needs_person = bool(need_person(self._work, self._connection, [own], is_lineage=False))
            return Question(twin_id, own, body.work_item_id, kind, terms, body.ask, needs_person)
        if body.is_separate:
            return None
        if numbers := numbers_of(self._connection.organization_id, body.lineage):
            return self._ask_by_lineage(twin_id, body, numbers)
        return self._infer(twin_id, body)

    def _ask_by_lineage(self, twin_id: str, body: StateBody, numbers: Sequence[int]) -> Question:
        """A ring closes at a work item that is in sync over another connection; any other is but a claim."""
        for_people = need_person(self._work, self._connection, numbers, is_lineage=True)
        own = next((number for number in numbers if number not in for_people), numbers[0])
        needs_person = own in for_people
        return Question(twin_id, own, body.work_item_id, ProposalKind.LINEAGE, None, body.ask, needs_person)

    def _infer(self, twin_id: str, body: StateBody) -> Question | None:
        """Return the question whether two work items that were a pair are to be one again."""
        former = self._former.get(body.work_item_id)
        if former is None or any(
            twin.connection_id == self._connection.id for twin in self.find_twins([former.work_item_id])
        ):
            return None
        return Question(
            twin_id,
            former.work_item_id,
            body.work_item_id,
            ProposalKind.REJOIN,
            None,
            body.ask,
            needs_person=True,
            is_inferred=True,
        )

    def find_twins(self, work_item_ids: Sequence[int]) -> list[Twin]:
        """Return all twins of work items of ours."""
        return self._work.twins.find_by_work_item(self._connection.organization_id, work_item_ids)


def need_person(
    work: UnitOfWork, connection: Connection, work_item_ids: Sequence[int], *, is_lineage: bool
) -> set[int]:
    """Return work items of ours that no setting lets the partner have: those that this side took out of sync over the
    connection; and, where but a lineage names them, those that are in sync over no other connection.
    """
    partings = work.partings.find(connection.organization_id, connection.peer_organization_id, work_item_ids)
    ended = {each.work_item_id for each in partings if each.is_ours and each.connection_id == connection.id}
    if not is_lineage:
        return ended
    twins = work.twins.find_by_work_item(connection.organization_id, work_item_ids)
    elsewhere = {twin.work_item_id for twin in twins if twin.connection_id != connection.id}
    return ended | (set(work_item_ids) - elsewhere)


def asked_work_item(twin: Twin, connection: Connection) -> int | None:
    """Return the partner's work item that a twin of ours asks for; None once it has one, and where it asks for none."""
    if twin.remote_work_item_id is not None:
        return None
    if twin.terms is not None:
        return twin.terms.remote_work_item_id
    if connection.peer is None or twin.is_separate:
        return None
    return next(iter(numbers_of(connection.peer.organization_id, twin.lineage)), None)

"""The desk at which the partner's questions arrive: what may begin, what a person decides, what is refused."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from adnode.domain.connection import Connection
from adnode.domain.consent import Consent
from adnode.domain.message import FailedBody, Message, MessageAnswer, MessageKind, QueueStatus, StateBody
from adnode.domain.proposal import (
    OPEN_LIMIT,
    OPEN_ROWS_LIMIT,
    Proposal,
    ProposalDirection,
    ProposalKind,
    ProposalRow,
    ProposalStatus,
)
from adnode.ports.consent_storage import FoundRow, ProposalFilter
from adnode.ports.storage import UnitOfWork
from adnode.ports.system import Ids
from adnode.services.consent.answers import tell_awaited, tell_declined, word_nobody, word_refusal
from adnode.services.consent.crossing import CROSSED_CODE, NOTHING, Encounter, find_encounter, give_way
from adnode.services.consent.questions import Background, Question
from adnode.services.consent.trail import PartnerTrail

TWICE_CODE = "work_item_claimed_twice"
TOO_MANY_CODE = "too_many_proposals"
TOLD_CODES = frozenset({TWICE_CODE, CROSSED_CODE, TOO_MANY_CODE})
"""Codes of answers that a message tells as well."""
COLLECTED = timedelta(minutes=10)
"""Questions of a node that gives no reference are one proposal while they follow each other so closely."""
_WAITS = "It became a proposal. Nothing of it was kept or applied; the partner sends it again once there is a yes."
_TWICE = (
    "The work item that was named is under sync over this connection already. Take one of the two out of sync, then "
    "retry."
)
CROSSED = (
    "Both sides connected one of these work items elsewhere at the same moment; of two that cross, the other one "
    "stands. Look at what became of it, then connect again if this is still wanted."
)
_TOO_MANY = "The partner has too many proposals of this connection undecided. Wait until some are decided, then retry."


class Verdict(StrEnum):
    """What becomes of a state of a twin that is not here yet.

    NEW: a work item is made for it. BEGIN: the pair begins. WAIT: a person decides, or a condition. DECLINE: no. TWICE:
    ours is in another pair. CROSSED: an offer of this side for one of the two stands. OWN: this side offers the same
    pair, and its offer stands. TOLD: it was allowed and could not be, which the partner was told. TOO_MANY: the partner
    has too many questions open.
    """

    NEW = "new"
    BEGIN = "begin"
    WAIT = "wait"
    DECLINE = "decline"
    TWICE = "twice"
    CROSSED = "crossed"
    OWN = "own"
    TOLD = "told"
    TOO_MANY = "too_many"


_REFUSALS = {
    Verdict.TWICE: (TWICE_CODE, _TWICE),
    Verdict.CROSSED: (CROSSED_CODE, CROSSED),
    Verdict.TOO_MANY: (TOO_MANY_CODE, _TOO_MANY),
}


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict with what it is about. ``earlier`` is the row that asks for it already; ``encounter`` holds offers of
    this side that are in the way; ``text`` is what the partner is told.
    """

    verdict: Verdict
    question: Question | None = None
    earlier: FoundRow | None = None
    encounter: Encounter = NOTHING
    text: str = ""

    @property
    def lets_begin(self) -> bool:
        """Say whether a twin is made now, so that what the message carries is applied."""
        return self.verdict in (Verdict.NEW, Verdict.BEGIN)

    @property
    def may_be_forgotten(self) -> bool:
        """Say whether it is about a pair that the partner speaks of as one that exists, and nobody was asked yet."""
        is_claimed = self.question is not None and self.question.kind is ProposalKind.LINEAGE
        return self.verdict is Verdict.WAIT and is_claimed and self.earlier is None and self.encounter == NOTHING


class ConsentDesk:
    """Judges the messages of one batch in the transaction that takes them in; ``close`` stores what they ask."""

    def __init__(
        self, work: UnitOfWork, connection: Connection, messages: Sequence[Message], ids: Ids, now: datetime
    ) -> None:
        self._work = work
        self._connection = connection
        self._background = Background(work, connection, messages)
        self._trail = PartnerTrail(work, connection, ids, now)
        self._ids = ids
        self._now = now
        self._waiting: dict[str, list[tuple[Question, ProposalRow]]] = {}
        self._declined: list[Question] = []

    # judging -------------------------------------------------------------------------------------------------------

    def judge(self, twin_id: str, body: StateBody) -> Judgement:
        """Return what becomes of a twin that is not here; nothing is changed by that."""
        question = self._background.find_question(twin_id, body)
        if question is None:
            return Judgement(Verdict.NEW)
        earlier = self._background.rows.get(twin_id)
        if earlier is not None and (judged := self._judge_again(question, earlier)):
            return judged
        encounter = find_encounter(self._work, self._connection, question, self._background.find_twins)
        if encounter.is_taken:
            return Judgement(Verdict.TWICE, question)
        if encounter.is_same_pair:
            return Judgement(Verdict.OWN if encounter.stands else Verdict.BEGIN, question, encounter=encounter)
        if encounter.stands:
            return Judgement(Verdict.CROSSED, question)
        return replace(self._judge_by_setting(question), encounter=encounter)

    def _judge_again(self, question: Question, earlier: FoundRow) -> Judgement | None:
        """Return what was said to this twin before; None where it is a new question."""
        if earlier.row.status in (ProposalStatus.OPEN, ProposalStatus.UNCHECKED):
            return Judgement(Verdict.WAIT, question, earlier)
        is_same = self._work.proposals.get(earlier.proposal_id).reference == question.reference
        if earlier.row.status is ProposalStatus.DECLINED and is_same:
            text = word_refusal(self._work, self._connection, earlier.row.message)
            return Judgement(Verdict.DECLINE, question, earlier, text=text)
        if earlier.row.status is ProposalStatus.FAILED and is_same and question.reference:
            return Judgement(Verdict.TOLD, question, earlier)
        return None

    def _judge_by_setting(self, question: Question) -> Judgement:
        consent = self._connection.consent
        if consent is Consent.NOBODY and not question.is_inferred:
            return Judgement(Verdict.DECLINE, question, text=word_nobody(self._work, self._connection))
        if consent is Consent.ALL and not question.needs_person:
            return Judgement(Verdict.BEGIN, question)
        return Judgement(Verdict.TOO_MANY if self._has_too_many(question) else Verdict.WAIT, question)

    def _has_too_many(self, question: Question) -> bool:
        proposals = self._work.proposals
        rows = proposals.count_undecided_rows(self._connection.id, ProposalDirection.INCOMING)
        if rows + sum(map(len, self._waiting.values())) >= OPEN_ROWS_LIMIT:
            return True
        undecided = frozenset({ProposalStatus.OPEN, ProposalStatus.UNCHECKED})
        wanted = ProposalFilter(
            self._connection.organization_id, self._connection.id, ProposalDirection.INCOMING, undecided
        )
        is_new = bool(question.reference) and question.reference not in self._waiting
        return is_new and proposals.count(wanted) + len(self._waiting) >= OPEN_LIMIT

    # acting --------------------------------------------------------------------------------------------------------

    def receive(self, message: Message, judgement: Judgement) -> MessageAnswer:
        """Do what a verdict says about a message that is stored and not to be applied."""
        question = judgement.question
        if question is None:
            raise TypeError("A question is what this desk is for.")
        answer, status = MessageAnswer(message.id, "stored"), QueueStatus.CANCELLED
        match judgement.verdict:
            case Verdict.WAIT:
                self._let_wait(question, judgement)
            case Verdict.DECLINE:
                self._decline(question, judgement)
            case Verdict.OWN | Verdict.TOLD:
                pass
            case refusal:
                answer, status = self._refuse(message, question, refusal), QueueStatus.FAILED
        self._work.inbox.settle([message.id], status, self._now, connection_id=self._connection.id, reason=_WAITS)
        return answer

    def _let_wait(self, question: Question, judgement: Judgement) -> None:
        give_way(self._work, self._connection, judgement.encounter, question, self._ids, self._now)
        is_checked = self._connection.consent is not Consent.QUERY or question.is_inferred
        row = make_row(question, ProposalStatus.OPEN if is_checked else ProposalStatus.UNCHECKED)
        if judgement.earlier is None:
            self._waiting.setdefault(question.reference, []).append((question, row))
        if question.ask is None:
            tell_awaited(self._work, self._connection, row, self._now)

    def _decline(self, question: Question, judgement: Judgement) -> None:
        if judgement.earlier is None:
            self._declined.append(question)
        rows = [make_row(question, ProposalStatus.DECLINED)]
        tell_declined(self._work, self._connection, question.reference, rows, judgement.text, self._now)

    def _refuse(self, message: Message, question: Question, verdict: Verdict) -> MessageAnswer:
        code, text = _REFUSALS[verdict]
        # A peer that is polled gets no answers to its messages, so it is told by a message of our own.
        told = FailedBody(code, text, (message.id,))
        self._work.outbox.add(self._connection.id, question.twin_id, MessageKind.FAILED, told, self._now)
        return MessageAnswer(message.id, "refused", code)

    def begin(self, judgement: Judgement, body: StateBody) -> None:
        """Make room for a pair that begins, and write down that the partner began it."""
        question = judgement.question
        if question is None:
            self._trail.note_new(body)
            return
        give_way(self._work, self._connection, judgement.encounter, question, self._ids, self._now)
        self._work.partings.clear(self._connection.id, [question.work_item_id])
        self._trail.note_begun(question, "both" if judgement.encounter.is_same_pair else self._connection.consent.value)

    def close(self) -> None:
        """Store the questions of the batch, those of each proposal together, and what the partner did."""
        for reference, asked in self._waiting.items():
            self._store(reference, asked)
        if self._declined:
            self._trail.note_declined(self._declined)
        self._trail.close()

    def _store(self, reference: str, asked: Sequence[tuple[Question, ProposalRow]]) -> None:
        """Add rows to the proposal that they are of, or make it."""
        first = asked[0][0]
        known = self._find(reference, first)
        rows = [replace(row, number=number) for number, (_, row) in enumerate(asked, start=1)]
        if known is not None:
            self._work.proposals.add_rows(known.id, rows)
            proposal_id = known.id
        else:
            proposal_id = self._ids.new_id()
            self._work.proposals.add(_proposal(self._connection, proposal_id, first, self._now), rows)
        self._trail.note_asked([question for question, _ in asked], proposal_id)

    def _find(self, reference: str, question: Question) -> Proposal | None:
        direction = ProposalDirection.INCOMING
        if reference:
            return self._work.proposals.find_by_reference(self._connection.id, direction, reference)
        newest = self._work.proposals.newest(self._connection.id, direction, "")
        if newest is None or newest.asked_at < self._now - COLLECTED:
            return None
        wanted = _proposal(self._connection, newest.id, question, newest.asked_at)
        return newest if replace(wanted, counts=newest.counts, status=newest.status) == newest else None


def make_row(question: Question, status: ProposalStatus) -> ProposalRow:
    """Return the row of a question, still without its number."""
    ask = question.ask
    return ProposalRow(
        number=0,
        work_item_id=question.work_item_id,
        remote_work_item_id=question.remote_work_item_id,
        twin_id=question.twin_id,
        remote_title=ask.title if ask else "",
        remote_type=ask.type_name if ask else "",
        status=status,
    )


def _proposal(connection: Connection, proposal_id: str, question: Question, now: datetime) -> Proposal:
    ask, terms = question.ask, question.terms
    return Proposal(
        id=proposal_id,
        organization_id=connection.organization_id,
        connection_id=connection.id,
        direction=ProposalDirection.INCOMING,
        kind=question.kind,
        asked_at=now,
        reference=question.reference,
        asked_by=ask.asked_by if ask else "",
        content=terms.content if terms else None,
        comments=terms is not None and terms.comments,
        attachments=terms is not None and terms.attachments,
    )


def without_content(message: Message) -> Message:
    """Return a message that is not applied as it is kept: nothing of what it carries stays here before a yes."""
    if not isinstance(message.body, StateBody):
        return message
    return replace(message, body=replace(message.body, registers={}), raw=None)

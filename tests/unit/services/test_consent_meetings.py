"""Questions that meet: both sides ask at once, many pairs are asked for together, and older nodes ask."""

from collections.abc import Sequence
from typing import Any

import pytest
from tests.unit.services.connecting import furnish, handler_of, session_of, start
from tests.unit.services.consenting import (
    ACCEPTED,
    INCOMING,
    OPEN,
    OUTGOING,
    accept,
    connect,
    deciding,
    decline,
    everything_of,
    forge,
    numbers_made,
    proposals,
    rows,
    statuses,
)
from tests.unit.services.job_steps import follow, rows_of, run, take_slice
from tests.unit.services.memory_nodes import Meeting, MemoryNode, as_seen

from adnode.domain.connecting import KeptContent, Terms
from adnode.domain.connection import Visibility
from adnode.domain.consent import Consent
from adnode.domain.errors import StateError
from adnode.domain.job import Job, RowOutcome
from adnode.domain.message import Message
from adnode.domain.message_documents import message_from_document, message_to_document
from adnode.domain.proposal import WAITS_FOR_YES, ProposalKind, ProposalStatus
from adnode.domain.twin import TwinStatus
from adnode.services.consent import desk

TITLE = "System.Title"
FAILED = ProposalStatus.FAILED


@pytest.fixture
def meeting() -> Meeting:
    return Meeting()


@pytest.fixture
def alpha(meeting: Meeting) -> MemoryNode:
    return meeting.add("alpha")


@pytest.fixture
def beta(meeting: Meeting) -> MemoryNode:
    return meeting.add("beta")


@pytest.fixture(params=list(Visibility))
def connection_id(request: pytest.FixtureRequest, meeting: Meeting, alpha: MemoryNode, beta: MemoryNode) -> str:
    return meeting.connect(alpha, beta, request.param, consent=Consent.ASK)


def by_rank(alpha: MemoryNode, beta: MemoryNode) -> tuple[MemoryNode, MemoryNode]:
    """Both nodes, the one of the lower organization id first."""
    lower, higher = sorted((alpha, beta), key=lambda node: node.organization.id)
    return lower, higher


def start_at_once(meeting: Meeting, *started: tuple[MemoryNode, Job]) -> list[list[RowOutcome]]:
    """Begin jobs on both sides before either hears of the other; return how their rows ended."""
    for node, job in started:
        take_slice(node, handler_of(node), job)
    for _ in range(3):
        meeting.rest()
        for node, job in started:
            follow(node, handler_of(node), job)
    meeting.rest()
    return [[row.outcome for row in rows_of(node, job)] for node, job in started]


# many at once --------------------------------------------------------------------------------------------------------


def test_bulk_connect_is_one_proposal_with_its_rows(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    pairs = [(furnish(alpha, f"Ours {number}"), furnish(beta, f"Theirs {number}")) for number in range(3)]
    job = start(alpha, connection_id, *pairs)
    waiting = run(meeting, alpha, handler_of(alpha), job)
    assert [(row.outcome, row.message) for row in waiting] == [(RowOutcome.STARTED, WAITS_FOR_YES)] * 3
    (asked,), (asking,) = proposals(beta, INCOMING), proposals(alpha, OUTGOING)
    assert (asked.kind, asked.total, asked.content) == (ProposalKind.BULK_CONNECT, 3, KeptContent.BOTH)
    assert (asked.reference, asked.asked_by) == (asking.reference, "Paula")
    assert [row.remote_title for row in rows(beta, INCOMING)] == ["Ours 0 title", "Ours 1 title", "Ours 2 title"]
    deciding(beta).accept(session_of(beta), asked.id, [1, 3])
    meeting.rest()
    deciding(beta).decline(session_of(beta), asked.id, [2], "Not this one")
    meeting.rest()
    follow(alpha, handler_of(alpha), job)
    first, second, third = rows_of(alpha, job)
    assert [row.outcome for row in (first, second, third)] == [RowOutcome.DONE, RowOutcome.FAILED, RowOutcome.DONE]
    assert "“Not this one”" in second.message
    meeting.rest()
    assert alpha.twins(pairs[1][0]) == []
    assert alpha.error_records() + beta.error_records() == []


def test_connecting_what_the_partner_asks_for_accepts_it(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    ours, theirs, other = alpha.create("Task", "Ours"), beta.create("Task", "Theirs"), alpha.create("Task", "Other")
    connect(alpha, connection_id, ours, theirs)
    meeting.rest()
    with pytest.raises(StateError, match=f"asks for work item {theirs} with its work item {ours}"):
        connect(beta, connection_id, theirs, other)
    connect(beta, connection_id, theirs, ours)
    meeting.rest()
    assert (statuses(alpha, OUTGOING), statuses(beta, INCOMING), rows(beta, OUTGOING)) == ([ACCEPTED], [ACCEPTED], [])
    assert as_seen(beta, theirs)["title"] == "Ours"


def test_bulk_connect_of_what_the_partner_asks_for_accepts_it(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    pairs = [(alpha.create("Task", f"Ours {number}"), beta.create("Task", "Theirs")) for number in range(2)]
    first = start(alpha, connection_id, *pairs)
    run(meeting, alpha, handler_of(alpha), first)
    crossed = (pairs[1][1], alpha.create("Task", "Other"))
    second = start(beta, connection_id, pairs[0][::-1], crossed)
    done, refused = run(meeting, beta, handler_of(beta), second)
    assert (done.outcome, refused.outcome) == (RowOutcome.DONE, RowOutcome.FAILED)
    assert "Accept or decline that under Proposals first" in refused.message
    follow(alpha, handler_of(alpha), first)
    assert [row.outcome for row in rows_of(alpha, first)] == [RowOutcome.DONE, RowOutcome.STARTED]


# at once -------------------------------------------------------------------------------------------------------------


def test_both_sides_connecting_the_same_pairs_at_once_need_no_other_yes(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    pairs = [(furnish(alpha, f"Ours {number}"), furnish(beta, f"Theirs {number}")) for number in range(3)]
    jobs = [(alpha, start(alpha, connection_id, *pairs)), (beta, start(beta, connection_id, *[p[::-1] for p in pairs]))]
    assert start_at_once(meeting, *jobs) == [[RowOutcome.DONE] * 3] * 2
    for ours, theirs in pairs:
        assert alpha.twin(ours).id == beta.twin(theirs).id
        assert (alpha.twin(ours).remote_work_item_id, beta.twin(theirs).remote_work_item_id) == (theirs, ours)
    assert alpha.error_records() + beta.error_records() == []
    undecided = {OPEN, ProposalStatus.HELD, ProposalStatus.UNCHECKED}
    for node in (alpha, beta):
        assert not undecided & {*statuses(node, INCOMING), *statuses(node, OUTGOING)}
    beta.organization.edit(pairs[0][1], {TITLE: "Goes on"})
    meeting.rest()
    assert as_seen(alpha, pairs[0][0])["title"] == "Goes on"


@pytest.mark.parametrize("consent", [Consent.ASK, Consent.ALL])
def test_of_crossed_pairs_those_of_the_lower_organization_stand(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str, consent: Consent
) -> None:
    lower, higher = by_rank(alpha, beta)
    for node in (lower, higher):
        node.set_consent(connection_id, consent)
    one, two = lower.create("Task", "L1"), lower.create("Task", "L2")
    three, four = higher.create("Task", "H3"), higher.create("Task", "H4")
    mine = lower, start(lower, connection_id, (one, three), (two, four))
    theirs = higher, start(higher, connection_id, (three, two), (four, one))
    outcomes = start_at_once(meeting, mine, theirs)
    assert outcomes[1] == [RowOutcome.FAILED] * 2
    assert "cross" in rows_of(*theirs)[0].message
    if consent is Consent.ASK:
        assert outcomes[0] == [RowOutcome.STARTED] * 2
        accept(meeting, higher)
        follow(lower, handler_of(lower), mine[1])
        outcomes[0] = [row.outcome for row in rows_of(*mine)]
    assert outcomes[0] == [RowOutcome.DONE] * 2
    assert [lower.twin(number).remote_work_item_id for number in (one, two)] == [three, four]
    assert [higher.twin(number).remote_work_item_id for number in (three, four)] == [one, two]
    assert lower.error_records() == []
    # Nobody's wish disappears without a word.
    told = higher.error_records()
    assert [(record.code, record.work_item_id) for record in told] == [
        ("connected_elsewhere_at_once", three),
        ("connected_elsewhere_at_once", four),
    ]


@pytest.mark.parametrize("first", ["lower", "higher"])
def test_single_offers_that_cross_end_alike(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str, first: str
) -> None:
    lower, higher = by_rank(alpha, beta)
    one, three = lower.create("Task", "L1"), higher.create("Task", "H3")
    other = lower.create("Task", "L2")
    wishes = [(lower, one, three), (higher, three, other)]
    for node, ours, theirs in wishes if first == "lower" else reversed(wishes):
        connect(node, connection_id, ours, theirs)
    meeting.rest()
    accept(meeting, higher)
    assert lower.twin(one).remote_work_item_id == three
    assert (lower.twins(other), len(higher.twins(three))) == ([], 1)
    assert statuses(higher, OUTGOING) == [FAILED]


@pytest.mark.parametrize("asker", ["lower", "higher"])
def test_what_was_declined_is_in_nobodys_way(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str, asker: str
) -> None:
    nodes = by_rank(alpha, beta)
    asking, asked = nodes if asker == "lower" else nodes[::-1]
    ours, theirs = asking.create("Task", "Ours"), asked.create("Task", "Theirs")
    connect(asking, connection_id, ours, theirs)
    meeting.rest()
    decline(meeting, asked)
    connect(asked, connection_id, theirs, ours)
    meeting.rest()
    assert asking.twin(ours).id == asked.twin(theirs).id
    assert (asking.error_records(), asked.error_records()) == ([], [])
    assert as_seen(asking, ours)["title"] == "Theirs"


# older nodes ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def old_alpha(alpha: MemoryNode, beta: MemoryNode, monkeypatch: pytest.MonkeyPatch) -> MemoryNode:
    """Alpha as a node of the release before: it says nothing of proposals, and parks what it does not know."""

    def as_older(message: Message) -> Message:
        document = message_to_document(message)
        body = dict(document["body"])
        body.pop("proposal", None)
        body.pop("separate", None)
        kind = f"unknown_{message.kind}" if message.kind in ("accepted", "declined") else message.kind
        return message_from_document({**document, "kind": kind, "body": body})

    for node in (alpha, beta):
        receive = node.exchange._intake.receive

        def receive_older(name: str, messages: Sequence[Message], report: Any, receive: Any = receive) -> Any:
            return receive(name, [as_older(message) for message in messages], report)

        monkeypatch.setattr(node.exchange._intake, "receive", receive_older)
    return alpha


def test_an_older_node_is_told_in_a_sentence_and_goes_on_after_the_yes(
    meeting: Meeting, old_alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    ours, theirs = furnish(old_alpha, "Ours"), furnish(beta, "Secret of beta")
    connect(old_alpha, connection_id, ours, theirs)
    meeting.rest()
    assert "Secret of beta" not in everything_of(old_alpha) + everything_of(beta)
    (record,) = old_alpha.error_records()
    assert (record.code, record.is_remote) == ("needs_consent", True)
    assert "waits for the partner's yes" in record.message
    assert old_alpha.twin(ours).status is TwinStatus.FAILED
    (row,) = rows(beta, INCOMING)
    assert (row.status, row.remote_title) == (OPEN, "")
    accept(meeting, beta)
    assert as_seen(beta, theirs)["title"] == "Ours title"
    assert (old_alpha.twin(ours).status, old_alpha.error_records()) == (TwinStatus.SYNCHRONIZED, [])
    assert old_alpha.twin(ours).id == beta.twin(theirs).id


def test_an_older_node_is_told_no_in_the_same_place(
    meeting: Meeting, old_alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    ours, theirs = old_alpha.create("Task", "Ours"), beta.create("Task", "Theirs")
    connect(old_alpha, connection_id, ours, theirs)
    meeting.rest()
    decline(meeting, beta, "No")
    (record,) = old_alpha.error_records()
    assert (record.code, record.occurrences) == ("needs_consent", 2)
    assert "said no. “No”" in record.message


def test_bulk_connect_of_an_older_node_is_one_proposal_and_is_offered_back_after_the_yes(
    meeting: Meeting, old_alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    pairs = [(furnish(old_alpha, f"Ours {number}"), furnish(beta, f"Theirs {number}")) for number in range(3)]
    job = start(old_alpha, connection_id, *pairs)
    take_slice(old_alpha, handler_of(old_alpha), job)
    # An older node keeps nothing of what it asked for.
    for proposal in proposals(old_alpha, OUTGOING):
        with old_alpha.storage.unit_of_work() as work:
            asked_for = work.proposals.rows(proposal.id, limit=9)
            work.proposals.save_rows(proposal.id, [row.moved_to(ProposalStatus.WITHDRAWN) for row in asked_for])
            work.commit()
    meeting.rest()
    follow(old_alpha, handler_of(old_alpha), job)
    meeting.rest()
    assert [row.outcome for row in rows_of(old_alpha, job)] == [RowOutcome.FAILED] * 3
    assert "waits for the partner's yes" in rows_of(old_alpha, job)[0].message
    (asked,) = proposals(beta, INCOMING)
    assert (asked.total, asked.status, asked.reference) == (3, OPEN, "")
    assert "took its half away" in rows(beta, INCOMING)[0].message
    old_alpha.set_consent(connection_id, Consent.ALL)
    accept(meeting, beta)
    for ours, theirs in pairs:
        assert old_alpha.twin(ours).id == beta.twin(theirs).id
        assert old_alpha.twin(ours).status is TwinStatus.SYNCHRONIZED
    assert (numbers_made(old_alpha), numbers_made(beta)) == (3, 3)


# limits --------------------------------------------------------------------------------------------------------------


def test_a_partner_can_have_only_so_much_undecided(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "OPEN_ROWS_LIMIT", 3)
    for number in range(5):
        forge(alpha, connection_id, f"t{number}", [], terms=Terms(number + 1), work_item_id=number + 1)
    meeting.rest()
    assert statuses(beta, INCOMING) == [OPEN] * 3
    with alpha.storage.unit_of_work() as work:
        answered = [row.status.value for row in work.queue.list_rows(connection_id=connection_id, direction="outgoing")]
    assert answered.count("failed") == 2

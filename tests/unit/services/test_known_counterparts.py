"""Known counterparts: what was in sync with a work item of the partner before is not doubled in silence."""

from typing import cast

import pytest
from tests.unit.services.connecting import furnish, session_of
from tests.unit.services.consenting import (
    ACCEPTED,
    INCOMING,
    OPEN,
    OUTGOING,
    accept,
    connect,
    deciding,
    deeds,
    numbers_made,
    proposals,
    statuses,
)
from tests.unit.services.memory_nodes import Meeting, MemoryNode, as_seen
from tests.unit.services.test_bulk import exalate, run
from tests.unit.services.test_trigger_evaluation import add_trigger

from adnode.adapters.memory.gateway_items import Change, Relation
from adnode.domain.audit import AuditAction
from adnode.domain.connecting import KeptContent
from adnode.domain.consent import Consent
from adnode.domain.counterpart import CounterpartChoice, KnownCounterpartError, find_linked
from adnode.domain.errors import StateError
from adnode.domain.job import RowOutcome
from adnode.domain.proposal import ProposalKind, ProposalStatus
from adnode.domain.twin import TwinStatus
from adnode.services.work_items import Wish

HELD, SEPARATE, WITHDRAWN = ProposalStatus.HELD, ProposalStatus.SEPARATE, ProposalStatus.WITHDRAWN
ASKS = Wish(asks=True, asked_by="Anna")


@pytest.fixture
def meeting() -> Meeting:
    return Meeting()


@pytest.fixture
def alpha(meeting: Meeting) -> MemoryNode:
    return meeting.add("alpha")


@pytest.fixture
def beta(meeting: Meeting) -> MemoryNode:
    return meeting.add("beta")


def look(node: MemoryNode, work_item_id: int) -> dict[str, object]:
    """What a person sees of a work item, but for the line that says who wrote a copied comment."""
    seen = as_seen(node, work_item_id)
    texts = [str(text).split("</i></div>")[-1] for text in cast("list[str]", seen["comments"])]
    return seen | {"comments": texts}


class Renewed:
    """Work items of alpha that were in sync over a connection which was removed on both sides and made anew."""

    def __init__(self, meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, consent: Consent = Consent.ASK) -> None:
        first = meeting.connect(alpha, beta)
        self.ours = [furnish(alpha, f"Match {number}") for number in range(3)]
        self.theirs = meeting.share(alpha, first, *self.ours)
        for node in (alpha, beta):
            node.connections.remove(first)
        meeting.rest()
        self.connection_id = meeting.connect(alpha, beta, consent=consent)
        meeting.rest()
        self.before = numbers_made(alpha), numbers_made(beta)
        self.seen = [look(beta, number) for number in self.theirs]

    def choose(self, node: MemoryNode, number: int, choice: CounterpartChoice) -> None:
        node.work_items.synchronize(self.connection_id, [number], Wish(choice, asks=True, asked_by="Anna"))


@pytest.fixture
def renewed(meeting: Meeting, alpha: MemoryNode, beta: MemoryNode) -> Renewed:
    return Renewed(meeting, alpha, beta)


def decide(node: MemoryNode, choice: CounterpartChoice, numbers: list[int] | None = None) -> None:
    (proposal,) = [each for each in proposals(node, OUTGOING) if each.status is HELD]
    service = deciding(node)
    {CounterpartChoice.CONNECT: service.connect, CounterpartChoice.SEPARATE: service.separate}[choice](
        session_of(node), proposal.id, numbers
    )


# one work item -------------------------------------------------------------------------------------------------------


def test_a_single_work_item_is_asked_about_and_nothing_is_started(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, renewed: Renewed
) -> None:
    with pytest.raises(KnownCounterpartError) as refusal:
        alpha.work_items.synchronize(renewed.connection_id, [renewed.ours[0]], ASKS)
    theirs = renewed.theirs[0]
    assert refusal.value.details == {
        "work_item_id": renewed.ours[0],
        "counterpart": theirs,
        "counterpart_url": f"{beta.organization.address.url}/_workitems/edit/{theirs}",
    }
    meeting.rest()
    assert (alpha.twins(renewed.ours[0]), proposals(alpha, OUTGOING)) == ([], [])
    assert (numbers_made(alpha), numbers_made(beta)) == renewed.before


@pytest.mark.parametrize("consent", [Consent.ASK, Consent.ALL])
def test_connecting_again_asks_the_partner_and_copies_nothing_twice(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, consent: Consent
) -> None:
    renewed = Renewed(meeting, alpha, beta, consent)
    ours, theirs = renewed.ours[0], renewed.theirs[0]
    renewed.choose(alpha, ours, CounterpartChoice.CONNECT)
    meeting.rest()
    if consent is Consent.ASK:
        (asked,) = proposals(beta, INCOMING)
        assert (asked.kind, asked.content, asked.asked_by) == (ProposalKind.REJOIN, KeptContent.BOTH, "Anna")
        assert (statuses(alpha, OUTGOING), statuses(beta, INCOMING)) == ([OPEN], [OPEN])
        assert beta.twins(theirs) == []
        accept(meeting, beta)
    assert (alpha.twin(ours).remote_work_item_id, beta.twin(theirs).work_item_id) == (theirs, theirs)
    assert statuses(alpha, OUTGOING) == [ACCEPTED]
    assert (look(alpha, ours), look(beta, theirs)) == (renewed.seen[0], renewed.seen[0])
    alpha.organization.edit(ours, {"System.Title": "Renamed"})
    beta.organization.comment(theirs, "Later comment")
    meeting.rest()
    assert look(alpha, ours) == look(beta, theirs)
    assert (look(beta, theirs)["title"], "Later comment" in str(look(alpha, ours))) == ("Renamed", True)
    assert (numbers_made(alpha), numbers_made(beta)) == renewed.before
    assert alpha.error_records() + beta.error_records() == []


@pytest.mark.parametrize("consent", [Consent.ASK, Consent.NOBODY])
def test_a_new_one_is_made_on_purpose(meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, consent: Consent) -> None:
    renewed = Renewed(meeting, alpha, beta, consent)
    ours = renewed.ours[0]
    renewed.choose(alpha, ours, CounterpartChoice.SEPARATE)
    meeting.rest()
    made = alpha.twin(ours).remote_work_item_id or 0
    assert made not in (0, *renewed.theirs)
    assert look(beta, made) == look(alpha, ours)
    assert statuses(alpha, OUTGOING) == [SEPARATE]
    assert (proposals(beta, INCOMING), numbers_made(beta)) == ([], renewed.before[1] + 1)
    assert alpha.error_records() + beta.error_records() == []


def test_the_side_that_got_copies_is_asked_as_well(meeting: Meeting, alpha: MemoryNode, renewed: Renewed) -> None:
    beta = meeting.nodes[1]
    with pytest.raises(KnownCounterpartError):
        beta.work_items.synchronize(renewed.connection_id, [renewed.theirs[1]], ASKS)


def test_a_link_names_a_counterpart_where_nothing_is_remembered(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, renewed: Renewed
) -> None:
    with beta.storage.unit_of_work() as work:
        for connection in work.connections.list_all():
            work.partings.clear(connection.id, renewed.theirs)
        work.commit()
    with pytest.raises(KnownCounterpartError) as refusal:
        beta.work_items.synchronize(renewed.connection_id, [renewed.theirs[1]], ASKS)
    assert refusal.value.details["counterpart"] == renewed.ours[1]


def test_a_copy_of_a_work_item_in_sync_is_a_new_one(meeting: Meeting, alpha: MemoryNode, beta: MemoryNode) -> None:
    connection_id = meeting.connect(alpha, beta, consent=Consent.ASK)
    ours = alpha.create("Task", "Original")
    (theirs,) = meeting.share(alpha, connection_id, ours)
    copy = beta.create("Task", "Copied with its links")
    link = Relation(f"{alpha.organization.address.url}/_workitems/edit/{ours}")
    beta.organization.apply(copy, None, Change(added=(link,)), "Person")
    beta.work_items.synchronize(connection_id, [copy], ASKS)
    meeting.rest()
    assert beta.twin(copy).remote_work_item_id not in (None, ours)
    assert beta.twin(theirs).remote_work_item_id == ours


def test_what_left_sync_over_the_same_connection_is_asked_about_too(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode
) -> None:
    connection_id = meeting.connect(alpha, beta)
    ours = furnish(alpha, "Back")
    (theirs,) = meeting.share(alpha, connection_id, ours)
    alpha.work_items.unlink(connection_id, ours)
    meeting.rest()
    with pytest.raises(KnownCounterpartError):
        alpha.work_items.synchronize(connection_id, [ours], ASKS)
    alpha.work_items.synchronize(connection_id, [ours], Wish(CounterpartChoice.CONNECT, asked_by="Anna"))
    meeting.rest()
    assert alpha.twin(ours).remote_work_item_id == theirs
    assert look(alpha, ours) == look(beta, theirs)


# many ----------------------------------------------------------------------------------------------------------------


def test_bulk_exalate_leaves_them_to_a_person_as_one_question(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, renewed: Renewed
) -> None:
    new = alpha.create("Task", "Match new")
    job = exalate(alpha, renewed.connection_id, "[System.Title] CONTAINS 'Match'")
    outcomes = run(meeting, alpha, job)
    assert [outcomes[number].outcome for number in renewed.ours] == [RowOutcome.SKIPPED] * 3
    assert outcomes[renewed.ours[0]].message == (
        f"Work item {renewed.ours[0]} was in sync with work item {renewed.theirs[0]} of the partner before, or links "
        "to it. Connect the two again, or have a new work item made there. Decide it under Proposals."
    )
    assert outcomes[new].outcome is RowOutcome.DONE
    (proposal,) = proposals(alpha, OUTGOING)
    assert (proposal.status, proposal.kind, proposal.total, proposal.asked_by) == (
        HELD,
        ProposalKind.REJOIN,
        3,
        "Paula",
    )
    assert proposals(beta, INCOMING) == []
    decide(alpha, CounterpartChoice.CONNECT, [1, 2])
    assert proposals(alpha, OUTGOING)[0].status is HELD
    meeting.wait(1)
    decide(alpha, CounterpartChoice.SEPARATE)
    meeting.rest()
    assert sorted(statuses(alpha, OUTGOING)) == [OPEN, OPEN, SEPARATE]
    accept(meeting, beta)
    assert [alpha.twin(number).remote_work_item_id for number in renewed.ours[:2]] == renewed.theirs[:2]
    assert alpha.twin(renewed.ours[2]).remote_work_item_id not in (None, renewed.theirs[2])
    assert (numbers_made(alpha), numbers_made(beta)) == (renewed.before[0] + 1, renewed.before[1] + 2)
    assert [deed["pairs"] for deed in deeds(alpha, AuditAction.PROPOSAL_CONNECTED, AuditAction.PROPOSAL_SEPARATED)] == [
        "2",
        "1",
    ]
    assert alpha.error_records() + beta.error_records() == []


def test_a_trigger_asks_once_however_often_a_work_item_changes(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, renewed: Renewed
) -> None:
    add_trigger(alpha, renewed.connection_id, "[System.Title] CONTAINS 'Match'")
    for title in ("Match again", "Match once more"):
        alpha.organization.edit(renewed.ours[0], {"System.Title": title})
        meeting.rest()
    assert statuses(alpha, OUTGOING) == [HELD]
    assert (numbers_made(alpha), numbers_made(beta)) == renewed.before
    # A person who puts it under sync decides the same question.
    renewed.choose(alpha, renewed.ours[0], CounterpartChoice.CONNECT)
    meeting.rest()
    assert (statuses(alpha, OUTGOING), statuses(beta, INCOMING)) == ([OPEN], [OPEN])


def test_both_sides_connecting_again_meet(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, renewed: Renewed
) -> None:
    renewed.choose(alpha, renewed.ours[0], CounterpartChoice.CONNECT)
    renewed.choose(beta, renewed.theirs[0], CounterpartChoice.CONNECT)
    meeting.rest()
    assert alpha.twin(renewed.ours[0]).remote_work_item_id == renewed.theirs[0]
    assert alpha.twin(renewed.ours[0]).id == beta.twin(renewed.theirs[0]).id
    # Asked by one side first, the other one's wish is the yes.
    renewed.choose(alpha, renewed.ours[1], CounterpartChoice.CONNECT)
    meeting.rest()
    renewed.choose(beta, renewed.theirs[1], CounterpartChoice.CONNECT)
    meeting.rest()
    assert beta.twin(renewed.theirs[1]).status is TwinStatus.SYNCHRONIZED
    assert (numbers_made(alpha), numbers_made(beta)) == renewed.before
    assert alpha.error_records() + beta.error_records() == []


def test_a_question_of_ones_own_can_be_taken_back_or_overtaken(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, renewed: Renewed
) -> None:
    alpha.work_items.synchronize(renewed.connection_id, renewed.ours[:2], Wish(asked_by="Anna"))
    (proposal,) = proposals(alpha, OUTGOING)
    with pytest.raises(StateError, match="This side asked"):
        deciding(alpha).accept(session_of(alpha), proposal.id)
    deciding(alpha).withdraw(session_of(alpha), proposal.id, [1])
    connect(alpha, renewed.connection_id, renewed.ours[1], renewed.theirs[2])
    with pytest.raises(StateError, match="by now"):
        deciding(alpha).connect(session_of(alpha), proposal.id)
    deciding(alpha).withdraw(session_of(alpha), proposal.id)
    assert sorted(statuses(alpha, OUTGOING)) == [OPEN, WITHDRAWN, WITHDRAWN]


@pytest.mark.parametrize(
    ("link", "number"),
    [
        ("https://dev.azure.com/Beta/_workitems/edit/12", 12),
        ("https://DEV.azure.com/beta/Some%20project/_workitems/edit/12/", 12),
        ("https://dev.azure.com/beta2/_workitems/edit/12", None),
        ("https://dev.azure.com/beta/_workitems/edit/0", None),
        ("https://dev.azure.com/beta/_workitems/edit/4294967296", None),
        ("https://dev.azure.com/beta/_workitems/edit/12?x=1", None),
        ("https://evil.example/https://dev.azure.com/beta/_workitems/edit/12", None),
    ],
)
def test_only_links_into_the_partners_organization_count(link: str, number: int | None) -> None:
    assert find_linked("https://dev.azure.com/beta/", ["https://elsewhere.example", link]) == number
    assert find_linked("", [link]) is None

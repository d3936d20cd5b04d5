"""Consent: no work item of ours is read for the partner, sent or written before our side said yes."""

from typing import Any

import pytest
from tests.unit.services.connecting import furnish, session_of
from tests.unit.services.consenting import (
    ACCEPTED,
    DECLINED,
    INCOMING,
    OPEN,
    OUTGOING,
    accept,
    connect,
    deciding,
    decline,
    deeds,
    everything_of,
    forge,
    numbers_made,
    proposals,
    rows,
    statuses,
)
from tests.unit.services.memory_nodes import Meeting, MemoryNode, as_seen

from adnode.adapters.memory.gateway_failures import Moment
from adnode.adapters.memory.wakeups import MemoryWakeups
from adnode.domain.audit import AuditAction
from adnode.domain.connecting import KeptContent, Terms
from adnode.domain.consent import Consent
from adnode.domain.errors import QueryRefusedError
from adnode.domain.job import Job, JobKind, JobRow, JobStatus
from adnode.domain.proposal import ProposalKind, ProposalStatus
from adnode.domain.twin import TwinStatus
from adnode.domain.work_item import Project
from adnode.services.clean_up import CleanUpHandler

TITLE, DESCRIPTION = "System.Title", "System.Description"
WITHDRAWN, UNCHECKED = ProposalStatus.WITHDRAWN, ProposalStatus.UNCHECKED
SECRET = "Secret of beta"


@pytest.fixture
def meeting() -> Meeting:
    return Meeting()


@pytest.fixture
def alpha(meeting: Meeting) -> MemoryNode:
    return meeting.add("alpha")


@pytest.fixture
def beta(meeting: Meeting) -> MemoryNode:
    return meeting.add("beta")


@pytest.fixture
def connection_id(meeting: Meeting, alpha: MemoryNode, beta: MemoryNode) -> str:
    return meeting.connect(alpha, beta, consent=Consent.ASK)


# ask -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", list(KeptContent))
def test_nothing_of_a_work_item_is_told_or_written_before_a_yes(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str, content: KeptContent
) -> None:
    ours = alpha.create("Task", "Bait", Description="<p>our text</p>")
    theirs = beta.create("Task", SECRET, Description=f"<p>{SECRET}</p>")
    beta.organization.comment(theirs, SECRET)
    before = beta.organization.snapshot(theirs).revision
    connect(alpha, connection_id, ours, theirs, content=content)
    meeting.rest()
    # Not even what the partner wants to write is kept.
    assert "our text" not in everything_of(beta)
    assert SECRET not in everything_of(alpha) + everything_of(beta)
    assert beta.organization.snapshot(theirs).revision == before
    assert (beta.twins(theirs), alpha.error_records(), beta.error_records()) == ([], [], [])
    (proposal,) = proposals(beta, INCOMING)
    assert (proposal.status, proposal.kind, proposal.content) == (OPEN, ProposalKind.CONNECT, content.mirrored())
    assert (proposal.asked_by, proposal.comments, proposal.attachments) == ("Anna", True, True)
    (row,) = rows(beta, INCOMING)
    assert (row.work_item_id, row.remote_work_item_id, row.remote_title, row.remote_type) == (
        theirs,
        ours,
        "Bait",
        "Task",
    )
    assert statuses(alpha, OUTGOING) == [OPEN]
    assert deeds(beta, AuditAction.PARTNER_PROPOSED)[0] | {"proposal": ""} == {
        "work_item": str(theirs),
        "remote_work_item": str(ours),
        "kind": "connect",
        "asked_by": "Anna",
        "pairs": "1",
        "proposal": "",
    }


def test_what_changes_while_a_question_is_open_is_kept_nowhere_and_told_after_the_yes(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    ours, theirs = furnish(alpha, "Ours"), furnish(beta, "Theirs")
    connect(alpha, connection_id, ours, theirs)
    meeting.rest()
    alpha.organization.edit(ours, {TITLE: "Renamed"})
    alpha.organization.comment(ours, "Late comment")
    meeting.rest()
    assert "Late comment" not in everything_of(beta)
    assert statuses(beta, INCOMING) == [OPEN]
    accept(meeting, beta)
    for node, number in ((alpha, ours), (beta, theirs)):
        seen = as_seen(node, number)
        assert seen["title"] == "Renamed"
        assert all(text in str(seen["comments"]) for text in ("Ours comment", "Theirs comment", "Late comment"))
        assert seen["files"] == ["Ours.txt", "Theirs.txt"]
        assert node.twin(number).status is TwinStatus.SYNCHRONIZED
        assert node.error_records() == []
    assert (statuses(alpha, OUTGOING), statuses(beta, INCOMING)) == ([ACCEPTED], [ACCEPTED])
    assert alpha.twin(ours).id == beta.twin(theirs).id
    assert (numbers_made(alpha), numbers_made(beta)) == (1, 1)
    assert deeds(alpha, AuditAction.PARTNER_DECIDED) == [
        {"decision": "accepted", "pairs": "1", "named": f"{ours} with {theirs}"}
    ]


def test_a_no_is_shown_and_leaves_nothing(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    ours, theirs = alpha.create("Task", "Bait"), beta.create("Task", SECRET)
    connect(alpha, connection_id, ours, theirs)
    meeting.rest()
    decline(meeting, beta, "Ask Bo first")
    assert SECRET not in everything_of(alpha) + everything_of(beta)
    assert beta.twins(theirs) == []
    assert alpha.twin(ours).status is TwinStatus.FAILED
    (record,) = alpha.error_records()
    assert (record.code, record.is_remote) == ("proposal_declined", True)
    assert "“Ask Bo first”" in record.message
    (row,) = rows(alpha, OUTGOING)
    assert row.status is DECLINED
    assert "Ask Bo first" in row.message
    # What happens to the work item afterwards asks nobody again.
    alpha.organization.edit(ours, {TITLE: "Renamed"})
    meeting.rest()
    assert statuses(beta, INCOMING) == [DECLINED]


def test_a_retry_asks_anew(meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str) -> None:
    ours, theirs = alpha.create("Task", "Ours"), beta.create("Task", "Theirs")
    connect(alpha, connection_id, ours, theirs)
    meeting.rest()
    decline(meeting, beta)
    meeting.wait(60)
    (record,) = alpha.error_records()
    alpha.errors.retry(record.id)
    meeting.rest()
    assert sorted(statuses(beta, INCOMING)) == [DECLINED, OPEN]
    accept(meeting, beta)
    assert as_seen(beta, theirs)["title"] == "Ours"
    assert (alpha.twin(ours).status, alpha.error_records()) == (TwinStatus.SYNCHRONIZED, [])


@pytest.mark.parametrize("way", ["withdraw", "unexalate"])
def test_what_was_asked_can_be_taken_back(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str, way: str
) -> None:
    ours, theirs = alpha.create("Task", "Ours"), beta.create("Task", "Theirs")
    connect(alpha, connection_id, ours, theirs)
    meeting.rest()
    if way == "withdraw":
        (proposal,) = proposals(alpha, OUTGOING)
        deciding(alpha).withdraw(session_of(alpha), proposal.id)
    else:
        alpha.work_items.unlink(connection_id, ours)
    meeting.rest()
    assert (statuses(alpha, OUTGOING), statuses(beta, INCOMING)) == ([WITHDRAWN], [WITHDRAWN])
    assert (alpha.twins(ours), beta.twins(theirs)) == ([], [])
    assert deeds(beta, AuditAction.PARTNER_PROPOSAL_WITHDRAWN) == [{"pairs": "1", "named": f"{theirs} with {ours}"}]
    # Nobody is kept from asking again.
    meeting.wait(5)
    connect(alpha, connection_id, ours, theirs)
    meeting.rest()
    accept(meeting, beta)
    assert as_seen(beta, theirs)["title"] == "Ours"


def test_a_yes_to_what_is_not_there_or_elsewhere_tells_nothing_and_says_so(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    beta.organization.projects.append(Project("secret", "Secret"))
    secret = beta.organization.create("Secret", "Task", {TITLE: SECRET})
    first, second = alpha.create("Task", "1"), alpha.create("Task", "2")
    connect(alpha, connection_id, first, secret)
    meeting.wait(2)
    connect(alpha, connection_id, second, 4711)
    meeting.rest()
    accept(meeting, beta)
    assert SECRET not in everything_of(alpha) + everything_of(beta)
    assert statuses(beta, INCOMING) == [ProposalStatus.FAILED] * 2
    assert [record.is_remote for record in alpha.error_records()] == [True, True]
    assert [alpha.twin(number).status for number in (first, second)] == [TwinStatus.FAILED] * 2


# the setting ---------------------------------------------------------------------------------------------------------


def test_nobody_declines_at_once(meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str) -> None:
    beta.set_consent(connection_id, Consent.NOBODY)
    ours, theirs = alpha.create("Task", "Ours"), beta.create("Task", SECRET)
    connect(alpha, connection_id, ours, theirs)
    meeting.rest()
    assert SECRET not in everything_of(alpha) + everything_of(beta)
    assert (rows(beta, INCOMING), statuses(alpha, OUTGOING)) == ([], [DECLINED])
    (record,) = alpha.error_records()
    assert "nobody may connect to existing work items of beta" in record.message
    assert len(deeds(beta, AuditAction.PARTNER_PROPOSAL_DECLINED)) == 1


def test_all_of_the_project_needs_no_person(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    beta.set_consent(connection_id, Consent.ALL)
    ours, theirs = alpha.create("Task", "Ours"), beta.create("Task", "Theirs")
    connect(alpha, connection_id, ours, theirs)
    meeting.rest()
    assert as_seen(beta, theirs)["title"] == "Ours"
    assert (rows(beta, INCOMING), statuses(alpha, OUTGOING)) == ([], [ACCEPTED])
    assert deeds(beta, AuditAction.PARTNER_PAIR_BEGUN) == [
        {
            "work_item": str(theirs),
            "remote_work_item": str(ours),
            "kind": "connect",
            "asked_by": "Anna",
            "allowed_by": "all",
        }
    ]


def test_a_condition_is_asked_when_the_partner_asks(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    beta.set_consent(connection_id, Consent.QUERY, "[System.Title] CONTAINS 'open'")
    first, second = alpha.create("Task", "First"), alpha.create("Task", "Second")
    secret, shown = beta.create("Task", SECRET), beta.create("Task", "open to all")
    connect(alpha, connection_id, first, secret)
    meeting.wait(2)
    connect(alpha, connection_id, second, shown)
    meeting.rest()
    assert as_seen(beta, shown)["title"] == "Second"
    assert SECRET not in everything_of(alpha) + everything_of(beta)
    assert sorted(statuses(beta, INCOMING)) == sorted([ACCEPTED, DECLINED])
    assert beta.twins(secret) == []
    (record,) = alpha.error_records()
    assert "lets only some of its work items be connected" in record.message
    assert [each["allowed_by"] for each in deeds(beta, AuditAction.PARTNER_PAIR_BEGUN)] == ["query"]


def test_a_condition_that_cannot_be_asked_leaves_it_to_people(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    beta.set_consent(connection_id, Consent.QUERY, "[Custom.Gone] = 1")
    beta.failures.plan("query", Moment.BEFORE, QueryRefusedError("There is no field Custom.Gone."))
    ours, theirs = alpha.create("Task", "Ours"), beta.create("Task", SECRET)
    connect(alpha, connection_id, ours, theirs)
    meeting.rest()
    assert statuses(beta, INCOMING) == [OPEN]
    assert SECRET not in everything_of(beta)
    (record,) = beta.error_records()
    assert "can't be asked" in record.message


def test_what_could_not_be_asked_yet_is_asked_again_and_counts_as_it_is_set_then(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    beta.set_consent(connection_id, Consent.QUERY, "[System.Id] > 0")
    ours, theirs = alpha.create("Task", "Ours"), beta.create("Task", "Theirs")
    connect(alpha, connection_id, ours, theirs)
    beta.failures.plan("query", Moment.BEFORE, times=99)
    meeting.rest()
    assert (statuses(beta, INCOMING), beta.twins(theirs)) == ([UNCHECKED], [])
    beta.failures.clear()
    beta.set_consent(connection_id, Consent.ASK)
    meeting.rest()
    assert statuses(beta, INCOMING) == [OPEN]


# what names our work item otherwise ----------------------------------------------------------------------------------


@pytest.mark.parametrize("consent", list(Consent))
def test_a_forged_lineage_pairs_nothing(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str, consent: Consent
) -> None:
    beta.set_consent(connection_id, consent, "[System.Id] > 0")
    theirs = beta.create("Task", SECRET)
    before = beta.organization.snapshot(theirs).revision
    forge(alpha, connection_id, "forged", [f"{beta.organization.id}:{theirs}"])
    meeting.rest()
    assert beta.twins(theirs) == []
    assert beta.organization.snapshot(theirs).revision == before
    assert SECRET not in everything_of(alpha) + everything_of(beta)
    assert numbers_made(beta) == 1
    assert statuses(beta, INCOMING) == ([] if consent is Consent.NOBODY else [OPEN])


@pytest.mark.parametrize(
    "names",
    [
        ["{beta}:0"],
        ["{beta}:-1"],
        ["{beta}:2147483648"],
        ["{beta}:1.0"],
        ["{beta}:"],
        ["{beta}"],
        ["{beta}: 1"],
        ["{beta}:\u0661"],
        [f"x{number}:1" for number in range(1000)],
    ],
)
def test_what_is_no_name_of_a_work_item_is_none(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str, names: list[str]
) -> None:
    beta.set_consent(connection_id, Consent.ALL)
    theirs = beta.create("Task", SECRET)
    lineage = [name.replace("{beta}", beta.organization.id) for name in names]
    forge(alpha, connection_id, "forged", lineage)
    meeting.rest()
    assert (beta.twins(theirs), rows(beta, INCOMING), numbers_made(beta)) == ([], [], 1)


def test_a_later_lineage_does_no_harm(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    secret = beta.create("Task", SECRET)
    number = meeting.share(alpha, connection_id, alpha.create("Task", "Shared"))[0]
    twin = beta.twin(number)
    names = [f"{beta.organization.id}:{secret}", f"{alpha.organization.id}:99", "elsewhere:7"]
    forge(alpha, connection_id, twin.id, names)
    meeting.rest()
    assert beta.twins(secret) == []
    assert beta.twin(number).lineage == {
        f"{beta.organization.id}:{number}",
        f"{alpha.organization.id}:77",
        "elsewhere:7",
    }


def test_a_ring_asks_a_person_once_and_makes_no_double_meanwhile(meeting: Meeting) -> None:
    nodes = [meeting.add(name) for name in ("alpha", "beta", "gamma")]
    alpha, beta, gamma = nodes
    ways = [meeting.connect(*pair, consent=Consent.ASK) for pair in ((alpha, beta), (beta, gamma), (gamma, alpha))]
    start = alpha.create("Task", "Travels")
    second = meeting.share(alpha, ways[0], start)[0]
    third = meeting.share(beta, ways[1], second)[0]
    gamma.work_items.synchronize(ways[2], [third])
    meeting.rest()
    assert [numbers_made(node) for node in nodes] == [1, 1, 1]
    (proposal,) = proposals(alpha, INCOMING)
    assert (proposal.kind, proposal.content) == (ProposalKind.LINEAGE, None)
    assert [row.work_item_id for row in rows(alpha, INCOMING)] == [start]
    assert statuses(gamma, OUTGOING) == [OPEN]
    alpha.organization.edit(start, {TITLE: "Goes on"})
    meeting.rest()
    assert as_seen(gamma, third)["title"] == "Goes on"
    assert len(rows(alpha, INCOMING)) == 1
    accept(meeting, alpha)
    assert [len(node.twins(number)) for node, number in ((alpha, start), (beta, second), (gamma, third))] == [2, 2, 2]
    gamma.organization.edit(third, {TITLE: "Closed"})
    meeting.rest()
    assert [as_seen(node, number)["title"] for node, number in ((alpha, start), (beta, second))] == ["Closed"] * 2
    assert [numbers_made(node) for node in nodes] == [1, 1, 1]
    assert [node.error_records() for node in nodes] == [[], [], []]


def test_a_ring_closes_by_itself_where_the_setting_allows_it(meeting: Meeting) -> None:
    nodes = [meeting.add(name) for name in ("alpha", "beta", "gamma")]
    alpha, beta, gamma = nodes
    ways = [meeting.connect(*pair, consent=Consent.ALL) for pair in ((alpha, beta), (beta, gamma), (gamma, alpha))]
    start = alpha.create("Task", "Travels")
    third = meeting.share(beta, ways[1], meeting.share(alpha, ways[0], start)[0])[0]
    assert meeting.share(gamma, ways[2], third) == [start]
    assert rows(alpha, INCOMING) == []


# ended here ----------------------------------------------------------------------------------------------------------


def end_pair(node: MemoryNode, connection_id: str, number: int, way: str) -> None:
    """Have a person of the node take a work item out of sync."""
    if way == "unexalate":
        node.work_items.unlink(connection_id, number)
        return
    clean_up(node, connection_id, [node.twin(number).id])


def clean_up(node: MemoryNode, connection_id: str, twin_ids: list[str]) -> None:
    handler = CleanUpHandler(node.storage.unit_of_work, MemoryWakeups(), node.clock)
    job = Job("cleaning", node.organization.id, JobKind.CLEAN_UP, JobStatus.RUNNING, "", node.clock.now(), "Paula")
    found = [JobRow(number, twin_id=twin_id) for number, twin_id in enumerate(twin_ids, start=1)]
    with node.storage.unit_of_work() as work:
        handler.act(work, job, found, None)
        work.commit()


@pytest.mark.parametrize("consent", [Consent.ASK, Consent.ALL])
@pytest.mark.parametrize("way", ["unexalate", "clean up"])
@pytest.mark.parametrize("attempt", ["the old twin", "a new twin", "a new twin without a past", "connect"])
def test_what_this_side_ended_comes_back_by_no_deed_of_the_partner(
    meeting: Meeting,
    alpha: MemoryNode,
    beta: MemoryNode,
    connection_id: str,
    consent: Consent,
    way: str,
    attempt: str,
) -> None:
    beta.set_consent(connection_id, consent)
    ours = alpha.create("Task", "Shared")
    number = meeting.share(alpha, connection_id, ours)[0]
    twin = beta.twin(number)
    end_pair(beta, connection_id, number, way)
    meeting.rest()
    beta.organization.edit(number, {TITLE: SECRET})
    meeting.rest()
    before = beta.organization.snapshot(number).revision
    names = sorted(twin.lineage) if "without a past" not in attempt else [f"{alpha.organization.id}:{ours}"]
    twin_id = twin.id if attempt == "the old twin" else "fresh"
    wish: dict[str, Any] = {"work_item_id": ours}
    if attempt == "connect":
        wish["terms"] = Terms(number)
    forge(alpha, connection_id, twin_id, names, **wish)
    meeting.rest()
    assert beta.twins(number) == []
    assert beta.organization.snapshot(number).revision == before
    assert SECRET not in everything_of(alpha) + everything_of(beta)
    assert numbers_made(beta) == 1
    assert statuses(beta, INCOMING) == ([] if attempt == "the old twin" else [OPEN])
    if attempt != "the old twin":
        accept(meeting, beta)
        assert [twin.id for twin in beta.twins(number)] == ["fresh"]


def test_what_the_partner_ended_it_may_ask_for_again(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    beta.set_consent(connection_id, Consent.ALL)
    ours = alpha.create("Task", "Shared")
    number = meeting.share(alpha, connection_id, ours)[0]
    alpha.work_items.unlink(connection_id, ours)
    meeting.rest()
    connect(alpha, connection_id, ours, number)
    meeting.rest()
    assert beta.twin(number).id == alpha.twin(ours).id
    assert rows(beta, INCOMING) == []

"""A connection that is removed and made anew over the same work items makes no doubles."""

from pathlib import Path

import pytest
from tests.acceptance.harness import Side, open_stage

from adnode.domain.consent import Consent
from adnode.domain.proposal import Proposal, ProposalDirection, ProposalStatus
from adnode.ports.consent_storage import ProposalFilter

pytestmark = pytest.mark.xdist_group("acceptance")
INCOMING, OUTGOING, OPEN = ProposalDirection.INCOMING, ProposalDirection.OUTGOING, ProposalStatus.OPEN
TITLE = "System.Title"
COUNT = 3
WIQL = "SELECT [System.Id] FROM WorkItems WHERE [System.Title] CONTAINS 'Kept'"


def proposals(side: Side, direction: ProposalDirection, status: ProposalStatus) -> list[Proposal]:
    wanted = ProposalFilter(side.organization_id, direction=direction, statuses=frozenset({status}))
    with side.observer.new_unit_of_work() as work:
        return work.proposals.list_page(wanted, limit=9)


def decide(side: Side, deed: str, proposal: Proposal) -> int:
    organization = ("--organization", side.organization.name)
    return int(side.node.command("proposal", deed, proposal.id, *organization)["count"])


def test_the_same_work_items_are_connected_again_by_both_sides(tmp_path: Path) -> None:
    with open_stage(tmp_path) as stage:
        fabrikam = stage.add_side("fabrikam", "Agile")
        contoso = stage.add_side("ContosoCollection", "Scrum", is_public=False, is_server=True)
        first = stage.connect(fabrikam, contoso, "First")
        ours = [fabrikam.user.create("Task", {TITLE: f"Kept {number}"}) for number in range(COUNT)]
        fabrikam.user.add_comment(ours[0], "<p>An old comment</p>")
        theirs = stage.synchronize(fabrikam, first, ours)
        stage.wait_for_rest(first, fabrikam, contoso)
        for side in (fabrikam, contoso):
            side.observer.connections.remove(first)
        second = stage.connect(fabrikam, contoso, "Second", consent=Consent.ASK)

        asked = fabrikam.node.command("work-item", "sync", second, "--wiql", WIQL, "--no-wait")
        assert (asked["started"], {int(own): other for own, other in asked["known"].items()}) == ([], theirs)
        (held,) = proposals(fabrikam, OUTGOING, ProposalStatus.HELD)
        assert (held.total, proposals(contoso, INCOMING, OPEN)) == (COUNT, [])
        assert decide(fabrikam, "connect", held) == COUNT
        (question,) = stage.wait_until(lambda: proposals(contoso, INCOMING, OPEN), "the partner's question arrives")
        assert decide(contoso, "accept", question) == COUNT

        def pairs() -> bool:
            found = {number: fabrikam.twin(number, second).get("remote_work_item_id") for number in ours}
            return found == theirs

        stage.wait_until(pairs, "the work items are pairs again")
        contoso.user.update(theirs[ours[1]], {TITLE: "Kept and renamed there"})
        stage.wait_until(lambda: fabrikam.user.fields(ours[1])[TITLE] == "Kept and renamed there", "an edit arrives")
        stage.wait_for_rest(second, fabrikam, contoso)
        assert [len(side.user.find(WIQL)) for side in (fabrikam, contoso)] == [COUNT, COUNT]
        assert len(contoso.user.comments(theirs[ours[0]])) == 1
        assert [side.errors() for side in (fabrikam, contoso)] == [[], []]

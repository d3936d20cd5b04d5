"""Proposals, and what is remembered of pairs that ended, on every storage."""

from dataclasses import replace

import pytest
from tests.contract.storage.databases import AnyStorage, changing
from tests.contract.storage.values import NOW, later, make_connection

from adnode.domain.connecting import KeptContent
from adnode.domain.connection import ConnectionStatus
from adnode.domain.consent import Consent, PanelAccess, PanelDeed
from adnode.domain.errors import NotFoundError
from adnode.domain.parting import Parting
from adnode.domain.proposal import Proposal, ProposalDirection, ProposalKind, ProposalRow, ProposalStatus
from adnode.ports.consent_storage import FoundRow, ProposalFilter

INCOMING, OUTGOING = ProposalDirection.INCOMING, ProposalDirection.OUTGOING
OPEN, HELD, UNCHECKED = ProposalStatus.OPEN, ProposalStatus.HELD, ProposalStatus.UNCHECKED
ACCEPTED, DECLINED = ProposalStatus.ACCEPTED, ProposalStatus.DECLINED


def make_proposal(proposal_id: str = "p1", **changes: object) -> Proposal:
    proposal = Proposal(
        id=proposal_id,
        organization_id="org",
        connection_id="c1",
        direction=INCOMING,
        kind=ProposalKind.BULK_CONNECT,
        asked_at=NOW,
        reference=f"of {proposal_id}",
        asked_by="Anna Ångström",
        content=KeptContent.REMOTE,
        comments=True,
    )
    return replace(proposal, **changes)  # type: ignore[arg-type]


def make_row(number: int = 1, **changes: object) -> ProposalRow:
    row = ProposalRow(number, 100 + number, 200 + number, f"t{number}", "Their title", "Bug")
    return replace(row, **changes)  # type: ignore[arg-type]


def add(storage: AnyStorage, proposal: Proposal, *rows: ProposalRow) -> None:
    with changing(storage) as work:
        work.proposals.add(proposal, rows or [make_row()])


def test_consent_and_the_panels_restriction_come_back_as_they_were_set(storage: AnyStorage) -> None:
    restricted = frozenset({PanelDeed.CONNECT, PanelDeed.UNEXALATE})
    with changing(storage) as work:
        work.connections.add(make_connection("c9"))
    with changing(storage) as work:
        stored = work.connections.get("c9")
        assert (stored.consent, stored.consent_query, stored.restricted_deeds) == (Consent.ASK, "", frozenset())
        work.connections.save(
            replace(stored, consent=Consent.QUERY, consent_query="[System.Tags] = 'x'", restricted_deeds=restricted)
        )
    with storage.unit_of_work() as work:
        stored = work.connections.get("c9")
    assert (stored.consent, stored.consent_query) == (Consent.QUERY, "[System.Tags] = 'x'")
    assert {deed: stored.access_to(deed) for deed in PanelDeed} == {
        PanelDeed.EXALATE: PanelAccess.CONTRIBUTORS,
        PanelDeed.CONNECT: PanelAccess.ADMINISTRATORS,
        PanelDeed.UNEXALATE: PanelAccess.ADMINISTRATORS,
    }


def test_a_proposal_comes_back_with_its_rows(storage: AnyStorage) -> None:
    rows = [make_row(1), make_row(2, remote_title="", twin_id="")]
    add(storage, make_proposal(), *rows)
    with storage.unit_of_work() as work:
        assert work.proposals.get("p1") == make_proposal(counts={OPEN: 2})
        assert work.proposals.get("p1").total == 2
        assert work.proposals.rows("p1", limit=9) == rows
        assert work.proposals.rows("p1", after=1, limit=9) == rows[1:]
        assert work.proposals.rows("p1", limit=1) == rows[:1]
        with pytest.raises(NotFoundError):
            work.proposals.get("nowhere")


def test_a_proposal_stands_where_its_rows_do(storage: AnyStorage) -> None:
    add(storage, make_proposal(), make_row(1), make_row(2))
    for row, status in ((make_row(1, status=ACCEPTED), OPEN), (make_row(2, status=DECLINED, message="no"), ACCEPTED)):
        with changing(storage) as work:
            work.proposals.save_rows("p1", [row])
            assert work.proposals.get("p1").status is status
    with changing(storage) as work:
        assert work.proposals.rows("p1", statuses=[DECLINED], limit=9) == [make_row(2, status=DECLINED, message="no")]
        work.proposals.note_decision("p1", "Bo", later(5))
        proposal = work.proposals.get("p1")
    assert (proposal.decided_by, proposal.decided_at) == ("Bo", later(5))
    assert proposal.counts == {ACCEPTED: 1, DECLINED: 1}


def test_rows_are_added_behind_those_there_are(storage: AnyStorage) -> None:
    add(storage, make_proposal(), make_row(1, status=ACCEPTED))
    with changing(storage) as work:
        work.proposals.add_rows("p1", [make_row(7, twin_id="x"), make_row(8, twin_id="y")])
        assert [(row.number, row.twin_id) for row in work.proposals.rows("p1", limit=9)] == [
            (1, "t1"),
            (2, "x"),
            (3, "y"),
        ]
        assert work.proposals.get("p1").status is OPEN
        with pytest.raises(NotFoundError):
            work.proposals.add_rows("nowhere", [make_row()])


def test_proposals_are_listed_newest_first_in_pages(storage: AnyStorage) -> None:
    add(storage, make_proposal("p1"))
    add(storage, make_proposal("p2", asked_at=later(1), direction=OUTGOING), make_row(status=HELD))
    add(storage, make_proposal("p3", asked_at=later(1)), make_row(status=DECLINED))
    add(storage, make_proposal("p4", asked_at=later(2), connection_id="c2"))
    add(storage, make_proposal("x", organization_id="other", connection_id="c9"))
    with storage.unit_of_work() as work:

        def ids(wanted: ProposalFilter, **place: object) -> list[str]:
            found = work.proposals.list_page(wanted, limit=9, **place)  # type: ignore[arg-type]
            assert "after" in place or work.proposals.count(wanted) == len(found)
            return [each.id for each in found]

        everything = ProposalFilter("org")
        assert ids(everything) == ["p4", "p3", "p2", "p1"]
        assert ids(everything, after=(later(1), "p3")) == ["p2", "p1"]
        assert [each.id for each in work.proposals.list_page(everything, limit=2)] == ["p4", "p3"]
        assert ids(ProposalFilter("org", connection_id="c2")) == ["p4"]
        assert ids(ProposalFilter("org", direction=INCOMING)) == ["p4", "p3", "p1"]
        assert ids(ProposalFilter("org", statuses=frozenset({OPEN, HELD}))) == ["p4", "p2", "p1"]


def test_what_waits_for_a_person_here_is_counted_by_connection(storage: AnyStorage) -> None:
    add(storage, make_proposal("p1"))
    add(storage, make_proposal("p2"), make_row(1, status=DECLINED), make_row(2))
    add(storage, make_proposal("p3"), make_row(status=ACCEPTED))
    add(storage, make_proposal("p4", direction=OUTGOING))
    add(storage, make_proposal("p5", direction=OUTGOING, connection_id="c2"), make_row(status=HELD))
    with storage.unit_of_work() as work:
        assert dict(work.proposals.count_open(["c1", "c2", "c3"])) == {"c1": 2, "c2": 1}
        assert work.proposals.count_undecided_rows("c1", INCOMING) == 2
        assert work.proposals.count_undecided_rows("c1", OUTGOING) == 1


def test_proposals_are_found_by_what_the_asking_side_calls_them(storage: AnyStorage) -> None:
    add(storage, make_proposal("p1"))
    add(storage, make_proposal("p2", reference="", asked_at=later(1)))
    add(storage, make_proposal("p3", reference="", asked_at=later(2)), make_row(status=ACCEPTED))
    with storage.unit_of_work() as work:

        def found(connection_id: str, reference: str, direction: ProposalDirection = INCOMING) -> str | None:
            proposal = work.proposals.find_by_reference(connection_id, direction, reference)
            return proposal.id if proposal else None

        assert found("c1", "of p1") == "p1"
        assert found("c1", "of p1", OUTGOING) is None
        assert found("c2", "of p1") is None
        assert found("c1", "") is None
        newest = work.proposals.newest("c1", INCOMING, "")
        assert newest is not None
        assert newest.id == "p2"
        assert work.proposals.newest("c1", INCOMING, "nowhere") is None


def test_the_newest_row_of_a_twin_is_found(storage: AnyStorage) -> None:
    add(storage, make_proposal("p1"), make_row(1, status=DECLINED), make_row(2, twin_id=""))
    add(storage, make_proposal("p2", asked_at=later(1)), make_row(1))
    add(storage, make_proposal("p3", direction=OUTGOING, asked_at=later(2)), make_row(1))
    add(storage, make_proposal("p4", connection_id="c2", asked_at=later(3)), make_row(1))
    with storage.unit_of_work() as work:
        assert work.proposals.of_twins("c1", INCOMING, ["t1", "", "t9"]) == {"t1": FoundRow("p2", make_row(1))}


def test_undecided_rows_are_found_by_either_work_item(storage: AnyStorage) -> None:
    add(storage, make_proposal("p1"), make_row(1), make_row(2), make_row(3, status=DECLINED))
    add(storage, make_proposal("p2", connection_id="c2"), make_row(1))
    add(storage, make_proposal("p3", direction=OUTGOING), make_row(1, status=HELD))
    with storage.unit_of_work() as work:

        def numbers(direction: ProposalDirection = INCOMING, **about: list[int]) -> list[tuple[str, int]]:
            found = work.proposals.undecided_between("c1", direction, **about)
            return [(each.proposal_id, each.row.number) for each in found]

        assert numbers(work_item_ids=[101, 103, 999]) == [("p1", 1)]
        assert numbers(remote_work_item_ids=[202]) == [("p1", 2)]
        assert numbers(work_item_ids=[101], remote_work_item_ids=[201, 202]) == [("p1", 1), ("p1", 2)]
        assert numbers(OUTGOING, work_item_ids=[101]) == [("p3", 1)]
        assert numbers() == []


def test_unchecked_ones_are_found_over_active_connections(storage: AnyStorage) -> None:
    with changing(storage) as work:
        work.connections.add(make_connection("c5", status=ConnectionStatus.DEACTIVATED))
        work.connections.add(make_connection("c6"))
    add(storage, make_proposal("p2", connection_id="c6", asked_at=later(9)), make_row(status=UNCHECKED))
    add(storage, make_proposal("p1", connection_id="c6"), make_row(1), make_row(2, status=UNCHECKED))
    add(storage, make_proposal("p3", connection_id="c6"))
    add(storage, make_proposal("p4", connection_id="c5"), make_row(status=UNCHECKED))
    with storage.unit_of_work() as work:
        assert work.proposals.unchecked(9) == ["p1", "p2"]
        assert work.proposals.unchecked(1) == ["p1"]


def test_decided_ones_are_forgotten_after_a_while(storage: AnyStorage) -> None:
    add(storage, make_proposal("p1"), make_row(1), make_row(2, status=DECLINED))
    add(storage, make_proposal("p2"), make_row(status=ACCEPTED))
    add(storage, make_proposal("p3", asked_at=later(1)), make_row(status=DECLINED))
    add(storage, make_proposal("p4", asked_at=later(9)), make_row(status=DECLINED))
    with changing(storage) as work:
        assert work.proposals.forget_decided(later(5), limit=1) == 1
        assert work.proposals.forget_decided(later(5)) == 1
        assert [each.id for each in work.proposals.list_page(ProposalFilter("org"), limit=9)] == ["p4", "p1"]
        assert work.proposals.rows("p2", limit=9) == []


def make_parting(work_item_id: int = 1, **changes: object) -> Parting:
    parting = Parting("org", "peer", "c1", work_item_id, 10 * work_item_id, f"t{work_item_id}", NOW, is_ours=False)
    return replace(parting, **changes)  # type: ignore[arg-type]


def test_partings_are_found_over_every_connection_with_the_partner(storage: AnyStorage) -> None:
    other = make_parting(connection_id="c2", parted_at=later(5), remote_work_item_id=11)
    with changing(storage) as work:
        work.partings.note([make_parting(), make_parting(2), other, make_parting(3, peer_organization_id="else")])
        work.partings.note([])
    with storage.unit_of_work() as work:
        assert work.partings.find("org", "peer", [1, 3]) == [other, make_parting()]
        assert work.partings.find("another", "peer", [1]) == []
        assert work.partings.find_by_remote("org", "peer", [20, 11]) == [other, make_parting(2)]


def test_what_this_side_ended_stays_its_deed_until_it_begins_anew(storage: AnyStorage) -> None:
    with changing(storage) as work:
        work.partings.note([make_parting(is_ours=True)])
        work.partings.note([make_parting(twin_id="late", remote_work_item_id=None)])
        assert work.partings.find("org", "peer", [1]) == [
            make_parting(twin_id="late", remote_work_item_id=None, is_ours=True)
        ]
        work.partings.clear("c2", [1])
        work.partings.clear("c1", [1, 7])
        assert work.partings.find("org", "peer", [1]) == []
        work.partings.note([make_parting()])
        assert work.partings.find("org", "peer", [1]) == [make_parting()]

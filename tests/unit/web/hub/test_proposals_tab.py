"""Consent of a connection, and proposals as the page gets and decides them."""

from dataclasses import replace
from typing import Any

import pytest
from tests.unit.web.hub.bench import Page, Pair, make_bench, make_pair

from adnode.domain.proposal import Proposal, ProposalDirection, ProposalKind, ProposalRow, ProposalStatus
from adnode.domain.work_item import TITLE
from adnode.services.consent.counterparts import hold

OPEN_PANEL = {"exalate": "contributors", "connect": "contributors", "unexalate": "contributors"}


@pytest.fixture
def pair() -> Pair:
    return make_pair()


@pytest.fixture
def alice() -> Page:
    bench = make_bench("alpha")
    bench.person("alice", bench.organizations[0])
    return bench.sign_in("alice", bench.organizations[0])


def put(page: Page, connection_id: str, proposal_id: str, count: int = 1, **changes: Any) -> None:
    """A proposal as if it had come or been made."""
    proposal = Proposal(
        id=proposal_id,
        organization_id=page.bench.organizations[0].id,
        connection_id=connection_id,
        direction=ProposalDirection.INCOMING,
        kind=ProposalKind.CONNECT,
        asked_at=page.bench.clock.now(),
        reference=f"of-{proposal_id}",
        asked_by="Anna of beta",
    )
    rows = [
        ProposalRow(number, number, 100 + number, f"{proposal_id}-t{number}", f"Theirs {number}", "Bug")
        for number in range(1, count + 1)
    ]
    with page.bench.storage.unit_of_work() as work:
        work.proposals.add(replace(proposal, **changes), rows)
        work.commit()


def rows_of(page: Page, proposal_id: str) -> list[ProposalRow]:
    with page.bench.storage.unit_of_work() as work:
        return work.proposals.rows(proposal_id, limit=999)  # type: ignore[no-any-return]


# the setting ---------------------------------------------------------------------------------------------------------


def test_a_new_connection_asks(alice: Page) -> None:
    made = alice.initiate()["connection"]
    assert (made["consent"], made["consent_query"], made["panel"], made["proposals"]) == ("ask", "", OPEN_PANEL, 0)


def test_consent_and_the_panel_are_changed_against_a_revision(alice: Page) -> None:
    made = alice.initiate()["connection"]
    wish = {"consent": "query", "consent_query": " [System.Id] > 1 ", "panel": {"connect": "administrators"}}
    edited = alice.edit("PATCH", made, body=wish)
    assert edited.status_code == 200, edited.text
    assert (edited.json["consent"], edited.json["consent_query"]) == ("query", "[System.Id] > 1")
    assert edited.json["panel"] == OPEN_PANEL | {"connect": "administrators"}
    assert edited.json["revision"] != made["revision"]
    again = alice.edit("PATCH", made, body={"consent": "all"})
    assert (again.status_code, again.json["current"]["consent"]) == (412, "query")
    (entry,) = [one for one in alice.get("/audit")["items"] if one["action"] == "connection_changed"]
    assert entry["details"] == {
        "consent": "query",
        "consent_query": "[System.Id] > 1",
        "panel_connect": "administrators",
    }
    opened = alice.edit("PATCH", edited.json, body={"panel": {"connect": "contributors"}})
    assert opened.json["panel"] == OPEN_PANEL


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"consent": "query"}, "consent_query"),
        ({"consent": "query", "consent_query": "  "}, "consent_query"),
        ({"consent": "query", "consent_query": "[System.Id] >"}, "consent_query"),
        ({"consent": "query", "consent_query": "1) OR (1"}, "consent_query"),
        ({"consent": "query", "consent_query": f"[System.Title] = '{'x' * 8001}'"}, "consent_query"),
        ({"consent": "some"}, "consent"),
        ({"panel": {"connect": "anybody"}}, "panel.connect"),
        ({"panel": {"delete": "administrators"}}, "panel.delete"),
    ],
)
def test_a_consent_that_cannot_be_names_the_field(alice: Page, wish: dict[str, object], field: str) -> None:
    made = alice.initiate()["connection"]
    answer = alice.edit("PATCH", made, body=wish)
    assert answer.status_code == 422, answer.text
    assert [error["field"] for error in answer.json["errors"]] == [field]
    assert alice.connection(made["id"]) == made


# looking -------------------------------------------------------------------------------------------------------------


def test_proposals_are_listed_filtered_and_counted(pair: Pair) -> None:
    ours, _ = pair.connect()
    for number in range(3):
        pair.alpha.clock.advance(1)
        put(pair.alice, ours["id"], f"p{number}")
    put(pair.alice, ours["id"], "out", direction=ProposalDirection.OUTGOING)
    page = pair.alice.get("/proposals?limit=2&direction=incoming&status=open")
    assert ([item["id"] for item in page["items"]], page["total"]) == (["p2", "p1"], 3)
    rest = pair.alice.get(f"/proposals?limit=2&direction=incoming&after={page['next']}")
    assert ([item["id"] for item in rest["items"]], rest["next"]) == (["p0"], None)
    assert [item["id"] for item in pair.alice.get("/proposals?direction=outgoing")["items"]] == ["out"]
    assert pair.alice.get("/proposals?connection_id=other")["items"] == []
    assert pair.alice.get("/proposals?status=declined")["total"] == 0
    assert pair.alice.connection(ours["id"])["proposals"] == 3
    assert pair.alice.get("/errors/counts")["proposals"] == 3
    first = page["items"][0]["first"]
    assert (first["local"]["id"], first["local"]["title"], first["remote"]["title"]) == ("1", None, "Theirs 1")
    assert pair.alice.call("GET", "/proposals?after=bm8").status_code == 422


def test_both_titles_stand_side_by_side_and_ours_is_read_now(pair: Pair) -> None:
    ours, _ = pair.connect()
    number = pair.alpha.organizations[0].create("Fabrikam", "Task", {TITLE: "Secret of alpha"})
    put(pair.alice, ours["id"], "p1", count=2)
    assert number == 1
    shown = pair.alice.get("/proposals/p1")
    first, second = shown["rows"]["items"]
    assert (first["local"]["title"], first["local"]["type"], first["local"]["project"]) == (
        "Secret of alpha",
        "Task",
        "Fabrikam",
    )
    assert (first["remote"]["id"], first["remote"]["title"], first["remote"]["type"]) == ("101", "Theirs 1", "Bug")
    assert (second["local"]["title"], second["local"]["type"]) == (None, None)
    assert (shown["partner"], shown["asked_by"], shown["total"]) == ("beta", "Anna of beta", 2)
    pair.alpha.organizations[0].edit(1, {TITLE: "Renamed"})
    assert pair.alice.get("/proposals/p1")["rows"]["items"][0]["local"]["title"] == "Renamed"
    page = pair.alice.get("/proposals/p1?limit=1")["rows"]
    assert ([row["number"] for row in page["items"]], page["total"]) == ([1], 2)
    rest = pair.alice.get(f"/proposals/p1?limit=1&after={page['next']}")["rows"]
    assert ([row["number"] for row in rest["items"]], rest["next"]) == ([2], None)


def test_proposals_of_others_are_not_there(pair: Pair) -> None:
    ours, _ = pair.connect()
    put(pair.alice, ours["id"], "p1")
    with pair.alpha.storage.unit_of_work() as work:
        proposal = replace(work.proposals.get("p1"), id="foreign", organization_id="somebody else")
        work.proposals.add(proposal, [])
        work.commit()
    assert [item["id"] for item in pair.alice.get("/proposals")["items"]] == ["p1"]
    for method, path in (("GET", ""), ("POST", "/accept"), ("POST", "/decline"), ("POST", "/withdraw")):
        answer = pair.alice.call(method, f"/proposals/foreign{path}", {} if method == "POST" else None)
        assert (answer.status_code, answer.json["code"]) == (404, "not_found")


# deciding ------------------------------------------------------------------------------------------------------------


def test_a_yes_begins_the_pair_and_is_told_and_written_down(pair: Pair) -> None:
    ours, _ = pair.connect()
    put(pair.alice, ours["id"], "p1", count=2)
    answer = pair.alice.call("POST", "/proposals/p1/accept", {"rows": [2]})
    assert (answer.status_code, answer.json) == (200, {"count": 1, "obstacles": []})
    assert [row.status.value for row in rows_of(pair.alice, "p1")] == ["open", "accepted"]
    with pair.alpha.storage.unit_of_work() as work:
        twin = work.twins.get("p1-t2")
        told = [(row.kind, row.direction) for row in work.queue.list_rows(connection_id=ours["id"])]
    assert (twin.work_item_id, twin.remote_work_item_id) == (2, 102)
    assert told == [("accepted", "outgoing")]
    assert pair.alice.get("/proposals/p1")["status"] == "open"
    assert pair.alice.call("POST", "/proposals/p1/accept", {}).json["count"] == 1
    shown = pair.alice.get("/proposals/p1")
    assert (shown["status"], shown["decided_by"]) == ("accepted", "Alice")
    entry = pair.alice.get("/audit")["items"][0]
    assert (entry["action"], entry["user_name"]) == ("proposal_accepted", "Alice")
    assert entry["details"]["asked_by"] == "Anna of beta"
    again = pair.alice.call("POST", "/proposals/p1/accept", {})
    assert (again.status_code, again.json["code"]) == (409, "state")


def test_a_no_is_told_with_its_note_and_leaves_nothing(pair: Pair) -> None:
    ours, _ = pair.connect()
    put(pair.alice, ours["id"], "p1")
    answer = pair.alice.call("POST", "/proposals/p1/decline", {"note": "Ask Bo first"})
    assert answer.json == {"count": 1, "obstacles": []}
    shown = pair.alice.get("/proposals/p1")
    assert (shown["status"], shown["rows"]["items"][0]["message"]) == ("declined", "Ask Bo first")
    with pair.alpha.storage.unit_of_work() as work:
        assert work.twins.find(["p1-t1"]) == {}
        (message,) = work.outbox.next_batch(ours["id"], 9, 99_999)
    assert message.kind == "declined"
    assert "“Ask Bo first”" in message.body.text
    assert pair.alice.actions()[0] == "proposal_declined"


def test_what_is_taken_stays_open_and_says_why(pair: Pair) -> None:
    ours, _ = pair.connect()
    put(pair.alice, ours["id"], "p1")
    put(pair.alice, ours["id"], "p2")
    assert pair.alice.call("POST", "/proposals/p1/accept", {}).status_code == 200
    refused = pair.alice.call("POST", "/proposals/p2/accept", {})
    assert refused.status_code == 409
    assert "under sync with 101" in refused.json["detail"]
    assert [row.status for row in rows_of(pair.alice, "p2")] == [ProposalStatus.OPEN]


def test_everything_is_accepted_at_once(pair: Pair) -> None:
    ours, _ = pair.connect()
    put(pair.alice, ours["id"], "p1", count=450)
    put(pair.alice, ours["id"], "p2")
    put(pair.alice, ours["id"], "p3", direction=ProposalDirection.OUTGOING)
    answer = pair.alice.call("POST", f"/connections/{ours['id']}/proposals/accept-all")
    assert answer.json["count"] == 450
    assert len(answer.json["obstacles"]) == 1
    with pair.alpha.storage.unit_of_work() as work:
        assert sum(work.twins.count(ours["id"]).values()) == 450


def test_only_the_asked_side_answers_and_only_the_asking_side_takes_back(pair: Pair) -> None:
    ours, _ = pair.connect()
    put(pair.alice, ours["id"], "in")
    put(pair.alice, ours["id"], "out", direction=ProposalDirection.OUTGOING)
    for path in ("in/withdraw", "out/accept", "out/decline"):
        assert pair.alice.call("POST", f"/proposals/{path}", {}).status_code == 409
    assert pair.alice.call("POST", "/proposals/out/withdraw", {}).json["count"] == 1
    assert pair.alice.get("/proposals/out")["status"] == "withdrawn"
    assert pair.alice.actions()[0] == "proposal_withdrawn"


def test_nothing_is_decided_over_a_stopped_connection(pair: Pair) -> None:
    ours, _ = pair.connect()
    put(pair.alice, ours["id"], "p1")
    pair.alice.edit("POST", ours, "/deactivate")
    assert pair.alice.call("POST", "/proposals/p1/accept", {}).status_code == 409
    assert [row.status for row in rows_of(pair.alice, "p1")] == [ProposalStatus.OPEN]


def test_known_counterparts_are_decided_here(pair: Pair) -> None:
    ours, _ = pair.connect()
    outgoing: dict[str, Any] = {"direction": ProposalDirection.OUTGOING, "kind": ProposalKind.REJOIN}
    put(pair.alice, ours["id"], "in")
    put(pair.alice, ours["id"], "held", **outgoing)
    with pair.alpha.storage.unit_of_work() as work:
        connection = work.connections.get(ours["id"])
        hold(work, connection, {11: 111, 12: 112, 13: 113}, "Trigger", "q1", pair.alpha.clock.now())
        hold(work, connection, {13: 113, 14: 114}, "Trigger", "q2", pair.alpha.clock.now())
        work.commit()
    assert pair.alice.get("/proposals?status=held")["total"] == 2
    assert pair.alice.get("/proposals?status=undecided")["total"] == 4
    assert pair.alice.connection(ours["id"])["proposals"] == 3
    for path in ("in/connect", "in/separate", "held/connect"):
        assert pair.alice.call("POST", f"/proposals/{path}", {}).status_code == 409
    assert pair.alice.call("POST", "/proposals/q1/connect", {"rows": [1]}).json["count"] == 1
    assert pair.alice.call("POST", "/proposals/q1/separate", {}).json["count"] == 2
    assert pair.alice.call("POST", "/proposals/q2/withdraw", {}).json["count"] == 1
    assert [row.status for row in rows_of(pair.alice, "q1")] == [ProposalStatus.OPEN] + [ProposalStatus.SEPARATE] * 2
    with pair.alpha.storage.unit_of_work() as work:
        twins = {number: work.twins.find_by_work_item(connection.organization_id, [number]) for number in range(11, 15)}
    assert [len(found) for found in twins.values()] == [1, 1, 1, 0]
    assert [found[0].is_separate for found in twins.values() if found] == [False, True, True]
    assert pair.alice.actions()[:3] == ["proposal_withdrawn", "proposal_separated", "proposal_connected"]
    assert pair.alice.connection(ours["id"])["proposals"] == 1

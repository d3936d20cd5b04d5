"""Single work items: the first one of a connection, and the panel with the rights of the person at the keyboard."""

from typing import Any

import pytest
from tests.unit.web.hub.bench import Page, Pair, make_pair

from adnode.domain.error_record import ErrorRecord, Impact
from adnode.domain.parting import Parting
from adnode.domain.work_item import TITLE


@pytest.fixture
def pair() -> Pair:
    made = make_pair()
    made.alpha.organizations[0].create("Fabrikam", "Bug", {TITLE: "It crashes"})
    return made


@pytest.fixture
def ours(pair: Pair) -> Any:
    return pair.connect()[0]


def panel(pair: Pair, name: str, readable: set[int], editable: set[int]) -> Page:
    person = pair.alpha.person(name, pair.alpha.organizations[0], is_administrator=False)
    person.readable, person.editable = frozenset(readable), frozenset(editable)
    return pair.alpha.sign_in(name, pair.alpha.organizations[0], purpose="panel")


def start(page: Page, connection: Any, work_item: str, *, with_token: bool = False) -> Any:
    path = f"/connections/{connection['id']}/work-items"
    return page.call("POST", path, {"work_item": work_item}, with_token=with_token)


# the first work item -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "key",
    [
        "1",
        " 1 ",
        "#1",
        "https://dev.azure.com/alpha/_workitems/edit/1",
        "https://dev.azure.com/alpha/Fabrikam/_workitems/edit/1/?x=1",
    ],
)
def test_an_administrator_starts_a_work_item_by_number_or_address(pair: Pair, ours: Any, key: str) -> None:
    started = start(pair.alice, ours, key)
    assert started.status_code == 202
    twin = started.json
    assert (twin["status"], twin["in_progress"], twin["connection_name"]) == ("pending", True, "alpha to beta")
    assert twin["local"] == {"id": "1", "url": "https://dev.azure.com/alpha/_workitems/edit/1", "title": None}
    assert pair.alice.get(f"/connections/{ours['id']}/work-items/1") == twin
    assert pair.alice.connection(ours["id"])["under_sync"] == 1
    assert pair.alice.actions(ours["id"])[0] == "work_item_exalated"


def test_starting_it_again_shows_the_pair(pair: Pair, ours: Any) -> None:
    first = start(pair.alice, ours, "1").json
    again = start(pair.alice, ours, "1")
    assert (again.status_code, again.json) == (200, first)
    assert pair.alice.actions(ours["id"]).count("work_item_exalated") == 1


@pytest.mark.parametrize("key", ["0", "-1", "x", "1.5", "99999999999", "https://dev.azure.com/beta/_workitems/edit/1"])
def test_what_is_no_work_item_of_ours_is_told(pair: Pair, ours: Any, key: str) -> None:
    answer = start(pair.alice, ours, key)
    assert (answer.status_code, answer.json["code"]) == (422, "validation")


def test_a_missing_work_item_is_told(pair: Pair, ours: Any) -> None:
    answer = start(pair.alice, ours, "77")
    assert (answer.status_code, answer.json["code"]) == (404, "work_item_not_found")


def test_a_pending_connection_takes_no_work_items(pair: Pair) -> None:
    answer = start(pair.alice, pair.alice.initiate()["connection"], "1")
    assert (answer.status_code, answer.json["code"]) == (409, "state")


# the panel -----------------------------------------------------------------------------------------------------------


def test_the_panel_shows_twins_and_connections_to_readers(pair: Pair, ours: Any) -> None:
    start(pair.alice, ours, "1")
    reader = panel(pair, "rita", {1}, set())
    shown = reader.call("GET", "/work-items/1/twins", with_token=True).json
    assert [item["connection_id"] for item in shown["items"]] == [ours["id"]]
    assert shown["connections"] == [{"id": ours["id"], "name": "alpha to beta", "status": "active"}]
    assert shown["can_edit"] is False
    assert panel(pair, "ed", {1}, {1}).call("GET", "/work-items/1/twins", with_token=True).json["can_edit"] is True


def test_without_the_right_to_read_there_is_nothing_to_see(pair: Pair, ours: Any) -> None:
    start(pair.alice, ours, "1")
    stranger = panel(pair, "sam", set(), set())
    for path in ("/work-items/1/twins", f"/connections/{ours['id']}/work-items/1"):
        answer = stranger.call("GET", path, with_token=True)
        assert (answer.status_code, answer.json["code"]) == (404, "work_item_not_found")


def test_without_the_own_token_there_is_nothing_to_see(pair: Pair, ours: Any) -> None:
    start(pair.alice, ours, "1")
    reader = panel(pair, "rita", {1}, {1})
    calls = [
        ("GET", "/work-items/1/twins", None),
        ("GET", f"/connections/{ours['id']}/work-items/1", None),
        ("POST", f"/connections/{ours['id']}/work-items", {"work_item": "1"}),
        ("DELETE", f"/connections/{ours['id']}/work-items/1", None),
    ]
    for method, path, body in calls:
        assert reader.call(method, path, body).status_code in (401, 403, 404), path
    assert reader.call("GET", "/work-items/1/twins", with_token=True).status_code == 200


def test_changing_needs_the_right_to_edit(pair: Pair, ours: Any) -> None:
    reader, editor = panel(pair, "rita", {1}, set()), panel(pair, "ed", {1}, {1})
    refused = start(reader, ours, "1", with_token=True)
    assert (refused.status_code, refused.json["code"]) == (403, "administrator_required")
    assert refused.json["right"] == "Edit work items in this node"
    assert start(editor, ours, "1", with_token=True).status_code == 202
    path = f"/connections/{ours['id']}/work-items/1?waiting=stop"
    assert reader.call("DELETE", path, with_token=True).status_code == 403
    assert editor.call("DELETE", path, with_token=True).status_code == 204
    assert pair.alice.actions(ours["id"])[:2] == ["work_item_unexalated", "work_item_exalated"]


def test_taking_out_waits_for_changes_on_their_way_unless_told_to_stop(pair: Pair, ours: Any) -> None:
    start(pair.alice, ours, "1")
    path = f"/connections/{ours['id']}/work-items/1"
    waiting = pair.alice.call("DELETE", path)
    assert (waiting.status_code, waiting.json["code"]) == (409, "still_waiting")
    assert pair.alice.call("DELETE", f"{path}?waiting=sometime").status_code == 422
    assert pair.alice.call("DELETE", f"{path}?waiting=stop").status_code == 204
    assert pair.alice.call("GET", path).status_code == 404


def test_errors_are_retried_by_who_may_edit_the_work_item(pair: Pair, ours: Any) -> None:
    twin = start(pair.alice, ours, "1").json
    now = pair.alpha.clock.now()
    organization = pair.alpha.organizations[0].id
    with pair.alpha.storage.unit_of_work() as work:
        for name, twin_id, number in (("e-item", twin["id"], 1), ("e-line", "", None)):
            record = ErrorRecord(
                name, organization, ours["id"], twin_id, Impact.WORK_ITEM, "x", "Broken.", now, now, work_item_id=number
            )
            work.error_records.open(record)
        work.commit()
    (shown,) = pair.alice.get(f"/connections/{ours['id']}/work-items/1")["errors"]
    assert (shown["id"], shown["message"]) == ("e-item", "Broken.")
    reader, editor = panel(pair, "rita", {1}, set()), panel(pair, "ed", {1}, {1})
    assert reader.call("POST", "/errors/e-item/retry", with_token=True).status_code == 403
    assert editor.call("POST", "/errors/e-item/retry", with_token=True).status_code == 204
    assert editor.call("POST", "/errors/e-line/retry", with_token=True).status_code == 403
    assert pair.alice.call("POST", "/errors/e-line/retry").status_code == 204
    assert pair.alice.call("POST", "/errors/e-none/retry").status_code == 404
    assert pair.alice.actions(ours["id"])[:2] == ["error_retried", "error_retried"]


# connect -------------------------------------------------------------------------------------------------------------


def connect(page: Page, connection: Any, remote: object = "1", content: str = "local") -> Any:
    body = {"connection_id": connection["id"], "remote_work_item_id": remote, "content": content}
    return page.call("POST", "/work-items/1/connect", body, with_token=True)


@pytest.mark.parametrize("content", ["local", "remote"])
def test_who_may_edit_the_local_work_item_pairs_it_with_an_existing_one(pair: Pair, ours: Any, content: str) -> None:
    editor = panel(pair, "ed", {1}, {1})
    made = connect(editor, ours, content=content)
    assert made.status_code == 202
    assert made.json["local"]["id"] == "1"
    (entry,) = [one for one in pair.alice.get("/audit")["items"] if one["action"] == "work_item_connected"]
    assert entry["details"] == {"work_item": "1", "remote_work_item": "1", "winner": content}
    again = connect(editor, ours)
    assert (again.status_code, again.json["code"]) == (409, "state")


def test_a_pair_that_was_asked_for_waits_for_the_yes_of_the_partner(pair: Pair, ours: Any) -> None:
    editor = panel(pair, "ed", {1}, {1})
    made = connect(editor, ours).json
    assert (made["asked"], made["in_progress"]) == ("open", False)
    (proposal,) = pair.alice.get("/proposals")["items"]
    assert (proposal["direction"], proposal["asked_by"]) == ("outgoing", "Ed")


@pytest.mark.parametrize("deed", ["exalate", "connect", "unexalate"])
def test_a_connection_may_keep_the_panel_for_administrators(pair: Pair, ours: Any, deed: str) -> None:
    def act(page: Page) -> Any:
        if deed == "exalate":
            return start(page, ours, "1", with_token=True)
        if deed == "connect":
            return connect(page, ours)
        return page.call("DELETE", f"/connections/{ours['id']}/work-items/1?waiting=stop", with_token=True)

    editor = panel(pair, "ed", {1}, {1})
    if deed == "unexalate":
        start(pair.alice, ours, "1")
    restricted = pair.alice.edit("PATCH", pair.alice.connection(ours["id"]), body={"panel": {deed: "administrators"}})
    refused = act(editor)
    assert (refused.status_code, refused.json["code"]) == (403, "administrator_required")
    assert pair.alice.edit("PATCH", restricted.json, body={"panel": {deed: "contributors"}}).status_code == 200
    assert act(editor).status_code < 300


def test_pairing_needs_the_right_to_edit_even_for_administrators(pair: Pair, ours: Any) -> None:
    reader = panel(pair, "rita", {1}, set())
    for page in (reader, pair.alice):
        refused = connect(page, ours)
        assert (refused.status_code, refused.json["code"]) == (403, "administrator_required")
    assert pair.alice.connection(ours["id"])["under_sync"] == 0


@pytest.mark.parametrize("remote", ["", "0", "x", "-1", 7, "1" * 12])
def test_a_remote_number_that_is_none_names_its_field(pair: Pair, ours: Any, remote: object) -> None:
    answer = connect(panel(pair, "ed", {1}, {1}), ours, remote)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json["errors"]] == ["remote_work_item_id"]


# consent -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("deed", ["exalate", "connect", "unexalate"])
def test_an_administrator_may_keep_the_panel_to_administrators(pair: Pair, ours: Any, deed: str) -> None:
    edited = pair.alice.edit("PATCH", ours, body={"panel": {deed: "administrators"}}).json
    ed = panel(pair, "ed", {1}, {1})
    if deed == "unexalate":
        start(pair.alice, ours, "1")
    calls = {
        "exalate": ("POST", f"/connections/{ours['id']}/work-items", {"work_item": "1"}),
        "connect": ("POST", "/work-items/1/connect", {"connection_id": ours["id"], "remote_work_item_id": "5"}),
        "unexalate": ("DELETE", f"/connections/{ours['id']}/work-items/1?waiting=stop", None),
    }
    refused = ed.call(*calls[deed], with_token=True)
    assert (refused.status_code, refused.json["code"]) == (403, "administrator_required")
    assert refused.json["detail"].startswith(f"Only administrators may {deed} work items")
    alice = pair.alpha.person("alice", pair.alpha.organizations[0])
    alice.readable = alice.editable = frozenset({1})
    assert pair.alice.call(*calls[deed], with_token=True).status_code in (202, 204)
    assert edited["panel"][deed] == "administrators"


def test_connecting_needs_the_right_to_edit_and_waits_for_the_partners_yes(pair: Pair, ours: Any) -> None:
    wish = {"connection_id": ours["id"], "remote_work_item_id": "5"}
    reader = panel(pair, "rita", {1}, set())
    assert reader.call("POST", "/work-items/1/connect", wish, with_token=True).status_code == 403
    ed = panel(pair, "ed", {1}, {1})
    made = ed.call("POST", "/work-items/1/connect", wish, with_token=True)
    assert made.status_code == 202
    assert made.json["asked"] == "open"
    assert pair.alice.get("/twins")["items"][0]["asked"] == "open"
    (asked,) = pair.alice.get("/proposals?direction=outgoing")["items"]
    assert (asked["asked_by"], asked["status"]) == ("Ed", "open")
    assert pair.alice.actions(ours["id"])[0] == "work_item_connected"
    assert pair.alice.call("POST", f"/proposals/{asked['id']}/withdraw", {}).json["count"] == 1
    assert ed.call("GET", "/work-items/1/twins", with_token=True).json["items"] == []


# known counterparts --------------------------------------------------------------------------------------------------


def test_a_known_counterpart_is_asked_about_first(pair: Pair, ours: Any) -> None:
    with pair.alpha.storage.unit_of_work() as work:
        connection = work.connections.get(ours["id"])
        now = pair.alpha.clock.now()
        past = Parting(
            connection.organization_id, connection.peer_organization_id, "old", 1, 77, "t", now, is_ours=True
        )
        work.partings.note([past])
        work.commit()
    refused = start(pair.alice, ours, "1")
    assert (refused.status_code, refused.json["code"]) == (409, "known_counterpart")
    assert refused.json["counterpart"] == 77
    assert refused.json["counterpart_url"] == "https://dev.azure.com/beta/_workitems/edit/77"
    assert pair.alice.get("/proposals")["items"] == []
    path = f"/connections/{ours['id']}/work-items"
    chosen = pair.alice.call("POST", path, {"work_item": "1", "counterpart": "connect"})
    assert (chosen.status_code, chosen.json["asked"]) == (202, "open")
    (proposal,) = pair.alice.get("/proposals")["items"]
    assert (proposal["kind"], proposal["direction"], proposal["first"]["remote"]["id"]) == ("rejoin", "outgoing", "77")
    assert pair.alice.call("POST", path, {"work_item": "1", "counterpart": "both"}).status_code == 422

"""The Connections tab: what administrators see and do to connections that exist."""

from typing import Any

import pytest
from tests.unit.web.hub.bench import Page, Pair, make_bench, make_pair

from adnode.domain.connection import ConnectionStatus
from adnode.domain.errors import PeerUnreachableError


@pytest.fixture
def pair() -> Pair:
    return make_pair()


@pytest.fixture
def alice() -> Page:
    bench = make_bench("alpha")
    bench.person("alice", bench.organizations[0])
    return bench.sign_in("alice", bench.organizations[0])


# listing -------------------------------------------------------------------------------------------------------------


def names(page: Page, query: str = "") -> list[str]:
    return [item["name"] for item in page.get(f"/connections{query}")["items"]]


def test_an_organization_begins_with_none(alice: Page) -> None:
    assert alice.get("/connections") == {"items": [], "next": None, "total": 0}


def test_connections_are_listed_searched_sorted_and_filtered(alice: Page) -> None:
    for name in ("Supplier", "Ångström", "customer"):
        alice.initiate(name=name)
    assert names(alice, "?sort=name") == ["customer", "Supplier", "Ångström"]
    assert names(alice, "?sort=-name") == ["Ångström", "Supplier", "customer"]
    assert names(alice, "?search=SUPP") == ["Supplier"]
    assert names(alice, "?search=fabrikam&status=pending&sort=created_at") == ["Supplier", "Ångström", "customer"]
    assert names(alice, "?status=active") == []


@pytest.mark.parametrize(
    "sort", ["created_at", "-created_at", "name", "-name", "status", "-status", "errors", "-errors"]
)
def test_pages_of_a_list_join_to_the_whole(alice: Page, sort: str) -> None:
    for number in range(7):
        alice.initiate(name=f"Number {number}")
    seen: list[str] = []
    after = ""
    while True:
        page = alice.get(f"/connections?limit=3&sort={sort}&after={after}")
        seen += [item["name"] for item in page["items"]]
        assert page["total"] == 7
        if page["next"] is None:
            break
        after = page["next"]
    assert seen == names(alice, f"?sort={sort}")
    assert len(set(seen)) == 7


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "sort=color", "status=odd", "after=%F0", "x=1"])
def test_queries_that_make_no_sense_are_refused(alice: Page, query: str) -> None:
    answer = alice.call("GET", f"/connections?{query}")
    assert (answer.status_code, answer.json["code"]) == (422, "validation")


def test_an_unchanged_list_is_not_sent_again(alice: Page) -> None:
    alice.initiate()
    etag = alice.call("GET", "/connections").headers["ETag"]
    again = alice.call("GET", "/connections", If_None_Match=etag)
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", etag)
    alice.initiate()
    assert alice.call("GET", "/connections", If_None_Match=etag).status_code == 200


def test_hundreds_of_connections_are_listed_in_pages(alice: Page) -> None:
    for _ in range(250):
        alice.initiate()
    page = alice.get("/connections?limit=200")
    assert (len(page["items"]), page["total"]) == (200, 250)
    assert page["items"][-1]["name"] == "alpha to unknown 200"


# showing and editing -------------------------------------------------------------------------------------------------


def test_a_connection_comes_with_its_revision_as_the_etag(alice: Page) -> None:
    made = alice.initiate()["connection"]
    answer = alice.call("GET", f"/connections/{made['id']}")
    assert answer.json == made
    assert answer.headers["ETag"] == f'"{made["revision"]}"'


def test_an_unknown_connection_is_not_found(alice: Page) -> None:
    answer = alice.call("GET", "/connections/nothing")
    assert (answer.status_code, answer.json["code"]) == (404, "not_found")


def test_name_description_project_and_type_can_be_changed(alice: Page) -> None:
    made = alice.initiate()["connection"]
    wish = {"name": " Supplier ", "description": "Bugs of the shop", "project": "tailspin", "default_type": "task"}
    edited = alice.edit("PATCH", made, body=wish)
    assert edited.status_code == 200
    shown = {name: edited.json[name] for name in wish}
    expected = {"name": "Supplier", "description": "Bugs of the shop", "project": "Tailspin", "default_type": "Task"}
    assert shown == expected
    assert edited.json["revision"] != made["revision"]
    (entry,) = [one for one in alice.get("/audit")["items"] if one["action"] == "connection_changed"]
    assert entry["details"] == expected


def test_what_is_left_out_stays(alice: Page) -> None:
    made = alice.initiate(name="Supplier", description="Old")["connection"]
    assert alice.edit("PATCH", made, body={"description": ""}).json["description"] == ""
    assert alice.connection(made["id"])["name"] == "Supplier"


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 501}, "name"),
        ({"name": 7}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"description": "x" * 2001}, "description"),
        ({"project": "Nowhere"}, "project"),
        ({"default_type": "Dream"}, "default_type"),
        ({"status": "active"}, "status"),
    ],
)
def test_edits_that_cannot_be_done_name_the_field(alice: Page, wish: dict[str, object], field: str) -> None:
    made = alice.initiate()["connection"]
    answer = alice.edit("PATCH", made, body=wish)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json["errors"]] == [field]
    assert alice.connection(made["id"]) == made


def test_half_a_character_is_refused(alice: Page) -> None:
    made = alice.initiate()["connection"]
    answer = alice.bench.client.patch(
        f"/api/v1/connections/{made['id']}",
        data=b'{"name": "\\ud800"}',
        headers={
            "Authorization": f"Bearer {alice.token}",
            "If-Match": f'"{made["revision"]}"',
            "Content-Type": "application/json",
        },
    )
    assert answer.status_code == 422


def test_names_are_made_different(alice: Page) -> None:
    first, second = alice.initiate(name="Supplier"), alice.initiate(name="supplier")
    assert (first["connection"]["name"], second["connection"]["name"]) == ("Supplier", "supplier 2")
    assert alice.edit("PATCH", second["connection"], body={"name": "Supplier"}).json["name"] == "Supplier 2"
    assert alice.edit("PATCH", first["connection"], body={"name": "SUPPLIER"}).json["name"] == "SUPPLIER"


def test_a_chosen_name_does_not_follow_the_partners(pair: Pair) -> None:
    made = pair.alice.initiate()
    pair.alice.edit("PATCH", made["connection"], body={"name": "Supplier"})
    pair.bob.accept(made["code"])
    assert pair.alice.connection(made["connection"]["id"])["name"] == "Supplier"


# two administrators --------------------------------------------------------------------------------------------------


EDITS: dict[str, tuple[str, str, Any]] = {
    "edit": ("PATCH", "", {"name": "Mine"}),
    "activate": ("POST", "/activate", None),
    "deactivate": ("POST", "/deactivate", None),
    "remove": ("DELETE", "", None),
    "new code": ("POST", "/invitation", None),
    "revoke": ("DELETE", "/invitation", None),
}


@pytest.mark.parametrize("name", EDITS)
def test_the_second_of_two_administrators_is_told_and_nothing_is_overwritten(pair: Pair, name: str) -> None:
    method, path, body = EDITS[name]
    seen, _ = pair.connect()
    changed = pair.alice.edit("PATCH", seen, body={"name": "Theirs", "description": "Theirs"}).json
    late = pair.alice.edit(method, seen, path, body)
    assert (late.status_code, late.json["code"]) == (412, "precondition_failed")
    assert late.json["current"] == changed
    assert pair.alice.connection(seen["id"]) == changed


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_must_say_what_it_was_made_against(pair: Pair, name: str) -> None:
    method, path, body = EDITS[name]
    seen, _ = pair.connect()
    answer = pair.alice.call(method, f"/connections/{seen['id']}{path}", body)
    assert (answer.status_code, answer.json["code"]) == (428, "precondition_required")
    garbage = pair.alice.call(method, f"/connections/{seen['id']}{path}", body, If_Match='"latest"')
    assert garbage.status_code == 412
    assert pair.alice.connection(seen["id"]) == seen


def test_a_revision_changes_with_what_people_decide_and_not_with_traffic(pair: Pair) -> None:
    seen, theirs = pair.connect()
    pair.alpha.clock.advance(10)
    pair.beta.exchange.poll_once(seen["id"], 0)
    after_traffic = pair.alice.connection(seen["id"])
    assert after_traffic["last_contact_at"] != seen["last_contact_at"]
    assert after_traffic["revision"] == seen["revision"]
    pair.alice.edit("POST", seen, "/deactivate")
    assert pair.alice.connection(seen["id"])["revision"] != seen["revision"]
    assert pair.bob.connection(seen["id"])["revision"] == theirs["revision"]


# starting, stopping, removing ----------------------------------------------------------------------------------------


def test_stopping_and_starting_shows_on_the_other_side(pair: Pair) -> None:
    ours, theirs = pair.connect()
    stopped = pair.bob.edit("POST", theirs, "/deactivate").json
    assert stopped["status"] == "deactivated"
    assert pair.alice.connection(ours["id"])["remote_status"] == "deactivated"
    pair.bob.edit("POST", stopped, "/activate")
    pair.beta.exchange.send(ours["id"])
    assert pair.alice.connection(ours["id"])["remote_status"] is None
    assert pair.bob.actions(ours["id"])[:2] == ["connection_activated", "connection_deactivated"]


def test_a_stop_of_the_polled_side_shows_when_the_private_side_calls(pair: Pair) -> None:
    ours, theirs = pair.connect()
    stopped = pair.alice.edit("POST", ours, "/deactivate").json
    with pytest.raises(Exception, match="deactivated"):
        pair.beta.exchange.poll_once(theirs["id"], 0)
    assert pair.bob.connection(theirs["id"])["remote_status"] == "deactivated"
    pair.alice.edit("POST", stopped, "/activate")
    pair.beta.exchange.poll_once(theirs["id"], 0)
    assert pair.bob.connection(theirs["id"])["remote_status"] is None


def test_removing_shows_on_the_other_side_and_leaves_the_list(pair: Pair) -> None:
    ours, theirs = pair.connect()
    assert pair.bob.edit("DELETE", theirs).status_code == 204
    assert pair.bob.get("/connections")["items"] == []
    assert pair.bob.connection(theirs["id"])["status"] == "removed"
    assert pair.alice.connection(ours["id"])["remote_status"] == "removed"
    assert pair.bob.actions(theirs["id"])[0] == "connection_removed"


def test_a_pending_connection_is_not_started_by_hand(alice: Page) -> None:
    made = alice.initiate()["connection"]
    for path in ("/activate", "/deactivate"):
        answer = alice.edit("POST", made, path)
        assert (answer.status_code, answer.json["code"]) == (409, "state")
    assert "connection_activated" not in alice.actions(made["id"])


def test_silence_of_a_private_side_is_told(pair: Pair) -> None:
    ours, _ = pair.connect()
    assert not pair.alice.connection(ours["id"])["is_contact_late"]
    pair.alpha.clock.advance(121)
    pair.alpha.console.silence.watch()
    assert pair.alice.connection(ours["id"])["is_contact_late"]
    pair.beta.exchange.poll_once(ours["id"], 0)
    assert not pair.alice.connection(ours["id"])["is_contact_late"]


def test_a_peer_that_cannot_be_reached_is_told(pair: Pair) -> None:
    _, theirs = pair.connect()
    pair.alpha.network.unreachable.add("https://alpha.example")
    for _ in range(2):
        pair.alpha.clock.advance(200)
        with pytest.raises(PeerUnreachableError):
            pair.beta.exchange.poll_once(theirs["id"], 0)
    shown = pair.bob.connection(theirs["id"])
    assert (shown["is_contact_late"], shown["errors"], shown["status"]) == (True, 1, ConnectionStatus.ACTIVE)

"""The Errors tab over its API."""

from typing import Any

import pytest
from tests.unit.web.hub.bench import Page, Pair, make_pair

from adnode.domain.error_record import ErrorRecord, Impact

COUNT = 12


@pytest.fixture
def pair() -> Pair:
    return make_pair()


@pytest.fixture
def connection(pair: Pair) -> Any:
    return pair.connect()[0]


@pytest.fixture
def alice(pair: Pair, connection: Any) -> Page:
    """An administrator with one cause on twelve work items, and three other errors."""
    for number in range(1, COUNT + 1):
        add(pair, connection, f"e{number:02}", work_item_id=number, message=f"Work item {number} was refused.")
    add(pair, connection, "line", impact=Impact.CONNECTION, code="peer_unreachable", subject="line", is_transient=True)
    add(pair, connection, "there", work_item_id=77, is_remote=True, message="Refused there.")
    add(pair, {"id": ""}, "node", impact=Impact.NODE, code="azure_devops_authentication", technical="GET /_apis: 401")
    return pair.alice


def add(pair: Pair, connection: Any, record_id: str, **values: Any) -> None:
    pair.alpha.clock.advance(1)
    now = pair.alpha.clock.now()
    given = {"impact": Impact.WORK_ITEM, "code": "rule_violation", "message": f"Message of {record_id}.", **values}
    with pair.alpha.storage.unit_of_work() as work:
        record = ErrorRecord(
            id=record_id,
            organization_id=pair.alpha.organizations[0].id,
            connection_id=connection["id"],
            twin_id="",
            opened_at=now,
            last_seen_at=now,
            **{"subject": record_id, **given},
        )
        work.error_records.open(record)
        work.commit()


def ids(page: Any) -> list[str]:
    return [item["id"] for item in page["items"]]


def test_errors_are_listed_with_their_names_the_newest_first(pair: Pair, alice: Page, connection: Any) -> None:
    page = alice.get("/errors?limit=3")
    assert ids(page) == ["node", "there", "line"]
    assert page["total"] == COUNT + 3
    node, there, line = page["items"]
    assert (node["connection_id"], node["connection_name"], node["url"]) == (None, None, None)
    assert (there["side"], there["work_item_id"], there["partner"]) == ("remote", "77", "beta")
    assert there["url"] == "https://dev.azure.com/alpha/_workitems/edit/77"
    assert (line["connection_name"], line["is_transient"], line["status"]) == (connection["name"], True, "open")


@pytest.mark.parametrize("sort", ["time", "-time", "count", "-count", "impact", "-impact"])
@pytest.mark.parametrize(("path", "total"), [("/errors", COUNT + 3), ("/errors/groups", 4)])
def test_pages_follow_each_other_without_gaps(alice: Page, sort: str, path: str, total: int) -> None:
    seen, after = [], ""
    while True:
        page = alice.get(f"{path}?sort={sort}&limit=2&after={after}")
        seen += [item["cause"] + str(item.get("id")) for item in page["items"]]
        assert page["total"] == total
        if page["next"] is None:
            break
        after = page["next"]
    assert len(seen) == len(set(seen)) == total


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("impact=node", ["node"]),
        ("side=remote", ["there"]),
        ("code=peer_unreachable", ["line"]),
        ("work_item_id=3", ["e03"]),
        ("search=ITEM%203%20WAS", ["e03"]),
        ("status=history", []),
        ("connection_id=nowhere", []),
    ],
)
def test_filters(alice: Page, query: str, expected: list[str]) -> None:
    page = alice.get(f"/errors?{query}")
    assert ids(page) == expected
    assert page["total"] == len(expected)


def test_one_cause_is_one_group_that_leads_to_its_errors(alice: Page) -> None:
    group = alice.get("/errors/groups?sort=-count")["items"][0]
    assert (group["records"], group["work_items"], group["occurrences"]) == (COUNT, COUNT, COUNT)
    assert group["sample"]["id"] == f"e{COUNT}"
    assert alice.get(f"/errors?cause={group['cause']}")["total"] == COUNT


def test_counts_and_the_newest_grave_error(pair: Pair, alice: Page, connection: Any) -> None:
    counts = alice.get("/errors/counts")
    assert counts["total"] == COUNT + 3
    assert counts["impacts"] == {"work_item": COUNT + 1, "connection": 1, "trigger": 0, "node": 1, "warning": 0}
    assert counts["codes"]["rule_violation"] == COUNT + 1
    assert counts["newest_grave"]["id"] == "node"
    assert alice.get("/errors/counts?impact=node&side=remote")["total"] == 1
    assert alice.get("/errors/counts?status=history")["total"] == 0


def test_counts_that_did_not_change_are_not_sent_again(alice: Page) -> None:
    first = alice.call("GET", "/errors/counts")
    again = alice.call("GET", "/errors/counts", If_None_Match=first.headers["ETag"])
    assert (again.status_code, again.data) == (304, b"")


def test_details_say_what_it_blocks_and_what_to_do(alice: Page) -> None:
    node = alice.get("/errors/node")
    assert node["advice"]["place"] == "settings"
    assert "credential" in node["advice"]["step"]
    assert "1 active connection" in node["blocks"]
    assert node["technical"] == "GET /_apis: 401"
    assert node["can_retry"]
    there = alice.get("/errors/there")
    assert there["advice"]["place"] == "partner"
    assert alice.get("/errors/e01")["same_cause"] == COUNT - 1
    line = alice.get("/errors/line")
    assert "under sync" in line["blocks"]


def test_retrying_what_matches(pair: Pair, alice: Page, connection: Any) -> None:
    answer = alice.call("POST", "/errors/retry", {"impact": "work_item", "side": "local"})
    assert (answer.status_code, answer.json) == (202, {"count": COUNT})
    assert alice.get("/errors/e01")["error"]["retrying"]
    assert not alice.get("/errors/node")["error"]["retrying"]
    entries = alice.get("/audit")["items"]
    assert [entry["action"] for entry in entries].count("error_retried") == 1
    assert entries[0]["details"] == {"count": str(COUNT), "impact": "work_item"}
    assert alice.call("POST", "/errors/retry", {"code": "no_such_code"}).json == {"count": 0}
    assert alice.actions().count("error_retried") == 1


def test_resolving_one_with_a_note(alice: Page, connection: Any) -> None:
    assert alice.call("POST", "/errors/e01/resolve", {"note": "It is meant so."}).status_code == 204
    details = alice.get("/errors/e01")
    assert details["error"]["status"] == "history"
    assert (details["error"]["resolution"], details["resolved_by"], details["note"]) == (
        "resolved",
        "Alice",
        "It is meant so.",
    )
    assert ids(alice.get("/errors?status=history")) == ["e01"]
    again = alice.call("POST", "/errors/e01/resolve", {"note": "Again."})
    assert (again.status_code, again.json["code"]) == (409, "state")
    assert alice.actions(connection["id"])[0] == "error_resolved"


def test_resolving_a_group(alice: Page) -> None:
    cause = alice.get("/errors/e01")["error"]["cause"]
    answer = alice.call("POST", "/errors/resolve", {"cause": cause, "note": "All of them."})
    assert (answer.status_code, answer.json) == (200, {"count": COUNT})
    assert alice.get("/errors/counts")["total"] == 3
    assert alice.actions().count("error_resolved") == 1


def test_everything_at_once_is_never_resolved(alice: Page) -> None:
    answer = alice.call("POST", "/errors/resolve", {"note": "Away with it."})
    assert (answer.status_code, answer.json["code"]) == (422, "validation")
    assert alice.get("/errors/counts")["total"] == COUNT + 3


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/errors/e01/resolve", {}),
        ("POST", "/errors/e01/resolve", {"note": ""}),
        ("POST", "/errors/e01/resolve", {"note": "   "}),
        ("POST", "/errors/e01/resolve", {"note": "x" * 2001}),
        ("POST", "/errors/e01/resolve", {"note": "nul\x00"}),
        ("POST", "/errors/retry", {"impact": "everything"}),
        ("POST", "/errors/retry", {"organization_id": "other"}),
        ("POST", "/errors/retry", {"work_item_id": 0}),
        ("POST", "/errors/resolve", {"cause": "a b", "note": "x"}),
        ("GET", "/errors?sort=message", None),
        ("GET", "/errors?after=x", None),
        ("GET", "/errors?after=WzFd", None),
        ("GET", "/errors?after=WyJ4IiwieSJd", None),
        ("GET", "/errors?sort=count&after=WyIyMDI2LTAxLTAxVDAwOjAwOjAwKzAwOjAwIiwieSJd", None),
        ("GET", "/errors/groups?limit=1000", None),
        ("GET", f"/errors?search={'x' * 501}", None),
    ],
)
def test_what_makes_no_sense_is_refused(alice: Page, method: str, path: str, body: Any) -> None:
    answer = alice.call(method, path, body)
    assert (answer.status_code, answer.json["code"]) == (422, "validation")


def test_only_administrators_may_look(pair: Pair, alice: Page) -> None:
    pair.alpha.person("carol", pair.alpha.organizations[0], is_administrator=False)
    carol = pair.alpha.sign_in("carol", pair.alpha.organizations[0], purpose="panel")
    for method, path in (
        ("GET", "/errors"),
        ("GET", "/errors/counts"),
        ("GET", "/errors/e01"),
        ("POST", "/errors/retry"),
    ):
        assert carol.call(method, path, {} if method == "POST" else None).status_code == 403


def test_an_error_that_is_not_there(alice: Page) -> None:
    for method, path, body in (("GET", "/errors/nowhere", None), ("POST", "/errors/nowhere/resolve", {"note": "x"})):
        assert alice.call(method, path, body).status_code == 404


def test_a_retry_that_is_of_no_use_says_what_is(pair: Pair, connection: Any) -> None:
    add(pair, connection, "stopped", impact=Impact.CONNECTION, code="work_items_vanished", subject="")
    answer = pair.alice.call("POST", "/errors/stopped/retry")
    assert answer.status_code == 409
    assert "activate" in answer.json["detail"]
    assert not pair.alice.get("/errors/stopped")["can_retry"]

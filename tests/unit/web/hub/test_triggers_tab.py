"""The Triggers tab: what administrators make, see and do."""

from typing import Any

import pytest
from tests.unit.web.hub.bench import Page, Pair, make_bench, make_pair

from adnode.adapters.memory.gateway import MemoryGateway
from adnode.adapters.memory.gateway_failures import Moment
from adnode.domain.connection import ConnectionStatus
from adnode.domain.error_record import ErrorRecord, Impact
from adnode.domain.errors import GatewayUnavailableError, QueryTooSlowError
from adnode.domain.work_item import TITLE
from adnode.sync.trigger_query import make_query
from adnode.web.rate_limits import Rate

TITLED = "[System.Title] CONTAINS 'sync'"


@pytest.fixture
def pair() -> Pair:
    made = make_pair()
    made.connect()
    return made


def connection_id(pair: Pair) -> str:
    return str(pair.alice.get("/connections")["items"][0]["id"])


def wish(pair: Pair, **changes: object) -> dict[str, object]:
    return {"connection_id": connection_id(pair), "condition": TITLED, **changes}


def create(pair: Pair, **changes: object) -> Any:
    answer = pair.alice.call("POST", "/triggers", wish(pair, **changes))
    assert answer.status_code == 201, answer.text
    assert answer.headers["ETag"] == '"1"'
    return answer.json


def change(page: Page, method: str, trigger: Any, path: str = "", body: object = None) -> Any:
    return page.call(method, f"/triggers/{trigger['id']}{path}", body, If_Match=f'"{trigger["revision"]}"')


def fill(pair: Pair, count: int = 3) -> list[int]:
    return [
        pair.alpha.organizations[0].create("Fabrikam", "Task", {TITLE: f"Sync {number}"}) for number in range(count)
    ]


def gateway(pair: Pair) -> MemoryGateway:
    return pair.alpha.gateways.gateways[pair.alpha.organizations[0].id]


def fail_queries(pair: Pair, error: Exception, *, only_unlimited: bool = False) -> None:
    seen = {"queries": 0}

    def disturb(operation: str, moment: Moment) -> None:
        if operation == "query" and moment is Moment.BEFORE:
            seen["queries"] += 1
            if not only_unlimited or seen["queries"] == 1:
                raise error

    gateway(pair).disturb = disturb


# making --------------------------------------------------------------------------------------------------------------


def test_a_trigger_is_made_with_what_it_fits_now(pair: Pair) -> None:
    fill(pair)
    made = create(pair, work_item_type="task", condition=f"  {TITLED}\n", notes=" For the supplier ")
    assert made["condition"] == TITLED
    assert (made["work_item_type"], made["notes"], made["is_active"]) == ("Task", "For the supplier", True)
    assert (made["matches"], made["is_many"], made["exalated"], made["last_run_at"]) == (3, False, 0, None)
    assert (made["created_by"], made["project"], made["connection_status"]) == ("Alice", "Fabrikam", "active")
    assert made["title"] == TITLED
    assert pair.alice.get(f"/triggers/{made['id']}") == made
    assert pair.alice.get("/triggers") == {"items": [made], "next": None, "total": 1}
    assert pair.alice.actions()[0] == "trigger_created"


@pytest.mark.parametrize(
    ("changes", "code", "field", "words"),
    [
        ({"condition": "[System.Id] > 1 ORDER BY [System.Id]"}, "condition_refused", "condition", "ORDER BY"),
        ({"condition": "[System.Id] = 1) OR ([System.Id] = 2"}, "condition_refused", "condition", "character 16"),
        ({"condition": "x" * 8001}, "condition_refused", "condition", "8001 characters"),
        ({"condition": "[Nonsense] = 1"}, "query_refused", "condition", "TF51005"),
        ({"condition": "  "}, "validation", "condition", "choose a work item type"),
        ({"work_item_type": "Unicorn"}, "work_item_type_not_found", "work_item_type", "It has: Bug, Epic"),
        ({"condition": "x" * 20_000}, "validation", "condition", ""),
        ({"condition": "\x00"}, "validation", "condition", ""),
        ({"notes": "x" * 2001}, "validation", "notes", ""),
    ],
)
def test_a_wish_that_can_not_be_granted_is_refused_at_its_field(
    pair: Pair, changes: dict[str, object], code: str, field: str, words: str
) -> None:
    for path in ("/triggers", "/triggers/preview"):
        if path == "/triggers/preview" and "notes" in changes:
            continue
        answer = pair.alice.call("POST", path, wish(pair, **changes))
        assert (answer.status_code, answer.json["code"]) == (422, code), answer.text
        assert answer.json["errors"][0]["field"] == field
        assert words in answer.json["detail"]
    assert pair.alice.get("/triggers")["total"] == 0


def test_a_disabled_type_is_none(pair: Pair) -> None:
    pair.alpha.organizations[0].disabled_types.add("Bug")
    answer = pair.alice.call("POST", "/triggers", wish(pair, work_item_type="Bug"))
    assert answer.json["code"] == "work_item_type_not_found"


def test_a_connection_that_was_removed_takes_no_trigger(pair: Pair) -> None:
    made = create(pair)
    connection = pair.alice.get("/connections")["items"][0]
    pair.alice.edit("DELETE", connection)
    answer = pair.alice.call("POST", "/triggers", {"connection_id": connection["id"], "condition": TITLED})
    assert answer.status_code == 409
    assert "was removed" in answer.json["detail"]
    stopped = pair.alice.get(f"/triggers/{made['id']}")
    assert (stopped["is_active"], stopped["connection_status"]) == (False, ConnectionStatus.REMOVED)
    assert change(pair.alice, "POST", stopped, "/activate").status_code == 409
    assert pair.alice.call("POST", f"/triggers/{made['id']}/bulk-exalate").status_code == 409
    assert change(pair.alice, "DELETE", stopped).status_code == 204


def test_nothing_is_made_while_azure_devops_is_away(pair: Pair) -> None:
    fail_queries(pair, GatewayUnavailableError("Azure DevOps is away."))
    answer = pair.alice.call("POST", "/triggers", wish(pair))
    assert (answer.status_code, answer.json["code"]) == (503, "azure_devops_unavailable")
    assert pair.alice.get("/triggers")["total"] == 0


# preview -------------------------------------------------------------------------------------------------------------


def test_a_preview_counts_and_shows_the_first_matches(pair: Pair) -> None:
    numbers = fill(pair, 23)
    pair.alice.call("POST", f"/connections/{connection_id(pair)}/work-items", {"work_item": str(numbers[1])})
    shown = pair.alice.call("POST", "/triggers/preview", wish(pair)).json
    assert (shown["matches"], shown["is_many"], len(shown["items"])) == (23, False, 20)
    assert shown["items"][0] == {
        "work_item_id": str(numbers[0]),
        "title": "Sync 0",
        "type": "Task",
        "state": "New",
        "url": f"https://dev.azure.com/alpha/_workitems/edit/{numbers[0]}",
        "is_under_sync": False,
    }
    assert shown["items"][1]["is_under_sync"]
    assert gateway(pair).calls["read_work_items"] <= 3
    none = pair.alice.call("POST", "/triggers/preview", wish(pair, condition="[System.Id] = 999")).json
    assert none == {"matches": 0, "is_many": False, "items": []}


def test_more_than_azure_devops_gives_is_a_result(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adnode.services.trigger_matches.MATCH_LIMIT", 5)
    fill(pair, 6)
    shown = pair.alice.call("POST", "/triggers/preview", wish(pair)).json
    assert (shown["matches"], shown["is_many"], len(shown["items"])) == (5, True, 5)
    made = create(pair)
    assert (made["matches"], made["is_many"]) == (5, True)


def test_what_takes_too_long_to_count_is_shown_without_a_count(pair: Pair) -> None:
    fill(pair)
    fail_queries(pair, QueryTooSlowError("VS402335: too slow."), only_unlimited=True)
    shown = pair.alice.call("POST", "/triggers/preview", wish(pair)).json
    assert (shown["matches"], shown["is_many"], len(shown["items"])) == (None, False, 3)


def test_what_is_too_slow_at_all_says_so(pair: Pair) -> None:
    fail_queries(pair, QueryTooSlowError("Azure DevOps gave the query up because it took too long. Narrow it."))
    answer = pair.alice.call("POST", "/triggers/preview", wish(pair))
    assert (answer.status_code, answer.json["code"]) == (422, "query_too_slow")
    assert answer.json["errors"] == [{"field": "condition", "message": answer.json["detail"]}]


def test_previews_are_rationed() -> None:
    bench = make_bench("alpha", rates={"trigger_preview": Rate(2, 60.0)})
    bench.person("alice", bench.organizations[0])
    alice = bench.sign_in("alice", bench.organizations[0])
    body = {"connection_id": "none", "condition": TITLED}
    statuses = [alice.call("POST", "/triggers/preview", body).status_code for _ in range(3)]
    assert statuses == [404, 404, 429]


def test_the_types_that_a_trigger_may_name_are_listed(pair: Pair) -> None:
    pair.alpha.organizations[0].disabled_types.add("Issue")
    types = pair.alice.get(f"/connections/{connection_id(pair)}/work-item-types")["items"]
    assert types == sorted(types)
    assert {"Bug", "Task", "User Story"} <= set(types)
    assert not {"Issue", "Code Review Request"} & set(types)


# editing -------------------------------------------------------------------------------------------------------------


def test_an_edit_changes_what_it_names_and_counts_anew(pair: Pair) -> None:
    made = create(pair, notes="Keep")
    fill(pair)
    edited = change(pair.alice, "PATCH", made, body={"condition": "[System.Id] > 1"}).json
    assert (edited["condition"], edited["notes"], edited["revision"]) == ("[System.Id] > 1", "Keep", 2)
    assert (made["matches"], edited["matches"]) == (0, 2)
    assert pair.alice.actions()[0] == "trigger_changed"
    wrong = change(pair.alice, "PATCH", edited, body={"condition": "[Nonsense] = 1"})
    assert wrong.json["code"] == "query_refused"
    assert pair.alice.get(f"/triggers/{made['id']}") == edited


def test_an_edit_of_notes_alone_asks_nothing(pair: Pair) -> None:
    made = create(pair, work_item_type="Task")
    fail_queries(pair, GatewayUnavailableError("Azure DevOps is away."))
    edited = change(pair.alice, "PATCH", made, body={"notes": "New", "is_active": False})
    assert (edited.status_code, edited.json["notes"], edited.json["is_active"]) == (200, "New", False)
    assert edited.json["counted_at"] == made["counted_at"]
    assert change(pair.alice, "PATCH", edited.json, body={"condition": "[System.Id] > 1"}).status_code == 503


def test_an_edit_of_what_somebody_else_changed_shows_how_it_is(pair: Pair) -> None:
    made = create(pair)
    newer = change(pair.alice, "PATCH", made, body={"notes": "First"}).json
    for answer in (
        change(pair.alice, "PATCH", made, body={"notes": "Second"}),
        change(pair.alice, "POST", made, "/deactivate"),
        change(pair.alice, "DELETE", made),
    ):
        assert (answer.status_code, answer.json["current"]) == (412, newer)
    assert pair.alice.call("PATCH", f"/triggers/{made['id']}", {"notes": "x"}).status_code == 428


def test_a_trigger_is_switched_off_and_on(pair: Pair) -> None:
    made = create(pair)
    off = change(pair.alice, "POST", made, "/deactivate").json
    assert (off["is_active"], off["revision"]) == (False, 2)
    assert change(pair.alice, "POST", off, "/deactivate").json == off
    on = change(pair.alice, "POST", off, "/activate").json
    assert (on["is_active"], on["revision"]) == (True, 3)
    assert pair.alice.actions()[:2] == ["trigger_activated", "trigger_deactivated"]


def test_a_deleted_trigger_ends_no_pair_and_its_errors(pair: Pair) -> None:
    made = create(pair)
    [number, *_] = fill(pair)
    pair.alice.call("POST", f"/connections/{connection_id(pair)}/work-items", {"work_item": str(number)})
    organization_id = pair.alpha.organizations[0].id
    now = pair.alpha.clock.now()
    with pair.alpha.storage.unit_of_work() as work:
        record = ErrorRecord(
            "e1", organization_id, made["connection_id"], "", Impact.TRIGGER, "x", "Bad", now, now, subject=made["id"]
        )
        work.error_records.open(record)
        work.commit()
    assert change(pair.alice, "DELETE", made).status_code == 204
    assert pair.alice.call("GET", f"/triggers/{made['id']}").status_code == 404
    with pair.alpha.storage.unit_of_work() as work:
        assert len(work.twins.find_by_work_item(organization_id, [number])) == 1
        assert work.error_records.list_records(connection_id=made["connection_id"]) == []


def test_matches_are_counted_anew_when_asked(pair: Pair) -> None:
    made = create(pair)
    fill(pair)
    counted = pair.alice.call("POST", f"/triggers/{made['id']}/count").json
    assert (counted["matches"], counted["revision"]) == (3, 1)
    assert counted["counted_at"] > made["counted_at"]


# lists ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sort", ["created_at", "-created_at"])
def test_pages_of_the_list_join_to_the_whole(pair: Pair, sort: str) -> None:
    made = [create(pair, notes=str(number))["id"] for number in range(5)]
    seen: list[str] = []
    after = ""
    while True:
        page = pair.alice.get(f"/triggers?limit=2&sort={sort}&after={after}")
        seen += [item["id"] for item in page["items"]]
        assert page["total"] == 5
        if page["next"] is None:
            break
        after = page["next"]
    assert seen == (made if sort == "created_at" else made[::-1])
    assert pair.alice.call("GET", "/triggers?after=bm9uc2Vuc2U").status_code == 422


def test_the_list_is_filtered(pair: Pair) -> None:
    create(pair)
    off = create(pair, is_active=False)
    assert [item["id"] for item in pair.alice.get("/triggers?is_active=false")["items"]] == [off["id"]]
    assert pair.alice.get("/triggers?connection_id=other") == {"items": [], "next": None, "total": 0}


def test_a_trigger_of_another_organization_is_not_there(pair: Pair) -> None:
    made = create(pair)
    shared = {"network": pair.alpha.network, "clock": pair.alpha.clock, "storage": pair.alpha.storage}
    stranger = make_bench("gamma", url="https://gamma.example", has_credentials=False, **shared)
    stranger.person("mallory", stranger.organizations[0])
    mallory = stranger.sign_in("mallory", stranger.organizations[0])
    assert mallory.get("/triggers")["items"] == []
    for method, path in (("GET", ""), ("POST", "/bulk-exalate"), ("POST", "/bulk-unexalate"), ("POST", "/count")):
        assert mallory.call(method, f"/triggers/{made['id']}{path}").status_code == 404
    for method, path in (("PATCH", ""), ("DELETE", ""), ("POST", "/activate"), ("POST", "/deactivate")):
        assert change(mallory, method, made, path, {}).status_code == 404
    for path in ("/triggers", "/triggers/preview"):
        assert mallory.call("POST", path, wish(pair)).status_code == 404


# bulk ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["exalate", "unexalate"])
def test_bulk_work_begins_a_job_on_what_fits(pair: Pair, kind: str) -> None:
    made = create(pair, work_item_type="Task")
    answer = pair.alice.call("POST", f"/triggers/{made['id']}/bulk-{kind}")
    assert answer.status_code == 202
    assert (answer.json["kind"], TITLED in answer.json["title"]) == (f"bulk_{kind}", True)
    with pair.alpha.storage.unit_of_work() as work:
        job = work.jobs.get(answer.json["id"])
    assert job.connection_id == made["connection_id"]
    assert job.parameters["query"] == make_query("Fabrikam", "Task", TITLED)


# getting started -----------------------------------------------------------------------------------------------------


def test_the_last_step_of_getting_started_is_an_active_trigger(pair: Pair) -> None:
    def step() -> Any:
        return next(one for one in pair.alice.get("/getting-started")["items"] if one["key"] == "trigger")

    assert step() == {"key": "trigger", "is_done": False, "detail": ""}
    off = create(pair, is_active=False)
    assert not step()["is_done"]
    change(pair.alice, "POST", off, "/activate")
    assert step() == {"key": "trigger", "is_done": True, "detail": TITLED}

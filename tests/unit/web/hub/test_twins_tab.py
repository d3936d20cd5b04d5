"""Entity Sync Status: lists, details, decisions; always one's own organization's only."""

import csv
import io
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.unit.web.hub.bench import Page, Pair, make_pair

from adnode.domain.documents import register_to_document
from adnode.domain.error_record import ConflictRecord, ConflictStatus, ErrorRecord, Impact
from adnode.domain.rich_text import RichText
from adnode.domain.sync_state import AttachmentValue, CommentValue, Register, SyncState, Version
from adnode.domain.synced_change import ChangedThing, ChangedValue, Direction, SyncedChange
from adnode.domain.trace import Trace, TraceKind
from adnode.domain.twin import Twin, TwinStatus
from adnode.domain.work_item import TITLE
from adnode.services.json_text import to_json


@pytest.fixture
def pair() -> Pair:
    return make_pair()


@pytest.fixture
def ours(pair: Pair) -> Any:
    """A connection of alpha, with three twins: the second failed, of the third nothing was exchanged yet."""
    connection = pair.connect()[0]
    bench, now = pair.alpha, pair.alpha.clock.now()
    with bench.storage.unit_of_work() as work:
        for number, title in ((1, "First"), (2, '=HYPERLINK("x")'), (3, "")):
            register = Register(title, Version(1, 0), now, bench.organizations[0].id)
            twin = Twin(
                id=f"t{number}",
                connection_id=connection["id"],
                organization_id=bench.organizations[0].id,
                status=(TwinStatus.SYNCHRONIZED, TwinStatus.FAILED, TwinStatus.PENDING)[number - 1],
                created_at=now,
                work_item_id=number,
                project="Fabrikam",
                revision=1,
                remote_work_item_id=700 + number if title else None,
                remote_url=f"https://dev.azure.com/beta/_workitems/edit/{700 + number}" if title else "",
                state=SyncState({"summary": register} if title else {}),
                synchronized_at=now + timedelta(seconds=number) if title else None,
            )
            work.twins.add(twin, due_at=None)
        work.error_records.open(make_error(bench.organizations[0].id, connection["id"], now))
        work.commit()
    return connection


def make_error(organization_id: str, connection_id: str, now: Any) -> ErrorRecord:
    return ErrorRecord(
        id="e1",
        organization_id=organization_id,
        connection_id=connection_id,
        twin_id="t2",
        impact=Impact.WORK_ITEM,
        code="rule_violation",
        message="Field Severity is required.",
        opened_at=now,
        last_seen_at=now,
        work_item_id=2,
    )


def add_conflict(pair: Pair, connection: Any, conflict_id: str = "k1", key: str = "summary") -> None:
    bench, now = pair.alpha, pair.alpha.clock.now()
    files = (AttachmentValue("a", 1), AttachmentValue("a", 1, is_deleted=True))
    values = ("First", "Lost") if key == "summary" else files
    won, lost = (to_json(register_to_document(Register(each, Version(1, 1), now, "beta"))) for each in values)
    record = ConflictRecord(conflict_id, connection["id"], "t1", 1, key, won, lost, "beta", now)
    with bench.storage.unit_of_work() as work:
        work.error_records.add_conflict(record)
        work.commit()


def add_changes(pair: Pair, connection: Any, count: int) -> None:
    bench, now = pair.alpha, pair.alpha.clock.now()
    values = (ChangedValue(ChangedThing.SUMMARY, "First"),)
    with bench.storage.unit_of_work() as work:
        work.synced_changes.add(
            [
                SyncedChange(
                    f"h{number}",
                    bench.organizations[0].id,
                    connection["id"],
                    "t1",
                    1,
                    now + timedelta(seconds=number),
                    Direction.INCOMING if number % 2 else Direction.OUTGOING,
                    values,
                )
                for number in range(count)
            ]
        )
        work.commit()


def ids(page: Page, query: str = "") -> list[str]:
    return [each["id"] for each in page.get(f"/twins{query}")["items"]]


def test_a_row_says_how_the_pair_is_doing(pair: Pair, ours: Any) -> None:
    add_changes(pair, ours, 2)
    answer = pair.alice.get("/twins?text=%231")
    [row] = answer["items"]
    assert row["local"] == {"id": "1", "url": "https://dev.azure.com/alpha/_workitems/edit/1", "title": "First"}
    assert row["remote"]["id"] == "701"
    assert (row["status"], row["project"], row["connection_id"]) == ("synchronized", "Fabrikam", ours["id"])
    assert (row["direction"], row["errors"], row["conflicts"]) == ("incoming", [], 0)
    assert (answer["total"], answer["next"]) == (1, None)


def test_what_was_never_synchronized_stands_first_then_the_latest(pair: Pair, ours: Any) -> None:
    assert ids(pair.alice) == ["t3", "t2", "t1"]
    assert ids(pair.alice, "?sort=synchronized_at") == ["t1", "t2", "t3"]


@pytest.mark.parametrize("sort", ["synchronized_at", "created_at", "work_item_id", "title", "status", "connection"])
@pytest.mark.parametrize("sign", ["", "-"])
def test_every_order_is_walked_by_its_cursors(pair: Pair, ours: Any, sort: str, sign: str) -> None:
    walked: list[str] = []
    page: Any = {"next": ""}
    for _ in range(3):
        page = pair.alice.get(f"/twins?limit=1&sort={sign}{sort}&after={page['next']}")
        walked += [each["id"] for each in page["items"]]
    assert page["next"] is None
    assert sorted(walked) == ["t1", "t2", "t3"]
    assert walked == ids(pair.alice, f"?sort={sign}{sort}")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?status=failed", ["t2"]),
        ("?status=failed,pending", ["t3", "t2"]),
        ("?has_error=true", ["t2"]),
        ("?has_error=false", ["t3", "t1"]),
        ("?has_conflict=true", ["t1"]),
        ("?project=Fabrikam&text=fir", ["t1"]),
        ("?project=Tailspin", []),
        ("?text=702", ["t2"]),
        ("?text=https://dev.azure.com/beta/_workitems/edit/702", ["t2"]),
        ("?text=https://dev.azure.com/alpha/Fabrikam/_workitems/edit/1", ["t1"]),
        ("?text=https://dev.azure.com/alpha/_boards/board?workitem=2", ["t2"]),
        ("?text=https://dev.azure.com/beta/_workitems/edit/1", []),
        ("?synchronized_after=2020-01-01T00:00:00Z", ["t2", "t1"]),
        ("?synchronized_before=2020-01-01T00:00:00Z", []),
    ],
)
def test_the_list_is_narrowed_down(pair: Pair, ours: Any, query: str, expected: list[str]) -> None:
    add_conflict(pair, ours)
    assert ids(pair.alice, query) == expected
    assert ids(pair.alice, f"{query}&connection={ours['id']}") == expected


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("?status=broken", 422),
        ("?sort=state", 422),
        ("?connection=nowhere", 404),
        ("?synchronized_after=yesterday", 422),
        ("?synchronized_after=2020-01-01T00:00:00", 422),
        ("?after=bm9uZQ", 422),
        ("?after=WyJ5ZXN0ZXJkYXkiLCAidDEiXQ", 422),
        ("?sort=work_item_id&after=WyJ4IiwgInQxIl0", 422),
        ("?text=https://example.com/_workitems/edit/1", 422),
        ("?text=https://dev.azure.com/alpha/_queries", 422),
        (f"?text={'x' * 501}", 422),
        ("?colour=red", 422),
    ],
)
def test_what_makes_no_sense_is_refused(pair: Pair, ours: Any, query: str, status: int) -> None:
    answer = pair.alice.call("GET", f"/twins{query}")
    assert answer.status_code == status, answer.text


def test_the_file_holds_every_row_and_no_formula(pair: Pair, ours: Any) -> None:
    answer = pair.alice.call("GET", "/twins/export?sort=work_item_id")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert 'filename="entity-sync-status.csv"' in answer.headers["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["work_item_id"] for row in rows] == ["1", "2", "3"]
    assert rows[1]["title"].startswith("'=HYPERLINK")
    assert (rows[1]["open_errors"], rows[1]["last_error"]) == ("1", "Field Severity is required.")
    assert rows[0]["remote_work_item_url"].endswith("/701")
    assert pair.alice.call("GET", "/twins/export?connection=nowhere").status_code == 404


def test_a_long_file_is_made_page_by_page(pair: Pair, ours: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adnode.services.twin_list.EXPORT_PAGE", 2)
    rows = list(csv.DictReader(io.StringIO(pair.alice.call("GET", "/twins/export").text)))
    assert [row["work_item_id"] for row in rows] == ["3", "2", "1"]


# finding -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("1", "under_sync"),
        ("%23701", "under_sync"),
        ("first", "under_sync"),
        ("https://dev.azure.com/beta/_workitems/edit/701", "under_sync"),
        ("4", "not_under_sync"),
        ("https://dev.azure.com/alpha/_workitems/edit/4", "not_under_sync"),
        ("99", "not_found"),
        ("https://dev.azure.com/beta/_workitems/edit/4", "remote_not_under_sync"),
        ("nobody wrote this", "no_match"),
    ],
)
def test_a_search_says_what_it_led_to(pair: Pair, ours: Any, text: str, finding: str) -> None:
    for number in range(4):
        pair.alpha.organizations[0].create("Fabrikam", "Bug", {TITLE: f"Number {number + 1}"})
    found = pair.alice.get(f"/work-items/search?text={text}")
    assert found["finding"] == finding
    assert bool(found["twins"]) is (finding == "under_sync")
    if finding == "not_under_sync":
        assert (found["work_item"]["title"], found["type"], found["project"]) == ("Number 4", "Bug", "Fabrikam")
        assert [each["id"] for each in found["connections"]] == [ours["id"]]


def test_a_search_needs_a_text(pair: Pair, ours: Any) -> None:
    assert pair.alice.call("GET", "/work-items/search?text=%20").status_code == 422
    assert pair.alice.call("GET", "/work-items/search").status_code == 422


# details -------------------------------------------------------------------------------------------------------------


def test_the_details_of_a_pair(pair: Pair, ours: Any) -> None:
    add_changes(pair, ours, 3)
    add_conflict(pair, ours)
    found = pair.alice.get("/twins/t1")
    assert found["twin"] == pair.alice.get("/twins?text=%231")["items"][0]
    assert found["held"]["registers"]["summary"]["value"] == "First"
    assert (found["received"], found["waiting_files"], found["changes"], found["revision"]) == (None, 0, 3, 1)
    assert found["last_outgoing_at"] > found["last_incoming_at"]
    assert (found["others"], found["free"], found["remote_title"]) == ([], [], "First")
    [conflict] = found["conflicts"]
    assert (conflict["thing"], conflict["kept"]["text"], conflict["lost"]["text"]) == ("summary", "First", "Lost")
    assert (conflict["can_restore"], conflict["reason"], conflict["status"]) == (True, "", "open")


def test_other_connections_of_the_same_work_item(pair: Pair, ours: Any) -> None:
    second = pair.connect()[0]
    assert [each["id"] for each in pair.alice.get("/twins/t1")["free"]] == [second["id"]]
    with pair.alpha.storage.unit_of_work() as work:
        twin = work.twins.get("t1")
        other = Twin("t9", second["id"], twin.organization_id, TwinStatus.PENDING, twin.created_at, 1, "Fabrikam")
        work.twins.add(other, due_at=None)
        work.commit()
    found = pair.alice.get("/twins/t1")
    assert [each["id"] for each in found["others"]] == ["t9"]
    assert found["free"] == []


def test_the_history_is_walked_page_by_page(pair: Pair, ours: Any) -> None:
    add_changes(pair, ours, 3)
    first = pair.alice.get("/twins/t1/history?limit=2")
    assert ([each["id"] for each in first["items"]], first["total"]) == (["h2", "h1"], 3)
    second = pair.alice.get(f"/twins/t1/history?limit=2&after={first['next']}")
    assert ([each["id"] for each in second["items"]], second["next"]) == (["h0"], None)
    assert second["items"][0]["values"] == [{"thing": "summary", "text": "First", "subject": "", "is_deleted": False}]
    assert pair.alice.call("GET", "/twins/t1/history?after=bm9uZQ").status_code == 422


def test_the_traces_are_walked_page_by_page(pair: Pair, ours: Any) -> None:
    organization_id, now = pair.alpha.organizations[0].id, pair.alpha.clock.now()
    comment = CommentValue("Ada", now, RichText("<p>x</p>"))
    file = AttachmentValue("plan.pdf", 9, "", is_deleted=True)
    with pair.alpha.storage.unit_of_work() as work:
        work.traces.save(
            [
                Trace(organization_id, 1, TraceKind.COMMENT, f"{organization_id}:5", "5", "", comment),
                Trace(organization_id, 1, TraceKind.ATTACHMENT, "beta:a", "guid", "", file),
            ]
        )
        work.commit()
    first = pair.alice.get("/twins/t1/traces?limit=1")
    assert first["items"] == [
        {
            "kind": "attachment",
            "key": "beta:a",
            "local_id": "guid",
            "is_local": False,
            "name": "plan.pdf",
            "is_deleted": True,
        }
    ]
    [second] = pair.alice.get(f"/twins/t1/traces?limit=1&after={first['next']}")["items"]
    assert (second["kind"], second["name"], second["is_local"]) == ("comment", "Ada", True)
    assert first["total"] == 2
    assert pair.alice.get("/twins/t3/traces")["items"] == []


# deeds ---------------------------------------------------------------------------------------------------------------


def test_a_pair_is_synchronized_at_once(pair: Pair, ours: Any) -> None:
    assert pair.alice.call("POST", "/twins/t1/sync-now").status_code == 204
    assert pair.alice.get("/twins/t1")["twin"]["in_progress"] is True
    assert pair.alice.actions(ours["id"])[0] == "work_item_sync_asked"


def test_what_would_lead_to_nothing_is_not_started(pair: Pair, ours: Any) -> None:
    assert pair.alice.edit("POST", pair.alice.connection(ours["id"]), "/deactivate").status_code == 200
    answer = pair.alice.call("POST", "/twins/t1/sync-now")
    assert (answer.status_code, "Activate it first" in answer.json["detail"]) == (409, True)


def test_the_other_value_is_wanted_and_dismissed(pair: Pair, ours: Any) -> None:
    add_conflict(pair, ours)
    answer = pair.alice.call("POST", "/conflicts/k1/restore")
    assert (answer.status_code, answer.json["status"], answer.json["resolved_by"]) == (202, "wanted", "Alice")
    assert pair.alice.get("/twins/t1")["twin"]["in_progress"] is True
    assert pair.alice.call("POST", "/conflicts/k1/restore").status_code == 409
    dismissed = pair.alice.call("POST", "/conflicts/k1/dismiss")
    assert (dismissed.status_code, dismissed.json["status"]) == (200, ConflictStatus.DISMISSED)
    assert pair.alice.actions(ours["id"])[:2] == ["conflict_dismissed", "conflict_restored"]


def test_a_file_is_not_taken_back(pair: Pair, ours: Any) -> None:
    add_conflict(pair, ours, "k2", "attachment/beta:a")
    [conflict] = pair.alice.get("/twins/t1")["conflicts"]
    assert conflict["can_restore"] is False
    answer = pair.alice.call("POST", "/conflicts/k2/restore")
    assert (answer.status_code, answer.json["detail"]) == (409, conflict["reason"])


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/twins/t1"),
        ("GET", "/twins/t1/history"),
        ("GET", "/twins/t1/traces"),
        ("POST", "/twins/t1/sync-now"),
        ("POST", "/conflicts/k1/restore"),
        ("POST", "/conflicts/k1/dismiss"),
    ],
)
def test_another_organization_of_the_node_finds_nothing(method: str, path: str) -> None:
    pair = make_pair()
    stranger_bench = pair.alpha
    connection = pair.connect()[0]
    now = stranger_bench.clock.now()
    with stranger_bench.storage.unit_of_work() as work:
        work.twins.add(Twin("t1", connection["id"], "somebody", TwinStatus.PENDING, now, 1, "Fabrikam"), due_at=None)
        foreign = work.connections.get(connection["id"])
        work.connections.add(_foreign(foreign))
        record = ConflictRecord("k1", "foreign", "t1", 1, "summary", "{}", "{}", "beta", now)
        work.error_records.add_conflict(record)
        work.commit()
    assert pair.alice.call(method, path).status_code == 404
    assert pair.alice.get("/twins")["items"] == []
    assert pair.alice.get("/work-items/search?text=nothing")["finding"] == "no_match"


def _foreign(connection: Any) -> Any:
    return replace(connection, id="foreign", organization_id="somebody")


def test_the_tab_is_for_administrators(pair: Pair, ours: Any) -> None:
    pair.alpha.person("carl", pair.alpha.organizations[0], is_administrator=False)
    carl = pair.alpha.sign_in("carl", pair.alpha.organizations[0], purpose="panel")
    for path in ("/twins", "/twins/export", "/twins/t1", "/work-items/search?text=1"):
        assert carl.call("GET", path).status_code == 403


def test_pairs_in_conflict_are_counted_alike_in_menu_dashboard_and_list(pair: Pair, ours: Any) -> None:
    """Two values of one pair are one pair in conflict; once both are decided nothing is announced any more."""

    def announced() -> tuple[int, int, int]:
        counts, dashboard = pair.alice.get("/errors/counts"), pair.alice.get("/dashboard")
        return counts["conflicting"], dashboard["conflicting"], pair.alice.get("/twins?has_conflict=true")["total"]

    assert announced() == (0, 0, 0)
    add_conflict(pair, ours)
    add_conflict(pair, ours, "k2", "attachment/beta:a")
    assert announced() == (1, 1, 1)
    for conflict_id in ("k1", "k2"):
        assert pair.alice.call("POST", f"/conflicts/{conflict_id}/dismiss").status_code == 200
    assert announced() == (0, 0, 0)

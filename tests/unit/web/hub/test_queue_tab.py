"""The Sync Queue tab's operations."""

from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from tests.contract.storage.values import make_body, make_error_record, make_message, make_twin
from tests.unit.web.hub.bench import Page, Pair, make_pair

from adnode.domain.message import ContentBody, MessageKind, QueueStatus
from adnode.web.hub.paging import make_cursor

LANES = ("outgoing_sync", "incoming_sync", "outgoing_attachments", "incoming_attachments")


@pytest.fixture
def pair() -> Pair:
    return make_pair()


@pytest.fixture
def connection_id(pair: Pair) -> str:
    """A connection of alpha with three changes that wait, and one that came and failed."""
    connection_id = str(pair.connect()[0]["id"])
    bench = pair.alpha
    now, organization_id = bench.clock.now(), bench.organizations[0].id
    with bench.storage.unit_of_work() as work:
        for number in (1, 2, 3):
            twin = make_twin(
                f"t{number}",
                connection_id=connection_id,
                organization_id=organization_id,
                work_item_id=40 + number,
                remote_work_item_id=70 + number,
                remote_url="https://dev.azure.com/beta/_workitems/edit/7",
            )
            work.twins.add(twin, due_at=None)
            at = now - timedelta(minutes=number)
            work.outbox.add(connection_id, f"t{number}", MessageKind.STATE, make_body(f"Title {number}"), at)
        work.inbox.add(connection_id, make_message(9), QueueStatus.APPLYING, now)
        work.inbox.settle(["m9"], QueueStatus.FAILED, now, connection_id=connection_id)
        record = make_error_record(connection_id=connection_id, organization_id=organization_id)
        work.error_records.open(record)
        body = ContentBody(("org:a",))
        work.outbox.add(connection_id, "t1", MessageKind.CONTENT_REQUESTED, body, now)
        work.commit()
    return connection_id


def listed(page: Page, query: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = page.get(f"/queue?lane=outgoing_sync{query}")["items"]
    return found


def path_of(event: dict[str, Any]) -> str:
    return f"/queue/{event['direction']}/{event['key']}"


def test_a_lane_page_by_page(pair: Pair, connection_id: str) -> None:
    first = pair.alice.get("/queue?lane=outgoing_sync&limit=2")
    second = pair.alice.get(f"/queue?lane=outgoing_sync&limit=2&after={first['next']}")
    assert (first["total"], second["total"], second["next"]) == (3, 3, None)
    numbers = [event["local"]["id"] for event in first["items"] + second["items"]]
    assert numbers == ["43", "42", "41"], "the oldest first"
    event = first["items"][0]
    assert event["remote"] == {"id": "73", "url": "https://dev.azure.com/beta/_workitems/edit/7"}
    assert event["local"]["url"].endswith("/alpha/_workitems/edit/43")
    assert (event["status"], event["hold"], event["kind"], event["attempts"]) == ("waiting", "", "state", 0)
    assert (event["can_cancel"], event["can_send_again"]) == (True, False)


@pytest.mark.parametrize(
    "sort", ["id", "sequence", "status", "connection", "kind", "twin_id", "work_item", "created_at"]
)
def test_every_order_has_pages(pair: Pair, connection_id: str, sort: str) -> None:
    for direction in ("", "-"):
        seen: list[str] = []
        after: str | None = ""
        while after is not None:
            page = pair.alice.get(f"/queue?lane=outgoing_sync&limit=1&sort={direction}{sort}&after={after}")
            seen += [event["id"] for event in page["items"]]
            after = page["next"]
        assert len(set(seen)) == len(seen) == 3


def test_filters(pair: Pair, connection_id: str) -> None:
    assert [event["twin_id"] for event in listed(pair.alice, "&work_item=42")] == ["t2"]
    assert [event["twin_id"] for event in listed(pair.alice, "&work_item=72")] == ["t2"]
    assert len(listed(pair.alice, f"&connection={connection_id}")) == 3
    assert listed(pair.alice, "&connection=another") == []
    assert listed(pair.alice, "&status=failed") == []
    assert len(listed(pair.alice, "&status=waiting")) == 3


def test_counts(pair: Pair, connection_id: str) -> None:
    counts = pair.alice.get("/queue/counts")
    assert [counts[lane] for lane in LANES] == [3, 1, 0, 1]
    assert set(pair.alice.get("/queue/counts?connection=another").values()) == {0}


def test_a_deactivated_connection_holds_its_events(pair: Pair, connection_id: str) -> None:
    pair.alice.edit("POST", pair.alice.connection(connection_id), "/deactivate")
    assert {(event["status"], event["hold"]) for event in listed(pair.alice)} == {("blocked", "connection_not_active")}
    assert len(listed(pair.alice, "&status=blocked")) == 3 + 1, "the word for the partner waits, too"


def test_one_event(pair: Pair, connection_id: str) -> None:
    event = pair.alice.get("/queue?lane=incoming_sync")["items"][0]
    details = pair.alice.get(path_of(event))
    assert {name: details[name] for name in event} == event
    assert details["changes"][0]["text"] == "Title 9"
    assert details["document"]["body"]["registers"]["summary"]["value"] == "Title 9"
    assert [error["code"] for error in details["errors"]] == ["rule_violation"]


def test_the_longest_id_that_a_partner_may_choose(pair: Pair, connection_id: str) -> None:
    long_id = "é/?#" * 16
    with pair.alpha.storage.unit_of_work() as work:
        work.inbox.add(connection_id, make_message(10, id=long_id), QueueStatus.APPLYING, pair.alpha.clock.now())
        work.commit()
    events = pair.alice.get("/queue?lane=incoming_sync&sort=-sequence")["items"]
    assert pair.alice.get(path_of(events[0]))["id"] == long_id


def test_cancelling(pair: Pair, connection_id: str) -> None:
    event = listed(pair.alice)[0]
    answer = pair.alice.call("POST", f"{path_of(event)}/cancel")
    assert (answer.status_code, answer.json["status"], answer.json["can_cancel"]) == (200, "cancelled", False)
    assert len(listed(pair.alice)) == 2
    assert {event["status"] for event in listed(pair.alice, "&finished=true")} == {"waiting", "cancelled"}
    again = pair.alice.call("POST", f"{path_of(event)}/cancel")
    assert (again.status_code, again.json["code"]) == (409, "state")
    assert pair.alice.actions(connection_id)[0] == "queue_event_cancelled"


def test_sending_again(pair: Pair, connection_id: str) -> None:
    [event] = pair.alice.get("/queue?lane=incoming_sync")["items"]
    answer = pair.alice.call("POST", f"{path_of(event)}/send-again")
    assert (answer.status_code, answer.json["status"], answer.json["hold"]) == (202, "blocked", "failed_event")
    assert pair.alice.actions(connection_id)[0] == "queue_event_sent_again"
    waiting = listed(pair.alice)[0]
    assert pair.alice.call("POST", f"{path_of(waiting)}/send-again").status_code == 409


def test_samples(pair: Pair, connection_id: str) -> None:
    assert pair.alice.get("/queue/samples")["outgoing"] == []
    with pair.alpha.storage.unit_of_work() as work:
        work.queue_samples.measure(pair.alpha.clock.now())
        work.commit()
    history = pair.alice.get("/queue/samples?hours=1")
    assert [sample["depth"] for sample in history["outgoing"]] == [4]
    assert history["minutes_each"] == 1
    assert len(pair.alice.get(f"/queue/samples?connection={connection_id}")["outgoing"]) == 1
    assert pair.bob.get("/queue/samples")["outgoing"] == []


def test_what_others_have_is_not_there(pair: Pair, connection_id: str) -> None:
    event = listed(pair.alice)[0]
    assert listed(pair.bob) == []
    for method, end in (("GET", ""), ("POST", "/cancel"), ("POST", "/send-again")):
        assert pair.bob.call(method, path_of(event) + end).status_code == 404


@pytest.mark.parametrize("key", ["x", make_cursor(("c1",)), make_cursor(("c1", "a\0b")), make_cursor(("c1", 5)), "%00"])
@pytest.mark.parametrize("direction", ["outgoing", "sideways"])
def test_a_key_that_nobody_gave_out(pair: Pair, key: str, direction: str) -> None:
    assert pair.alice.call("GET", f"/queue/{direction}/{quote(key, safe='%')}").status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?lane=sideways",
        "?lane=outgoing_sync&sort=body",
        "?lane=outgoing_sync&work_item=0",
        "?lane=outgoing_sync&work_item=x",
        "?lane=outgoing_sync&status=nice",
        "?lane=outgoing_sync&limit=1000",
        "?lane=outgoing_sync&connection=a'b",
        "?lane=outgoing_sync&after=xyz",
        f"?lane=outgoing_sync&after={make_cursor(('yesterday', 'a', 'b'))}",
        f"?lane=outgoing_sync&after={make_cursor((1, 'a', 'b'))}",
        f"?lane=outgoing_sync&sort=sequence&after={make_cursor(('a', 'a', 'b'))}",
        f"?lane=outgoing_sync&sort=id&after={make_cursor(('a', 'a'))}",
        "/samples?hours=1000",
        "/counts?lane=outgoing_sync",
    ],
)
def test_what_can_not_be_asked(pair: Pair, query: str) -> None:
    answer = pair.alice.call("GET", f"/queue{query}")
    assert (answer.status_code, answer.json["code"]) == (422, "validation"), answer.text

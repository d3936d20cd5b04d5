"""Two organizations on one node never see or change anything of each other, whatever the route."""

from dataclasses import dataclass
from typing import Any

import pytest
from tests.unit.web.hub.bench import Bench, Page, make_bench
from tests.unit.web.hub.test_session_api import all_operations

from adnode.domain.error_record import ErrorRecord, Impact
from adnode.domain.work_item import TITLE

BODIES: dict[tuple[str, str], Any] = {
    ("PATCH", "/connections/{connection}"): {"name": "Taken over"},
    ("POST", "/connections/{connection}/work-items"): {"work_item": "1"},
    ("POST", "/connections/{connection}/bulk-exalate"): {},
    ("POST", "/connections/{connection}/bulk-unexalate"): {},
    ("POST", "/connections/{connection}/drift/repair"): {},
    ("POST", "/clean-up/preview"): {"scope": "connection", "connection_id": "{connection}"},
    ("POST", "/clean-up"): {"scope": "connection", "connection_id": "{connection}", "confirmation": "Taken over"},
    ("POST", "/errors/{error}/resolve"): {"note": "Taken over"},
    ("POST", "/triggers"): {"connection_id": "{connection}", "condition": "[System.Id] > 0"},
    ("POST", "/triggers/preview"): {"connection_id": "{connection}", "condition": "[System.Id] > 0"},
    ("POST", "/work-items/1/connect"): {"connection_id": "{connection}", "remote_work_item_id": "1"},
}
UPLOADS: dict[tuple[str, str], bytes] = {
    ("POST", "/connections/{connection}/bulk-connect/check"): b"local_work_item_id,remote_work_item_id\n1,1\n",
    ("POST", "/connections/{connection}/bulk-connect"): b"local_work_item_id,remote_work_item_id\n1,1\n",
}


@dataclass(slots=True)
class Neighbours:
    """Alpha with a connection that is used, an error and a pending one; and somebody else on the same node."""

    bench: Bench
    alice: Page
    mallory: Page
    connection: Any
    pending: Any
    code: str


@pytest.fixture
def neighbours() -> Neighbours:
    bench = make_bench("alpha", "mallory-inc")
    alpha, other = bench.organizations
    bench.person("alice", alpha)
    thief = bench.person("mallory", other)
    partner = make_bench("beta", url="", network=bench.network, clock=bench.clock)
    partner.person("bob", partner.organizations[0])
    alice, mallory = bench.sign_in("alice", alpha), bench.sign_in("mallory", other)
    alpha.create("Fabrikam", "Task", {TITLE: "Secret of alpha"})
    other.create("Fabrikam", "Task", {TITLE: "Item of mallory"})
    thief.readable = thief.editable = frozenset({1})
    made = alice.initiate(name="Secret partner")
    partner.sign_in("bob", partner.organizations[0]).accept(made["code"])
    alice.call("POST", f"/connections/{made['connection']['id']}/work-items", {"work_item": "1"})
    pending = alice.initiate(name="Secret plan")
    with bench.storage.unit_of_work() as work:
        now = bench.clock.now()
        record = ErrorRecord(
            "error-1", alpha.id, made["connection"]["id"], "", Impact.CONNECTION, "x", "Secret trouble", now, now
        )
        work.error_records.open(record)
        work.commit()
    connection = alice.connection(made["connection"]["id"])
    return Neighbours(bench, alice, mallory, connection, pending["connection"], pending["code"])


def everything_of(page: Page) -> list[Any]:
    ids = [item["id"] for item in page.get("/connections")["items"]]
    return [
        page.get("/connections"),
        page.get("/audit"),
        page.get("/organization"),
        page.get("/getting-started"),
        *(page.get(f"/connections/{one}/audit") for one in ids),
    ]


def routes(bench: Bench) -> list[tuple[str, str]]:
    return [
        (method, path.replace("c-1", "{connection}").replace("/7", "/1").replace("e-1", "{error}"))
        for method, path in all_operations(bench)
    ]


def send(page: Page, method: str, path: str, connection: Any, error: str) -> Any:
    def filled(text: str) -> str:
        return text.replace("{connection}", connection["id"]).replace("{error}", error)

    if (upload := UPLOADS.get((method, path))) is not None:
        headers = {"Authorization": f"Bearer {page.token}"}
        return page.bench.client.post(f"/api/v1{filled(path)}", data=upload, content_type="text/csv", headers=headers)
    body = BODIES.get((method, path))
    if body is not None:
        body = {name: filled(value) for name, value in body.items()}
    revision = f'"{connection["revision"]}"'
    return page.call(method, filled(path), body, with_token=True, If_Match=revision)


def test_what_is_not_yours_looks_as_if_it_were_not_there(neighbours: Neighbours) -> None:
    nobody = {"id": "c-unknown", "revision": 1}
    before = everything_of(neighbours.alice)
    checked = 0
    for method, path in routes(neighbours.bench):
        if "{" not in path and (method, path) not in BODIES:
            continue
        for target in (neighbours.connection, neighbours.pending):
            theirs = send(neighbours.mallory, method, path, target, "error-1")
            missing = send(neighbours.mallory, method, path, nobody, "error-unknown")
            assert theirs.status_code == missing.status_code == 404, (method, path, theirs.text)
            assert theirs.json["code"] == missing.json["code"] == "not_found"
            told = theirs.json["detail"].replace(target["id"], "c-unknown").replace("error-1", "error-unknown")
            assert told == missing.json["detail"]
            checked += 1
    assert checked >= 26
    assert everything_of(neighbours.alice) == before


def test_no_answer_to_a_neighbour_contains_anything_of_the_others(neighbours: Neighbours) -> None:
    secrets = ["Secret", neighbours.connection["id"], neighbours.pending["id"], neighbours.code, "alpha to"]
    for method, path in routes(neighbours.bench):
        if method != "GET":
            continue
        answer = send(neighbours.mallory, method, path, {"id": "c-unknown", "revision": 1}, "error-unknown")
        assert not any(secret in answer.text for secret in secrets), path


def test_lists_of_a_neighbour_are_empty(neighbours: Neighbours) -> None:
    assert neighbours.mallory.get("/connections")["total"] == 0
    assert neighbours.mallory.actions() == ["session_opened", "organization_registered"]
    assert neighbours.mallory.get("/connections?search=Secret")["items"] == []
    twins = neighbours.mallory.call("GET", "/work-items/1/twins", with_token=True).json
    assert (twins["items"], twins["connections"]) == ([], [])


def test_a_repetition_key_of_a_neighbour_is_another_key(neighbours: Neighbours) -> None:
    wish = {"project": "Fabrikam", "visibility": "private"}
    first = neighbours.alice.call("POST", "/connections", wish, Idempotency_Key="same").json
    second = neighbours.mallory.call("POST", "/connections", wish, Idempotency_Key="same").json
    assert first["connection"]["id"] != second["connection"]["id"]
    assert second["connection"]["name"].startswith("mallory-inc to")


def test_no_body_or_query_chooses_the_organization(neighbours: Neighbours) -> None:
    alpha = neighbours.bench.organizations[0]
    for name in ("organization_id", "tenant", "organization"):
        wish = {"project": "Fabrikam", "visibility": "private", name: alpha.id}
        assert neighbours.mallory.call("POST", "/connections", wish).status_code == 422
        assert neighbours.mallory.call("GET", f"/connections?{name}={alpha.id}").status_code == 422


def test_a_code_of_a_neighbour_is_none_for_this_node(neighbours: Neighbours) -> None:
    body = {"code": neighbours.code, "project": "Fabrikam"}
    answer = neighbours.mallory.call("POST", "/invitations/acceptance", body)
    assert answer.status_code == 422
    assert "Secret" not in answer.text
    assert neighbours.alice.connection(neighbours.pending["id"])["status"] == "pending"

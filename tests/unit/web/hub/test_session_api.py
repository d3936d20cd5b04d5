"""Signing in over HTTP, and what happens without a session."""

from typing import Any

import pytest
from tests.unit.web.hub.bench import ACCESS_TOKEN, Bench, make_bench

from adnode.web.hub.tabs import list_operations
from adnode.web.rate_limits import Rate


@pytest.fixture
def bench() -> Bench:
    made = make_bench("alpha")
    made.person("alice", made.organizations[0])
    made.person("rita", made.organizations[0], is_administrator=False)
    return made


def test_a_session_says_who_where_and_until_when(bench: Bench) -> None:
    (alpha,) = bench.organizations
    document = bench.open_session("alice", alpha).json
    assert document["user"] == {"id": "id-alice", "name": "Alice"}
    assert (document["is_administrator"], document["expires_at"]) == (True, "2026-01-05T09:45:00Z")
    assert document["organization"] == {
        "id": alpha.id,
        "name": "alpha",
        "url": "https://dev.azure.com/alpha",
        "kind": "services",
        "credential": {
            "kind": "personal_access_token",
            "identity": "Robot",
            "identity_id": "robot",
            "added_at": "2026-01-05T09:00:00Z",
            "expires_at": None,
        },
    }
    assert document["node"] == bench.client.get("/api/v1/node").json


def test_the_node_says_what_it_is_to_anybody(bench: Bench) -> None:
    assert bench.client.get("/api/v1/node").json == {
        "url": "https://alpha.example",
        "host": "alpha.example",
        "version": "0.1.0",
        "is_private": False,
        "modes": ["basic"],
        "protocol_version": 1,
    }
    private = make_bench("beta", url="").client.get("/api/v1/node", base_url="http://node.inside:8080").json
    assert (private["url"], private["host"], private["is_private"]) == ("", "node.inside:8080", True)


def test_an_organization_without_an_account_is_known_all_the_same() -> None:
    bench = make_bench("alpha", has_credentials=False)
    bench.person("alice", bench.organizations[0])
    assert bench.open_session("alice", bench.organizations[0]).json["organization"]["credential"] is None


def test_somebody_without_the_right_learns_which_and_from_whom(bench: Bench) -> None:
    answer = bench.open_session("rita", bench.organizations[0])
    assert (answer.status_code, answer.json["code"]) == (403, "administrator_required")
    assert answer.json["right"] == "Edit collection-level information"
    assert "Project Collection Administrators" in answer.json["grantor"]
    assert answer.mimetype == "application/problem+json"
    assert answer.json["correlation_id"] == answer.headers["X-Correlation-Id"]


@pytest.mark.parametrize(
    ("app", "access", "claims", "status", "code"),
    [
        ("bogus", "", {}, 401, "session_refused"),
        ("", "bogus", {}, 401, "session_refused"),
        ("", "", {"host_id": "other"}, 401, "session_refused"),
        ("", "", {"host_name": "../evil"}, 400, "collection_refused"),
        ("", "", {"is_hosted": False, "collection_url": "https://evil.example"}, 400, "collection_refused"),
        ("", "", {"is_hosted": "yes"}, 422, "validation"),
        ("", "", {"tenant": "other"}, 422, "validation"),
        ("", "", {"purpose": "root"}, 422, "validation"),
    ],
)
def test_refusals_have_their_status_and_code(
    bench: Bench, app: str, access: str, claims: dict[str, object], status: int, code: str
) -> None:
    answer = bench.open_session("alice", bench.organizations[0], app, access, **claims)
    assert (answer.status_code, answer.json["code"]) == (status, code)


def test_a_silent_azure_devops_is_tried_again_later(bench: Bench) -> None:
    bench.directory.is_available = False
    answer = bench.open_session("alice", bench.organizations[0])
    assert (answer.status_code, answer.json["code"]) == (503, "azure_devops_unavailable")
    assert "Retry-After" in answer.headers


def test_without_tokens_there_is_no_session(bench: Bench) -> None:
    answer = bench.client.post("/api/v1/session", json=bench.claim(bench.organizations[0]))
    assert (answer.status_code, answer.json["code"]) == (401, "session_refused")


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/json", 422),
        (b"[]", "application/json", 422),
        (b"", "application/json", 422),
        (b"\xff", "application/json", 422),
        (b"{}", "text/plain", 415),
        (b"x" * 70_000, "application/json", 413),
    ],
)
def test_bodies_that_are_none_are_refused(bench: Bench, body: bytes, kind: str, status: int) -> None:
    answer = bench.client.post("/api/v1/session", data=body, content_type=kind)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")


def all_operations(bench: Bench) -> list[tuple[str, str]]:
    hub = list_operations(_hub(bench))
    closed = [one for one in hub if one.access != "anybody"]
    fill = {"connection_id": "c-1", "work_item_id": "7", "error_id": "e-1"}
    paths = []
    for operation in closed:
        path = operation.path
        for name in operation.parameters:
            path = path.replace(f"<{name}>", fill.get(name, "x-1"))
        paths.append((operation.method, path))
    return paths


def _hub(bench: Bench) -> Any:
    # The table needs no working services.
    return type("Nothing", (), {"__getattr__": lambda self, _name: self})()


@pytest.mark.parametrize("token", ["", "Bearer", "Bearer bogus", "Basic bogus"])
def test_every_operation_needs_a_session(bench: Bench, token: str) -> None:
    operations = all_operations(bench)
    assert len(operations) > 20
    for method, path in operations:
        headers = {"Authorization": token} if token else {}
        answer = bench.client.open(f"/api/v1{path}", method=method, json={}, headers=headers)
        assert (answer.status_code, answer.json["code"]) == (401, "session_refused"), path


def test_every_operation_tells_an_expired_session_so_that_the_page_asks_anew(bench: Bench) -> None:
    page = bench.sign_in("alice", bench.organizations[0])
    bench.clock.advance(2700)
    for method, path in all_operations(bench):
        answer = page.ask(method, path, {})
        assert (answer.status_code, answer.json["code"]) == (401, "session_expired"), path
    assert bench.sign_in("alice", bench.organizations[0]).get("/connections")["items"] == []


def test_a_person_of_the_panel_reaches_nothing_of_the_hub(bench: Bench) -> None:
    page = bench.sign_in("rita", bench.organizations[0], purpose="panel")
    open_to_persons = ("/work-items", "/errors/")
    for method, path in all_operations(bench):
        if any(part in path for part in open_to_persons):
            continue
        answer = page.call(method, path, {})
        assert (answer.status_code, answer.json["code"]) == (403, "administrator_required"), path


def test_tokens_are_taken_from_headers_only(bench: Bench) -> None:
    (alpha,) = bench.organizations
    query = f"?access_token=access-alice&{ACCESS_TOKEN}=access-alice"
    headers = {"Authorization": "Bearer app-alice"}
    answer = bench.client.post(f"/api/v1/session{query}", json=bench.claim(alpha), headers=headers)
    assert answer.status_code == 401


def test_sessions_are_rationed(bench: Bench) -> None:
    limited = make_bench("alpha", rates={"session": Rate(2, 60.0)})
    limited.person("alice", limited.organizations[0])
    (alpha,) = limited.organizations
    statuses = [limited.open_session("alice", alpha).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    refused = limited.open_session("alice", alpha)
    assert (refused.json["code"], refused.headers["Retry-After"]) == ("rate_limited", "60")
    limited.clock.advance(60)
    assert limited.open_session("alice", alpha).status_code == 200

"""The OpenAPI document: valid, complete, and kept by what the node really answers."""

import json
from typing import Any, cast

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openapi_spec_validator import validate
from schemathesis.checks import CHECKS
from tests.unit.web.hub.bench import Bench, Page, make_bench
from tests.unit.web.hub.test_session_api import all_operations

from adnode.domain.work_item import TITLE

CHECKED = (
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
)
EXAMPLES = 10
SHOWN_ONCE = {"NewSubscriberDocument": {"secret"}, "SecretDocument": {"secret"}}
"""What a webhook's receiver checks signatures with: made here, shown to the administrator once, never again."""


def read_document() -> dict[str, Any]:
    return cast(dict[str, Any], json.loads(make_bench("alpha").client.get("/api/v1/openapi.json").text))


DOCUMENT = read_document()
OPERATIONS = [(method.upper(), path) for path, methods in DOCUMENT["paths"].items() for method in methods]


def test_the_document_is_valid_openapi_3_1() -> None:
    assert DOCUMENT["openapi"].startswith("3.1")
    validate(DOCUMENT)


def test_every_route_is_in_the_document() -> None:
    routes = {
        (method, str(rule).removeprefix("/api/v1").replace("<", "{").replace(">", "}"))
        for rule in make_bench("alpha").client.application.url_map.iter_rules()
        if str(rule).startswith("/api/v1/") and not str(rule).endswith("/openapi.json")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert routes == set(OPERATIONS)


def test_operations_say_who_may_call_and_how_they_fail() -> None:
    ids = []
    for method, path in OPERATIONS:
        operation = DOCUMENT["paths"][path][method.lower()]
        ids.append(operation["operationId"])
        assert operation["summary"]
        if path != "/node":
            assert operation["security"] == [{"session": []}]
            assert "401" in operation["responses"]
        for status, answer in operation["responses"].items():
            if int(status) >= 400:
                assert list(answer["content"]) == ["application/problem+json"]
    assert len(ids) == len(set(ids))


def test_no_request_names_an_organization() -> None:
    for method, path in OPERATIONS:
        operation = DOCUMENT["paths"][path][method.lower()]
        names = {parameter["name"] for parameter in operation["parameters"]}
        assert not {"organization", "organization_id", "tenant", "tenant_id"} & names, path
        assert "organization" not in path.replace("/organization", "", 1)


def test_secrets_have_no_place_in_an_answer() -> None:
    answers = json.dumps(
        [
            answer.get("content", {})
            for method, path in OPERATIONS
            for answer in DOCUMENT["paths"][path][method.lower()]["responses"].values()
        ]
    )
    shapes = {name for name in DOCUMENT["components"]["schemas"] if f"/{name}" in answers}
    for name in shapes:
        properties = DOCUMENT["components"]["schemas"][name].get("properties", {})
        hidden = {"client_secret", "private_key_pem", "secret", "sealed_credential", "password"}
        assert hidden & set(properties) == SHOWN_ONCE.get(name, set()), name


def make_ground() -> tuple[Bench, Page, list[dict[str, Any]]]:
    """A node with a pending and an active connection and a work item in sync."""
    bench = make_bench("alpha")
    alpha = bench.organizations[0]
    person = bench.person("alice", alpha)
    person.readable = person.editable = frozenset({1})
    partner = make_bench("beta", url="", network=bench.network, clock=bench.clock)
    partner.person("bob", partner.organizations[0])
    alpha.create("Fabrikam", "Task", {TITLE: "First"})
    alice = bench.sign_in("alice", alpha)
    pending, active = alice.initiate(), alice.initiate()
    partner.sign_in("bob", partner.organizations[0]).accept(active["code"])
    alice.call("POST", f"/connections/{active['connection']['id']}/work-items", {"work_item": "1"})
    return bench, alice, [pending["connection"], active["connection"]]


@pytest.mark.parametrize(("method", "path"), OPERATIONS, ids=[f"{method} {path}" for method, path in OPERATIONS])
def test_whatever_is_sent_the_answer_is_as_documented_and_never_a_500(method: str, path: str) -> None:
    bench, alice, connections = make_ground()
    application = bench.client.application
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)
    operation = schema[path][method]
    checks: Any = CHECKS.get_by_names(CHECKED)
    known = [connection["id"] for connection in connections]

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(case=operation.as_strategy(), target=st.sampled_from([*known, None]), item=st.sampled_from([1, 2, None]))
    def send(case: schemathesis.Case[Any], target: str | None, item: int | None) -> None:
        if target is not None and "connection_id" in case.path_parameters:
            case.path_parameters["connection_id"] = target
            current = alice.call("GET", f"/connections/{target}").json
            if "If-Match" in case.headers:
                case.headers["If-Match"] = f'"{current["revision"]}"'
        if item is not None and "work_item_id" in case.path_parameters:
            case.path_parameters["work_item_id"] = item
        case.headers["Authorization"] = f"Bearer {'app-alice' if path == '/session' else alice.token}"
        case.headers["X-AzureDevOps-AccessToken"] = "access-alice"
        answer = case.call()
        assert answer.status_code != 500, answer.text
        case.validate_response(answer, checks=checks)

    send()


def test_the_fuzzed_operations_are_all_there_are() -> None:
    assert len(OPERATIONS) == len(all_operations(make_bench("alpha"))) + 2

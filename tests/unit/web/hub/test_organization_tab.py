"""General Settings: the account, its rights, the projects, leaving."""

import pytest
from tests.unit.web.hub.bench import Bench, Page, make_bench

from adnode.adapters.memory.gateway import MemoryGateway
from adnode.domain.work_item import Project

TOKEN = {"kind": "personal_access_token", "token": "secret-token"}


@pytest.fixture
def bench() -> Bench:
    made = make_bench("alpha", "other", has_credentials=False)
    made.person("alice", made.organizations[0])
    return made


@pytest.fixture
def alice(bench: Bench) -> Page:
    return bench.sign_in("alice", bench.organizations[0])


def gateway(bench: Bench) -> MemoryGateway:
    return bench.gateways.gateways[bench.organizations[0].id]


def test_without_an_account_rights_and_projects_say_where_to_set_one_up(alice: Page) -> None:
    assert alice.get("/organization")["credential"] is None
    for path in ("/organization/rights", "/projects"):
        answer = alice.call("GET", path)
        assert (answer.status_code, answer.json["reason"]) == (404, "credential_missing")


def test_a_credential_is_tried_without_being_stored(bench: Bench, alice: Page) -> None:
    gateway(bench).missing_rights = {"write work items"}
    rights = alice.call("POST", "/organization/credential/test", TOKEN).json
    assert rights["identity"] == "Robot"
    assert [(right["name"], right["is_granted"]) for right in rights["items"]] == [
        ("read work items", True),
        ("write work items", False),
    ]
    assert alice.get("/organization")["credential"] is None


def test_a_saved_credential_works_and_never_comes_out(bench: Bench, alice: Page) -> None:
    saved = alice.call("PUT", "/organization/credential", TOKEN)
    assert saved.status_code == 200
    assert saved.json["credential"]["identity"] == "Robot"
    assert alice.get("/organization/rights")["identity"] == "Robot"
    assert "secret-token" not in saved.text + alice.call("GET", "/audit").text
    assert alice.actions()[0] == "credential_saved"
    with bench.storage.unit_of_work() as work:
        assert b"secret-token" not in work.organizations.sealed_credential(bench.organizations[0].id)


def test_an_account_without_rights_is_not_stored_and_the_right_is_named(bench: Bench, alice: Page) -> None:
    gateway(bench).missing_rights = {"write work items"}
    answer = alice.call("PUT", "/organization/credential", TOKEN)
    assert (answer.status_code, answer.json["code"]) == (422, "azure_devops_missing_right")
    assert "write work items" in answer.json["detail"]
    assert alice.get("/organization")["credential"] is None


def test_a_wrong_token_is_told(bench: Bench, alice: Page) -> None:
    bench.gateways.refused_tokens.add("secret-token")
    for method, path in (("POST", "/organization/credential/test"), ("PUT", "/organization/credential")):
        answer = alice.call(method, path, TOKEN)
        assert (answer.status_code, answer.json["code"]) == (422, "azure_devops_authentication")


def test_a_credential_of_another_organization_is_refused(bench: Bench, alice: Page) -> None:
    # The same address answers as another organization.
    gateway(bench).organization.id = "another-id"
    answer = alice.call("PUT", "/organization/credential", TOKEN)
    assert (answer.status_code, answer.json["code"]) == (409, "foreign_organization")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kind": "personal_access_token", "token": ""}, "token"),
        ({"kind": "personal_access_token", "token": "two words"}, "token"),
        ({"kind": "client_secret", "tenant_id": "t", "client_id": "c"}, "client_secret"),
        ({"kind": "client_certificate", "tenant_id": "t", "client_id": "c", "certificate_pem": "x"}, "private_key_pem"),
        ({"kind": "password"}, ""),
        ({}, ""),
    ],
)
def test_credentials_that_cannot_be_used_name_the_field_and_repeat_nothing(
    alice: Page, body: dict[str, str], field: str
) -> None:
    answer = alice.call("PUT", "/organization/credential", {**body, "extra": "never-repeat-me"})
    assert answer.status_code == 422
    assert field in " ".join(error["field"] for error in answer.json["errors"])
    assert "never-repeat-me" not in answer.text
    assert "two words" not in answer.text


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "client_secret", "tenant_id": "t-1", "client_id": "c-1", "client_secret": "s3cret"},
        {
            "kind": "client_certificate",
            "tenant_id": "t-1",
            "client_id": "c-1",
            "private_key_pem": "-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----",
            "certificate_pem": "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----",
        },
    ],
)
def test_service_principals_can_be_saved(alice: Page, body: dict[str, str]) -> None:
    saved = alice.call("PUT", "/organization/credential", body).json
    assert saved["credential"]["kind"] == body["kind"]


def test_projects_are_searched_and_paged(bench: Bench, alice: Page) -> None:
    alice.call("PUT", "/organization/credential", TOKEN)
    bench.organizations[0].projects = [Project(f"p-{number:03}", f"Project {number:03}") for number in range(300)]
    page = alice.get("/projects?limit=200")
    assert (len(page["items"]), page["total"]) == (200, 300)
    rest = alice.get(f"/projects?limit=200&after={page['next']}")
    assert (len(rest["items"]), rest["next"]) == (100, None)
    assert [one["name"] for one in alice.get("/projects?search=PROJECT%20299")["items"]] == ["Project 299"]


def test_leaving_is_refused_while_there_are_connections(alice: Page) -> None:
    alice.call("PUT", "/organization/credential", TOKEN)
    made = alice.initiate()["connection"]
    answer = alice.call("DELETE", "/organization")
    assert (answer.status_code, answer.json["code"]) == (409, "state")
    assert made["name"] in answer.json["detail"]
    alice.edit("DELETE", made)
    assert alice.call("DELETE", "/organization").status_code == 204
    assert alice.get("/organization")["credential"] is None
    assert alice.actions()[0] == "organization_disconnected"


def test_leaving_without_an_account_forgets_the_organization(bench: Bench, alice: Page) -> None:
    assert alice.call("DELETE", "/organization").status_code == 204
    with bench.storage.unit_of_work() as work:
        assert work.tenants.find(bench.organizations[0].id) is None


def test_the_checklist_follows_what_is_there(alice: Page) -> None:
    def done() -> list[str]:
        return [item["key"] for item in alice.get("/getting-started")["items"] if item["is_done"]]

    assert done() == []
    alice.call("PUT", "/organization/credential", TOKEN)
    assert done() == ["credential"]
    alice.initiate()
    assert done() == ["credential", "connection"]


def test_the_audit_trail_is_paged_the_newest_first(alice: Page) -> None:
    alice.call("PUT", "/organization/credential", TOKEN)
    for _ in range(5):
        alice.initiate()
    whole = alice.actions()
    assert whole == ["connection_initiated"] * 5 + ["credential_saved", "session_opened", "organization_registered"]
    first = alice.get("/audit?limit=4")
    rest = alice.get(f"/audit?limit=4&after={first['next']}")
    assert (first["total"], rest["next"]) == (8, None)
    assert [entry["action"] for entry in first["items"] + rest["items"]] == whole


@pytest.mark.parametrize("after", ["x", "W10", "WyJhIl0", "WzEsMl0", "WyIyMDI2LTAxLTA1IiwgImEiXQ"])
def test_cursors_of_nobody_are_refused(alice: Page, after: str) -> None:
    assert alice.call("GET", f"/audit?after={after}").status_code == 422

"""Answers around work items (projects, rights, groups, hooks, trees) against the published OpenAPI documents."""

import json
from collections.abc import Callable
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from tests.contract.emulator.conftest import EmulatorServer
from tests.contract.emulator.test_specifications import CORE, SPECIFICATIONS, WIT, call, schema_of

pytestmark = pytest.mark.skipif(not SPECIFICATIONS.is_dir(), reason="the published OpenAPI documents are not here")
GRAPH = "graph/7.1/graph.json"
HOOKS = "hooks/7.1/serviceHooks.json"
SECURITY = "security/7.1/security.json"
ROOT = "/{organization}/_apis"
PROJECT = "/{organization}/{project}/_apis/wit"
VERSION = "?api-version=7.1-preview"
COLLECTION_NAMESPACE = "3e65f728-f8bc-4ecd-8764-7e378b19bfa7"
SUBSCRIPTION = {
    "publisherId": "tfs",
    "eventType": "workitem.updated",
    "resourceVersion": "1.0",
    "consumerId": "webHooks",
    "consumerActionId": "httpRequest",
    "publisherInputs": {},
    "consumerInputs": {"url": "https://receiver.example/hook", "basicAuthPassword": "secret"},
}

# Document, published path, address here, whether the answer is a list in {count, value}.
READS = [
    (CORE, f"{ROOT}/process/processes", "/_apis/process/processes", True),
    (CORE, f"{ROOT}/process/processes/{{processId}}", "/_apis/process/processes/{process}", False),
    (CORE, f"{ROOT}/projects/{{projectId}}", "/_apis/projects/{project}?includeCapabilities=true", False),
    (CORE, f"{ROOT}/projects/{{projectId}}/teams", "/_apis/projects/{project}/teams", True),
    (CORE, f"{ROOT}/projects/{{projectId}}/teams/{{teamId}}", "/_apis/projects/{project}/teams/{team}", False),
    (
        CORE,
        f"{ROOT}/projects/{{projectId}}/teams/{{teamId}}/members",
        "/_apis/projects/{project}/teams/{team}/members",
        True,
    ),
    (CORE, f"{ROOT}/teams", "/_apis/teams", True),
    (GRAPH, f"{ROOT}/graph/groups", "/_apis/graph/groups", True),
    (GRAPH, f"{ROOT}/graph/groups/{{groupDescriptor}}", "/_apis/graph/groups/{group}", False),
    (GRAPH, f"{ROOT}/graph/users", "/_apis/graph/users", True),
    (GRAPH, f"{ROOT}/graph/users/{{userDescriptor}}", "/_apis/graph/users/{user}", False),
    (GRAPH, f"{ROOT}/graph/Memberships/{{subjectDescriptor}}", "/_apis/graph/memberships/{user}?direction=up", True),
    (
        GRAPH,
        f"{ROOT}/graph/memberships/{{subjectDescriptor}}/{{containerDescriptor}}",
        "/_apis/graph/memberships/{user}/{group}",
        False,
    ),
    (GRAPH, f"{ROOT}/graph/membershipstates/{{subjectDescriptor}}", "/_apis/graph/membershipstates/{user}", False),
    (GRAPH, f"{ROOT}/graph/descriptors/{{storageKey}}", "/_apis/graph/descriptors/{user_id}", False),
    (GRAPH, f"{ROOT}/graph/storagekeys/{{subjectDescriptor}}", "/_apis/graph/storagekeys/{user}", False),
    (HOOKS, f"{ROOT}/hooks/publishers", "/_apis/hooks/publishers", True),
    (HOOKS, f"{ROOT}/hooks/publishers/{{publisherId}}/eventtypes", "/_apis/hooks/publishers/tfs/eventTypes", True),
    (HOOKS, f"{ROOT}/hooks/consumers", "/_apis/hooks/consumers", True),
    (HOOKS, f"{ROOT}/hooks/consumers/{{consumerId}}/actions", "/_apis/hooks/consumers/webHooks/actions", True),
    (HOOKS, f"{ROOT}/hooks/subscriptions", "/_apis/hooks/subscriptions", True),
    (HOOKS, f"{ROOT}/hooks/subscriptions/{{subscriptionId}}", "/_apis/hooks/subscriptions/{subscription}", False),
    (SECURITY, f"{ROOT}/securitynamespaces/{{securityNamespaceId}}", "/_apis/securitynamespaces", True),
    (WIT, f"{ROOT}/wit/workitemrelationtypes", "/_apis/wit/workItemRelationTypes", True),
    (WIT, f"{ROOT}/wit/artifactlinktypes", "/_apis/wit/artifactLinkTypes", True),
    (WIT, f"{PROJECT}/classificationnodes", "/{project}/_apis/wit/classificationNodes?$depth=3", True),
    (
        WIT,
        f"{PROJECT}/classificationnodes/{{structureGroup}}/{{path}}",
        "/{project}/_apis/wit/classificationNodes/Iterations/Iteration%201",
        False,
    ),
    (WIT, f"{PROJECT}/tags", "/{project}/_apis/wit/tags", True),
    (WIT, f"{PROJECT}/queries", "/{project}/_apis/wit/queries?$depth=1", True),
    (WIT, f"{PROJECT}/queries/{{query}}", "/{project}/_apis/wit/queries/{query}?$expand=all", False),
]


@pytest.fixture(scope="module")
def places(emulator: EmulatorServer) -> dict[str, str]:
    """What the addresses name: one project, team, person, group, subscription and query."""
    project = call(emulator, "/_apis/projects")["value"][0]["name"]
    user = call(emulator, "/_apis/connectionData")["authenticatedUser"]
    group = call(emulator, f"/_apis/graph/memberships/{user['subjectDescriptor']}")["value"][0]["containerDescriptor"]
    subscription = call(emulator, f"/_apis/hooks/subscriptions{VERSION}", "POST", SUBSCRIPTION)
    patch = [{"op": "add", "path": f"/fields/System.{name}", "value": "tagged"} for name in ("Title", "Tags")]
    call(emulator, f"/{project}/_apis/wit/workItems/$Task{VERSION}", "POST", patch)
    query = {"name": f"Query {subscription['id']}", "wiql": "SELECT [System.Id] FROM WorkItems"}
    made = call(emulator, f"/{project}/_apis/wit/queries/My%20Queries{VERSION}", "POST", query)
    return {
        "project": project,
        "team": call(emulator, f"/_apis/projects/{project}/teams")["value"][0]["id"],
        "process": call(emulator, "/_apis/process/processes")["value"][0]["id"],
        "user": user["subjectDescriptor"],
        "user_id": user["id"],
        "group": group,
        "subscription": subscription["id"],
        "query": made["id"],
    }


def without_nulls(value: Any) -> Any:
    """The document without its nulls: the service sends them where the published schemas know none."""
    if isinstance(value, list):
        return [without_nulls(each) for each in value]
    if isinstance(value, dict):
        return {name: without_nulls(each) for name, each in value.items() if each is not None}
    return value


def published(name: str, method: str, path: str) -> dict[str, Any]:
    """The published schema, but a byte is a number: that is how the service writes it."""

    def corrected(schema: Any) -> Any:
        if isinstance(schema, list):
            return [corrected(each) for each in schema]
        if not isinstance(schema, dict):
            return schema
        if schema.get("format") == "byte":
            return {"type": "integer"}
        return {key: corrected(each) for key, each in schema.items()}

    wanted: dict[str, Any] = corrected(schema_of(name, method, path))
    return wanted


def check(answer: Any, name: str, method: str, path: str) -> None:
    jsonschema.Draft4Validator(published(name, method, path)).validate(without_nulls(answer))


@pytest.mark.parametrize(("name", "path", "address", "listed"), READS, ids=[row[2] for row in READS])
def test_what_is_read_has_the_published_shape(
    emulator: EmulatorServer, places: dict[str, str], name: str, path: str, address: str, listed: bool
) -> None:
    answer = call(emulator, address.format(**places))
    if listed:
        assert answer["count"] == len(answer["value"]) > 0
        answer = answer["value"]
    check(answer, name, "get", path)


def test_evaluated_rights_have_the_published_shape(emulator: EmulatorServer) -> None:
    evaluation = {"securityNamespaceId": COLLECTION_NAMESPACE, "token": "NAMESPACE:", "permissions": 2}
    body = {"alwaysAllowAdministrators": False, "evaluations": [evaluation]}
    path = "/_apis/security/permissionevaluationbatch"
    check(call(emulator, f"{path}{VERSION}", "POST", body), SECURITY, "post", f"/{{organization}}{path}")
    single = call(emulator, f"/_apis/permissions/{COLLECTION_NAMESPACE}/2")
    assert single == {"count": 1, "value": [True]}


def test_queries_of_hooks_have_the_published_shape(emulator: EmulatorServer, places: dict[str, str]) -> None:
    query = {"publisherId": "tfs"}
    found = call(emulator, f"/_apis/hooks/subscriptionsQuery{VERSION}", "POST", query)
    assert found["results"]
    check(found, HOOKS, "post", f"{ROOT}/hooks/subscriptionsquery")
    sent = {"subscriptionIds": [places["subscription"]]}
    found = call(emulator, f"/_apis/hooks/notificationsQuery{VERSION}", "POST", sent)
    check(found, HOOKS, "post", f"{ROOT}/hooks/notificationsquery")


def test_a_test_notification_has_the_published_shape(emulator: EmulatorServer) -> None:
    details = {"eventType": "workitem.updated", "consumerInputs": {"url": "http://127.0.0.1:9/"}}
    sent = call(emulator, f"/_apis/hooks/testNotifications{VERSION}", "POST", {"details": details})
    assert sent["result"] == "failed"
    check(sent, HOOKS, "post", f"{ROOT}/hooks/testnotifications")


def keys_of_example(name: str, choose: Callable[[Any], Any]) -> set[str]:
    example = json.loads((SPECIFICATIONS / name).read_text(encoding="utf-8-sig"))
    return set(choose(example["responses"]["200"]["body"]))


@pytest.mark.parametrize(
    ("address", "example", "choose"),
    [
        (
            "/_apis/graph/groups/{group}",
            "graph/7.1/httpExamples/Groups/GetAllGroups.json",
            lambda body: body["value"][0],
        ),
        ("/_apis/graph/users/{user}", "graph/7.1/httpExamples/Users/GetAllUsers.json", lambda body: body["value"][0]),
        (
            "/_apis/hooks/subscriptions/{subscription}",
            "hooks/7.1/httpExamples/subscriptions/GET__hooks_subscriptions__subscriptionId_.json",
            lambda body: body,
        ),
        (
            "/{project}/_apis/wit/classificationNodes/Areas",
            "wit/7.1/httpExamples/classificationNodes/GET__wit_classificationNodes_areas.json",
            lambda body: body,
        ),
        (
            "/_apis/wit/workItemRelationTypes/System.LinkTypes.Duplicate-Forward",
            "wit/7.1/httpExamples/workItemRelationTypes/GET__relation_type.json",
            lambda body: body,
        ),
        (
            "/_apis/projects/{project}/teams/{team}",
            "core/7.1/httpExamples/teams/GET__projects__projectId__teams__teamId_.json",
            lambda body: body,
        ),
    ],
    ids=["group", "user", "subscription", "area", "relation type", "team"],
)
def test_the_keys_of_the_published_example_are_there(
    emulator: EmulatorServer, places: dict[str, str], address: str, example: str, choose: Callable[[Any], Any]
) -> None:
    assert keys_of_example(example, choose) <= set(call(emulator, address.format(**places)))

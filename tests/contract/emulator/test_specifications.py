"""Answers of the emulator against the published OpenAPI documents, where those are at hand."""

import base64
import json
import urllib.request
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from tests.contract.emulator.conftest import ORGANIZATION, PAT, EmulatorServer

SPECIFICATIONS = Path(__file__).parents[4] / "shared" / "reference" / "specs"
pytestmark = pytest.mark.skipif(not SPECIFICATIONS.is_dir(), reason="the published OpenAPI documents are not here")
WIT = "wit/7.1/workItemTracking.json"
CORE = "core/7.1/core.json"
GRAPH = "graph/7.1/graph.json"
HOOKS = "hooks/7.1/serviceHooks.json"
SECURITY = "security/7.1/security.json"
ITEM = "/{organization}/{project}/_apis/wit/workitems/{id}"
HISTORY = "/{organization}/{project}/_apis/wit/workItems/{id}"
TYPES = "/{organization}/{project}/_apis/wit/workitemtypes"
AUTHORIZATION = "Basic " + base64.b64encode(f":{PAT}".encode()).decode()

CALLS = [
    (CORE, "get", "/{organization}/_apis/projects", "/_apis/projects", True),
    (CORE, "get", "/{organization}/_apis/projects/{projectId}", "/_apis/projects/{project}", False),
    (WIT, "get", ITEM, "/{project}/_apis/wit/workItems/{id}?$expand=all", False),
    (WIT, "get", "/{organization}/{project}/_apis/wit/workitems", "/_apis/wit/workItems?ids={id}", True),
    (WIT, "get", f"{HISTORY}/revisions", "/{project}/_apis/wit/workItems/{id}/revisions", True),
    (WIT, "get", f"{HISTORY}/updates", "/{project}/_apis/wit/workItems/{id}/updates", True),
    (WIT, "get", TYPES, "/{project}/_apis/wit/workItemTypes", True),
    (WIT, "get", TYPES + "/{type}", "/{project}/_apis/wit/workItemTypes/Task", False),
    (WIT, "get", TYPES + "/{type}/states", "/{project}/_apis/wit/workItemTypes/Task/states", True),
    (WIT, "get", TYPES + "/{type}/fields", "/{project}/_apis/wit/workItemTypes/Task/fields", True),
    (WIT, "get", "/{organization}/{project}/_apis/wit/fields", "/{project}/_apis/wit/fields", True),
    (
        WIT,
        "get",
        "/{organization}/{project}/_apis/wit/workItems/{workItemId}/comments",
        "/{project}/_apis/wit/workItems/{id}/comments?api-version=7.1-preview.4",
        False,
    ),
    (
        WIT,
        "get",
        "/{organization}/{project}/_apis/wit/reporting/workitemrevisions",
        "/{project}/_apis/wit/reporting/workItemRevisions",
        False,
    ),
]


# Calls that need a body or something made before: (document, method, path, address, body, listed).
COMMENTS = "/{organization}/{project}/_apis/wit/workItems/{workItemId}/comments"
COMMENT = "/{project}/_apis/wit/workItems/{id}/comments/{comment}"
BIN = "/{organization}/{project}/_apis/wit/recyclebin"
PREVIEW = "?api-version=7.1-preview.4"
TITLE = [{"op": "add", "path": "/fields/System.Title", "value": "Checked"}]
EVALUATION = {
    "alwaysAllowAdministrators": False,
    "evaluations": [
        {"securityNamespaceId": "3e65f728-f8bc-4ecd-8764-7e378b19bfa7", "token": "NAMESPACE:", "permissions": 2}
    ],
}
MORE_CALLS: list[tuple[str, str, str, str, object, bool]] = [
    (
        WIT,
        "post",
        "/{organization}/{project}/_apis/wit/workitems/${type}",
        "/{project}/_apis/wit/workItems/$Bug",
        TITLE,
        False,
    ),
    (
        WIT,
        "get",
        "/{organization}/{project}/_apis/wit/workitems/${type}",
        "/{project}/_apis/wit/workItems/$Bug",
        None,
        False,
    ),
    (WIT, "patch", ITEM, "/_apis/wit/workItems/{id}", TITLE, False),
    (
        WIT,
        "post",
        "/{organization}/{project}/_apis/wit/workitemsbatch",
        "/_apis/wit/workItemsBatch",
        {"ids": ["{id}"]},
        True,
    ),
    (
        WIT,
        "post",
        "/{organization}/{project}/{team}/_apis/wit/wiql",
        "/{project}/_apis/wit/wiql",
        {"query": "{query}"},
        False,
    ),
    (WIT, "get", f"{HISTORY}/revisions/{{revisionNumber}}", "/_apis/wit/workItems/{id}/revisions/1", None, False),
    (WIT, "get", f"{HISTORY}/updates/{{updateNumber}}", "/_apis/wit/workItems/{id}/updates/1", None, False),
    (WIT, "post", COMMENTS, "/{project}/_apis/wit/workItems/{id}/comments" + PREVIEW, {"text": "more"}, False),
    (WIT, "get", COMMENTS + "/{commentId}", COMMENT + PREVIEW, None, False),
    (WIT, "patch", COMMENTS + "/{commentId}", COMMENT + PREVIEW, {"text": "else"}, False),
    (WIT, "get", COMMENTS + "/{commentId}/versions", COMMENT + "/versions" + PREVIEW, None, True),
    (
        WIT,
        "get",
        TYPES + "/{type}/fields/{field}",
        "/{project}/_apis/wit/workItemTypes/Bug/fields/System.State",
        None,
        False,
    ),
    (
        WIT,
        "get",
        "/{organization}/{project}/_apis/wit/workitemtypecategories",
        "/{project}/_apis/wit/workItemTypeCategories",
        None,
        True,
    ),
    (
        WIT,
        "get",
        "/{organization}/{project}/_apis/wit/classificationnodes",
        "/{project}/_apis/wit/classificationNodes?$depth=2",
        None,
        True,
    ),
    (WIT, "get", "/{organization}/_apis/wit/workitemrelationtypes", "/_apis/wit/workItemRelationTypes", None, True),
    (
        WIT,
        "post",
        "/{organization}/{project}/_apis/wit/artifacturiquery",
        "/_apis/wit/artifactUriQuery",
        {"artifactUris": ["x"]},
        False,
    ),
    (
        WIT,
        "get",
        "/{organization}/{project}/_apis/wit/reporting/workitemlinks",
        "/_apis/wit/reporting/workItemLinks",
        None,
        False,
    ),
    (
        WIT,
        "post",
        "/{organization}/{project}/_apis/wit/reporting/workitemrevisions",
        "/_apis/wit/reporting/workItemRevisions",
        {},
        False,
    ),
    (WIT, "get", BIN, "/{project}/_apis/wit/recyclebin", None, True),
    (WIT, "get", BIN + "/{id}", "/_apis/wit/recyclebin/{deleted}", None, False),
    (CORE, "get", "/{organization}/_apis/process/processes", "/_apis/process/processes", None, True),
    (CORE, "get", "/{organization}/_apis/projects/{projectId}/teams", "/_apis/projects/{project}/teams", None, True),
    (
        SECURITY,
        "post",
        "/{organization}/_apis/security/permissionevaluationbatch",
        "/_apis/security/permissionevaluationbatch",
        EVALUATION,
        False,
    ),
    (GRAPH, "get", "/{organization}/_apis/graph/groups", "/_apis/graph/groups?api-version=7.1-preview.1", None, True),
    (HOOKS, "get", "/{organization}/_apis/hooks/publishers", "/_apis/hooks/publishers", None, True),
    (HOOKS, "get", "/{organization}/_apis/hooks/consumers", "/_apis/hooks/consumers", None, True),
]


@cache
def document(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((SPECIFICATIONS / name).read_text(encoding="utf-8-sig"))
    return loaded


def loosened(schema: Any) -> Any:
    """The JSON schema of a Swagger 2.0 schema: a bare "object" and the type parameter "T" there mean any value."""
    if isinstance(schema, list):
        return [loosened(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("type") == "object" and not {"properties", "additionalProperties", "allOf"} & set(schema):
        return {}
    if schema.get("format") == "T":
        return {}
    return {name: loosened(value) for name, value in schema.items()}


def schema_of(name: str, method: str, path: str) -> dict[str, Any]:
    responses = document(name)["paths"][path][method]["responses"]
    return {**loosened(responses["200"]["schema"]), "definitions": loosened(document(name)["definitions"])}


def call(emulator: EmulatorServer, path: str, method: str = "GET", body: object = None) -> Any:
    media_type = "application/json-patch+json" if isinstance(body, list) else "application/json"
    request = urllib.request.Request(
        f"{emulator.url}/{ORGANIZATION}{path}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": AUTHORIZATION, "Content-Type": media_type, "Accept": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.load(response)


@pytest.fixture(scope="module")
def names(emulator: EmulatorServer) -> dict[str, object]:
    project = call(emulator, "/_apis/projects?api-version=7.1")["value"][0]["name"]
    patch = [
        {"op": "add", "path": "/fields/System.Title", "value": "Checked"},
        {"op": "add", "path": "/fields/System.History", "value": "a comment"},
    ]
    item = call(emulator, f"/{project}/_apis/wit/workItems/$Task?api-version=7.1", "POST", patch)
    other = call(emulator, f"/{project}/_apis/wit/workItems/$Task?api-version=7.1", "POST", patch)
    call(emulator, f"/_apis/wit/workItems/{other['id']}?api-version=7.1", "DELETE")
    return {
        "project": project,
        "id": item["id"],
        "comment": item["commentVersionRef"]["commentId"],
        "deleted": other["id"],
        "query": "SELECT [System.Id], [System.Title] FROM WorkItems ORDER BY [System.Id]",
    }


@pytest.mark.parametrize(("name", "method", "path", "address", "listed"), CALLS, ids=lambda value: str(value)[-50:])
def test_an_answer_has_the_published_shape(
    emulator: EmulatorServer, names: dict[str, object], name: str, method: str, path: str, address: str, listed: bool
) -> None:
    answer = call(emulator, address.format(**names))
    if listed:
        assert answer["count"] == len(answer["value"]) > 0
        answer = answer["value"]
    jsonschema.Draft4Validator(schema_of(name, method, path)).validate(answer)


@pytest.mark.parametrize(
    ("name", "method", "path", "address", "body", "listed"), MORE_CALLS, ids=lambda value: str(value)[-40:]
)
def test_an_answer_to_more_than_a_look_has_the_published_shape(
    emulator: EmulatorServer,
    names: dict[str, object],
    name: str,
    method: str,
    path: str,
    address: str,
    body: object,
    listed: bool,
) -> None:
    text = json.dumps(body)
    for key in ("id", "query"):
        text = text.replace("{" + key + "}", str(names[key]))
    address = address.format(**names)
    if "api-version" not in address:
        address += ("&" if "?" in address else "?") + "api-version=7.1"
    answer = call(emulator, address, method.upper(), json.loads(text))
    if listed:
        assert answer["count"] == len(answer["value"]) > 0
        answer = answer["value"]
    if name == GRAPH:
        # The published examples of Graph hold nulls where the document says string.
        answer = [{key: value for key, value in row.items() if value is not None} for row in answer]
    jsonschema.Draft4Validator(schema_of(name, method, path)).validate(answer)


def test_a_comment_has_the_keys_of_the_published_example(emulator: EmulatorServer, names: dict[str, object]) -> None:
    made = call(
        emulator,
        "/{project}/_apis/wit/workItems/{id}/comments?api-version=7.1-preview.4".format(**names),
    )["comments"][-1]
    assert {"id", "commentId", "workItemId", "version", "text", "createdBy", "createdDate", "modifiedBy"} <= set(made)
    assert {"modifiedDate", "url"} <= set(made)


def test_a_work_item_has_the_keys_of_the_service(emulator: EmulatorServer, names: dict[str, object]) -> None:
    item = call(emulator, "/{project}/_apis/wit/workItems/{id}?api-version=7.1".format(**names))
    assert {"id", "rev", "fields", "multilineFieldsFormat", "_links", "url"} <= set(item)
    links = {"self", "workItemUpdates", "workItemRevisions", "workItemComments", "html", "workItemType", "fields"}
    assert set(item["_links"]) == links
    person = item["fields"]["System.CreatedBy"]
    assert {"displayName", "url", "_links", "id", "uniqueName", "imageUrl", "descriptor"} == set(person)

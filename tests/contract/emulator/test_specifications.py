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


@cache
def document(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((SPECIFICATIONS / name).read_text(encoding="utf-8-sig"))
    return loaded


def loosened(schema: Any) -> Any:
    """The JSON schema of a Swagger 2.0 schema: a bare "object" there means any value."""
    if isinstance(schema, list):
        return [loosened(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("type") == "object" and not {"properties", "additionalProperties", "allOf"} & set(schema):
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
    return {"project": project, "id": item["id"]}


@pytest.mark.parametrize(("name", "method", "path", "address", "listed"), CALLS, ids=lambda value: str(value)[-50:])
def test_an_answer_has_the_published_shape(
    emulator: EmulatorServer, names: dict[str, object], name: str, method: str, path: str, address: str, listed: bool
) -> None:
    answer = call(emulator, address.format(**names))
    if listed:
        assert answer["count"] == len(answer["value"]) > 0
        answer = answer["value"]
    jsonschema.Draft4Validator(schema_of(name, method, path)).validate(answer)


def test_a_comment_has_the_keys_of_the_published_example(emulator: EmulatorServer, names: dict[str, object]) -> None:
    [made] = call(
        emulator,
        "/{project}/_apis/wit/workItems/{id}/comments?api-version=7.1-preview.4".format(**names),
    )["comments"]
    assert {"id", "commentId", "workItemId", "version", "text", "createdBy", "createdDate", "modifiedBy"} <= set(made)
    assert {"modifiedDate", "url"} <= set(made)


def test_a_work_item_has_the_keys_of_the_service(emulator: EmulatorServer, names: dict[str, object]) -> None:
    item = call(emulator, "/{project}/_apis/wit/workItems/{id}?api-version=7.1".format(**names))
    assert {"id", "rev", "fields", "multilineFieldsFormat", "_links", "url"} <= set(item)
    links = {"self", "workItemUpdates", "workItemRevisions", "workItemComments", "html", "workItemType", "fields"}
    assert set(item["_links"]) == links
    person = item["fields"]["System.CreatedBy"]
    assert {"displayName", "url", "_links", "id", "uniqueName", "imageUrl", "descriptor"} == set(person)

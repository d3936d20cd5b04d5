"""The OpenAPI 3.1 document of the hub API, made from the table of operations and the models."""

import json
import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from adnode.web.hub.operations import ACCESS_TOKEN_HEADER, CSV, REPETITION_HEADER, Access, Operation
from adnode.web.hub.schemas import ID_PATTERN, KEY_ENDING, KEY_PATTERN, Problem

JSON = "application/json"
PROBLEM = "application/problem+json"
_REFERENCES = "#/components/schemas/{model}"
_HEADERS: Mapping[str, Mapping[str, Any]] = {
    "If-Match": {
        "description": "The revision that the edit was made against: the ETag as it came.",
        "schema": {"type": "string", "pattern": '^"[0-9]{1,16}"$'},
    },
    REPETITION_HEADER: {
        "description": "The same key and body again within a day answer the same, and nothing is done twice.",
        "schema": {"type": "string", "maxLength": 200, "pattern": "^[!-~]*$"},
    },
    ACCESS_TOKEN_HEADER: {
        "description": "The caller's Azure DevOps access token. Used for this request, never stored, never logged.",
        "schema": {"type": "string", "pattern": "^[!-~]*$"},
    },
}
Schemas = Mapping[Any, Mapping[str, Any]]


def make_document(operations: Sequence[Operation], prefix: str, version: str) -> str:
    """Return the document as JSON text."""
    schemas, definitions = models_json_schema(_models(operations), ref_template=_REFERENCES)
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        path = re.sub(r"<([a-z_]+)>", r"{\1}", operation.path)
        paths.setdefault(path, {})[operation.method.lower()] = _operation(operation, schemas)
    document = {
        "openapi": "3.1.0",
        "info": {
            "title": "adnode hub API",
            "version": version,
            "description": "What the hub page and the work item panel of a node call.",
        },
        "servers": [{"url": prefix}],
        "paths": paths,
        "components": {
            "schemas": definitions.get("$defs", {}),
            "securitySchemes": {"session": {"type": "http", "scheme": "bearer", "description": "From POST /session."}},
        },
        "tags": [{"name": name} for name in dict.fromkeys(operation.tag for operation in operations)],
    }
    return json.dumps(document, ensure_ascii=False)


def _models(operations: Sequence[Operation]) -> list[tuple[type[BaseModel], JsonSchemaMode]]:
    models: dict[tuple[type[BaseModel], JsonSchemaMode], None] = {(Problem, "serialization"): None}
    for operation in operations:
        if operation.body is not None:
            models[operation.body, "validation"] = None
        if operation.answer is not None:
            models[operation.answer, "serialization"] = None
    return list(models)


def _operation(operation: Operation, schemas: Schemas) -> dict[str, Any]:
    document: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "tags": [operation.tag],
        "parameters": [*_path_parameters(operation), *_query_parameters(operation), *_header_parameters(operation)],
        "responses": _responses(operation, schemas),
    }
    if operation.body is not None:
        content = {JSON: {"schema": schemas[operation.body, "validation"]}}
        document["requestBody"] = {"required": True, "content": content}
    if operation.upload_bytes:
        document["requestBody"] = {"required": True, "content": {CSV: {"schema": {"type": "string"}}}}
    if operation.access is not Access.ANYBODY:
        document["security"] = [{"session": []}]
    return {**document, **operation.details}


def _path_parameters(operation: Operation) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": _path_schema(name)} for name in operation.parameters
    ]


def _path_schema(name: str) -> Mapping[str, Any]:
    if name == "work_item_id":
        return {"type": "integer", "minimum": 1, "maximum": 2**31 - 1}
    return {"type": "string", "pattern": KEY_PATTERN if name.endswith(KEY_ENDING) else ID_PATTERN}


def _query_parameters(operation: Operation) -> list[dict[str, Any]]:
    if operation.query is None:
        return []
    schema = operation.query.model_json_schema()
    definitions = schema.get("$defs", {})
    return [
        {
            "name": name,
            "in": "query",
            "required": name in schema.get("required", []),
            "schema": _inlined(one, definitions),
        }
        for name, one in schema["properties"].items()
    ]


def _inlined(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a schema with its references replaced: parameters stand apart from the shared definitions."""
    if "$ref" in schema:
        return {**definitions[schema["$ref"].rpartition("/")[2]], **{k: v for k, v in schema.items() if k != "$ref"}}
    if "anyOf" in schema:
        return {**schema, "anyOf": [_inlined(one, definitions) for one in schema["anyOf"]]}
    return schema


def _header_parameters(operation: Operation) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "header", "required": name == "If-Match", **_HEADERS[name]} for name in operation.headers
    ]


def _responses(operation: Operation, schemas: Schemas) -> dict[str, Any]:
    success: dict[str, Any] = {"description": HTTPStatus(operation.status).phrase}
    if operation.answer is not None:
        success["content"] = {JSON: {"schema": schemas[operation.answer, "serialization"]}}
    if operation.gives_file:
        success["content"] = {CSV: {"schema": {"type": "string"}}}
    if operation.has_etag or operation.is_conditional:
        success["headers"] = {"ETag": {"schema": {"type": "string"}}}
    responses = {str(operation.status): success}
    if operation.other_status is not None:
        responses[str(operation.other_status)] = {**success, "description": HTTPStatus(operation.other_status).phrase}
    if operation.is_conditional:
        responses["304"] = {"description": "Nothing has changed since the ETag in If-None-Match."}
    for status in operation.problem_statuses:
        responses[str(status)] = _problem(status, schemas)
    return responses


def _problem(status: int, schemas: Schemas) -> dict[str, Any]:
    response: dict[str, Any] = {
        "description": HTTPStatus(status).phrase,
        "content": {PROBLEM: {"schema": schemas[Problem, "serialization"]}},
    }
    if status == 429:
        response["headers"] = {"Retry-After": {"schema": {"type": "integer"}}}
    return response

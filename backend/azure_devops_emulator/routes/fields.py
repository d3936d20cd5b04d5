"""The fields of work items."""

from __future__ import annotations

from azure_devops_emulator.answers import ApiError, Document, listed
from azure_devops_emulator.fields import Field, all_fields, find_field
from azure_devops_emulator.routing import Call, RouteTable

routes = RouteTable(scope="vso.work")


@routes.route("GET", "[{project}/]_apis/wit/fields")
def list_fields(call: Call) -> Document:
    """Every field."""
    return listed(describe_field(call, field) for field in all_fields().values())


@routes.route("GET", "[{project}/]_apis/wit/fields/{name}")
def read_field(call: Call) -> Document:
    """One field by name or reference name."""
    field = find_field(call.parameters["name"])
    if field is None:
        raise missing_field(call.parameters["name"], status=404)
    return describe_field(call, field)


def describe_field(call: Call, field: Field) -> Document:
    """A field as the service describes it."""
    name = field.reference_name
    return {
        "name": field.name,
        "referenceName": name,
        "description": "",
        "type": field.type,
        "usage": "workItem",
        "readOnly": field.is_read_only,
        "canSortBy": not field.is_large_text,
        "isQueryable": True,
        "supportedOperations": [
            {"referenceName": "SupportedOperations.Equals", "name": "="},
            {"referenceName": "SupportedOperations.NotEquals", "name": "<>"},
        ],
        "isIdentity": field.is_identity,
        "isPicklist": False,
        "isPicklistSuggested": False,
        "url": f"{call.organization_url}/_apis/wit/fields/{name}",
    }


def missing_field(name: str, status: int = 400) -> ApiError:
    """The error for a field that is not there."""
    return ApiError(status, "WorkItemTrackingFieldDefinitionNotFoundException", f"TF51535: Cannot find field {name}.")

"""Queries over work items."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from azure_devops_emulator.answers import ApiError, Document
from azure_devops_emulator.fields import Field, find_field
from azure_devops_emulator.identities import Identity, Right
from azure_devops_emulator.moments import format_moment
from azure_devops_emulator.projects import ClassificationNode, Project
from azure_devops_emulator.routing import Call, RouteTable
from azure_devops_emulator.tracking.callers import view_of
from azure_devops_emulator.tracking.computed_fields import field_value
from azure_devops_emulator.tracking.refusals import bad_patch
from azure_devops_emulator.tracking.work_item import WorkItem
from azure_devops_emulator.wiql import Query, WiqlContext, WiqlError, evaluate, list_fields, parse

routes = RouteTable(scope="vso.work")
MOST_RESULTS = 20_000


@dataclass(frozen=True, slots=True)
class _Row:
    item: WorkItem

    @property
    def identifier(self) -> int:
        """The id."""
        return self.item.id

    def value(self, field_ref: str) -> object:
        """A field as queries compare it. Raises WiqlError for an unknown one."""
        value = field_value(self.item, self.item.latest, known_field(field_ref).reference_name)
        if isinstance(value, Identity):
            return {"displayName": value.display_name, "uniqueName": value.unique_name}
        if isinstance(value, ClassificationNode):
            return value.path
        return value.name if isinstance(value, Project) else value


@routes.route("POST", "[{project}/][{team}/]_apis/wit/wiql")
def query(call: Call) -> Document:
    """The work items that a query of the body finds."""
    text = call.object().get("query")
    if not isinstance(text, str) or not text.strip():
        raise bad_patch("The body must hold a query.")
    return run_query(call, text)


def run_query(call: Call, text: str) -> Document:
    """Answer a query in the project of the call. Raises ApiError 400 for one that cannot be run."""
    try:
        parsed = parse(text, time_precision=call.query.flag("timePrecision"))
        columns = [_column(call, name) for name in parsed.columns]
        order = [(_column(call, name), descending) for name, descending in parsed.order]
        for name in sorted(list_fields(parsed.condition)):
            known_field(name)
        rows = _find(call, parsed)
    except WiqlError as error:
        raise ApiError(400, "WorkItemTrackingQueryException", error.message) from None
    top = call.query.integer("$top")
    if top is not None:
        rows = rows[: max(0, top)]
    if len(rows) > MOST_RESULTS:
        message = (
            f"VS402337: The number of work items returned exceeds the size limit of {MOST_RESULTS}. Change the query"
            " to return fewer items."
        )
        raise ApiError(400, "WorkItemTrackingQueryResultSizeLimitExceededException", message)
    view = view_of(call)
    document: Document = {
        "queryType": "flat",
        "queryResultType": "workItem",
        "asOf": format_moment(call.organization.now()),
        "columns": columns,
        "workItems": [{"id": row.item.id, "url": view.url(row.item)} for row in rows],
    }
    if order:
        document["sortColumns"] = [{"field": field, "descending": descending} for field, descending in order]
    return document


def _find(call: Call, parsed: Query) -> list[Any]:
    organization, identity = call.organization, call.identity
    readable = {project.id: identity.may(Right.READ, project.id) for project in organization.projects.values()}
    items = organization.tracking.select(lambda item: readable.get(item.project.id, False))
    project = call.project.name if call.project else None
    context = WiqlContext(project, identity.unique_name, organization.now())
    return evaluate(parsed, [_Row(item) for item in items], context)


def known_field(name: str) -> Field:
    """The field of that name. Raises WiqlError for one that no process has, whether or not there are work items."""
    field = find_field(name)
    if field is None:
        message = f"TF51005: The query references a field that does not exist. The error is caused by «[{name}]»."
        raise WiqlError(message)
    return field


def _column(call: Call, name: str) -> Document:
    field = known_field(name)
    return {
        "referenceName": field.reference_name,
        "name": field.name,
        "url": f"{call.organization_url}/_apis/wit/fields/{field.reference_name}",
    }


@routes.route("POST", "[{project}/]_apis/wit/artifactUriQuery")
def query_artifact_uris(call: Call) -> Document:
    """The work items that link to each of up to 200 addresses."""
    uris = call.object().get("artifactUris")
    if not isinstance(uris, list) or len(uris) > 200:
        raise bad_patch("The body must hold up to 200 artifactUris.")
    view = view_of(call)
    found: dict[str, list[Document]] = {str(uri): [] for uri in uris}
    for item in call.organization.tracking.select(lambda item: call.identity.may(Right.READ, item.project.id)):
        for url in {relation.url for relation in item.latest.relations} & found.keys():
            found[url].append({"id": item.id, "url": view.url(item)})
    return {"artifactUrisQueryResult": found}

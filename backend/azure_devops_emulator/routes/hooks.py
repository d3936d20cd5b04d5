"""Service hook subscriptions of an organization: what is subscribed to, by whom, and where it goes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from azure_devops_emulator.answers import Answer, ApiError, Document, bad_argument, listed
from azure_devops_emulator.hooks import Subscription, SubscriptionError
from azure_devops_emulator.identities import Right
from azure_devops_emulator.organizations import refuse
from azure_devops_emulator.routing import Call, RouteTable

routes = RouteTable(scope="vso.work")
_FILTERS = ("publisherId", "eventType", "consumerId", "consumerActionId")


@routes.route("GET", "_apis/hooks/subscriptions")
def list_subscriptions(call: Call) -> Document:
    """The subscriptions that the caller may view, filtered by publisher, event type, consumer and action."""
    wanted = {name: call.query.get(name) for name in _FILTERS if call.query.get(name)}
    return listed(each.as_document() for each in _viewable(call) if _matches(each, wanted))


@routes.route("GET", "_apis/hooks/subscriptions/{id}")
def read_subscription(call: Call) -> Document:
    """One subscription, its confidential inputs masked."""
    return find_subscription(call, Right.VIEW_HOOKS).as_document()


@routes.route("POST", "_apis/hooks/subscriptions")
def create_subscription(call: Call) -> Document:
    """Subscribe. Needs the right to edit subscriptions, in the project if one is named."""
    document = _completed(call, call.object())
    _require(call, Right.EDIT_HOOKS, document)
    owner = call.identity.reference(call.organization_url)
    with _refusing(400):
        made = call.organization.subscriptions.create(document, owner=owner, base_url=call.organization_url)
    return made.as_document()


@routes.route("PUT", "_apis/hooks/subscriptions/{id}")
def replace_subscription(call: Call) -> Document:
    """Change a subscription; a confidential input that comes back masked stays as it was."""
    return _replace(call, call.parameters["id"])


@routes.route("PUT", "_apis/hooks/subscriptions")
def replace_named_subscription(call: Call) -> Document:
    """Change the subscription whose id the body names."""
    return _replace(call, str(call.object().get("id") or ""))


@routes.route("DELETE", "_apis/hooks/subscriptions/{id}")
def delete_subscription(call: Call) -> Answer:
    """Unsubscribe."""
    subscription = find_subscription(call, Right.EDIT_HOOKS)
    call.organization.subscriptions.delete(subscription.identifier)
    return Answer(status=204)


@routes.route("POST", "_apis/hooks/subscriptionsQuery")
def query_subscriptions(call: Call) -> Document:
    """The query with its `results`: subscriptions whose inputs fulfil all conditions of one of the filters."""
    query = call.object()
    wanted = {name: str(query[name]) for name in _FILTERS if query.get(name)}
    found = [
        each.as_document()
        for each in _viewable(call)
        if _matches(each, wanted)
        and _fulfils(each.document["publisherInputs"], query.get("publisherInputFilters"))
        and _fulfils(each.document["consumerInputs"], query.get("consumerInputFilters"))
    ]
    return {**query, "results": found}


def find_subscription(call: Call, right: Right, identifier: str | None = None) -> Subscription:
    """The subscription that the path (or `identifier`) names.

    Raises ApiError: 404 if there is none that the caller may view, 403 if the caller may not do more with it.
    """
    wanted = identifier or call.parameters["id"]
    with _refusing(404):
        subscription = call.organization.subscriptions.get(wanted)
    if not _may(call, Right.VIEW_HOOKS, subscription.document):
        raise _refused(404, f"Subscription {wanted} does not exist.")
    _require(call, right, subscription.document)
    return subscription


def _replace(call: Call, identifier: str) -> Document:
    before = find_subscription(call, Right.EDIT_HOOKS, identifier or "(none)")
    document = _completed(call, {**before.document, **call.object()})
    document["publisherInputs"]["tfsSubscriptionId"] = before.document["publisherInputs"]["tfsSubscriptionId"]
    _require(call, Right.EDIT_HOOKS, document)
    owner = call.identity.reference(call.organization_url)
    with _refusing(400):
        changed = call.organization.subscriptions.replace(before.identifier, document, owner=owner)
    return changed.as_document()


def _completed(call: Call, document: Mapping[str, Any]) -> Document:
    """The subscription with the input that the service adds, and its project by id."""
    inputs = document.get("publisherInputs") or {}
    if not isinstance(inputs, Mapping):
        raise bad_argument("publisherInputs must be a JSON object.")
    completed = {**inputs, "hostId": call.organization.instance_id}
    if name := inputs.get("projectId"):
        project = call.organization.find_project(str(name))
        if project is None:
            raise bad_argument(f"The publisher input projectId names no project: {name}.")
        completed["projectId"] = project.id
    return {**document, "publisherInputs": completed}


def _may(call: Call, right: Right, document: Mapping[str, Any]) -> bool:
    return call.identity.may(right, document["publisherInputs"].get("projectId") or None)


def _require(call: Call, right: Right, document: Mapping[str, Any]) -> None:
    project_id = document["publisherInputs"].get("projectId")
    if not _may(call, right, document):
        raise refuse(call.identity, right, f"PublisherSecurity/{project_id}" if project_id else "PublisherSecurity")


def _viewable(call: Call) -> list[Subscription]:
    return [each for each in call.organization.subscriptions.list() if _may(call, Right.VIEW_HOOKS, each.document)]


def _matches(subscription: Subscription, wanted: Mapping[str, str]) -> bool:
    document = subscription.document
    return all(str(document.get(name, "")).lower() == value.lower() for name, value in wanted.items())


def _fulfils(inputs: Mapping[str, Any], filters: Any) -> bool:
    if not filters:
        return True
    return any(all(_holds(inputs, each) for each in row.get("conditions") or ()) for row in filters)


def _holds(inputs: Mapping[str, Any], condition: Mapping[str, Any]) -> bool:
    actual, wanted = str(inputs.get(condition.get("inputId", "")) or ""), str(condition.get("inputValue") or "")
    same = actual == wanted if condition.get("caseSensitive") else actual.lower() == wanted.lower()
    return same is (str(condition.get("operator", "equals")).lower() == "equals")


@contextmanager
def _refusing(status: int) -> Iterator[None]:
    try:
        yield
    except SubscriptionError as error:
        raise _refused(status, error.message) from None


def _refused(status: int, message: str) -> ApiError:
    key = "SubscriptionNotFoundException" if status == 404 else "SubscriptionInputException"
    name = "Microsoft.VisualStudio.Services.ServiceHooks.WebApi"
    return ApiError(status, key, message, type_name=f"{name}.{key}, {name}")

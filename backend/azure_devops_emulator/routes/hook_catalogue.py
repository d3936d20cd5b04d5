"""What service hook subscriptions can be made of: publishers with their event types, consumers with their actions."""

from __future__ import annotations

from azure_devops_emulator.answers import ApiError, Document, listed
from azure_devops_emulator.hooks.catalogue import (
    ACTION,
    CONSUMER,
    EVENT_TYPES,
    PUBLISHER,
    describe_action,
    describe_consumer,
    describe_publisher,
)
from azure_devops_emulator.routing import Call, RouteTable

routes = RouteTable(scope="vso.work")


@routes.route("GET", "_apis/hooks/publishers")
def list_publishers(call: Call) -> Document:
    """The one publisher."""
    return listed([describe_publisher(_url(call))])


@routes.route("GET", "_apis/hooks/publishers/{publisher}")
def read_publisher(call: Call) -> Document:
    """The publisher by id."""
    _require(call, "publisher", PUBLISHER)
    return describe_publisher(_url(call))


@routes.route("GET", "_apis/hooks/publishers/{publisher}/eventTypes")
def list_event_types(call: Call) -> Document:
    """The event types of the publisher."""
    _require(call, "publisher", PUBLISHER)
    return listed(each.as_document(_url(call)) for each in EVENT_TYPES)


@routes.route("GET", "_apis/hooks/publishers/{publisher}/eventTypes/{event}")
def read_event_type(call: Call) -> Document:
    """One event type."""
    _require(call, "publisher", PUBLISHER)
    wanted = call.parameters["event"].lower()
    for each in EVENT_TYPES:
        if each.identifier == wanted:
            return each.as_document(_url(call))
    raise _missing("event type", wanted)


@routes.route("GET", "_apis/hooks/consumers")
def list_consumers(call: Call) -> Document:
    """The one consumer."""
    return listed([describe_consumer(_url(call))])


@routes.route("GET", "_apis/hooks/consumers/{consumer}")
def read_consumer(call: Call) -> Document:
    """The consumer by id."""
    _require(call, "consumer", CONSUMER)
    return describe_consumer(_url(call))


@routes.route("GET", "_apis/hooks/consumers/{consumer}/actions")
def list_actions(call: Call) -> Document:
    """The actions of the consumer."""
    _require(call, "consumer", CONSUMER)
    return listed([describe_action(_url(call))])


@routes.route("GET", "_apis/hooks/consumers/{consumer}/actions/{action}")
def read_action(call: Call) -> Document:
    """One action of the consumer."""
    _require(call, "consumer", CONSUMER)
    _require(call, "action", ACTION)
    return describe_action(_url(call))


@routes.route("POST", "_apis/hooks/publishersQuery")
def query_publishers(call: Call) -> Document:
    """The query with its `results`."""
    query = call.object()
    wanted = query.get("publisherIds") or [PUBLISHER]
    return {**query, "results": [describe_publisher(_url(call))] if PUBLISHER in wanted else []}


def _url(call: Call) -> str:
    return f"{call.organization_url}/_apis/hooks"


def _require(call: Call, parameter: str, known: str) -> None:
    if call.parameters[parameter].lower() != known.lower():
        raise _missing(parameter, call.parameters[parameter])


def _missing(kind: str, name: str) -> ApiError:
    assembly = "Microsoft.VisualStudio.Services.ServiceHooks.WebApi"
    type_key = f"{kind.title().replace(' ', '')}NotFoundException"
    message = f"The emulator has no {kind} {name}."
    return ApiError(404, type_key, message, type_name=f"{assembly}.{type_key}, {assembly}")

"""What was sent for service hook subscriptions, and test notifications."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from azure_devops_emulator.answers import ApiError, Document, bad_argument, listed
from azure_devops_emulator.hooks import Subscription
from azure_devops_emulator.hooks.catalogue import ACTION, CONSUMER, PUBLISHER
from azure_devops_emulator.hooks.samples import make_sample
from azure_devops_emulator.hooks.subscriptions import EVENT_TYPES, MASK
from azure_devops_emulator.identities import Right
from azure_devops_emulator.moments import format_moment
from azure_devops_emulator.organizations import refuse
from azure_devops_emulator.routes.hooks import find_subscription
from azure_devops_emulator.routing import Call, RouteTable

routes = RouteTable(scope="vso.work")
_NO_SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"


@routes.route("GET", "_apis/hooks/subscriptions/{id}/notifications")
def list_notifications(call: Call) -> Document:
    """What was sent for a subscription, newest first."""
    subscription = find_subscription(call, Right.VIEW_HOOKS)
    filters = {"status": call.query.get("status").lower(), "result": call.query.get("result").lower()}
    most = call.query.integer("maxResults")
    rows = [
        row
        for row in reversed(_notifications(call, subscription))
        if all(row[name] == value for name, value in filters.items() if value)
    ]
    return listed(rows[:most])


@routes.route("GET", "_apis/hooks/subscriptions/{id}/notifications/{notification}")
def read_notification(call: Call) -> Document:
    """One notification of a subscription."""
    subscription = find_subscription(call, Right.VIEW_HOOKS)
    wanted = call.integer("notification")
    for row in _notifications(call, subscription):
        if row["id"] == wanted:
            return row
    raise ApiError(404, "NotificationNotFoundException", f"There is no notification {wanted} of that subscription.")


@routes.route("POST", "_apis/hooks/notificationsQuery")
def query_notifications(call: Call) -> Document:
    """The query with its `results`: notifications of the subscriptions that it names."""
    query = call.object()
    identifiers = query.get("subscriptionIds") or []
    found = [find_subscription(call, Right.VIEW_HOOKS, str(each)) for each in identifiers]
    rows = [row for subscription in found for row in reversed(_notifications(call, subscription))]
    return {**query, "results": rows[: query.get("maxResults")]}


@routes.route("POST", "_apis/hooks/testNotifications", locked=False)
def send_test_notification(call: Call) -> Document:
    """Send a sample to the receiver that the body (or the subscription it names) describes, and tell the outcome."""
    body = call.object()
    with call.organization.lock:
        subscription = _test_subscription(call, body)
        event = make_sample(subscription.document["eventType"], call.organization_url, call.organization.instance_id)
    started = format_moment(datetime.now(UTC))
    status = call.organization.delivery.send_now(subscription, event)
    return _describe_test(call, subscription, status, started)


def _test_subscription(call: Call, body: Mapping[str, Any]) -> Subscription:
    details = body.get("details") or {}
    identifier = body.get("subscriptionId")
    if identifier and identifier != _NO_SUBSCRIPTION:
        kept = find_subscription(call, Right.EDIT_HOOKS, str(identifier))
        document = copy.deepcopy(kept.document)
    elif not call.identity.may(Right.EDIT_HOOKS):
        raise refuse(call.identity, Right.EDIT_HOOKS, "PublisherSecurity")
    else:
        identifier = _NO_SUBSCRIPTION
        document = {"publisherInputs": {}, "consumerInputs": {}}
    given = {name: value for name, value in (details.get("consumerInputs") or {}).items() if value != MASK}
    document["consumerInputs"].update(given)
    document["eventType"] = details.get("eventType") or document.get("eventType")
    if document["eventType"] not in EVENT_TYPES or not document["consumerInputs"].get("url"):
        raise bad_argument("A test notification needs details with eventType and consumerInputs with a url.")
    return Subscription(str(identifier), document)


def _describe_test(call: Call, subscription: Subscription, status: int | None, started: str) -> Document:
    delivered = status is not None and 200 <= status < 300
    return {
        "id": 0,
        "subscriptionId": subscription.identifier,
        "subscriberId": call.identity.id,
        "eventId": _NO_SUBSCRIPTION,
        "status": "completed",
        "result": "succeeded" if delivered else "failed",
        "createdDate": started,
        "modifiedDate": format_moment(datetime.now(UTC)),
        "details": _details(subscription, subscription.document["eventType"], [status]),
    }


def _notifications(call: Call, subscription: Subscription) -> list[Document]:
    attempts: dict[int, list[dict[str, Any]]] = {}
    for entry in call.organization.delivery.notifications(subscription.identifier):
        attempts.setdefault(entry["id"], []).append(entry)
    return [_describe(subscription, entries) for entries in attempts.values()]


def _describe(subscription: Subscription, entries: list[dict[str, Any]]) -> Document:
    last = entries[-1]
    kept = ("id", "subscriptionId", "eventId", "status", "result", "createdDate", "modifiedDate")
    return {
        **{name: last[name] for name in kept},
        "subscriberId": subscription.owner_id,
        "details": _details(subscription, last["eventType"], [each["responseStatus"] for each in entries]),
    }


def _details(subscription: Subscription, event_type: str, statuses: list[int | None]) -> Document:
    inputs = subscription.as_document()
    last = statuses[-1]
    failed = last is None or not 200 <= last < 300
    answer = "The receiver did not answer." if last is None else f"Status Code: {last}"
    return {
        "eventType": event_type,
        "publisherId": PUBLISHER,
        "consumerId": CONSUMER,
        "consumerActionId": ACTION,
        "publisherInputs": inputs["publisherInputs"],
        "consumerInputs": inputs["consumerInputs"],
        "requestAttempts": len(statuses),
        "response": answer,
        **({"errorMessage": answer} if failed else {}),
    }

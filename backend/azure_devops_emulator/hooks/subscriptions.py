"""Subscriptions: who wants to hear of which work item events, and where.

See https://learn.microsoft.com/azure/devops/service-hooks/events and the `hooks` area of the REST API.
"""

from __future__ import annotations

import copy
import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from azure_devops_emulator.moments import format_moment

EVENT_TYPES = frozenset(f"workitem.{name}" for name in ("created", "updated", "commented", "deleted", "restored"))
MASK = "********"
_CONFIDENTIAL = ("basicAuthPassword",)
_MAY_BE_SET = frozenset({"enabled", "disabledByUser"})


class SubscriptionError(Exception):
    """A subscription that cannot be made, changed or found; `message` says why."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(slots=True)
class Subscription:
    """One subscription as the service keeps it, with its secrets; `as_document` is what readers see."""

    identifier: str
    document: dict[str, Any]
    status: str = "enabled"

    @property
    def active(self) -> bool:
        """Whether events are sent at all."""
        return self.status == "enabled"

    @property
    def owner_id(self) -> str:
        """The id of whoever made it."""
        return str(self.document["createdBy"]["id"])

    def as_document(self) -> dict[str, Any]:
        """The subscription without its confidential inputs."""
        document = copy.deepcopy(self.document)
        document["status"] = self.status
        inputs = document["consumerInputs"]
        for name in _CONFIDENTIAL:
            if inputs.get(name):
                inputs[name] = MASK
        return document

    def wants(self, event: Mapping[str, Any]) -> bool:
        """Whether the event passes the subscription's filters."""
        inputs = self.document["publisherInputs"]
        fields = _fields_of(event["resource"])
        project = event.get("resourceContainers", {}).get("project", {}).get("id", "")
        return (
            self.document["eventType"] == event["eventType"]
            and _same(inputs.get("projectId"), project)
            and _under(inputs.get("areaPath"), str(fields.get("System.AreaPath", "")))
            and _same(inputs.get("workItemType"), str(fields.get("System.WorkItemType", "")))
            and _contains(inputs.get("commentPattern"), str(fields.get("System.History", "")))
            and _changed(inputs.get("changedFields"), event)
        )


class Subscriptions:
    """The subscriptions of one organization. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._subscriptions: dict[str, Subscription] = {}

    def create(self, document: Mapping[str, Any], *, owner: Mapping[str, Any], base_url: str) -> Subscription:
        """Keep a new subscription of `owner`. Raises SubscriptionError if something is missing or wrong."""
        _check(document)
        identifier = str(uuid.uuid4())
        moment = format_moment(datetime.now(UTC))
        kept = copy.deepcopy(dict(document))
        kept["publisherInputs"] = {**kept.get("publisherInputs", {}), "tfsSubscriptionId": str(uuid.uuid4())}
        kept.update(
            id=identifier,
            url=f"{base_url.rstrip('/')}/_apis/hooks/subscriptions/{identifier}",
            resourceVersion=kept.get("resourceVersion", "1.0"),
            probationRetries=0,
            createdBy=dict(owner),
            createdDate=moment,
            modifiedBy=dict(owner),
            modifiedDate=moment,
            eventDescription="",
            actionDescription=f"To host {urlsplit(kept['consumerInputs']['url']).hostname}",
        )
        subscription = Subscription(identifier, kept, _wanted_status(document))
        with self._lock:
            self._subscriptions[identifier] = subscription
        return subscription

    def replace(self, identifier: str, document: Mapping[str, Any], *, owner: Mapping[str, Any]) -> Subscription:
        """Change a subscription; a masked secret stays as it was, and setting it to enabled ends a probation."""
        _check(document)
        subscription = self.get(identifier)
        with self._lock:
            before = subscription.document
            changed = copy.deepcopy(dict(document))
            for name in _CONFIDENTIAL:
                if changed["consumerInputs"].get(name) == MASK:
                    changed["consumerInputs"][name] = before["consumerInputs"].get(name)
            fixed = {name: before[name] for name in ("id", "url", "createdBy", "createdDate")}
            subscription.document = {
                **before,
                **changed,
                **fixed,
                "modifiedBy": dict(owner),
                "modifiedDate": format_moment(datetime.now(UTC)),
            }
            subscription.status = _wanted_status(document)
        return subscription

    def get(self, identifier: str) -> Subscription:
        """One subscription. Raises SubscriptionError if there is none."""
        with self._lock:
            subscription = self._subscriptions.get(identifier.lower())
        if subscription is None:
            raise SubscriptionError(f"Subscription {identifier} does not exist.")
        return subscription

    def delete(self, identifier: str) -> None:
        """Forget a subscription. Raises SubscriptionError if there is none."""
        self.get(identifier)
        with self._lock:
            self._subscriptions.pop(identifier.lower(), None)

    def list(self) -> list[Subscription]:
        """All subscriptions, oldest first."""
        with self._lock:
            return [*self._subscriptions.values()]

    def set_status(self, identifier: str, status: str) -> None:
        """Record what deliveries made of a subscription; one deleted meanwhile stays deleted."""
        with self._lock:
            if subscription := self._subscriptions.get(identifier):
                subscription.status = status


def _check(document: Mapping[str, Any]) -> None:
    wanted = {"publisherId": "tfs", "consumerId": "webHooks", "consumerActionId": "httpRequest"}
    for name, value in wanted.items():
        if document.get(name) != value:
            raise SubscriptionError(f"{name} must be {value!r}; the emulator has no {document.get(name)!r}.")
    if document.get("eventType") not in EVENT_TYPES:
        raise SubscriptionError(f"There is no event type {document.get('eventType')!r}.")
    inputs = document.get("consumerInputs")
    url = inputs.get("url") if isinstance(inputs, Mapping) else None
    if not isinstance(url, str) or urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        raise SubscriptionError("The consumer input url must be an http or https address.")


def _wanted_status(document: Mapping[str, Any]) -> str:
    status = document.get("status")
    return status if status in _MAY_BE_SET else "enabled"


def _fields_of(resource: Mapping[str, Any]) -> Mapping[str, Any]:
    revision = resource.get("revision")
    fields: Mapping[str, Any] = (revision if isinstance(revision, Mapping) else resource).get("fields", {})
    return fields


def _same(wanted: str | None, actual: str) -> bool:
    return not wanted or wanted.casefold() == actual.casefold()


def _under(root: str | None, path: str) -> bool:
    return not root or f"{path}\\".casefold().startswith(root.rstrip("\\").casefold() + "\\")


def _contains(pattern: str | None, text: str) -> bool:
    return not pattern or pattern.casefold() in text.casefold()


def _changed(wanted: str | None, event: Mapping[str, Any]) -> bool:
    if not wanted or event["eventType"] != "workitem.updated":
        return True
    return wanted in event["resource"].get("fields", {})

"""What subscriptions can be made of: the publisher of work item events, its event types, and the consumers.

The `hooks` area of the REST API describes these to callers, so that a form can be built from them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

PUBLISHER = "tfs"
CONSUMER = "webHooks"
ACTION = "httpRequest"
_ANY = (("", "[Any]"),)
_MESSAGES = (("", "All"), ("text", "Text"), ("html", "HTML"), ("markdown", "Markdown"), ("none", "None"))
_DETAILS = (("", "All"), ("minimal", "Minimal"), ("none", "None"))


@dataclass(frozen=True, slots=True)
class InputDescriptor:
    """One input of a subscription; `choices` pairs values with what a form shows for them."""

    identifier: str
    name: str
    description: str
    mode: str = "textBox"
    data_type: str = "string"
    required: bool = False
    confidential: bool = False
    choices: tuple[tuple[str, str], ...] = ()

    def as_document(self) -> dict[str, Any]:
        """The input as the service describes it."""
        document: dict[str, Any] = {
            "id": self.identifier,
            "name": self.name,
            "description": self.description,
            "inputMode": self.mode,
            "isConfidential": self.confidential,
            "useInDefaultDescription": False,
            "validation": {"dataType": self.data_type, "isRequired": self.required},
        }
        if self.choices:
            document["values"] = self._values()
            document["hasDynamicValueInformation"] = self.choices == _ANY
        return document

    def _values(self) -> dict[str, Any]:
        return {
            "inputId": self.identifier,
            "defaultValue": "",
            "possibleValues": [{"value": value, "displayValue": shown} for value, shown in self.choices],
            "isLimitedToPossibleValues": True,
        }


@dataclass(frozen=True, slots=True)
class EventType:
    """One kind of event with the filters that it takes besides the project."""

    identifier: str
    name: str
    description: str
    inputs: tuple[InputDescriptor, ...]

    def as_document(self, hooks_url: str) -> dict[str, Any]:
        """The event type as the service describes it."""
        return {
            "publisherId": PUBLISHER,
            "id": self.identifier,
            "url": f"{hooks_url}/publishers/{PUBLISHER}/eventTypes/{self.identifier}",
            "name": self.name,
            "description": self.description,
            "supportedResourceVersions": ["1.0"],
            "inputDescriptors": [each.as_document() for each in self.inputs],
        }


_AREA = InputDescriptor("areaPath", "Area path", "Only work items under this area path.", "combo", choices=_ANY)
_TYPE = InputDescriptor("workItemType", "Work item type", "Only work items of this type.", "combo", choices=_ANY)
_FIELDS = InputDescriptor("changedFields", "Field", "Only changes of this field.", "combo", choices=_ANY)
_PATTERN = InputDescriptor("commentPattern", "Contains string", "Only comments that contain this text.")
_PROJECT = InputDescriptor("projectId", "Project", "Only events of this project.", "none", "guid")

EVENT_TYPES = (
    EventType("workitem.commented", "Work item commented on", "A comment was added.", (_AREA, _TYPE, _PATTERN)),
    EventType("workitem.created", "Work item created", "A work item was created.", (_AREA, _TYPE)),
    EventType("workitem.deleted", "Work item deleted", "A work item was deleted.", (_AREA, _TYPE)),
    EventType("workitem.restored", "Work item restored", "A work item was restored.", (_AREA, _TYPE)),
    EventType("workitem.updated", "Work item updated", "A work item was changed.", (_AREA, _TYPE, _FIELDS)),
)

ACTION_INPUTS = (
    InputDescriptor("url", "URL", "Where the event is posted to.", data_type="uri", required=True),
    InputDescriptor("httpHeaders", "HTTP headers", "One `Name: value` a line; anyone can read them.", "textArea"),
    InputDescriptor("basicAuthUsername", "Basic authentication username", "The name sent to the receiver."),
    InputDescriptor(
        "basicAuthPassword",
        "Basic authentication password",
        "The password sent to the receiver.",
        "passwordBox",
        confidential=True,
    ),
    InputDescriptor("resourceDetailsToSend", "Details to send", "How much of it is sent.", "combo", choices=_DETAILS),
    InputDescriptor("messagesToSend", "Messages to send", "Which messages are sent.", "combo", choices=_MESSAGES),
    InputDescriptor(
        "detailedMessagesToSend",
        "Detailed messages to send",
        "Which detailed messages are sent.",
        "combo",
        choices=_MESSAGES,
    ),
)


def describe_publisher(hooks_url: str) -> dict[str, Any]:
    """The publisher of work item events; `hooks_url` is the address of the `hooks` area, without slash."""
    return {
        "id": PUBLISHER,
        "url": f"{hooks_url}/publishers/{PUBLISHER}",
        "name": "Azure DevOps Services",
        "description": "Publishes work item events.",
        "supportedEvents": [each.as_document(hooks_url) for each in EVENT_TYPES],
        "inputDescriptors": [_PROJECT.as_document()],
    }


def describe_consumer(hooks_url: str) -> dict[str, Any]:
    """The consumer that posts events to an address."""
    return {
        "id": CONSUMER,
        "url": f"{hooks_url}/consumers/{CONSUMER}",
        "name": "Web Hooks",
        "description": "Posts events to an address of yours.",
        "authenticationType": "none",
        "inputDescriptors": [],
        "actions": [describe_action(hooks_url)],
    }


def describe_action(hooks_url: str) -> dict[str, Any]:
    """The action of that consumer with its inputs."""
    return {
        "id": ACTION,
        "consumerId": CONSUMER,
        "url": f"{hooks_url}/consumers/{CONSUMER}/actions/{ACTION}",
        "name": "Post via HTTP",
        "description": "Posts the event as JSON to the given address.",
        "supportedEventTypes": ["*"],
        "supportedResourceVersions": {},
        "allowResourceVersionOverride": True,
        "inputDescriptors": [each.as_document() for each in ACTION_INPUTS],
    }

"""What an event of the sync queue carries, for people: changes in words, and the message without anything secret."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from adnode.domain.message import AppliedBody, ContentBody, FailedBody, Message, StateBody
from adnode.domain.message_documents import message_to_document
from adnode.domain.synced_change import ChangedValue
from adnode.services.reconciliation.history import describe_value

TEXT_LIMIT = 300
"""Characters of a text that are shown of it."""
LIST_LIMIT = 100
"""Members of a list or object that are shown of it."""
HIDDEN = "(hidden)"
_SECRET_NAME = re.compile(r"secret|token|password|passwd|authorization|signature|private|credential|api_?key", re.I)
_SECRET_IN_URL = re.compile(r"([?&](?:sig|token|access_token|password|secret|key|code)=)[^&\s\"'<>]+", re.I)
_USER_IN_URL = re.compile(r"(https?://)[^/\s@]{1,500}@", re.I)


@dataclass(frozen=True, slots=True)
class EventChange:
    """One thing that an event changes. ``changed_in`` is the id of the organization where that was done."""

    value: ChangedValue
    changed_at: datetime
    changed_in: str


def list_changes(message: Message | None, organization_id: str) -> tuple[EventChange, ...]:
    """Return what a message changes, for an administrator of that organization; nothing for those without changes."""
    if message is None or not isinstance(message.body, StateBody):
        return ()
    return tuple(
        EventChange(
            describe_value(key, register.value, organization_id, TEXT_LIMIT), register.changed_at, register.changed_in
        )
        for key, register in message.body.registers.items()
    )


def describe(message: Message | None) -> str:
    """Return what a message says beside changes, '' for nothing."""
    match message.body if message else None:
        case AppliedBody(message_ids=ids):
            return f"Says that {_count(len(ids), 'event')} arrived in the work item."
        case FailedBody(text=text):
            return shortened(text)
        case ContentBody(keys=keys, text=text):
            return _count(len(keys), "file") + (f": {shortened(text)}" if text else "")
    return ""


def redacted(message: Message | None) -> dict[str, Any] | None:
    """Return the message as it travels, with long texts cut short and nothing secret in it; None without one."""
    return None if message is None else _redacted_object(message_to_document(message))


def shortened(text: str) -> str:
    """Return the beginning of a text, and how long it is."""
    clean = _USER_IN_URL.sub(rf"\1{HIDDEN}@", _SECRET_IN_URL.sub(rf"\1{HIDDEN}", text))
    return clean if len(clean) <= TEXT_LIMIT else f"{clean[:TEXT_LIMIT]}… ({len(clean):,} characters)"


def _redacted(value: object) -> object:
    match value:
        case str():
            return shortened(value)
        case dict():
            return _redacted_object(value)
        case list() | tuple():
            items = [_redacted(one) for one in value[:LIST_LIMIT]]
            return items if len(value) <= LIST_LIMIT else [*items, f"… {len(value) - LIST_LIMIT} more"]
    return value


def _redacted_object(document: Mapping[str, object]) -> dict[str, Any]:
    shown = {
        shortened(name): HIDDEN if _SECRET_NAME.search(name) else _redacted(value)
        for name, value in list(document.items())[:LIST_LIMIT]
    }
    return shown if len(document) <= LIST_LIMIT else {**shown, "…": f"{len(document) - LIST_LIMIT} more"}


def _count(amount: int, noun: str) -> str:
    return f"{amount:,} {noun}" if amount == 1 else f"{amount:,} {noun}s"

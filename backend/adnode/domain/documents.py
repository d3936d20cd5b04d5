"""JSON documents of values that are stored or sent: strict when read, compact when written.

Every ``…_from_document`` raises ValidationError with the place of the fault; input of a peer passes through here first.
"""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from adnode.domain.errors import NumberRefusedError, ValidationError
from adnode.domain.limits import HIGHEST_NUMBER, KEY, check_length
from adnode.domain.rich_text import RichText, TextFormat
from adnode.domain.sync_state import (
    ATTACHMENT_PREFIX,
    COMMENT_PREFIX,
    DESCRIPTION,
    PRESENCE_PREFIX,
    SUMMARY,
    TYPE,
    AttachmentValue,
    CommentValue,
    Conflict,
    Presence,
    Register,
    Registers,
    SyncState,
    TypeValue,
    Value,
    Version,
)
from adnode.domain.twin import Intent

Document = dict[str, Any]
T = TypeVar("T")

SIZE_LIMIT = 2**53
"""Highest number that every JSON reader keeps exact. A peer may send less (domain/limits.py); what is stored may have
grown beyond that.
"""


def parse_document(body: bytes) -> object:
    """Return the JSON document of a body; raises ValidationError, also for numbers that JSON does not have."""
    try:
        return json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise ValidationError("The body is no JSON document.") from error


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is no number of JSON")


def fail(place: str, expected: str) -> ValidationError:
    """Return the error for a malformed place of a document."""
    return ValidationError(f"Malformed document: {place} must be {expected}.", place=place)


def read(document: object, key: str, kind: type[T]) -> T:
    """Return a required member of the right JSON type; a bool is not taken for a number, a text must be storable."""
    if not isinstance(document, Mapping):
        raise fail(key, "inside an object")
    value = document.get(key)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise fail(key, f"a {kind.__name__}")
    if isinstance(value, str):
        check_text(value, key)
    return value


def read_number(document: object, key: str, minimum: int = 0, maximum: int = HIGHEST_NUMBER) -> int:
    """Return a required whole number within its limits."""
    value = read(document, key, int)
    if not minimum <= value <= maximum:
        raise NumberRefusedError(f"{key} must be from {minimum:,} to {maximum:,}.", place=key)
    return value


def read_strings(document: object, key: str) -> tuple[str, ...]:
    """Return a required list of texts."""
    values = read(document, key, list)
    for value in values:
        check_text(value, key)
    return tuple(values)


def check_text(value: object, place: str) -> str:
    """Return a text that every database can hold: no NUL, no half of a surrogate pair."""
    if not isinstance(value, str):
        raise fail(place, "a text")
    if "\0" in value or not _is_encodable(value):
        raise fail(place, "a text of whole characters")
    return value


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def format_time(time: datetime) -> str:
    """Return an aware time as ISO 8601 in UTC with microseconds."""
    return time.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def parse_time(text: str, place: str = "time") -> datetime:
    """Return the aware UTC time of an ISO 8601 text with an offset."""
    try:
        time = datetime.fromisoformat(text)
        if time.tzinfo is None:
            raise fail(place, "a time with its offset")
        return time.astimezone(UTC)
    except (ValueError, OverflowError):
        raise fail(place, "a time in ISO 8601") from None


def _read_time(document: object, key: str) -> datetime:
    return parse_time(read(document, key, str), key)


def text_to_document(text: RichText) -> Document:
    """Return formatted text as a document."""
    return {"text": text.text, "format": text.format.value}


def text_from_document(document: object) -> RichText:
    """Return formatted text from a document."""
    try:
        text_format = TextFormat(read(document, "format", str))
    except ValueError:
        raise fail("format", "html or markdown") from None
    return RichText(read(document, "text", str), text_format)


def _comment_to_document(value: CommentValue) -> Document:
    return {
        "author": value.author,
        "created_at": format_time(value.created_at),
        "text": text_to_document(value.text),
        "is_deleted": value.is_deleted,
    }


def _comment_from_document(document: object) -> CommentValue:
    return CommentValue(
        read(document, "author", str),
        _read_time(document, "created_at"),
        text_from_document(read(document, "text", dict)),
        read(document, "is_deleted", bool),
    )


def _attachment_to_document(value: AttachmentValue) -> Document:
    return {"name": value.name, "size": value.size, "comment": value.comment, "is_deleted": value.is_deleted}


def _attachment_from_document(document: object) -> AttachmentValue:
    return AttachmentValue(
        read(document, "name", str),
        read_number(document, "size", 0, SIZE_LIMIT),
        read(document, "comment", str),
        read(document, "is_deleted", bool),
    )


def value_to_document(value: Value) -> object:
    """Return a register's value as a JSON value."""
    match value:
        case RichText():
            return text_to_document(value)
        case TypeValue():
            return {"name": value.name, "category": value.category}
        case CommentValue():
            return _comment_to_document(value)
        case AttachmentValue():
            return _attachment_to_document(value)
        case Presence():
            return value.value
    return value


def _summary_from_document(document: object) -> str:
    return check_text(document, "summary")


def _type_from_document(document: object) -> TypeValue:
    return TypeValue(read(document, "name", str), read(document, "category", str))


def _presence_from_document(document: object) -> Presence:
    if document not in (Presence.ACTIVE.value, Presence.REMOVED.value):
        raise fail("presence", "active or removed")
    return Presence(document)


_EXACT_READERS: Mapping[str, Callable[[object], Value]] = {
    SUMMARY: _summary_from_document,
    DESCRIPTION: text_from_document,
    TYPE: _type_from_document,
}
_PREFIX_READERS: Mapping[str, Callable[[object], Value]] = {
    COMMENT_PREFIX: _comment_from_document,
    ATTACHMENT_PREFIX: _attachment_from_document,
    PRESENCE_PREFIX: _presence_from_document,
}


def value_from_document(key: str, document: object) -> Value:
    """Return the value of the register of that key."""
    check_length(key, KEY, "The key of a register")
    if reader := _EXACT_READERS.get(key):
        return reader(document)
    for prefix, reader in _PREFIX_READERS.items():
        if key.startswith(prefix) and len(key) > len(prefix):
            return reader(document)
    raise fail(f"register key {key!r}", "one this version knows")


def register_to_document(register: Register) -> Document:
    """Return a register as a document, versions as its holder counts."""
    return {
        "value": value_to_document(register.value),
        "version": [register.version.local, register.version.remote],
        "changed_at": format_time(register.changed_at),
        "changed_in": register.changed_in,
    }


def _version_from_document(document: object) -> Version:
    counters = read(document, "version", list)
    if len(counters) != 2 or not all(type(counter) is int and 0 <= counter <= SIZE_LIMIT for counter in counters):
        raise fail("version", "two counters")
    return Version(*counters)


def register_from_document(key: str, document: object) -> Register:
    """Return the register of that key."""
    if not isinstance(document, Mapping):
        raise fail(key, "an object")
    return Register(
        value_from_document(key, document.get("value")),
        _version_from_document(document),
        _read_time(document, "changed_at"),
        read(document, "changed_in", str),
    )


def registers_to_document(registers: Registers) -> Document:
    """Return registers by key as a document."""
    return {key: register_to_document(register) for key, register in registers.items()}


def registers_from_document(document: object) -> dict[str, Register]:
    """Return registers by key."""
    if not isinstance(document, Mapping):
        raise fail("registers", "an object")
    return {check_text(key, "register key"): register_from_document(key, value) for key, value in document.items()}


def state_to_document(state: SyncState) -> Document:
    """Return a sync state as a document."""
    return registers_to_document(state.registers)


def state_from_document(document: object) -> SyncState:
    """Return a sync state."""
    return SyncState(registers_from_document(document))


def conflict_to_document(conflict: Conflict) -> Document:
    """Return a conflict as a document."""
    return {
        "key": conflict.key,
        "winner": register_to_document(conflict.winner),
        "loser": register_to_document(conflict.loser),
    }


def conflict_from_document(document: object) -> Conflict:
    """Return a conflict."""
    key = read(document, "key", str)
    winner, loser = read(document, "winner", dict), read(document, "loser", dict)
    return Conflict(key, register_from_document(key, winner), register_from_document(key, loser))


def intent_to_document(intent: Intent) -> Document:
    """Return an intent as a document."""
    return {
        "recorded_at": format_time(intent.recorded_at),
        "revision": intent.revision,
        "fields": dict(intent.fields),
        "comments": dict(intent.comments),
        "attachments": list(intent.attachments),
        "keys": sorted(intent.keys),
        "observed": registers_to_document(intent.observed),
        "merged": registers_to_document(intent.merged),
        "outgoing": sorted(intent.outgoing),
        "conflicts": [conflict_to_document(conflict) for conflict in intent.conflicts],
        "marker": intent.marker,
        "started_at": format_time(intent.started_at) if intent.started_at else None,
        "forms": dict(intent.forms),
    }


def _texts(document: object, key: str) -> dict[str, str]:
    members = read(document, key, dict)
    return {check_text(name, key): check_text(value, key) for name, value in members.items()}


def intent_from_document(document: object) -> Intent:
    """Return an intent."""
    known = document if isinstance(document, Mapping) else {}
    revision = known.get("revision")
    return Intent(
        recorded_at=_read_time(document, "recorded_at"),
        revision=None if revision is None else read_number(document, "revision"),
        fields=_texts(document, "fields"),
        comments=_texts(document, "comments"),
        attachments=read_strings(document, "attachments"),
        keys=frozenset(read_strings(document, "keys")),
        observed=registers_from_document(read(document, "observed", dict)),
        merged=registers_from_document(read(document, "merged", dict)),
        outgoing=frozenset(read_strings(document, "outgoing")),
        conflicts=tuple(conflict_from_document(each) for each in read(document, "conflicts", list)),
        marker=str(known.get("marker") or ""),
        started_at=_read_time(document, "started_at") if known.get("started_at") else None,
        forms=_texts(document, "forms") if "forms" in known else {},
    )

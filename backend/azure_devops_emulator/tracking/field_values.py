"""What is written to a field becomes what the field holds, or is refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from azure_devops_emulator.answers import ApiError
from azure_devops_emulator.fields import LONGEST_STRING, LONGEST_TEXT, Field
from azure_devops_emulator.moments import format_moment, read_moment
from azure_devops_emulator.sanitizing import sanitize_html
from azure_devops_emulator.tracking.drafts import Draft
from azure_devops_emulator.tracking.refusals import bad_tree_name, broken_rule
from azure_devops_emulator.tracking.work_item import Value

MARKDOWN = "markdown"
MOST_TAGS = 100
_LONGEST_TAG = 400


def convert(draft: Draft, field: Field, given: Any) -> Value | None:
    """The value a field takes; None clears it. Raises ApiError 400 for a value of the wrong type or size."""
    if given is None or given == "":
        return None
    if field.is_identity:
        return _identity(draft, field, given)
    return _CONVERTERS[field.type](draft, field, given)


def merge_tags(draft: Draft, given: Any, *, keep: bool) -> str | None:
    """The tags after a write; `keep` adds to those that are there. The first spelling of a tag stays.

    Raises ApiError 400 (TF401243) for more than 100.
    """
    before = draft.text("System.Tags") if keep else ""
    tags: dict[str, str] = {}
    for name in re.split(r"[;,]", f"{before};{given or ''}"):
        if name.strip():
            tag = draft.project.note_tag(name.strip()[:_LONGEST_TAG])
            tags.setdefault(tag.name.lower(), tag.name)
    if len(tags) > MOST_TAGS:
        message = f"TF401243: The work item has {len(tags)} tags; the limit is {MOST_TAGS}."
        raise ApiError(400, "WorkItemTagLimitExceededException", message)
    return "; ".join(tags.values()) or None


def _string(_: Draft, field: Field, given: Any) -> str | None:
    text = _text(field, given).strip()
    if _length(text) > LONGEST_STRING:
        raise broken_rule(field, ("InvalidTooLong",))
    return text or None


def _text(field: Field, given: Any) -> str:
    if isinstance(given, bool):
        return str(given)
    if not isinstance(given, str | int | float):
        raise broken_rule(field, ("InvalidType",))
    return str(given)


def _length(text: str) -> int:
    # The service counts UTF-16 code units.
    return len(text) + sum(letter > "\uffff" for letter in text) if not text.isascii() else len(text)


def _long_text(_: Draft, field: Field, given: Any) -> str:
    return check_length(field, _text(field, given))


def check_length(field: Field, text: str) -> str:
    """The text, if it is not too long. Raises ApiError 400."""
    if _length(text) > LONGEST_TEXT:
        raise broken_rule(field, ("InvalidTooLong",))
    return text


def _html(draft: Draft, field: Field, given: Any) -> str | None:
    text = check_length(field, _text(field, given))
    if draft.formats.get(field.reference_name) == MARKDOWN:
        return text
    return sanitize_html(text) or None


def _integer(_: Draft, field: Field, given: Any) -> int:
    number = _number(field, given)
    if number != int(number):
        raise broken_rule(field, ("InvalidType",))
    return int(number)


def _double(_: Draft, field: Field, given: Any) -> float:
    return _number(field, given)


def _number(field: Field, given: Any) -> float:
    if isinstance(given, bool) or not isinstance(given, str | int | float):
        raise broken_rule(field, ("InvalidType",))
    try:
        return float(given)
    except ValueError:
        raise broken_rule(field, ("InvalidType",)) from None


def _boolean(_: Draft, field: Field, given: Any) -> bool:
    text = str(given).lower()
    if text not in ("true", "false", "1", "0"):
        raise broken_rule(field, ("InvalidType",))
    return text in ("true", "1")


def _date(_: Draft, field: Field, given: Any) -> str:
    if not isinstance(given, str):
        raise broken_rule(field, ("InvalidType",))
    try:
        return format_moment(read_moment(given))
    except ApiError:
        raise broken_rule(field, ("InvalidType",)) from None


def _tree_path(draft: Draft, field: Field, given: Any) -> Value:
    kind = "area" if field.reference_name == "System.AreaPath" else "iteration"
    node = draft.project.find_node(kind, given) if isinstance(given, str) else None
    if node is None:
        raise bad_tree_name(draft.identifier, field.reference_name)
    return node


def _identity(draft: Draft, field: Field, given: Any) -> Value:
    if isinstance(given, dict):
        given = given.get("uniqueName") or given.get("id") or given.get("displayName") or ""
    person = draft.organization.find_identity(str(given))
    if person is not None:
        return person
    if draft.author.bypass_rules:
        return str(given)
    raise broken_rule(
        field,
        ("InvalidIdentity",),
        f"The identity value '{given}' for field '{field.name}' is an unknown identity.",
    )


_CONVERTERS: dict[str, Callable[[Draft, Field, Any], Value | None]] = {
    "string": _string,
    "plainText": _long_text,
    "history": _long_text,
    "html": _html,
    "integer": _integer,
    "double": _double,
    "boolean": _boolean,
    "dateTime": _date,
    "treePath": _tree_path,
}

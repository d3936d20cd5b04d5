"""Finds the work items a query asks for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol

from azure_devops_emulator.wiql.query import Condition, FieldReference, Junction, Macro, Query, WiqlError


class Row(Protocol):
    """A work item a query may find."""

    @property
    def identifier(self) -> int:
        """The work item's id."""
        ...

    def value(self, field_ref: str) -> object:
        """The value of a field by reference name; None when it is empty."""
        ...


@dataclass(frozen=True, slots=True)
class WiqlContext:
    """What the macros @project, @me and @today stand for; `now` is aware UTC."""

    project: str | None
    me: str
    now: datetime


def evaluate(query: Query, rows: Iterable[Row], context: WiqlContext) -> list[Row]:
    """The rows the query finds, in its order (by id where the query does not say)."""
    found = [row for row in rows if query.condition is None or _holds(query.condition, row, query, context)]
    found.sort(key=lambda row: row.identifier)
    for name, descending in reversed(query.order):
        found.sort(key=lambda row: _order_key(_read(row, name)), reverse=descending)
    return found


def _read(row: Row, name: str) -> object:
    return row.identifier if name.lower() in ("system.id", "id") else row.value(name)


def _order_key(value: object) -> tuple[int, Any]:
    if value is None:
        return 0, 0
    if isinstance(value, int | float):
        return 1, value
    if isinstance(value, datetime):
        return 2, value.timestamp()
    return 3, _texts(value)[0]


def _holds(condition: Condition, row: Row, query: Query, context: WiqlContext) -> bool:
    if isinstance(condition, Junction):
        parts = (_holds(part, row, query, context) for part in condition.parts)
        if condition.operator == "not":
            return not next(parts)
        return all(parts) if condition.operator == "and" else any(parts)
    actual = _read(row, condition.field)
    if condition.operator == "empty":
        return actual in (None, "")
    return any(
        _compare(actual, condition.operator, _resolve(value, row, context), query.time_precision)
        for value in condition.values
    )


def _resolve(value: object, row: Row, context: WiqlContext) -> object:
    if isinstance(value, FieldReference):
        return _read(row, value.name)
    if not isinstance(value, Macro):
        return value
    if value.name == "me":
        return context.me
    if value.name == "project":
        if context.project is None:
            raise WiqlError("The macro @project needs a query that is run in a project.")
        return context.project
    if value.name in ("today", "startofday"):
        midnight = context.now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight + timedelta(days=value.offset)
    raise WiqlError(f"The emulator has no macro @{value.name}.")


def _compare(actual: object, operator: str, wanted: object, time_precision: bool) -> bool:
    if operator == "under":
        return any(_under(text, str(wanted).casefold()) for text in _texts(actual))
    if operator == "contains":
        return any(str(wanted).casefold() in text for text in _texts(actual))
    if operator == "contains words":
        words = set(re.findall(r"\w+", " ".join(_texts(actual))))
        return set(re.findall(r"\w+", str(wanted).casefold())) <= words
    if operator == "<>":
        return not _compare(actual, "=", wanted, time_precision)
    if operator in ("=", "in"):
        return _equal(actual, wanted, time_precision)
    return _ordered(*_pair(actual, wanted, time_precision), operator)


def _under(text: str, root: str) -> bool:
    root = root.rstrip("\\")
    return text == root or text.startswith(root + "\\")


def _equal(actual: object, wanted: object, time_precision: bool) -> bool:
    left, right = _pair(actual, wanted, time_precision)
    if left is None or right in (None, ""):
        return left in (None, "") and right in (None, "")
    if isinstance(left, str):
        return any(text in _texts(actual) for text in _texts(right))
    return bool(left == right)


def _ordered(left: Any, right: Any, operator: str) -> bool:
    if left is None or right is None:
        return False
    if operator in ("<", "<="):
        return bool(left < right or (operator == "<=" and left == right))
    return bool(left > right or (operator == ">=" and left == right))


def _pair(actual: object, wanted: object, time_precision: bool) -> tuple[Any, Any]:
    if isinstance(wanted, datetime) or isinstance(actual, datetime):
        return _moment(actual, time_precision), _moment(wanted, time_precision)
    if isinstance(actual, str) and isinstance(wanted, str) and re.match(r"\d{4}-\d\d-\d\dT.*Z$", actual):
        return _moment(actual, time_precision), _moment(wanted, time_precision)
    if isinstance(actual, int | float):
        return actual, _number(wanted)
    if actual is None:
        return None, wanted
    return _texts(actual)[0], str(wanted).casefold()


def _number(value: object) -> float | None:
    if value in (None, ""):
        return None
    try:
        return float(str(value).lower().replace("true", "1").replace("false", "0"))
    except ValueError as error:
        raise WiqlError(f"A number is needed. The error is caused by «'{value}'».") from error


def _moment(value: object, time_precision: bool) -> datetime | date | None:
    if value in (None, ""):
        return None
    if not isinstance(value, datetime):
        try:
            value = datetime.fromisoformat(str(value).strip())
        except ValueError as error:
            raise WiqlError(f"The date cannot be read. The error is caused by «'{value}'».") from error
    moment = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    return moment if time_precision else moment.date()


def _texts(value: object) -> list[str]:
    if isinstance(value, dict):
        name, unique = str(value.get("displayName", "")), str(value.get("uniqueName", ""))
        return [text.casefold() for text in (unique, name, f"{name} <{unique}>")]
    if value is None:
        return [""]
    text = str(value).casefold()
    identity = re.search(r"<([^<>]+@[^<>]+)>$", text)
    return [text, identity.group(1)] if identity else [text]

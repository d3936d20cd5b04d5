"""The part of WIQL that the service in memory understands: conditions joined by AND."""

import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

from adnode.domain.errors import QueryRefusedError

_QUERY = re.compile(
    r"\s*select\s+.+?\s+from\s+workitems(?:\s+where\s+(.+?))?(?:\s+order\s+by\s+.+)?\s*", re.IGNORECASE | re.DOTALL
)
_LITERAL = r"'(?:[^']|'')*'|-?\d+|@project"
_CONDITION = re.compile(
    rf"\[([\w.]+)\]\s*(<>|<=|>=|=|<|>|contains\b|in\b)\s*(\((?:{_LITERAL}|[\s,])+\)|{_LITERAL})", re.IGNORECASE
)
_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "contains": operator.contains,
}
Condition = Callable[[Mapping[str, object]], bool]


def parse(wiql: str, project: str) -> Condition:
    """Return the test of a query on the fields of a work item; raises QueryRefusedError."""
    match = _QUERY.fullmatch(wiql)
    if match is None:
        raise _refused()
    rest, conditions = match.group(1), []
    while rest:
        found = _CONDITION.match(rest)
        if found is None:
            raise _refused()
        conditions.append(_condition(found.group(1), found.group(2).lower(), found.group(3), project))
        rest = rest[found.end() :].strip()
        if rest:
            joined = re.match(r"and\s+(?=\S)", rest, re.IGNORECASE)
            if joined is None:
                raise _refused()
            rest = rest[joined.end() :]
    return lambda fields: all(condition(fields) for condition in conditions)


def _condition(name: str, comparison: str, literal: str, project: str) -> Condition:
    values = [_value(text, project) for text in re.findall(_LITERAL, literal, re.IGNORECASE)]
    if comparison == "in":
        return lambda fields: _text(fields.get(name)) in values
    if literal.lstrip("-").isdecimal() and comparison != "contains":
        number = float(literal)
        return lambda fields: (
            isinstance(found := fields.get(name), int | float) and _COMPARISONS[comparison](found, number)
        )
    return lambda fields: _COMPARISONS[comparison](_text(fields.get(name)), values[0])


def _value(literal: str, project: str) -> str:
    if literal.lower() == "@project":
        return project.casefold()
    return _text(literal[1:-1].replace("''", "'") if literal.startswith("'") else literal)


def _text(value: object) -> str:
    return "" if value is None else str(value).casefold()


def _refused() -> QueryRefusedError:
    return QueryRefusedError(
        "Azure DevOps refused the query: it is no WIQL that it understands. Try it in the query editor first.",
        status=400,
    )

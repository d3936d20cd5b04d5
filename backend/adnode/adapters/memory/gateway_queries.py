"""The part of WIQL that the service in memory understands: flat queries, their conditions joined, turned and nested."""

import operator
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from adnode.domain.errors import QueryRefusedError

_QUERY = re.compile(
    r"\s*select\s+.+?\s+from\s+workitems(?:\s+where\s+(.+?))?(?:\s+order\s+by\s+\[System\.Id\](?:\s+(asc|desc))?)?\s*",
    re.IGNORECASE | re.DOTALL,
)
_TOKEN = re.compile(
    r"\s*(?:\[(?P<field>[^\[\]]+)\]|(?P<text>'(?:[^']|'')*')|(?P<number>-?\d+)|(?P<symbol><>|<=|>=|[=<>(),])"
    r"|(?P<macro>@project)|(?P<word>[a-z]+))\s*",
    re.IGNORECASE,
)
_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "contains": operator.contains,
    "under": lambda path, root: path == root or path.startswith(f"{root}\\"),
}
_NAMES = {
    "id": "System.Id",
    "title": "System.Title",
    "state": "System.State",
    "tags": "System.Tags",
    "area path": "System.AreaPath",
    "assigned to": "System.AssignedTo",
    "created date": "System.CreatedDate",
    "team project": "System.TeamProject",
    "work item type": "System.WorkItemType",
    "priority": "Microsoft.VSTS.Common.Priority",
}
Fields = Mapping[str, object]
Condition = Callable[[Fields], bool]


@dataclass(frozen=True, slots=True)
class MemoryQuery:
    """A query that was understood."""

    condition: Condition
    is_descending: bool = False

    def find(self, rows: Iterable[tuple[int, Fields]]) -> list[int]:
        """Return the ids of the rows that fit, in the order that the query asks for."""
        return sorted((number for number, fields in rows if self.condition(fields)), reverse=self.is_descending)


def parse(wiql: str, project: str) -> MemoryQuery:
    """Return what a query asks for; raises QueryRefusedError."""
    match = _QUERY.fullmatch(wiql)
    if match is None:
        raise _refused()
    condition = _Parser(match.group(1), project).parse() if match.group(1) else _anything
    return MemoryQuery(condition, (match.group(2) or "").lower() == "desc")


class _Parser:
    def __init__(self, text: str, project: str) -> None:
        self._project = project
        self._tokens = list(_tokens(text))
        self._next = 0

    def parse(self) -> Condition:
        condition = self._any_of()
        if self._next < len(self._tokens):
            raise _refused()
        return condition

    def _any_of(self) -> Condition:
        parts = [self._all_of()]
        while self._accept("or"):
            parts.append(self._all_of())
        return lambda fields: any(part(fields) for part in parts)

    def _all_of(self) -> Condition:
        parts = [self._term()]
        while self._accept("and"):
            parts.append(self._term())
        return lambda fields: all(part(fields) for part in parts)

    def _term(self) -> Condition:
        if self._accept("not"):
            return _turned(self._term())
        if self._accept("("):
            condition = self._any_of()
            self._expect(")")
            return condition
        return self._comparison()

    def _comparison(self) -> Condition:
        name = _known(self._take("field"))
        if self._accept("is"):
            is_turned = self._accept("not")
            self._expect("empty")
            return lambda fields: (not _text(fields.get(name))) is not is_turned
        is_turned = self._accept("not")
        condition = self._listed(name) if self._accept("in") else self._compared(name)
        return _turned(condition) if is_turned else condition

    def _listed(self, name: str) -> Condition:
        self._expect("(")
        values = {self._value()}
        while self._accept(","):
            values.add(self._value())
        self._expect(")")
        return lambda fields: _text(fields.get(name)) in values

    def _compared(self, name: str) -> Condition:
        comparison = next((each for each in _COMPARISONS if self._accept(each)), None)
        if comparison is None:
            raise _refused()
        compare = _COMPARISONS[comparison]
        is_number = self._peek()[0] == "number"
        value = self._value()
        if is_number and comparison != "contains":
            return lambda fields: isinstance(found := fields.get(name), int | float) and compare(found, float(value))
        return lambda fields: compare(_text(fields.get(name)), value)

    def _value(self) -> str:
        kind, text = self._peek()
        self._next += 1
        if kind == "text":
            return _text(text[1:-1].replace("''", "'"))
        if kind == "number":
            return text
        if kind == "macro":
            return self._project.casefold()
        raise _refused()

    def _take(self, kind: str) -> str:
        found, text = self._peek()
        if found != kind:
            raise _refused()
        self._next += 1
        return text

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._next] if self._next < len(self._tokens) else ("end", "")

    def _accept(self, text: str) -> bool:
        kind, found = self._peek()
        is_there = kind in ("word", "symbol") and found.lower() == text
        self._next += is_there
        return is_there

    def _expect(self, text: str) -> None:
        if not self._accept(text):
            raise _refused()


def _tokens(text: str) -> Iterable[tuple[str, str]]:
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            raise _refused()
        yield match.lastgroup, match.group(match.lastgroup)
        position = match.end()


def _known(name: str) -> str:
    if "." not in name and name.lower() not in _NAMES:
        raise QueryRefusedError(
            "Azure DevOps refused the query. Azure DevOps says: TF51005: The query references a field that does not "
            f"exist. The error is caused by «[{name}]». Change the query.",
            status=400,
        )
    return _NAMES.get(name.lower(), name)


def _turned(condition: Condition) -> Condition:
    return lambda fields: not condition(fields)


def _anything(_fields: Fields) -> bool:
    return True


def _text(value: object) -> str:
    return "" if value is None else str(value).casefold()


def _refused() -> QueryRefusedError:
    return QueryRefusedError(
        "Azure DevOps refused the query: it is no WIQL that it understands. Try it in the query editor first.",
        status=400,
    )

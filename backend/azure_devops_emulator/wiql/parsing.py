"""Reads the text of a query.

Syntax: https://learn.microsoft.com/azure/devops/boards/queries/wiql-syntax.
"""

from __future__ import annotations

import re

from azure_devops_emulator.wiql.query import Comparison, Condition, FieldReference, Junction, Macro, Query, WiqlError

_LONGEST_TEXT = 32_000
_TOKEN = re.compile(
    r"""\s*(?:(?P<field>\[[^\]]+\])|(?P<string>'(?:[^']|'')*'|"(?:[^"]|"")*")|(?P<number>-?\s*\d+(?:\.\d+)?)"""
    r"""|(?P<macro>@[A-Za-z]+)|(?P<symbol><>|<=|>=|[=<>(),+])|(?P<word>[A-Za-z_][\w.]*))"""
)
_MOMENT = re.compile(r"^\d{4}-\d{1,2}-\d{1,2}T?\s*\d{1,2}:\d{2}")
_COMPARISONS = frozenset({"=", "<>", "<", ">", "<=", ">="})


class _Parser:
    def __init__(self, text: str, *, time_precision: bool) -> None:
        self._tokens = _tokenize(text)
        self._next = 0
        self._time_precision = time_precision

    def query(self) -> Query:
        self._expect("select")
        columns = self._fields()
        self._expect("from")
        source = self._take("word")
        if source.lower() != "workitems":
            raise WiqlError(f"The emulator answers queries FROM WorkItems only, not FROM {source}.")
        condition = self._disjunction() if self._accept("where") else None
        order = self._order() if self._accept("order") else ()
        if self._next < len(self._tokens):
            raise _unexpected(self._tokens[self._next][1])
        return Query("workItems", columns, condition, order, self._time_precision)

    def _fields(self) -> tuple[str, ...]:
        fields = [self._field()]
        while self._accept(","):
            fields.append(self._field())
        return tuple(fields)

    def _order(self) -> tuple[tuple[str, bool], ...]:
        self._expect("by")
        terms = [self._order_term()]
        while self._accept(","):
            terms.append(self._order_term())
        return tuple(terms)

    def _order_term(self) -> tuple[str, bool]:
        name = self._field()
        descending = self._accept("desc")
        if not descending:
            self._accept("asc")
        return name, descending

    def _disjunction(self) -> Condition:
        parts = [self._conjunction()]
        while self._accept("or"):
            parts.append(self._conjunction())
        return parts[0] if len(parts) == 1 else Junction("or", tuple(parts))

    def _conjunction(self) -> Condition:
        parts = [self._term()]
        while self._accept("and"):
            parts.append(self._term())
        return parts[0] if len(parts) == 1 else Junction("and", tuple(parts))

    def _term(self) -> Condition:
        if self._accept("not"):
            return Junction("not", (self._term(),))
        if self._accept("("):
            condition = self._disjunction()
            self._expect(")")
            return condition
        return self._comparison()

    def _comparison(self) -> Condition:
        name = self._field()
        if self._accept("is"):
            negated = self._accept("not")
            self._expect("empty")
            return _negated(Comparison(name, "empty", ()), negated)
        negated = self._accept("not")
        operator = self._operator()
        values = self._list() if operator == "in" else (self._value(),)
        self._check_precision(name, values)
        return _negated(Comparison(name, operator, values), negated)

    def _operator(self) -> str:
        for operator in (*_COMPARISONS, "in", "contains", "under"):
            if self._accept(operator):
                if operator == "contains" and self._accept("words"):
                    return "contains words"
                return operator
        raise _unexpected(self._peek()[1])

    def _list(self) -> tuple[object, ...]:
        self._expect("(")
        values = [self._value()]
        while self._accept(","):
            values.append(self._value())
        self._expect(")")
        return tuple(values)

    def _value(self) -> object:
        kind, text = self._peek()
        self._next += 1
        if kind == "string":
            return text[1:-1].replace(text[0] * 2, text[0])
        if kind == "number":
            return float(text.replace(" ", "")) if "." in text else int(text.replace(" ", ""))
        if kind == "macro":
            return Macro(text[1:].lower(), self._offset())
        if kind == "field":
            return FieldReference(text[1:-1])
        if text.lower() in ("true", "false"):
            return text.lower() == "true"
        raise _unexpected(text)

    def _offset(self) -> float:
        if self._accept("+"):
            return float(self._take("number"))
        kind, text = self._peek()
        if kind == "number" and text.startswith("-"):
            self._next += 1
            return float(text.replace(" ", ""))
        return 0

    def _check_precision(self, name: str, values: tuple[object, ...]) -> None:
        for value in values:
            timed = isinstance(value, str) and name.lower().endswith("date") and _MOMENT.match(value)
            if timed and not self._time_precision:
                raise WiqlError(
                    "You cannot supply a time with the date when running a query using date precision."
                    f" The error is caused by «'{value}'»."
                )

    def _field(self) -> str:
        kind, text = self._peek()
        if kind not in ("field", "word"):
            raise _unexpected(text)
        self._next += 1
        return text.strip("[]")

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._next] if self._next < len(self._tokens) else ("end", "the end of the query")

    def _take(self, kind: str) -> str:
        found, text = self._peek()
        if found != kind:
            raise _unexpected(text)
        self._next += 1
        return text

    def _accept(self, text: str) -> bool:
        kind, found = self._peek()
        if kind not in ("word", "symbol") or found.lower() != text:
            return False
        self._next += 1
        return True

    def _expect(self, text: str) -> None:
        if not self._accept(text):
            raise WiqlError(f"Expecting {text.upper()}. The error is caused by «{self._peek()[1]}».")


def _unexpected(text: str) -> WiqlError:
    return WiqlError(f"The query cannot be read. The error is caused by «{text}».")


def _negated(condition: Condition, negated: bool) -> Condition:
    return Junction("not", (condition,)) if negated else condition


def _tokenize(text: str) -> list[tuple[str, str]]:
    if len(text) > _LONGEST_TEXT:
        raise WiqlError(f"The query text has {len(text)} characters; {_LONGEST_TEXT} are allowed.")
    tokens, position, text = [], 0, text.strip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            raise _unexpected(text[position : position + 20])
        tokens.append((match.lastgroup, match.group(match.lastgroup)))
        position = match.end()
    return tokens


def parse(text: str, *, time_precision: bool) -> Query:
    """Read a flat query. Raises WiqlError, also for a literal with a time unless `time_precision` is set."""
    return _Parser(text, time_precision=time_precision).query()

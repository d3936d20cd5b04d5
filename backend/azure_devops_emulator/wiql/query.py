"""What a parsed query says, and what makes a query unusable."""

from __future__ import annotations

from dataclasses import dataclass


class WiqlError(Exception):
    """A query that Azure DevOps would refuse; `message` says why."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True, slots=True)
class Macro:
    """A macro with its offset in days."""

    name: str
    offset: float = 0


@dataclass(frozen=True, slots=True)
class FieldReference:
    """The other field a comparison is made with."""

    name: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """One field against one or more values."""

    field: str
    operator: str
    values: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Junction:
    """Conditions joined by "and", "or" or turned round by "not"."""

    operator: str
    parts: tuple[Condition, ...]


Condition = Comparison | Junction


def list_fields(condition: Condition | None) -> set[str]:
    """The fields that a condition speaks of, also on the right side of comparisons."""
    if condition is None:
        return set()
    if isinstance(condition, Junction):
        return set().union(*(list_fields(part) for part in condition.parts))
    return {condition.field} | {value.name for value in condition.values if isinstance(value, FieldReference)}


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query; `order` holds (field, descending)."""

    mode: str
    columns: tuple[str, ...]
    condition: Condition | None
    order: tuple[tuple[str, bool], ...]
    time_precision: bool

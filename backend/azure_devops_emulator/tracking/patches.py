"""JSON patch documents (RFC 6902) as the work item API reads them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from azure_devops_emulator.tracking.refusals import bad_patch

# The enum numbers are accepted in place of the names (recorded).
_OPERATIONS = ("add", "remove", "replace", "move", "copy", "test")


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation. `path` and `source` are split at the slashes, their first segment in lower case."""

    verb: str
    path: tuple[str, ...]
    value: Any = None
    source: tuple[str, ...] = ()

    @property
    def target(self) -> str:
        """What kind of thing it changes: fields, relations, rev and so on."""
        return self.path[0]


def parse_patch(document: Any) -> list[Operation]:
    """The operations of a patch document. Raises ApiError 400 if it is none."""
    if not isinstance(document, list) or not document:
        raise bad_patch("You must pass a valid patch document in the body of the request.")
    return [_parse_operation(row) for row in document]


def _parse_operation(row: Any) -> Operation:
    if not isinstance(row, dict) or not isinstance(row.get("path"), str):
        raise bad_patch("You must pass a valid patch document in the body of the request.")
    path = _split(row["path"])
    source = row.get("from")
    return Operation(_verb(row.get("op")), path, row.get("value"), _split(source) if isinstance(source, str) else ())


def _verb(given: object) -> str:
    if isinstance(given, int) and not isinstance(given, bool) and 0 <= given < len(_OPERATIONS):
        return _OPERATIONS[given]
    verb = str(given).lower()
    if verb not in _OPERATIONS:
        raise bad_patch(f"There is no patch operation {given!r}.")
    return verb


def _split(path: str) -> tuple[str, ...]:
    parts = [part.replace("~1", "/").replace("~0", "~") for part in path.lstrip("/").split("/")]
    if not parts[0]:
        raise bad_patch(f"The patch path {path!r} names nothing.")
    return (parts[0].lower(), *parts[1:])

"""What several repositories need of SQL."""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

from sqlalchemy import CursorResult
from sqlalchemy.orm import Session
from sqlalchemy.sql import Executable

T = TypeVar("T")
CHUNK = 500
"""Bound values of one IN list; SQLite takes 32,766 in a statement, short statements are planned faster."""


def changed_rows(session: Session, statement: Executable) -> int:
    """Execute an UPDATE or DELETE and return how many rows it changed."""
    result = session.execute(statement)
    return result.rowcount if isinstance(result, CursorResult) else 0


def chunked(values: Iterable[T]) -> Iterator[Sequence[T]]:
    """Split values into lists that fit an IN."""
    items = list(values)
    for start in range(0, len(items), CHUNK):
        yield items[start : start + CHUNK]


def to_text(document: object) -> str:
    """Return a document as compact JSON text."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def from_text(text: str) -> Any:
    """Return the document of a JSON text."""
    return json.loads(text)

"""What several repositories need of SQL."""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

from sqlalchemy import CursorResult, Select
from sqlalchemy.orm import Session
from sqlalchemy.sql import Executable

from adnode.adapters.storage.rows import whole_characters

T = TypeVar("T")
CHUNK = 500
"""Bound values of one IN list; SQLite takes 32,766 in a statement, short statements are planned faster."""
WITHOUT_MIRROR = {"synchronize_session": False}
"""Rows are never changed through objects in the session, so none of them need be kept in step."""


def changed_rows(session: Session, statement: Executable) -> int:
    """Execute an INSERT, UPDATE or DELETE and return how many rows it changed."""
    result = session.execute(statement, execution_options=WITHOUT_MIRROR)
    return result.rowcount if isinstance(result, CursorResult) else 0


def read_rows(session: Session, query: Select[T]) -> Sequence[T]:
    """Return the rows as they are in the database now, whatever the session has seen before."""
    return session.scalars(query.execution_options(populate_existing=True)).all()


def chunked(values: Iterable[T]) -> Iterator[Sequence[T]]:
    """Split values into lists that fit an IN."""
    items = list(values)
    for start in range(0, len(items), CHUNK):
        yield items[start : start + CHUNK]


def to_text(document: object) -> str:
    """Return a document as compact JSON text that any database can hold."""
    return whole_characters(json.dumps(document, ensure_ascii=False, separators=(",", ":")))


def from_text(text: str) -> Any:
    """Return the document of a JSON text."""
    return json.loads(text)

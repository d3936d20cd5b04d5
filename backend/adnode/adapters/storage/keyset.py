"""Pages of lists that are sorted in the database: a page begins after the last row of the one before."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, and_, or_

Key = Sequence[Any]


def paged(
    query: Select[Any],
    columns: Sequence[SQLColumnExpression[Any]],
    after: Key | None,
    limit: int,
    *,
    is_descending: bool,
) -> Select[Any]:
    """Return the query for a page in the order of the columns, of which the last must be unique and none null.

    ``after`` holds the values of those columns in the last row of the page before.
    """
    if after is not None:
        query = query.where(_after(columns, after, is_descending=is_descending))
    return query.order_by(*(column.desc() if is_descending else column for column in columns)).limit(limit)


def _after(columns: Sequence[SQLColumnExpression[Any]], after: Key, *, is_descending: bool) -> ColumnElement[bool]:
    # Written out, because SQLite uses an index for a row value only where all columns go the same way, and PostgreSQL's
    # planner knows nothing of its selectivity; the first condition alone narrows the index scan on both.
    first, *rest = columns
    value, *values = after
    beyond: ColumnElement[bool] = first < value if is_descending else first > value
    if not rest:
        return beyond
    within = first <= value if is_descending else first >= value
    return and_(within, or_(beyond, _after(rest, values, is_descending=is_descending)))

"""INSERT … ON CONFLICT in the dialect at hand."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, inspect
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from adnode.adapters.storage.rows import Row

_INSERTS: Mapping[str, Callable[[type[Row]], Any]] = {"postgresql": postgresql_insert, "sqlite": sqlite_insert}


Found = tuple[tuple[str, ColumnElement[Any]], ...]
"""Columns that the database itself fills in, and what with."""


def insert_new(session: Session, row: type[Row], values: dict[str, Any], found: Found = ()) -> bool:
    """Insert a row unless its key is there, another transaction's too, which is waited for; say whether it was new.

    ``values`` also hold the parameters of what is ``found``, a constant.
    """
    return session.connection().execute(_insert_new(_dialect(session), row, found), values).first() is not None


def insert_or_update(session: Session, row: type[Row], values: dict[str, Any], *, keys: list[str], kept: str) -> None:
    """Insert a row, or set all its values but the keys and ``kept``."""
    changed = {name: value for name, value in values.items() if name not in keys and name != kept}
    session.execute(
        _insert(session, row, values).on_conflict_do_update(index_elements=keys, set_=changed),
        execution_options={"populate_existing": True},
    )


def replace_all(session: Session, row: type[Row], values: Sequence[dict[str, Any]], *, keys: list[str]) -> None:
    """Insert rows or replace those of the same keys, in one statement; of equal keys the last counts."""
    if not values:
        return
    statement = insert(session, row)
    names = [name for name in values[0] if name not in keys]
    replaced = statement.on_conflict_do_update(
        index_elements=keys, set_={name: statement.excluded[name] for name in names}
    )
    session.connection().execute(replaced, list(values))


def add_up(
    session: Session, row: type[Row], values: Sequence[dict[str, Any]], *, keys: list[str], sum_name: str
) -> None:
    """Insert rows, or add to the sum in those of the same keys and set the rest, in one statement."""
    if not values:
        return
    statement = insert(session, row)
    others = [name for name in values[0] if name not in keys and name != sum_name]
    added = {sum_name: getattr(row, sum_name) + statement.excluded[sum_name]}
    summed = statement.on_conflict_do_update(
        index_elements=keys, set_=added | {name: statement.excluded[name] for name in others}
    )
    session.connection().execute(summed, list(values))


@cache
def _insert_new(dialect: str, row: type[Row], found: Found) -> Any:
    # Not every driver counts inserted rows; what is returned is sure.
    statement = _INSERTS[dialect](row)
    statement = statement.values(**dict(found)) if found else statement
    return statement.on_conflict_do_nothing().returning(*inspect(row).primary_key)


def insert(session: Session, row: type[Row]) -> Any:
    """Return an INSERT that knows ON CONFLICT."""
    return _INSERTS[_dialect(session)](row)


def _dialect(session: Session) -> str:
    return session.get_bind().dialect.name


def _insert(session: Session, row: type[Row], values: dict[str, Any]) -> Any:
    return insert(session, row).values(**values)

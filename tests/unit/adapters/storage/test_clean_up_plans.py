"""Forgetting a slice of pairs looks into no more rows than it deletes, however big the tables are."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from adnode.adapters.storage import open_storage
from adnode.adapters.storage.clean_up import _tables_about_twins


@pytest.fixture
def database(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    path = tmp_path / "node.db"
    storage = open_storage(f"sqlite:///{path}")
    storage.upgrade()
    storage.close()
    with closing(sqlite3.connect(path)) as connection:
        yield connection


@pytest.mark.parametrize("table", [table.name for table in _tables_about_twins()])
def test_rows_about_twins_are_found_by_an_index(database: sqlite3.Connection, table: str) -> None:
    statement = f"EXPLAIN QUERY PLAN DELETE FROM {table} WHERE twin_id IN ('a', 'b')"  # noqa: S608
    (plan,) = database.execute(statement).fetchall()
    assert plan[3].startswith(f"SEARCH {table} USING INDEX")


@pytest.mark.parametrize("table", ["outbox", "inbox"])
def test_messages_of_twins_are_found_by_an_index(database: sqlite3.Connection, table: str) -> None:
    statement = (
        f"EXPLAIN QUERY PLAN UPDATE {table} SET status = 'cancelled' "  # noqa: S608
        "WHERE twin_id IN ('a', 'b') AND connection_id = 'c' AND status IN ('waiting', 'applying')"
    )
    plans = [row[3] for row in database.execute(statement).fetchall()]
    assert plans[0].startswith(f"SEARCH {table} USING")
    assert "by_twin" in plans[0]

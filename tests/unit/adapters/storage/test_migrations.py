"""The schema that the migrations make, on both databases."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, inspect, text
from tests.contract.storage.databases import changing, postgresql_database
from tests.contract.storage.values import add_ground

from adnode.adapters.storage import open_storage
from adnode.adapters.storage.engine import make_engine
from adnode.adapters.storage.rows import Row


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without any table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'new folder' / 'node.db'}"
    else:
        with postgresql_database() as url:
            yield url


@pytest.fixture
def engine(empty_url: str) -> Iterator[Engine]:
    """An engine on a database that was upgraded from nothing."""
    storage = open_storage(empty_url)
    storage.upgrade()
    storage.close()
    made = make_engine(empty_url)
    yield made
    made.dispose()


def test_upgrading_from_nothing_makes_the_schema_of_the_rows(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Row.metadata) == []


def test_every_table_has_a_named_primary_key(engine: Engine) -> None:
    inspector = inspect(engine)
    names = {table: inspector.get_pk_constraint(table)["name"] for table in Row.metadata.tables}
    assert names == {table: f"{table}_pkey" for table in Row.metadata.tables}


def test_partial_indexes_have_their_conditions(engine: Engine) -> None:
    inspector = inspect(engine)
    conditions = {
        index["name"]: str(index["dialect_options"].get(f"{engine.dialect.name}_where", ""))
        for table in ("twins", "error_records")
        for index in inspector.get_indexes(table)
    }
    assert "unlinked" in conditions["twins_one_per_work_item"]
    assert "open" in conditions["error_records_one_open"]


def test_a_database_is_current_once_it_was_upgraded(empty_url: str) -> None:
    storage = open_storage(empty_url)
    assert not storage.is_current()
    storage.upgrade()
    assert storage.is_current()
    storage.close()


def test_a_database_of_another_version_is_not_current(engine: Engine, empty_url: str) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'other'"))
    storage = open_storage(empty_url)
    assert not storage.is_current()
    storage.close()


def test_upgrading_again_changes_nothing(engine: Engine, empty_url: str) -> None:
    storage = open_storage(empty_url)
    with changing(storage) as work:
        add_ground(work)
    storage.upgrade()
    with storage.unit_of_work() as work:
        assert len(work.connections.list_all()) == 3
    storage.close()


def test_two_processes_may_upgrade_at_once(empty_url: str) -> None:
    storages = [open_storage(empty_url) for _ in range(3)]
    with ThreadPoolExecutor(3) as pool:
        for done in [pool.submit(storage.upgrade) for storage in storages]:
            done.result(60)
    assert all(storage.is_current() for storage in storages)
    for storage in storages:
        storage.close()

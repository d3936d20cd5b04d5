"""The same tests on every storage: memory, a SQLite file and PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.contract.storage.databases import AnyStorage, changing, empty, sqlite_storage
from tests.contract.storage.fixtures import (
    POSTGRESQL,
    database_url,
    postgresql_storage,
    postgresql_url,
    sqlite_template,
)
from tests.contract.storage.values import add_ground

from adnode.adapters.memory.storage import MemoryStorage

__all__ = ["database_url", "postgresql_storage", "postgresql_url", "sqlite_template"]


@pytest.fixture(params=["memory", "sqlite", POSTGRESQL])
def bare_storage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[AnyStorage]:
    """An empty storage."""
    if request.param == "memory":
        yield MemoryStorage()
    elif request.param == "sqlite":
        with sqlite_storage(request.getfixturevalue("sqlite_template"), tmp_path) as (_, storage):
            yield storage
    else:
        empty(request.getfixturevalue("postgresql_url"))
        yield request.getfixturevalue("postgresql_storage")


@pytest.fixture
def storage(bare_storage: AnyStorage) -> AnyStorage:
    """A storage with two organizations and three connections."""
    with changing(bare_storage) as work:
        add_ground(work)
    return bare_storage

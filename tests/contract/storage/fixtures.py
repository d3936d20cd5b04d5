"""Fixtures of databases, for every directory whose tests use them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.contract.storage.databases import empty, make_sqlite_template, postgresql_database, sqlite_storage

from adnode.adapters.storage import Storage, open_storage

POSTGRESQL = pytest.param("postgresql", marks=pytest.mark.postgresql)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_sqlite_template(tmp_path_factory.mktemp("template"))


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    with postgresql_database() as url:
        storage = open_storage(url)
        storage.upgrade()
        storage.close()
        yield url


@pytest.fixture(scope="session")
def postgresql_storage(postgresql_url: str) -> Iterator[Storage]:
    """The storage on that database; whoever uses it empties it first."""
    storage = open_storage(postgresql_url)
    yield storage
    storage.close()


@pytest.fixture(params=["sqlite", POSTGRESQL])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a migrated, empty SQL database."""
    if request.param == "sqlite":
        with sqlite_storage(request.getfixturevalue("sqlite_template"), tmp_path) as (url, _):
            yield url
    else:
        url = request.getfixturevalue("postgresql_url")
        empty(url)
        yield url

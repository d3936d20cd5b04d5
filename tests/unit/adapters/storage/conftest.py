"""Databases for the tests of the SQL adapter."""

from collections.abc import Iterator

import pytest
from tests.contract.storage.databases import changing
from tests.contract.storage.fixtures import database_url, postgresql_url, sqlite_template
from tests.contract.storage.values import add_ground

from adnode.adapters.storage import Storage, open_storage

__all__ = ["database_url", "postgresql_url", "sqlite_template"]


@pytest.fixture
def storage(database_url: str) -> Iterator[Storage]:
    """A storage with two organizations and three connections."""
    opened = open_storage(database_url)
    with changing(opened) as work:
        add_ground(work)
    yield opened
    opened.close()

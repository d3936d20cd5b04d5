"""Databases for tests: a migrated SQLite file, and a PostgreSQL database of one's own that goes away afterwards."""

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import psycopg
import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from adnode.adapters.storage import Storage, open_storage
from adnode.adapters.storage.rows import Row
from adnode.ports.storage import UnitOfWork

SERVER_URL = os.environ.get("ADNODE_TEST_POSTGRESQL_URL", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres")
CONNECT_SECONDS = 5


class AnyStorage(Protocol):
    """What every storage gives."""

    def unit_of_work(self) -> UnitOfWork: ...


@contextmanager
def changing(storage: AnyStorage) -> Iterator[UnitOfWork]:
    """A unit of work that is committed at its end."""
    with storage.unit_of_work() as work:
        yield work
        work.commit()


@contextmanager
def postgresql_database() -> Iterator[str]:
    """An empty database of one's own; the URL. Without a server: skip, but on CI fail."""
    name = f"adnode_test_{uuid.uuid4().hex}"
    _execute(f'CREATE DATABASE "{name}"')
    try:
        yield make_url(SERVER_URL).set(database=name).render_as_string(hide_password=False)
    finally:
        _execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _execute(statement: str) -> None:
    server = create_engine(SERVER_URL, isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": CONNECT_SECONDS})
    try:
        with server.connect() as connection:
            connection.execute(text(statement))
    except OperationalError as error:
        _report_missing(error)
    finally:
        server.dispose()


def _report_missing(error: OperationalError) -> None:
    address = make_url(SERVER_URL).render_as_string()
    reason = f"No PostgreSQL answers at {address}; name one in ADNODE_TEST_POSTGRESQL_URL. {error.orig}"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def make_sqlite_template(directory: Path) -> Path:
    """A migrated, empty SQLite file to copy."""
    path = directory / "template.db"
    storage = open_storage(f"sqlite:///{path}")
    storage.upgrade()
    storage.close()
    return path


@contextmanager
def sqlite_storage(template: Path, directory: Path) -> Iterator[tuple[str, Storage]]:
    """A storage on a copy of the template, with its URL."""
    path = directory / "node.db"
    shutil.copy(template, path)
    url = f"sqlite:///{path}"
    storage = open_storage(url)
    try:
        yield url, storage
    finally:
        storage.close()


def empty(url: str) -> None:
    """Delete every row of a migrated PostgreSQL database."""
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    deletions = "; ".join(f"DELETE FROM {table}" for table in Row.metadata.tables)  # noqa: S608 - names of our own
    with psycopg.connect(address) as connection:
        connection.execute(deletions)

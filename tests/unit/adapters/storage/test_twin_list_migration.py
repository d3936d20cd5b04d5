"""What was in sync before there were lists is found in them: titles come from the stored states."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from tests.contract.storage.databases import postgresql_database

from adnode.adapters import storage as package
from adnode.adapters.storage.engine import make_engine
from adnode.adapters.storage.statements import to_text

STATES = {
    "t1": {"summary": {"value": "Über Grüße"}},
    "t2": {},
    **{f"t{number}": {"summary": {"value": f"Item {number}"}} for number in range(1000, 1600)},
}
OLD_TWIN = """
    INSERT INTO twins (id, connection_id, organization_id, status, created_at, project, remote_url, state, local_forms,
        comment_count, lineage, is_dirty, must_read, dirty_sequence, attempts, fence)
    VALUES (:id, 'c1', 'org', 'synchronized', '2026-01-05 09:00:00', '', '', :state, '{}', 0, '[]', false, false, 0, 0,
        0)
"""


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def connection(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Connection]:
    """A database as it was before."""
    if request.param == "sqlite":
        yield from _opened(f"sqlite:///{tmp_path / 'node.db'}")
    else:
        with postgresql_database() as url:
            yield from _opened(url)


def _opened(url: str) -> Iterator[Connection]:
    engine = make_engine(url)
    with engine.begin() as connection:
        command.upgrade(migrations_of(connection), "0004")
        yield connection
    engine.dispose()


def migrations_of(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(package.__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def test_titles_are_taken_from_the_states_and_given_back(connection: Connection) -> None:
    rows = [{"id": twin_id, "state": to_text(state)} for twin_id, state in STATES.items()]
    connection.execute(text(OLD_TWIN), rows)
    command.upgrade(migrations_of(connection), "0005")
    found = connection.execute(text("SELECT id, title, title_key FROM twins")).all()
    assert len(found) == len(STATES)
    titles = {row.id: (row.title, row.title_key) for row in found}
    assert titles["t1"] == ("Über Grüße", "über grüsse")
    assert titles["t2"] == ("", "")
    assert titles["t1599"] == ("Item 1599", "item 1599")
    command.downgrade(migrations_of(connection), "0004")
    assert connection.execute(text("SELECT count(*) FROM twins WHERE state LIKE '%Grüße%'")).scalar() == 1

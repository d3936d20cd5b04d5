"""Who did what is told of old entries, too: the operator by a prefix, the partner by its deed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Connection, text
from tests.contract.storage.databases import postgresql_database
from tests.unit.adapters.storage.test_twin_list_migration import migrations_of

from adnode.adapters.storage.engine import make_engine

OLD_ENTRY = """
    INSERT INTO audit (id, organization_id, at, user_id, user_name, action, connection_id, connection_name, details)
    VALUES (:id, 'org', '2026-01-05 09:00:00', :user, 'Anna', :action, '', '', '{}')
"""
DEEDS = {
    "a1": ("33333333-3333", "connection_changed", "person"),
    "a2": ("operator:root", "connection_removed", "operator"),
    "a3": ("", "connection_accepted", "partner"),
    "a4": ("", "partner_pair_begun", "partner"),
    "a5": ("node", "session_ended", "node"),
}


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
        command.upgrade(migrations_of(connection), "0019")
        yield connection
    engine.dispose()


def test_old_entries_say_who_did_it(connection: Connection) -> None:
    for entry_id, (user, action, _) in DEEDS.items():
        connection.execute(text(OLD_ENTRY), {"id": entry_id, "user": user, "action": action})
    command.upgrade(migrations_of(connection), "head")
    found = {row.id: row.actor for row in connection.execute(text("SELECT id, actor FROM audit"))}
    assert found == {entry_id: actor for entry_id, (_, _, actor) in DEEDS.items()}

"""What is done by command is in the audit trail, and ``adnode audit`` shows it."""

import base64
import getpass
import json
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from tests.contract.storage.databases import changing
from tests.contract.storage.values import NOW, add_ground, make_invitation, make_organization, make_twin

from adnode.adapters.storage import open_storage
from adnode.adapters.system_clock import SystemClock
from adnode.cli.application import main
from adnode.settings import read_settings


@pytest.fixture(autouse=True)
def node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A node with two organizations; work item 7 is under sync over the first connection."""
    monkeypatch.setenv("ADNODE_SECRET_KEYS", base64.b64encode(b"k" * 32).decode())
    monkeypatch.setenv("ADNODE_DATA_DIR", str(tmp_path))
    storage = open_storage(read_settings().database_url)
    storage.upgrade()
    with changing(storage) as work:
        add_ground(work)
        work.twins.add(make_twin("t1", work_item_id=7), due_at=NOW)
        work.invitations.add(make_invitation(expires_at=SystemClock().now() + timedelta(hours=1)))
        work.organizations.add(make_organization("free"), b"sealed")
    storage.close()


def database() -> Path:
    """Return the file that holds everything."""
    return read_settings().data_directory / "adnode.db"


def contents() -> list[list[Any]]:
    """Return what the deeds change."""
    with closing(sqlite3.connect(database())) as connection:
        return [connection.execute(query).fetchall() for query in STANDING]


def read(*arguments: str) -> Any:
    result = CliRunner().invoke(main, [*arguments, "--json"])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_a_deed_by_command_is_listed_with_who_did_it() -> None:
    assert read("audit", "--organization", "org") == []
    read("work-item", "unlink", "c1", "7")
    [entry] = read("audit", "--organization", "org", "--connection", "c1")
    assert (entry["action"], entry["details"]) == ("work_item_unexalated", {"work_item": "7"})
    assert (entry["actor"], entry["user_name"]) == ("operator", f"{getpass.getuser()} (command line)")


def test_a_deed_belongs_to_its_organization_and_connection() -> None:
    read("work-item", "unlink", "c1", "7")
    assert read("audit", "--organization", "org", "--connection", "c2") == []
    assert read("audit", "--organization", "other") == []


STANDING = (
    "SELECT id, name, status FROM connections ORDER BY id",
    "SELECT id, status FROM invitations",
    "SELECT id FROM organizations ORDER BY id",
    "SELECT id, status FROM twins",
)
DEEDS = [
    (("connection", "deactivate", "c1"), "connection_deactivated"),
    (("connection", "remove", "c1", "--yes"), "connection_removed"),
    (("connection", "edit", "c1", "--name", "Another"), "connection_changed"),
    (("connection", "invitation", "revoke", "i1"), "invitation_revoked"),
    (("work-item", "unlink", "c1", "7"), "work_item_unexalated"),
    (("organization", "remove", "free"), "organization_disconnected"),
]


@pytest.mark.parametrize(("arguments", "action"), DEEDS)
def test_each_deed_is_listed_once(arguments: tuple[str, ...], action: str) -> None:
    read(*arguments)
    with closing(sqlite3.connect(database())) as connection:
        assert connection.execute("SELECT action, actor FROM audit").fetchall() == [(action, "operator")]


@pytest.mark.parametrize("arguments", [arguments for arguments, _ in DEEDS])
def test_a_deed_that_can_not_be_written_down_is_not_done(arguments: tuple[str, ...]) -> None:
    before = contents()
    with closing(sqlite3.connect(database())) as connection:
        connection.execute("CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'full'); END")
    assert CliRunner().invoke(main, [*arguments, "--json"]).exit_code != 0
    assert contents() == before


def test_names_are_unlike_each_other_by_command_as_on_the_page() -> None:
    read("connection", "edit", "c1", "--name", "Fabrikam")
    assert read("connection", "edit", "c2", "--name", "Fabrikam")["name"] == "Fabrikam 2"

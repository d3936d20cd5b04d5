"""What is done by command is in the audit trail, and ``adnode audit`` shows it."""

import base64
import getpass
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from tests.contract.storage.databases import changing
from tests.contract.storage.values import NOW, add_ground, make_twin

from adnode.adapters.storage import open_storage
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
    storage.close()


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

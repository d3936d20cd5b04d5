"""``adnode trigger`` does what the page does; what asks Azure DevOps is in the acceptance tests."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from tests.contract.storage.databases import changing
from tests.contract.storage.test_triggers_contract import make_trigger
from tests.contract.storage.values import add_ground

from adnode.adapters.storage import open_storage
from adnode.cli.application import main
from adnode.settings import read_settings


@pytest.fixture(autouse=True)
def node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A node with two organizations; the first has a trigger."""
    monkeypatch.setenv("ADNODE_SECRET_KEYS", base64.b64encode(b"k" * 32).decode())
    monkeypatch.setenv("ADNODE_DATA_DIR", str(tmp_path))
    storage = open_storage(read_settings().database_url)
    storage.upgrade()
    with changing(storage) as work:
        add_ground(work)
        work.triggers.add(make_trigger("t1", matches=1234, is_many=False))
    storage.close()


def run(*arguments: str, code: int = 0, given: str = "") -> str:
    result = CliRunner().invoke(main, ["trigger", *arguments, "--organization", "org"], input=given)
    assert result.exit_code == code, result.output
    return result.output


def read(*arguments: str) -> Any:
    result = CliRunner().invoke(main, ["trigger", *arguments, "--organization", "org", "--json"])
    return json.loads(result.stdout)


def test_triggers_are_listed_for_people_and_machines() -> None:
    assert "name of c1" in "".join(run("list").split("\n")).replace("  ", " ")
    [row] = read("list", "--connection", "c1")
    assert (row["id"], row["fitting"], row["active"]) == ("t1", "1,234", "yes")
    assert read("list", "--connection", "c2") == []


def test_a_trigger_is_switched_changed_and_deleted() -> None:
    assert "is off" in run("deactivate", "t1")
    assert read("activate", "t1")["is_active"] is True
    assert read("edit", "t1", "--notes", "From the shell")["notes"] == "From the shell"
    run("delete", "t1", code=1, given="n\n")
    assert len(read("list")) == 1
    assert "is deleted" in run("delete", "t1", "--yes")
    assert read("list") == []


@pytest.mark.parametrize("kind", ["exalate", "unexalate"])
def test_bulk_work_begins_a_job(kind: str) -> None:
    job = read(f"bulk-{kind}", "t1", "--yes")
    assert (job["kind"], job["status"], job["connection_id"]) == (f"bulk_{kind}", "waiting", "c1")


def test_what_is_wrong_is_named() -> None:
    assert read("delete", "gone", "--yes")["error"]["code"] == "not_found"
    assert read("preview", "c1", "[System.Id] > 1 ORDER BY [System.Id]")["error"]["code"] == "condition_refused"

"""``adnode work-item list``, ``show``, ``sync-now``, ``export`` and ``adnode conflicts`` do what the page does."""

import base64
import csv
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from tests.contract.storage.databases import changing
from tests.contract.storage.values import (
    NOW,
    add_ground,
    later,
    make_conflict,
    make_error_record,
    make_register,
    make_twin,
)

from adnode.adapters.storage import open_storage
from adnode.cli.application import main
from adnode.domain.documents import register_to_document
from adnode.domain.sync_state import SyncState
from adnode.domain.synced_change import ChangedThing, ChangedValue, Direction, SyncedChange
from adnode.domain.twin import TwinStatus
from adnode.services.json_text import to_json
from adnode.settings import read_settings


@pytest.fixture(autouse=True)
def node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A node with two twins of one organization: the second failed, of the first a title lost."""
    monkeypatch.setenv("ADNODE_SECRET_KEYS", base64.b64encode(b"k" * 32).decode())
    monkeypatch.setenv("ADNODE_DATA_DIR", str(tmp_path))
    storage = open_storage(read_settings().database_url)
    storage.upgrade()
    won, lost = (to_json(register_to_document(make_register(title, 1, 1))) for title in ("First", "Lost"))
    with changing(storage) as work:
        add_ground(work)
        for number, title in ((1, "First"), (2, "Second")):
            state = SyncState({"summary": make_register(title, 1, 1)})
            twin = make_twin(
                f"t{number}",
                work_item_id=number,
                revision=1,
                state=state,
                status=TwinStatus.SYNCHRONIZED if number == 1 else TwinStatus.FAILED,
                synchronized_at=later(number),
            )
            work.twins.add(twin, due_at=None)
        work.error_records.open(make_error_record("e1", twin_id="t2"))
        work.error_records.add_conflict(make_conflict("k1", winner=won, loser=lost))
        values = (ChangedValue(ChangedThing.SUMMARY, "First"),)
        change = SyncedChange("h1", "org", "c1", "t1", 1, NOW, Direction.OUTGOING, values, more=2)
        work.synced_changes.add([change])
    storage.close()


def run(*arguments: str, code: int = 0) -> str:
    named = ["--organization", "org"] if arguments[0] != "conflicts" or arguments[1] != "list" else []
    result = CliRunner().invoke(main, [*arguments, *named])
    assert result.exit_code == code, result.output
    return result.output


def read(*arguments: str) -> Any:
    named = ["--organization", "org"] if arguments[:2] != ("conflicts", "list") else []
    result = CliRunner().invoke(main, [*arguments, *named, "--json"])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([], ["t2", "t1"]),
        (["--ascending"], ["t1", "t2"]),
        (["--sort", "title"], ["t2", "t1"]),
        (["--status", "failed"], ["t2"]),
        (["--no-error"], ["t1"]),
        (["--conflict"], ["t1"]),
        (["--text", "sec"], ["t2"]),
        (["--connection", "name of c2"], []),
        (["--until", "2026-01-05T09:00:02"], ["t1"]),
        (["--limit", "1"], ["t2"]),
    ],
)
def test_pairs_are_listed(options: list[str], expected: list[str]) -> None:
    assert [row["id"] for row in read("work-item", "list", *options)] == expected


def test_a_list_says_how_many_there_are() -> None:
    assert "1 of 2." in run("work-item", "list", "--limit", "1")


def test_pairs_are_exported(tmp_path: Path) -> None:
    file = tmp_path / "pairs.csv"
    assert read("work-item", "export", str(file)) == {"file": str(file), "pairs": 2}
    with file.open(encoding="utf-8", newline="") as lines:
        assert [row["title"] for row in csv.DictReader(lines)] == ["Second", "First"]


@pytest.mark.parametrize("key", ["1", "#1", "first", "t1", "https://dev.azure.com/org/_workitems/edit/1"])
def test_a_pair_is_shown_with_its_history_and_conflicts(key: str) -> None:
    [shown] = read("work-item", "show", key)
    assert shown["twin"]["id"] == "t1"
    assert [conflict["lost"]["text"] for conflict in shown["conflicts"]] == ["Lost"]
    assert shown["history"][0]["values"][0]["text"] == "First"
    told = run("work-item", "show", key)
    assert "lost “Lost”" in told
    assert "and 2 more" in told


def test_what_is_not_under_sync_is_said() -> None:
    assert "No pair has a title like that." in run("work-item", "show", "nobody", code=3)


def test_a_pair_is_synchronized_at_once() -> None:
    assert read("work-item", "sync-now", "1") == {"twin_ids": ["t1"]}


def test_the_other_value_is_wanted_or_not() -> None:
    assert read("conflicts", "restore", "k1")["record"]["status"] == "wanted"
    assert [row["status"] for row in read("conflicts", "list")] == ["wanted"]
    assert "stays as it is" in run("conflicts", "dismiss", "k1")
    assert [row["status"] for row in read("conflicts", "list")] == ["dismissed"]

"""``adnode errors`` does what the Errors tab does."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from tests.contract.storage.databases import changing
from tests.contract.storage.values import add_ground, later, make_error_record, make_twin

from adnode.adapters.storage import open_storage
from adnode.cli.application import main
from adnode.domain.error_record import Impact
from adnode.domain.twin import TwinStatus
from adnode.settings import read_settings


@pytest.fixture(autouse=True)
def node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A node with five errors: one cause on three work items, one of the line, one of another organization."""
    monkeypatch.setenv("ADNODE_SECRET_KEYS", base64.b64encode(b"k" * 32).decode())
    monkeypatch.setenv("ADNODE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("ADNODE_LOG_FORMAT", "console")
    storage = open_storage(read_settings().database_url)
    storage.upgrade()
    with changing(storage) as work:
        add_ground(work)
        for number in (1, 2, 3):
            twin = make_twin(f"t{number}", work_item_id=number, revision=1, remote_work_item_id=9)
            work.twins.add(twin, due_at=None)
            work.twins.save(make_twin(f"t{number}", status=TwinStatus.FAILED, remote_work_item_id=9))
            message = f"Work item {number} was refused."
            work.error_records.open(
                make_error_record(f"e{number}", twin_id=f"t{number}", work_item_id=number, message=message)
            )
        work.error_records.open(
            make_error_record(
                "line", twin_id="", impact=Impact.CONNECTION, code="peer_unreachable", subject="line", work_item_id=None
            )
        )
        other = make_error_record("o1", organization_id="other", connection_id="c3", twin_id="", opened_at=later(5))
        work.error_records.open(other)
    storage.close()


def run(*arguments: str, succeeds: bool = True) -> Any:
    result = CliRunner().invoke(main, ["errors", *arguments])
    assert (result.exit_code == 0) is succeeds, result.output
    return result


def rows(*arguments: str) -> Any:
    return json.loads(run(*arguments, "--json").stdout)


def ids(*arguments: str) -> list[str]:
    return [row["id"] for row in rows("list", *arguments)]


def test_all_errors_are_listed_or_those_that_filters_pick() -> None:
    assert set(ids()) == {"o1", "e1", "e2", "e3", "line"}
    assert ids()[0] == "o1"
    assert ids("--organization", "other") == ["o1"]
    assert ids("--connection", "c1", "--impact", "connection") == ["line"]
    assert ids("--work-item", "2") == ["e2"]
    assert ids("--search", "item 3 was") == ["e3"]
    assert ids("--code", "peer_unreachable", "--side", "local") == ["line"]
    assert ids("--side", "remote") == []
    assert "There is no error." in run("list", "--side", "remote").output


def test_groups_count_work_items_and_lead_to_their_errors() -> None:
    groups = rows("groups", "--organization", "org")
    assert [(group["records"], group["work_items"]) for group in groups] == [(3, 3), (1, 0)]
    assert set(ids("--cause", groups[0]["cause_key"])) == {"e1", "e2", "e3"}
    assert "refused." in run("groups").output


def test_one_error_is_told_with_what_to_do() -> None:
    output = run("show", "line").output
    assert "What to do: " in output
    assert "Blocks: All of connection" in output
    assert rows("show", "e1")["same_cause"] == 2
    assert run("show", "nowhere", succeeds=False).exit_code == 3


def test_retrying_one_or_what_matches() -> None:
    assert rows("retry", "e1") == {"retried": 1}
    assert rows("retry", "--all", "--connection", "c1", "--impact", "work_item") == {"retried": 3}
    assert rows("retry", "--all") == {"retried": 5}
    assert all(row["retried_at"] for row in rows("list"))
    assert run("retry", succeeds=False).exit_code == 4
    assert run("retry", "e1", "--all", succeeds=False).exit_code == 4


def test_resolving_needs_a_note_and_a_choice() -> None:
    assert run("resolve", "e1", succeeds=False).exit_code == 2
    assert run("resolve", "--note", "All of it.", succeeds=False).exit_code == 4
    assert rows("resolve", "e1", "--note", "As agreed.") == {"resolved": 1}
    assert "by itself" not in run("show", "e1").output
    assert "As agreed." in run("show", "e1").output
    cause = rows("show", "e2")["view"]["record"]
    assert cause["status"] == "open"
    assert rows("resolve", "--code", "rule_violation", "--organization", "org", "--note", "x") == {"resolved": 2}
    assert set(ids()) == {"o1", "line"}
    assert set(ids("--closed")) == {"o1", "line", "e1", "e2", "e3"}

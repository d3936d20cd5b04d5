"""``adnode job`` and ``adnode bulk`` do what the page does; the worker's part is in the acceptance tests."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from tests.contract.storage.databases import changing
from tests.contract.storage.test_jobs_contract import make_job
from tests.contract.storage.values import add_ground

from adnode.adapters.storage import open_storage
from adnode.cli.application import main
from adnode.domain.job import JobRow, JobStatus, RowOutcome
from adnode.settings import read_settings


@pytest.fixture(autouse=True)
def node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A node with two organizations; the first has a job under way, and one that failed."""
    monkeypatch.setenv("ADNODE_SECRET_KEYS", base64.b64encode(b"k" * 32).decode())
    monkeypatch.setenv("ADNODE_DATA_DIR", str(tmp_path))
    storage = open_storage(read_settings().database_url)
    storage.upgrade()
    failed = {"status": JobStatus.FAILED, "error_code": "query_refused", "error_message": "No such field."}
    with changing(storage) as work:
        add_ground(work)
        work.jobs.add(make_job("j1", organization_id="org", status=JobStatus.RUNNING, is_listed=True))
        work.jobs.add(make_job("j2", organization_id="org", connection_id="c2", **failed))
        rows = [
            JobRow(1, 10, 11, outcome=RowOutcome.DONE),
            JobRow(2, 20, outcome=RowOutcome.FAILED, message="=1"),
            JobRow(3, 30, outcome=RowOutcome.WAITING),
        ]
        work.jobs.add_rows("j1", rows)
    storage.close()


def run(*arguments: str, code: int = 0, given: str = "") -> str:
    result = CliRunner().invoke(main, [*arguments], input=given)
    assert result.exit_code == code, result.output
    return result.output


def read(*arguments: str) -> Any:
    return json.loads(CliRunner().invoke(main, [*arguments, "--json"]).stdout)


def of_org(*arguments: str) -> list[str]:
    return ["job", *arguments, "--organization", "org"]


def test_jobs_are_listed_and_shown() -> None:
    assert {row["id"] for row in read(*of_org("list"))} == {"j1", "j2"}
    assert [row["id"] for row in read(*of_org("list", "--connection", "c2", "--kind", "bulk_exalate"))] == ["j2"]
    assert read(*of_org("list", "--kind", "clean_up")) == []
    shown = run(*of_org("show", "j1"))
    assert "running, 2 of 3 over" in shown
    assert "No such field." in run(*of_org("show", "j2"))
    assert read("job", "list", "--organization", "other") == []


def test_a_job_that_is_over_need_not_be_waited_for() -> None:
    assert read(*of_org("show", "j2", "--wait"))["status"] == "failed"


def test_a_job_is_paused_resumed_and_cancelled() -> None:
    assert read(*of_org("pause", "j1"))["status"] == "paused"
    assert read(*of_org("resume", "j1"))["status"] == "waiting"
    cancelled = read(*of_org("cancel", "j1"))
    assert (cancelled["status"], cancelled["counts"]) == ("cancelled", {"done": 1, "failed": 1, "cancelled": 1})
    assert read(*of_org("resume", "j1"))["error"]["code"] == "state"


def test_rows_and_result_are_given(tmp_path: Path) -> None:
    assert [row["number"] for row in read(*of_org("rows", "j1", "--outcome", "failed"))] == [2]
    assert run(*of_org("result", "j1")).splitlines()[2] == "2,20,,failed,'=1"
    file = tmp_path / "result.csv"
    run(*of_org("result", "j1", "--file", str(file)))
    assert file.read_text().splitlines() == read(*of_org("result", "j1"))["csv"].splitlines()


def test_a_job_of_another_organization_does_not_exist() -> None:
    for step in ("show", "pause", "resume", "cancel", "rows", "result"):
        assert read("job", step, "j1", "--organization", "other")["error"]["code"] == "not_found", step


def test_bulk_work_begins_a_job() -> None:
    job = read("bulk", "exalate", "c1", "[System.Id] > 1")
    assert (job["kind"], job["status"], job["connection_id"]) == ("bulk_exalate", "waiting", "c1")
    assert "[System.Id] > 1" in job["parameters"]["query"]
    run("bulk", "unexalate", "c1", code=1, given="n\n")
    assert read("bulk", "unexalate", "c1", "--yes")["kind"] == "bulk_unexalate"
    assert "adnode job show" in run("bulk", "exalate", "c1")


def test_a_condition_that_is_none_is_refused() -> None:
    assert read("bulk", "exalate", "c1", "[System.Id] > 1 ORDER BY [System.Id]")["error"]["code"] == "condition_refused"

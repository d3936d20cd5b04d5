"""Jobs over the API: listing, steering, rows, the result as a file, and bulk work by a query."""

import csv
import io
from dataclasses import replace
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from tests.unit.web.hub.bench import Pair, make_pair

from adnode.domain.connection import ConnectionStatus
from adnode.domain.job import Job, JobKind, JobRow, JobStatus, RowOutcome
from adnode.domain.work_item import TITLE

TITLED = "[System.Title] CONTAINS 'sync'"


@pytest.fixture
def pair() -> Pair:
    made = make_pair()
    made.connect()
    return made


def connection_id(pair: Pair) -> str:
    return str(pair.alice.get("/connections")["items"][0]["id"])


def add(pair: Pair, job_id: str = "j1", *outcomes: RowOutcome, **changes: object) -> Job:
    """Store a job of Alice's organization with a row for each outcome."""
    job = Job(
        id=job_id,
        organization_id=pair.alpha.organizations[0].id,
        kind=JobKind.BULK_EXALATE,
        status=JobStatus.RUNNING,
        title="Bulk Exalate: all",
        created_at=pair.alpha.clock.now(),
        created_by="Alice",
        is_listed=True,
    )
    job = replace(job, **changes)  # type: ignore[arg-type]
    with pair.alpha.storage.unit_of_work() as work:
        work.jobs.add(job)
        work.jobs.add_rows(
            job.id,
            [
                JobRow(number, number * 10, number * 11 if outcome is RowOutcome.DONE else None, outcome=outcome)
                for number, outcome in enumerate(outcomes, start=1)
            ],
        )
        work.commit()
    return job


def run_out(pair: Pair) -> None:
    hub = pair.alpha.services.hub
    assert hub is not None
    runner = hub.console.job_runner
    while runner.run(Event()):
        pass


# looking -------------------------------------------------------------------------------------------------------------


def test_a_job_is_shown_with_its_counts(pair: Pair) -> None:
    job = add(pair, "j1", RowOutcome.DONE, RowOutcome.DONE, RowOutcome.WAITING, connection_id="c1")
    shown = pair.alice.get("/jobs/j1")
    assert shown == {
        "id": "j1",
        "kind": "bulk_exalate",
        "status": "running",
        "title": "Bulk Exalate: all",
        "connection_id": "c1",
        "created_at": job.created_at.isoformat().replace("+00:00", "Z"),
        "created_by": "Alice",
        "started_at": None,
        "finished_at": None,
        "is_listed": True,
        "total": 3,
        "counts": {"waiting": 1, "done": 2},
        "error_code": "",
        "error_message": "",
        "retry_at": None,
    }


def test_what_a_job_waits_for_is_shown_with_the_time(pair: Pair) -> None:
    later = pair.alpha.clock.now() + timedelta(seconds=30)
    trouble = {"error_code": "connection_stopped", "error_message": "It is deactivated.", "due_at": later}
    add(pair, "j1", status=JobStatus.WAITING, **trouble)
    add(pair, "j2", status=JobStatus.FAILED, **trouble)
    assert pair.alice.get("/jobs/j1")["retry_at"] == later.isoformat().replace("+00:00", "Z")
    assert pair.alice.get("/jobs/j2")["retry_at"] is None


def test_jobs_are_listed_the_newest_first_page_by_page(pair: Pair) -> None:
    for number in range(5):
        created_at = pair.alpha.clock.now() + timedelta(seconds=number // 2)
        kind = JobKind.CLEAN_UP if number == 4 else JobKind.BULK_EXALATE
        add(pair, f"j{number}", created_at=created_at, kind=kind, connection_id=f"c{number % 2}")
    first = pair.alice.get("/jobs?limit=2")
    assert ([job["id"] for job in first["items"]], first["total"]) == (["j4", "j3"], 5)
    second = pair.alice.get(f"/jobs?limit=2&after={first['next']}")
    third = pair.alice.get(f"/jobs?limit=2&after={second['next']}")
    assert [job["id"] for job in second["items"] + third["items"]] == ["j2", "j1", "j0"]
    assert third["next"] is None
    some = pair.alice.get("/jobs?kind=clean_up,comparison")
    assert ([job["id"] for job in some["items"]], some["total"]) == (["j4"], 1)
    of_connection = pair.alice.get("/jobs?kind=bulk_exalate&connection_id=c1")
    assert ([job["id"] for job in of_connection["items"]], of_connection["total"]) == (["j3", "j1"], 2)


@pytest.mark.parametrize("query", ["kind=fly", "after=bm9uZQ", "after=WzEsMl0", "limit=0"])
def test_a_list_that_makes_no_sense_is_refused(pair: Pair, query: str) -> None:
    assert pair.alice.call("GET", f"/jobs?{query}").status_code == 422
    add(pair, "j1", RowOutcome.DONE)
    if not query.startswith("kind"):
        assert pair.alice.call("GET", f"/jobs/j1/rows?{query}").status_code == 422


def test_rows_are_listed_by_outcome_page_by_page(pair: Pair) -> None:
    add(pair, "j1", RowOutcome.DONE, RowOutcome.FAILED, RowOutcome.DONE, RowOutcome.FAILED, RowOutcome.FAILED)
    first = pair.alice.get("/jobs/j1/rows?limit=2&outcome=failed")
    assert ([row["number"] for row in first["items"]], first["total"]) == ([2, 4], 3)
    second = pair.alice.get(f"/jobs/j1/rows?limit=2&outcome=failed&after={first['next']}")
    assert ([row["number"] for row in second["items"]], second["next"]) == ([5], None)
    everything = pair.alice.get("/jobs/j1/rows")
    assert everything["total"] == 5
    url = pair.alpha.organizations[0].address.url
    assert everything["items"][0] == {
        "number": 1,
        "work_item_id": "10",
        "work_item_url": f"{url}/_workitems/edit/10",
        "remote_work_item_id": "11",
        "outcome": "done",
        "message": "",
    }


def test_the_result_is_a_file_without_formulas(pair: Pair) -> None:
    add(pair, "j1", RowOutcome.DONE)
    dangerous = ["=HYPERLINK(1)", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "plain, with “comma”\nand line"]
    with pair.alpha.storage.unit_of_work() as work:
        rows = [
            JobRow(number, None, None, outcome=RowOutcome.FAILED, message=message)
            for number, message in enumerate(dangerous, start=2)
        ]
        work.jobs.add_rows("j1", rows)
        work.commit()
    answer = pair.alice.call("GET", "/jobs/j1/result")
    assert answer.mimetype == "text/csv"
    assert 'filename="job-j1.csv"' in answer.headers["Content-Disposition"]
    header, first, *others = list(csv.reader(io.StringIO(answer.text)))
    assert header == ["number", "local_work_item_id", "remote_work_item_id", "outcome", "message"]
    assert first == ["1", "10", "11", "done", ""]
    assert [line[4] for line in others] == [
        "'=HYPERLINK(1)",
        "'+1",
        "'-1",
        "'@SUM(A1)",
        "'=1",
        "'=1",
        "plain, with “comma” and line",
    ]


def test_a_large_result_is_complete(pair: Pair) -> None:
    add(pair, "j1", *[RowOutcome.DONE] * 2500)
    lines = pair.alice.call("GET", "/jobs/j1/result").text.splitlines()
    assert [line.split(",")[0] for line in lines[1:]] == [str(number) for number in range(1, 2501)]


# steering ------------------------------------------------------------------------------------------------------------


def test_a_job_is_paused_resumed_and_cancelled(pair: Pair) -> None:
    add(pair, "j1", RowOutcome.STARTED, RowOutcome.WAITING)
    assert pair.alice.call("POST", "/jobs/j1/pause").json["status"] == "paused"
    assert pair.alice.call("POST", "/jobs/j1/resume").json["status"] == "waiting"
    cancelled = pair.alice.call("POST", "/jobs/j1/cancel").json
    assert (cancelled["status"], cancelled["counts"]) == ("cancelled", {"started": 1, "cancelled": 1})
    assert cancelled["finished_at"] is not None
    actions = [entry["action"] for entry in pair.alice.get("/audit")["items"]]
    assert actions[:3] == ["job_cancelled", "job_resumed", "job_paused"]


def test_the_deed_stands_at_the_connection(pair: Pair) -> None:
    own = connection_id(pair)
    add(pair, "j1", connection_id=own)
    add(pair, "j2", connection_id="gone")
    pair.alice.call("POST", "/jobs/j1/pause")
    assert pair.alice.call("POST", "/jobs/j2/pause").status_code == 200
    [entry] = [each for each in pair.alice.get(f"/connections/{own}/audit")["items"] if each["action"] == "job_paused"]
    assert (entry["user_name"], entry["details"]) == ("Alice", {"job": "Bulk Exalate: all"})


@pytest.mark.parametrize(
    ("status", "step"),
    [
        (JobStatus.FINISHED, "pause"),
        (JobStatus.CANCELLED, "cancel"),
        (JobStatus.FAILED, "resume"),
        (JobStatus.RUNNING, "resume"),
        (JobStatus.PAUSED, "pause"),
    ],
)
def test_a_step_that_does_not_fit_is_refused_and_changes_nothing(pair: Pair, status: JobStatus, step: str) -> None:
    add(pair, "j1", status=status)
    answer = pair.alice.call("POST", f"/jobs/j1/{step}")
    assert (answer.status_code, answer.json["code"]) == (409, "state")
    assert pair.alice.get("/jobs/j1")["status"] == status


def test_what_a_job_waited_for_is_forgotten_when_it_is_paused(pair: Pair) -> None:
    add(pair, "j1", status=JobStatus.WAITING, error_code="connection_stopped", error_message="It is deactivated.")
    assert pair.alice.call("POST", "/jobs/j1/pause").json["error_message"] == ""


@pytest.mark.parametrize("path", ["", "/rows", "/result", "/pause", "/resume", "/cancel"])
def test_a_job_of_another_organization_does_not_exist(pair: Pair, path: str) -> None:
    add(pair, "j1", RowOutcome.WAITING, organization_id="somebody-else")
    method = "POST" if path in ("/pause", "/resume", "/cancel") else "GET"
    answers = [pair.alice.call(method, f"/jobs/{name}{path}") for name in ("j1", "j9")]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].json["detail"].replace("j1", "j9") == answers[1].json["detail"]
    assert pair.alice.get("/jobs")["total"] == 0
    with pair.alpha.storage.unit_of_work() as work:
        assert work.jobs.get("j1").status is JobStatus.RUNNING


# bulk work -----------------------------------------------------------------------------------------------------------


def start(pair: Pair, deed: str, query: object = TITLED) -> Any:
    return pair.alice.call("POST", f"/connections/{connection_id(pair)}/{deed}", {"query": query})


def test_a_bulk_exalate_by_a_query_puts_what_matches_under_sync(pair: Pair) -> None:
    organization = pair.alpha.organizations[0]
    fitting = [organization.create("Fabrikam", "Task", {TITLE: f"To sync {number}"}) for number in range(3)]
    organization.create("Fabrikam", "Task", {TITLE: "Other"})
    answer = start(pair, "bulk-exalate")
    assert (answer.status_code, answer.json["kind"], answer.json["status"]) == (202, "bulk_exalate", "waiting")
    run_out(pair)
    rows = pair.alice.get(f"/jobs/{answer.json['id']}/rows")["items"]
    assert sorted(int(row["work_item_id"]) for row in rows) == fitting
    assert {row["outcome"] for row in rows} == {"started"}


def test_without_a_query_everything_of_the_project_leaves_sync(pair: Pair) -> None:
    organization = pair.alpha.organizations[0]
    number = organization.create("Fabrikam", "Task", {TITLE: "One"})
    organization.create("Fabrikam", "Task", {TITLE: "Two"})
    pair.alice.call("POST", f"/connections/{connection_id(pair)}/work-items", {"work_item": str(number)})
    answer = start(pair, "bulk-unexalate", None)
    run_out(pair)
    job = pair.alice.get(f"/jobs/{answer.json['id']}")
    assert (job["status"], job["counts"]) == ("finished", {"done": 1, "already": 1})


@pytest.mark.parametrize(
    "query", ["[System.Title] = 'open", "a = 1) OR (b = 1", "a = 1 ORDER BY [System.Id]", 7, "x" * 20_000, "a\x00"]
)
def test_a_query_that_is_none_is_refused_and_starts_nothing(pair: Pair, query: object) -> None:
    assert start(pair, "bulk-exalate", query).status_code == 422
    assert pair.alice.get("/jobs")["total"] == 0


def test_a_stopped_connection_takes_no_bulk(pair: Pair) -> None:
    with pair.alpha.storage.unit_of_work() as work:
        connection = work.connections.get(connection_id_of(work))
        work.connections.save(connection.moved_to(ConnectionStatus.DEACTIVATED))
        work.commit()
    answer = start(pair, "bulk-exalate")
    assert (answer.status_code, answer.json["code"]) == (409, "state")


def connection_id_of(work: Any) -> str:
    return str(work.connections.list_all()[0].id)

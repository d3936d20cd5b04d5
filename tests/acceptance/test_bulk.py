"""Bulk work that kill -9 interrupts ends complete and without doubles on both sides."""

import csv
import io
from collections.abc import Callable

import pytest
from tests.acceptance.conftest import Pair
from tests.acceptance.harness import Side

from adnode.domain.job import Job, JobStatus, RowOutcome

pytestmark = [pytest.mark.xdist_group("acceptance"), pytest.mark.timeout(300)]
COUNT = 600
TITLE = "System.Title"
CONDITION = "[System.Title] CONTAINS 'Bulk'"
QUERY = f"SELECT [System.Id] FROM WorkItems WHERE {CONDITION}"  # noqa: S608 - constants
WRITES = {"route": "*$batch"}
"""The calls by which the partner's node makes work items, up to 200 in each."""


def job_of(side: Side, job_id: str) -> Job:
    with side.observer.new_unit_of_work() as work:
        return work.jobs.get(job_id)


def result_of(side: Side, job_id: str) -> list[dict[str, str]]:
    text = side.node.command("job", "result", job_id)["csv"]
    return list(csv.DictReader(io.StringIO(text)))


def reaches(side: Side, job_id: str, done: int) -> Callable[[], bool]:
    def condition() -> bool:
        job = job_of(side, job_id)
        return job.count(RowOutcome.DONE) >= done or job.is_over

    return condition


def let_one_write_pass(side: Side) -> None:
    """Have the emulator refuse writes after the next one, so that there is a middle to interrupt."""
    side.no_faults()
    side.faults({**WRITES, "latency_ms": 1, "count": 1}, {**WRITES, "status": 503, "retry_after": 1})


def test_a_bulk_killed_twice_ends_complete_and_without_doubles_and_is_taken_back(pair: Pair) -> None:
    exalate_through_two_crashes(pair)
    exalate_again(pair)
    unexalate(pair)


def exalate_through_two_crashes(pair: Pair) -> None:
    public, private = pair.public, pair.private
    items = {"type": "Task", "count": COUNT, "fields": {TITLE: "Bulk {n}", "System.Description": "<p>text {n}</p>"}}
    numbers = public.seed([items])
    let_one_write_pass(private)
    job_id = public.node.command("bulk", "exalate", pair.connection_id, CONDITION)["id"]
    done = 0
    for _crash in range(2):
        pair.stage.wait_until(reaches(public, job_id, done + 1), f"more than {done} work items are done")
        done = job_of(public, job_id).count(RowOutcome.DONE)
        assert done < COUNT, "it was over before it could be interrupted"
        public.node.kill()
        public.node.start()
        let_one_write_pass(private)
    private.no_faults()
    pair.stage.wait_until(reaches(public, job_id, COUNT), "everything is done", 120)
    pair.stage.wait_until(lambda: job_of(public, job_id).is_over, "the job is over")
    pair.rest()
    job = job_of(public, job_id)
    assert (job.status, job.counts) == (JobStatus.FINISHED, {RowOutcome.DONE: COUNT})
    rows = result_of(public, job_id)
    assert sorted(int(row["local_work_item_id"]) for row in rows) == sorted(numbers)
    partners = {int(row["remote_work_item_id"]) for row in rows}
    assert len(partners) == COUNT
    assert sorted(private.user.find(QUERY)) == sorted(partners)
    assert len(public.user.find(QUERY)) == COUNT
    titles = {row["local_work_item_id"]: row["remote_work_item_id"] for row in rows[:: COUNT // 10]}
    for local, remote in titles.items():
        assert private.user.fields(int(remote))[TITLE] == public.user.fields(int(local))[TITLE]
    # The partner of a node that was killed says so until it has reached it again.
    pair.stage.wait_until(lambda: (public.errors(), private.errors()) == ([], []), "no error is open any more")


def exalate_again(pair: Pair) -> None:
    job = pair.public.node.command("bulk", "exalate", pair.connection_id, CONDITION, "--wait")
    assert (job["status"], job["counts"]) == ("finished", {"already": COUNT})


def unexalate(pair: Pair) -> None:
    job = pair.public.node.command("bulk", "unexalate", pair.connection_id, CONDITION, "--yes", "--wait")
    assert (job["status"], job["counts"]) == ("finished", {"done": COUNT})
    pair.rest()
    for side in (pair.public, pair.private):
        assert side.twin(side.user.find(QUERY)[0]) == {}


def test_a_query_that_is_wrong_ends_the_job_with_what_azure_devops_says(pair: Pair) -> None:
    job = pair.public.node.command("bulk", "exalate", pair.connection_id, "[No.Such] = 1", "--wait")
    assert (job["status"], job["error_code"], job["total"]) == ("failed", "query_refused", 0)
    assert "No.Such" in job["error_message"]

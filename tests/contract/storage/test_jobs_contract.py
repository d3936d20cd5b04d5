"""Jobs and their rows, on every storage."""

from dataclasses import replace
from datetime import datetime

import pytest
from tests.contract.storage.databases import AnyStorage, changing
from tests.contract.storage.values import NOW, later

from adnode.domain.errors import LeaseLostError, NotFoundError
from adnode.domain.job import Job, JobKind, JobRow, JobStatus, RowOutcome


def make_job(job_id: str = "j1", **changes: object) -> Job:
    job = Job(
        id=job_id,
        organization_id="org-a",
        kind=JobKind.BULK_EXALATE,
        status=JobStatus.WAITING,
        title="Bulk Exalate",
        created_at=NOW,
        created_by="Ann",
        connection_id="c1",
        parameters={"query": "SELECT", "numbers": [1, 2]},
    )
    return replace(job, **changes)  # type: ignore[arg-type]


def make_rows(*outcomes: RowOutcome) -> list[JobRow]:
    return [JobRow(number, number * 10, outcome=outcome) for number, outcome in enumerate(outcomes, start=1)]


def save(storage: AnyStorage, *jobs: Job) -> None:
    with changing(storage) as work:
        for job in jobs:
            work.jobs.add(job)


def claim(storage: AnyStorage, owner: str, now: datetime = NOW) -> str | None:
    with changing(storage) as work:
        job = work.jobs.claim(owner, now, 60)
    return job.id if job else None


def test_a_job_comes_back_with_its_counts(storage: AnyStorage) -> None:
    save(storage, make_job())
    with changing(storage) as work:
        assert work.jobs.get("j1") == make_job()
        work.jobs.add_rows("j1", make_rows(RowOutcome.WAITING, RowOutcome.DONE, RowOutcome.WAITING))
    with storage.unit_of_work() as work:
        counts = {RowOutcome.WAITING: 2, RowOutcome.DONE: 1}
        assert work.jobs.get("j1") == make_job(total=3, counts=counts)
        with pytest.raises(NotFoundError):
            work.jobs.get("j2")


def test_a_job_is_saved_without_its_rows(storage: AnyStorage) -> None:
    save(storage, make_job())
    changed = make_job(
        status=JobStatus.FAILED,
        is_listed=True,
        started_at=later(1),
        finished_at=later(2),
        error_code="query_refused",
        error_message="The query is wrong.",
        parameters={},
        attempts=3,
        due_at=later(9),
    )
    with changing(storage) as work:
        work.jobs.save(replace(changed, total=99))
    with storage.unit_of_work() as work:
        assert work.jobs.get("j1") == changed
        with pytest.raises(NotFoundError):
            work.jobs.save(make_job("j2"))


def test_rows_that_are_there_are_not_added_again(storage: AnyStorage) -> None:
    save(storage, make_job())
    with changing(storage) as work:
        work.jobs.add_rows("j1", make_rows(RowOutcome.DONE))
        work.jobs.add_rows("j1", make_rows(RowOutcome.WAITING, RowOutcome.WAITING))
        work.jobs.add_rows("j1", [])
    with storage.unit_of_work() as work:
        assert work.jobs.rows("j1", limit=9) == make_rows(RowOutcome.DONE, RowOutcome.WAITING)


def test_rows_are_read_in_slices_by_outcome(storage: AnyStorage) -> None:
    save(storage, make_job(), make_job("j2"))
    rows = make_rows(RowOutcome.WAITING, RowOutcome.STARTED, RowOutcome.WAITING, RowOutcome.DONE, RowOutcome.WAITING)
    with changing(storage) as work:
        work.jobs.add_rows("j1", rows)
        work.jobs.add_rows("j2", make_rows(RowOutcome.WAITING))
    with storage.unit_of_work() as work:
        waiting = [row.number for row in work.jobs.rows("j1", outcomes=[RowOutcome.WAITING], limit=2)]
        assert waiting == [1, 3]
        assert [row.number for row in work.jobs.rows("j1", outcomes=[RowOutcome.WAITING], after=3, limit=9)] == [5]
        both = work.jobs.rows("j1", outcomes=[RowOutcome.STARTED, RowOutcome.WAITING], limit=3)
        assert [row.number for row in both] == [1, 2, 3]
        assert work.jobs.rows("j1", outcomes=[], limit=9) == []


def test_rows_are_replaced_by_their_numbers(storage: AnyStorage) -> None:
    save(storage, make_job())
    done = JobRow(2, 20, 99, "t1", RowOutcome.FAILED, "No.")
    with changing(storage) as work:
        work.jobs.add_rows("j1", make_rows(RowOutcome.WAITING, RowOutcome.WAITING))
        work.jobs.save_rows("j1", [done])
        work.jobs.save_rows("j1", [])
    with storage.unit_of_work() as work:
        assert work.jobs.rows("j1", limit=9) == [*make_rows(RowOutcome.WAITING), done]


def test_only_waiting_rows_are_cancelled(storage: AnyStorage) -> None:
    save(storage, make_job())
    with changing(storage) as work:
        work.jobs.add_rows("j1", make_rows(RowOutcome.WAITING, RowOutcome.STARTED, RowOutcome.DONE))
        assert work.jobs.cancel_rows("j1") == 1
    with storage.unit_of_work() as work:
        outcomes = [row.outcome for row in work.jobs.rows("j1", limit=9)]
    assert outcomes == [RowOutcome.CANCELLED, RowOutcome.STARTED, RowOutcome.DONE]


def test_jobs_are_listed_the_newest_first_in_pages(storage: AnyStorage) -> None:
    save(
        storage,
        make_job("j1"),
        make_job("j2", created_at=later(5)),
        make_job("j3", created_at=later(5)),
        make_job("j4", organization_id="org-b"),
        make_job("j5", kind=JobKind.CLEAN_UP, connection_id="c2", created_at=later(9)),
    )
    with storage.unit_of_work() as work:
        first = work.jobs.list_page("org-a", limit=2)
        assert [job.id for job in first] == ["j5", "j3"]
        rest = work.jobs.list_page("org-a", after=(first[-1].created_at, first[-1].id), limit=9)
        assert [job.id for job in rest] == ["j2", "j1"]
        assert [job.id for job in work.jobs.list_page("org-a", kinds=[JobKind.CLEAN_UP], limit=9)] == ["j5"]
        assert [job.id for job in work.jobs.list_page("org-a", connection_id="c2", limit=9)] == ["j5"]
        assert work.jobs.count("org-a") == 4
        assert work.jobs.count("org-a", kinds=[JobKind.BULK_EXALATE], connection_id="c1") == 3


def test_the_job_that_was_due_longest_is_claimed_once(storage: AnyStorage) -> None:
    save(
        storage,
        make_job("j1", status=JobStatus.FINISHED),
        make_job("j2", created_at=later(2)),
        make_job("j3", created_at=later(1), status=JobStatus.RUNNING),
        make_job("j4", status=JobStatus.PAUSED),
        make_job("j5", due_at=later(1.5)),
    )
    assert claim(storage, "a", later(0.5)) is None
    assert [claim(storage, "a", later(3)) for _ in range(4)] == ["j3", "j5", "j2", None]
    assert claim(storage, "b", later(63)) == "j3"


@pytest.mark.parametrize("status", [JobStatus.PAUSED, JobStatus.CANCELLED, JobStatus.FAILED])
def test_a_job_that_begins_no_more_is_claimed_while_rows_go_on(storage: AnyStorage, status: JobStatus) -> None:
    save(storage, make_job(status=status))
    with changing(storage) as work:
        work.jobs.add_rows("j1", make_rows(RowOutcome.STARTED, RowOutcome.DONE))
    assert claim(storage, "a") == "j1"
    with changing(storage) as work:
        work.jobs.save_rows("j1", make_rows(RowOutcome.DONE))
        work.jobs.release("j1", "a")
    assert claim(storage, "a") is None


def test_a_lease_is_prolonged_and_ended_by_its_owner_only(storage: AnyStorage) -> None:
    save(storage, make_job())
    assert claim(storage, "a") == "j1"
    with changing(storage) as work:
        work.jobs.extend("j1", "a", later(50), 60)
        work.jobs.release("j1", "b")
    with storage.unit_of_work() as work, pytest.raises(LeaseLostError):
        work.jobs.extend("j1", "b", later(50), 60)
    assert claim(storage, "b", later(100)) is None
    with changing(storage) as work:
        work.jobs.release("j1", "a")
    assert claim(storage, "b", later(100)) == "j1"
    with storage.unit_of_work() as work, pytest.raises(LeaseLostError):
        work.jobs.extend("j1", "a", later(101), 60)


def test_a_lost_lease_may_be_taken_by_somebody_else(storage: AnyStorage) -> None:
    save(storage, make_job())
    assert [claim(storage, "a"), claim(storage, "b", later(61))] == ["j1", "j1"]
    with storage.unit_of_work() as work, pytest.raises(LeaseLostError):
        work.jobs.extend("j1", "a", later(62), 60)


def test_the_lease_of_a_dead_owner_ends_with_the_others(storage: AnyStorage) -> None:
    save(storage, make_job())
    claim(storage, "dead")
    with changing(storage) as work:
        assert work.lease_owners.list_all() == {"dead"}
        assert work.lease_owners.release("dead") == 1
    assert claim(storage, "b") == "j1"


def test_what_changes_rows_takes_the_job_with_its_counts(storage: AnyStorage) -> None:
    save(storage, make_job())
    with changing(storage) as work:
        work.jobs.add_rows("j1", make_rows(RowOutcome.WAITING, RowOutcome.WAITING, RowOutcome.STARTED))
        taken = work.jobs.take("j1")
        assert taken.counts == {RowOutcome.WAITING: 2, RowOutcome.STARTED: 1}
        assert (taken.count(RowOutcome.WAITING), taken.count(RowOutcome.FAILED), taken.total) == (2, 0, 3)
        work.jobs.cancel_rows("j1")
        work.jobs.save_rows("j1", [JobRow(3, 30, outcome=RowOutcome.FAILED), JobRow(9, 90)])
        assert work.jobs.get("j1").counts == {RowOutcome.CANCELLED: 2, RowOutcome.FAILED: 1}
        with pytest.raises(NotFoundError):
            work.jobs.take("j2")


def test_old_jobs_are_forgotten_with_their_rows_once_nothing_goes_on(storage: AnyStorage) -> None:
    save(
        storage,
        make_job("j1", finished_at=NOW),
        make_job("j2", finished_at=later(100)),
        make_job("j3"),
        make_job("j4", finished_at=NOW),
    )
    with changing(storage) as work:
        work.jobs.add_rows("j1", make_rows(RowOutcome.DONE))
        work.jobs.add_rows("j2", make_rows(RowOutcome.DONE))
        work.jobs.add_rows("j4", make_rows(RowOutcome.STARTED))
        assert work.jobs.forget_finished(later(50)) == 1
        assert work.jobs.rows("j1", limit=9) == []
        assert len(work.jobs.rows("j2", limit=9)) == 1
        assert work.jobs.count("org-a") == 3

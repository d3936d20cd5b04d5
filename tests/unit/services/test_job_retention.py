"""Jobs that ended a month ago are forgotten, however many they are."""

from datetime import timedelta

from tests.contract.storage.test_jobs_contract import make_job

from adnode.adapters.memory.clock import MemoryClock
from adnode.adapters.memory.storage import MemoryStorage
from adnode.domain.job import JobRow, JobStatus
from adnode.services.retention import JOB_CHUNK, JOBS_KEPT, RetentionService


def test_jobs_are_forgotten_a_month_after_their_end() -> None:
    storage, clock = MemoryStorage(), MemoryClock()
    now = clock.now()
    old, young = now - JOBS_KEPT - timedelta(seconds=1), now - JOBS_KEPT + timedelta(seconds=1)
    with storage.unit_of_work() as work:
        for number in range(2 * JOB_CHUNK + 1):
            work.jobs.add(make_job(f"old-{number}", status=JobStatus.FINISHED, created_at=old, finished_at=old))
        work.jobs.add(make_job("young", status=JobStatus.FINISHED, created_at=old, finished_at=young))
        work.jobs.add(make_job("running", status=JobStatus.RUNNING, created_at=old))
        work.jobs.add_rows("old-1", [JobRow(1, 10)])
        work.commit()
    assert RetentionService(storage.unit_of_work, clock).tidy() == 2 * JOB_CHUNK + 1
    with storage.unit_of_work() as work:
        assert {job.id for job in work.jobs.list_page("org-a", limit=99)} == {"young", "running"}

"""Driving the handler of a job step by step, as the runner of jobs does."""

from typing import Any

from tests.unit.services.memory_nodes import Meeting, MemoryNode

from adnode.domain.job import Job, JobRow, RowOutcome
from adnode.services.jobs.handlers import JobHandler


def list_rows(node: MemoryNode, handler: JobHandler[Any], job: Job) -> None:
    """Store what there is to do, unless the rows came with the job."""
    for rows in handler.list_rows(job):
        with node.storage.unit_of_work() as work:
            work.jobs.add_rows(job.id, rows)
            work.commit()


def take_slice(node: MemoryNode, handler: JobHandler[Any], job: Job) -> int:
    """Do one slice; return how many rows it had."""
    with node.storage.unit_of_work() as work:
        rows = work.jobs.rows(job.id, outcomes=[RowOutcome.WAITING], limit=handler.slice_size)
    if not rows:
        return 0
    seen = handler.look(job, rows)
    with node.storage.unit_of_work() as work:
        work.jobs.save_rows(job.id, handler.act(work, job, rows, seen))
        work.commit()
    handler.wake(job)
    return len(rows)


def follow(node: MemoryNode, handler: JobHandler[Any], job: Job) -> None:
    with node.storage.unit_of_work() as work:
        rows = work.jobs.rows(job.id, outcomes=[RowOutcome.STARTED], limit=10_000)
        work.jobs.save_rows(job.id, handler.follow(work, job, rows))
        work.commit()


def run(meeting: Meeting, node: MemoryNode, handler: JobHandler[Any], job: Job) -> list[JobRow]:
    """Do everything of a job and return its rows as they are then."""
    list_rows(node, handler, job)
    while take_slice(node, handler, job):
        pass
    meeting.rest()
    follow(node, handler, job)
    meeting.rest()
    return rows_of(node, job)


def rows_of(node: MemoryNode, job: Job) -> list[JobRow]:
    with node.storage.unit_of_work() as work:
        return work.jobs.rows(job.id, limit=20_000)

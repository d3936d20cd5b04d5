"""Jobs stay quick with many rows, whatever their number: counts are kept, and rows are found by an index."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from tests.contract.storage.databases import changing
from tests.contract.storage.test_jobs_contract import make_job
from tests.contract.storage.values import NOW, make_twin
from tests.unit.adapters.storage.test_query_plans import executed, explain
from tests.unit.adapters.storage.test_statement_counts import counted

from adnode.adapters.storage import Storage
from adnode.domain.job import JobRow, RowOutcome
from adnode.ports.storage import UnitOfWork

ROWS = 5000
BATCH = 200
LOOKED_UP: dict[str, tuple[Callable[[UnitOfWork], object], str]] = {
    "a page of rows": (lambda work: work.jobs.rows("j1", after=100, limit=50), "job_rows"),
    "a page of what failed": (
        lambda work: work.jobs.rows("j1", outcomes=[RowOutcome.FAILED], after=100, limit=50),
        "job_rows_by_outcome",
    ),
    "the next slice": (
        lambda work: work.jobs.rows("j1", outcomes=[RowOutcome.WAITING], limit=200),
        "job_rows_by_outcome",
    ),
    "a page of jobs": (lambda work: work.jobs.list_page("org-a", after=(NOW, "j9"), limit=50), "jobs_by_time"),
    "jobs of a connection": (
        lambda work: work.jobs.list_page("org-a", connection_id="c1", limit=50),
        "jobs_by_",
    ),
    "what is due": (lambda work: work.jobs.claim("us", NOW, 60), "jobs_open"),
    "cancelling": (lambda work: work.jobs.cancel_rows("j1"), "job_rows_by_outcome"),
    "old jobs": (lambda work: work.jobs.forget_finished(NOW), "jobs_finished"),
}


@pytest.fixture
def filled(storage: Storage) -> Storage:
    """A storage with a job of many rows, most of them done."""
    with changing(storage) as work:
        for number in range(1, 30):
            work.jobs.add(make_job(f"j{number}", created_at=NOW + timedelta(seconds=number)))
        outcomes = {0: RowOutcome.WAITING, 1: RowOutcome.FAILED, 2: RowOutcome.STARTED}
        rows = [
            JobRow(number, number, outcome=outcomes.get(number % 100, RowOutcome.DONE)) for number in range(1, ROWS + 1)
        ]
        work.jobs.add_rows("j1", rows)
    return storage


@pytest.mark.parametrize("name", LOOKED_UP)
def test_lists_are_read_in_the_order_of_an_index(filled: Storage, database_url: str, name: str) -> None:
    if not database_url.startswith("sqlite"):
        pytest.skip("PostgreSQL scans tables as small as these")
    use, index = LOOKED_UP[name]
    statements = executed(database_url, use)
    details = [step[3] for plan in explain(database_url, statements, "EXPLAIN QUERY PLAN") for step in plan]
    assert any(index in detail for detail in details), details
    sorts = [detail for detail in details if "TEMP B-TREE" in detail]
    assert not sorts or name == "what is due", details
    assert not any(re.search(r"SCAN (jobs|job_rows)$", detail) for detail in details), details


def test_counts_of_a_page_of_jobs_cost_no_look_at_rows(filled: Storage) -> None:
    with counted() as statements, filled.unit_of_work() as work:
        jobs = work.jobs.list_page("org-a", limit=50)
    assert len(jobs) == 29
    assert jobs[-1].counts[RowOutcome.DONE] == ROWS * 97 // 100
    assert not [one for one in statements if "job_rows" in one]


def test_a_slice_is_stored_in_few_statements(filled: Storage) -> None:
    rows = [JobRow(number, number, outcome=RowOutcome.DONE) for number in range(1, BATCH + 1)]
    with counted() as statements, changing(filled) as work:
        work.jobs.save_rows("j1", rows)
    assert len(statements) <= 6


def test_rows_are_added_in_few_statements(filled: Storage) -> None:
    with counted() as statements, changing(filled) as work:
        work.jobs.add_rows("j2", [JobRow(number, number) for number in range(1, ROWS + 1)])
    assert len(statements) <= ROWS // 500 + 5


def test_a_batch_of_twins_is_added_and_taken_out_in_few_statements(storage: Storage) -> None:
    twins = [make_twin(f"t{number:03}", work_item_id=number + 1) for number in range(BATCH)]
    with counted() as statements, changing(storage) as work:
        work.twins.add_all(twins, due_at=NOW)
        work.twins.unlink("c1", [twin.id for twin in twins])
    assert len(statements) <= 12

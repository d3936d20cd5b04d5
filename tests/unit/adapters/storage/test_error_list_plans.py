"""With 5,000 errors, every list of the Errors tab is sorted by an index and takes few statements."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text
from tests.contract.storage.databases import changing, make_sqlite_template
from tests.contract.storage.values import add_ground, later, make_error_record, make_twin
from tests.unit.adapters.storage.test_query_plans import executed, explain
from tests.unit.adapters.storage.test_statement_counts import counted

from adnode.adapters.storage import Storage, open_storage
from adnode.adapters.storage.engine import make_engine
from adnode.domain.error_record import ErrorStatus, Impact
from adnode.domain.twin import TwinStatus
from adnode.ports.error_storage import ErrorFilter, ErrorSort
from adnode.ports.storage import UnitOfWork
from adnode.services.error_resolution import resolve

pytestmark = pytest.mark.xdist_group("large database")

OPEN = ErrorFilter("org")
HISTORY = ErrorFilter("org", ErrorStatus.CLOSED)
COUNT = 5_000
MODEL = "e-model"
COPY = """
    WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {count})
    INSERT INTO error_records ({names}) SELECT {chosen}
    FROM numbers, (SELECT * FROM error_records WHERE id = '{model}') AS model
"""


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Storage]]:
    """5,000 open errors of one cause over 250 twins' worth of connections, and 5,000 closed ones."""
    url = f"sqlite:///{make_sqlite_template(tmp_path_factory.mktemp('errors'))}"
    storage = open_storage(url)
    with changing(storage) as work:
        add_ground(work)
        for number in range(1, 251):
            work.twins.add(make_twin(f"t{number}", work_item_id=number, status=TwinStatus.FAILED), due_at=None)
        work.error_records.open(make_error_record(MODEL, twin_id="model"))
    multiply(url)
    yield url, storage
    storage.close()


def multiply(url: str) -> None:
    engine = make_engine(url)
    with engine.begin() as connection:
        names = [row[1] for row in connection.execute(text("PRAGMA table_info(error_records)"))]
        for prefix, status in (("o", "open"), ("c", "closed")):
            values = {
                "id": f"'{prefix}' || (100000 + n)",
                "twin_id": "'t' || n",
                "work_item_id": "n",
                "connection_id": "CASE WHEN n % 5 = 0 THEN 'c2' ELSE 'c1' END",
                "opened_at": "strftime('%Y-%m-%d %H\\:%M\\:%f000', '2026-01-05', '+' || n || ' seconds')",
                "occurrences": "n % 7",
                "status": f"'{status}'",
            }
            values["closed_at"] = values["opened_at"] if status == "closed" else "NULL"
            chosen = ", ".join(values.get(name, f"model.{name}") for name in names)
            connection.execute(text(COPY.format(names=", ".join(names), chosen=chosen, count=COUNT, model=MODEL)))
        connection.execute(text(f"DELETE FROM error_records WHERE id = '{MODEL}'"))  # noqa: S608
    engine.dispose()


def page(wanted: ErrorFilter, sort: ErrorSort = ErrorSort.TIME, after: Any = None) -> Callable[[UnitOfWork], Any]:
    return lambda work: work.error_records.list_page(wanted, sort=sort, is_descending=True, after=after, limit=51)


PAGES = {
    "open": (page(OPEN), "error_records_of_organization"),
    "a later page": (page(OPEN, after=(later(9), "o100100")), "error_records_of_organization"),
    "by count": (page(OPEN, ErrorSort.COUNT), "error_records_by_occurrences"),
    "by impact": (page(OPEN, ErrorSort.IMPACT), "error_records_by_severity"),
    "of an impact": (page(replace(OPEN, impact=Impact.WORK_ITEM)), "error_records_by_severity"),
    "of a connection": (page(replace(OPEN, connection_id="c2")), "error_records_of_connection"),
    "of a code": (page(replace(OPEN, code="rule_violation")), "error_records_by_code"),
    "of a group": (page(replace(OPEN, cause_key="x")), "error_records_by_cause"),
    "of a work item": (page(replace(OPEN, work_item_id=7)), "error_records_by_work_item"),
    "with a text": (page(replace(OPEN, text="refused")), "error_records_of_organization"),
    "history": (page(HISTORY), "error_records_history"),
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_read_in_the_order_of_an_index(large: tuple[str, Storage], name: str) -> None:
    use, index = PAGES[name]
    statements = executed(large[0], use)
    assert len(statements) == 1
    details = " ".join(step[3] for plan in explain(large[0], statements, "EXPLAIN QUERY PLAN") for step in plan)
    assert f"INDEX {index} " in details
    assert "TEMP B-TREE" not in details


@pytest.mark.parametrize(
    "use",
    [
        lambda work: work.error_records.count(OPEN),
        lambda work: work.error_records.count_by_impact(OPEN),
        lambda work: work.error_records.count_by_code(OPEN),
        lambda work: work.error_records.count_groups(OPEN),
        lambda work: work.error_records.list_groups(
            OPEN, sort=ErrorSort.COUNT, is_descending=True, after=None, limit=51
        ),
        lambda work: work.error_records.newest_grave("org"),
        lambda work: work.error_records.retries_due(200),
    ],
)
def test_counting_and_grouping_never_read_the_whole_table(
    large: tuple[str, Storage], use: Callable[[UnitOfWork], Any]
) -> None:
    statements = executed(large[0], use)
    assert len(statements) <= 2
    for plan in explain(large[0], statements, "EXPLAIN QUERY PLAN"):
        assert not any(re.search(r"\bSCAN error_records(?! USING)", step[3]) for step in plan), plan


def test_the_group_counts_every_work_item(large: tuple[str, Storage]) -> None:
    with large[1].unit_of_work() as work:
        groups = work.error_records.list_groups(OPEN, sort=ErrorSort.TIME, is_descending=True, after=None, limit=9)
    assert [(group.records, group.work_items) for group in groups] == [(COUNT, COUNT)]


def test_retrying_everything_is_one_update_and_a_batch_few_statements(large: tuple[str, Storage]) -> None:
    with counted() as statements, large[1].unit_of_work() as work:
        assert work.error_records.ask_for_retry(OPEN, later(0), except_codes={"x"}) == COUNT
        assert len(statements) <= 2
        assert len(work.error_records.retries_due(200)) == 200
        assert len(statements) <= 4


def test_resolving_a_batch_takes_few_statements_beside_one_for_each_twin(large: tuple[str, Storage]) -> None:
    with large[1].unit_of_work() as work:
        records = work.error_records.list_page(
            replace(OPEN, connection_id="c1"), sort=ErrorSort.TIME, is_descending=False, after=None, limit=200
        )
        with counted() as statements:
            assert resolve(work, records, later(0), resolved_by="Ada", note="Known.") == 200
        twins = len({record.twin_id for record in records})
        assert len(statements) <= twins + 8

"""Lists of 20,000 twins are filtered, sorted and paged by indexes, and a page takes few statements."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine, event, text
from tests.contract.storage.databases import make_sqlite_template
from tests.contract.storage.values import NOW, later, make_conflict, make_error_record
from tests.unit.adapters.storage.large_database import TWINS, fill

from adnode.adapters.storage import Storage, open_storage
from adnode.adapters.storage.engine import make_engine
from adnode.domain.organization import OrganizationKind
from adnode.domain.session import Session, Tenant
from adnode.domain.twin import TwinStatus
from adnode.domain.twin_list import TwinFilter, TwinSearch, TwinSort
from adnode.ports.storage import UnitOfWork
from adnode.services.twin_list import TwinListService, TwinWish

pytestmark = pytest.mark.xdist_group("large twin list")

LIMIT = 51
FILLED = """
    UPDATE twins SET title = 'Item ' || work_item_id, title_key = 'item ' || work_item_id,
        remote_work_item_id = work_item_id + 500000,
        status = CASE WHEN work_item_id % 4 = 0 THEN 'failed' ELSE status END,
        synchronized_at = CASE WHEN work_item_id % 50 > 0 THEN created_at END
"""


@pytest.fixture(scope="session")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"sqlite:///{make_sqlite_template(tmp_path_factory.mktemp('twin-list'))}"
    fill(url)
    engine = make_engine(url)
    with engine.begin() as connection:
        connection.execute(text(FILLED))
    engine.dispose()
    storage = open_storage(url)
    with storage.unit_of_work() as work:
        for number in range(100_001, 100_301):
            work.error_records.open(make_error_record(f"x{number}", twin_id=f"t{number}"))
            work.error_records.add_conflict(make_conflict(f"k{number}", twin_id=f"t{number}"))
        work.commit()
    storage.close()
    return url


@pytest.fixture
def storage(url: str) -> Iterator[Storage]:
    opened = open_storage(url)
    yield opened
    opened.close()


@contextmanager
def noted() -> Iterator[list[tuple[str, Any]]]:
    """Collect the statements that are executed."""
    statements: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: Any, *_others: object) -> None:
        statements.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def plans(url: str, storage: Storage, use: Callable[[UnitOfWork], object]) -> str:
    with noted() as statements, storage.unit_of_work() as work:
        use(work)
    engine = make_engine(url)
    with engine.connect() as connection:
        steps = [
            step[3]
            for statement, parameters in statements
            if statement.startswith("SELECT")
            for step in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
        ]
    engine.dispose()
    return "\n".join(steps)


ALL = TwinFilter("org", connection_ids=())
OF_ONE = TwinFilter("org", connection_ids=("c1",))
SORTED = {
    (TwinSort.SYNCHRONIZED_AT, ALL): "twins_by_synchronization",
    (TwinSort.SYNCHRONIZED_AT, OF_ONE): "twins_of_connection_by_synchronization",
    (TwinSort.CREATED_AT, ALL): "twins_by_creation",
    (TwinSort.WORK_ITEM_ID, ALL): "twins_by_work_item",
    (TwinSort.TITLE, ALL): "twins_by_title",
    (TwinSort.STATUS, ALL): "twins_by_state",
}
SORTS_ALL = re.compile(r"USE TEMP B-TREE FOR ORDER BY")
SCANS = re.compile(
    r"\bSCAN (twins(?:_\d+)?|error_records|conflicts|synced_changes|inbox|outbox)\b(?! USING COVERING INDEX)"
)


@pytest.mark.parametrize("is_descending", [False, True])
@pytest.mark.parametrize(("sort", "wanted"), SORTED)
def test_a_page_is_read_in_the_order_of_an_index(
    url: str, storage: Storage, sort: TwinSort, wanted: TwinFilter, is_descending: bool
) -> None:
    with storage.unit_of_work() as work:
        first = work.twin_list.list_page(wanted, sort, is_descending=is_descending, after=None, limit=LIMIT)
    after = first[-1].key(sort)
    plan = plans(
        url,
        storage,
        lambda work: work.twin_list.list_page(wanted, sort, is_descending=is_descending, after=after, limit=LIMIT),
    )
    assert f"INDEX {SORTED[sort, wanted]} " in plan
    assert not SORTS_ALL.search(plan), plan
    assert not SCANS.search(plan), plan


NARROWED = {
    "one status": replace(ALL, statuses=frozenset({TwinStatus.FAILED})),
    "a project": replace(ALL, project="Web Shop"),
    "with errors": replace(ALL, has_error=True),
    "without errors": replace(ALL, has_error=False),
    "with conflicts": replace(ALL, has_conflict=True),
    "without conflicts": replace(ALL, has_conflict=False),
    "a number": replace(ALL, search=TwinSearch(77, 77, "77")),
    "words": replace(ALL, search=TwinSearch(title_part="item 123")),
    "times": replace(ALL, synchronized_after=later(10), synchronized_before=later(100)),
    "several connections": replace(ALL, connection_ids=("c1", "c2")),
}


@pytest.mark.parametrize("name", NARROWED)
def test_nothing_is_found_by_reading_everything(url: str, storage: Storage, name: str) -> None:
    wanted = NARROWED[name]
    sort = TwinSort.SYNCHRONIZED_AT

    def use(work: UnitOfWork) -> None:
        assert work.twin_list.list_page(wanted, sort, is_descending=True, after=None, limit=LIMIT)
        assert work.twin_list.count(wanted)

    plan = plans(url, storage, use)
    assert not SCANS.search(plan), plan


def test_counting_needs_no_row(url: str, storage: Storage) -> None:
    plan = plans(url, storage, lambda work: work.twin_list.count(ALL))
    assert "USING COVERING INDEX" in plan
    with storage.unit_of_work() as work:
        assert work.twin_list.count(ALL) == TWINS


@pytest.mark.parametrize("sort", TwinSort)
def test_a_page_takes_as_many_statements_as_any_other(storage: Storage, sort: TwinSort) -> None:
    """What stands in a row is asked for once for all rows, not once for each."""
    tenant = Tenant("org", "org", "https://dev.azure.com/org", OrganizationKind.SERVICES, NOW)
    session = Session("s", tenant, "u", "Ada", is_administrator=True, issued_at=NOW, expires_at=NOW)
    service = TwinListService(storage.unit_of_work, _NoGateways())  # type: ignore[arg-type]
    counts = []
    for limit in (2, 200):
        with noted() as statements:
            page = service.list_page(session, TwinWish(), sort, is_descending=True, after=None, limit=limit)
        assert (len(page.rows), page.total) == (limit, TWINS)
        counts.append(len(statements))
    assert counts[0] <= counts[1] <= counts[0] + 1
    assert counts[1] <= 12


class _NoGateways:
    """A list asks Azure DevOps nothing."""

"""With 50,000 messages, lists of the sync queue read one index and the rows of one page."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from tests.contract.storage.databases import changing, make_sqlite_template
from tests.contract.storage.values import NOW, add_ground, later
from tests.unit.adapters.storage.test_query_plans import executed, explain

from adnode.adapters.storage import open_storage
from adnode.adapters.storage.engine import make_engine
from adnode.domain.message import QueueStatus
from adnode.domain.queue_event import Lane
from adnode.ports.queue_view import EventFilter, EventOrder, EventSort
from adnode.ports.storage import UnitOfWork

pytestmark = pytest.mark.xdist_group("large queue")

MESSAGES = 25_000
TWINS = 12_500
OUTGOING = EventFilter("org", Lane.OUTGOING_SYNC)
LANES = {
    "outbox": OUTGOING,
    "inbox": EventFilter("org", Lane.INCOMING_SYNC),
}
SCAN = re.compile(r"\bSCAN (outbox|inbox|twins|error_records)\b")
NUMBERS = "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {count})"
COMMON = {
    "id": "printf('m%06d', n)",
    "connection_id": "CASE n % 5 WHEN 0 THEN 'c2' ELSE 'c1' END",
    "organization_id": "'org'",
    "sequence": "n",
    "twin_id": f"printf('t%06d', 1 + n % {TWINS})",
    "work_item_id": f"1 + n % {TWINS}",
    "kind": "'state'",
    "created_at": "strftime('%Y-%m-%d %H\\:%M\\:%f000', '2026-01-05', '+' || n || ' seconds')",
}
TABLES = {
    "outbox": {**COMMON, "lane": "'outgoing_sync'", "status": "'waiting'", "body": "hex(zeroblob(1500))"},
    "inbox": {**COMMON, "lane": "'incoming_sync'", "status": "'failed'", "document": "hex(zeroblob(1500))"},
}
TWIN = {
    "id": "printf('t%06d', n)",
    "connection_id": "'c1'",
    "organization_id": "'org'",
    "work_item_id": "n",
    "remote_work_item_id": "100000 + n",
    "status": "CASE n % 4 WHEN 0 THEN 'failed' ELSE 'synchronized' END",
    "created_at": "'2026-01-05 00\\:00\\:00.000000'",
    **dict.fromkeys(("project", "remote_url"), "''"),
    **dict.fromkeys(("state", "local_forms"), "'{}'"),
    "lineage": "'[]'",
    **dict.fromkeys(("comment_count", "is_dirty", "must_read", "dirty_sequence", "attempts", "fence"), "0"),
}


@pytest.fixture(scope="session")
def large_queue_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"sqlite:///{make_sqlite_template(tmp_path_factory.mktemp('queue'))}"
    storage = open_storage(url)
    with changing(storage) as work:
        add_ground(work)
    storage.close()
    engine = make_engine(url)
    with engine.begin() as connection:
        for table, count, columns in (("twins", TWINS, TWIN), *((name, MESSAGES, TABLES[name]) for name in TABLES)):
            # Names and expressions of our own.
            chosen = f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(columns.values())} FROM numbers"  # noqa: S608
            connection.execute(text(f"{NUMBERS.format(count=count)} {chosen}"))
    engine.dispose()
    return url


def plans(url: str, use: Callable[[UnitOfWork], object]) -> list[str]:
    """The steps of each statement of one use."""
    statements = executed(url, use)
    found: list[list[Any]] = explain(url, statements, "EXPLAIN QUERY PLAN")
    return [" | ".join(step[3] for step in plan) for plan in found]


def list_page(wanted: EventFilter, sort: EventSort, *, is_descending: bool = False) -> Callable[[UnitOfWork], object]:
    def use(work: UnitOfWork) -> object:
        order = EventOrder(sort, is_descending)
        page = work.queue.list_events(wanted, order, NOW, limit=50)
        assert len(page) == 50
        return work.queue.list_events(wanted, order, NOW, after=page[-1].place, limit=50)

    return use


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("sort", list(EventSort))
def test_a_page_is_found_in_one_index_alone(large_queue_url: str, sort: EventSort, table: str) -> None:
    found = plans(large_queue_url, list_page(LANES[table], sort))
    assert len(found) == 4, "two statements a page: where the events stand, and the events"
    assert not [plan for plan in found if SCAN.search(plan)]
    for places in found[::2]:
        assert f"{table} USING COVERING INDEX {table}_unfinished (organization_id=? AND lane=?" in places


@pytest.mark.parametrize("is_descending", [False, True])
def test_the_usual_order_needs_no_sorting(large_queue_url: str, is_descending: bool) -> None:
    for places in plans(large_queue_url, list_page(OUTGOING, EventSort.AGE, is_descending=is_descending))[::2]:
        assert "TEMP B-TREE" not in places


@pytest.mark.parametrize(
    "wanted",
    [
        replace(OUTGOING, connection_id="c1"),
        replace(OUTGOING, statuses=frozenset({QueueStatus.WAITING})),
        replace(LANES["inbox"], statuses=frozenset({QueueStatus.FAILED})),
    ],
)
def test_filters_look_into_the_same_index(large_queue_url: str, wanted: EventFilter) -> None:
    found = plans(large_queue_url, list_page(wanted, EventSort.AGE))
    assert not [plan for plan in found if SCAN.search(plan)]
    for places in found[::2]:
        assert "_unfinished (organization_id=? AND lane=?" in places
        assert "TEMP B-TREE FOR ORDER BY" not in places


def test_finished_ones_have_an_index_too(large_queue_url: str) -> None:
    since = replace(OUTGOING, finished_since=later(-600_000))
    for sort in EventSort:
        for places in plans(large_queue_url, list_page(since, sort))[::2]:
            assert "outbox USING COVERING INDEX outbox_by_age (organization_id=? AND lane=?" in places


def test_the_number_of_a_work_item_leads_to_its_events(large_queue_url: str) -> None:
    wanted = replace(OUTGOING, work_item_id=7)
    found = plans(large_queue_url, lambda work: work.queue.list_events(wanted, EventOrder(), NOW, limit=50))
    assert not [plan for plan in found if SCAN.search(plan)]
    assert "twins_by_work_item" in found[0]
    assert "twins_by_remote_work_item" in found[0]


def test_counting_reads_no_rows(large_queue_url: str) -> None:
    for use in (
        lambda work: work.queue.count_events(OUTGOING),
        lambda work: work.queue.count_lanes("org"),
        lambda work: work.queue.count_lanes("org", connection_id="c1"),
    ):
        for plan in plans(large_queue_url, use):
            assert "USING COVERING INDEX" in plan
            assert not SCAN.search(plan)


def test_measuring_reads_no_rows_of_what_waits(large_queue_url: str) -> None:
    found = plans(large_queue_url, lambda work: work.queue_samples.measure(NOW))
    waiting, settled = found[2::2][0], found[3]
    assert "USING COVERING INDEX outbox_unfinished" in waiting
    assert "outbox_settled" in settled


def test_a_list_without_its_index_would_be_noticed(large_queue_url: str, tmp_path: Path) -> None:
    (plan,) = explain(
        large_queue_url, [("SELECT id FROM outbox WHERE body = ? ORDER BY kind", ("x",))], "EXPLAIN QUERY PLAN"
    )
    assert SCAN.search(plan[0][3])

"""With a large database, whatever runs often finds its rows by an index, on both databases."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event
from tests.contract.storage.databases import make_sqlite_template, postgresql_database
from tests.contract.storage.test_notifications_contract import make_subscriber
from tests.contract.storage.values import NOW, make_body, make_error_record
from tests.unit.adapters.storage.large_database import fill

from adnode.adapters.storage import open_storage
from adnode.adapters.storage.engine import make_engine
from adnode.domain.message import QueueStatus
from adnode.ports.storage import UnitOfWork

pytestmark = pytest.mark.xdist_group("large database")

LARGE = ("twins", "outbox", "inbox", "error_records", "traces")
SCAN = re.compile(rf"\bSCAN ({'|'.join(LARGE)})\b")
LATE = NOW + timedelta(days=30)
TWIN_IDS = [f"t{number}" for number in range(100_001, 100_101)]

SUBSCRIBER = make_subscriber()

Statement = tuple[str, Any]
"""SQL and its parameters."""


@pytest.fixture(scope="session")
def large_sqlite_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"sqlite:///{make_sqlite_template(tmp_path_factory.mktemp('large'))}"
    fill(url)
    return url


@pytest.fixture(scope="session")
def large_postgresql_url() -> Iterator[str]:
    with postgresql_database() as url:
        storage = open_storage(url)
        storage.upgrade()
        storage.close()
        fill(url)
        yield url


def finish_one(work: UnitOfWork) -> None:
    claims = work.twins.claim("c1", "worker", LATE, 60, 3)
    work.twins.record_intents(claims, {})
    for claim in claims:
        work.twins.finish(claim, claim.twin)


def tell(work: UnitOfWork) -> None:
    notices = work.notifications.notices
    notices.pending(SUBSCRIBER, quiet_since=NOW)
    notices.groups(SUBSCRIBER, quiet_since=NOW, limit=50, example_limit=3)
    notices.settle(SUBSCRIBER, NOW, quiet_since=NOW)
    notices.forget(NOW)


HOT: dict[str, Callable[[UnitOfWork], object]] = {
    "claim": lambda work: work.twins.claim("c1", "worker", LATE, 60, 200),
    "finish": finish_one,
    "connections_due": lambda work: work.twins.connections_due(LATE),
    "mark_dirty": lambda work: work.twins.mark_dirty(TWIN_IDS, NOW, must_read=True),
    "mark_revisions": lambda work: work.twins.mark_revisions("org", dict.fromkeys(range(100), 9), NOW),
    "find": lambda work: work.twins.find(TWIN_IDS),
    "find_by_work_item": lambda work: work.twins.find_by_work_item("org", range(100)),
    "list_page": lambda work: work.twins.list_page("c1", after="t110000", limit=50),
    "under_sync": lambda work: work.triggers.under_sync("c1", range(100)),
    "open_creates": lambda work: work.triggers.open_creates("org"),
    "count": lambda work: work.twins.count("c2"),
    "count_due": lambda work: work.twins.count_due("c2"),
    "traces": lambda work: work.traces.find("org", range(100)),
    "find_by_key": lambda work: work.traces.find_by_key("org", "org:77"),
    "sending_due": lambda work: work.connections.sending_due(LATE),
    "queue a state": lambda work: work.outbox.add("c1", "t100010", "state", make_body(), NOW),
    "next_batch": lambda work: work.outbox.next_batch("c1", 200, 1_000_000),
    "after": lambda work: work.outbox.after("c1", 20_000, 200, 1_000_000),
    "acknowledge": lambda work: work.outbox.acknowledge("c1", 15_000, NOW),
    "settle": lambda work: work.outbox.settle(["o100010"], QueueStatus.SENT, NOW),
    "pending": lambda work: work.inbox.pending(TWIN_IDS),
    "pending_of_kind": lambda work: work.inbox.pending_of_kind("c2", "content_requested"),
    "settle inbox": lambda work: work.inbox.settle(["m100010"], QueueStatus.SYNCHRONIZED, NOW, connection_id="c1"),
    "list_rows": lambda work: work.queue.list_rows(connection_id="c1"),
    "depth": lambda work: work.queue.depth("c2"),
    "open": lambda work: work.error_records.open(make_error_record(twin_id="t100010")),
    "close": lambda work: work.error_records.close(NOW, connection_id="c1", twin_id="t100010"),
    "close by code": lambda work: work.error_records.close(NOW, connection_id="c2", code="peer_unreachable"),
    "list_records": lambda work: work.error_records.list_records(),
    "list_records of a connection": lambda work: work.error_records.list_records(connection_id="c1"),
    "list_records of a twin": lambda work: work.error_records.list_records(connection_id="c1", twin_id="t100010"),
    "notice errors": lambda work: work.notifications.notices.notice(SUBSCRIBER, NOW, since=None),
    "notice new errors": lambda work: work.notifications.notices.notice(SUBSCRIBER, NOW, since=LATE),
    "skip errors": lambda work: work.notifications.notices.skip(SUBSCRIBER, NOW),
    "tell of errors": tell,
    "forget outbox": lambda work: work.outbox.forget_settled(NOW + timedelta(seconds=50)),
    "forget inbox": lambda work: work.inbox.forget_settled(NOW + timedelta(seconds=50)),
    "forget error records": lambda work: work.error_records.forget_closed(NOW + timedelta(seconds=50)),
}


def executed(url: str, use: Callable[[UnitOfWork], object]) -> list[Statement]:
    """The statements of one use, which is rolled back."""
    statements: list[Statement] = []

    def note(
        _connection: object, _cursor: object, statement: str, parameters: Any, _context: object, executemany: bool
    ) -> None:
        statements.append((statement, parameters[0] if executemany else parameters))

    storage = open_storage(url)
    event.listen(Engine, "before_cursor_execute", note)
    try:
        with storage.unit_of_work() as work:
            use(work)
    finally:
        event.remove(Engine, "before_cursor_execute", note)
        storage.close()
    return [one for one in statements if one[0].split()[0] in ("SELECT", "UPDATE", "DELETE", "INSERT")]


def explain(url: str, statements: list[Statement], prefix: str) -> list[list[Any]]:
    engine = make_engine(url)
    with engine.connect() as connection:
        plans = [
            list(connection.exec_driver_sql(f"{prefix} {statement}", parameters).all())
            for statement, parameters in statements
        ]
        connection.rollback()
    engine.dispose()
    return plans


@pytest.mark.parametrize("name", HOT)
def test_sqlite_finds_rows_by_an_index(large_sqlite_url: str, name: str) -> None:
    statements = executed(large_sqlite_url, HOT[name])
    assert statements
    for (statement, _), plan in zip(
        statements, explain(large_sqlite_url, statements, "EXPLAIN QUERY PLAN"), strict=True
    ):
        details = [step[3] for step in plan]
        assert not any(SCAN.search(detail) for detail in details), f"{statement}\n{details}"


@pytest.mark.parametrize(
    ("name", "index"),
    [
        ("claim", "twins_due"),
        ("finish", "twins_leased"),
        ("next_batch", "outbox_unsent"),
        ("after", "outbox_unsent"),
        ("acknowledge", "outbox_unsent"),
        ("sending_due", "outbox_unsent"),
        ("queue a state", "outbox_by_twin"),
        ("pending", "inbox_by_twin"),
        ("list_rows", "outbox_by_time"),
        ("list_records of a connection", "error_records_by_connection"),
        ("forget outbox", "outbox_settled"),
    ],
)
def test_sqlite_reads_no_more_than_it_needs(large_sqlite_url: str, name: str, index: str) -> None:
    statements = executed(large_sqlite_url, HOT[name])
    plans = explain(large_sqlite_url, statements, "EXPLAIN QUERY PLAN")
    details = " ".join(step[3] for plan in plans for step in plan)
    assert f"INDEX {index} " in details
    # A sort of everything would read all of it before the first row comes; what waits for a batch is little.
    assert name == "pending" or "TEMP B-TREE FOR ORDER BY" not in details


@pytest.mark.postgresql
@pytest.mark.parametrize("name", HOT)
def test_postgresql_finds_rows_by_an_index(large_postgresql_url: str, name: str) -> None:
    statements = executed(large_postgresql_url, HOT[name])
    assert statements
    for (statement, _), plan in zip(
        statements, explain(large_postgresql_url, statements, "EXPLAIN (FORMAT JSON)"), strict=True
    ):
        scanned = [node["Relation Name"] for node in nodes(plan[0][0][0]["Plan"]) if node["Node Type"] == "Seq Scan"]
        assert not set(scanned) & set(LARGE), f"{statement}\n{plan}"


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", []):
        yield from nodes(inner)


def test_a_scan_would_be_noticed(large_sqlite_url: str, tmp_path: Path) -> None:
    slow = ("SELECT count(*) FROM outbox WHERE body = ?", ("x",))
    (plan,) = explain(large_sqlite_url, [slow], "EXPLAIN QUERY PLAN")
    assert SCAN.search(plan[0][3])

"""Usage, held twins and the dashboard stay quick in a large database, and pairs made before them are counted."""

from collections.abc import Callable
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import text
from tests.contract.storage.databases import changing, postgresql_database
from tests.contract.storage.values import NOW, later, make_twin
from tests.unit.adapters.storage.test_query_plans import executed, explain, large_sqlite_url
from tests.unit.adapters.storage.test_statement_counts import counted

from adnode.adapters.storage import Storage, open_storage
from adnode.adapters.storage.engine import make_engine
from adnode.adapters.storage.storage import _alembic_config
from adnode.domain.license_plan import LicensePlan
from adnode.domain.tally import DayTally, Tally, TallyKind
from adnode.domain.usage import Usage
from adnode.ports.storage import UnitOfWork

__all__ = ["large_sqlite_url"]

pytestmark = pytest.mark.xdist_group("large database")

BATCH = 200
QUICK: dict[str, tuple[Callable[[UnitOfWork], object], str]] = {
    "the line": (lambda work: work.usage.list_held("org", limit=50), "twins_held"),
    "the line further on": (lambda work: work.usage.list_held("org", after=(NOW, "t1"), limit=50), "twins_held"),
    "how many wait": (lambda work: work.usage.count_held("org"), "twins_held"),
    "who comes next": (lambda work: work.usage.release("org", later(60), 50), "twins_held"),
    "usage": (lambda work: work.usage.list_page("org", limit=50), "usage_by_month"),
    "months": (lambda work: work.usage.by_month("org", "2026-01"), "usage_by_month"),
    "days": (lambda work: work.tallies.by_day("org", "2026-01-01"), "tallies"),
    "old tallies": (lambda work: work.tallies.forget("2026-01-01", 10), "tallies_by_day"),
    "claiming": (lambda work: work.twins.claim("c1", "worker", later(60), 60, 200), "twins_due (connection_id=?"),
}


@pytest.mark.parametrize("name", QUICK)
def test_lists_are_read_in_the_order_of_an_index(large_sqlite_url: str, name: str) -> None:
    use, index = QUICK[name]
    statements = executed(large_sqlite_url, use)
    details = [step[3] for plan in explain(large_sqlite_url, statements, "EXPLAIN QUERY PLAN") for step in plan]
    assert any(index in detail for detail in details), details
    assert not any("TEMP B-TREE FOR ORDER BY" in detail for detail in details), details


def test_claiming_passes_over_held_twins_by_the_index(large_sqlite_url: str) -> None:
    statements = executed(large_sqlite_url, lambda work: work.twins.claim("c1", "worker", later(60), 60, 200))
    details = [step[3] for plan in explain(large_sqlite_url, statements, "EXPLAIN QUERY PLAN") for step in plan]
    assert any("is_held=? AND is_dirty=? AND due_at<?" in detail for detail in details), details


def test_the_dashboard_reads_nothing_but_indexes_of_large_tables(large_sqlite_url: str) -> None:
    statements = executed(large_sqlite_url, lambda work: work.standing.read("org"))
    assert len(statements) == 5
    details = [step[3] for plan in explain(large_sqlite_url, statements, "EXPLAIN QUERY PLAN") for step in plan]
    large = [detail for detail in details if any(word in detail for word in ("twins", "outbox", "inbox"))]
    assert large
    assert all("INDEX" in detail for detail in large), large
    assert "SCAN twins" not in " ".join(large)
    assert any("COVERING INDEX twins_by_status" in detail for detail in large), large


def test_a_settled_batch_is_tallied_in_one_statement(storage: Storage) -> None:
    tallies = [Tally("org", "c1", "2026-01-05", 9, TallyKind.INCOMING, number % 14, 1) for number in range(BATCH)]
    with counted() as statements, changing(storage) as work:
        work.tallies.add(tallies)
    assert len([one for one in statements if "tallies" in one]) == 1


@pytest.mark.parametrize("plan", [LicensePlan(), LicensePlan("pairs:100", 100)])
def test_a_batch_of_new_pairs_is_counted_together(database_url: str, storage: Storage, plan: LicensePlan) -> None:
    limited = open_storage(database_url, plan)
    with counted() as statements, changing(limited) as work:
        for number in range(BATCH):
            work.twins.add(make_twin(f"t{number:03}", work_item_id=number + 1), due_at=NOW)
    limited.close()
    assert len([one for one in statements if "INSERT INTO twins" not in one]) <= 9
    with storage.unit_of_work() as work:
        assert work.usage.used("org", "2026-01") == (plan.pairs_per_month or BATCH)


# what was there before -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("database", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def test_pairs_made_before_usage_was_counted_are_counted_by_the_migration(database: str, tmp_path: Path) -> None:
    if database == "sqlite":
        check_migration(f"sqlite:///{tmp_path / 'old.db'}")
        return
    with postgresql_database() as url:
        check_migration(url)


def check_migration(url: str) -> None:
    migrate(url, "0008")
    engine = make_engine(url)
    moments = ("2025-12-31 23:30:00+00:00", "2026-01-05 09:00:00+00:00", "2026-01-05 09:59:59+00:00")
    with engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            moments = tuple(moment.removesuffix("+00:00") + ".000000" for moment in moments)  # type: ignore[assignment]
        for number, moment in enumerate(moments):
            connection.execute(text(OLD_TWIN), {"number": number, "id": f"t{number}", "moment": moment})
    engine.dispose()
    migrate(url, "0009")
    migrate(url, "head")
    storage = open_storage(url)
    with storage.unit_of_work() as work:
        assert work.usage.list_page("org", limit=9) == [
            Usage("gone", "2026-01", "", "", 2),
            Usage("gone", "2025-12", "", "", 1),
        ]
        assert work.tallies.by_day("org", "2025-01-01") == [
            DayTally("2025-12-31", TallyKind.PAIR, 0, 1),
            DayTally("2026-01-05", TallyKind.PAIR, 0, 2),
        ]
        assert not any(twin.is_held for twin in work.twins.find(["t0", "t1", "t2"]).values())
    storage.close()


OLD_TWIN = """
    INSERT INTO twins (id, connection_id, organization_id, status, created_at, work_item_id, project, remote_url, state,
                       local_forms, comment_count, lineage, is_dirty, must_read, dirty_sequence, attempts, fence)
    VALUES (:id, 'gone', 'org', 'pending', :moment, :number, 'Web Shop', '', '{}', '{}', 0, '[]', 1 = 0, 1 = 0, 0, 0, 0)
"""


def migrate(url: str, revision: str) -> None:
    config = _alembic_config()
    engine = make_engine(url)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    engine.dispose()

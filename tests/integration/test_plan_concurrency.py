"""Several threads make and let through pairs at once: never one more than the plan allows, on both databases."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import UTC, datetime

import pytest
from tests.contract.storage.databases import changing
from tests.contract.storage.fixtures import database_url, postgresql_url, sqlite_template
from tests.contract.storage.values import NOW, add_ground, make_twin

from adnode.adapters.storage import Storage, open_storage
from adnode.domain.license_plan import LicensePlan

__all__ = ["database_url", "postgresql_url", "sqlite_template"]

PLAN = LicensePlan("pairs:20", 20)
EACH = 15
NEXT_MONTH = datetime(2026, 2, 1, tzinfo=UTC)


@pytest.fixture
def storages(database_url: str) -> Iterator[list[Storage]]:
    """The same database opened twice, as two processes do, under one plan."""
    opened = [open_storage(database_url, PLAN) for _ in range(2)]
    with changing(opened[0]) as work:
        add_ground(work)
    yield opened
    for storage in opened:
        storage.close()


def make_pairs(storage: Storage, connection_id: str, first: int) -> int:
    """Make pairs one by one; return how many were held."""
    held = 0
    for number in range(first, first + EACH):
        with changing(storage) as work:
            twin = make_twin(f"{connection_id}-{number}", connection_id=connection_id, work_item_id=number)
            held += work.twins.add(twin, due_at=NOW).is_held
    return held


def release(storage: Storage) -> int:
    with changing(storage) as work:
        return sum(work.usage.release("org", NEXT_MONTH, 7).values())


def test_the_limit_holds_however_many_make_pairs_at_once(storages: list[Storage]) -> None:
    with ThreadPoolExecutor(4) as pool:
        made = [
            pool.submit(make_pairs, storages[number % 2], connection_id, number * 100)
            for number, connection_id in enumerate(("c1", "c2", "c1", "c2"))
        ]
        held = sum(one.result(90) for one in made)
    assert held == 4 * EACH - 20
    with storages[0].unit_of_work() as work:
        assert work.usage.used("org", "2026-01") == 20
        assert sum(work.usage.count_held("org").values()) == held


def test_who_makes_a_pair_waits_for_those_that_others_are_making(database_url: str, storages: list[Storage]) -> None:
    one = open_storage(database_url, LicensePlan("pairs:1", 1))
    with ThreadPoolExecutor(1) as pool:
        with one.unit_of_work() as work:
            first = work.twins.add(make_twin("first"), due_at=NOW)
            second = pool.submit(make_one, one)
            # Whoever did not wait would be done by now, and would have found room too.
            wait([second], timeout=0.5)
            work.commit()
        assert (first.is_held, second.result(90)) == (False, True)
    one.close()


def make_one(storage: Storage) -> bool:
    with changing(storage) as work:
        return work.twins.add(make_twin("second", connection_id="c2"), due_at=NOW).is_held


def test_the_limit_holds_however_many_let_through_at_once(storages: list[Storage]) -> None:
    held = sum(make_pairs(storages[0], connection_id, 0) for connection_id in ("c1", "c2"))
    assert held == 10
    held += sum(make_pairs(storages[0], connection_id, 100) for connection_id in ("c1", "c2"))
    with ThreadPoolExecutor(4) as pool:
        released = sum(one.result(90) for one in [pool.submit(release, storages[n % 2]) for n in range(8)])
    assert released == 20
    with storages[0].unit_of_work() as work:
        assert work.usage.by_month("org", "2026-01") == {"2026-01": 20, "2026-02": 20}
        assert sum(work.usage.count_held("org").values()) == held - 20

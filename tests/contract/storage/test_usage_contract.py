"""New pairs are counted where twins are made, and held where the license plan has no room for them."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.contract.storage.databases import AnyStorage, changing, empty, sqlite_storage
from tests.contract.storage.fixtures import POSTGRESQL
from tests.contract.storage.values import NOW, PEER, add_ground, later, make_connection, make_twin

from adnode.adapters.memory.storage import MemoryStorage
from adnode.adapters.storage import open_storage
from adnode.domain.connection import ConnectionStatus
from adnode.domain.connection_note import TwinFigures
from adnode.domain.errors import StateError
from adnode.domain.license_plan import UNLIMITED, LicensePlan
from adnode.domain.twin import TwinStatus
from adnode.domain.usage import HeldTwin, Usage

TWO = LicensePlan("pairs:2", 2)
THREE = LicensePlan("pairs:3", 3)
NEXT_MONTH = datetime(2026, 2, 1, tzinfo=UTC)
Planned = Callable[[LicensePlan], AnyStorage]


@pytest.fixture(params=["memory", "sqlite", POSTGRESQL])
def planned(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Planned]:
    """Opens the same database, with the usual ground, under another plan each time."""
    if request.param == "memory":
        memory = MemoryStorage()

        def with_plan(plan: LicensePlan) -> AnyStorage:
            memory.plan = plan
            return memory

        with changing(memory) as work:
            add_ground(work)
        yield with_plan
        return
    if request.param == "sqlite":
        with sqlite_storage(request.getfixturevalue("sqlite_template"), tmp_path) as (url, storage):
            yield from _openings(url, storage)
    else:
        url = request.getfixturevalue("postgresql_url")
        empty(url)
        yield from _openings(url, request.getfixturevalue("postgresql_storage"))


def _openings(url: str, storage: AnyStorage) -> Iterator[Planned]:
    with changing(storage) as work:
        add_ground(work)
    opened = []

    def with_plan(plan: LicensePlan) -> AnyStorage:
        opened.append(open_storage(url, plan))
        return opened[-1]

    yield with_plan
    for one in opened:
        one.close()


def add(storage: AnyStorage, *twin_ids: str, **changes: object) -> list[bool]:
    """Add twins one second apart, each in a unit of work of its own; say of each whether it is held."""
    held = []
    for number, twin_id in enumerate(twin_ids):
        with changing(storage) as work:
            changed = {"created_at": later(number), "work_item_id": int(twin_id.strip("txy")), **changes}
            held.append(work.twins.add(make_twin(twin_id, **changed), due_at=NOW).is_held)
    return held


# counting ------------------------------------------------------------------------------------------------------------


def test_pairs_are_counted_by_connection_and_month(storage: AnyStorage) -> None:
    with changing(storage) as work:
        work.twins.add(make_twin("t1"), due_at=NOW)
        work.twins.add(make_twin("t2"), due_at=None)
        work.twins.add(make_twin("x1", connection_id="c2", created_at=NEXT_MONTH), due_at=NOW)
        work.twins.add(make_twin("y1", connection_id="c3", organization_id="other"), due_at=NOW)
    with changing(storage) as work:
        work.twins.add(make_twin("t3"), due_at=NOW)
        assert work.usage.used("org", "2026-01") == 3
    with storage.unit_of_work() as work:
        assert work.usage.by_month("org", "2026-01") == {"2026-01": 3, "2026-02": 1}
        assert work.usage.by_month("org", "2026-02") == {"2026-02": 1}
        assert work.usage.list_page("org", limit=9) == [
            Usage("c2", "2026-02", "name of c2", PEER.organization_url, 1),
            Usage("c1", "2026-01", "name of c1", PEER.organization_url, 3),
        ]
        assert work.usage.count("org") == 2


def test_a_month_is_one_of_utc(storage: AnyStorage) -> None:
    tokyo = datetime(2026, 2, 1, 8, 0, tzinfo=UTC) - timedelta(hours=9)
    with changing(storage) as work:
        work.twins.add(make_twin("t1", created_at=tokyo), due_at=NOW)
    with storage.unit_of_work() as work:
        assert work.usage.by_month("org", "2026-01") == {"2026-01": 1}


def test_what_is_not_committed_or_not_added_is_not_counted(storage: AnyStorage) -> None:
    with storage.unit_of_work() as work:
        work.twins.add(make_twin("t1", work_item_id=1), due_at=NOW)
    add(storage, "t1")
    with changing(storage) as work, pytest.raises(StateError):
        work.twins.add(make_twin("t2", work_item_id=1), due_at=NOW)
    with storage.unit_of_work() as work:
        assert work.usage.used("org", "2026-01") == 1


def test_usage_goes_by_the_name_that_the_connection_has_now(storage: AnyStorage) -> None:
    add(storage, "t1")
    with changing(storage) as work:
        work.connections.save(replace(make_connection("c1"), name="renamed", status=ConnectionStatus.REMOVED))
    with storage.unit_of_work() as work:
        assert [usage.connection_name for usage in work.usage.list_page("org", limit=9)] == ["renamed"]


def test_usage_is_paged_from_the_newest_month_and_the_most_used_connection_on(storage: AnyStorage) -> None:
    add(storage, "t1", "t2")
    add(storage, "t3", connection_id="c2")
    add(storage, "t4", connection_id="c2", created_at=NEXT_MONTH)
    with storage.unit_of_work() as work:
        first = work.usage.list_page("org", limit=2)
        last = first[-1]
        rest = work.usage.list_page("org", after=(last.month, last.pairs, last.connection_id), limit=2)
    shown = [(usage.month, usage.connection_id, usage.pairs) for usage in first + rest]
    assert shown == [("2026-02", "c2", 1), ("2026-01", "c1", 2), ("2026-01", "c2", 1)]


def test_ending_a_pair_gives_nothing_back_and_pairing_again_counts_anew(storage: AnyStorage) -> None:
    add(storage, "t1")
    with changing(storage) as work:
        work.twins.save(replace(work.twins.get("t1"), status=TwinStatus.UNLINKED))
        work.twins.add(make_twin("t2", work_item_id=1), due_at=NOW)
    with storage.unit_of_work() as work:
        assert work.usage.used("org", "2026-01") == 2


# holding -------------------------------------------------------------------------------------------------------------


def test_without_a_limit_nothing_is_held(storage: AnyStorage) -> None:
    assert add(storage, "t1", "t2", "t3") == [False, False, False]


def test_pairs_beyond_the_limit_are_held_over_all_connections(planned: Planned) -> None:
    storage = planned(TWO)
    assert add(storage, "t1") == [False]
    assert add(storage, "x2", "x3", connection_id="c2") == [False, True]
    assert add(storage, "y9", connection_id="c3", organization_id="other") == [False]
    with storage.unit_of_work() as work:
        assert work.twins.get("x3").is_held
        assert work.usage.count_held("org") == {"c2": 1}
        assert work.usage.used("org", "2026-01") == 2
        assert work.usage.list_held("org", limit=9) == [HeldTwin("x3", "c2", later(1), 3, None, "")]


def test_many_pairs_of_one_unit_are_held_from_the_limit_on(planned: Planned) -> None:
    with changing(planned(TWO)) as work:
        added = [work.twins.add(make_twin(f"t{number}", work_item_id=number), due_at=NOW) for number in range(1, 5)]
        assert [twin.is_held for twin in added] == [False, False, True, True]
        assert work.usage.used("org", "2026-01") == 2


def test_many_pairs_added_together_are_held_from_the_limit_on(planned: Planned) -> None:
    storage = planned(TWO)
    with changing(storage) as work:
        twins = [make_twin(f"t{number}", work_item_id=number) for number in range(1, 5)]
        assert [twin.is_held for twin in work.twins.add_all(twins, due_at=NOW)] == [False, False, True, True]
    with storage.unit_of_work() as work:
        assert work.usage.used("org", "2026-01") == 2
        assert [twin.id for twin in work.usage.list_held("org", limit=9)] == ["t3", "t4"]


def test_a_held_twin_is_never_claimed_and_is_not_at_work(planned: Planned) -> None:
    storage = planned(TWO)
    add(storage, "t1", "t2", "t3")
    with changing(storage) as work:
        work.twins.mark_dirty(["t3"], NOW, must_read=True)
        work.twins.mark_revisions("org", {3: 7}, NOW)
        assert [claim.twin.id for claim in work.twins.claim("c1", "me", later(60), 60, 9)] == ["t1", "t2"]
        assert work.twins.count_due("c1") == 2
        assert work.notes.twin_figures(["t3"]) == {"t3": TwinFigures()}
        assert work.notes.figures(["c1"])["c1"].in_progress == 2
        assert work.twins.claim("c1", "me", later(60), 60, 9) == []
    with changing(storage) as work:
        add_only_held = [claim.twin.id for claim in work.twins.claim("c1", "me", later(600), 60, 9)]
        assert add_only_held == ["t1", "t2"]


def test_a_connection_with_held_twins_alone_is_not_due(planned: Planned) -> None:
    storage = planned(TWO)
    add(storage, "t1", "t2", connection_id="c2")
    add(storage, "t3")
    with storage.unit_of_work() as work:
        assert work.twins.connections_due(later(60)) == ["c2"]


def test_held_twins_are_paged_in_the_order_of_their_creation(planned: Planned) -> None:
    storage = planned(TWO)
    add(storage, "t1", "t2", "t6", "t5", "t4")
    with storage.unit_of_work() as work:
        first = work.usage.list_held("org", limit=2)
        rest = work.usage.list_held("org", after=(first[-1].created_at, first[-1].id), limit=2)
    assert [twin.id for twin in first + rest] == ["t6", "t5", "t4"]


# letting through -----------------------------------------------------------------------------------------------------


def test_nothing_is_released_while_the_month_is_full(planned: Planned) -> None:
    storage = planned(TWO)
    add(storage, "t1", "t2", "t3")
    with changing(storage) as work:
        assert work.usage.release("org", later(60), 9) == {}
        assert work.usage.count_held("org") == {"c1": 1}


def test_when_the_month_turns_the_oldest_are_released_as_far_as_there_is_room(planned: Planned) -> None:
    storage = planned(TWO)
    add(storage, "t1", "t2", "t6", "t5")
    add(storage, "x7", connection_id="c2", created_at=later(9))
    with changing(storage) as work:
        assert work.usage.release("org", NEXT_MONTH, 9) == {"c1": 2}
        assert work.usage.release("org", NEXT_MONTH, 9) == {}
    with changing(storage) as work:
        assert work.usage.by_month("org", "2026-01") == {"2026-01": 2, "2026-02": 2}
        assert [twin.id for twin in work.usage.list_held("org", limit=9)] == ["x7"]
        claimed = {claim.twin.id for claim in work.twins.claim("c1", "me", NEXT_MONTH, 60, 9)}
        assert claimed == {"t1", "t2", "t5", "t6"}
        assert not any(twin.is_held for twin in work.twins.find(["t5", "t6"]).values())


def test_a_new_pair_does_not_pass_those_that_wait(planned: Planned) -> None:
    storage = planned(TWO)
    add(storage, "t1", "t2", "t3")
    assert add(storage, "t4", created_at=NEXT_MONTH) == [True]
    with changing(storage) as work:
        work.usage.release("org", NEXT_MONTH, 9)
    assert add(storage, "t5", created_at=NEXT_MONTH) == [True]


def test_a_higher_limit_releases_and_no_limit_releases_all_piece_by_piece(planned: Planned) -> None:
    add(planned(TWO), "t1", "t2", "t3", "t4", "t5", "t6")
    with changing(planned(THREE)) as work:
        assert work.usage.release("org", later(60), 9) == {"c1": 1}
    with changing(planned(UNLIMITED)) as work:
        assert work.usage.release("org", later(60), 2) == {"c1": 2}
        assert work.usage.release("org", later(60), 2) == {"c1": 1}
        assert work.usage.count_held("org") == {}
        assert work.usage.used("org", "2026-01") == 6


def test_an_unlinked_twin_waits_for_nothing(planned: Planned) -> None:
    storage = planned(TWO)
    add(storage, "t1", "t2", "t3")
    with changing(storage) as work:
        work.twins.save(replace(work.twins.get("t3"), status=TwinStatus.UNLINKED))
        assert work.usage.count_held("org") == {}
        assert work.usage.list_held("org", limit=9) == []
        assert work.usage.release("org", NEXT_MONTH, 9) == {}
    assert add(storage, "t4", created_at=NEXT_MONTH) == [False]

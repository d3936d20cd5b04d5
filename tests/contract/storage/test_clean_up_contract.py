"""Counting and forgetting what is known about twins, on every storage."""

from dataclasses import replace

import pytest
from tests.contract.storage.databases import AnyStorage, changing
from tests.contract.storage.values import (
    NOW,
    later,
    make_conflict,
    make_content,
    make_error_record,
    make_message,
    make_trace,
    make_twin,
)

from adnode.adapters.memory.storage.clean_up import ABOUT_TWINS
from adnode.adapters.storage.clean_up import KEPT_TABLES
from adnode.adapters.storage.rows import Row
from adnode.domain.clean_up import Pair, SyncMetadata
from adnode.domain.connecting import KeptContent, Terms
from adnode.domain.errors import LeaseLostError
from adnode.domain.message import MessageKind, QueueStatus
from adnode.domain.twin import TwinStatus
from adnode.ports.storage import UnitOfWork


def furnish(work: UnitOfWork, twin_id: str = "t1", number: int = 42, connection_id: str = "c1") -> None:
    """A twin with two messages, an error, a conflict, a trace and an upload."""
    twin = make_twin(twin_id, work_item_id=number, remote_work_item_id=number + 1000, connection_id=connection_id)
    work.twins.add(twin, due_at=NOW)
    message = make_message()
    work.outbox.add(connection_id, twin_id, MessageKind.STATE, message.body, NOW)  # type: ignore[arg-type]
    sequence = sum(map(ord, twin_id))
    work.inbox.add(connection_id, replace(make_message(sequence), twin_id=twin_id), QueueStatus.APPLYING, NOW)
    work.error_records.open(make_error_record(f"e-{twin_id}", twin_id=twin_id, connection_id=connection_id))
    work.error_records.add_conflict(make_conflict(f"k-{twin_id}", twin_id=twin_id, connection_id=connection_id))
    work.traces.save([make_trace(f"org:{number}", work_item_id=number)])
    work.traces.add_content(make_content(f"org:{number}", connection_id=connection_id))


ONE = SyncMetadata(twins=1, outgoing=1, incoming=1, errors=1, conflicts=1, traces=1)


def test_terms_come_back_as_they_were(storage: AnyStorage) -> None:
    terms = Terms(43, KeptContent.REMOTE, comments=True, attachments=False)
    with changing(storage) as work:
        work.twins.add(make_twin(work_item_id=1, terms=terms), due_at=None)
    with storage.unit_of_work() as work:
        assert work.twins.get("t1").terms == terms


def test_what_is_known_about_twins_is_counted(storage: AnyStorage) -> None:
    with changing(storage) as work:
        furnish(work, "t1", 42)
        furnish(work, "t2", 43)
        furnish(work, "x1", 44, "c2")
        work.error_records.open(make_error_record("line", twin_id="", code="peer_unreachable"))
    with storage.unit_of_work() as work:
        assert work.clean_up.count("c1") == ONE + ONE
        assert work.clean_up.count("c1", ["t1", "x1", "nowhere"]) == ONE
        assert work.clean_up.count("c1", []) == SyncMetadata()


def test_traces_that_another_connection_needs_are_not_counted_and_stay(storage: AnyStorage) -> None:
    with changing(storage) as work:
        furnish(work, "t1", 42)
        work.twins.add(make_twin("x1", work_item_id=42, connection_id="c2"), due_at=None)
    with changing(storage) as work:
        assert work.clean_up.count("c1") == replace(ONE, traces=0)
        assert work.clean_up.forget("c1", ["t1"], NOW) == 1
        assert set(work.traces.find("org", [42])) == {42}
        assert set(work.traces.contents("c1", ["org:42"])) == {"org:42"}
        assert work.clean_up.forget("c2", ["x1"], NOW) == 1
        assert work.traces.find("org", [42]) == {}


def test_everything_about_a_forgotten_twin_goes_and_nothing_else(storage: AnyStorage) -> None:
    with changing(storage) as work:
        furnish(work, "t1", 42)
        furnish(work, "t2", 43)
    with changing(storage) as work:
        assert work.clean_up.forget("c1", ["t1", "nowhere"], later(1)) == 1
    with storage.unit_of_work() as work:
        assert set(work.twins.find(["t1", "t2"])) == {"t2"}
        assert work.clean_up.count("c1") == ONE
        assert [record.twin_id for record in work.error_records.list_records(include_closed=True)] == ["t2"]
        assert [record.twin_id for record in work.error_records.list_conflicts()] == ["t2"]
        assert set(work.traces.find("org", [42, 43])) == {43}
        assert set(work.traces.contents("c1", ["org:42", "org:43"])) == {"org:43"}
        assert work.inbox.pending(["t1"]) == {}


def test_messages_of_a_forgotten_twin_are_cancelled_and_still_known(storage: AnyStorage) -> None:
    with changing(storage) as work:
        furnish(work)
        assert work.outbox.next_batch("c1", 10, 10_000)
    with changing(storage) as work:
        work.clean_up.forget("c1", ["t1"], NOW)
        assert work.outbox.next_batch("c1", 10, 10_000) == []
        again = replace(make_message(sum(map(ord, "t1"))), twin_id="t1")
        assert work.inbox.add("c1", again, QueueStatus.APPLYING, NOW) is False


def test_only_twins_of_the_connection_are_forgotten(storage: AnyStorage) -> None:
    with changing(storage) as work:
        furnish(work, "t1", 42)
        assert work.clean_up.forget("c2", ["t1"], NOW) == 0
    with storage.unit_of_work() as work:
        assert work.clean_up.count("c1") == ONE


def test_who_holds_a_lease_on_a_forgotten_twin_has_lost_it(storage: AnyStorage) -> None:
    with changing(storage) as work:
        work.twins.add(make_twin(work_item_id=42), due_at=NOW)
    with changing(storage) as work:
        (claim,) = work.twins.claim("c1", "worker", NOW, 60.0, 10)
    with changing(storage) as work:
        work.clean_up.forget("c1", ["t1"], NOW)
    with changing(storage) as work:
        assert work.twins.extend([claim], NOW, 60.0) == {"t1"}
        with pytest.raises(LeaseLostError):
            work.twins.finish(claim, claim.twin)
    with storage.unit_of_work() as work:
        assert work.twins.find(["t1"]) == {}


def test_ids_are_remembered_for_a_while_unless_it_was_not_for_good(storage: AnyStorage) -> None:
    with changing(storage) as work:
        furnish(work, "t1", 42)
        furnish(work, "t2", 43)
        work.clean_up.forget("c1", ["t1", "never", "t1"], NOW)
        work.clean_up.forget("c1", ["t2"], NOW, for_good=False)
    with changing(storage) as work:
        assert work.clean_up.forgotten("c1", ["t1", "t2", "never", "other"]) == {"t1", "never"}
        assert work.clean_up.forgotten("c2", ["t1"]) == set()
        work.clean_up.forget("c1", ["t1"], later(10))
        assert work.clean_up.expire(later(5)) == 1
        assert work.clean_up.forgotten("c1", ["t1", "never"]) == {"t1"}
        assert work.clean_up.expire(later(20), limit=1) == 1
        assert work.clean_up.forgotten("c1", ["t1"]) == set()


def test_pairs_are_listed_in_pages(storage: AnyStorage) -> None:
    with changing(storage) as work:
        for number in range(1, 6):
            work.twins.add(make_twin(f"t{number}", work_item_id=number, remote_work_item_id=number * 10), due_at=None)
        work.twins.save(replace(work.twins.get("t2"), status=TwinStatus.UNLINKED))
        work.twins.add(make_twin("x", work_item_id=1, connection_id="c2"), due_at=None)
    with storage.unit_of_work() as work:
        first = work.clean_up.list_pairs("c1", limit=2)
        assert first == [Pair("t1", "c1", 1, 10), Pair("t2", "c1", 2, 20, is_unlinked=True)]
        rest = work.clean_up.list_pairs("c1", after="t2", limit=9)
        assert [pair.twin_id for pair in rest] == ["t3", "t4", "t5"]


def test_a_pair_that_was_not_taken_up_yet_names_the_partner_that_is_meant(storage: AnyStorage) -> None:
    with changing(storage) as work:
        work.twins.add(make_twin("t1", work_item_id=1, terms=Terms(77)), due_at=None)
    with storage.unit_of_work() as work:
        assert work.clean_up.find_pairs(["t1", "nowhere"]) == {"t1": Pair("t1", "c1", 1, 77)}


def test_pairs_are_found_by_the_other_sides_work_item(storage: AnyStorage) -> None:
    with changing(storage) as work:
        work.twins.add(make_twin("t1", work_item_id=1, remote_work_item_id=10), due_at=None)
        work.twins.add(make_twin("t2", work_item_id=2, remote_work_item_id=20), due_at=None)
        work.twins.save(replace(work.twins.get("t2"), status=TwinStatus.UNLINKED))
        work.twins.add(make_twin("x", work_item_id=1, remote_work_item_id=10, connection_id="c2"), due_at=None)
    with storage.unit_of_work() as work:
        assert work.clean_up.find_by_remote("c1", [10, 20, 30]) == [Pair("t1", "c1", 1, 10)]
        assert work.clean_up.find_by_remote("c3", [10]) == []


def test_many_twins_are_forgotten_at_once(storage: AnyStorage) -> None:
    ids = [f"t{number}" for number in range(1, 1103)]
    with changing(storage) as work:
        for number, twin_id in enumerate(ids, start=1):
            work.twins.add(make_twin(twin_id, work_item_id=number), due_at=None)
    with changing(storage) as work:
        assert work.clean_up.forget("c1", ids, NOW) == len(ids)
        assert work.clean_up.count("c1") == SyncMetadata()
        assert len(work.clean_up.forgotten("c1", ids)) == len(ids)


def test_every_table_that_speaks_of_twins_is_cleaned_up_in_memory_too() -> None:
    tables = {name for name, table in Row.metadata.tables.items() if "twin_id" in table.columns}
    assert tables - KEPT_TABLES == set(ABOUT_TWINS)

"""Lists of twins, the history of their changes and decisions on conflicts, on every storage."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from tests.contract.storage.databases import AnyStorage, changing
from tests.contract.storage.values import (
    NOW,
    later,
    make_conflict,
    make_error_record,
    make_message,
    make_register,
    make_trace,
    make_twin,
)

from adnode.domain.error_record import ConflictStatus
from adnode.domain.errors import NotFoundError
from adnode.domain.message import ContentBody, MessageKind, QueueStatus
from adnode.domain.sync_state import SyncState
from adnode.domain.synced_change import ChangedThing, ChangedValue, Direction, SyncedChange
from adnode.domain.trace import TraceKind
from adnode.domain.twin import Twin, TwinStatus
from adnode.domain.twin_list import TwinFilter, TwinSearch, TwinSort
from adnode.ports.storage import UnitOfWork

EVERYTHING = TwinFilter("org")


def make_titled(twin_id: str, title: str, **changes: Any) -> Twin:
    return make_twin(twin_id, state=SyncState({"summary": make_register(title)}), **changes)


def add_several(work: UnitOfWork) -> None:
    """Five twins in sync and one that is not any more; the ids say nothing about any order but their own."""
    synchronized = TwinStatus.SYNCHRONIZED
    twins = [
        make_titled("t3", "Überholspur", work_item_id=30, status=synchronized, synchronized_at=later(1)),
        make_titled("t1", "beta", work_item_id=10, status=TwinStatus.FAILED, synchronized_at=later(3)),
        make_titled("t5", "alpha 100%", work_item_id=7, connection_id="c2", status=synchronized, project="Archive"),
        make_twin("t2", created_at=later(9)),
        make_titled("t4", "Beta", work_item_id=40, status=synchronized, synchronized_at=later(3), created_at=later(5)),
        make_titled("t6", "gone", work_item_id=60, status=TwinStatus.UNLINKED, synchronized_at=later(8)),
        make_titled("t7", "foreign", work_item_id=10, organization_id="other", connection_id="c3"),
    ]
    for number, twin in enumerate(twins):
        work.twins.add(twin, due_at=None)
        work.twins.save(twin if twin.work_item_id is None else remote(twin, 900 + number))


def remote(twin: Twin, number: int) -> Twin:
    return replace(
        twin, remote_work_item_id=number, remote_url=f"https://dev.azure.com/contoso/_workitems/edit/{number}"
    )


@pytest.fixture
def work(storage: AnyStorage) -> Iterator[UnitOfWork]:
    """A unit of work that sees several twins."""
    with changing(storage) as work:
        add_several(work)
    with storage.unit_of_work() as work:
        yield work


def ids(work: UnitOfWork, wanted: TwinFilter = EVERYTHING, sort: TwinSort = TwinSort.CREATED_AT) -> list[str]:
    return [each.id for each in work.twin_list.list_page(wanted, sort, is_descending=False, after=None, limit=50)]


def test_an_entry_says_what_the_twin_is(work: UnitOfWork) -> None:
    [entry] = work.twin_list.list_page(
        TwinFilter("org", search=TwinSearch(work_item_id=30)), TwinSort.TITLE, is_descending=False, after=None, limit=9
    )
    assert (entry.id, entry.connection_id, entry.title, entry.project) == ("t3", "c1", "Überholspur", "Web Shop")
    assert (entry.status, entry.work_item_id) == (TwinStatus.SYNCHRONIZED, 30)
    assert (entry.remote_work_item_id, entry.remote_url[-4:]) == (900, "/900")
    assert (entry.created_at, entry.synchronized_at) == (NOW, later(1))


ORDERS = {
    TwinSort.SYNCHRONIZED_AT: ["t3", "t1", "t4", "t2", "t5"],
    TwinSort.CREATED_AT: ["t1", "t3", "t5", "t4", "t2"],
    TwinSort.WORK_ITEM_ID: ["t5", "t1", "t3", "t4", "t2"],
    TwinSort.STATUS: ["t1", "t2", "t3", "t4", "t5"],
    TwinSort.CONNECTION: ["t5", "t1", "t2", "t3", "t4"],
}


@pytest.mark.parametrize("is_descending", [False, True])
@pytest.mark.parametrize("sort", ORDERS)
def test_every_order_is_walked_page_by_page(work: UnitOfWork, sort: TwinSort, is_descending: bool) -> None:
    """What is not there yet counts as the latest, on every database."""
    wanted = TwinFilter("org", connection_ids=("c2", "c1"))
    walked: list[str] = []
    after = None
    while page := work.twin_list.list_page(wanted, sort, is_descending=is_descending, after=after, limit=2):
        walked += [entry.id for entry in page]
        after = page[-1].key(sort)
    assert walked == (ORDERS[sort][::-1] if is_descending else ORDERS[sort])


def test_titles_are_sorted_whatever_their_case(work: UnitOfWork) -> None:
    assert ids(work, sort=TwinSort.TITLE)[:4] == ["t2", "t5", "t1", "t4"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"connection_ids": ("c2",)}, ["t5"]),
        ({"connection_ids": ("c1", "c2"), "statuses": frozenset({TwinStatus.FAILED})}, ["t1"]),
        ({"statuses": frozenset({TwinStatus.UNLINKED, TwinStatus.PENDING})}, ["t6", "t2"]),
        ({"project": "Archive"}, ["t5"]),
        ({"project": "archive"}, []),
        ({"synchronized_after": later(3)}, ["t1", "t4"]),
        ({"synchronized_before": later(3)}, ["t3"]),
        ({"synchronized_after": later(1), "synchronized_before": later(3)}, ["t3"]),
        ({"search": TwinSearch(title_part="BETA")}, ["t1", "t4"]),
        ({"search": TwinSearch(title_part="überhol")}, ["t3"]),
        ({"search": TwinSearch(title_part="0%")}, ["t5"]),
        ({"search": TwinSearch(title_part="%a")}, []),
        ({"search": TwinSearch(work_item_id=10)}, ["t1"]),
        ({"search": TwinSearch(remote_work_item_id=902)}, ["t5"]),
        ({"search": TwinSearch(work_item_id=10, remote_work_item_id=900, title_part="alpha")}, ["t1", "t3", "t5"]),
        ({"search": TwinSearch(work_item_id=60)}, []),
        ({"search": TwinSearch()}, []),
    ],
)
def test_a_list_is_narrowed_down(work: UnitOfWork, changes: dict[str, Any], expected: list[str]) -> None:
    wanted = TwinFilter("org", **changes)
    assert ids(work, wanted) == expected
    assert work.twin_list.count(wanted) == len(expected)


def test_another_organization_has_its_own(work: UnitOfWork) -> None:
    assert ids(work, TwinFilter("other")) == ["t7"]
    assert work.twin_list.count(EVERYTHING) == 5


def test_twins_with_and_without_open_errors(storage: AnyStorage) -> None:
    with changing(storage) as work:
        add_several(work)
        work.error_records.open(make_error_record("e1", twin_id="t1"))
        work.error_records.open(make_error_record("e2", twin_id="t1", subject="file"))
        work.error_records.open(make_error_record("e3", twin_id="t3"))
        work.error_records.close(later(1), twin_id="t3")
        assert ids(work, TwinFilter("org", has_error=True)) == ["t1"]
        assert ids(work, TwinFilter("org", has_error=False)) == ["t3", "t5", "t4", "t2"]


def test_twins_with_and_without_undecided_conflicts(storage: AnyStorage) -> None:
    with changing(storage) as work:
        add_several(work)
        for conflict_id, twin_id in (("k1", "t1"), ("k2", "t1"), ("k3", "t3"), ("k4", "t4"), ("k5", "t5")):
            work.error_records.add_conflict(make_conflict(conflict_id, twin_id=twin_id))
        work.conflicts.settle(["k3"], ConflictStatus.DISMISSED, later(1), resolved_by="Ada")
        work.conflicts.settle(["k4"], ConflictStatus.WANTED, later(1), resolved_by="Ada")
        work.conflicts.settle(["k5"], ConflictStatus.RESTORED, later(1))
        assert ids(work, TwinFilter("org", has_conflict=True)) == ["t1", "t4"]
        assert ids(work, TwinFilter("org", has_conflict=False)) == ["t3", "t5", "t2"]
        assert work.conflicts.count_undecided(["t1", "t3", "t4"]) == {"t1": 2, "t4": 1}


def test_what_is_decided_about_a_conflict_stays_decided(storage: AnyStorage) -> None:
    with changing(storage) as work:
        work.error_records.add_conflict(make_conflict("k1", happened_at=later(1)))
        work.error_records.add_conflict(make_conflict("k2"))
        work.error_records.add_conflict(make_conflict("k3", twin_id="t2"))
        work.conflicts.settle(["k1"], ConflictStatus.WANTED, later(2), resolved_by="Ada")
    with changing(storage) as work:
        found = work.conflicts.find_undecided(["t1", "t3"])
        assert {twin_id: [record.id for record in records] for twin_id, records in found.items()} == {
            "t1": ["k2", "k1"]
        }
        work.conflicts.settle(["k1", "nowhere"], ConflictStatus.RESTORED, later(3))
        work.conflicts.settle(["k1"], ConflictStatus.DISMISSED, later(4), resolved_by="Bob")
        expected = make_conflict(
            "k1", happened_at=later(1), status=ConflictStatus.RESTORED, resolved_at=later(3), resolved_by="Ada"
        )
        assert work.conflicts.get("k1") == expected
        assert work.conflicts.list_of("t1") == [expected, make_conflict("k2")]
        with pytest.raises(NotFoundError, match="nowhere"):
            work.conflicts.get("nowhere")


def test_old_decisions_are_forgotten_and_what_is_wanted_is_not(storage: AnyStorage) -> None:
    with changing(storage) as work:
        for number in range(4):
            work.error_records.add_conflict(make_conflict(f"k{number}"))
        work.conflicts.settle(["k0", "k1"], ConflictStatus.DISMISSED, later(5), resolved_by="Ada")
        work.conflicts.settle(["k2"], ConflictStatus.WANTED, later(5), resolved_by="Ada")
        assert work.conflicts.forget_decided(later(5)) == 0
        assert [work.conflicts.forget_decided(later(6), limit=1) for _ in range(3)] == [1, 1, 0]
        assert [record.id for record in work.conflicts.list_of("t1")] == ["k2", "k3"]


def make_change(change_id: str, at: datetime = NOW, twin_id: str = "t1", **changes: Any) -> SyncedChange:
    values = (
        ChangedValue(ChangedThing.SUMMARY, "Grüße"),
        ChangedValue(ChangedThing.COMMENT, "Hello", "Ada", is_deleted=True),
    )
    known: dict[str, Any] = {"work_item_id": 42, "direction": Direction.INCOMING, "values": values, "more": 3}
    return SyncedChange(change_id, "org", "c1", twin_id, at=at, **(known | changes))


def test_what_changed_lately_is_read_for_many_twins_at_once(storage: AnyStorage) -> None:
    value = ChangedValue(ChangedThing.DESCRIPTION, "Same words", digest="0123456789abcdef")
    recent = [make_change("b", later(1)), make_change("c", later(2), values=(value,)), make_change("x", later(1), "t2")]
    with changing(storage) as work:
        work.synced_changes.add([make_change("a"), *recent, make_change("y", later(1), "t3")])
    with storage.unit_of_work() as work:
        found = work.synced_changes.since(["t1", "t2", "t4"], NOW)
    assert {twin_id: sorted(change.id for change in changes) for twin_id, changes in found.items()} == {
        "t1": ["b", "c"],
        "t2": ["x"],
    }
    [kept] = [change for change in found["t1"] if change.id == "c"]
    assert [each.digest for each in kept.values] == ["0123456789abcdef"]


def test_the_history_of_a_twin_is_walked_page_by_page(storage: AnyStorage) -> None:
    changes = [make_change("a"), make_change("c", later(1)), make_change("b", later(1), work_item_id=None, values=())]
    with changing(storage) as work:
        work.synced_changes.add([*changes, make_change("x", later(9), "t2")])
        work.synced_changes.add([])
    with storage.unit_of_work() as work:
        first = work.synced_changes.list_page("t1", after=None, limit=2)
        assert first == [changes[1], changes[2]]
        assert work.synced_changes.list_page("t1", after=(later(1), "b"), limit=2) == [changes[0]]
        assert work.synced_changes.count("t1") == 3


def test_the_last_change_of_twins_and_of_each_way(storage: AnyStorage) -> None:
    with changing(storage) as work:
        for twin_id in ("t1", "t2", "t3"):
            work.twins.add(make_twin(twin_id), due_at=None)
        outgoing = Direction.OUTGOING
        work.synced_changes.add(
            [
                make_change("a", later(5)),
                make_change("b", later(7), direction=outgoing),
                make_change("c", later(6), direction=outgoing),
                make_change("d", later(1), "t2"),
            ]
        )
        assert work.synced_changes.newest(["t1", "t2", "t3"]) == {
            "t1": (outgoing, later(7)),
            "t2": (Direction.INCOMING, later(1)),
        }
        assert work.synced_changes.last_times("t1") == {Direction.INCOMING: later(5), outgoing: later(7)}
        assert work.synced_changes.last_times("t3") == {}


def test_old_changes_are_forgotten(storage: AnyStorage) -> None:
    with changing(storage) as work:
        work.synced_changes.add([make_change(str(number), later(number)) for number in range(5)])
        assert [work.synced_changes.forget(later(3), limit=2) for _ in range(3)] == [2, 1, 0]
        assert [change.id for change in work.synced_changes.list_page("t1", after=None, limit=9)] == ["4", "3"]


def test_traces_are_walked_page_by_page(storage: AnyStorage) -> None:
    comments = [make_trace(f"org:{number}") for number in (2, 1)]
    file = make_trace("org:a", kind=TraceKind.IMAGE, value=None)
    with changing(storage) as work:
        work.traces.save([*comments, file, make_trace("org:9", work_item_id=43)])
        first = work.twin_list.list_traces("org", 42, after=None, limit=2)
        assert [trace.key for trace in first] == ["org:1", "org:2"]
        assert work.twin_list.list_traces("org", 42, after=("comment", "org:2"), limit=2) == [file]
        assert work.twin_list.count_traces("org", 42) == 3


def test_the_newest_state_of_the_peer(storage: AnyStorage) -> None:
    with changing(storage) as work:
        work.inbox.add("c1", make_message(1), QueueStatus.APPLYING, NOW)
        work.inbox.add("c1", make_message(2), QueueStatus.SYNCHRONIZED, later(1))
        work.inbox.add("c1", make_message(3, twin_id="t2"), QueueStatus.APPLYING, later(2))
        work.inbox.add("c2", make_message(4), QueueStatus.APPLYING, later(3))
        found = work.twin_list.last_received("c1", "t1")
        assert found is not None
        assert (found.message.id, found.received_at) == ("m2", later(1))
        assert work.twin_list.last_received("c1", "t9") is None


def test_messages_about_files_that_wait_are_counted(storage: AnyStorage) -> None:
    with changing(storage) as work:
        for twin_id, kind in (("t1", MessageKind.CONTENT_REQUESTED), ("t1", MessageKind.CONTENT_SENT)):
            work.outbox.add("c1", twin_id, kind, ContentBody(("peer:a",)), NOW)
        sent = work.outbox.add("c1", "t1", MessageKind.CONTENT_REQUESTED, ContentBody(("peer:b",)), NOW)
        work.outbox.settle([sent], QueueStatus.SENT, NOW, connection_id="c1")
        work.outbox.add("c1", "t2", MessageKind.CONTENT_REQUESTED, ContentBody(("peer:a",)), NOW)
        request = make_message(1, kind="content_requested", body=ContentBody(("org:a",)))
        work.inbox.add("c1", request, QueueStatus.APPLYING, NOW)
        assert work.twin_list.count_files("c1", "t1") == 3

"""Lists of error records, and what people do to many of them at once, on every storage."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from tests.contract.storage.databases import AnyStorage, changing
from tests.contract.storage.values import later, make_error_record

from adnode.domain.error_record import SEVERITY, ErrorStatus, Impact, Resolution
from adnode.ports.error_storage import ErrorFilter, ErrorKey, ErrorSort
from adnode.ports.storage import UnitOfWork

OPEN = ErrorFilter("org")
HISTORY = ErrorFilter("org", ErrorStatus.CLOSED)
RECORDS = (
    make_error_record("e1", opened_at=later(1), message="Work item 1 was refused."),
    make_error_record("e2", opened_at=later(2), twin_id="t2", work_item_id=2, message="Work item 2 was refused."),
    make_error_record("e3", opened_at=later(3), twin_id="t3", work_item_id=3, message="Work item 3 was refused: 100%."),
    make_error_record("e4", opened_at=later(4), twin_id="", code="peer_unreachable", impact=Impact.CONNECTION),
    make_error_record("e5", opened_at=later(5), connection_id="c2", is_remote=True, work_item_id=5),
    make_error_record("e6", opened_at=later(6), connection_id="", twin_id="", impact=Impact.NODE, work_item_id=None),
    make_error_record("e7", opened_at=later(7), organization_id="other", connection_id="c3"),
    make_error_record("e8", opened_at=later(8), twin_id="t8", impact=Impact.WARNING, code="file_lost", subject="f"),
)


@pytest.fixture
def filled(storage: AnyStorage) -> AnyStorage:
    with changing(storage) as work:
        for record in RECORDS:
            work.error_records.open(record)
        for _ in range(3):
            work.error_records.open(RECORDS[1])
    return storage


def ids(work: UnitOfWork, wanted: ErrorFilter, sort: ErrorSort = ErrorSort.TIME, **changes: Any) -> list[str]:
    order = {"is_descending": True, "after": None, "limit": 50, **changes}
    return [record.id for record in work.error_records.list_page(wanted, sort=sort, **order)]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ["e8", "e6", "e5", "e4", "e3", "e2", "e1"]),
        ({"impact": Impact.CONNECTION}, ["e4"]),
        ({"connection_id": "c1"}, ["e8", "e4", "e3", "e2", "e1"]),
        ({"code": "file_lost"}, ["e8"]),
        ({"is_remote": True}, ["e5"]),
        ({"is_remote": False, "connection_id": "c2"}, []),
        ({"work_item_id": 2}, ["e2"]),
        ({"text": "ITEM 3 WAS"}, ["e3"]),
        ({"text": "unreach"}, ["e4"]),
        ({"text": "100%"}, ["e3"]),
        ({"text": "1_0%"}, []),
        ({"cause_key": RECORDS[0].cause_key}, ["e2", "e1"]),
        ({"organization_id": "other"}, ["e7"]),
        ({"status": ErrorStatus.CLOSED}, []),
    ],
)
def test_filters_pick_records(filled: AnyStorage, changes: dict[str, Any], expected: list[str]) -> None:
    with filled.unit_of_work() as work:
        wanted = replace(OPEN, **changes)
        assert ids(work, wanted) == expected
        assert work.error_records.count(wanted) == len(expected)


@pytest.mark.parametrize(
    ("sort", "descending"),
    [
        (ErrorSort.TIME, ["e8", "e6", "e5", "e4", "e3", "e2", "e1"]),
        (ErrorSort.COUNT, ["e2", "e8", "e6", "e5", "e4", "e3", "e1"]),
        (ErrorSort.IMPACT, ["e6", "e4", "e5", "e3", "e2", "e1", "e8"]),
    ],
)
def test_records_are_sorted_either_way_and_cut_into_pages(
    filled: AnyStorage, sort: ErrorSort, descending: list[str]
) -> None:
    for is_descending in (True, False):
        shown: list[str] = []
        after: ErrorKey | None = None
        with filled.unit_of_work() as work:
            while page := work.error_records.list_page(
                OPEN, sort=sort, is_descending=is_descending, after=after, limit=2
            ):
                shown += [record.id for record in page]
                after = sort.key(page[-1])
        assert shown == (descending if is_descending else descending[::-1])


def test_one_cause_that_hits_many_work_items_is_one_group(filled: AnyStorage) -> None:
    with filled.unit_of_work() as work:
        groups = work.error_records.list_groups(OPEN, sort=ErrorSort.COUNT, is_descending=True, after=None, limit=50)
        assert work.error_records.count_groups(OPEN) == len(groups) == 6
        many = groups[0]
        assert (many.cause_key, many.records, many.work_items, many.occurrences) == (RECORDS[0].cause_key, 2, 2, 5)
        assert (many.oldest_at, many.newest_at, many.severity) == (later(1), later(2), SEVERITY[Impact.WORK_ITEM])
        assert many.sample.id == "e2"
        assert {group.records for group in groups[1:]} == {1}


@pytest.mark.parametrize("is_descending", [True, False])
@pytest.mark.parametrize("sort", list(ErrorSort))
def test_groups_are_cut_into_pages(filled: AnyStorage, sort: ErrorSort, is_descending: bool) -> None:
    def page(work: UnitOfWork, after: ErrorKey | None, limit: int) -> list[Any]:
        return work.error_records.list_groups(OPEN, sort=sort, is_descending=is_descending, after=after, limit=limit)

    with filled.unit_of_work() as work:
        whole = page(work, None, 50)
        shown, after = [], None
        while found := page(work, after, 2):
            shown += found
            after = sort.group_key(found[-1])
        assert shown == whole
        times = [group.newest_at for group in whole]
        assert sort is not ErrorSort.TIME or times == sorted(times, reverse=is_descending)


def test_records_are_counted(filled: AnyStorage) -> None:
    with filled.unit_of_work() as work:
        assert dict(work.error_records.count_by_impact(OPEN)) == {
            Impact.WORK_ITEM: 4,
            Impact.CONNECTION: 1,
            Impact.NODE: 1,
            Impact.WARNING: 1,
        }
        assert dict(work.error_records.count_by_impact(replace(OPEN, connection_id="c2"))) == {Impact.WORK_ITEM: 1}
        assert dict(work.error_records.count_by_code(OPEN)) == {
            "rule_violation": 5,
            "peer_unreachable": 1,
            "file_lost": 1,
        }


def test_the_newest_grave_record_is_the_one_that_the_list_has_too(storage: AnyStorage) -> None:
    line = make_error_record("e2", code="peer_unreachable", impact=Impact.CONNECTION, is_transient=True)
    grave = make_error_record("e3", impact=Impact.NODE, opened_at=later(-5), connection_id="", twin_id="")
    with changing(storage) as work:
        work.error_records.open(make_error_record("e1"))
        assert work.error_records.newest_grave("org") is None
        work.error_records.open(grave)
        assert work.error_records.newest_grave("org") == grave
        work.error_records.open(line)
        assert work.error_records.newest_grave("org") == line
        assert work.error_records.newest_grave("other") is None


def test_the_history_is_sorted_by_when_records_were_closed(filled: AnyStorage) -> None:
    with changing(filled) as work:
        work.error_records.close(later(100), code="file_lost")
        work.error_records.close(later(101), connection_id="c1", twin_id="t2")
        assert ids(work, HISTORY) == ["e2", "e8"]
        assert ids(work, HISTORY, is_descending=False) == ["e8", "e2"]
        assert ids(work, HISTORY, after=(later(101), "e2")) == ["e8"]
        (newest, _) = work.error_records.list_groups(
            HISTORY, sort=ErrorSort.TIME, is_descending=True, after=None, limit=9
        )
        assert newest.newest_at == later(101)
        assert "e2" not in ids(work, OPEN)


def test_open_records_are_found_by_twin(filled: AnyStorage) -> None:
    with changing(filled) as work:
        work.error_records.open(make_error_record("e9", subject="file"))
        work.error_records.close(later(9), twin_id="t2")
        found = work.error_records.open_of_twins(["t1", "t2", "t9"])
        assert {twin_id: [one.id for one in records] for twin_id, records in found.items()} == {
            "t1": ["e1", "e5", "e7", "e9"]
        }


def test_a_retry_is_asked_for_done_oldest_first_and_closes_as_retried(filled: AnyStorage) -> None:
    wanted = ErrorFilter("org", connection_id="c1")
    with changing(filled) as work:
        assert work.error_records.ask_for_retry(wanted, later(50), except_codes={"peer_unreachable"}) == 4
        assert work.error_records.ask_for_retry(HISTORY, later(50), except_codes=()) == 0
    with changing(filled) as work:
        due = work.error_records.retries_due(3)
        assert [record.id for record in due] == ["e1", "e2", "e3"]
        assert {record.retried_at for record in due} == {later(50)}
        work.error_records.note_retries(["e1", "e2", "e3"], later(51))
        assert [record.id for record in work.error_records.retries_due(3)] == ["e8"]
        work.error_records.close(later(60), connection_id="c1", twin_id="t2")
        closed = work.error_records.get("e2")
        assert (closed.resolution, closed.closed_at) == (Resolution.RETRIED, later(60))
        work.error_records.close(later(61), code="file_lost")
        assert work.error_records.retries_due(3) == []


def test_what_fails_again_after_a_retry_and_then_heals_closes_by_itself(storage: AnyStorage) -> None:
    record = make_error_record(correlation_id="first", technical="A")
    with changing(storage) as work:
        work.error_records.open(record)
        work.error_records.note_retries(["e1"], later(1))
        again = replace(record, last_seen_at=later(2), correlation_id="second", technical="B")
        assert work.error_records.open(again) == replace(again, occurrences=2)
        work.error_records.close(later(3), twin_id="t1")
        assert work.error_records.get("e1").resolution is Resolution.BY_ITSELF


def test_resolving_closes_open_records_with_who_and_why(filled: AnyStorage) -> None:
    with changing(filled) as work:
        assert work.error_records.resolve(["e1", "e2", "nowhere"], later(9), resolved_by="Ada", note="Known.") == 2
        assert work.error_records.resolve(["e1"], later(10), resolved_by="Bob", note="Again.") == 0
        record = work.error_records.get("e1")
        assert (record.status, record.resolution) == (ErrorStatus.CLOSED, Resolution.RESOLVED)
        assert (record.resolved_by, record.note, record.closed_at) == ("Ada", "Known.", later(9))


@pytest.mark.parametrize(
    "use",
    [
        lambda work: work.error_records.open_of_twins([]),
        lambda work: work.error_records.resolve([], later(0), resolved_by="", note=""),
        lambda work: work.error_records.retries_due(5),
        lambda work: work.error_records.list_groups(
            HISTORY, sort=ErrorSort.TIME, is_descending=True, after=None, limit=5
        ),
    ],
)
def test_nothing_is_found_where_nothing_is(filled: AnyStorage, use: Callable[[UnitOfWork], object]) -> None:
    with filled.unit_of_work() as work:
        assert not use(work)

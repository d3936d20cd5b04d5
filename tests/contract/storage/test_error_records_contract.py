"""Error and conflict records, on every storage."""

from dataclasses import replace

import pytest
from tests.contract.storage.databases import AnyStorage, changing
from tests.contract.storage.values import NOW, later, make_conflict, make_error_record

from adnode.domain.error_record import ErrorRecord, ErrorStatus, Impact, Resolution
from adnode.domain.errors import NotFoundError, ValidationError
from adnode.ports.storage import UnitOfWork


def test_a_record_comes_back_as_it_was_opened(storage: AnyStorage) -> None:
    record = make_error_record(
        impact=Impact.WARNING,
        subject="peer:a",
        is_transient=True,
        is_remote=True,
        correlation_id="0a1b",
        technical="GET /_apis/wit/workitems: 503",
    )
    with changing(storage) as work:
        assert work.error_records.open(record) == record
    with storage.unit_of_work() as work:
        assert work.error_records.get("e1") == record


def test_the_same_cause_counts_up(storage: AnyStorage) -> None:
    with changing(storage) as work:
        work.error_records.open(make_error_record("e1"))
    repeated = make_error_record(
        "e2", message="Newer.", last_seen_at=later(9), opened_at=later(9), is_transient=True, impact=Impact.NODE
    )
    expected = make_error_record("e1", message="Newer.", last_seen_at=later(9), is_transient=True, occurrences=2)
    with changing(storage) as work:
        assert work.error_records.open(repeated) == expected
        assert work.error_records.open(repeated) == replace(expected, occurrences=3)
    with storage.unit_of_work() as work:
        assert work.error_records.list_records() == [replace(expected, occurrences=3)]


@pytest.mark.parametrize(
    "other",
    [
        {"organization_id": "other"},
        {"connection_id": "c2"},
        {"twin_id": "t2"},
        {"subject": "a file"},
        {"code": "other"},
    ],
)
def test_another_cause_is_another_record(storage: AnyStorage, other: dict[str, str]) -> None:
    with changing(storage) as work:
        work.error_records.open(make_error_record("e1"))
        assert work.error_records.open(make_error_record("e2", **other)).occurrences == 1
        assert len(work.error_records.list_records()) == 2


def test_a_cause_that_comes_back_after_closing_is_a_new_record(storage: AnyStorage) -> None:
    with changing(storage) as work:
        work.error_records.open(make_error_record("e1"))
        assert work.error_records.close(later(5), code="rule_violation") == 1
        assert work.error_records.open(make_error_record("e2")).id == "e2"
        closed = work.error_records.get("e1")
        assert (closed.status, closed.closed_at) == (ErrorStatus.CLOSED, later(5))
        assert closed.resolution is Resolution.BY_ITSELF


def open_several(work: UnitOfWork) -> None:
    for record in (
        make_error_record("e1", subject="a"),
        make_error_record("e2", subject="b"),
        make_error_record("e3", twin_id="t2"),
        make_error_record("e4", connection_id="c2", code="peer_unreachable"),
        make_error_record("e5", organization_id="other", connection_id="c3", twin_id=""),
    ):
        work.error_records.open(record)


@pytest.mark.parametrize(
    ("conditions", "closed"),
    [
        ({"connection_id": "c1"}, {"e1", "e2", "e3"}),
        ({"connection_id": "c1", "twin_id": "t1"}, {"e1", "e2"}),
        ({"connection_id": "c1", "twin_id": "t1", "subject": "b"}, {"e2"}),
        ({"connection_id": "c1", "subject": ""}, {"e3"}),
        ({"code": "peer_unreachable"}, {"e4"}),
        ({"organization_id": "other"}, {"e5"}),
        ({"connection_id": "c1", "code": "peer_unreachable"}, set()),
    ],
)
def test_records_are_closed_that_match_everything(
    storage: AnyStorage, conditions: dict[str, str], closed: set[str]
) -> None:
    with changing(storage) as work:
        open_several(work)
    with changing(storage) as work:
        assert work.error_records.close(later(1), **conditions) == len(closed)
        assert work.error_records.close(later(2), **conditions) == 0
        still_open = {record.id for record in work.error_records.list_records()}
        assert still_open == {"e1", "e2", "e3", "e4", "e5"} - closed


@pytest.mark.parametrize("conditions", [{}, {"subject": "a"}])
def test_closing_needs_a_condition(storage: AnyStorage, conditions: dict[str, str]) -> None:
    with changing(storage) as work:
        open_several(work)
        with pytest.raises(ValidationError):
            work.error_records.close(NOW, **conditions)
        assert len(work.error_records.list_records()) == 5


def test_an_unknown_record_is_not_found(storage: AnyStorage) -> None:
    with storage.unit_of_work() as work, pytest.raises(NotFoundError, match="nowhere"):
        work.error_records.get("nowhere")


def test_records_are_listed_the_newest_first(storage: AnyStorage) -> None:
    with changing(storage) as work:
        for number in (2, 1, 3):
            work.error_records.open(make_error_record(f"e{number}", twin_id=f"t{number}", opened_at=later(number)))
        work.error_records.open(make_error_record("e4", connection_id="c2", opened_at=later(9)))
        work.error_records.close(later(9), twin_id="t3")

        def ids(records: list[ErrorRecord]) -> list[str]:
            return [record.id for record in records]

        assert ids(work.error_records.list_records()) == ["e4", "e2", "e1"]
        assert ids(work.error_records.list_records(limit=2)) == ["e4", "e2"]
        assert ids(work.error_records.list_records(connection_id="c1")) == ["e2", "e1"]
        assert ids(work.error_records.list_records(connection_id="c1", include_closed=True)) == ["e3", "e2", "e1"]
        assert ids(work.error_records.list_records(twin_id="t1")) == ["e4", "e1"]
        assert ids(work.error_records.list_records(connection_id="c1", twin_id="t3")) == []


def test_records_opened_at_the_same_time_are_listed_by_id(storage: AnyStorage) -> None:
    with changing(storage) as work:
        open_several(work)
        assert [record.id for record in work.error_records.list_records()] == ["e1", "e2", "e3", "e4", "e5"]


def test_old_closed_records_are_forgotten(storage: AnyStorage) -> None:
    with changing(storage) as work:
        open_several(work)
        work.error_records.close(later(10), connection_id="c1")
        work.error_records.close(later(20), connection_id="c2")
        assert work.error_records.forget_closed(later(10)) == 0
        assert [work.error_records.forget_closed(later(20), limit=2) for _ in range(3)] == [2, 1, 0]
        assert [record.id for record in work.error_records.list_records(include_closed=True)] == ["e4", "e5"]


def test_a_conflict_comes_back_as_it_was_added(storage: AnyStorage) -> None:
    conflict = make_conflict(winner='{"text":"ü"}', loser='"alt"')
    with changing(storage) as work:
        work.error_records.add_conflict(conflict)
        work.error_records.add_conflict(make_conflict("k2", work_item_id=None, happened_at=later(1)))
    with storage.unit_of_work() as work:
        assert work.error_records.list_conflicts() == [
            make_conflict("k2", work_item_id=None, happened_at=later(1)),
            conflict,
        ]


def test_conflicts_are_listed_by_connection_and_twin(storage: AnyStorage) -> None:
    with changing(storage) as work:
        work.error_records.add_conflict(make_conflict("k1"))
        work.error_records.add_conflict(make_conflict("k2", twin_id="t2", happened_at=later(1)))
        work.error_records.add_conflict(make_conflict("k3", connection_id="c2", happened_at=later(2)))
        assert [conflict.id for conflict in work.error_records.list_conflicts(connection_id="c1")] == ["k2", "k1"]
        assert [conflict.id for conflict in work.error_records.list_conflicts(twin_id="t1")] == ["k3", "k1"]
        assert [conflict.id for conflict in work.error_records.list_conflicts(limit=1)] == ["k3"]

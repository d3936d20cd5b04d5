"""Twins as things that are stored, found and made dirty, on every storage."""

from dataclasses import replace

import pytest
from tests.contract.storage.databases import AnyStorage, changing
from tests.contract.storage.values import NOW, later, make_full_twin, make_intent, make_state, make_twin

from adnode.domain.connection import ConnectionStatus
from adnode.domain.errors import NotFoundError, StateError
from adnode.domain.twin import TwinStatus


def add(storage: AnyStorage, *twin_ids: str, **changes: object) -> None:
    with changing(storage) as work:
        for number, twin_id in enumerate(twin_ids, start=1):
            work.twins.add(make_twin(twin_id, work_item_id=number, **changes), due_at=None)


@pytest.mark.parametrize("twin", [make_twin(), make_full_twin()])
def test_a_twin_comes_back_as_it_was_added(storage: AnyStorage, twin: object) -> None:
    with changing(storage) as work:
        work.twins.add(twin, due_at=NOW)  # type: ignore[arg-type]
    with storage.unit_of_work() as work:
        assert work.twins.get("t1") == twin


def test_an_unknown_twin_is_not_found(storage: AnyStorage) -> None:
    with storage.unit_of_work() as work:
        with pytest.raises(NotFoundError, match="nowhere"):
            work.twins.get("nowhere")
        with pytest.raises(NotFoundError, match="nowhere"):
            work.twins.save(make_twin("nowhere"))
        assert work.twins.find(["nowhere"]) == {}


def test_a_connection_has_one_twin_for_a_work_item(storage: AnyStorage) -> None:
    add(storage, "t1")
    with changing(storage) as work:
        with pytest.raises(StateError, match="Work item 1 is under sync"):
            work.twins.add(make_twin("t2", work_item_id=1), due_at=NOW)
        work.twins.add(make_twin("t3", work_item_id=1, connection_id="c2"), due_at=NOW)
        work.twins.add(make_twin("t4"), due_at=NOW)
        work.twins.add(make_twin("t5"), due_at=NOW)
    with storage.unit_of_work() as work:
        assert set(work.twins.find(["t1", "t2", "t3", "t4", "t5"])) == {"t1", "t3", "t4", "t5"}


def test_a_twin_id_is_added_once(storage: AnyStorage) -> None:
    add(storage, "t1")
    with changing(storage) as work, pytest.raises(StateError):
        work.twins.add(make_twin("t1", connection_id="c2", work_item_id=9), due_at=NOW)


def test_an_unlinked_work_item_is_put_under_sync_again(storage: AnyStorage) -> None:
    add(storage, "t1")
    with changing(storage) as work:
        work.twins.save(replace(work.twins.get("t1"), status=TwinStatus.UNLINKED))
        work.twins.add(make_twin("t2", work_item_id=1), due_at=NOW)
        assert [twin.id for twin in work.twins.find_by_work_item("org", [1])] == ["t2"]


def test_many_twins_are_added_at_once_and_come_back(storage: AnyStorage) -> None:
    twins = [make_twin(f"t{number}", work_item_id=number) for number in range(1, 1203)]
    twins += [make_twin("t-remote"), replace(make_full_twin(), id="t-full")]
    with changing(storage) as work:
        assert work.twins.add_all(twins, due_at=NOW) == twins
        assert work.twins.add_all([], due_at=NOW) == []
    with storage.unit_of_work() as work:
        assert work.twins.find([twin.id for twin in twins]) == {twin.id: twin for twin in twins}
        assert work.twins.count_due("c1") == len(twins)
        assert work.usage.used("org", f"{NOW:%Y-%m}") == len(twins)


def test_of_many_twins_none_is_added_when_a_work_item_is_taken(storage: AnyStorage) -> None:
    with changing(storage) as work:
        work.twins.add(make_twin("t1", work_item_id=1), due_at=None)
        work.twins.add(make_twin("gone", work_item_id=2, status=TwinStatus.UNLINKED), due_at=None)
        work.twins.add(make_twin("t2", connection_id="c2", work_item_id=3), due_at=None)
    for taken in (1, 4):
        numbered = enumerate([2, 3, 4, taken])
        twins = [make_twin(f"n{place}", work_item_id=number) for place, number in numbered]
        with storage.unit_of_work() as work, pytest.raises(StateError):
            work.twins.add_all(twins, due_at=NOW)
    with changing(storage) as work:
        work.twins.add_all([make_twin("n2", work_item_id=2), make_twin("n3", work_item_id=3)], due_at=NOW)
        found = work.twins.find_by_work_item("org", [1, 2, 3, 4])
        assert {twin.id for twin in found} == {"t1", "t2", "n2", "n3"}


def test_many_twins_are_unlinked_at_once(storage: AnyStorage) -> None:
    with changing(storage) as work:
        work.twins.add_all([make_twin(f"t{number}", work_item_id=number) for number in (1, 2, 3)], due_at=NOW)
        work.twins.add(make_twin("t4", connection_id="c2", work_item_id=1), due_at=NOW)
        work.twins.unlink("c1", ["t1", "t3", "t4", "unknown"])
        work.twins.unlink("c1", [])
    with storage.unit_of_work() as work:
        found = work.twins.find(["t1", "t2", "t3", "t4"])
        unlinked = [twin_id for twin_id in sorted(found) if found[twin_id].status is TwinStatus.UNLINKED]
        assert unlinked == ["t1", "t3"]
        assert work.twins.claim("c1", "us", later(1), 60, 10)[0].twin.id == "t2"


def test_twins_are_found_by_many_ids(storage: AnyStorage) -> None:
    twin_ids = [f"t{number}" for number in range(1, 1203)]
    add(storage, *twin_ids)
    with storage.unit_of_work() as work:
        assert set(work.twins.find([*twin_ids, "nowhere"])) == set(twin_ids)
        assert work.twins.find([]) == {}
        assert len(work.twins.find_by_work_item("org", range(2000))) == 1202


def test_twins_of_a_work_item_are_found_over_all_connections_of_the_organization(storage: AnyStorage) -> None:
    with changing(storage) as work:
        work.twins.add(make_twin("b", connection_id="c1", work_item_id=7), due_at=None)
        work.twins.add(make_twin("a", connection_id="c2", work_item_id=7), due_at=None)
        work.twins.add(make_twin("x", connection_id="c3", work_item_id=7, organization_id="other"), due_at=None)
        work.twins.add(make_twin("y", connection_id="c1", work_item_id=8), due_at=None)
        work.twins.add(make_twin("z", connection_id="c1", work_item_id=9, status=TwinStatus.UNLINKED), due_at=None)
    with storage.unit_of_work() as work:
        assert [twin.id for twin in work.twins.find_by_work_item("org", [7, 9])] == ["b", "a"]


def test_pages_of_twins_are_ordered_by_id(storage: AnyStorage) -> None:
    add(storage, "t3", "t1", "t2")
    add(storage, "foreign", connection_id="c2")
    with storage.unit_of_work() as work:
        assert [twin.id for twin in work.twins.list_page("c1", limit=2)] == ["t1", "t2"]
        assert [twin.id for twin in work.twins.list_page("c1", after="t2")] == ["t3"]
        assert work.twins.list_page("c1", after="t3") == []


def test_pages_and_counts_tell_statuses_apart(storage: AnyStorage) -> None:
    add(storage, "t1", "t2", "t3")
    with changing(storage) as work:
        work.twins.save(replace(work.twins.get("t2"), status=TwinStatus.FAILED))
        assert work.twins.count("c1") == {TwinStatus.PENDING: 2, TwinStatus.FAILED: 1}
        assert work.twins.count("c2") == {}
        assert [twin.id for twin in work.twins.list_page("c1", statuses=[TwinStatus.FAILED])] == ["t2"]
        assert work.twins.list_page("c1", statuses=[]) == []


def test_saving_changes_the_descriptive_parts_only(storage: AnyStorage) -> None:
    stored = make_full_twin()
    changed = replace(
        stored,
        status=TwinStatus.REMOTE_REMOVED,
        remote_work_item_id=99,
        remote_url="https://new.example/99",
        lineage=frozenset({"org:42", "third:1"}),
        synchronized_at=later(77),
    )
    other = replace(changed, state=make_twin().state, local_forms={}, revision=1, intent=None, project="Else")
    with changing(storage) as work:
        work.twins.add(stored, due_at=NOW)
        work.twins.save(other)
    with storage.unit_of_work() as work:
        assert work.twins.get("t1") == changed


def test_an_unlinked_twin_stays_unlinked(storage: AnyStorage) -> None:
    add(storage, "t1")
    with changing(storage) as work:
        before = work.twins.get("t1")
        work.twins.save(replace(before, status=TwinStatus.UNLINKED))
        work.twins.save(replace(before, remote_url="https://new.example"))
        assert work.twins.get("t1") == replace(before, status=TwinStatus.UNLINKED, remote_url="https://new.example")


def test_only_what_was_added_with_a_due_time_is_due(storage: AnyStorage) -> None:
    with changing(storage) as work:
        work.twins.add(make_twin("rests"), due_at=None)
        work.twins.add(make_twin("due"), due_at=later(5))
        assert work.twins.count_due("c1") == 1
        assert work.twins.connections_due(later(4.999)) == []
        assert work.twins.connections_due(later(5)) == ["c1"]
        assert [claim.twin.id for claim in work.twins.claim("c1", "w", later(5), 60, 10)] == ["due"]


def test_only_active_connections_are_due(storage: AnyStorage) -> None:
    with changing(storage) as work:
        work.twins.add(make_twin("t3", connection_id="c3", organization_id="other"), due_at=NOW)
        work.twins.add(make_twin("t1", connection_id="c1"), due_at=NOW)
        work.twins.add(make_twin("t2", connection_id="c2"), due_at=NOW)
        assert work.twins.connections_due(NOW) == ["c1", "c2", "c3"]
        work.connections.save(work.connections.get("c2").moved_to(ConnectionStatus.BLOCKED))
        assert work.twins.connections_due(NOW) == ["c1", "c3"]


def test_a_connection_whose_due_twins_are_all_leased_is_not_due(storage: AnyStorage) -> None:
    with changing(storage) as work:
        work.twins.add(make_twin(), due_at=NOW)
        work.twins.claim("c1", "w", NOW, 60, 10)
        assert work.twins.connections_due(later(59)) == []
        assert work.twins.count_due("c1") == 1
        assert work.twins.connections_due(later(60)) == ["c1"]


def test_a_dirty_twin_keeps_the_earlier_due_time(storage: AnyStorage) -> None:
    add(storage, "t1")
    with changing(storage) as work:
        work.twins.mark_dirty(["t1"], later(10), must_read=False)
        work.twins.mark_dirty(["t1"], later(20), must_read=False)
        assert work.twins.connections_due(later(10)) == ["c1"]
        work.twins.mark_dirty(["t1"], later(5), must_read=False)
        assert work.twins.connections_due(later(5)) == ["c1"]
        assert work.twins.connections_due(later(4.9)) == []


def test_a_twin_at_rest_takes_the_new_due_time(storage: AnyStorage) -> None:
    with changing(storage) as work:
        work.twins.add(make_twin(), due_at=NOW)
        claim = work.twins.claim("c1", "w", NOW, 60, 10)[0]
        work.twins.finish(claim, claim.twin)
        work.twins.mark_dirty(["t1"], later(30), must_read=False)
        assert work.twins.connections_due(later(29)) == []
        assert work.twins.connections_due(later(30)) == ["c1"]


def test_must_read_is_never_taken_back(storage: AnyStorage) -> None:
    add(storage, "t1", "t2")
    with changing(storage) as work:
        work.twins.mark_dirty(["t1", "t2"], NOW, must_read=False)
        work.twins.mark_dirty(["t1"], NOW, must_read=True)
        work.twins.mark_dirty(["t1"], NOW, must_read=False)
        claims = work.twins.claim("c1", "w", NOW, 60, 10)
        assert [(claim.twin.id, claim.must_read) for claim in claims] == [("t1", True), ("t2", False)]


def test_marking_ignores_unlinked_and_unknown_twins(storage: AnyStorage) -> None:
    with changing(storage) as work:
        work.twins.add(make_twin("dirty", status=TwinStatus.UNLINKED), due_at=NOW)
        work.twins.add(make_twin("t1", status=TwinStatus.UNLINKED), due_at=None)
        work.twins.mark_dirty(["t1", "nowhere"], NOW, must_read=True)
        work.twins.mark_dirty([], NOW, must_read=True)
        assert work.twins.count_due("c1") == 0
        assert work.twins.connections_due(NOW) == []
        assert work.twins.claim("c1", "w", NOW, 60, 10) == []


def test_only_newer_revisions_make_twins_dirty(storage: AnyStorage) -> None:
    with changing(storage) as work:
        for number, revision in ((1, 5), (2, 5), (3, 5), (4, None), (5, 5)):
            work.twins.add(make_twin(f"t{number}", work_item_id=number, revision=revision), due_at=None)
        work.twins.add(make_twin("second", connection_id="c2", work_item_id=3, revision=1), due_at=None)
        work.twins.add(
            make_twin("foreign", connection_id="c3", organization_id="other", work_item_id=3, revision=1), due_at=None
        )
        connection_ids = work.twins.mark_revisions("org", {1: 4, 2: 5, 3: 6, 4: 1, 99: 1}, NOW)
        assert connection_ids == {"c1", "c2"}
        claims = work.twins.claim("c1", "w", NOW, 60, 10)
        assert [(claim.twin.id, claim.must_read) for claim in claims] == [("t3", True), ("t4", True)]
        assert work.twins.connections_due(NOW) == ["c2"]


def test_no_news_names_no_connections(storage: AnyStorage) -> None:
    with changing(storage) as work:
        work.twins.add(make_twin(work_item_id=1, revision=5, status=TwinStatus.UNLINKED), due_at=None)
        assert work.twins.mark_revisions("org", {1: 6}, NOW) == set()
        assert work.twins.mark_revisions("org", {}, NOW) == set()


def test_many_revisions_are_marked_at_once(storage: AnyStorage) -> None:
    add(storage, *[f"t{number}" for number in range(1, 1203)])
    with changing(storage) as work:
        assert work.twins.mark_revisions("org", dict.fromkeys(range(1, 2000), 1), NOW) == {"c1"}
        assert work.twins.count_due("c1") == 1202


def test_a_state_with_every_kind_of_value_survives(storage: AnyStorage) -> None:
    with changing(storage) as work:
        work.twins.add(make_twin(), due_at=NOW)
        claim = work.twins.claim("c1", "w", NOW, 60, 1)[0]
        work.twins.finish(claim, replace(claim.twin, state=make_state()))
    with storage.unit_of_work() as work:
        assert work.twins.get("t1").state == make_state()


def test_twins_that_wait_for_the_outcome_of_their_create_are_found_by_their_counterpart(storage: AnyStorage) -> None:
    url = "https://partner.example/1"
    waiting = make_twin("t1", remote_url=url, intent=make_intent(None))
    with changing(storage) as work:
        for twin in (
            waiting,
            replace(waiting, id="t2", intent=None),
            replace(waiting, id="t3", work_item_id=3),
            replace(waiting, id="t4", remote_url="https://partner.example/2"),
            replace(waiting, id="t5", status=TwinStatus.UNLINKED),
            replace(waiting, id="t6", connection_id="c2"),
        ):
            work.twins.add(twin, due_at=None)
    with storage.unit_of_work() as work:
        assert work.twins.find_unmade("c1", [url, "https://partner.example/9"]) == [waiting]
        assert work.twins.find_unmade("c1", []) == []

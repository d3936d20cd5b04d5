"""Triggers and noted changes, on every storage."""

from dataclasses import replace
from datetime import datetime

import pytest
from tests.contract.storage.databases import AnyStorage, changing
from tests.contract.storage.values import NOW, later, make_twin

from adnode.domain.connection import ConnectionStatus
from adnode.domain.errors import LeaseLostError, NotFoundError
from adnode.domain.trigger import Trigger
from adnode.domain.twin import Intent, TwinStatus


def make_trigger(trigger_id: str = "t1", **changes: object) -> Trigger:
    trigger = Trigger(
        id=trigger_id,
        organization_id="org",
        connection_id="c1",
        condition="[System.State] = 'New'",
        created_at=NOW,
        created_by="Alice",
    )
    return replace(trigger, **changes)  # type: ignore[arg-type]


def add(storage: AnyStorage, *triggers: Trigger) -> None:
    with changing(storage) as work:
        for trigger in triggers:
            work.triggers.add(trigger)


def due(storage: AnyStorage, now: datetime = NOW) -> list[str]:
    with storage.unit_of_work() as work:
        return work.triggers.due(now)


def note(storage: AnyStorage, *work_item_ids: int, organization_id: str = "org") -> None:
    with changing(storage) as work:
        work.triggers.note_changes(organization_id, work_item_ids)


def noted(storage: AnyStorage, after: int = 0) -> list[int]:
    with storage.unit_of_work() as work:
        return [change.work_item_id for change in work.triggers.changes_after("org", after, 100)]


def look_at_all(storage: AnyStorage, trigger_id: str) -> None:
    with changing(storage) as work:
        trigger = work.triggers.claim(trigger_id, "worker", NOW, 60)
        assert trigger is not None
        changes = work.triggers.changes_after("org", trigger.checked_through, 100)
        work.triggers.finish(trigger.ran(NOW, changes[-1].number, 1, None), "worker")


def test_a_trigger_comes_back_as_it_was_added(storage: AnyStorage) -> None:
    trigger = make_trigger(
        work_item_type="User Story",
        condition="[Title] = 'ü'\nOR 1",
        notes="Why",
        matches=3,
        is_many=True,
        counted_at=NOW,
    )
    with changing(storage) as work:
        assert work.triggers.add(trigger) == trigger
    with storage.unit_of_work() as work:
        assert work.triggers.get("t1") == trigger
        assert work.triggers.find(["t1", "t2"]) == [trigger]
        with pytest.raises(NotFoundError):
            work.triggers.get("t2")


def test_triggers_are_listed_in_pages(storage: AnyStorage) -> None:
    a, b = make_trigger("a", created_at=later(1)), make_trigger("b", created_at=later(1), is_active=False)
    c, d = make_trigger("c", connection_id="c2"), make_trigger("d", organization_id="other")
    add(storage, a, b, c, d)
    with storage.unit_of_work() as work:
        triggers = work.triggers
        assert triggers.list_page("org", limit=2) == [c, a]
        assert triggers.list_page("org", after=(a.created_at, "a"), limit=2) == [b]
        assert triggers.list_page("org", limit=9, is_descending=True) == [b, a, c]
        assert triggers.list_page("org", after=(a.created_at, "a"), limit=9, is_descending=True) == [c]
        assert triggers.list_page("org", connection_id="c1", is_active=True, limit=9) == [a]
        assert (triggers.count("org"), triggers.count("org", is_active=False)) == (3, 1)
        assert triggers.count("org", connection_id="c2") == 1


def test_an_edit_counts_only_against_the_revision_before(storage: AnyStorage) -> None:
    add(storage, make_trigger())
    edited = make_trigger(
        condition="[System.Id] > 1", notes="New", connection_id="c2", work_item_type="Bug", revision=2
    )
    with changing(storage) as work:
        assert work.triggers.save(edited)
        assert not work.triggers.save(replace(edited, notes="Lost"))
        assert not work.triggers.save(replace(edited, id="t2"))
        assert work.triggers.get("t1") == edited
        work.triggers.remove("t1")
        work.triggers.remove("t1")
        assert work.triggers.find(["t1"]) == []


def test_a_count_and_a_retry_are_no_edits(storage: AnyStorage) -> None:
    add(storage, make_trigger())
    with changing(storage) as work:
        work.triggers.save_count("t1", 20_000, later(3), is_many=True)
        work.triggers.retry("t1", later(4))
        work.triggers.retry("gone", later(4))
        counted = make_trigger(matches=20_000, is_many=True, counted_at=later(3), due_at=later(4))
        assert work.triggers.get("t1") == counted
        work.triggers.save_count("t1", None, later(5), is_many=False)
        assert work.triggers.get("t1").matches is None


def test_changes_are_noted_only_where_a_trigger_is_active(storage: AnyStorage) -> None:
    add(storage, make_trigger(is_active=False), make_trigger("t2", organization_id="other"))
    note(storage, 1, 2)
    assert noted(storage) == []
    with changing(storage) as work:
        assert work.triggers.save(make_trigger(revision=2))
    note(storage, 3)
    assert noted(storage) == [3]


def test_a_work_item_is_noted_once_as_the_newest(storage: AnyStorage) -> None:
    add(storage, make_trigger())
    note(storage, 5, 4, 5)
    note(storage, 6)
    note(storage, 4)
    assert noted(storage) == [5, 6, 4]
    with storage.unit_of_work() as work:
        first = work.triggers.changes_after("org", 0, 1)
    assert [change.work_item_id for change in first] == [5]
    assert noted(storage, first[0].number) == [6, 4]


def test_a_trigger_is_due_while_it_has_not_looked_at_everything(storage: AnyStorage) -> None:
    add(storage, make_trigger())
    assert due(storage) == []
    note(storage, 1)
    assert due(storage) == ["t1"]
    look_at_all(storage, "t1")
    assert due(storage) == []
    note(storage, 1)
    assert due(storage) == ["t1"]


def test_a_new_or_restarted_trigger_looks_at_what_comes_from_then_on(storage: AnyStorage) -> None:
    add(storage, make_trigger("first"))
    note(storage, 1)
    add(storage, make_trigger("second"), make_trigger("third", is_active=False))
    assert due(storage) == ["first"]
    note(storage, 2)
    with changing(storage) as work:
        third = work.triggers.get("third")
        assert work.triggers.save(replace(third, is_active=True, revision=2))
        second = work.triggers.get("second")
        assert work.triggers.save(replace(second, notes="Still on", revision=2))
    assert due(storage) == ["first", "second"]
    note(storage, 3)
    assert due(storage) == ["first", "second", "third"]


@pytest.mark.parametrize("status", [ConnectionStatus.DEACTIVATED, ConnectionStatus.BLOCKED, ConnectionStatus.PENDING])
def test_a_trigger_waits_while_its_connection_rests(storage: AnyStorage, status: ConnectionStatus) -> None:
    add(storage, make_trigger())
    with changing(storage) as work:
        connection = work.connections.get("c1")
        work.connections.save(replace(connection, status=status))
    note(storage, 1)
    assert due(storage) == []
    with changing(storage) as work:
        work.connections.save(connection)
    assert due(storage) == ["t1"]
    assert noted(storage) == [1]


def test_a_trigger_that_is_postponed_or_evaluated_is_not_due(storage: AnyStorage) -> None:
    add(storage, make_trigger("a"), make_trigger("b"))
    note(storage, 1)
    with changing(storage) as work:
        assert work.triggers.claim("a", "worker", NOW, 60) is not None
        b = work.triggers.claim("b", "worker", NOW, 60)
        assert b is not None
        work.triggers.finish(b.failed("Azure DevOps is away.", later(30)), "worker")
    assert due(storage) == []
    assert due(storage, later(31)) == ["b"]
    assert due(storage, later(61)) == ["a", "b"]
    with storage.unit_of_work() as work:
        failed = work.triggers.get("b")
    assert (failed.last_error, failed.failures, failed.due_at) == ("Azure DevOps is away.", 1, later(30))


def test_one_worker_at_a_time_evaluates_a_trigger(storage: AnyStorage) -> None:
    add(storage, make_trigger(), make_trigger("off", is_active=False))
    with changing(storage) as work:
        mine = work.triggers.claim("t1", "worker", NOW, 60)
        assert mine is not None
        assert work.triggers.claim("t1", "other", later(59), 60) is None
        assert work.triggers.claim("off", "worker", NOW, 60) is None
        assert work.triggers.claim("gone", "worker", NOW, 60) is None
        assert work.triggers.claim("t1", "other", later(60), 60) is not None
        with pytest.raises(LeaseLostError):
            work.triggers.finish(mine, "worker")
        work.triggers.finish(mine, "other")
        assert work.triggers.claim("t1", "worker", later(61), 60) is not None
        assert "worker" in work.lease_owners.list_all()
        assert work.lease_owners.release("worker") == 1
        assert work.triggers.claim("t1", "other", later(61), 60) is not None


def test_a_run_keeps_what_people_edited_meanwhile(storage: AnyStorage) -> None:
    add(storage, make_trigger())
    note(storage, 1)
    with changing(storage) as work:
        claimed = work.triggers.claim("t1", "worker", NOW, 60)
        assert claimed is not None
        assert work.triggers.save(replace(claimed, notes="Edited", is_active=False, revision=2))
    with changing(storage) as work:
        work.triggers.finish(claimed.ran(later(1), 1, 4, later(9)), "worker")
        stored = work.triggers.get("t1")
    assert (stored.notes, stored.is_active, stored.revision) == ("Edited", False, 2)
    assert (stored.exalated, stored.last_run_at, stored.due_at, stored.checked_through) == (4, later(1), later(9), 1)


def test_a_run_never_takes_back_what_was_looked_at(storage: AnyStorage) -> None:
    add(storage, make_trigger(), make_trigger("other"))
    note(storage, 1, 2, 3)
    with changing(storage) as work:
        claimed = work.triggers.claim("t1", "worker", NOW, 60)
        assert claimed is not None
        assert work.triggers.save(replace(claimed, is_active=False, revision=2))
        assert work.triggers.save(replace(claimed, is_active=True, revision=3))
        work.triggers.finish(claimed.ran(NOW, 1, 0, None), "worker")
        assert work.triggers.get("t1").checked_through == 3


def test_an_edit_lets_a_failing_trigger_look_at_once(storage: AnyStorage) -> None:
    add(storage, make_trigger())
    note(storage, 1)
    with changing(storage) as work:
        claimed = work.triggers.claim("t1", "worker", NOW, 60)
        assert claimed is not None
        work.triggers.finish(claimed.failed("No.", later(3600)), "worker")
        assert work.triggers.save(replace(claimed, condition="[System.Id] > 0", revision=2))
        stored = work.triggers.get("t1")
    assert (stored.last_error, stored.failures, stored.due_at) == ("", 0, None)
    assert due(storage) == ["t1"]


def test_changes_that_all_have_looked_at_are_forgotten(storage: AnyStorage) -> None:
    add(storage, make_trigger("a"), make_trigger("b"), make_trigger("off", is_active=False))
    note(storage, 1, 2)
    look_at_all(storage, "a")
    with changing(storage) as work:
        assert work.triggers.forget_checked("org") == 0
    note(storage, 3)
    look_at_all(storage, "b")
    with changing(storage) as work:
        assert work.triggers.forget_checked("org") == 2
    assert noted(storage) == [3]
    note(storage, 4)
    assert noted(storage, 3) == [4]
    with changing(storage) as work:
        work.triggers.remove("a")
        work.triggers.remove("b")
        assert work.triggers.forget_checked("org") == 2


def test_the_triggers_of_a_connection_that_ended_are_switched_off(storage: AnyStorage) -> None:
    add(storage, make_trigger("a"), make_trigger("b", is_active=False), make_trigger("c", connection_id="c2"))
    with changing(storage) as work:
        assert work.triggers.stop("c1") == 1
        a, b, c = (work.triggers.get(each) for each in "abc")
    assert [(each.is_active, each.revision) for each in (a, b, c)] == [(False, 2), (False, 1), (True, 1)]


def test_what_is_under_sync_over_a_connection_is_told(storage: AnyStorage) -> None:
    with changing(storage) as work:
        for number, connection_id in ((1, "c1"), (2, "c2"), (3, "c1")):
            work.twins.add(make_twin(f"twin{number}", connection_id=connection_id, work_item_id=number), due_at=None)
        work.twins.save(replace(work.twins.get("twin3"), status=TwinStatus.UNLINKED))
        assert work.triggers.under_sync("c1", [1, 2, 3, 4]) == {1}


def test_work_items_that_are_being_made_are_known_by_their_counterpart(storage: AnyStorage) -> None:
    with changing(storage) as work:
        for number in (1, 2, 3):
            made = make_twin(f"twin{number}", work_item_id=None, remote_url=f"https://there/{number}")
            work.twins.add(made, due_at=NOW)
        organization_id = work.twins.get("twin1").organization_id
        claims = {claim.twin.id: claim for claim in work.twins.claim("c1", "worker", NOW, 60, 3)}
        assert work.triggers.open_creates(organization_id) == set()
        intents = {twin_id: Intent(NOW, None) for twin_id in ("twin1", "twin2")}
        work.twins.record_intents([claims[twin_id] for twin_id in intents], intents)
        work.twins.finish(claims["twin2"], replace(claims["twin2"].twin, work_item_id=7, intent=Intent(NOW, 1)))
        assert work.triggers.open_creates(organization_id) == {"https://there/1"}
        assert work.triggers.open_creates("other") == set()

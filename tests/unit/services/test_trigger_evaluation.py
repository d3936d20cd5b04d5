"""Triggers on whole nodes: what changes and fits comes under sync by itself, and nothing is lost."""

from dataclasses import replace
from threading import Event

import pytest
from tests.unit.services.memory_nodes import PROJECT, Meeting, MemoryNode

from adnode.adapters.memory.gateway_failures import Moment
from adnode.adapters.memory.wakeups import MemoryWakeups
from adnode.domain.connection import Visibility
from adnode.domain.error_record import ErrorStatus, Impact, Resolution
from adnode.domain.errors import GatewayUnavailableError, QueryRefusedError
from adnode.domain.trigger import Trigger
from adnode.services.retries import RetryService

TITLED = "[System.Title] CONTAINS 'sync me'"


def add_trigger(node: MemoryNode, connection_id: str, condition: str = TITLED, **changes: object) -> Trigger:
    with node.storage.unit_of_work() as work:
        number = work.triggers.count(node.organization.id) + 1
        trigger = Trigger(
            id=f"trigger{number}",
            organization_id=node.organization.id,
            connection_id=connection_id,
            condition=condition,
            created_at=node.clock.now(),
            created_by="Alice",
        )
        added = work.triggers.add(replace(trigger, **changes))  # type: ignore[arg-type]
        work.commit()
    return added


def stored(node: MemoryNode, trigger: Trigger) -> Trigger:
    with node.storage.unit_of_work() as work:
        return work.triggers.get(trigger.id)


def partners(node: MemoryNode, *work_item_ids: int) -> list[int]:
    """Return how many twins each work item has."""
    return [len(node.twins(number)) for number in work_item_ids]


class Pair:
    """Two nodes that are connected."""

    def __init__(self, visibility: Visibility = Visibility.PRIVATE) -> None:
        self.meeting = Meeting()
        self.here, self.there = self.meeting.add("here"), self.meeting.add("there")
        self.connection_id = self.meeting.connect(self.here, self.there, visibility)
        self.meeting.rest()


@pytest.fixture
def pair() -> Pair:
    return Pair()


@pytest.mark.parametrize("visibility", list(Visibility))
@pytest.mark.parametrize("is_initiator", [True, False])
def test_a_new_work_item_that_fits_comes_under_sync_on_either_side(visibility: Visibility, is_initiator: bool) -> None:
    pair = Pair(visibility)
    node, other = (pair.here, pair.there) if is_initiator else (pair.there, pair.here)
    trigger = add_trigger(node, pair.connection_id)
    fitting, unfitting = node.create("Task", "Sync me, please"), node.create("Task", "Not this one")
    pair.meeting.rest()
    assert partners(node, fitting, unfitting) == [1, 0]
    remote = node.twin(fitting).remote_work_item_id
    assert other.organization.snapshot(remote or 0).text("System.Title") == "Sync me, please"
    assert (stored(node, trigger).exalated, stored(node, trigger).last_run_at is None) == (1, False)
    assert node.error_records() == []


def test_a_work_item_that_comes_to_fit_later_comes_under_sync_then(pair: Pair) -> None:
    add_trigger(pair.here, pair.connection_id)
    number = pair.here.create("Task", "Draft")
    pair.meeting.rest()
    assert partners(pair.here, number) == [0]
    pair.here.organization.edit(number, {"System.Title": "Draft: sync me"})
    pair.meeting.rest()
    assert partners(pair.here, number) == [1]


def test_the_work_item_type_counts(pair: Pair) -> None:
    add_trigger(pair.here, pair.connection_id, "", work_item_type="Bug")
    bug, task = pair.here.create("Bug", "A bug"), pair.here.create("Task", "A task")
    pair.meeting.rest()
    assert partners(pair.here, bug, task) == [1, 0]


def test_what_fitted_before_the_trigger_stays_as_it_is(pair: Pair) -> None:
    number = pair.here.create("Task", "Sync me? No.")
    pair.meeting.rest()
    add_trigger(pair.here, pair.connection_id)
    pair.meeting.rest()
    assert partners(pair.here, number) == [0]


def test_what_changes_while_a_trigger_is_off_is_passed_over(pair: Pair) -> None:
    add_trigger(pair.here, pair.connection_id, "[System.Id] > 0", notes="keeps the log going", work_item_type="Epic")
    trigger = add_trigger(pair.here, pair.connection_id, is_active=False)
    number = pair.here.create("Task", "Sync me while off")
    pair.meeting.rest()
    with pair.here.storage.unit_of_work() as work:
        assert work.triggers.save(replace(stored_in(work, trigger), is_active=True, revision=2))
        work.commit()
    pair.meeting.rest()
    assert partners(pair.here, number) == [0]
    pair.here.organization.edit(number, {"System.Title": "Sync me now"})
    pair.meeting.rest()
    assert partners(pair.here, number) == [1]


def stored_in(work: object, trigger: Trigger) -> Trigger:
    found: Trigger = work.triggers.get(trigger.id)  # type: ignore[attr-defined]
    return found


def test_what_changes_while_a_connection_rests_is_looked_at_when_it_goes_on(pair: Pair) -> None:
    second = pair.meeting.connect(pair.here, pair.there)
    pair.meeting.rest()
    trigger = add_trigger(pair.here, pair.connection_id)
    pair.here.connections.deactivate(pair.connection_id)
    number = pair.here.create("Task", "Sync me after the pause")
    pair.meeting.rest()
    assert partners(pair.here, number) == [0]
    assert stored(pair.here, trigger).last_run_at is None
    pair.here.connections.activate(pair.connection_id)
    pair.meeting.rest()
    assert [twin.connection_id for twin in pair.here.twins(number)] == [pair.connection_id]
    assert second != pair.connection_id


def test_one_query_asks_about_all_that_changed(pair: Pair) -> None:
    add_trigger(pair.here, pair.connection_id)
    for number in range(30):
        pair.here.create("Task", f"Sync me {number}")
    before = pair.here.gateway.calls["query"]
    pair.here.clock.advance(2)
    pair.here.feed.read(pair.here.organization.id)
    pair.here.triggers.evaluate_due(Event())
    assert pair.here.gateway.calls["query"] == before + 1
    assert not pair.here.triggers.evaluate_due(Event())
    assert pair.here.gateway.calls["read_work_items"] == 1


def test_what_is_under_sync_is_not_asked_about(pair: Pair) -> None:
    number = pair.here.create("Task", "Sync me by hand")
    pair.meeting.rest()
    pair.meeting.share(pair.here, pair.connection_id, number)
    trigger = add_trigger(pair.here, pair.connection_id)
    before = pair.here.gateway.calls["query"]
    pair.here.organization.edit(number, {"System.Title": "Sync me again"})
    pair.meeting.rest()
    assert pair.here.gateway.calls["query"] == before
    assert stored(pair.here, trigger).exalated == 0


@pytest.mark.parametrize(
    "error",
    [
        GatewayUnavailableError("Azure DevOps is away."),
        QueryRefusedError("Azure DevOps refused the query.", status=400),
    ],
)
def test_a_query_that_fails_loses_nothing(pair: Pair, error: Exception) -> None:
    trigger = add_trigger(pair.here, pair.connection_id)
    other = add_trigger(pair.here, pair.connection_id, "[System.Title] CONTAINS 'another'")
    pair.here.failures.plan("query", Moment.BEFORE, error, times=2)
    first, second = pair.here.create("Task", "Sync me"), pair.here.create("Task", "Sync me too")
    third = pair.here.create("Task", "Another")
    pair.meeting.rest()
    assert partners(pair.here, first, second, third) == [0, 0, 0]
    [record, _] = sorted(pair.here.error_records(), key=lambda one: one.subject)
    assert (record.impact, record.subject, record.connection_id) == (Impact.TRIGGER, trigger.id, pair.connection_id)
    assert TITLED in record.message
    assert "waits" in record.message
    assert stored(pair.here, trigger).failures == 1
    assert stored(pair.here, trigger).last_error
    pair.meeting.wait(30)
    pair.meeting.rest()
    assert partners(pair.here, first, second, third) == [1, 1, 1]
    assert pair.here.error_records() == []
    assert {one.status for one in pair.here.error_records(closed=True)} == {ErrorStatus.CLOSED}
    assert stored(pair.here, other).last_error == ""


def test_a_retry_of_its_error_lets_a_trigger_look_at_once(pair: Pair) -> None:
    trigger = add_trigger(pair.here, pair.connection_id)
    pair.here.failures.plan("query", Moment.BEFORE, GatewayUnavailableError("Azure DevOps is away."))
    number = pair.here.create("Task", "Sync me")
    pair.meeting.rest()
    [record] = pair.here.error_records()
    retries = RetryService(pair.here.storage.unit_of_work, MemoryWakeups(), pair.meeting.clock)
    assert not pair.here.triggers.evaluate_due(Event())
    retries.retry(record.id)
    pair.here.triggers.evaluate_due(Event())
    assert partners(pair.here, number) == [1]
    assert stored(pair.here, trigger).failures == 0
    [closed] = pair.here.error_records(closed=True)
    assert closed.resolution is Resolution.RETRIED


def test_a_failing_trigger_stops_neither_the_feed_nor_another_trigger(pair: Pair) -> None:
    bad = add_trigger(pair.here, pair.connection_id, "[Nonsense] = 1")
    add_trigger(pair.here, pair.connection_id)
    shared = pair.here.create("Task", "Shared")
    pair.meeting.share(pair.here, pair.connection_id, shared)
    number = pair.here.create("Task", "Sync me")
    pair.here.organization.edit(shared, {"System.Title": "Still shared"})
    pair.meeting.rest()
    assert partners(pair.here, number) == [1]
    remote = pair.here.twin(shared).remote_work_item_id
    assert pair.there.organization.snapshot(remote or 0).text("System.Title") == "Still shared"
    [record] = pair.here.error_records()
    assert record.subject == bad.id
    assert "TF51005" in record.message


def test_a_failing_trigger_is_tried_less_and_less_often(pair: Pair) -> None:
    add_trigger(pair.here, pair.connection_id, "[Nonsense] = 1")
    pair.here.create("Task", "A change")
    pair.meeting.rest()
    asked = pair.here.gateway.calls["query"]
    for _ in range(60):
        pair.meeting.wait(10)
        pair.here.triggers.evaluate_due(Event())
    assert 3 <= pair.here.gateway.calls["query"] - asked <= 6


def test_a_trigger_that_was_mended_finds_what_waited(pair: Pair) -> None:
    trigger = add_trigger(pair.here, pair.connection_id, "[Nonsense] = 1")
    number = pair.here.create("Task", "Sync me")
    pair.meeting.rest()
    with pair.here.storage.unit_of_work() as work:
        assert work.triggers.save(replace(trigger, condition=TITLED, revision=2))
        work.commit()
    pair.meeting.rest()
    assert partners(pair.here, number) == [1]


def test_what_the_synchronization_makes_is_not_taken_for_new(pair: Pair) -> None:
    """The feed may tell of a work item before its twin knows the number: it must not get a second twin."""
    add_trigger(pair.there, pair.connection_id, "[System.Id] > 0")
    number = pair.here.create("Task", "Travels")
    pair.meeting.rest()
    pair.here.work_items.synchronize(pair.connection_id, [number])
    seen: list[int] = []

    def look_in_between(operation: str, moment: Moment) -> None:
        if operation == "write_work_items" and moment is Moment.AFTER and not seen:
            pair.there.clock.advance(2)
            seen.append(pair.there.feed.read(pair.there.organization.id))
            pair.there.triggers.evaluate_due(Event())

    pair.there.gateway.disturb = look_in_between
    pair.meeting.rest(80)
    assert seen == [1]
    pair.meeting.wait(10)
    pair.meeting.rest()
    remote = pair.here.twin(number).remote_work_item_id or 0
    assert partners(pair.there, remote) == [1]
    assert len(list(pair.here.organization.snapshots())) == 1
    assert len(list(pair.there.organization.snapshots())) == 1


def test_a_work_item_that_came_over_one_connection_may_go_on_over_another() -> None:
    meeting = Meeting()
    first, middle, last = (meeting.add(name) for name in ("first", "middle", "last"))
    incoming, outgoing = meeting.connect(first, middle), meeting.connect(middle, last)
    meeting.rest()
    add_trigger(first, incoming)
    add_trigger(middle, outgoing)
    add_trigger(middle, incoming)
    number = first.create("Task", "Sync me down the line")
    meeting.rest(80)
    through = first.twin(number).remote_work_item_id or 0
    assert sorted(twin.connection_id for twin in middle.twins(through)) == sorted([incoming, outgoing])
    assert [len(list(node.organization.snapshots())) for node in (first, middle, last)] == [1, 1, 1]


def test_a_deleted_work_item_is_left_alone(pair: Pair) -> None:
    add_trigger(pair.here, pair.connection_id)
    number = pair.here.create("Task", "Sync me, then not")
    pair.here.organization.delete(number)
    pair.meeting.rest()
    assert partners(pair.here, number) == [0]
    pair.here.organization.restore(number)
    pair.meeting.rest()
    assert partners(pair.here, number) == [1]


def test_a_crash_before_the_end_of_a_run_makes_no_double(pair: Pair) -> None:
    trigger = add_trigger(pair.here, pair.connection_id)
    number = pair.here.create("Task", "Sync me")
    pair.here.failures.plan("query", Moment.AFTER, KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        pair.meeting.rest()
    assert partners(pair.here, number) == [0]
    pair.meeting.wait(400)
    pair.meeting.rest()
    assert partners(pair.here, number) == [1]
    assert stored(pair.here, trigger).exalated == 1


def test_a_connection_that_stops_while_a_trigger_looks_loses_nothing(pair: Pair) -> None:
    add_trigger(pair.here, pair.connection_id)
    number = pair.here.create("Task", "Sync me")

    def stop(operation: str, moment: Moment) -> None:
        if (operation, moment) == ("query", Moment.AFTER):
            pair.here.gateway.disturb = pair.here.failures
            pair.here.connections.deactivate(pair.connection_id)

    pair.here.gateway.disturb = stop
    pair.meeting.rest()
    assert partners(pair.here, number) == [0]
    pair.here.connections.activate(pair.connection_id)
    pair.meeting.rest()
    assert partners(pair.here, number) == [1]


def test_a_trigger_that_is_deleted_while_it_looks_does_nothing_more(pair: Pair) -> None:
    trigger = add_trigger(pair.here, pair.connection_id)
    number = pair.here.create("Task", "Sync me")

    def delete(operation: str, moment: Moment) -> None:
        if (operation, moment) == ("query", Moment.AFTER):
            with pair.here.storage.unit_of_work() as work:
                work.triggers.remove(trigger.id)
                work.commit()

    pair.here.gateway.disturb = delete
    pair.meeting.rest()
    assert partners(pair.here, number) == [0]
    assert pair.here.error_records() == []


def test_a_connection_that_ends_switches_its_triggers_off(pair: Pair) -> None:
    trigger = add_trigger(pair.here, pair.connection_id)
    pair.here.connections.remove(pair.connection_id)
    assert not stored(pair.here, trigger).is_active
    pair.here.create("Task", "Sync me nowhere")
    pair.meeting.rest()
    assert pair.here.error_records() == []


def test_noted_changes_do_not_pile_up(pair: Pair) -> None:
    add_trigger(pair.here, pair.connection_id)
    for number in range(5):
        pair.here.organization.create(PROJECT, "Task", {"System.Title": f"Sync me {number}"})
    pair.meeting.rest()
    with pair.here.storage.unit_of_work() as work:
        assert work.triggers.changes_after(pair.here.organization.id, 0, 10) == []

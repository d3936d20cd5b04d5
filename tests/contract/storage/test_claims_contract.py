"""Leases of twins: who works on what, and what a fence keeps out, on every storage."""

from dataclasses import replace

import pytest
from tests.contract.storage.databases import AnyStorage, changing
from tests.contract.storage.values import NOW, later, make_body, make_full_twin, make_intent, make_twin

from adnode.domain.errors import AdnodeError, LeaseLostError, StateError
from adnode.domain.realignment import Realignment
from adnode.domain.twin import ClaimedTwin, Twin, TwinStatus
from adnode.ports.storage import UnitOfWork


@pytest.fixture
def ready(storage: AnyStorage) -> AnyStorage:
    """A storage with twins t1 to t3 of work items 1 to 3, due one after the other."""
    with changing(storage) as work:
        for number in (3, 2, 1):
            work.twins.add(make_twin(f"t{number}", work_item_id=number), due_at=later(number))
    return storage


def claim(
    storage: AnyStorage, owner: str = "a", at: float = 10, limit: int = 10, connection_id: str = "c1"
) -> list[ClaimedTwin]:
    with changing(storage) as work:
        return work.twins.claim(connection_id, owner, later(at), 60, limit)


def ids(claims: list[ClaimedTwin]) -> list[str]:
    return [claimed.twin.id for claimed in claims]


def get(storage: AnyStorage, twin_id: str = "t1") -> Twin:
    with storage.unit_of_work() as work:
        return work.twins.get(twin_id)


def use_leases(work: UnitOfWork, method: str, claims: list[ClaimedTwin]) -> set[str]:
    """Do something under the leases; return the twins whose lease was lost."""
    if method == "extend":
        return work.twins.extend(claims, later(60), 60)
    if method == "record_intents":
        return work.twins.record_intents(claims, {claimed.twin.id: make_intent() for claimed in claims})
    named = {claimed.twin.id: replace(claimed.twin, revision=99) for claimed in claims}
    return set(work.twins.name_work_items(claims, named))


def test_the_longest_due_twins_are_claimed_first(ready: AnyStorage) -> None:
    assert ids(claim(ready, limit=2)) == ["t1", "t2"]
    assert ids(claim(ready, limit=2)) == ["t3"]
    assert claim(ready) == []


def test_twins_due_at_the_same_time_are_claimed_by_id(storage: AnyStorage) -> None:
    with changing(storage) as work:
        for twin_id in ("b", "c", "a"):
            work.twins.add(make_twin(twin_id), due_at=NOW)
    assert ids(claim(storage)) == ["a", "b", "c"]


def test_a_claim_carries_the_whole_twin(storage: AnyStorage) -> None:
    with changing(storage) as work:
        work.twins.add(make_full_twin(), due_at=NOW)
    (claimed,) = claim(storage)
    assert claimed == ClaimedTwin(make_full_twin(), fence=1, dirty_sequence=0, must_read=False, attempts=0)


def test_nothing_is_claimed_before_its_time_or_of_another_connection(ready: AnyStorage) -> None:
    assert claim(ready, at=0.5) == []
    assert claim(ready, connection_id="c2") == []
    assert claim(ready, connection_id="nowhere") == []


def test_a_leased_twin_is_not_claimed_until_the_lease_ends(ready: AnyStorage) -> None:
    claim(ready, "a", at=10)
    assert claim(ready, "b", at=69.9) == []
    assert claim(ready, "a", at=69.9) == []
    assert ids(claim(ready, "b", at=70)) == ["t1", "t2", "t3"]


def test_fences_rise_with_every_claim(ready: AnyStorage) -> None:
    fences = [claim(ready, at=10 + 60 * number, limit=1)[0].fence for number in range(3)]
    assert fences == [1, 2, 3]


def test_a_work_item_leased_through_another_twin_is_not_claimed(ready: AnyStorage) -> None:
    with changing(ready) as work:
        work.twins.add(make_twin("x1", connection_id="c2", work_item_id=1), due_at=NOW)
        work.twins.add(make_twin("x9", connection_id="c2", work_item_id=9), due_at=NOW)
        work.twins.add(make_twin("y1", connection_id="c3", organization_id="other", work_item_id=1), due_at=NOW)
    (claimed,) = claim(ready, limit=1)
    assert claimed.twin.work_item_id == 1
    assert ids(claim(ready, "b", connection_id="c2")) == ["x9"]
    assert ids(claim(ready, "b", connection_id="c3")) == ["y1"]
    with changing(ready) as work:
        work.twins.finish(claimed, claimed.twin)
    assert ids(claim(ready, "b", connection_id="c2")) == ["x1"]


def test_a_work_item_whose_other_lease_ran_out_is_claimed(ready: AnyStorage) -> None:
    with changing(ready) as work:
        work.twins.add(make_twin("x1", connection_id="c2", work_item_id=1), due_at=NOW)
    claim(ready, "a", at=10)
    assert claim(ready, "b", at=69.9, connection_id="c2") == []
    assert ids(claim(ready, "b", at=70, connection_id="c2")) == ["x1"]


def test_twins_without_a_work_item_do_not_hold_each_other_up(storage: AnyStorage) -> None:
    with changing(storage) as work:
        work.twins.add(make_twin("t1"), due_at=NOW)
        work.twins.add(make_twin("t2"), due_at=NOW)
        work.twins.add(make_twin("x1", connection_id="c2"), due_at=NOW)
    assert ids(claim(storage, limit=1)) == ["t1"]
    assert ids(claim(storage)) == ["t2"]
    assert ids(claim(storage, connection_id="c2")) == ["x1"]


def test_a_claim_that_is_not_committed_leases_nothing(ready: AnyStorage) -> None:
    with ready.unit_of_work() as work:
        assert len(work.twins.claim("c1", "a", later(10), 60, 10)) == 3
    assert [claimed.fence for claimed in claim(ready, "b")] == [1, 1, 1]


def test_an_extended_lease_lives_longer(ready: AnyStorage) -> None:
    claims = claim(ready, at=10)
    with changing(ready) as work:
        work.twins.extend(claims[:2], later(60), 60)
    assert ids(claim(ready, "b", at=71)) == ["t3"]
    assert ids(claim(ready, "b", at=120)) == ["t1", "t2"]


METHODS = ["extend", "record_intents", "name_work_items"]


@pytest.mark.parametrize("method", METHODS)
def test_one_lost_lease_takes_no_other_with_it(ready: AnyStorage, method: str) -> None:
    claims = claim(ready, "a", at=10)
    with changing(ready) as work:
        work.twins.finish(claims[2], claims[2].twin, keep_dirty=True)
    with changing(ready) as work:
        assert use_leases(work, method, claims) == {"t3"}
    assert get(ready, "t3") == claims[2].twin
    if method == "extend":
        assert ids(claim(ready, "b", at=119)) == ["t3"]
    else:
        assert get(ready, "t1") != claims[0].twin
        assert get(ready, "t2") != claims[1].twin


def test_intents_are_stored_and_cleared_under_the_lease(ready: AnyStorage) -> None:
    claims = claim(ready)
    intents = {"t1": make_intent(), "t2": make_intent(None)}
    with changing(ready) as work:
        work.twins.record_intents(claims, intents)
    assert [get(ready, twin_id).intent for twin_id in ("t1", "t2", "t3")] == [make_intent(), make_intent(None), None]
    with changing(ready) as work:
        work.twins.record_intents(claims[:1], {"t1": None})
    assert [get(ready, twin_id).intent for twin_id in ("t1", "t2")] == [None, make_intent(None)]
    # The lease and what is due are as before.
    assert claim(ready, "b") == []


def test_an_intent_survives_a_dead_worker(ready: AnyStorage) -> None:
    with changing(ready) as work:
        work.twins.record_intents(work.twins.claim("c1", "a", later(10), 60, 1), {"t1": make_intent()})
    assert claim(ready, "b", at=80, limit=1)[0].twin.intent == make_intent()


def test_a_lease_that_ran_out_is_ours_until_somebody_takes_it(ready: AnyStorage) -> None:
    (claimed,) = claim(ready, "a", at=10, limit=1)
    with changing(ready) as work:
        work.twins.record_intents([claimed], {"t1": make_intent()})
        work.twins.extend([claimed], later(500), 60)
    assert ids(claim(ready, "b", at=501)) == ["t2", "t3"]
    with changing(ready) as work:
        work.twins.finish(claimed, replace(claimed.twin, revision=4))
    assert get(ready).revision == 4


@pytest.mark.parametrize("method", METHODS)
def test_a_lease_that_somebody_took_is_lost(ready: AnyStorage, method: str) -> None:
    (old,) = claim(ready, "a", at=10, limit=1)
    (new,) = claim(ready, "b", at=70, limit=1)
    with changing(ready) as work:
        assert use_leases(work, method, [old]) == {"t1"}
        with pytest.raises(LeaseLostError, match="t1"):
            work.twins.finish(old, replace(old.twin, revision=99))
    assert get(ready) == new.twin
    with changing(ready) as work:
        work.twins.finish(new, replace(new.twin, revision=5))
    assert get(ready).revision == 5


def test_a_twin_is_finished_once(ready: AnyStorage) -> None:
    (claimed,) = claim(ready, limit=1)
    with changing(ready) as work:
        work.twins.finish(claimed, claimed.twin)
        with pytest.raises(LeaseLostError):
            work.twins.finish(claimed, replace(claimed.twin, revision=99))
    assert get(ready).revision is None


def test_the_lease_of_a_vanished_twin_is_lost(ready: AnyStorage) -> None:
    (claimed,) = claim(ready, limit=1)
    ghost = replace(claimed, twin=replace(claimed.twin, id="ghost"))
    with changing(ready) as work, pytest.raises(LeaseLostError, match="ghost"):
        work.twins.finish(ghost, ghost.twin)


def test_a_lost_lease_does_not_hinder_the_others_of_the_unit(ready: AnyStorage) -> None:
    lost, *held = claim(ready, "a", at=10)
    with changing(ready) as work:
        work.twins.finish(lost, lost.twin)
    with changing(ready) as work:
        work.twins.finish(held[0], replace(held[0].twin, revision=2))
        with pytest.raises(LeaseLostError):
            work.twins.finish(lost, replace(lost.twin, revision=1))
        work.twins.finish(held[1], replace(held[1].twin, revision=3))
    assert [get(ready, f"t{number}").revision for number in (1, 2, 3)] == [None, 2, 3]


def test_a_finished_twin_is_saved_whole_and_rests(storage: AnyStorage) -> None:
    with changing(storage) as work:
        work.twins.add(make_twin(), due_at=NOW)
    (claimed,) = claim(storage)
    with changing(storage) as work:
        work.twins.finish(claimed, make_full_twin())
        assert work.twins.get("t1") == make_full_twin()
        assert work.twins.count_due("c1") == 0
    assert get(storage) == make_full_twin()
    assert claim(storage, at=1000) == []


def test_what_came_in_while_claimed_keeps_the_twin_dirty(ready: AnyStorage) -> None:
    (claimed,) = claim(ready, limit=1)
    with changing(ready) as work:
        work.twins.mark_dirty(["t1"], later(11), must_read=True)
        assert work.twins.connections_due(later(5)) == ["c1"]
    with changing(ready) as work:
        work.twins.finish(claimed, claimed.twin)
    (again,) = claim(ready, at=12, limit=1)
    assert (again.twin.id, again.must_read, again.dirty_sequence, again.attempts) == ("t1", True, 1, 0)
    with changing(ready) as work:
        work.twins.finish(again, again.twin)
    assert ids(claim(ready, at=20)) == ["t2", "t3"]


def test_what_comes_in_within_the_same_unit_counts_too(ready: AnyStorage) -> None:
    claims = claim(ready)
    with changing(ready) as work:
        work.twins.finish(claims[0], claims[0].twin)
        work.twins.mark_dirty(["t1", "t2"], later(11), must_read=True)
        work.twins.finish(claims[1], claims[1].twin)
        work.twins.finish(claims[2], claims[2].twin)
    assert [(c.twin.id, c.must_read) for c in claim(ready, at=12)] == [("t2", True), ("t1", True)]


def test_news_after_other_rounds_of_the_unit_ended_is_seen(ready: AnyStorage) -> None:
    claims = claim(ready)
    with changing(ready) as work:
        work.twins.finish(claims[0], claims[0].twin)
        work.twins.finish(claims[1], claims[1].twin)
        work.twins.mark_dirty(["t3"], later(11), must_read=True)
        work.twins.finish(claims[2], claims[2].twin)
    assert [(c.twin.id, c.must_read) for c in claim(ready, at=12)] == [("t3", True)]


def test_queue_rows_name_the_work_item_that_a_round_just_found(storage: AnyStorage) -> None:
    with changing(storage) as work:
        work.twins.add(make_twin(), due_at=NOW)
        work.outbox.add("c1", "t1", "state", make_body(), NOW)
    (claimed,) = claim(storage)
    with changing(storage) as work:
        work.twins.finish(claimed, replace(claimed.twin, work_item_id=42))
        assert work.queue.list_rows()[0].work_item_id == 42


def test_must_read_ends_with_the_round_that_read(ready: AnyStorage) -> None:
    with changing(ready) as work:
        work.twins.mark_dirty(["t1"], later(1), must_read=True)
    (claimed,) = claim(ready, limit=1)
    assert claimed.must_read
    with changing(ready) as work:
        work.twins.finish(claimed, claimed.twin)
        work.twins.mark_dirty(["t1"], NOW, must_read=False)
    (again,) = claim(ready, limit=1)
    assert (again.twin.id, again.must_read) == ("t1", False)


def test_a_retry_waits_until_its_time_and_counts_attempts(ready: AnyStorage) -> None:
    (claimed,) = claim(ready, limit=1)
    with changing(ready) as work:
        work.twins.finish(claimed, claimed.twin, retry_at=later(100))
        assert work.twins.count_due("c1") == 3
    assert ids(claim(ready, at=99)) == ["t2", "t3"]
    (again,) = claim(ready, at=100, limit=1)
    assert (again.twin.id, again.attempts) == ("t1", 1)
    with changing(ready) as work:
        work.twins.finish(again, again.twin, retry_at=later(200))
    third = next(c for c in claim(ready, at=200) if c.twin.id == "t1")
    assert third.attempts == 2
    with changing(ready) as work:
        work.twins.finish(third, third.twin)
        work.twins.mark_dirty(["t1"], later(201), must_read=False)
    assert claim(ready, at=300, limit=1)[0].attempts == 0


def test_a_retry_still_must_read_what_the_round_had_to_read(ready: AnyStorage) -> None:
    with changing(ready) as work:
        work.twins.mark_dirty(["t1"], later(1), must_read=True)
    (claimed,) = claim(ready, limit=1)
    with changing(ready) as work:
        work.twins.finish(claimed, claimed.twin, retry_at=later(20))
    assert next(c for c in claim(ready, at=20) if c.twin.id == "t1").must_read


def test_news_during_a_round_that_failed_does_not_wait_for_the_retry(ready: AnyStorage) -> None:
    (claimed,) = claim(ready, limit=1)
    with changing(ready) as work:
        work.twins.mark_dirty(["t1"], later(15), must_read=False)
    with changing(ready) as work:
        work.twins.finish(claimed, claimed.twin, retry_at=later(100))
    (again,) = claim(ready, at=15, limit=1)
    assert (again.twin.id, again.attempts) == ("t1", 1)


def test_news_after_a_round_that_failed_does_not_wait_for_the_retry(ready: AnyStorage) -> None:
    (claimed,) = claim(ready, limit=1)
    with changing(ready) as work:
        work.twins.finish(claimed, claimed.twin, retry_at=later(100))
        work.twins.mark_dirty(["t1"], later(20), must_read=True)
    assert "t1" in ids(claim(ready, at=20))


def test_a_twin_can_be_kept_dirty(ready: AnyStorage) -> None:
    (claimed,) = claim(ready, limit=1)
    with changing(ready) as work:
        work.twins.finish(claimed, replace(claimed.twin, revision=2), keep_dirty=True)
    (again,) = claim(ready, limit=1)
    assert (again.twin.id, again.twin.revision, again.attempts) == ("t1", 2, 0)


def test_an_unlinking_during_the_round_is_kept(ready: AnyStorage) -> None:
    (claimed,) = claim(ready, limit=1)
    with changing(ready) as work:
        work.twins.save(replace(claimed.twin, status=TwinStatus.UNLINKED))
    with changing(ready) as work:
        work.twins.finish(claimed, replace(claimed.twin, status=TwinStatus.SYNCHRONIZED, revision=8))
    assert (get(ready).status, get(ready).revision) == (TwinStatus.UNLINKED, 8)


def test_what_the_peer_said_during_the_round_is_kept(ready: AnyStorage) -> None:
    (claimed,) = claim(ready, limit=1)
    said = replace(
        claimed.twin,
        status=TwinStatus.SYNCHRONIZED,
        remote_work_item_id=77,
        remote_url="https://new.example/77",
        lineage=frozenset({"peer:77"}),
        synchronized_at=later(12),
    )
    with changing(ready) as work:
        work.twins.save(said)
    with changing(ready) as work:
        work.twins.finish(claimed, replace(claimed.twin, lineage=frozenset({"org:1"}), revision=8))
    assert get(ready) == replace(said, lineage=frozenset({"org:1", "peer:77"}), revision=8)


def test_what_the_round_learned_of_the_peer_is_kept_where_nobody_else_did(ready: AnyStorage) -> None:
    (claimed,) = claim(ready, limit=1)
    learned = replace(claimed.twin, remote_work_item_id=5, remote_url="https://x.example/5", synchronized_at=later(9))
    with changing(ready) as work:
        work.twins.finish(claimed, learned)
    assert get(ready) == learned


def test_a_round_can_not_take_the_work_item_of_another_twin(ready: AnyStorage) -> None:
    with changing(ready) as work:
        work.twins.add(make_twin("new"), due_at=NOW)
    (claimed,) = claim(ready, limit=1)
    with changing(ready) as work:
        with pytest.raises(StateError, match="Work item 2 is under sync"):
            work.twins.finish(claimed, replace(claimed.twin, work_item_id=2))
        work.twins.finish(claimed, replace(claimed.twin, work_item_id=4), keep_dirty=True)
    assert get(ready, "new").work_item_id == 4


def test_two_rounds_of_one_unit_can_not_take_the_same_work_item(storage: AnyStorage) -> None:
    with changing(storage) as work:
        work.twins.add(make_twin("t1"), due_at=NOW)
        work.twins.add(make_twin("t2"), due_at=NOW)
    first, second = claim(storage)
    with changing(storage) as work:
        work.twins.finish(first, replace(first.twin, work_item_id=4))
        with pytest.raises(StateError):
            work.twins.finish(second, replace(second.twin, work_item_id=4))
        work.twins.finish(second, second.twin, keep_dirty=True)
    assert (get(storage, "t1").work_item_id, get(storage, "t2").work_item_id) == (4, None)


def test_everything_of_a_connection_is_realigned_at_once(ready: AnyStorage) -> None:
    (claimed,) = claim(ready, limit=1)
    with changing(ready) as work:
        work.twins.unlink("c1", ["t3"])
        work.twins.realign("c1", Realignment.RESEND, later(5))
        work.twins.finish(claimed, replace(claimed.twin, revision=7))
    found = {each.twin.id: each for each in claim(ready, at=20)}
    assert sorted(found) == ["t1", "t2"]
    assert {(each.twin.realignment, each.must_read) for each in found.values()} == {(Realignment.RESEND, True)}
    assert found["t1"].twin.revision == 7
    with changing(ready) as work:
        work.twins.finish(found["t1"], replace(found["t1"].twin, realignment=Realignment.NONE))
    with ready.unit_of_work() as work:
        assert work.twins.get("t1").realignment is Realignment.NONE
        assert work.twins.get("t2").realignment is Realignment.RESEND
        assert work.twins.get("t3").realignment is Realignment.NONE


def test_single_twins_are_read_again_also_while_somebody_works_on_them(ready: AnyStorage) -> None:
    (claimed,) = claim(ready, limit=1)
    with changing(ready) as work:
        work.twins.unlink("c1", ["t3"])
        work.twins.reread(["t1", "t3", "unknown"], later(5))
        work.twins.finish(claimed, claimed.twin)
    realignments = {each.twin.id: each.twin.realignment for each in claim(ready, at=20)}
    assert realignments == {"t1": Realignment.REREAD, "t2": Realignment.NONE}
    assert get(ready, "t3").realignment is Realignment.NONE


def test_a_twin_that_is_realigned_is_not_asked_for_less(ready: AnyStorage) -> None:
    with changing(ready) as work:
        work.twins.realign("c1", Realignment.DUE, later(5))
        work.twins.reread(["t1"], later(5))
    assert get(ready, "t1").realignment is Realignment.DUE


# work items that were just made ---------------------------------------------------------------------------------------


def name(work: UnitOfWork, claims: list[ClaimedTwin], *numbers: int) -> dict[str, AdnodeError]:
    """Say which work items were made for the twins; return what keeps some from having theirs."""
    twins = [
        replace(one.twin, work_item_id=number, project="Made here", revision=1, lineage=frozenset({f"org:{number}"}))
        for one, number in zip(claims, numbers, strict=True)
    ]
    return dict(work.twins.name_work_items(claims, {twin.id: twin for twin in twins}))


@pytest.fixture
def unmade(storage: AnyStorage) -> AnyStorage:
    """A storage with twins t1 and t2 whose work items are about to be made, and t3 that has number 3."""
    with changing(storage) as work:
        for twin_id in ("t1", "t2"):
            work.twins.add(make_twin(twin_id, intent=make_intent(None), project="Web Shop"), due_at=NOW)
        work.twins.add(make_twin("t3", work_item_id=3), due_at=None)
    return storage


def test_a_work_item_that_was_just_made_belongs_to_its_twin_before_the_round_ends(unmade: AnyStorage) -> None:
    claims = claim(unmade)
    with changing(unmade) as work:
        assert name(work, claims, 11, 12) == {}
    stored = get(unmade, "t1")
    assert (stored.work_item_id, stored.project, stored.revision) == (11, "Made here", 1)
    assert (stored.lineage, stored.intent) == (frozenset({"org:11"}), make_intent(None))
    with changing(unmade) as work:
        assert work.twins.mark_revisions("org", {11: 1, 12: 2}, later(20)) == {"c1"}
        work.twins.finish(claims[0], stored)
        work.twins.finish(claims[1], replace(claims[1].twin, work_item_id=12, revision=1))
    assert ids(claim(unmade, at=30)) == ["t2"]


def test_a_work_item_that_somebody_put_under_sync_meanwhile_stops_only_its_own_twin(unmade: AnyStorage) -> None:
    claims = claim(unmade)
    with changing(unmade) as work:
        refused = name(work, claims, 3, 12)
    assert {twin_id: type(error) for twin_id, error in refused.items()} == {"t1": StateError}
    assert get(unmade, "t1") == claims[0].twin
    assert get(unmade, "t2").work_item_id == 12


def test_the_work_item_of_another_connection_is_no_obstacle(unmade: AnyStorage) -> None:
    with changing(unmade) as work:
        work.twins.add(make_twin("x3", connection_id="c2", work_item_id=4), due_at=None)
        work.twins.add(make_twin("gone", work_item_id=5, status=TwinStatus.UNLINKED), due_at=None)
    claims = claim(unmade)
    with changing(unmade) as work:
        assert name(work, claims, 4, 5) == {}


def test_a_twin_taken_out_of_sync_meanwhile_learns_its_work_item_all_the_same(unmade: AnyStorage) -> None:
    claims = claim(unmade)
    with changing(unmade) as work:
        work.twins.unlink("c1", ["t1"])
        assert name(work, claims, 3, 12) == {}
    assert (get(unmade, "t1").work_item_id, get(unmade, "t1").status) == (3, TwinStatus.UNLINKED)

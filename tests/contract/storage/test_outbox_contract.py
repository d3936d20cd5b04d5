"""Messages to the peer, on every storage."""

from dataclasses import replace

import pytest
from tests.contract.storage.databases import AnyStorage, changing
from tests.contract.storage.values import MANY_BYTES, NOW, later, make_body, make_register, make_twin

from adnode.domain.errors import NotFoundError
from adnode.domain.message import (
    STATE_WEIGHT,
    TRANSITIONS,
    AppliedBody,
    ConnectionChangedBody,
    ContentBody,
    FailedBody,
    Message,
    MessageBody,
    MessageKind,
    QueueStatus,
    StateBody,
)
from adnode.domain.rich_text import RichText
from adnode.domain.sync_state import CommentValue

PARTING = ConnectionChangedBody("removed", "Contoso")
COMMENT = make_register(CommentValue("Ada", NOW, RichText("<p>x</p>")))


def fill(storage: AnyStorage, count: int, connection_id: str = "c1") -> list[str]:
    """Queue states of as many twins; the ids."""
    with changing(storage) as work:
        return [
            work.outbox.add(connection_id, f"t{number}", MessageKind.STATE, make_body(), later(number))
            for number in range(1, count + 1)
        ]


def sequences(messages: list[Message]) -> list[int]:
    return [message.sequence for message in messages]


def statuses(storage: AnyStorage, connection_id: str = "c1") -> dict[int, QueueStatus]:
    with storage.unit_of_work() as work:
        rows = work.queue.list_rows(connection_id=connection_id, direction="outgoing", limit=10_000)
        return {row.sequence: row.status for row in rows}


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (MessageKind.STATE, make_body("Grüße", lineage=frozenset({"org:1", "peer:2"}))),
        (MessageKind.APPLIED, AppliedBody(7, "https://x.example", frozenset({"org:7"}), ("m1", "m2"))),
        (MessageKind.FAILED, FailedBody("rule_violation", "Ein Feld fehlt.", ("m1",))),
        (MessageKind.CONTENT_REQUESTED, ContentBody(("a", "b"))),
        (MessageKind.CONTENT_FAILED, ContentBody(("a",), "too_large", "Too large.")),
        (MessageKind.CONNECTION_CHANGED, PARTING),
    ],
)
def test_a_message_comes_back_as_it_was_queued(storage: AnyStorage, kind: MessageKind, body: MessageBody) -> None:
    with changing(storage) as work:
        message_id = work.outbox.add("c1", "t1", kind, body, NOW)
    with changing(storage) as work:
        assert work.outbox.next_batch("c1", 10, MANY_BYTES) == [Message(message_id, 1, kind, "t1", body, NOW)]


def test_sequences_have_no_gaps_and_each_connection_counts_its_own(storage: AnyStorage) -> None:
    fill(storage, 3)
    with storage.unit_of_work() as work:
        work.outbox.add("c1", "dropped", MessageKind.STATE, make_body(), NOW)
    fill(storage, 2, "c2")
    with changing(storage) as work:
        work.outbox.add("c1", "t1", MessageKind.CONNECTION_CHANGED, PARTING, NOW)
        assert sequences(work.outbox.next_batch("c1", 10, MANY_BYTES)) == [1, 2, 3, 4]
        assert sequences(work.outbox.next_batch("c2", 10, MANY_BYTES)) == [1, 2]
        assert [work.connections.queues(connection_id).highest for connection_id in ("c1", "c2", "c3")] == [4, 2, 0]


def test_message_ids_are_all_different(storage: AnyStorage) -> None:
    assert len({*fill(storage, 5), *fill(storage, 5, "c2")}) == 10


def test_nothing_is_queued_for_an_unknown_connection(storage: AnyStorage) -> None:
    with storage.unit_of_work() as work, pytest.raises(NotFoundError, match="nowhere"):
        work.outbox.add("nowhere", "t1", MessageKind.CONNECTION_CHANGED, PARTING, NOW)


def test_a_state_is_merged_into_the_waiting_one_of_its_twin(storage: AnyStorage) -> None:
    with changing(storage) as work:
        first = StateBody(42, "old", frozenset({"org:1"}), {"summary": make_register("old"), "comment/org:1": COMMENT})
        message_id = work.outbox.add("c1", "t1", MessageKind.STATE, first, NOW)
        other_id = work.outbox.add("c1", "t2", MessageKind.STATE, make_body("other"), NOW)
        second = StateBody(43, "new", frozenset({"org:2"}), {"summary": make_register("new", 2)})
        assert work.outbox.add("c1", "t1", MessageKind.STATE, second, later(1)) == message_id
        assert work.connections.queues("c1").highest == 2
    with changing(storage) as work:
        merged, other = work.outbox.next_batch("c1", 10, MANY_BYTES)
        assert (merged.id, merged.sequence, other.id) == (message_id, 1, other_id)
        assert merged.body == StateBody(
            43,
            "new",
            frozenset({"org:1", "org:2"}),
            {"summary": make_register("new", 2), "comment/org:1": COMMENT},
        )
        assert other.body == make_body("other")


def test_a_state_that_was_handed_out_is_not_touched_any_more(storage: AnyStorage) -> None:
    (first_id,) = fill(storage, 1)
    with changing(storage) as work:
        work.outbox.next_batch("c1", 10, MANY_BYTES)
        second_id = work.outbox.add("c1", "t1", MessageKind.STATE, make_body("second"), NOW)
        third_id = work.outbox.add("c1", "t1", MessageKind.STATE, make_body("third"), NOW)
        assert first_id != second_id == third_id
        first, second = work.outbox.next_batch("c1", 10, MANY_BYTES)
        assert (first.body, second.body) == (make_body(), make_body("third"))


def test_states_that_would_weigh_too_much_together_stay_apart(storage: AnyStorage) -> None:
    large, larger = RichText("x" * (STATE_WEIGHT - 1000)), RichText("z" * STATE_WEIGHT)
    comment = make_register(CommentValue("Ada", NOW, RichText("y" * 2000)))
    first = replace(make_body(), registers={"description": make_register(large)})
    second = replace(make_body(), registers={"comment/a:1": comment})
    again = replace(make_body(), registers={"description": make_register(larger)})
    with changing(storage) as work:
        ids = [
            work.outbox.add("c1", "t1", MessageKind.STATE, body, later(number))
            for number, body in enumerate((first, second, second, again), start=1)
        ]
    assert ids[1] == ids[2]
    with changing(storage) as work:
        bodies = [message.body for message in work.outbox.next_batch("c1", 10, 10 * STATE_WEIGHT)]
    assert bodies == [first, second, again]


def test_states_over_another_connection_and_other_kinds_are_not_merged(storage: AnyStorage) -> None:
    with changing(storage) as work:
        ids = {
            work.outbox.add("c1", "t1", MessageKind.STATE, make_body(), NOW),
            work.outbox.add("c2", "t1", MessageKind.STATE, make_body(), NOW),
            work.outbox.add("c1", "t1", MessageKind.APPLIED, AppliedBody(1, "", frozenset(), ()), NOW),
            work.outbox.add("c1", "t1", MessageKind.APPLIED, AppliedBody(1, "", frozenset(), ()), NOW),
        }
        assert len(ids) == 4


def test_a_batch_is_the_oldest_unsent_and_becomes_sending(storage: AnyStorage) -> None:
    fill(storage, 5)
    with changing(storage) as work:
        assert sequences(work.outbox.next_batch("c1", 2, MANY_BYTES)) == [1, 2]
    sending, waiting = QueueStatus.SENDING, QueueStatus.WAITING
    assert statuses(storage) == {1: sending, 2: sending, 3: waiting, 4: waiting, 5: waiting}
    with changing(storage) as work:
        assert sequences(work.outbox.next_batch("c1", 3, MANY_BYTES)) == [1, 2, 3]


def test_a_batch_that_was_not_committed_is_handed_out_as_waiting_again(storage: AnyStorage) -> None:
    fill(storage, 1)
    with storage.unit_of_work() as work:
        work.outbox.next_batch("c1", 2, MANY_BYTES)
    assert statuses(storage) == {1: QueueStatus.WAITING}


def test_a_batch_ends_before_it_is_too_large_but_never_empty(storage: AnyStorage) -> None:
    with changing(storage) as work:
        for number in range(4):
            work.outbox.add("c1", f"t{number}", MessageKind.STATE, make_body("ä" * 1000), NOW)
        # Each weighs 2,000 bytes for its title and some hundreds for the rest.
        assert sequences(work.outbox.next_batch("c1", 10, 1)) == [1]
        assert sequences(work.outbox.next_batch("c1", 10, 3000)) == [1]
        assert sequences(work.outbox.next_batch("c1", 10, 6500)) == [1, 2]
        assert sequences(work.outbox.after("c1", 1, 10, 6500)) == [2, 3]
    assert statuses(storage)[4] is QueueStatus.WAITING


def test_a_poll_gets_what_is_above_its_sequence_and_unacknowledged(storage: AnyStorage) -> None:
    fill(storage, 5)
    with changing(storage) as work:
        work.outbox.acknowledge("c1", 2, NOW)
        assert sequences(work.outbox.after("c1", 0, 10, MANY_BYTES)) == [3, 4, 5]
        assert sequences(work.outbox.after("c1", 3, 1, MANY_BYTES)) == [4]
        assert sequences(work.outbox.after("c1", 3, 10, MANY_BYTES)) == [4, 5]
        assert work.outbox.after("c1", 5, 10, MANY_BYTES) == []
        assert work.outbox.after("c2", 0, 10, MANY_BYTES) == []


def test_an_acknowledgement_settles_everything_up_to_it_once(storage: AnyStorage) -> None:
    fill(storage, 4)
    fill(storage, 1, "c2")
    with changing(storage) as work:
        work.outbox.next_batch("c1", 2, MANY_BYTES)
        assert work.outbox.acknowledge("c1", 3, later(5)) == 3
        assert work.outbox.acknowledge("c1", 3, later(6)) == 0
        assert sequences(work.outbox.next_batch("c1", 10, MANY_BYTES)) == [4]
        rows = work.queue.list_rows(connection_id="c1", statuses=[QueueStatus.SENT])
        assert {row.settled_at for row in rows} == {later(5)}
    assert statuses(storage, "c2") == {1: QueueStatus.WAITING}


REACHED_BY = {
    QueueStatus.WAITING: [],
    QueueStatus.SENDING: [QueueStatus.SENDING],
    QueueStatus.SENT: [QueueStatus.SENT],
    QueueStatus.SYNCHRONIZED: [QueueStatus.SENT, QueueStatus.SYNCHRONIZED],
    QueueStatus.FAILED: [QueueStatus.FAILED],
    QueueStatus.BLOCKED: [QueueStatus.BLOCKED],
    QueueStatus.CANCELLED: [QueueStatus.CANCELLED],
}
"""How to bring a fresh message to each status."""


def test_messages_move_only_as_the_transition_table_says(storage: AnyStorage) -> None:
    moves = [(before, after) for before in REACHED_BY for after in QueueStatus]
    message_ids = fill(storage, len(moves))
    with changing(storage) as work:
        for message_id, (before, after) in zip(message_ids, moves, strict=True):
            for step in [*REACHED_BY[before], after]:
                work.outbox.settle([message_id], step, NOW)
    reached = statuses(storage)
    for sequence, (before, after) in enumerate(moves, start=1):
        expected = after if after in TRANSITIONS[before] else before
        assert reached[sequence] is expected, f"{before} to {after}"


def test_settling_notes_the_time_and_unsettling_takes_it_back(storage: AnyStorage) -> None:
    (message_id,) = fill(storage, 1)
    with changing(storage) as work:
        work.outbox.settle([message_id], QueueStatus.FAILED, later(7))
        assert work.queue.list_rows()[0].settled_at == later(7)
        work.outbox.settle([message_id], QueueStatus.SENT, later(8))
        assert work.queue.list_rows()[0].settled_at == later(7)
        work.outbox.settle([message_id], QueueStatus.WAITING, later(9))
        assert work.queue.list_rows()[0].settled_at is None


def test_a_peer_settles_only_messages_of_its_own_connection(storage: AnyStorage) -> None:
    fill(storage, 1)
    (foreign_id,) = fill(storage, 1, "c2")
    with changing(storage) as work:
        work.outbox.settle([foreign_id, "nowhere"], QueueStatus.SENT, NOW, connection_id="c1")
        assert [row.status for row in work.queue.list_rows(connection_id="c2")] == [QueueStatus.WAITING]
        work.outbox.settle([foreign_id], QueueStatus.SENT, NOW, connection_id="c2")
        assert [row.status for row in work.queue.list_rows(connection_id="c2")] == [QueueStatus.SENT]


def test_many_messages_are_settled_at_once(storage: AnyStorage) -> None:
    message_ids = fill(storage, 1200)
    with changing(storage) as work:
        work.outbox.settle(message_ids, QueueStatus.SENT, NOW)
        work.outbox.settle([], QueueStatus.FAILED, NOW)
        assert work.queue.depth("c1")["outgoing"] == 0


def test_old_messages_that_nobody_waits_for_are_forgotten(storage: AnyStorage) -> None:
    message_ids = fill(storage, 8)
    steps = [
        [QueueStatus.SENT],
        [QueueStatus.SENT, QueueStatus.SYNCHRONIZED],
        [QueueStatus.FAILED],
        [QueueStatus.CANCELLED],
        [QueueStatus.BLOCKED],
        [QueueStatus.SENDING],
    ]
    with changing(storage) as work:
        for message_id, path in zip(message_ids, steps, strict=False):
            for status in path:
                work.outbox.settle([message_id], status, later(10))
        work.outbox.settle(message_ids[7:], QueueStatus.SENT, later(20))
        assert work.outbox.forget_settled(later(10)) == 0
        assert work.outbox.forget_settled(later(20)) == 4
        assert work.outbox.forget_settled(later(20)) == 0
    assert set(statuses(storage)) == {5, 6, 7, 8}
    with changing(storage) as work:
        assert work.connections.queues("c1").highest == 8
        work.outbox.add("c1", "t9", MessageKind.STATE, make_body(), NOW)
        assert work.connections.queues("c1").highest == 9


def test_a_queue_begun_anew_drops_states_and_keeps_all_else_under_new_names(storage: AnyStorage) -> None:
    with changing(storage) as work:
        sent = work.outbox.add("c1", "", MessageKind.CONNECTION_CHANGED, ConnectionChangedBody("renamed", "A"), NOW)
        work.outbox.settle([sent], QueueStatus.SENT, NOW)
        work.outbox.add("c1", "t1", MessageKind.STATE, make_body(), NOW)
        work.outbox.add("c1", "t2", MessageKind.CONNECTING, make_body(), NOW)
        handed_out = work.outbox.add("c1", "", MessageKind.CONNECTION_CHANGED, ConnectionChangedBody("renamed"), NOW)
        other = work.outbox.add("c2", "t3", MessageKind.STATE, make_body(), NOW)
    with changing(storage) as work:
        work.outbox.after("c1", 3, 1, 1_000_000)
        assert work.outbox.id_at("c1", 4) == handed_out
        assert work.outbox.id_at("c1", 5) is None
        work.outbox.begin_anew("c1", later(1))
    with changing(storage) as work:
        (kept,) = work.outbox.next_batch("c1", 10, 1_000_000)
        assert (kept.sequence, kept.body) == (5, ConnectionChangedBody("renamed"))
        assert kept.id not in (handed_out, sent)
        assert [message.id for message in work.outbox.next_batch("c2", 10, 1_000_000)] == [other]


def test_forgetting_goes_in_steps(storage: AnyStorage) -> None:
    message_ids = fill(storage, 5)
    with changing(storage) as work:
        work.outbox.settle(message_ids, QueueStatus.SENT, NOW)
        assert [work.outbox.forget_settled(later(1), limit=2) for _ in range(4)] == [2, 2, 1, 0]


def test_a_queue_row_names_the_work_item(storage: AnyStorage) -> None:
    with changing(storage) as work:
        work.twins.add(make_twin(work_item_id=42), due_at=None)
        work.outbox.add("c1", "t1", MessageKind.STATE, make_body(), NOW)
        work.outbox.add("c1", "", MessageKind.CONNECTION_CHANGED, PARTING, later(1))
        assert [row.work_item_id for row in work.queue.list_rows()] == [None, 42]


def test_what_the_partner_has_yet_to_confirm_is_known_by_twin(storage: AnyStorage) -> None:
    waiting, sent, applied, failed = fill(storage, 4)
    with changing(storage) as work:
        work.outbox.add("c1", "t5", MessageKind.CONNECTION_CHANGED, PARTING, NOW)
        work.outbox.add("c1", "t6", MessageKind.CONNECTING, make_body(), NOW)
        work.outbox.settle([sent, applied, failed], QueueStatus.SENT, NOW)
        work.outbox.settle([applied], QueueStatus.SYNCHRONIZED, NOW)
        work.outbox.settle([failed], QueueStatus.FAILED, NOW)
    with storage.unit_of_work() as work:
        twin_ids = [f"t{number}" for number in range(1, 8)]
        assert work.outbox.unconfirmed(twin_ids) == {"t1", "t2", "t4", "t6"}
        assert work.outbox.unconfirmed(["t3"]) == set()
    assert waiting


def test_what_failed_of_a_twin_is_cancelled_with_the_reason(storage: AnyStorage) -> None:
    sent, failed, other = fill(storage, 3)
    with changing(storage) as work:
        work.outbox.settle([sent, failed, other], QueueStatus.SENT, NOW)
        work.outbox.settle([failed, other], QueueStatus.FAILED, NOW)
    with changing(storage) as work:
        assert work.outbox.cancel_failed(["t1", "t2", "unknown"], later(5), reason="Resolved") == 1
        assert work.outbox.cancel_failed(["t2"], later(6)) == 0
    assert statuses(storage) == {1: QueueStatus.SENT, 2: QueueStatus.CANCELLED, 3: QueueStatus.FAILED}


def test_all_polled_connections_that_have_something_to_hear_are_told_at_once(storage: AnyStorage) -> None:
    fill(storage, 3)
    fill(storage, 1, "c2")
    with storage.unit_of_work() as work:
        assert work.outbox.list_waiting({"c1": 2, "c2": 0}) == {"c1", "c2"}
        assert work.outbox.list_waiting({"c1": 3, "c2": 0, "gone": 0}) == {"c2"}
        assert work.outbox.list_waiting({"c2": 1}) == set()
        assert work.outbox.list_waiting({}) == set()


def test_what_was_handed_out_but_not_acknowledged_still_waits(storage: AnyStorage) -> None:
    fill(storage, 2)
    with changing(storage) as work:
        work.outbox.after("c1", 0, 10, MANY_BYTES, NOW)
    with changing(storage) as work:
        assert work.outbox.list_waiting({"c1": 0}) == {"c1"}
        work.outbox.acknowledge("c1", 2, NOW)
        assert work.outbox.list_waiting({"c1": 0}) == set()

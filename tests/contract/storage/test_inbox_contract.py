"""Messages of the peer, on every storage."""

from dataclasses import replace

import pytest
from tests.contract.storage.databases import AnyStorage, changing
from tests.contract.storage.values import NOW, later, make_body, make_message, make_twin

from adnode.domain.message import TRANSITIONS, ContentBody, Message, MessageKind, QueueStatus
from adnode.domain.message_documents import message_from_document, message_to_document
from adnode.domain.queues import Position
from adnode.ports.storage import REMEMBERED_MESSAGES, UnitOfWork


@pytest.fixture
def ready(storage: AnyStorage) -> AnyStorage:
    """A storage with twins t1 and t2 of the first connection, t3 of the second."""
    with changing(storage) as work:
        work.twins.add(make_twin("t1", work_item_id=1), due_at=None)
        work.twins.add(make_twin("t2", work_item_id=2), due_at=None)
        work.twins.add(make_twin("t3", connection_id="c2", work_item_id=3), due_at=None)
    return storage


def take_in(work: UnitOfWork, *messages: Message, connection_id: str = "c1") -> None:
    for message in messages:
        assert work.inbox.add(connection_id, message, QueueStatus.APPLYING, NOW)


def pending(work: UnitOfWork, *twin_ids: str) -> dict[str, list[str]]:
    found = work.inbox.pending(twin_ids)
    return {twin_id: [message.id for message in messages] for twin_id, messages in found.items()}


def test_a_message_comes_back_as_it_came(ready: AnyStorage) -> None:
    message = message_from_document(message_to_document(make_message(body=make_body("Grüße"))))
    with changing(ready) as work:
        take_in(work, message)
    with ready.unit_of_work() as work:
        assert work.inbox.pending(["t1"]) == {"t1": [message]}


def test_a_message_of_an_unknown_kind_comes_back_as_it_came(ready: AnyStorage) -> None:
    document = {
        "id": "m1",
        "sequence": 1,
        "kind": "greeting",
        "twin_id": "t1",
        "created_at": "2026-01-05T09:00:00.000000Z",
        "body": {"text": "hello"},
        "extra": [1, 2],
    }
    with changing(ready) as work:
        work.inbox.add("c1", message_from_document(document), QueueStatus.PARKED, NOW)
        work.inbox.settle(["m1"], QueueStatus.APPLYING, NOW)
    with ready.unit_of_work() as work:
        (message,) = work.inbox.pending_of_kind("c1", "greeting")
        assert (message.body, message.raw) == (None, document)


def test_a_known_id_is_not_stored_again(ready: AnyStorage) -> None:
    with changing(ready) as work:
        take_in(work, make_message(1))
        assert not work.inbox.add("c1", make_message(1, body=make_body("other")), QueueStatus.APPLYING, NOW)
        assert work.inbox.pending(["t1"])["t1"][0].body == make_body("Title 1")
    with changing(ready) as work:
        assert not work.inbox.add("c1", make_message(1), QueueStatus.APPLYING, NOW)


def test_each_connection_has_its_own_ids(ready: AnyStorage) -> None:
    with changing(ready) as work:
        take_in(work, make_message(1))
        take_in(work, make_message(1, twin_id="t3"), connection_id="c2")
        work.inbox.settle(["m1"], QueueStatus.SYNCHRONIZED, NOW, connection_id="c2")
        assert pending(work, "t1", "t3") == {"t1": ["m1"]}
        work.inbox.settle(["m1"], QueueStatus.SYNCHRONIZED, NOW)
        assert pending(work, "t1", "t3") == {}


def test_states_wait_by_twin_the_oldest_first(ready: AnyStorage) -> None:
    with changing(ready) as work:
        take_in(work, make_message(3), make_message(1), make_message(2, twin_id="t2"), make_message(10))
        take_in(work, make_message(4, kind=MessageKind.CONTENT_SENT, body=ContentBody(("a",))))
        assert pending(work, "t1", "t2", "nowhere") == {"t1": ["m1", "m3", "m10"], "t2": ["m2"]}
        assert pending(work) == {}


def test_only_what_is_not_applied_waits(ready: AnyStorage) -> None:
    with changing(ready) as work:
        take_in(work, *[make_message(number) for number in range(1, 6)])
        work.inbox.add("c1", make_message(6), QueueStatus.PARKED, NOW)
        for message_id, status in (
            ("m1", QueueStatus.SYNCHRONIZED),
            ("m2", QueueStatus.FAILED),
            ("m3", QueueStatus.CANCELLED),
            ("m4", QueueStatus.BLOCKED),
        ):
            work.inbox.settle([message_id], status, NOW)
        assert pending(work, "t1") == {"t1": ["m2", "m5"]}


def test_another_peer_does_not_reach_a_twin_by_naming_it(ready: AnyStorage) -> None:
    with changing(ready) as work:
        take_in(work, make_message(1, twin_id="t1"), connection_id="c2")
        work.inbox.settle(["m1"], QueueStatus.FAILED, NOW, connection_id="c2")
        assert pending(work, "t1", "t3") == {}


def test_messages_of_a_kind_wait_by_connection_the_oldest_first(ready: AnyStorage) -> None:
    def make_request(sequence: int) -> Message:
        return make_message(sequence, kind=MessageKind.CONTENT_REQUESTED, body=ContentBody((f"k{sequence}",)))

    with changing(ready) as work:
        take_in(work, make_request(3), make_request(1), make_request(2), make_message(4))
        take_in(work, make_request(5), connection_id="c2")
        work.inbox.settle(["m2"], QueueStatus.SYNCHRONIZED, NOW)
        work.inbox.settle(["m3"], QueueStatus.FAILED, NOW)
        found = work.inbox.pending_of_kind("c1", MessageKind.CONTENT_REQUESTED)
        assert [message.body for message in found] == [ContentBody(("k1",)), ContentBody(("k3",))]


REACHED_BY: dict[QueueStatus, list[QueueStatus]] = {
    QueueStatus.APPLYING: [],
    QueueStatus.SYNCHRONIZED: [QueueStatus.SYNCHRONIZED],
    QueueStatus.FAILED: [QueueStatus.FAILED],
    QueueStatus.BLOCKED: [QueueStatus.BLOCKED],
    QueueStatus.CANCELLED: [QueueStatus.CANCELLED],
    QueueStatus.PARKED: [QueueStatus.PARKED],
}
"""How to bring a fresh message to each status."""


def test_messages_move_only_as_the_transition_table_says(ready: AnyStorage) -> None:
    moves = [(before, after) for before in REACHED_BY for after in QueueStatus]
    with changing(ready) as work:
        for number, (before, after) in enumerate(moves, start=1):
            take_in(work, make_message(number))
            for step in [*REACHED_BY[before], after]:
                work.inbox.settle([f"m{number}"], step, NOW)
        reached = {row.sequence: row.status for row in work.queue.list_rows(limit=1000)}
    for number, (before, after) in enumerate(moves, start=1):
        expected = after if after in TRANSITIONS[before] else before
        assert reached[number] is expected, f"{before} to {after}"


def test_old_settled_messages_are_forgotten_but_for_the_newest(ready: AnyStorage) -> None:
    statuses = {
        1: QueueStatus.SYNCHRONIZED,
        2: QueueStatus.CANCELLED,
        3: QueueStatus.FAILED,
        4: QueueStatus.PARKED,
        5: QueueStatus.APPLYING,
        6: QueueStatus.SYNCHRONIZED,
        7: QueueStatus.SYNCHRONIZED,
    }
    with changing(ready) as work:
        take_in(work, *[make_message(number) for number in statuses])
        for number, status in statuses.items():
            work.inbox.settle([f"m{number}"], status, later(30 if number == 6 else 10))
        work.connections.set_received("c1", Position("", REMEMBERED_MESSAGES))
        assert work.inbox.forget_settled(later(20)) == 0
        work.connections.set_received("c1", Position("", REMEMBERED_MESSAGES + 6))
        assert work.inbox.forget_settled(later(10)) == 0
        assert work.inbox.forget_settled(later(20)) == 2
    with changing(ready) as work:
        assert {row.sequence for row in work.queue.list_rows()} == {3, 4, 5, 6, 7}
        assert pending(work, "t1") == {"t1": ["m3", "m5"]}
        work.connections.set_received("c1", Position("", REMEMBERED_MESSAGES + 7))
        assert [work.inbox.forget_settled(later(99), limit=1) for _ in range(3)] == [1, 1, 0]


def test_rows_are_listed_the_newest_first_in_both_directions(ready: AnyStorage) -> None:
    with changing(ready) as work:
        for number in (1, 2):
            work.outbox.add("c1", "t1", MessageKind.CONTENT_SENT, ContentBody(("a",)), later(number * 10))
        work.inbox.add("c1", make_message(7), QueueStatus.APPLYING, later(15))
        work.inbox.add("c1", make_message(9), QueueStatus.APPLYING, later(30))
        work.inbox.add("c1", make_message(8), QueueStatus.APPLYING, later(30))
        work.inbox.add("c2", make_message(1, twin_id="t3"), QueueStatus.APPLYING, later(40))
        rows = work.queue.list_rows(connection_id="c1")
        assert [(row.direction, row.sequence) for row in rows] == [
            ("incoming", 9),
            ("incoming", 8),
            ("outgoing", 2),
            ("incoming", 7),
            ("outgoing", 1),
        ]
        assert [row.sequence for row in work.queue.list_rows(connection_id="c1", limit=2)] == [9, 8]
        assert {row.direction for row in work.queue.list_rows(direction="outgoing")} == {"outgoing"}
        assert {row.direction for row in work.queue.list_rows(direction="incoming")} == {"incoming"}
        assert len(work.queue.list_rows()) == 6
        assert work.queue.list_rows(connection_id="c3") == []


def test_a_row_tells_what_it_is_about(ready: AnyStorage) -> None:
    with changing(ready) as work:
        work.inbox.add("c2", make_message(7, twin_id="t3"), QueueStatus.APPLYING, later(15))
        work.inbox.settle(["m7"], QueueStatus.SYNCHRONIZED, later(20))
        (row,) = work.queue.list_rows(statuses=[QueueStatus.SYNCHRONIZED])
        assert work.queue.list_rows(statuses=[QueueStatus.APPLYING]) == []
        assert (row.id, row.connection_id, row.twin_id, row.kind, row.status, row.sequence) == (
            "m7",
            "c2",
            "t3",
            "state",
            QueueStatus.SYNCHRONIZED,
            7,
        )
        assert (row.created_at, row.settled_at, row.work_item_id) == (later(15), later(20), 3)


def test_the_depth_counts_what_is_unsettled(ready: AnyStorage) -> None:
    with changing(ready) as work:
        assert work.queue.depth("c1") == {"outgoing": 0, "incoming": 0}
        for number in range(3):
            work.outbox.add("c1", f"t{number}", MessageKind.STATE, make_body(), NOW)
        work.outbox.next_batch("c1", 1, 100)
        take_in(work, *[make_message(number) for number in (1, 2)])
        assert work.queue.depth("c1") == {"outgoing": 3, "incoming": 2}
        work.outbox.acknowledge("c1", 1, NOW)
        work.inbox.settle(["m1"], QueueStatus.FAILED, NOW)
        assert work.queue.depth("c1") == {"outgoing": 2, "incoming": 1}
        assert work.queue.depth("c2") == {"outgoing": 0, "incoming": 0}


def test_many_twins_are_asked_at_once(ready: AnyStorage) -> None:
    with changing(ready) as work:
        take_in(work, make_message(1))
        assert pending(work, *[f"t{number}" for number in range(1300)]) == {"t1": ["m1"]}
        work.inbox.settle([f"m{number}" for number in range(1300)], QueueStatus.SYNCHRONIZED, NOW)
        assert pending(work, "t1") == {}


def test_a_message_given_with_another_raw_document_is_the_same(ready: AnyStorage) -> None:
    with changing(ready) as work:
        take_in(work, replace(make_message(1), raw={"kept": False}))
        assert work.inbox.pending(["t1"])["t1"][0].body == make_body("Title 1")


def test_what_failed_of_a_twin_is_cancelled_and_what_waits_goes_on(ready: AnyStorage) -> None:
    with changing(ready) as work:
        take_in(work, make_message(1), make_message(2), make_message(3, twin_id="t2"))
        # Another peer names our twin: its message is none of the twin's.
        take_in(work, make_message(4), connection_id="c2")
        work.inbox.settle(["m1", "m3", "m4"], QueueStatus.FAILED, NOW)
    with changing(ready) as work:
        assert work.inbox.cancel_failed(["t1", "unknown"], later(5)) == 1
        assert pending(work, "t1", "t2") == {"t1": ["m2"], "t2": ["m3"]}
        assert work.inbox.cancel_failed(["t1"], later(6)) == 0
        (cancelled,) = work.queue.list_rows(connection_id="c1", statuses=[QueueStatus.CANCELLED])
        assert (cancelled.id, cancelled.settled_at) == ("m1", later(5))
        (foreign,) = work.queue.list_rows(connection_id="c2", statuses=[QueueStatus.FAILED])
        assert foreign.id == "m4"

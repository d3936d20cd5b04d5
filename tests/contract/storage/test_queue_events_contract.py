"""Contract of lists of the sync queue's events."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.contract.storage.databases import AnyStorage, changing
from tests.contract.storage.values import (
    MANY_BYTES,
    NOW,
    later,
    make_body,
    make_connection,
    make_error_record,
    make_message,
    make_twin,
)

from adnode.domain.connection import ConnectionStatus
from adnode.domain.connection_note import ConnectionNote, RemoteStatus
from adnode.domain.errors import NotFoundError
from adnode.domain.message import AppliedBody, ContentBody, MessageKind, QueueStatus, StateBody
from adnode.domain.queue_event import Hold, Lane, QueueEvent
from adnode.domain.synced_change import Direction
from adnode.ports.queue_view import EventFilter, EventOrder, EventPlace, EventSort

OUTGOING = EventFilter("org", Lane.OUTGOING_SYNC)
INCOMING = EventFilter("org", Lane.INCOMING_SYNC)
FILES = ContentBody(("org:a",))


def listed(storage: AnyStorage, wanted: EventFilter, sort: str = "created_at", **options: object) -> list[QueueEvent]:
    order = EventOrder(EventSort(sort), bool(options.get("is_descending")))
    with storage.unit_of_work() as work:
        found = work.queue.list_events(wanted, order, NOW, limit=100)
        assert work.queue.count_events(wanted) == len(found)
    return [each.event for each in found]


def sequences(events: Sequence[QueueEvent]) -> list[int]:
    return [event.sequence for event in events]


def send(storage: AnyStorage, twin_id: str = "t1", connection_id: str = "c1", seconds: float = 0) -> str:
    with changing(storage) as work:
        return work.outbox.add(connection_id, twin_id, MessageKind.STATE, make_body(), later(seconds))


def receive(
    storage: AnyStorage, sequence: int = 1, status: QueueStatus = QueueStatus.APPLYING, **changes: object
) -> None:
    with changing(storage) as work:
        message = make_message(sequence, **changes)
        assert work.inbox.add("c1", message, status, later(sequence))


def test_every_kind_has_its_lane(storage: AnyStorage) -> None:
    body = AppliedBody(42, "", frozenset(), ("m1",))
    with changing(storage) as work:
        for kind, of in ((MessageKind.APPLIED, body), (MessageKind.CONTENT_REQUESTED, FILES)):
            work.outbox.add("c1", "t1", kind, of, NOW)
        work.outbox.add("c1", "t1", MessageKind.CONTENT_SENT, FILES, later(9))
    receive(storage, 1)
    receive(storage, 2, kind=MessageKind.CONTENT_REQUESTED, body=FILES)
    receive(storage, 3, kind=MessageKind.CONTENT_FAILED, body=FILES)
    kinds = {lane: [event.kind for event in listed(storage, EventFilter("org", lane))] for lane in Lane}
    assert kinds == {
        Lane.OUTGOING_SYNC: ["applied"],
        Lane.INCOMING_SYNC: ["state"],
        Lane.OUTGOING_ATTACHMENTS: ["content_requested", "content_sent"],
        Lane.INCOMING_ATTACHMENTS: ["content_requested", "content_failed"],
    }
    with storage.unit_of_work() as work:
        assert work.queue.count_lanes("org") == {lane: len(found) for lane, found in kinds.items()}
        assert set(work.queue.count_lanes("other").values()) == {0}
        assert work.queue.count_lanes("org", connection_id="c2")[Lane.OUTGOING_SYNC] == 0


@pytest.mark.parametrize("is_descending", [False, True])
@pytest.mark.parametrize("lane", [Lane.OUTGOING_SYNC, Lane.INCOMING_ATTACHMENTS])
@pytest.mark.parametrize("sort", list(EventSort))
def test_pages_of_any_order_put_together_are_everything_once(
    storage: AnyStorage, sort: EventSort, lane: Lane, is_descending: bool
) -> None:
    kind, body = (MessageKind.CONTENT_REQUESTED, FILES) if lane is Lane.INCOMING_ATTACHMENTS else ("state", make_body())
    with changing(storage) as work:
        for number in range(12):
            twin = make_twin(f"t{number}", connection_id="c2" if number % 2 else "c1", work_item_id=100 - number // 2)
            work.twins.add(twin, due_at=None)
            work.outbox.add(twin.connection_id, twin.id, kind, body, later(number // 3))
            if lane is Lane.INCOMING_ATTACHMENTS:
                message = make_message(number + 1, twin_id=twin.id, kind=MessageKind.CONTENT_SENT, body=FILES)
                work.inbox.add(twin.connection_id, message, QueueStatus.APPLYING, later(number // 4))
        work.notes.save(ConnectionNote("c2", remote_status=RemoteStatus.DEACTIVATED))
    wanted, order = EventFilter("org", lane), EventOrder(sort, is_descending)
    seen: list[tuple[EventPlace, QueueEvent]] = []
    after: EventPlace | None = None
    with storage.unit_of_work() as work:
        while page := work.queue.list_events(wanted, order, NOW, after=after, limit=5):
            seen += [(each.place, each.event) for each in page]
            after = page[-1].place
        whole = work.queue.list_events(wanted, order, NOW, limit=100)
    assert [each for _, each in seen] == [each.event for each in whole]
    assert len({(event.id, event.connection_id, event.direction) for _, event in seen}) == len(whole)
    assert len(whole) == (24 if lane is Lane.INCOMING_ATTACHMENTS else 12)
    places = [place for place, _ in seen]
    assert places == sorted(places, reverse=is_descending)


def test_what_it_is_sorted_by(storage: AnyStorage) -> None:
    with changing(storage) as work:
        work.connections.save(make_connection("c1", name="Zebra"))
        work.connections.save(make_connection("c2", name="ant"))
        for twin_id, connection_id, number in (("t1", "c1", 7), ("t2", "c2", 9), ("t3", "c1", 8)):
            work.twins.add(make_twin(twin_id, connection_id=connection_id, work_item_id=number), due_at=None)
    for twin_id, connection_id, number in (("t1", "c1", 7), ("t2", "c2", 9), ("t3", "c1", 8)):
        with changing(storage) as work:
            body = replace(make_body(), work_item_id=number)
            work.outbox.add(connection_id, twin_id, MessageKind.STATE, body, later(number))
    assert [event.twin_id for event in listed(storage, OUTGOING, "work_item")] == ["t1", "t3", "t2"]
    assert [event.twin_id for event in listed(storage, OUTGOING, "work_item", is_descending=True)] == ["t2", "t3", "t1"]
    assert listed(storage, OUTGOING, "connection")[0].connection_id == "c2"
    assert [event.twin_id for event in listed(storage, OUTGOING, "created_at")] == ["t1", "t3", "t2"]


def test_filters(storage: AnyStorage) -> None:
    with changing(storage) as work:
        work.twins.add(make_twin("t1", work_item_id=42, remote_work_item_id=7), due_at=None)
        work.twins.add(make_twin("t2", work_item_id=43, remote_work_item_id=42), due_at=None)
        work.twins.add(make_twin("t3", work_item_id=44), due_at=None)
        work.twins.add(make_twin("t4", connection_id="c2", work_item_id=45), due_at=None)
    for twin_id in ("t1", "t2", "t3"):
        send(storage, twin_id)
    send(storage, "t4", "c2")
    found = {event.twin_id for event in listed(storage, replace(OUTGOING, work_item_id=42))}
    assert found == {"t1", "t2"}, "the number of either side"
    assert {event.twin_id for event in listed(storage, replace(OUTGOING, connection_id="c2"))} == {"t4"}
    with changing(storage) as work:
        work.outbox.next_batch("c2", 10, MANY_BYTES)
    sending = replace(OUTGOING, statuses=frozenset({QueueStatus.SENDING}))
    assert [event.twin_id for event in listed(storage, sending)] == ["t4"]
    assert listed(storage, EventFilter("other", Lane.OUTGOING_SYNC)) == []


def test_a_state_is_in_progress_until_it_is_applied_there(storage: AnyStorage) -> None:
    message_id = send(storage)
    for status, is_shown in ((QueueStatus.SENT, True), (QueueStatus.SYNCHRONIZED, False)):
        with changing(storage) as work:
            work.outbox.settle([message_id], status, later(5))
        assert [event.status for event in listed(storage, OUTGOING)] == ([status] if is_shown else [])


def test_of_all_other_messages_the_peer_only_says_that_it_has_them(storage: AnyStorage) -> None:
    with changing(storage) as work:
        message_id = work.outbox.add("c1", "t1", MessageKind.CONTENT_SENT, FILES, NOW)
        work.outbox.settle([message_id], QueueStatus.SENT, later(5))
    assert listed(storage, EventFilter("org", Lane.OUTGOING_ATTACHMENTS)) == []


def test_finished_ones_are_shown_as_far_back_as_wanted(storage: AnyStorage) -> None:
    for sequence in (1, 2, 3):
        receive(storage, sequence)
    with changing(storage) as work:
        work.inbox.settle(["m1"], QueueStatus.SYNCHRONIZED, NOW, connection_id="c1")
        work.inbox.settle(["m2"], QueueStatus.CANCELLED, later(10), connection_id="c1", reason="Not wanted")
    assert sequences(listed(storage, INCOMING)) == [3]
    since = replace(INCOMING, finished_since=later(5))
    assert sequences(listed(storage, since)) == [2, 3]
    assert listed(storage, since)[0].reason == "Not wanted"
    assert sequences(listed(storage, replace(since, statuses=frozenset({QueueStatus.CANCELLED})))) == [2]
    assert sequences(listed(storage, replace(INCOMING, finished_since=NOW))) == [1, 2, 3]


def holds(storage: AnyStorage, wanted: EventFilter) -> list[tuple[QueueStatus, Hold]]:
    """Return what is shown, having made sure that the filter and the order by status know it too."""
    events = listed(storage, wanted)
    for status in {event.status for event in events}:
        of_status = listed(storage, replace(wanted, statuses=frozenset({status})))
        assert [event for event in events if event.status is status] == of_status
    by_status = listed(storage, wanted, "status")
    assert [event.status for event in by_status] == sorted(event.status for event in events)
    return [(event.status, event.hold) for event in events]


def test_what_is_blocked_outgoing(storage: AnyStorage) -> None:
    send(storage, "t1")
    send(storage, "t2", "c2", seconds=1)
    with changing(storage) as work:
        work.error_records.open(make_error_record())
    free = (QueueStatus.WAITING, Hold.NONE)
    assert holds(storage, OUTGOING) == [free, free], "an error on this side stops nothing that goes out"
    with changing(storage) as work:
        work.notes.save(ConnectionNote("c1").missed("peer_unreachable", NOW))
        work.connections.postpone_sending("c1", later(60), 1)
    assert holds(storage, OUTGOING) == [free, free], "a single call that failed is a hiccup"
    notes = {
        Hold.PEER_UNREACHABLE: ConnectionNote("c1")
        .missed("peer_unreachable", NOW)
        .missed("peer_unreachable", later(9)),
        Hold.PEER_REFUSING: ConnectionNote("c1").missed("signature_invalid", NOW, is_lasting=True),
        Hold.PARTNER_PAUSED: ConnectionNote("c1").told(RemoteStatus.DEACTIVATED, NOW),
        Hold.PARTNER_STOPPED: ConnectionNote("c1").told(RemoteStatus.BLOCKED, NOW),
        Hold.PARTNER_ENDED: ConnectionNote("c1").told(RemoteStatus.REMOVED, NOW),
    }
    for hold, note in notes.items():
        with changing(storage) as work:
            work.notes.save(note)
        assert holds(storage, OUTGOING) == [(QueueStatus.BLOCKED, hold), free]
        assert [event.hold_since for event in listed(storage, OUTGOING)] == [NOW, None]
    with changing(storage) as work:
        work.notes.save(ConnectionNote("c1"))
        work.connections.save(make_connection("c2", status=ConnectionStatus.DEACTIVATED))
    assert holds(storage, OUTGOING) == [free, (QueueStatus.BLOCKED, Hold.CONNECTION_NOT_ACTIVE)]


def test_what_is_blocked_incoming(storage: AnyStorage) -> None:
    with changing(storage) as work:
        for number in (1, 2, 3):
            work.twins.add(make_twin(f"t{number}", work_item_id=number), due_at=None)
        work.notes.save(ConnectionNote("c1", remote_status=RemoteStatus.DEACTIVATED))
    for number in (1, 2, 3):
        receive(storage, number, twin_id=f"t{number}")
    receive(
        storage,
        4,
        QueueStatus.PARKED,
        kind="hologram",
        body=None,
        raw={
            "id": "m4",
            "sequence": 4,
            "kind": "hologram",
            "twin_id": "",
            "body": {},
            "created_at": "2026-01-05T09:00:00Z",
        },
    )
    parked = (QueueStatus.BLOCKED, Hold.UNKNOWN_KIND)
    free = (QueueStatus.APPLYING, Hold.NONE)
    assert holds(storage, INCOMING) == [free, free, free, parked], "an unreachable partner stops nothing that has come"
    with changing(storage) as work:
        work.error_records.open(make_error_record("e1", twin_id="t1"))
        work.error_records.open(make_error_record("e2", twin_id="t2", is_remote=True))
    assert holds(storage, INCOMING) == [(QueueStatus.BLOCKED, Hold.FAILED_EVENT), free, free, parked]
    with changing(storage) as work:
        work.connections.save(make_connection("c1", status=ConnectionStatus.BLOCKED))
    stopped = (QueueStatus.BLOCKED, Hold.CONNECTION_NOT_ACTIVE)
    assert holds(storage, INCOMING) == [stopped, stopped, stopped, parked]


def test_attempts_are_noted(storage: AnyStorage) -> None:
    send(storage)
    receive(storage)
    for seconds in (1, 2):
        with changing(storage) as work:
            work.outbox.next_batch("c1", 10, MANY_BYTES, later(seconds))
    with changing(storage) as work:
        work.inbox.settle(["m1"], QueueStatus.FAILED, later(3), connection_id="c1")
        work.inbox.settle(["m1"], QueueStatus.APPLYING, later(4), connection_id="c1")
        work.inbox.settle(["m1"], QueueStatus.FAILED, later(5), connection_id="c1")
    (outgoing,), (incoming,) = listed(storage, OUTGOING), listed(storage, INCOMING)
    assert (outgoing.attempts, outgoing.last_attempt_at) == (2, later(2))
    assert (incoming.attempts, incoming.last_attempt_at) == (2, later(5))


def test_who_has_it_in_hands(storage: AnyStorage) -> None:
    with changing(storage) as work:
        work.twins.add(make_twin("t1", work_item_id=42), due_at=NOW)
    send(storage)
    receive(storage)
    assert not any(event.is_at_work for event in listed(storage, OUTGOING) + listed(storage, INCOMING))
    with changing(storage) as work:
        assert work.connections.claim_sender("c1", "sender", NOW, 60)
        assert work.outbox.next_batch("c1", 10, MANY_BYTES)
        assert work.twins.claim("c1", "worker", NOW, 60, 10)
    assert all(event.is_at_work for event in listed(storage, OUTGOING) + listed(storage, INCOMING))


def test_the_work_item_is_told_once_it_is_known(storage: AnyStorage) -> None:
    with changing(storage) as work:
        work.twins.add(make_twin("t1"), due_at=NOW)
    receive(storage, 1)
    assert [event.work_item_id for event in listed(storage, INCOMING)] == [0]
    with changing(storage) as work:
        (claim,) = work.twins.claim("c1", "worker", NOW, 60, 10)
        work.twins.finish(claim, replace(claim.twin, work_item_id=42, remote_work_item_id=7))
    receive(storage, 2)
    with changing(storage) as work:
        work.inbox.settle(["m1"], QueueStatus.SYNCHRONIZED, NOW, connection_id="c1")
    found = listed(storage, replace(INCOMING, finished_since=NOW - timedelta(days=7)), "work_item")
    assert [(event.work_item_id, event.remote_work_item_id) for event in found] == [(42, 7), (42, 7)]


def test_one_event_with_its_message(storage: AnyStorage) -> None:
    message_id = send(storage)
    receive(storage)
    with storage.unit_of_work() as work:
        sent = work.queue.get_event("org", Direction.OUTGOING, "c1", message_id, NOW)
        came = work.queue.get_event("org", Direction.INCOMING, "c1", "m1", NOW)
    assert sent.event.can_be_cancelled
    assert sent.message is not None
    assert isinstance(sent.message.body, StateBody)
    assert came.message is not None
    assert came.message.body == make_message().body


def test_events_of_others_are_not_there(storage: AnyStorage) -> None:
    message_id = send(storage)
    with storage.unit_of_work() as work:
        for organization_id, connection_id, event_id in (
            ("other", "c1", message_id),
            ("org", "c2", message_id),
            ("org", "c1", "nothing"),
        ):
            with pytest.raises(NotFoundError):
                work.queue.get_event(organization_id, Direction.OUTGOING, connection_id, event_id, NOW)


def test_the_same_id_over_two_connections(storage: AnyStorage) -> None:
    with changing(storage) as work:
        for connection_id, sequence in (("c1", 5), ("c2", 6)):
            message = make_message(sequence, id="same", twin_id=f"of {connection_id}")
            work.inbox.add(connection_id, message, QueueStatus.APPLYING, NOW)
    assert {(event.id, event.sequence, event.connection_id) for event in listed(storage, INCOMING, "id")} == {
        ("same", 5, "c1"),
        ("same", 6, "c2"),
    }
    with storage.unit_of_work() as work:
        assert work.queue.get_event("org", Direction.INCOMING, "c2", "same", NOW).event.sequence == 6

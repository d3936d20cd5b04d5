"""Contract of the samples of the sync queue."""

from datetime import UTC, datetime, timedelta

from tests.contract.storage.databases import AnyStorage, changing
from tests.contract.storage.values import MANY_BYTES, make_body, make_message

from adnode.domain.message import FailedBody, MessageKind, QueueStatus
from adnode.domain.queue_event import QueueSample, minute_of
from adnode.domain.synced_change import Direction

NOON = datetime(2026, 1, 5, 12, 0, 5, tzinfo=UTC)
MINUTE = minute_of(NOON)


def measure(storage: AnyStorage, now: datetime = NOON) -> int:
    with changing(storage) as work:
        return work.queue_samples.measure(now)


def listed(storage: AnyStorage, connection_id: str = "", minutes_each: int = 1, since: int = 0) -> list[QueueSample]:
    with storage.unit_of_work() as work:
        return list(
            work.queue_samples.list_samples(
                "org", connection_id=connection_id, since_minute=since, minutes_each=minutes_each
            )
        )


def figures(samples: list[QueueSample]) -> list[tuple[str, int, int, int, int]]:
    return [(each.direction, each.minute - MINUTE, each.depth, each.oldest_seconds, each.settled) for each in samples]


def test_an_idle_queue_is_measured_for_each_organization(storage: AnyStorage) -> None:
    assert measure(storage) == 4, "two organizations, two directions"
    assert figures(listed(storage)) == [("incoming", 0, 0, 0, 0), ("outgoing", 0, 0, 0, 0)]
    assert listed(storage, "c1") == []


def test_a_minute_is_measured_once(storage: AnyStorage) -> None:
    assert measure(storage) > 0
    assert measure(storage, NOON + timedelta(seconds=54)) == 0
    assert measure(storage, NOON + timedelta(seconds=55)) > 0


def test_what_waits_and_what_was_finished(storage: AnyStorage) -> None:
    with changing(storage) as work:
        for number in range(3):
            sent_at = NOON - timedelta(seconds=100 - number)
            work.outbox.add("c1", f"t{number}", MessageKind.STATE, make_body(), sent_at)
        work.outbox.add("c2", "t9", MessageKind.FAILED, FailedBody("x", "y", ()), NOON - timedelta(seconds=300))
        messages = work.outbox.next_batch("c1", 10, MANY_BYTES)
        work.outbox.settle([messages[0].id], QueueStatus.SENT, NOON)
        work.outbox.settle([messages[0].id], QueueStatus.SYNCHRONIZED, NOON - timedelta(seconds=10))
        for number, settled_seconds in ((1, 10), (2, 64), (3, 66), (4, 4)):
            work.inbox.add("c1", make_message(number), QueueStatus.APPLYING, NOON)
            settled_at = NOON - timedelta(seconds=settled_seconds)
            work.inbox.settle([f"m{number}"], QueueStatus.SYNCHRONIZED, settled_at, connection_id="c1")
    measure(storage)
    assert figures(listed(storage, "c1")) == [("incoming", 0, 0, 0, 2), ("outgoing", 0, 2, 99, 1)]
    assert figures(listed(storage, "c2")) == [("outgoing", 0, 1, 300, 0)]
    assert figures(listed(storage)) == [("incoming", 0, 0, 0, 2), ("outgoing", 0, 3, 300, 1)]


def test_many_minutes_as_one(storage: AnyStorage) -> None:
    start = NOON - timedelta(minutes=MINUTE % 10)
    for minute in range(20):
        with changing(storage) as work:
            if minute == 3:
                work.outbox.add("c1", "t1", MessageKind.STATE, make_body(), start + timedelta(minutes=minute))
        measure(storage, start + timedelta(minutes=minute))
    outgoing = [each for each in listed(storage, minutes_each=10) if each.direction is Direction.OUTGOING]
    assert [(each.minute - minute_of(start), each.depth, each.oldest_seconds) for each in outgoing] == [
        (0, 1, 6 * 60),
        (10, 1, 16 * 60),
    ]
    assert len(listed(storage, since=minute_of(start) + 15)) == 10


def test_old_samples_are_forgotten(storage: AnyStorage) -> None:
    for minute in range(3):
        measure(storage, NOON + timedelta(minutes=minute))
    with changing(storage) as work:
        assert work.queue_samples.forget_samples(MINUTE + 2, limit=5) == 5
        assert work.queue_samples.forget_samples(MINUTE + 2) == 3
        assert work.queue_samples.forget_samples(MINUTE + 2) == 0
    assert {each.minute for each in listed(storage)} == {MINUTE + 2}

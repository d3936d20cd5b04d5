"""Several threads and processes at one database: no lease twice, no lost change, no deadlock, on both databases."""

import multiprocessing
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import TypeVar

import pytest
from tests.contract.storage.claiming import Holding, claim_all, claim_all_in
from tests.contract.storage.databases import changing
from tests.contract.storage.fixtures import database_url, postgresql_url, sqlite_template
from tests.contract.storage.values import (
    NOW,
    add_ground,
    make_body,
    make_content,
    make_error_record,
    make_message,
    make_trace,
    make_twin,
)

from adnode.adapters.storage import Storage, open_storage
from adnode.domain.errors import LeaseLostError
from adnode.domain.message import ConnectionChangedBody, MessageKind, QueueStatus
from adnode.domain.queues import Position
from adnode.domain.twin import TwinStatus
from adnode.ports.storage import UnitOfWork

__all__ = ["database_url", "postgresql_url", "sqlite_template"]

Outcome = TypeVar("Outcome")
DEADLINE_SECONDS = 90.0
TWINS = 150
BUSY_TWINS = 10
"""So few that the workers meet at them all the time."""
CONNECTION_IDS = ("c1", "c2")
UNLINKED = ConnectionChangedBody("unlinked")


@pytest.fixture
def url(database_url: str) -> str:
    """A database with two connections that share every second work item; all twins are due."""
    storage = open_storage(database_url)
    with changing(storage) as work:
        add_ground(work)
        for connection_id in CONNECTION_IDS:
            for number in range(TWINS):
                work_item_id = number if number % 2 else number + 1000 * int(connection_id[1])
                twin = make_twin(f"{connection_id}-{number:03}", connection_id=connection_id, work_item_id=work_item_id)
                work.twins.add(twin, due_at=NOW)
    storage.close()
    return database_url


@pytest.fixture
def storages(url: str) -> Iterator[list[Storage]]:
    """The same database opened twice, as two processes do."""
    with ExitStack() as stack:
        opened = [open_storage(url) for _ in range(2)]
        for storage in opened:
            stack.callback(storage.close)
        yield opened


def results(futures: Sequence[Future[Outcome]]) -> list[Outcome]:
    return [future.result(DEADLINE_SECONDS) for future in futures]


def require_every_twin_once(holdings: list[Holding]) -> None:
    counts = Counter(holding.twin_id for holding in holdings)
    assert len(counts) == 2 * TWINS
    assert set(counts.values()) == {1}
    assert {holding.fence for holding in holdings} == {1}
    by_work_item: dict[int | None, list[Holding]] = defaultdict(list)
    for holding in holdings:
        by_work_item[holding.work_item_id].append(holding)
    for shared in by_work_item.values():
        ordered = sorted(shared, key=lambda holding: holding.since)
        for earlier, later in pairwise(ordered):
            assert earlier.until <= later.since, "one work item was held through two twins at once"


def test_threads_claim_every_twin_once_and_no_work_item_twice_at_a_time(storages: list[Storage]) -> None:
    with ThreadPoolExecutor(4) as pool:
        order = [CONNECTION_IDS, CONNECTION_IDS[::-1]] * 2
        futures = [
            pool.submit(claim_all_in, storages[number % 2], f"thread {number}", connection_ids)
            for number, connection_ids in enumerate(order)
        ]
        holdings = [holding for some in results(futures) for holding in some]
    require_every_twin_once(holdings)


def test_processes_claim_every_twin_once_and_no_work_item_twice_at_a_time(url: str) -> None:
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        futures = [
            pool.submit(claim_all, url, "process 1", CONNECTION_IDS),
            pool.submit(claim_all, url, "process 2", CONNECTION_IDS[::-1]),
        ]
        holdings = [holding for some in results(futures) for holding in some]
    require_every_twin_once(holdings)


def test_read_and_change_of_two_processes_lose_nothing(storages: list[Storage]) -> None:
    def count_up(storage: Storage) -> None:
        for _ in range(25):
            with changing(storage) as work:
                sequence = work.connections.queues("c1").received.sequence
                work.connections.set_received("c1", Position("", sequence + 1))

    with ThreadPoolExecutor(4) as pool:
        results([pool.submit(count_up, storage) for storage in storages * 2])
    with storages[0].unit_of_work() as work:
        assert work.connections.queues("c1").received.sequence == 100


class Traffic:
    """What a node does all day, in any order, over any connection."""

    def __init__(self, storage: Storage, number: int) -> None:
        self._storage = storage
        self._owner = f"worker {number}"
        self._random = random.Random(number)
        self._sequence = number * 1_000_000

    def run(self, rounds: int) -> int:
        steps: list[Callable[[UnitOfWork, str], None]] = [
            self._reconcile,
            self._receive,
            self._read_feed,
            self._hand_out,
            self._send,
            self._unlink,
            self._report,
        ]
        for _ in range(rounds):
            step, connection_id = self._random.choice(steps), self._random.choice(CONNECTION_IDS)
            with changing(self._storage) as work:
                step(work, connection_id)
        return rounds

    def _twin_ids(self, connection_id: str, count: int) -> list[str]:
        return [f"{connection_id}-{number:03}" for number in self._random.sample(range(BUSY_TWINS), count)]

    def _reconcile(self, work: UnitOfWork, connection_id: str) -> None:
        now = datetime.now(UTC)
        claims = work.twins.claim(connection_id, self._owner, now, 60, BUSY_TWINS)
        work.commit()
        self._random.shuffle(claims)
        work.twins.mark_dirty(self._twin_ids(connection_id, 4), now, must_read=False)
        for claim in claims:
            try:
                work.twins.finish(claim, replace(claim.twin, revision=(claim.twin.revision or 0) + 1))
            except LeaseLostError:
                continue
            work.traces.save([make_trace(work_item_id=claim.twin.work_item_id or 0)])
            work.outbox.add(connection_id, claim.twin.id, MessageKind.STATE, make_body(), now)
            record = make_error_record(f"e{self._next()}", connection_id=connection_id, twin_id=claim.twin.id)
            work.error_records.open(record)
            work.error_records.close(now, connection_id=connection_id, twin_id=claim.twin.id)
            if self._random.random() < 0.3:
                work.twins.mark_dirty([claim.twin.id], now, must_read=True)

    def _receive(self, work: UnitOfWork, connection_id: str) -> None:
        for twin_id in self._twin_ids(connection_id, 4):
            sequence = self._next()
            message = make_message(sequence, twin_id=twin_id)
            assert work.inbox.add(connection_id, message, QueueStatus.APPLYING, NOW)
            twin = work.twins.get(twin_id)
            work.twins.save(replace(twin, remote_work_item_id=sequence))
            work.twins.mark_dirty([twin_id], NOW, must_read=False)
            work.traces.add_content(make_content("shared", connection_id=connection_id))
            work.inbox.settle([message.id], QueueStatus.SYNCHRONIZED, NOW)
        work.connections.set_received(connection_id, Position("", self._next()))

    def _read_feed(self, work: UnitOfWork, _connection_id: str) -> None:
        numbers = self._random.sample(range(BUSY_TWINS), 8)
        work.twins.mark_revisions("org", {number: self._next() for number in numbers}, NOW)
        work.feeds.save_token("org", str(self._next()))

    def _hand_out(self, work: UnitOfWork, connection_id: str) -> None:
        messages = work.outbox.after(connection_id, 0, 10, 100_000)
        work.outbox.acknowledge(connection_id, max((message.sequence for message in messages), default=0), NOW)

    def _send(self, work: UnitOfWork, connection_id: str) -> None:
        work.connections.claim_sender(connection_id, self._owner, datetime.now(UTC), 60)
        messages = work.outbox.next_batch(connection_id, 10, 100_000)
        work.outbox.settle([message.id for message in messages], QueueStatus.SENT, NOW)
        work.connections.release_sender(connection_id, self._owner)

    def _unlink(self, work: UnitOfWork, connection_id: str) -> None:
        (twin_id,) = self._twin_ids(connection_id, 1)
        work.twins.save(replace(work.twins.get(twin_id), status=TwinStatus.UNLINKED))
        work.outbox.add(connection_id, twin_id, MessageKind.CONNECTION_CHANGED, UNLINKED, NOW)

    def _report(self, work: UnitOfWork, _connection_id: str) -> None:
        for twin in work.twins.find_by_work_item("org", self._random.sample(range(BUSY_TWINS), 3)):
            work.connections.get(twin.connection_id)
        work.connections.sending_due(NOW)
        work.twins.connections_due(NOW)

    def _next(self) -> int:
        self._sequence += 1
        return self._sequence


def test_the_traffic_of_several_workers_never_deadlocks_and_numbers_without_gaps(storages: list[Storage]) -> None:
    workers = [Traffic(storages[number % 2], number) for number in range(1, 5)]
    with ThreadPoolExecutor(4) as pool:
        assert results([pool.submit(worker.run, 40) for worker in workers]) == [40] * 4
    with storages[0].unit_of_work() as work:
        for connection_id in CONNECTION_IDS:
            rows = work.queue.list_rows(connection_id=connection_id, direction="outgoing", limit=100_000)
            highest = work.connections.queues(connection_id).highest
            assert sorted(row.sequence for row in rows) == list(range(1, highest + 1))
            assert highest > 0


def test_no_page_of_the_feed_passes_a_number_that_is_being_stored(storages: list[Storage]) -> None:
    """Either the page finds the twin by its new number, or whoever stores the number sees that a page went by."""
    feed, naming = storages
    with changing(naming) as work:
        for number in range(BUSY_TWINS):
            work.twins.add(make_twin(f"new-{number}"), due_at=NOW)
        claims = [one for one in work.twins.claim("c1", "a", NOW, 600, 1000) if one.twin.work_item_id is None]
    assert len(claims) == BUSY_TWINS

    def take_over(number: int) -> bool:
        with changing(feed) as work:
            work.feeds.count_page("org")
            return work.twins.mark_revisions("org", {number: 2}, NOW) == {"c1"}

    def name(number: int, known: int) -> bool:
        claim = claims[number - 9000]
        with changing(naming) as work:
            pages = work.feeds.pages("org")
            named = replace(claim.twin, work_item_id=number, revision=1)
            assert work.twins.name_work_items([claim], {claim.twin.id: named}) == {}
        return pages != known

    with ThreadPoolExecutor(2) as pool:
        for number in range(9000, 9000 + BUSY_TWINS):
            with naming.unit_of_work() as work:
                known = work.feeds.pages("org")
            was_marked, has_passed = results([pool.submit(take_over, number), pool.submit(name, number, known)])
            assert was_marked or has_passed
            assert not (was_marked and has_passed)

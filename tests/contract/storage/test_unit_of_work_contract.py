"""One unit of work is one transaction, on every storage."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta, timezone
from typing import TypeVar

import pytest
from tests.contract.storage.databases import AnyStorage, changing
from tests.contract.storage.values import (
    NOW,
    add_ground,
    later,
    make_body,
    make_conflict,
    make_connection,
    make_content,
    make_error_record,
    make_full_twin,
    make_invitation,
    make_message,
    make_organization,
    make_trace,
    make_twin,
)

from adnode.adapters.storage import open_storage
from adnode.domain.errors import NotFoundError
from adnode.domain.message import QueueStatus
from adnode.domain.queues import Position
from adnode.ports.storage import UnitOfWork

Outcome = TypeVar("Outcome")
DEADLINE_SECONDS = 30.0


class InterruptionError(Exception):
    """What a crash looks like from inside."""


def change_everything(work: UnitOfWork) -> None:
    work.organizations.add(make_organization("new"), b"sealed")
    work.connections.add(make_connection("c9"))
    work.connections.save(make_connection("c1", name="changed"))
    work.connections.set_received("c1", Position("", 7))
    work.invitations.add(make_invitation())
    work.twins.add(make_twin("t9", work_item_id=9), due_at=NOW)
    work.twins.mark_dirty(["t9"], NOW, must_read=True)
    claim = work.twins.claim("c1", "worker", NOW, 60, 10)[0]
    work.twins.finish(claim, replace(claim.twin, revision=3))
    work.traces.save([make_trace()])
    work.traces.add_content(make_content())
    work.outbox.add("c1", "t9", "state", make_body(), NOW)
    work.inbox.add("c1", make_message(), QueueStatus.APPLYING, NOW)
    work.error_records.open(make_error_record())
    work.error_records.add_conflict(make_conflict())
    work.feeds.save_token("org", "token")
    work.nonces.remember("key", "nonce", NOW)


def change_everything_and_crash(work: UnitOfWork) -> None:
    change_everything(work)
    raise InterruptionError


def everything(work: UnitOfWork) -> dict[str, object]:
    return {
        "organizations": work.organizations.list_all(),
        "connections": work.connections.list_all(),
        "received_through": work.connections.queues("c1").received.sequence,
        "invitations": work.invitations.list_of("c1"),
        "twins": work.twins.find(["t1", "t9"]),
        "due": work.twins.count_due("c1"),
        "traces": work.traces.find("org", [42]),
        "contents": work.traces.contents("c1", ["peer:a"]),
        "sequence": work.connections.queues("c1").highest,
        "rows": work.queue.list_rows(),
        "pending": work.inbox.pending(["t1", "t9"]),
        "error_records": work.error_records.list_records(),
        "conflicts": work.error_records.list_conflicts(),
        "token": work.feeds.token("org"),
    }


def test_leaving_without_commit_changes_nothing(storage: AnyStorage) -> None:
    with storage.unit_of_work() as work:
        before = everything(work)
    with storage.unit_of_work() as work:
        change_everything(work)
    with storage.unit_of_work() as work:
        assert everything(work) == before
        assert work.nonces.remember("key", "nonce", NOW)


def test_an_exception_rolls_everything_back_and_passes_on(storage: AnyStorage) -> None:
    with storage.unit_of_work() as work:
        before = everything(work)
    with pytest.raises(InterruptionError), storage.unit_of_work() as work:
        change_everything_and_crash(work)
    with storage.unit_of_work() as work:
        assert everything(work) == before


def test_a_commit_keeps_everything(storage: AnyStorage) -> None:
    with changing(storage) as work:
        change_everything(work)
        changed = everything(work)
    with storage.unit_of_work() as work:
        assert everything(work) == changed
        assert not work.nonces.remember("key", "nonce", NOW)


def test_what_comes_after_a_commit_is_a_new_transaction(storage: AnyStorage) -> None:
    with storage.unit_of_work() as work:
        work.feeds.save_token("org", "kept")
        work.commit()
        work.feeds.save_token("org", "dropped")
    with storage.unit_of_work() as work:
        assert work.feeds.token("org") == "kept"


def test_a_unit_that_failed_leaves_the_storage_usable(storage: AnyStorage) -> None:
    with pytest.raises(NotFoundError), storage.unit_of_work() as work:
        work.connections.get("nowhere")
    with changing(storage) as work:
        work.feeds.save_token("org", "token")
    with storage.unit_of_work() as work:
        assert work.feeds.token("org") == "token"


def test_times_come_back_aware_and_equal_from_any_zone(storage: AnyStorage) -> None:
    tokyo = timezone(timedelta(hours=9))
    twin = replace(make_full_twin(), created_at=NOW.astimezone(tokyo), synchronized_at=later(3).astimezone(tokyo))
    with changing(storage) as work:
        work.twins.add(twin, due_at=later(10).astimezone(tokyo))
    with storage.unit_of_work() as work:
        found = work.twins.get(twin.id)
        assert (found.created_at, found.synchronized_at) == (NOW, later(3))
        assert found.created_at.tzinfo is not None
        assert work.twins.connections_due(later(9.999)) == []
        assert work.twins.connections_due(later(10)) == ["c1"]


def test_threads_take_turns_so_that_no_change_is_lost(storage: AnyStorage) -> None:
    barrier = threading.Barrier(4)

    def count_up() -> None:
        barrier.wait(DEADLINE_SECONDS)
        for _ in range(10):
            with changing(storage) as work:
                connection = work.connections.get("c1")
                # Lets the other threads run between reading and writing.
                time.sleep(0.001)
                work.connections.save(replace(connection, description=f"{connection.description}x"))

    in_threads([count_up] * 4)
    with storage.unit_of_work() as work:
        assert work.connections.get("c1").description.count("x") == 40


def test_only_one_of_several_threads_uses_an_invitation(storage: AnyStorage) -> None:
    for number in range(5):
        invitation_id = f"i{number}"
        with changing(storage) as work:
            work.invitations.add(make_invitation(invitation_id))
        barrier = threading.Barrier(3)

        def consume(key: bytes, invitation_id: str = invitation_id, barrier: threading.Barrier = barrier) -> bool:
            barrier.wait(DEADLINE_SECONDS)
            with changing(storage) as work:
                return work.invitations.consume(invitation_id, key, NOW)

        outcomes = in_threads([lambda key=key: consume(key) for key in (b"a", b"b", b"c")])  # type: ignore[misc]
        assert sorted(outcomes) == [False, False, True]
        with storage.unit_of_work() as work:
            used = work.invitations.get(invitation_id)
            assert used.accepted_public_key == (b"a", b"b", b"c")[outcomes.index(True)]


def test_only_one_of_several_threads_takes_in_a_message_a_nonce_or_a_cause(storage: AnyStorage) -> None:
    barrier = threading.Barrier(4)

    def take_in(number: int) -> tuple[bool, bool]:
        barrier.wait(DEADLINE_SECONDS)
        with changing(storage) as work:
            is_new = work.inbox.add("c1", make_message(), QueueStatus.APPLYING, NOW)
            is_fresh = work.nonces.remember("key", "nonce", NOW)
            work.error_records.open(make_error_record(f"e{number}"))
            work.traces.save([make_trace()])
            work.traces.add_content(make_content())
            work.feeds.save_token("org", "token")
        return is_new, is_fresh

    outcomes = in_threads([lambda number=number: take_in(number) for number in range(4)])  # type: ignore[misc]
    assert sorted(outcome[0] for outcome in outcomes) == [False, False, False, True]
    assert sorted(outcome[1] for outcome in outcomes) == [False, False, False, True]
    with storage.unit_of_work() as work:
        assert [record.occurrences for record in work.error_records.list_records()] == [4]


def in_threads(tasks: list[Callable[[], Outcome]]) -> list[Outcome]:
    with ThreadPoolExecutor(len(tasks)) as pool:
        return [future.result(DEADLINE_SECONDS) for future in [pool.submit(task) for task in tasks]]


def test_everything_outlives_reopening(database_url: str) -> None:
    first = open_storage(database_url)
    with changing(first) as work:
        add_ground(work)
        change_everything(work)
        stored = everything(work)
    first.close()
    second = open_storage(database_url)
    with second.unit_of_work() as work:
        assert everything(work) == stored
    second.close()

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from tests.unit.workers.test_sweeper import make_connection, make_organization

from adnode.adapters.storage import Storage, open_storage
from adnode.domain.connection import ConnectionStatus, TransportKind
from adnode.domain.errors import PeerBusyError, PeerError, PeerUnreachableError
from adnode.services.exchange import ExchangeService
from adnode.services.retry import RetryPolicy
from adnode.workers.pollers import PollerPool

DEADLINE_SECONDS = 20.0
RETRY = RetryPolicy(first_delay_seconds=0.01, maximum_delay_seconds=0.02)


class PolledPeer:
    """An exchange whose peer answers after a moment, failing as often as it is told."""

    def __init__(self, failures: int = 0, error: PeerError | None = None) -> None:
        self.calls = 0
        self.called_at: list[float] = []
        self._failures = failures
        self._error = error or PeerUnreachableError("The other node is away.")
        self._lock = threading.Lock()

    def poll_once(self, _connection_id: str, _wait_seconds: float) -> int:
        with self._lock:
            self.calls += 1
            self.called_at.append(time.monotonic())
            if self.calls <= self._failures:
                raise self._error
        threading.Event().wait(0.01)
        return 1


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[Storage]:
    opened = open_storage(f"sqlite:///{tmp_path / 'node.db'}")
    opened.upgrade()
    with opened.unit_of_work() as work:
        work.organizations.add(make_organization(), b"sealed")
        work.connections.add(replace(make_connection(), transport=TransportKind.POLL))
        work.connections.add(replace(make_connection(), id="pushing"))
        work.commit()
    yield opened
    opened.close()


def open_pool(storage: Storage, peer: PolledPeer) -> PollerPool:
    return PollerPool(storage.unit_of_work, cast(ExchangeService, peer), RETRY)


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "did not happen in time"
        threading.Event().wait(0.01)


def test_only_connections_that_poll_are_polled(storage: Storage) -> None:
    peer = PolledPeer()
    pool = open_pool(storage, peer)
    pool.adjust()
    try:
        assert pool.connection_ids == {"connection"}
        until(lambda: peer.calls >= 3)
    finally:
        pool_stop(pool)


def test_polling_goes_on_after_failures(storage: Storage) -> None:
    peer = PolledPeer(failures=3)
    pool = open_pool(storage, peer)
    pool.adjust()
    try:
        until(lambda: peer.calls >= 5)
    finally:
        pool_stop(pool)


def test_a_busy_peer_is_asked_again_no_sooner_than_it_said(storage: Storage) -> None:
    peer = PolledPeer(failures=3, error=PeerBusyError("The other node is busy.", retry_after_seconds=0.2))
    pool = open_pool(storage, peer)
    pool.adjust()
    try:
        until(lambda: peer.calls >= 5)
    finally:
        pool_stop(pool)
    pauses = [after - before for before, after in zip(peer.called_at, peer.called_at[1:4], strict=False)]
    assert min(pauses) >= 0.2


def test_a_deactivated_connection_is_polled_no_more(storage: Storage) -> None:
    peer = PolledPeer()
    pool = open_pool(storage, peer)
    pool.start()
    try:
        until(lambda: peer.calls >= 1)
        with storage.unit_of_work() as work:
            polling = replace(make_connection(), transport=TransportKind.POLL)
            work.connections.save(polling.moved_to(ConnectionStatus.DEACTIVATED))
            work.commit()
        until(lambda: not pool.connection_ids)
    finally:
        pool.stop(DEADLINE_SECONDS)
    until(lambda: not any(thread.name.startswith("poll-") for thread in threading.enumerate()))


def pool_stop(pool: PollerPool) -> None:
    """Stop a pool whose watching thread was never started."""
    pool.start()
    pool.stop(DEADLINE_SECONDS)
    until(lambda: not any(thread.name.startswith("poll-") for thread in threading.enumerate()))

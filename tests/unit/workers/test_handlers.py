from threading import Event
from typing import cast

import pytest

from adnode.ports.system import Topic
from adnode.services.change_feed import ChangeFeedService
from adnode.services.exchange import ExchangeService
from adnode.services.reconciliation import ReconciliationService
from adnode.workers.handlers import make_handlers


class Work:
    """Services that have some rounds of work left and note who was called."""

    def __init__(self, rounds: int, stopping: Event, stops_after: int = 0) -> None:
        self.calls: list[tuple[str, str]] = []
        self._rounds = rounds
        self._stopping = stopping
        self._stops_after = stops_after

    def reconcile(self, key: str) -> int:
        self.calls.append(("reconcile", key))
        if len(self.calls) == self._stops_after:
            self._stopping.set()
        return 200 if len(self.calls) < self._rounds else 0

    def send(self, key: str) -> int:
        self.calls.append(("send", key))
        return 1

    def read(self, key: str) -> int:
        self.calls.append(("read", key))
        return 1


def run(work: Work, stopping: Event, topic: str) -> None:
    services = (cast(ReconciliationService, work), cast(ExchangeService, work), cast(ChangeFeedService, work))
    make_handlers(*services, stopping)[topic]("key")


def test_reconciling_goes_on_until_nothing_is_due() -> None:
    stopping = Event()
    work = Work(3, stopping)
    run(work, stopping, Topic.RECONCILE)
    assert work.calls == [("reconcile", "key")] * 3


def test_reconciling_ends_between_batches_when_the_node_stops() -> None:
    stopping = Event()
    work = Work(1000, stopping, stops_after=2)
    run(work, stopping, Topic.RECONCILE)
    assert len(work.calls) == 2


@pytest.mark.parametrize(("topic", "call"), [(Topic.SEND, "send"), (Topic.FEED, "read")])
def test_each_topic_calls_its_service_once(topic: str, call: str) -> None:
    stopping = Event()
    work = Work(1, stopping)
    run(work, stopping, topic)
    assert work.calls == [(call, "key")]


@pytest.mark.parametrize("topic", [Topic.RECONCILE, Topic.SEND, Topic.FEED])
def test_nothing_is_begun_while_the_node_stops(topic: str) -> None:
    stopping = Event()
    stopping.set()
    work = Work(1, stopping)
    run(work, stopping, topic)
    assert work.calls == []

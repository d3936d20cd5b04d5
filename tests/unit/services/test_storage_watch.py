"""A database that took nothing for a while is told once it takes something again."""

from threading import Event

import pytest
from tests.unit.services.memory_nodes import Meeting, MemoryNode

from adnode.adapters.memory.clock import MemoryIds
from adnode.domain.database_outage import DatabaseTrouble
from adnode.domain.error_record import Impact
from adnode.services.storage_watch import StorageWatch


@pytest.fixture
def node() -> MemoryNode:
    return Meeting().add("alpha")


def test_what_happened_is_an_error_record_of_each_organization_afterwards(node: MemoryNode) -> None:
    troubles = [None, DatabaseTrouble.FULL, DatabaseTrouble.UNREACHABLE, None, None]
    found = iter(troubles)
    watch = StorageWatch(node.storage.unit_of_work, lambda: next(found), node.clock, MemoryIds("watch"))
    counts = []
    for _ in troubles:
        watch.watch(Event())
        counts.append(len(node.error_records()))
        node.clock.advance(10)
    assert counts == [0, 0, 0, 1, 1]
    [record] = node.error_records()
    assert (record.code, record.impact) == ("database_unwritable", Impact.WARNING)
    assert "from 2026-01-05 09:00:10 to 09:00:30 UTC: there was no room left" in record.message


def test_a_node_that_ends_asks_nothing(node: MemoryNode) -> None:
    stopping = Event()
    stopping.set()
    StorageWatch(node.storage.unit_of_work, lambda: pytest.fail("asked"), node.clock, MemoryIds("w")).watch(stopping)

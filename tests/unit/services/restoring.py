"""Restoring the database of a node in memory, and going on after it."""

import copy
from collections.abc import Callable

from tests.unit.services.memory_nodes import Meeting, MemoryNode

from adnode.domain.connection import ConnectionStatus
from adnode.domain.errors import PeerRewoundError
from adnode.domain.queues import Queues


def backup(node: MemoryNode) -> Callable[[], None]:
    """Copy the node's database; return what puts the copy back."""
    saved = copy.deepcopy(node.storage._tables)

    def restore() -> None:
        node.storage._tables = copy.deepcopy(saved)

    return restore


def statuses(connection_id: str, *nodes: MemoryNode) -> list[ConnectionStatus]:
    return [node.connections.show(connection_id).status for node in nodes]


def queues_of(node: MemoryNode, connection_id: str) -> Queues:
    with node.storage.unit_of_work() as work:
        return work.connections.queues(connection_id)


def settle(meeting: Meeting, times: int = 4) -> None:
    for _ in range(times):
        meeting.rest()
        meeting.wait(400)


def check_that_both_stopped(connection_id: str, *nodes: MemoryNode) -> None:
    assert statuses(connection_id, *nodes) == [ConnectionStatus.BLOCKED] * 2
    for node in nodes:
        assert PeerRewoundError.code in [record.code for record in node.error_records()], node.organization.name


def go_on(meeting: Meeting, connection_id: str, *nodes: MemoryNode) -> None:
    for node in nodes:
        node.connections.activate(connection_id)
        meeting.rest()
        meeting.wait(400)
    settle(meeting)
    assert statuses(connection_id, *nodes) == [ConnectionStatus.ACTIVE] * 2, meeting.situation()
    assert not meeting.situation(), meeting.situation()

"""A peer that says whatever a test wants, by push and by the answers to polls."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from tests.unit.services.memory_nodes import MemoryNode

from adnode.domain.documents import format_time
from adnode.domain.message import Message, MessageAnswer
from adnode.domain.peer_messages import read_peer_message
from adnode.domain.queues import QueueReport


class Speaker:
    """Says to ``node`` whatever a test wants, as its peer over one connection; numbers go on as they must."""

    def __init__(self, node: MemoryNode, peer: MemoryNode, connection_id: str) -> None:
        self.node = node
        self.peer = peer
        self.connection_id = connection_id
        self.count = 0

    def url(self, number: int) -> str:
        return f"{self.peer.organization.address.url}/_workitems/edit/{number}"

    def document(self, kind: str, body: object, twin_id: str = "forged-1", **changes: object) -> dict[str, Any]:
        self.count += 1
        with self.node.storage.unit_of_work() as work:
            sequence = work.connections.queues(self.connection_id).received.sequence + 1
        return {
            "id": f"forged-m{self.count}",
            "sequence": sequence,
            "kind": kind,
            "twin_id": twin_id,
            "created_at": format_time(self.node.clock.now()),
            "body": body,
            **changes,
        }

    def state(self, title: str = "Forged", number: int = 900, **changes: object) -> dict[str, Any]:
        registers = {"summary": self.register(title)}
        organization_id = self.peer.organization.id
        body = {"work_item_id": number, "url": self.url(number), "lineage": [f"{organization_id}:{number}"]}
        return {**body, "registers": registers, **changes}

    def register(self, value: object, version: tuple[int, int] = (1, 0)) -> dict[str, Any]:
        now = format_time(self.node.clock.now())
        return {
            "value": value,
            "version": list(version),
            "changed_at": now,
            "changed_in": self.peer.organization.id,
        }

    def say(self, kind: str, body: object, twin_id: str = "forged-1", **changes: object) -> MessageAnswer:
        message = read_peer_message(self.document(kind, body, twin_id, **changes))
        [answer] = self.node.receive(self.connection_id, [message], QueueReport())
        return answer


class Injector:
    """A polled node that hands out what a test wants instead of its own messages."""

    def __init__(self, node: MemoryNode) -> None:
        self._node = node
        self._hand_out: Callable[..., Sequence[Message]] = node.hand_out
        self.documents: list[dict[str, Any]] = []

    def hand_out(self, connection_id: str, report: QueueReport) -> Sequence[Message]:
        after = report.known.sequence
        forged = [one for one in self.documents if not isinstance(one.get("sequence"), int) or one["sequence"] > after]
        return [*map(_as_it_came, forged), *self._hand_out(connection_id, report)]


def _as_it_came(document: dict[str, Any]) -> Message:
    return replace(read_peer_message({**_EMPTY, "id": "x"}), body=None, refusal=None, raw=document)


_EMPTY: dict[str, Any] = {"sequence": 1, "kind": "new", "twin_id": "", "created_at": "2026-01-01T00:00:00Z", "body": {}}

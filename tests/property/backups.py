"""Backups of a node's database in the landscape: made at any moment, put back later, and going on after that."""

import copy
from dataclasses import dataclass, field
from typing import Any

from tests.property.landscape import Landscape
from tests.property.nodes import MemoryNode
from tests.property.people import MARK

from adnode.adapters.memory.clock import MemoryIds
from adnode.adapters.memory.epochs import MemoryEpochWitness
from adnode.domain.connection import ConnectionStatus
from adnode.domain.message import ConnectionChangedBody, MessageKind
from adnode.services.restoration import RestorationService
from adnode.services.resynchronization import settle_realignment

ROUNDS_TO_ACTIVATE = 6


@dataclass(slots=True)
class Backups:
    """One backup of each node at most: the newest. ``gone_back`` names the nodes whose backups were put back."""

    landscape: Landscape
    kept: dict[str, Any] = field(default_factory=dict)
    gone_back: set[str] = field(default_factory=set)

    def make(self, name: str) -> None:
        """Copy the database as it is."""
        self.kept[name] = copy.deepcopy(self.landscape.nodes[name].storage._tables)

    def put_back(self, name: str, *, is_told: bool) -> None:
        """Replace the database by its backup. Where nobody says so, the node goes on until a partner notices, as only
        one can that did not go back itself.
        """
        if name not in self.kept:
            return
        node = self.landscape.nodes[name]
        losers = [record.loser for record in self.landscape.conflicts()]
        self.landscape.recorded |= {mark for loser in losers for mark in MARK.findall(loser)}
        node.storage._tables = copy.deepcopy(self.kept[name])
        is_told = is_told or bool(self.gone_back - {name})
        self.gone_back.add(name)
        if is_told:
            clock = self.landscape.clock.at(name)
            RestorationService(node.storage.unit_of_work, MemoryEpochWitness(), clock, MemoryIds("restored")).declare()

    def activate(self) -> bool:
        """Have people activate every connection that stopped; say whether there was one."""
        stopped = [
            self._activate(self.landscape.nodes[name], connection_id)
            for connection_id, ends in self.landscape.connections.items()
            for name in ends
        ]
        return any(stopped)

    def _activate(self, node: MemoryNode, connection_id: str) -> bool:
        with node.storage.unit_of_work() as work:
            connection = work.connections.get(connection_id)
            if connection.status is not ConnectionStatus.BLOCKED:
                return False
            now = self.landscape.clock.at(node.name).now()
            active = connection.moved_to(ConnectionStatus.ACTIVE)
            work.connections.save(active)
            work.connections.postpone_sending(connection_id, now, 0)
            settle_realignment(work, active, now)
            told = ConnectionChangedBody("activated")
            work.outbox.add(connection_id, "", MessageKind.CONNECTION_CHANGED, told, now)
            for record in work.error_records.list_records(connection_id=connection_id):
                if not record.twin_id:
                    work.error_records.close(now, connection_id=connection_id, code=record.code, subject=record.subject)
            work.commit()
        return True

    def _greet(self) -> None:
        """Have every node call its peer although there is nothing to tell, as the watch over silent peers does."""
        for connection_id, ends in self.landscape.connections.items():
            for name in ends:
                self.landscape.nodes[name].process.exchange.greet(connection_id)

    def go_on(self) -> None:
        """Have everything activated that stops, until nothing does any more."""
        for _ in range(ROUNDS_TO_ACTIVATE):
            self.landscape.rest()
            self._greet()
            self.landscape.clock.advance(1_000)
            if not self.activate():
                return
        raise AssertionError("connections stop again and again")

"""Threads that belong to one connection each, as connections come and go."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from threading import Event, Thread

import structlog

from adnode.domain.connection import ConnectionStatus, TransportKind
from adnode.ports.storage import UnitOfWorkFactory
from adnode.services.contacts import is_in_use

SUPERVISION_SECONDS = 1.0

log = structlog.get_logger(__name__)


class Lane(ABC):
    """Work for one connection that takes its time: in a thread of its own it keeps nothing else waiting."""

    def __init__(self, name: str) -> None:
        self._stopping = Event()
        self._woken = Event()
        self._thread = Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wake(self) -> None:
        """Have it look for work now."""
        self._woken.set()

    def stop(self) -> None:
        """End after what is under way."""
        self._stopping.set()
        self._woken.set()

    @property
    def is_alive(self) -> bool:
        """Say whether the thread runs."""
        return self._thread.is_alive()

    @abstractmethod
    def _run(self) -> None:
        """Work until it is stopped."""


class LanePool:
    """Keeps one lane for each active connection whose peer can't call this node. Usable once."""

    def __init__(self, new_unit_of_work: UnitOfWorkFactory, open_lane: Callable[[str], Lane], name: str) -> None:
        self._new_unit_of_work = new_unit_of_work
        self._open_lane = open_lane
        self._lanes: dict[str, Lane] = {}
        self._stopping = Event()
        self._thread = Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin to watch the connections."""
        self._thread.start()

    def stop(self, limit_seconds: float) -> None:
        """Ask all lanes to end and wait for the watching thread."""
        self._stopping.set()
        self._thread.join(limit_seconds)
        for lane in list(self._lanes.values()):
            lane.stop()

    @property
    def connection_ids(self) -> frozenset[str]:
        """Return the connections that have a lane now."""
        return frozenset(self._lanes)

    def wake(self, connection_id: str) -> None:
        """Have the lane of a connection look for work now."""
        if lane := self._lanes.get(connection_id):
            lane.wake()

    def adjust(self) -> None:
        """Start and stop lanes so that they match the active connections."""
        with self._new_unit_of_work() as work:
            active = work.connections.list_all(statuses=[ConnectionStatus.ACTIVE])
            polling = [connection for connection in active if connection.transport is TransportKind.POLL]
            wanted = {connection.id for connection in polling if is_in_use(work, connection)}
        for connection_id in self._lanes.keys() - wanted:
            self._lanes.pop(connection_id).stop()
        for connection_id in wanted:
            lane = self._lanes.get(connection_id)
            if lane is None or not lane.is_alive:
                self._lanes[connection_id] = self._open_lane(connection_id)
                self._lanes[connection_id].start()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self.adjust()
            except Exception:
                # A database that is away for a moment must not end the watch.
                log.error("lanes_not_adjusted", exc_info=True)
            self._stopping.wait(SUPERVISION_SECONDS)

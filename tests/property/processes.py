"""A process of a node in memory: everything real between the adapters, and what may go wrong in it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from tests.property.clocks import PlaceClock
from tests.property.faults import Faults

from adnode.adapters.memory.clock import MemoryIds
from adnode.adapters.memory.gateway import MemoryGateway, MemoryGateways
from adnode.adapters.memory.gateway_organization import MemoryOrganization
from adnode.adapters.memory.peer import MemoryPeerNetwork, MemoryPeerTransport
from adnode.adapters.memory.storage import MemoryStorage, MemoryUnitOfWork
from adnode.adapters.memory.vault import MemoryVault
from adnode.adapters.memory.wakeups import MemoryWakeups
from adnode.domain.errors import PeerUnreachableError
from adnode.domain.message import Message, MessageAnswer
from adnode.domain.queues import QueueReport
from adnode.ports.gateway import ContentStream
from adnode.ports.peer import PeerEndpoint
from adnode.services.change_feed import ChangeFeedService, FeedSettings
from adnode.services.content_answers import ContentAnswerService
from adnode.services.contents import ContentService
from adnode.services.exchange import ExchangeService
from adnode.services.reconciliation import ReconciliationService
from adnode.services.reconciliation.service import ReconciliationSettings
from adnode.services.retry import RetryPolicy
from adnode.services.work_items import WorkItemService


class FragileUnitOfWork(MemoryUnitOfWork):
    """A unit of work of a process that may crash before or after it commits."""

    def __init__(self, storage: MemoryStorage, faults: Faults) -> None:
        super().__init__(storage)
        self._faults = faults
        self._is_committed = False

    def __enter__(self) -> Self:
        self._faults.check_life()
        super().__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        if self._is_committed and kind is None:
            self._faults.after_commit()

    def commit(self, *, durable: bool = True) -> None:
        self._faults.at_commit()
        super().commit(durable=durable)
        self._is_committed = True
        self._faults.at_commit()


class FragileTransport(MemoryPeerTransport):
    """A wire on which messages are lost, doubled, and delayed past newer ones."""

    def __init__(self, network: MemoryPeerNetwork, faults: Faults, late: list[Callable[[], None]]) -> None:
        super().__init__(network)
        self._faults = faults
        self._late = late

    def send_messages(
        self, endpoint: PeerEndpoint, messages: Sequence[Message], report: QueueReport
    ) -> list[MessageAnswer]:
        fate, batch = self._faults.on_wire(), list(messages)

        def deliver() -> None:
            super(FragileTransport, self).send_messages(endpoint, batch, report)

        if fate == "delay":
            self._late.append(deliver)
        if fate in ("lose", "delay"):
            raise PeerUnreachableError("Lost on the way.")
        if fate == "double":
            deliver()
            self._late.append(deliver)
        answers = super().send_messages(endpoint, batch, report)
        if fate == "lose_answer":
            raise PeerUnreachableError("The answer was lost.")
        return answers

    def poll_messages(self, endpoint: PeerEndpoint, report: QueueReport, wait_seconds: float) -> list[Message]:
        fate = self._faults.on_wire()
        if fate in ("lose", "delay"):
            raise PeerUnreachableError("Lost on the way.")
        messages = super().poll_messages(endpoint, report, wait_seconds)
        if fate == "double":
            messages = super().poll_messages(endpoint, report, wait_seconds)
        if fate == "lose_answer":
            raise PeerUnreachableError("The answer was lost.")
        return messages

    @contextmanager
    def open_content(self, endpoint: PeerEndpoint, key: str) -> Iterator[ContentStream]:
        if self._faults.on_wire() in ("lose", "lose_answer"):
            raise PeerUnreachableError("Lost on the way.")
        with super().open_content(endpoint, key) as stream:
            yield stream

    def put_content(self, endpoint: PeerEndpoint, key: str, name: str, stream: ContentStream) -> None:
        fate = self._faults.on_wire()
        if fate == "lose":
            raise PeerUnreachableError("Lost on the way.")
        super().put_content(endpoint, key, name, stream)
        if fate == "lose_answer":
            raise PeerUnreachableError("The answer was lost.")


class NodeProcess:
    """One process of a node: its services, over the storage and the organization that it shares with the others."""

    def __init__(
        self,
        owner: str,
        storage: MemoryStorage,
        organization: MemoryOrganization,
        network: MemoryPeerNetwork,
        late: list[Callable[[], None]],
        vault: MemoryVault,
        clock: PlaceClock,
        ids: MemoryIds,
    ) -> None:
        self.faults = faults = Faults()
        wakeups, retry = MemoryWakeups(), RetryPolicy()
        self.gateway = MemoryGateway(organization, disturb=faults.at_call)
        gateways = MemoryGateways(self.gateway)
        transport = FragileTransport(network, faults, late)

        def new_unit_of_work() -> FragileUnitOfWork:
            return FragileUnitOfWork(storage, faults)

        self.contents = ContentService(new_unit_of_work, gateways, transport, vault)
        self.content_answers = ContentAnswerService(new_unit_of_work, self.contents, wakeups, clock, owner)
        self.exchange = ExchangeService(new_unit_of_work, transport, vault, wakeups, clock, ids, retry, owner)
        self.feed = ChangeFeedService(new_unit_of_work, gateways, wakeups, clock, ids, FeedSettings(owner, 0.0))
        self.reconciliation = ReconciliationService(
            new_unit_of_work, gateways, self.contents, wakeups, clock, ids, retry, ReconciliationSettings(owner)
        )
        self.work_items = WorkItemService(new_unit_of_work, gateways, wakeups, clock, ids)

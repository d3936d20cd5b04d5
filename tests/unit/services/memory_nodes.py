"""Whole nodes in memory: real services on the in-memory twins of every port, moved step by step by the test."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from threading import Event

from adnode.adapters.memory.clock import MemoryClock, MemoryIds
from adnode.adapters.memory.epochs import MemoryEpochWitness
from adnode.adapters.memory.gateway import MemoryGateway, MemoryGateways
from adnode.adapters.memory.gateway_failures import PlannedFailures
from adnode.adapters.memory.gateway_organization import MemoryOrganization
from adnode.adapters.memory.peer import MemoryPeerNetwork, MemoryPeerTransport
from adnode.adapters.memory.storage import MemoryStorage
from adnode.adapters.memory.vault import MemoryVault
from adnode.adapters.memory.wakeups import MemoryWakeups
from adnode.adapters.peer.keys import Ed25519Signer
from adnode.domain.connection import Connection, TransportKind, Visibility
from adnode.domain.consent import Consent
from adnode.domain.error_record import ConflictRecord, ErrorRecord
from adnode.domain.errors import PeerError
from adnode.domain.message import Message, MessageAnswer
from adnode.domain.organization import CredentialKind, Organization
from adnode.domain.queues import QueueReport
from adnode.domain.twin import Twin
from adnode.ports.gateway import ContentStream
from adnode.ports.peer import Acceptance, AcceptanceAnswer
from adnode.services.change_feed import ChangeFeedService, FeedSettings
from adnode.services.connections import ConnectionService
from adnode.services.consent.checks import ConsentCheckService
from adnode.services.content_answers import ContentAnswerService
from adnode.services.contents import ContentService
from adnode.services.error_records import ErrorRecordService
from adnode.services.exchange import ExchangeService
from adnode.services.invitations import InvitationService
from adnode.services.reconciliation import ReconciliationService
from adnode.services.reconciliation.service import ReconciliationSettings
from adnode.services.restoration import RestorationService
from adnode.services.retry import RetryPolicy
from adnode.services.trigger_evaluation import TriggerEvaluationService
from adnode.services.work_items import WorkItemService

PROJECT, OTHER_PROJECT = "Fabrikam", "Tailspin"
LEASE_SECONDS, CALL_SECONDS = 60.0, 10.0
ROUNDS = 40


class MemoryNode:
    """A node, its organization (``people`` work in ``organization``) and what disturbs it (``failures``)."""

    def __init__(
        self,
        name: str,
        process: str,
        network: MemoryPeerNetwork,
        clock: MemoryClock,
        *,
        knows_markdown: bool = True,
    ) -> None:
        self.url = f"https://{name}.example"
        self.clock = clock
        self.storage = MemoryStorage()
        self.witness = MemoryEpochWitness()
        self.organization = MemoryOrganization(
            name, process, projects=(PROJECT, OTHER_PROJECT), clock=clock.now, knows_markdown=knows_markdown
        )
        self.failures = PlannedFailures()
        self.gateway = MemoryGateway(self.organization, disturb=self.failures)
        self.transport = MemoryPeerTransport(network)
        network.nodes[self.url] = self
        self._build(name)
        self._register(name)

    def _build(self, name: str) -> None:
        storage, clock = self.storage.unit_of_work, self.clock
        gateways, vault, wakeups, ids = MemoryGateways(self.gateway), MemoryVault(), MemoryWakeups(), MemoryIds(name)
        retry = RetryPolicy()
        self.invitations = InvitationService(
            storage, gateways, self.transport, Ed25519Signer(), vault, clock, ids, self.url
        )
        self.contents = ContentService(storage, gateways, self.transport, vault)
        self.content_answers = ContentAnswerService(storage, self.contents, wakeups, clock, name)
        self.exchange = ExchangeService(storage, self.transport, vault, wakeups, clock, ids, retry, owner=name)
        self.reconciliation = ReconciliationService(
            storage,
            gateways,
            self.contents,
            wakeups,
            clock,
            ids,
            retry,
            ReconciliationSettings(name, LEASE_SECONDS, CALL_SECONDS),
        )
        self.feed = ChangeFeedService(storage, gateways, wakeups, clock, ids, FeedSettings(name, 1.0))
        self.work_items = WorkItemService(storage, gateways, wakeups, clock, ids)
        self.restoration = RestorationService(storage, self.witness, clock, ids)
        self.errors = ErrorRecordService(storage, wakeups, clock)
        self.triggers = TriggerEvaluationService(storage, gateways, wakeups, clock, ids, name)
        self.consent_checks = ConsentCheckService(storage, gateways, wakeups, clock, ids)
        self.connections = ConnectionService(storage, wakeups, clock, self.exchange.send)

    def _register(self, name: str) -> None:
        organization = Organization(
            id=self.organization.id,
            name=name,
            url=self.organization.address.url,
            kind=self.organization.kind,
            credential_kind=CredentialKind.PERSONAL_ACCESS_TOKEN,
            identity="Robot",
            identity_id="robot",
            added_at=self.clock.now(),
        )
        with self.storage.unit_of_work() as work:
            work.organizations.add(organization, b"sealed")
            work.commit()

    # what the peer calls ---------------------------------------------------------------------------------------------

    def pinned_key(self, connection_id: str) -> bytes | None:
        peer = self.connections.show(connection_id).peer
        return peer.public_key if peer else None

    def admit(self, acceptance: Acceptance) -> AcceptanceAnswer:
        return self.invitations.admit(acceptance)

    def receive(self, connection_id: str, messages: Sequence[Message], report: QueueReport) -> list[MessageAnswer]:
        return self.exchange.receive(connection_id, messages, report)

    def hand_out(self, connection_id: str, report: QueueReport) -> Sequence[Message]:
        self.exchange.acknowledge(connection_id, report)
        return self.exchange.look(connection_id, report.known.sequence).messages

    @contextmanager
    def open_content(self, connection_id: str, key: str) -> Iterator[ContentStream]:
        with self.contents.open(connection_id, key) as stream:
            yield stream

    def store_content(self, connection_id: str, key: str, name: str, stream: ContentStream) -> None:
        self.contents.store(connection_id, key, name, stream)

    def create(self, type_name: str, title: str, **fields: object) -> int:
        """Have a person make a work item; keywords are the last part of reference names, such as Description."""
        named = {f"System.{name}": value for name, value in fields.items()}
        return self.organization.create(PROJECT, type_name, {"System.Title": title, **named})

    def set_consent(self, connection_id: str, consent: Consent, query: str = "") -> None:
        """Have the administrator say what the partner may do with existing work items."""
        with self.storage.unit_of_work() as work:
            connection = work.connections.get(connection_id)
            work.connections.save(replace(connection, consent=consent, consent_query=query))
            work.commit()

    # what the test looks at ------------------------------------------------------------------------------------------

    def twin(self, work_item_id: int) -> Twin:
        [twin] = self.twins(work_item_id)
        return twin

    def twins(self, work_item_id: int) -> list[Twin]:
        with self.storage.unit_of_work() as work:
            return work.twins.find_by_work_item(self.organization.id, [work_item_id])

    def error_records(self, *, closed: bool = False) -> list[ErrorRecord]:
        return self.errors.list_records(include_closed=closed)

    def conflicts(self) -> list[ConflictRecord]:
        return self.errors.list_conflicts()

    def step(self, connections: Sequence[Connection]) -> bool:
        """Do everything that is due once; say whether anything was."""
        busy = bool(self.feed.read(self.organization.id))
        busy |= self.triggers.evaluate_due(Event())
        busy |= self.consent_checks.check_due(Event())
        for connection in connections:
            busy |= bool(self.reconciliation.reconcile(connection.id))
            busy |= bool(self.exchange.send(connection.id))
            if connection.transport is TransportKind.POLL:
                with suppress(PeerError):
                    busy |= bool(self.exchange.poll_once(connection.id, 0))
                    busy |= bool(self.content_answers.answer(connection.id))
        return busy


class Meeting:
    """Nodes joined by connections, moved together until they rest."""

    def __init__(self) -> None:
        self.clock = MemoryClock()
        self.network = MemoryPeerNetwork()
        self.nodes: list[MemoryNode] = []

    def add(self, name: str, process: str = "Agile", *, knows_markdown: bool = True) -> MemoryNode:
        node = MemoryNode(name, process, self.network, self.clock, knows_markdown=knows_markdown)
        self.nodes.append(node)
        return node

    def connect(
        self,
        initiator: MemoryNode,
        acceptor: MemoryNode,
        visibility: Visibility = Visibility.PRIVATE,
        consent: Consent = Consent.ALL,
    ) -> str:
        """Join two nodes by an invitation; return the connection's id. Both sides give that consent: most tests are
        about what happens after a yes.
        """
        name = f"{initiator.organization.name} and {acceptor.organization.name}"
        _, code = initiator.invitations.initiate(initiator.organization.id, PROJECT, name, visibility=visibility)
        connection_id = acceptor.invitations.accept(code, acceptor.organization.id, PROJECT).id
        for node in (initiator, acceptor):
            node.set_consent(connection_id, consent)
        return connection_id

    def share(self, node: MemoryNode, connection_id: str, *work_item_ids: int) -> list[int]:
        """Put work items under sync and return the other side's numbers once everything rests."""
        node.work_items.synchronize(connection_id, work_item_ids)
        self.rest()
        twins = [twin for number in work_item_ids for twin in node.twins(number) if twin.connection_id == connection_id]
        return [twin.remote_work_item_id or 0 for twin in twins]

    def rest(self, rounds: int = ROUNDS) -> None:
        """Move time and nodes on until nothing happens any more."""
        idle = 0
        for _ in range(rounds):
            self.clock.advance(1.5)
            busy = [node.step(node.connections.list_connections()) for node in self.nodes]
            idle = 0 if any(busy) else idle + 1
            if idle == 2:
                return
        raise AssertionError(f"not at rest after {rounds} rounds: {self.situation()}")

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.clock.advance(timedelta(seconds=seconds).total_seconds())

    def situation(self) -> list[str]:
        return [f"{node.organization.name}: {record.message}" for node in self.nodes for record in node.error_records()]


def as_seen(node: MemoryNode, work_item_id: int) -> dict[str, object]:
    """What a person sees of a work item."""
    snapshot = node.organization.snapshot(work_item_id)
    comments = [comment for comment in node.organization.comments(work_item_id) if not comment.is_deleted]
    return {
        "title": snapshot.text("System.Title"),
        "type": snapshot.type_name,
        "comments": [replace(comment).text for comment in comments],
        "files": sorted(attachment.name for attachment in snapshot.attachments),
    }

"""A node with its hub API in memory, and people with tokens."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.contract.peer.fake_node import FakeNode

from adnode.adapters.memory.clock import MemoryClock, MemoryIds
from adnode.adapters.memory.gateway import MemoryGateway, MemoryGateways
from adnode.adapters.memory.gateway_failures import PlannedFailures
from adnode.adapters.memory.gateway_organization import MemoryOrganization
from adnode.adapters.memory.identity import MemoryAppTokens, MemoryIdentityDirectory, MemoryPerson, MemorySessionTokens
from adnode.adapters.memory.notifier import MemoryMailSender, MemoryWebhookSender
from adnode.adapters.memory.peer import MemoryPeerNetwork, MemoryPeerTransport
from adnode.adapters.memory.storage import MemoryStorage
from adnode.adapters.memory.vault import MemoryVault
from adnode.adapters.memory.wakeups import MemoryWakeups
from adnode.adapters.peer.keys import Ed25519Signer
from adnode.adapters.peer.signatures import HttpMessageSecurity
from adnode.domain.connection import ConnectionStatus
from adnode.domain.errors import StateError
from adnode.domain.license_plan import LicensePlan
from adnode.domain.message import Message, MessageAnswer
from adnode.domain.organization import CredentialKind, Organization, OrganizationKind
from adnode.domain.queues import QueueReport
from adnode.ports.gateway import ContentStream
from adnode.ports.identity import AppIdentity, Person
from adnode.ports.peer import Acceptance, AcceptanceAnswer
from adnode.services.change_feed import ChangeFeedService, FeedSettings
from adnode.services.connections import ConnectionService
from adnode.services.console import ConsoleParts, ConsoleServices, assemble_console
from adnode.services.contents import ContentService
from adnode.services.error_records import ErrorRecordService
from adnode.services.exchange import ExchangeService
from adnode.services.hub_connections import HubConnectionService
from adnode.services.hub_invitations import HubInvitationService
from adnode.services.invitations import InvitationService
from adnode.services.notification_delivery import NotificationSettings
from adnode.services.notifications import NotificationParts
from adnode.services.organizations import OrganizationService
from adnode.services.peer_access import PeerAccessService
from adnode.services.reconciliation import ReconciliationService
from adnode.services.reconciliation.service import ReconciliationSettings
from adnode.services.refused_requests import RefusedRequests
from adnode.services.retry import RetryPolicy
from adnode.services.sessions import SessionPolicy
from adnode.services.work_items import WorkItemService
from adnode.web.application import create_application
from adnode.web.hub.assembly import HubParts, HubSettings, assemble_hub
from adnode.web.hub.hub_services import HubServices
from adnode.web.node_services import NodeServices
from adnode.web.rate_limits import Rate, RateLimits

ACCESS_TOKEN = "X-AzureDevOps-AccessToken"
SERVICES = "https://dev.azure.com"
UNLIMITED: Mapping[str, Rate] = {}


@dataclass(slots=True)
class Bench:
    """A node that serves some organizations of Azure DevOps Services."""

    url: str
    network: MemoryPeerNetwork
    clock: MemoryClock
    organizations: list[MemoryOrganization]
    policy: SessionPolicy = field(default_factory=SessionPolicy)
    rates: Mapping[str, Rate] = field(default_factory=lambda: UNLIMITED)
    server_urls: tuple[str, ...] = ()
    has_credentials: bool = True
    plan: LicensePlan = field(default_factory=LicensePlan)
    mails: MemoryMailSender = field(default_factory=MemoryMailSender)
    webhooks: MemoryWebhookSender = field(default_factory=MemoryWebhookSender)
    storage: Any = field(default_factory=MemoryStorage)
    vault: MemoryVault = field(default_factory=MemoryVault)
    directory: MemoryIdentityDirectory = field(default_factory=MemoryIdentityDirectory)
    app_tokens: MemoryAppTokens = field(default_factory=lambda: MemoryAppTokens({OrganizationKind.SERVICES: {}}))
    failures: PlannedFailures = field(default_factory=PlannedFailures)
    gateways: MemoryGateways = field(init=False)
    exchange: ExchangeService = field(init=False)
    invitations: InvitationService = field(init=False)
    reconciliation: ReconciliationService = field(init=False)
    feed: ChangeFeedService = field(init=False)
    connections: ConnectionService = field(init=False)
    console: ConsoleServices = field(init=False)
    services: NodeServices = field(init=False)
    client: Any = field(init=False)

    def __post_init__(self) -> None:
        self.gateways = MemoryGateways(*(MemoryGateway(one, disturb=self.failures) for one in self.organizations))
        if self.has_credentials:
            self._add_accounts()
        prefix = self.url.partition("://")[2].partition(".")[0] or "private"
        transport, signer, wakeups = MemoryPeerTransport(self.network), Ed25519Signer(), MemoryWakeups()
        new_unit_of_work, clock = self.storage.unit_of_work, self.clock
        ids = MemoryIds(prefix)
        contents = ContentService(new_unit_of_work, self.gateways, transport, self.vault)
        self.exchange = ExchangeService(
            new_unit_of_work, transport, self.vault, wakeups, clock, ids, RetryPolicy(), prefix
        )
        self.reconciliation = ReconciliationService(
            new_unit_of_work,
            self.gateways,
            contents,
            wakeups,
            clock,
            ids,
            RetryPolicy(),
            ReconciliationSettings(prefix),
        )
        self.feed = ChangeFeedService(new_unit_of_work, self.gateways, wakeups, clock, ids, FeedSettings(prefix, 1.0))
        self.invitations = InvitationService(
            new_unit_of_work, self.gateways, transport, signer, self.vault, clock, ids, self.url
        )
        security = HttpMessageSecurity(clock, ids)
        hub = self._assemble(transport, signer, wakeups, ids)
        node = FakeNode()
        self.services = NodeServices(
            exchange=node,
            contents=node,
            invitations=node,
            access=PeerAccessService(
                new_unit_of_work, security, signer, self.vault, RefusedRequests(new_unit_of_work, clock, ids)
            ),
            security=security,
            new_unit_of_work=new_unit_of_work,
            readiness=lambda: {"database": True},
            node_url=self.url,
            hub=hub,
        )
        self.client = create_application(self.services).test_client()
        if self.url:
            self.network.nodes[self.url] = self

    def _assemble(
        self, transport: MemoryPeerTransport, signer: Ed25519Signer, wakeups: MemoryWakeups, ids: MemoryIds
    ) -> HubServices:
        new_unit_of_work, clock = self.storage.unit_of_work, self.clock
        self.connections = ConnectionService(
            new_unit_of_work,
            wakeups,
            clock,
            self.exchange.send,
        )
        self.console = assemble_console(
            ConsoleParts(
                new_unit_of_work=new_unit_of_work,
                gateways=self.gateways,
                wakeups=wakeups,
                vault=self.vault,
                clock=clock,
                ids=ids,
                owner="bench",
                notifications=NotificationParts(self.mails, self.webhooks, NotificationSettings("bench", self.url)),
                greet=self.exchange.greet,
                plan=self.plan,
            )
        )
        audit = self.console.audit
        hub_connections = HubConnectionService(new_unit_of_work, self.connections, self.gateways, audit, clock)
        return assemble_hub(
            HubParts(
                new_unit_of_work=new_unit_of_work,
                connections=hub_connections,
                invitations=HubInvitationService(new_unit_of_work, self.invitations, hub_connections, audit, clock),
                organizations=OrganizationService(new_unit_of_work, self.gateways, self.vault, clock),
                work_items=WorkItemService(new_unit_of_work, self.gateways, wakeups, clock, ids),
                error_records=ErrorRecordService(new_unit_of_work, wakeups, clock),
                gateways=self.gateways,
                transport=transport,
                signer=signer,
                wakeups=wakeups,
                clock=clock,
                ids=ids,
                app_tokens=self.app_tokens,
                directory=self.directory,
                session_tokens=MemorySessionTokens(clock),
                console=self.console,
            ),
            HubSettings(
                version="0.1.0",
                node_url=self.url,
                services_url=SERVICES,
                server_urls=self.server_urls,
                policy=self.policy,
                rates=RateLimits(self.rates, clock=lambda: clock.now().timestamp()),
            ),
        )

    def _add_accounts(self) -> None:
        with self.storage.unit_of_work() as work:
            for one in self.organizations:
                account = Organization(
                    id=one.id,
                    name=one.name,
                    url=one.address.url,
                    kind=one.kind,
                    credential_kind=CredentialKind.PERSONAL_ACCESS_TOKEN,
                    identity="Robot",
                    identity_id="robot",
                    added_at=self.clock.now(),
                )
                work.organizations.add(account, b"sealed")
            work.commit()

    # people ----------------------------------------------------------------------------------------------------------

    def person(
        self, name: str, organization: MemoryOrganization, *, is_administrator: bool = True, tenant_id: str = ""
    ) -> MemoryPerson:
        """Make a person known: their access token is ``access-{name}``, their app token ``app-{name}``."""
        person = MemoryPerson(Person(organization.id, f"id-{name}", name.title(), tenant_id), is_administrator)
        self.directory.people[organization.address.url, f"access-{name}"] = person
        self.app_tokens.tokens[OrganizationKind.SERVICES][f"app-{name}"] = AppIdentity(f"id-{name}", tenant_id)
        return person

    def claim(self, organization: MemoryOrganization, **changes: object) -> dict[str, object]:
        return {"host_id": organization.id, "host_name": organization.name, "is_hosted": True, **changes}

    def open_session(
        self, name: str, organization: MemoryOrganization, app: str = "", access: str = "", **changes: object
    ) -> Any:
        headers = {"Authorization": f"Bearer {app or f'app-{name}'}", ACCESS_TOKEN: access or f"access-{name}"}
        return self.client.post("/api/v1/session", json=self.claim(organization, **changes), headers=headers)

    def sign_in(self, name: str, organization: MemoryOrganization, **changes: Any) -> "Page":
        """Return the page of a person who signed in."""
        answer = self.open_session(name, organization, **changes)
        assert answer.status_code == 200, answer.text
        return Page(self, name, organization, answer.json["token"], changes)

    # as a peer sees the node ------------------------------------------------------------------------------------

    def pinned_key(self, connection_id: str) -> bytes | None:
        with self.storage.unit_of_work() as work:
            peer = work.connections.get(connection_id).peer
        return peer.public_key if peer else None

    def admit(self, acceptance: Acceptance) -> AcceptanceAnswer:
        return self.invitations.admit(acceptance)

    def receive(self, connection_id: str, messages: Sequence[Message], report: QueueReport) -> list[MessageAnswer]:
        self._check_active(connection_id)
        return self.exchange.receive(connection_id, messages, report)

    def hand_out(self, connection_id: str, report: QueueReport) -> Sequence[Message]:
        self._check_active(connection_id)
        self.exchange.acknowledge(connection_id, report)
        return self.exchange.look(connection_id, report.known.sequence).messages

    def _check_active(self, connection_id: str) -> None:
        with self.storage.unit_of_work() as work:
            status = work.connections.get(connection_id).status
        if status is not ConnectionStatus.ACTIVE:
            raise StateError(f"It is {status}.", connection_status=status.value)

    @contextmanager
    def open_content(self, connection_id: str, key: str) -> Iterator[ContentStream]:
        raise NotImplementedError

    def store_content(self, connection_id: str, key: str, name: str, stream: ContentStream) -> None:
        raise NotImplementedError


@dataclass(slots=True)
class Page:
    """The hub page of one person."""

    bench: Bench
    name: str
    organization: MemoryOrganization
    token: str
    claims: Mapping[str, Any] = field(default_factory=dict)

    def call(self, method: str, path: str, body: object = None, *, with_token: bool = False, **headers: str) -> Any:
        # Time goes on between two clicks, so that what was done can be told in order.
        self.bench.clock.advance(0.001)
        answer = self.ask(method, path, body, with_token=with_token, **headers)
        if answer.status_code == 401 and answer.json["code"] == "session_expired":
            # As the real page does: it shows its tokens again, and asks once more.
            self.token = self.bench.open_session(self.name, self.organization, so_far=self.token, **self.claims).json[
                "token"
            ]
            answer = self.ask(method, path, body, with_token=with_token, **headers)
        return answer

    def ask(self, method: str, path: str, body: object = None, *, with_token: bool = False, **headers: str) -> Any:
        """Ask with the token that the page has, whatever comes."""
        sent = {"Authorization": f"Bearer {self.token}"}
        if with_token:
            sent[ACCESS_TOKEN] = f"access-{self.name}"
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self.bench.client.open(f"/api/v1{path}", method=method, json=body, headers=sent)

    def get(self, path: str, **headers: Any) -> Any:
        answer = self.call("GET", path, **headers)
        assert answer.status_code == 200, answer.text
        return answer.json

    def edit(self, method: str, connection: Mapping[str, Any], path: str = "", body: object = None) -> Any:
        """Change a connection as it was seen."""
        return self.call(method, f"/connections/{connection['id']}{path}", body, If_Match=f'"{connection["revision"]}"')

    def initiate(self, **wish: object) -> Any:
        answer = self.call("POST", "/connections", {"project": "Fabrikam", "visibility": "private", **wish})
        assert answer.status_code == 201, answer.text
        return answer.json

    def accept(self, code: str, **wish: object) -> Any:
        answer = self.call("POST", "/invitations/acceptance", {"code": code, "project": "Fabrikam", **wish})
        assert answer.status_code == 201, answer.text
        return answer.json

    def connection(self, connection_id: str) -> Any:
        return self.get(f"/connections/{connection_id}")

    def actions(self, connection_id: str = "") -> list[str]:
        path = f"/connections/{connection_id}/audit" if connection_id else "/audit"
        return [entry["action"] for entry in self.get(path)["items"]]


@dataclass(slots=True)
class Pair:
    """Two nodes with one organization each, and their administrators."""

    alpha: Bench
    beta: Bench
    alice: Page
    bob: Page

    def connect(self, **wish: object) -> tuple[Any, Any]:
        """Return a connection as both sides see it."""
        made = self.alice.initiate(**wish)
        accepted = self.bob.accept(made["code"])
        return self.alice.connection(made["connection"]["id"]), accepted


def make_bench(*names: str, url: str = "https://alpha.example", **options: Any) -> Bench:
    clock = options.pop("clock", None) or MemoryClock()
    network = options.pop("network", None) or MemoryPeerNetwork()
    projects = options.pop("projects", ("Fabrikam", "Tailspin"))
    organizations = [MemoryOrganization(name, projects=projects, clock=clock.now) for name in names]
    return Bench(url, network, clock, organizations, **options)


def make_pair(*, beta_url: str = "", **options: Any) -> Pair:
    network, clock = MemoryPeerNetwork(), MemoryClock()
    alpha = make_bench("alpha", url="https://alpha.example", network=network, clock=clock, **options)
    beta = make_bench("beta", url=beta_url, network=network, clock=clock, **options)
    alpha.person("alice", alpha.organizations[0])
    beta.person("bob", beta.organizations[0])
    return Pair(alpha, beta, alpha.sign_in("alice", alpha.organizations[0]), beta.sign_in("bob", beta.organizations[0]))

"""The composition root: settings in, a node out. The only module that names every adapter."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy.exc import SQLAlchemyError

from adnode.adapters.azure_devops.provider import AzureDevOpsGateways
from adnode.adapters.epoch_file import EpochFile
from adnode.adapters.identity.app_tokens import JwtAppTokens
from adnode.adapters.identity.directory import HttpIdentityDirectory
from adnode.adapters.identity.session_tokens import JwtSessionTokens
from adnode.adapters.mail import SmtpMailSender
from adnode.adapters.peer.guarded_network import NetworkPolicy
from adnode.adapters.peer.keys import Ed25519Signer
from adnode.adapters.peer.signatures import HttpMessageSecurity
from adnode.adapters.peer.transport import HttpPeerTransport
from adnode.adapters.private_files import keep_private
from adnode.adapters.process_owner import ProcessOwner
from adnode.adapters.storage import Storage, open_storage
from adnode.adapters.system_clock import SystemClock, SystemIds
from adnode.adapters.vault import AesGcmVault
from adnode.adapters.wakeups import HueyWakeups, open_wakeups
from adnode.adapters.webhook import HttpWebhookSender
from adnode.domain.errors import ConfigurationError, StorageUnavailableError
from adnode.domain.organization import Organization, OrganizationKind
from adnode.ports.storage import UnitOfWorkFactory
from adnode.ports.system import Topic, Vault, Wakeups
from adnode.services.change_feed import ChangeFeedService, FeedSettings
from adnode.services.connections import ConnectionService
from adnode.services.console import ConsoleParts, ConsoleServices, assemble_console
from adnode.services.content_answers import ContentAnswerService
from adnode.services.contents import ContentService
from adnode.services.error_records import ErrorRecordService
from adnode.services.exchange import ExchangeService
from adnode.services.hub_connections import HubConnectionService
from adnode.services.hub_invitations import HubInvitationService
from adnode.services.intake_room import IntakeRoom
from adnode.services.invitations import InvitationService
from adnode.services.notification_delivery import NotificationSettings
from adnode.services.notifications import NotificationParts
from adnode.services.organizations import OrganizationService
from adnode.services.peer_access import PeerAccessService
from adnode.services.reconciliation import ReconciliationService
from adnode.services.reconciliation.service import ReconciliationSettings
from adnode.services.refused_requests import RefusedRequests
from adnode.services.restoration import COUNTED_SECONDS, RestorationService
from adnode.services.retention import RetentionService
from adnode.services.retry import RetryPolicy
from adnode.services.secret_rotation import SecretRotationService
from adnode.services.sessions import SessionPolicy
from adnode.services.storage_watch import WATCHED_SECONDS, StorageWatch
from adnode.services.takeover import TakeoverService
from adnode.services.work_items import WorkItemService
from adnode.settings import Settings
from adnode.web.front import Front, create_front
from adnode.web.hub import HubServices
from adnode.web.hub.assembly import HubParts, HubSettings, assemble_hub
from adnode.web.node_services import NodeServices
from adnode.workers.chores import Chore, list_chores
from adnode.workers.worker import Worker


@dataclass(frozen=True, slots=True)
class Node:
    """One node: its services, ready to use."""

    settings: Settings
    storage: Storage
    wakeups: HueyWakeups
    vault: Vault
    transport: HttpPeerTransport
    security: HttpMessageSecurity
    gateways: AzureDevOpsGateways
    directory: HttpIdentityDirectory
    access: PeerAccessService
    organizations: OrganizationService
    connections: ConnectionService
    invitations: InvitationService
    contents: ContentService
    content_answers: ContentAnswerService
    exchange: ExchangeService
    change_feed: ChangeFeedService
    reconciliation: ReconciliationService
    work_items: WorkItemService
    error_records: ErrorRecordService
    secret_rotation: SecretRotationService
    takeover: TakeoverService
    restoration: RestorationService
    hub_connections: HubConnectionService
    hub_invitations: HubInvitationService
    console: ConsoleServices

    @property
    def new_unit_of_work(self) -> UnitOfWorkFactory:
        """Return what makes units of work."""
        return self.storage.unit_of_work

    def list_organizations(self) -> list[Organization]:
        """Return the organizations that this node serves."""
        with self.new_unit_of_work() as work:
            return work.organizations.list_all()


@contextmanager
def open_node(settings: Settings) -> Iterator[Node]:
    """Open the node; raises ConfigurationError when the settings or the database do not allow it."""
    vault = AesGcmVault(settings.secret_keys)
    with ExitStack() as stack:
        storage = _open_storage(settings)
        stack.callback(storage.close)
        _prepare_database(settings, storage)
        node = _build(settings, storage, vault)
        node.restoration.check()
        stack.callback(node.wakeups.stop)
        stack.callback(node.transport.close)
        stack.callback(node.gateways.close)
        stack.callback(node.directory.close)
        yield node


def upgrade_database(settings: Settings) -> bool:
    """Bring the database to this release's version; say whether anything was to do."""
    storage = _open_storage(settings)
    try:
        if _is_current(storage):
            return False
        storage.upgrade()
        return True
    finally:
        storage.close()


def _open_storage(settings: Settings) -> Storage:
    try:
        keep_private(settings.data_directory, settings.database_files)
    except OSError as error:
        raise ConfigurationError(
            f"{error.filename} can't be made or opened: {error.strerror}. Check ADNODE_DATA_DIR, and that the "
            "account of this node owns it."
        ) from error
    return open_storage(settings.database_url, settings.plan)


def make_worker(node: Node) -> Worker:
    """Return the background work of the node, not yet started."""
    watch = StorageWatch(node.new_unit_of_work, node.storage.trouble, SystemClock(), SystemIds())
    return Worker(
        new_unit_of_work=node.new_unit_of_work,
        wakeups=node.wakeups,
        clock=SystemClock(),
        reconciliation=node.reconciliation,
        exchange=node.exchange,
        content_answers=node.content_answers,
        change_feed=node.change_feed,
        retention=RetentionService(node.new_unit_of_work, SystemClock(), timedelta(days=node.settings.audit_days)),
        takeover=node.takeover,
        chores=[
            *list_chores(node.console),
            Chore("epoch", COUNTED_SECONDS, node.restoration.count),
            Chore("storage", WATCHED_SECONDS, watch.watch),
        ],
        sweep_interval_seconds=node.settings.sweep_interval_seconds,
        feed_interval_seconds=node.settings.feed_interval_seconds,
    )


def make_web(node: Node, has_worker: Callable[[], bool] | None = None) -> Front:
    """Return the node's ASGI application. ``has_worker`` says whether the worker beside it works, where one must."""
    return create_front(web_services(node, has_worker), partial(node.wakeups.subscribe, Topic.SEND))


def web_services(node: Node, has_worker: Callable[[], bool] | None = None) -> NodeServices:
    """Return what the node's web edge needs."""
    return NodeServices(
        exchange=node.exchange,
        contents=node.contents,
        invitations=node.invitations,
        access=node.access,
        security=node.security,
        new_unit_of_work=node.new_unit_of_work,
        readiness=lambda: _readiness(node.storage) | ({"worker": has_worker()} if has_worker else {}),
        node_url=node.settings.url,
        serves_peers=bool(node.settings.url),
        hub=_hub(node),
        static_directory=_static_directory(node.settings),
        trusted_proxies=node.settings.trusted_proxies,
        metrics_token=node.settings.metrics_token,
    )


def _hub(node: Node) -> HubServices:
    settings, clock = node.settings, SystemClock()
    app_keys = {
        OrganizationKind.SERVICES: settings.extension_keys,
        OrganizationKind.SERVER: settings.server_extension_keys,
    }
    parts = HubParts(
        new_unit_of_work=node.new_unit_of_work,
        connections=node.hub_connections,
        invitations=node.hub_invitations,
        organizations=node.organizations,
        work_items=node.work_items,
        error_records=node.error_records,
        gateways=node.gateways,
        transport=node.transport,
        signer=Ed25519Signer(),
        wakeups=node.wakeups,
        clock=clock,
        ids=SystemIds(),
        app_tokens=JwtAppTokens(app_keys),
        directory=node.directory,
        session_tokens=JwtSessionTokens(settings.secret_keys, clock),
        console=node.console,
    )
    policy = SessionPolicy(settings.session_seconds, settings.requires_same_identity, settings.allowed_organizations)
    return assemble_hub(
        parts,
        HubSettings(
            version=version("adnode"),
            node_url=settings.url,
            services_url=settings.services_url,
            server_urls=settings.server_urls,
            policy=policy,
        ),
    )


def _static_directory(settings: Settings) -> Path | None:
    """Return where the pages lie: named by the operator, installed with the package, or beside the source."""
    package = Path(__file__).parent
    places = (
        [settings.static_directory]
        if settings.static_directory
        else [package / "static", package.parents[1] / "static"]
    )
    return next((place for place in places if place.is_dir()), None)


def _build(settings: Settings, storage: Storage, vault: Vault) -> Node:
    clock, ids, signer = SystemClock(), SystemIds(), Ed25519Signer()
    new_unit_of_work: UnitOfWorkFactory = storage.unit_of_work
    process = ProcessOwner()
    owner = process.name
    retry = RetryPolicy()
    wakeups = open_wakeups(settings.wakeups_url, settings.worker_count, settings.data_directory / "wakeups")
    security = HttpMessageSecurity(clock, ids)
    policy = NetworkPolicy(settings.allowed_peer_networks, settings.allows_loopback_http)
    transport = HttpPeerTransport(security, policy)
    gateways = _gateways(settings, new_unit_of_work, vault)
    contents = ContentService(new_unit_of_work, gateways, transport, vault)
    room = IntakeRoom(clock, settings.partner_work_items_an_hour)
    exchange = ExchangeService(new_unit_of_work, transport, vault, wakeups, clock, ids, retry, owner, room)
    console = _console(settings, storage, gateways, wakeups, vault, exchange, transport, owner)
    connections = ConnectionService(new_unit_of_work, wakeups, clock, exchange.send)
    invitations = InvitationService(
        new_unit_of_work, gateways, transport, signer, vault, clock, ids, node_url=settings.url
    )
    hub_connections = HubConnectionService(new_unit_of_work, connections, gateways, console.audit, clock)
    return Node(
        settings=settings,
        storage=storage,
        wakeups=wakeups,
        vault=vault,
        transport=transport,
        security=security,
        gateways=gateways,
        directory=HttpIdentityDirectory(),
        access=PeerAccessService(
            new_unit_of_work, security, signer, vault, RefusedRequests(new_unit_of_work, clock, ids)
        ),
        organizations=_organizations(settings, new_unit_of_work, gateways, vault),
        connections=connections,
        invitations=invitations,
        contents=contents,
        content_answers=ContentAnswerService(new_unit_of_work, contents, wakeups, clock, owner),
        exchange=exchange,
        change_feed=ChangeFeedService(
            new_unit_of_work, gateways, wakeups, clock, ids, FeedSettings(owner, settings.feed_interval_seconds)
        ),
        reconciliation=ReconciliationService(
            new_unit_of_work,
            gateways,
            contents,
            wakeups,
            clock,
            ids,
            retry,
            ReconciliationSettings(
                owner, settings.lease_seconds, settings.call_seconds, settings.partner_work_items_an_hour
            ),
        ),
        work_items=WorkItemService(new_unit_of_work, gateways, wakeups, clock, ids),
        error_records=ErrorRecordService(new_unit_of_work, wakeups, clock),
        secret_rotation=SecretRotationService(new_unit_of_work, vault),
        takeover=TakeoverService(new_unit_of_work, process.is_dead),
        restoration=RestorationService(new_unit_of_work, EpochFile(settings.data_directory / "epoch.json"), clock, ids),
        hub_connections=hub_connections,
        hub_invitations=HubInvitationService(new_unit_of_work, invitations, hub_connections, console.audit, clock),
        console=console,
    )


def _console(
    settings: Settings,
    storage: Storage,
    gateways: AzureDevOpsGateways,
    wakeups: Wakeups,
    vault: Vault,
    exchange: ExchangeService,
    transport: HttpPeerTransport,
    owner: str,
) -> ConsoleServices:
    parts = ConsoleParts(
        new_unit_of_work=storage.unit_of_work,
        gateways=gateways,
        wakeups=wakeups,
        vault=vault,
        clock=SystemClock(),
        ids=SystemIds(),
        owner=owner,
        notifications=_notifications(settings, owner),
        greet=exchange.greet,
        peer_time=transport.time_at,
        plan=settings.plan,
        deep_comparison_every=timedelta(days=settings.deep_comparison_days),
    )
    return assemble_console(parts)


def _notifications(settings: Settings, owner: str) -> NotificationParts:
    mail_policy = NetworkPolicy(settings.allowed_mail_networks, settings.allows_loopback_http)
    webhook_policy = NetworkPolicy(settings.allowed_peer_networks, settings.allows_loopback_http)
    return NotificationParts(
        mails=SmtpMailSender(mail_policy, greeting_name=urlsplit(settings.url).hostname or ""),
        webhooks=HttpWebhookSender(webhook_policy),
        settings=NotificationSettings(owner, settings.url, settings.notification_seconds),
    )


def _gateways(settings: Settings, new_unit_of_work: UnitOfWorkFactory, vault: Vault) -> AzureDevOpsGateways:
    cache = settings.data_directory / "azure-devops-cache"
    return AzureDevOpsGateways(new_unit_of_work, vault, cache_directory=cache, call_seconds=settings.call_seconds)


def _organizations(
    settings: Settings, new_unit_of_work: UnitOfWorkFactory, gateways: AzureDevOpsGateways, vault: Vault
) -> OrganizationService:
    return OrganizationService(
        new_unit_of_work,
        gateways,
        vault,
        SystemClock(),
        server_urls=settings.server_urls,
        allow_loopback_http=settings.allows_loopback_http,
    )


def _prepare_database(settings: Settings, storage: Storage) -> None:
    """Make or upgrade the embedded database; one on a server is the operator's to upgrade."""
    if _is_current(storage):
        return
    if not settings.is_embedded:
        raise ConfigurationError("The database is not of this release. Run: adnode database upgrade")
    storage.upgrade()


def _is_current(storage: Storage) -> bool:
    try:
        return storage.is_current()
    except (SQLAlchemyError, StorageUnavailableError) as error:
        raise ConfigurationError(
            "The database can't be reached. Check ADNODE_DATABASE_URL and that the server runs."
        ) from error


def _readiness(storage: Storage) -> dict[str, bool]:
    try:
        return {"database": storage.is_current(), "database_writable": storage.trouble() is None}
    except (SQLAlchemyError, StorageUnavailableError):
        return {"database": False, "database_writable": False}

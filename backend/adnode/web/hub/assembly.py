"""Putting the hub's services together from the services and ports of a node."""

from dataclasses import dataclass, field

from adnode.ports.gateway import OrganizationGateways
from adnode.ports.identity import AppTokens, IdentityDirectory, SessionTokens
from adnode.ports.peer import PeerTransport
from adnode.ports.storage import UnitOfWorkFactory
from adnode.ports.system import Clock, Ids, Signer, Wakeups
from adnode.services.collection_directory import CollectionDirectory
from adnode.services.console import ConsoleServices
from adnode.services.destinations import DestinationService
from adnode.services.error_records import ErrorRecordService
from adnode.services.getting_started import GettingStartedService
from adnode.services.hub_connections import HubConnectionService
from adnode.services.hub_invitations import HubInvitationService
from adnode.services.hub_organization import HubOrganizationService
from adnode.services.hub_work_items import HubWorkItemService
from adnode.services.joining import JoiningService
from adnode.services.organizations import OrganizationService
from adnode.services.sessions import SessionPolicy, SessionService
from adnode.services.work_items import WorkItemService
from adnode.web.hub.hub_services import HubServices
from adnode.web.rate_limits import RateLimits


@dataclass(frozen=True, slots=True)
class HubParts:
    """What the hub is made of: services that the command line uses too, and ports."""

    new_unit_of_work: UnitOfWorkFactory
    connections: HubConnectionService
    invitations: HubInvitationService
    organizations: OrganizationService
    work_items: WorkItemService
    error_records: ErrorRecordService
    gateways: OrganizationGateways
    transport: PeerTransport
    signer: Signer
    wakeups: Wakeups
    clock: Clock
    ids: Ids
    app_tokens: AppTokens
    directory: IdentityDirectory
    session_tokens: SessionTokens
    console: ConsoleServices


@dataclass(frozen=True, slots=True)
class HubSettings:
    """What the operator decides about the hub."""

    version: str
    node_url: str
    services_url: str
    server_urls: tuple[str, ...] = ()
    policy: SessionPolicy = field(default_factory=SessionPolicy)
    rates: RateLimits = field(default_factory=RateLimits)


def assemble_hub(parts: HubParts, settings: HubSettings) -> HubServices:
    """Return the services behind the hub API."""
    audit = parts.console.audit
    joining = JoiningService(parts.new_unit_of_work, parts.gateways, parts.wakeups, parts.clock, parts.ids)
    return HubServices(
        sessions=SessionService(
            parts.new_unit_of_work,
            CollectionDirectory(settings.services_url, settings.server_urls),
            parts.app_tokens,
            parts.directory,
            parts.session_tokens,
            parts.clock,
            parts.ids,
            settings.policy,
        ),
        connections=parts.connections,
        invitations=parts.invitations,
        organization=HubOrganizationService(parts.new_unit_of_work, parts.organizations, parts.gateways, audit),
        work_items=HubWorkItemService(
            parts.new_unit_of_work,
            parts.directory,
            parts.work_items,
            joining,
            parts.error_records,
            audit,
        ),
        destinations=DestinationService(parts.transport, settings.node_url, settings.server_urls),
        getting_started=GettingStartedService(parts.new_unit_of_work),
        audit=audit,
        console=parts.console,
        signer=parts.signer,
        version=settings.version,
        node_url=settings.node_url,
        services_url=settings.services_url,
        server_urls=settings.server_urls,
        rates=settings.rates,
    )

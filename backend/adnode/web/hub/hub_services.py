"""What the hub API needs of the node."""

from dataclasses import dataclass, field

from adnode.ports.system import Signer
from adnode.services.audit import AuditService
from adnode.services.console import ConsoleServices
from adnode.services.destinations import DestinationService
from adnode.services.getting_started import GettingStartedService
from adnode.services.hub_connections import HubConnectionService
from adnode.services.hub_invitations import HubInvitationService
from adnode.services.hub_organization import HubOrganizationService
from adnode.services.hub_work_items import HubWorkItemService
from adnode.services.sessions import SessionService
from adnode.web.rate_limits import RateLimits


@dataclass(frozen=True, slots=True)
class HubServices:
    """The services behind the hub API.

    ``node_url`` is where peers call, '' for a private node. ``server_urls`` and ``services_url`` say who may frame the
    pages, and whether a sandboxed page (origin ``null``, as on Azure DevOps Server) may call.
    """

    sessions: SessionService
    connections: HubConnectionService
    invitations: HubInvitationService
    organization: HubOrganizationService
    work_items: HubWorkItemService
    destinations: DestinationService
    getting_started: GettingStartedService
    audit: AuditService
    console: ConsoleServices
    signer: Signer
    version: str
    node_url: str = ""
    services_url: str = "https://dev.azure.com"
    server_urls: tuple[str, ...] = ()
    rates: RateLimits = field(default_factory=RateLimits)

"""All operations of the hub API, tab by tab."""

from adnode.web.hub import audit, connections, getting_started, invitations, organization, session, work_items
from adnode.web.hub.hub_services import HubServices
from adnode.web.hub.operations import Operation


def list_operations(services: HubServices) -> list[Operation]:
    """Return the operations in the order of the document."""
    return [
        *session.list_operations(services),
        *organization.list_operations(services),
        *connections.list_operations(services),
        *invitations.list_operations(services),
        *work_items.list_operations(services),
        *audit.list_operations(services),
        *getting_started.list_operations(services),
    ]

"""All operations of the hub API, tab by tab."""

from adnode.web.hub import (
    audit,
    bulk_connect,
    clean_up,
    connections,
    dashboard,
    drift,
    errors,
    getting_started,
    invitations,
    jobs,
    license_details,
    notifications,
    organization,
    proposals,
    queue,
    session,
    sessions,
    triggers,
    twins,
    work_items,
)
from adnode.web.hub.hub_services import HubServices
from adnode.web.hub.operations import Operation


def list_operations(services: HubServices) -> list[Operation]:
    """Return the operations in the order of the document."""
    return [
        *session.list_operations(services),
        *sessions.list_operations(services),
        *organization.list_operations(services),
        *connections.list_operations(services),
        *invitations.list_operations(services),
        *work_items.list_operations(services),
        *twins.list_operations(services),
        *triggers.list_operations(services),
        *errors.list_operations(services),
        *queue.list_operations(services),
        *jobs.list_operations(services),
        *bulk_connect.list_operations(services),
        *clean_up.list_operations(services),
        *drift.list_operations(services),
        *proposals.list_operations(services),
        *notifications.list_operations(services),
        *audit.list_operations(services),
        *getting_started.list_operations(services),
        *dashboard.list_operations(services),
        *license_details.list_operations(services),
    ]

"""The hub API: what the pages inside Azure DevOps call."""

from adnode.web.hub.blueprint import create_hub_blueprint
from adnode.web.hub.hub_services import HubServices

__all__ = ["HubServices", "create_hub_blueprint"]

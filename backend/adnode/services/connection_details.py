"""What a connection is made from: its name, the project that receives, its sealed key."""

from adnode.domain.errors import ProjectNotFoundError, ValidationError
from adnode.ports.gateway import GatewayProvider
from adnode.ports.system import Vault

NAME_LIMIT = 100


def check_name(name: str) -> str:
    """Return the name without blanks around it; raises ValidationError for one that people could not read."""
    name = name.strip()
    if not 1 <= len(name) <= NAME_LIMIT or not name.isprintable():
        raise ValidationError(f"A connection needs a name of 1 to {NAME_LIMIT} printable characters.")
    return name


def find_project(gateways: GatewayProvider, organization_id: str, project: str) -> str:
    """Return the project's name as Azure DevOps writes it; raises ProjectNotFoundError."""
    wanted = project.strip().casefold()
    names = [known.name for known in gateways.get(organization_id).list_projects()]
    for name in names:
        if name.casefold() == wanted:
            return name
    shown = ", ".join(sorted(names)[:20]) or "none"
    raise ProjectNotFoundError(
        f"There is no project {project} that the organization's credential can see. It can see: {shown}."
    )


def seal_private_key(vault: Vault, connection_id: str, private_key: bytes) -> bytes:
    """Seal our key of a connection for the row it lies in."""
    return vault.seal(private_key, f"connection:{connection_id}")

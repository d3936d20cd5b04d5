"""The services behind the console's tabs beside the connections: put together from ports alone."""

from dataclasses import dataclass

from adnode.ports.gateway import OrganizationGateways
from adnode.ports.storage import UnitOfWorkFactory
from adnode.ports.system import Clock, Ids, Vault, Wakeups
from adnode.services.audit import AuditService


@dataclass(frozen=True, slots=True)
class ConsoleParts:
    """What the console is made of. ``owner`` names this process in leases."""

    new_unit_of_work: UnitOfWorkFactory
    gateways: OrganizationGateways
    wakeups: Wakeups
    vault: Vault
    clock: Clock
    ids: Ids
    owner: str


@dataclass(frozen=True, slots=True)
class ConsoleServices:
    """One service or more for each tab."""

    audit: AuditService


def assemble_console(parts: ConsoleParts) -> ConsoleServices:
    """Return the services."""
    return ConsoleServices(audit=AuditService(parts.new_unit_of_work, parts.clock, parts.ids))

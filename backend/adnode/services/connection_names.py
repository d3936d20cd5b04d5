"""Names of connections: those that nobody chose, and making them unlike the others."""

from adnode.domain.connection import ConnectionStatus
from adnode.ports.storage import UnitOfWork
from adnode.services.connection_details import NAME_LIMIT, check_name

UNKNOWN = "unknown"
_TAKEN_BY = tuple(status for status in ConnectionStatus if status is not ConnectionStatus.REMOVED)


def make_up_name(organization_name: str, partner_name: str = UNKNOWN) -> str:
    """Return "A to B", which is how a connection is called that nobody gave a name."""
    half = (NAME_LIMIT - len(" to ")) // 2
    return f"{_printable(organization_name)[:half]} to {_printable(partner_name)[:half]}"


def make_unique(work: UnitOfWork, organization_id: str, name: str, *, except_id: str = "") -> str:
    """Return the name, with a number behind it when another connection of the organization has it already."""
    name = check_name(name)
    taken = {
        connection.name.casefold()
        for connection in work.connections.list_all(statuses=_TAKEN_BY)
        if connection.organization_id == organization_id and connection.id != except_id
    }
    candidate, number = name, 1
    while candidate.casefold() in taken:
        number += 1
        end = f" {number}"
        candidate = name[: NAME_LIMIT - len(end)] + end
    return candidate


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else " " for character in text).strip() or UNKNOWN

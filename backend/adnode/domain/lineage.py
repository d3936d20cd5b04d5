"""Lineage: the names of all work items known to be the same one, ``organization id:work item id``."""

import re
from collections.abc import Iterable

from adnode.domain.connection import Connection
from adnode.domain.limits import HIGHEST_NUMBER, LINEAGE

_NAME = re.compile(r"(?P<organization>[^:\s]{1,64}):(?P<number>[1-9][0-9]{0,9})", re.ASCII)


def make_name(organization_id: str, work_item_id: int) -> str:
    """Return the name of a work item in a lineage."""
    return f"{organization_id}:{work_item_id}"


def read_name(name: str) -> tuple[str, int] | None:
    """Return organization and number of a name; None for what is no name."""
    found = _NAME.fullmatch(name)
    if found is None or int(found["number"]) > HIGHEST_NUMBER:
        return None
    return found["organization"], int(found["number"])


def numbers_of(organization_id: str, lineage: frozenset[str]) -> list[int]:
    """Return the work items of an organization that a lineage names, the lowest first."""
    names = [read for name in lineage if (read := read_name(name)) is not None]
    return sorted(number for organization, number in names if organization == organization_id)


def join_lineage(
    connection: Connection, lineage: frozenset[str], work_item_id: int | None, remote_work_item_id: int
) -> frozenset[str]:
    """Return the lineage of a pair over the connection from what is known and told of it.

    Of the two organizations it names the pair's own work items only, whatever was told: a partner's word must not make
    other work items of ours the same as this one. What is no name, or too much, is left out.
    """
    peer_id = connection.peer.organization_id if connection.peer else ""
    own = {make_name(peer_id, remote_work_item_id)} if peer_id else set()
    if work_item_id is not None:
        own.add(make_name(connection.organization_id, work_item_id))
    sides = (connection.organization_id, peer_id)
    others = [name for name in lineage if (read := read_name(name)) is not None and read[0] not in sides]
    return limit_lineage(own, others)


def limit_lineage(own: Iterable[str], others: Iterable[str]) -> frozenset[str]:
    """Return names as far as a lineage may have so many; its own ones come first."""
    first = frozenset(own)
    rest = sorted(frozenset(others) - first)
    return first | frozenset(rest[: max(0, LINEAGE.maximum - len(first))])

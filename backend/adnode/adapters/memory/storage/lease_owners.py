"""Who holds leases, in memory."""

from dataclasses import replace
from typing import Any

from adnode.adapters.memory.storage.tables import Tables


class MemoryLeaseOwners:
    """LeaseOwnerRepository in memory."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def list_all(self) -> set[str]:
        leased = [row.lease_owner for table in self._leased() for row in table.values()]
        moving = [owner for row in self._tables.connections.values() for owner in (row.sender_owner, row.files_owner)]
        return {owner for owner in leased + moving if owner}

    def release(self, owner: str) -> int:
        count = 0
        for name in ("sender", "files"):
            table: dict[str, Any] = self._tables.connections
            held = [key for key, row in table.items() if getattr(row, f"{name}_owner") == owner]
            count += _free(table, held, name)
        for table in self._leased():
            count += _free(table, [key for key, row in table.items() if row.lease_owner == owner], "lease")
        return count

    def _leased(self) -> list[dict[str, Any]]:
        """Return the tables whose rows are leased to one process at a time."""
        tables = self._tables
        return [tables.twins, tables.feeds, tables.triggers, tables.jobs, tables.deliveries]


def _free(table: dict[str, Any], keys: list[str], name: str) -> int:
    table.update({key: replace(table[key], **{f"{name}_owner": None, f"{name}_until": None}) for key in keys})
    return len(keys)

"""Who holds leases, in memory."""

from dataclasses import replace

from adnode.adapters.memory.storage.tables import Tables


class MemoryLeaseOwners:
    """LeaseOwnerRepository in memory."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def list_all(self) -> set[str]:
        tables = self._tables
        owners = [row.lease_owner for row in tables.twins.values()]
        owners += [row.lease_owner for row in tables.feeds.values()]
        owners += [row.sender_owner for row in tables.connections.values()]
        owners += [row.lease_owner for row in tables.triggers.values()]
        owners += [row.lease_owner for row in tables.jobs.values()]
        return {owner for owner in owners if owner}

    def release(self, owner: str) -> int:
        tables = self._tables
        twins = {key: row for key, row in tables.twins.items() if row.lease_owner == owner}
        feeds = {key: row for key, row in tables.feeds.items() if row.lease_owner == owner}
        senders = {key: row for key, row in tables.connections.items() if row.sender_owner == owner}
        tables.twins.update({key: replace(row, lease_owner=None, lease_until=None) for key, row in twins.items()})
        tables.feeds.update({key: replace(row, lease_owner=None, lease_until=None) for key, row in feeds.items()})
        tables.connections.update(
            {key: replace(row, sender_owner=None, sender_until=None) for key, row in senders.items()}
        )
        triggers = {key: row for key, row in tables.triggers.items() if row.lease_owner == owner}
        tables.triggers.update({key: replace(row, lease_owner=None, lease_until=None) for key, row in triggers.items()})
        jobs = {key: row for key, row in tables.jobs.items() if row.lease_owner == owner}
        tables.jobs.update({key: replace(row, lease_owner=None, lease_until=None) for key, row in jobs.items()})
        return len(twins) + len(feeds) + len(senders) + len(triggers) + len(jobs)

"""Change feed positions and nonces in memory."""

from dataclasses import replace
from datetime import datetime, timedelta

from adnode.adapters.memory.storage.tables import StoredFeed, Tables


class MemoryFeeds:
    """FeedRepository in memory."""

    def __init__(self, tables: Tables) -> None:
        self._rows = tables.feeds

    def claim(
        self, organization_id: str, owner: str, now: datetime, lease_seconds: float, interval_seconds: float
    ) -> bool:
        row = self._row(organization_id)
        if row.lease_owner is not None and row.lease_until is not None and row.lease_until > now:
            return False
        if row.finished_at is not None and row.finished_at > now - timedelta(seconds=interval_seconds):
            return False
        until = now + timedelta(seconds=lease_seconds)
        self._rows[organization_id] = replace(row, lease_owner=owner, lease_until=until)
        return True

    def extend(self, organization_id: str, owner: str, now: datetime, lease_seconds: float) -> bool:
        row = self._row(organization_id)
        if row.lease_owner != owner:
            return False
        self._rows[organization_id] = replace(row, lease_until=now + timedelta(seconds=lease_seconds))
        return True

    def count_page(self, organization_id: str) -> None:
        row = self._row(organization_id)
        self._rows[organization_id] = replace(row, pages=row.pages + 1)

    def pages(self, organization_id: str) -> int:
        return self._row(organization_id).pages

    def looked_back_at(self, organization_id: str) -> datetime | None:
        return self._row(organization_id).looked_back_at

    def note_look_back(self, organization_id: str, now: datetime) -> None:
        self._rows[organization_id] = replace(self._row(organization_id), looked_back_at=now)

    def token(self, organization_id: str) -> str | None:
        return self._row(organization_id).token

    def save_token(self, organization_id: str, token: str) -> None:
        self._rows[organization_id] = replace(self._row(organization_id), token=token)

    def finish(self, organization_id: str, owner: str, now: datetime) -> None:
        row = self._row(organization_id)
        if row.lease_owner == owner:
            self._rows[organization_id] = replace(row, lease_owner=None, lease_until=None, finished_at=now)

    def _row(self, organization_id: str) -> StoredFeed:
        return self._rows.get(organization_id, StoredFeed())


class MemoryNonces:
    """NonceRepository in memory."""

    def __init__(self, tables: Tables) -> None:
        self._rows = tables.nonces

    def remember(self, key_id: str, nonce: str, expires_at: datetime) -> bool:
        if (key_id, nonce) in self._rows:
            return False
        self._rows[key_id, nonce] = expires_at
        return True

    def forget_expired(self, now: datetime) -> int:
        expired = [key for key, expires_at in self._rows.items() if expires_at < now]
        for key in expired:
            del self._rows[key]
        return len(expired)

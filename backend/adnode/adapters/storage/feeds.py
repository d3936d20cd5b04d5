"""Change feed positions and nonces in the database."""

from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from adnode.adapters.storage.rows import FeedRow, NonceRow
from adnode.adapters.storage.statements import changed_rows
from adnode.adapters.storage.upserts import insert_new, replace_all


class SqlFeeds:
    """FeedRepository on SQL."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def claim(
        self, organization_id: str, owner: str, now: datetime, lease_seconds: float, interval_seconds: float
    ) -> bool:
        insert_new(self._session, FeedRow, {"organization_id": organization_id})
        is_free = or_(FeedRow.lease_owner.is_(None), FeedRow.lease_until <= now)
        is_due = or_(FeedRow.finished_at.is_(None), FeedRow.finished_at <= now - timedelta(seconds=interval_seconds))
        statement = (
            update(FeedRow)
            .where(FeedRow.organization_id == organization_id, is_free, is_due)
            .values(lease_owner=owner, lease_until=now + timedelta(seconds=lease_seconds))
        )
        return changed_rows(self._session, statement) == 1

    def extend(self, organization_id: str, owner: str, now: datetime, lease_seconds: float) -> bool:
        statement = update(FeedRow).where(FeedRow.organization_id == organization_id, FeedRow.lease_owner == owner)
        until = now + timedelta(seconds=lease_seconds)
        return changed_rows(self._session, statement.values(lease_until=until)) == 1

    def token(self, organization_id: str) -> str | None:
        return self._session.scalar(select(FeedRow.token).where(FeedRow.organization_id == organization_id))

    def save_token(self, organization_id: str, token: str) -> None:
        values = {"organization_id": organization_id, "token": token}
        replace_all(self._session, FeedRow, [values], keys=["organization_id"])

    def count_page(self, organization_id: str) -> None:
        insert_new(self._session, FeedRow, {"organization_id": organization_id})
        statement = update(FeedRow).where(FeedRow.organization_id == organization_id)
        changed_rows(self._session, statement.values(pages=FeedRow.pages + 1))

    def pages(self, organization_id: str) -> int:
        query = select(FeedRow.pages).where(FeedRow.organization_id == organization_id).with_for_update()
        found = self._session.scalar(query)
        if found is None:
            insert_new(self._session, FeedRow, {"organization_id": organization_id})
            found = self._session.scalar(query)
        return found or 0

    def looked_back_at(self, organization_id: str) -> datetime | None:
        return self._session.scalar(select(FeedRow.looked_back_at).where(FeedRow.organization_id == organization_id))

    def note_look_back(self, organization_id: str, now: datetime) -> None:
        values = {"organization_id": organization_id, "looked_back_at": now}
        replace_all(self._session, FeedRow, [values], keys=["organization_id"])

    def finish(self, organization_id: str, owner: str, now: datetime) -> None:
        statement = (
            update(FeedRow)
            .where(FeedRow.organization_id == organization_id, FeedRow.lease_owner == owner)
            .values(lease_owner=None, lease_until=None, finished_at=now)
        )
        changed_rows(self._session, statement)


class SqlNonces:
    """NonceRepository on SQL."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def remember(self, key_id: str, nonce: str, expires_at: datetime) -> bool:
        return insert_new(self._session, NonceRow, {"key_id": key_id, "nonce": nonce, "expires_at": expires_at})

    def forget_expired(self, now: datetime) -> int:
        return changed_rows(self._session, delete(NonceRow).where(NonceRow.expires_at < now))

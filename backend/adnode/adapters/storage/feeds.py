"""Change feed positions and nonces in the database."""

from datetime import datetime, timedelta

from sqlalchemy import delete, or_, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from adnode.adapters.storage.rows import FeedRow, NonceRow
from adnode.adapters.storage.statements import changed_rows


class SqlFeeds:
    """FeedRepository on SQL."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def claim(
        self, organization_id: str, owner: str, now: datetime, lease_seconds: float, interval_seconds: float
    ) -> bool:
        self._make(organization_id)
        is_free = or_(FeedRow.lease_owner.is_(None), FeedRow.lease_until < now)
        is_due = or_(FeedRow.finished_at.is_(None), FeedRow.finished_at <= now - timedelta(seconds=interval_seconds))
        statement = (
            update(FeedRow)
            .where(FeedRow.organization_id == organization_id, is_free, is_due)
            .values(lease_owner=owner, lease_until=now + timedelta(seconds=lease_seconds))
        )
        return changed_rows(self._session, statement) == 1

    def token(self, organization_id: str) -> str | None:
        row = self._session.get(FeedRow, organization_id, populate_existing=True)
        return row.token if row else None

    def save_token(self, organization_id: str, token: str) -> None:
        self._make(organization_id)
        self._session.execute(update(FeedRow).where(FeedRow.organization_id == organization_id).values(token=token))

    def finish(self, organization_id: str, owner: str, now: datetime) -> None:
        self._session.execute(
            update(FeedRow)
            .where(FeedRow.organization_id == organization_id, FeedRow.lease_owner == owner)
            .values(lease_owner=None, lease_until=None, finished_at=now)
        )

    def _make(self, organization_id: str) -> None:
        if self._session.get(FeedRow, organization_id) is not None:
            return
        try:
            with self._session.begin_nested():
                self._session.add(FeedRow(organization_id=organization_id))
        except IntegrityError:
            return


class SqlNonces:
    """NonceRepository on SQL."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def remember(self, key_id: str, nonce: str, expires_at: datetime) -> bool:
        try:
            with self._session.begin_nested():
                self._session.add(NonceRow(key_id=key_id, nonce=nonce, expires_at=expires_at))
        except IntegrityError:
            return False
        return True

    def forget_expired(self, now: datetime) -> int:
        return changed_rows(self._session, delete(NonceRow).where(NonceRow.expires_at < now))

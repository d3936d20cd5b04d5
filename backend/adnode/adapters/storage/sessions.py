"""Sessions of the pages in the database."""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from adnode.adapters.storage.hub_rows import SessionRow
from adnode.adapters.storage.statements import changed_rows, read_rows
from adnode.domain.session import SessionEnd, SessionPurpose, SessionRecord


class SqlSessions:
    """SessionRepository on SQL."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def find(self, session_id: str) -> SessionRecord | None:
        row = self._session.get(SessionRow, session_id, populate_existing=True)
        return _from_row(row) if row else None

    def add(self, record: SessionRecord) -> None:
        ended_as = record.ended_as.value if record.ended_as else None
        self._session.add(SessionRow(**asdict(record) | {"purpose": record.purpose.value, "ended_as": ended_as}))
        self._session.flush()

    def renew(self, record: SessionRecord) -> bool:
        return self._change(
            record.id,
            checked_at=record.checked_at,
            used_at=record.used_at,
            expires_at=record.expires_at,
            is_administrator=record.is_administrator,
        )

    def end(self, session_id: str, now: datetime, ended_as: SessionEnd) -> bool:
        return self._change(session_id, ended_at=now, ended_as=ended_as.value)

    def _change(self, session_id: str, **values: object) -> bool:
        # What has ended stays so, whoever else changes it at the same moment.
        is_open = (SessionRow.id == session_id, SessionRow.ended_at.is_(None))
        return changed_rows(self._session, update(SessionRow).where(*is_open).values(**values)) > 0

    def note_use(self, session_id: str, used_at: datetime) -> None:
        changed_rows(self._session, update(SessionRow).where(SessionRow.id == session_id).values(used_at=used_at))

    def list_live(self, organization_id: str, now: datetime) -> list[SessionRecord]:
        query = select(SessionRow).where(
            SessionRow.organization_id == organization_id, SessionRow.expires_at > now, SessionRow.ended_at.is_(None)
        )
        ordered = query.order_by(SessionRow.used_at.desc(), SessionRow.id)
        return [_from_row(row) for row in read_rows(self._session, ordered)]

    def list_run_out(self, now: datetime, limit: int) -> list[SessionRecord]:
        query = select(SessionRow).where(SessionRow.expires_at <= now, SessionRow.ended_at.is_(None))
        return [_from_row(row) for row in read_rows(self._session, query.order_by(SessionRow.expires_at).limit(limit))]

    def forget(self, ended_before: datetime, limit: int = 1000) -> int:
        old = select(SessionRow.id).where(SessionRow.ended_at < ended_before).limit(limit)
        return changed_rows(self._session, delete(SessionRow).where(SessionRow.id.in_(old)))


def _from_row(row: SessionRow) -> SessionRecord:
    return SessionRecord(
        id=row.id,
        organization_id=row.organization_id,
        user_id=row.user_id,
        user_name=row.user_name,
        purpose=SessionPurpose(row.purpose),
        is_administrator=row.is_administrator,
        opened_at=row.opened_at,
        checked_at=row.checked_at,
        used_at=row.used_at,
        expires_at=row.expires_at,
        address=row.address,
        browser=row.browser,
        ended_at=row.ended_at,
        ended_as=SessionEnd(row.ended_as) if row.ended_as else None,
    )

"""The sessions of an organization's pages: who is signed in, and ending that."""

from datetime import timedelta
from threading import Event

from adnode.domain.actor import ActorKind
from adnode.domain.audit import AuditAction, AuditEntry
from adnode.domain.errors import NotFoundError
from adnode.domain.session import Session, SessionEnd, SessionPurpose, SessionRecord
from adnode.ports.storage import UnitOfWork, UnitOfWorkFactory
from adnode.ports.system import Clock, Ids
from adnode.services.audit import AuditService

ENDED_KEPT = timedelta(days=1)
"""How long a page can still be told that its session was ended."""
CHUNK = 200
NODE_USER, NODE_NAME = "node", "This node"


class LiveSessionService:
    """Lists and ends sessions. Those of panels on work items are not listed, because each form that is opened has one;
    they end with the other sessions of their organization.
    """

    def __init__(self, new_unit_of_work: UnitOfWorkFactory, audit: AuditService, clock: Clock, ids: Ids) -> None:
        self._new_unit_of_work = new_unit_of_work
        self._audit = audit
        self._clock = clock
        self._ids = ids

    def list_live(self, session: Session) -> list[SessionRecord]:
        """Return the organization's sessions of the hub, the one used last first."""
        with self._new_unit_of_work() as work:
            live = work.sessions.list_live(session.tenant.id, self._clock.now())
        return [record for record in live if record.purpose is SessionPurpose.HUB]

    def end(self, session: Session, session_id: str) -> None:
        """End a session of the organization, one's own too; raises NotFoundError for one that is none or over."""
        now = self._clock.now()
        with self._new_unit_of_work() as work:
            record = work.sessions.find(session_id)
            if record is None or record.organization_id != session.tenant.id or not record.is_live(now):
                raise NotFoundError("There is no such session, or it is over already. Reload the list.")
            self._end(work, session, record)
            work.commit()

    def end_others(self, session: Session) -> int:
        """End all sessions of the organization but the one that asks; return how many of the hub those were."""
        with self._new_unit_of_work() as work:
            others = [
                record
                for record in work.sessions.list_live(session.tenant.id, self._clock.now())
                if record.id != session.id
            ]
            for record in others:
                self._end(work, session, record)
            work.commit()
        return sum(record.purpose is SessionPurpose.HUB for record in others)

    def tend(self, _stopping: Event | None = None) -> bool:
        """End what was not renewed in time and forget what ended long ago; say whether there is more."""
        now = self._clock.now()
        with self._new_unit_of_work() as work:
            over = work.sessions.list_run_out(now, CHUNK)
            for record in over:
                if work.sessions.end(record.id, now, SessionEnd.RAN_OUT) and record.purpose is SessionPurpose.HUB:
                    self._note_run_out(work, record)
            forgotten = work.sessions.forget(now - ENDED_KEPT, CHUNK)
            if over or forgotten:
                work.commit()
        return CHUNK in (len(over), forgotten)

    def _end(self, work: UnitOfWork, session: Session, record: SessionRecord) -> None:
        how = SessionEnd.LEFT if record.id == session.id else SessionEnd.ENDED
        is_ended = work.sessions.end(record.id, self._clock.now(), how)
        if is_ended and record.purpose is SessionPurpose.HUB:
            details = {"how": how.value, "user": record.user_name, "address": record.address}
            self._audit.note(work, session, AuditAction.SESSION_ENDED, details=details)

    def _note_run_out(self, work: UnitOfWork, record: SessionRecord) -> None:
        entry = AuditEntry(
            id=self._ids.new_id(),
            organization_id=record.organization_id,
            at=self._clock.now(),
            user_id=NODE_USER,
            user_name=NODE_NAME,
            action=AuditAction.SESSION_ENDED,
            actor=ActorKind.NODE,
            details={"how": SessionEnd.RAN_OUT.value, "user": record.user_name, "address": record.address},
        )
        work.audit.add(entry)

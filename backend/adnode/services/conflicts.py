"""Values that lost against a concurrent change: looking at both, taking the other one after all, or leaving it so."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from adnode.domain.audit import AuditAction
from adnode.domain.connection import Connection, ConnectionStatus
from adnode.domain.error_record import ConflictRecord, ConflictStatus
from adnode.domain.errors import NotFoundError, StateError
from adnode.domain.rich_text import RichText
from adnode.domain.session import Session
from adnode.domain.sync_state import CommentValue, Register
from adnode.domain.synced_change import ChangedThing
from adnode.domain.twin import Twin, TwinStatus
from adnode.ports.storage import UnitOfWork, UnitOfWorkFactory
from adnode.ports.system import Clock, Topic, Wakeups
from adnode.services.audit import AuditService
from adnode.services.ownership import own_connections
from adnode.services.reconciliation.conflicts import read_loser, read_winner
from adnode.services.reconciliation.history import describe_value
from adnode.sync.rich_text import list_lines
from adnode.sync.wishes import Obstacle, find_obstacle

TEXT_LIMIT = 5000
"""Characters of a value that are shown."""
_REASONS: Mapping[Obstacle, str] = {
    Obstacle.IN_USE: "The other value is in use already. Dismiss the conflict.",
    Obstacle.ATTACHMENT: (
        "A file can't be taken back from a conflict. Attach it again, or remove it, in Azure DevOps; that is "
        "synchronized."
    ),
    Obstacle.PRESENCE: (
        "Whether a work item is in the recycle bin is decided in Azure DevOps. Delete or restore it there."
    ),
    Obstacle.DELETED_COMMENT: (
        "A deleted comment can't be brought back under its author's name and time. Write it again, or delete it, in "
        "Azure DevOps."
    ),
}
_RESTS = (TwinStatus.UNLINKED, TwinStatus.LOCAL_REMOVED)


@dataclass(frozen=True, slots=True)
class ShownValue:
    """A value in plain words. ``is_local`` says whether it was made in this organization."""

    text: str
    changed_at: datetime
    is_local: bool
    is_deleted: bool = False


@dataclass(frozen=True, slots=True)
class ConflictView:
    """A conflict with both values and the one that stands there now. ``subject`` is the author of a comment or the name
    of a file; ``reason`` says why the other value can't be used, '' where it can.
    """

    record: ConflictRecord
    thing: ChangedThing
    subject: str
    kept: ShownValue
    lost: ShownValue
    current: ShownValue | None
    reason: str

    @property
    def can_restore(self) -> bool:
        """Say whether the other value can be used."""
        return self.record.status is ConflictStatus.OPEN and not self.reason


class ConflictService:
    """Decides on conflicts. The other value comes back as a change of today: the next round writes it here and tells
    the other side, whatever both did meanwhile.
    """

    def __init__(
        self, new_unit_of_work: UnitOfWorkFactory, wakeups: Wakeups, audit: AuditService, clock: Clock
    ) -> None:
        self._new_unit_of_work = new_unit_of_work
        self._wakeups = wakeups
        self._audit = audit
        self._clock = clock

    def restore(self, session: Session, conflict_id: str) -> ConflictView:
        """Want the value that lost on both sides; raises StateError with the reason where that can't be."""
        now = self._clock.now()
        with self._new_unit_of_work() as work:
            connection, twin, record = self._own(work, session, conflict_id)
            # Takes the connection's turn, so that of two people the second sees what the first decided.
            work.twins.mark_dirty([twin.id], now, must_read=True)
            record = work.conflicts.get(conflict_id)
            self._require_possible(connection, twin, record)
            earlier = work.conflicts.find_undecided([twin.id]).get(twin.id, [])
            replaced = [each.id for each in earlier if each.key == record.key and each.status is ConflictStatus.WANTED]
            work.conflicts.settle(replaced, ConflictStatus.DISMISSED, now)
            work.conflicts.settle([record.id], ConflictStatus.WANTED, now, resolved_by=session.user_name)
            self._note(work, session, AuditAction.CONFLICT_RESTORED, connection, record)
            view = view_conflict(work.conflicts.get(record.id), twin)
            work.commit()
        self._wakeups.wake(Topic.RECONCILE, connection.id)
        return view

    def dismiss(self, session: Session, conflict_id: str) -> ConflictView:
        """Leave the value that won; the record stays in the history. Raises StateError when it is decided already."""
        with self._new_unit_of_work() as work:
            connection, twin, record = self._own(work, session, conflict_id)
            if record.status not in (ConflictStatus.OPEN, ConflictStatus.WANTED):
                raise _decided(record)
            work.conflicts.settle(
                [record.id], ConflictStatus.DISMISSED, self._clock.now(), resolved_by=session.user_name
            )
            self._note(work, session, AuditAction.CONFLICT_DISMISSED, connection, record)
            view = view_conflict(work.conflicts.get(record.id), twin)
            work.commit()
        return view

    def _own(self, work: UnitOfWork, session: Session, conflict_id: str) -> tuple[Connection, Twin, ConflictRecord]:
        record = work.conflicts.get(conflict_id)
        connection = own_connections(work, session).get(record.connection_id)
        twin = work.twins.find([record.twin_id]).get(record.twin_id)
        if connection is None or twin is None:
            raise NotFoundError(f"There is no conflict {conflict_id} here. List the conflicts to see their ids.")
        return connection, twin, record

    def _require_possible(self, connection: Connection, twin: Twin, record: ConflictRecord) -> None:
        if record.status is not ConflictStatus.OPEN:
            raise _decided(record)
        if connection.status is ConnectionStatus.REMOVED or twin.status in _RESTS:
            raise StateError(
                f"Work item {twin.work_item_id} is not synchronized now: it was taken out of sync or is in the recycle "
                "bin. Put it under sync or restore it first, or dismiss the conflict."
            )
        view = view_conflict(record, twin)
        if view.reason:
            raise StateError(view.reason)

    def _note(
        self,
        work: UnitOfWork,
        session: Session,
        action: AuditAction,
        connection: Connection,
        record: ConflictRecord,
    ) -> None:
        details = {"work_item": str(record.work_item_id or ""), "field": record.key.partition("/")[0]}
        self._audit.note(work, session, action, connection, details)


def view_conflict(record: ConflictRecord, twin: Twin) -> ConflictView:
    """Return a conflict as pages show it."""
    winner, loser, current = read_winner(record), read_loser(record), twin.state.get(record.key)
    obstacle = find_obstacle((current or winner).value, loser.value)
    described = describe_value(record.key, loser.value, twin.organization_id)
    return ConflictView(
        record=record,
        thing=described.thing,
        subject=described.subject,
        kept=_shown(record.key, winner, twin),
        lost=_shown(record.key, loser, twin),
        current=_shown(record.key, current, twin) if current else None,
        reason=_REASONS[obstacle] if obstacle else "",
    )


def _shown(key: str, register: Register, twin: Twin) -> ShownValue:
    described = describe_value(key, register.value, twin.organization_id, TEXT_LIMIT)
    return ShownValue(
        text=_lines(register) or described.text,
        changed_at=register.changed_at,
        is_local=register.changed_in == twin.organization_id,
        is_deleted=described.is_deleted,
    )


def _lines(register: Register) -> str:
    value = register.value
    text = value.text if isinstance(value, CommentValue) else value
    return list_lines(text, TEXT_LIMIT) if isinstance(text, RichText) else ""


def _decided(record: ConflictRecord) -> StateError:
    words = {
        ConflictStatus.WANTED: "the other value is on its way",
        ConflictStatus.RESTORED: "the other value is in use again",
        ConflictStatus.DISMISSED: "the value that won stays",
    }
    return StateError(f"This conflict is decided already: {words[record.status]}.", conflict=record.id)

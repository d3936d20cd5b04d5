"""One twin in all its details, and having it synchronized at once."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from adnode.domain.audit import AuditAction
from adnode.domain.connection import Connection, ConnectionStatus
from adnode.domain.documents import Document, register_to_document
from adnode.domain.errors import NotFoundError, StateError
from adnode.domain.message import StateBody
from adnode.domain.session import Session
from adnode.domain.sync_state import Register, Registers
from adnode.domain.synced_change import Direction, SyncedChange
from adnode.domain.trace import Trace
from adnode.domain.twin import Twin, TwinStatus
from adnode.domain.twin_list import TwinEntry, TwinFilter, TwinSearch, TwinSort, entry_of
from adnode.ports.storage import UnitOfWork, UnitOfWorkFactory
from adnode.ports.system import Clock, Topic, Wakeups
from adnode.services.audit import AuditService
from adnode.services.conflicts import ConflictView, view_conflict
from adnode.services.ownership import own_connections, require_known
from adnode.services.state_messages import queue_state
from adnode.services.twin_list import ListedTwin, address_of, list_twins
from adnode.sync.rich_text import cut_line

REGISTERS_LIMIT = 100
"""Registers of a replica that are shown at most, the latest changes first."""
TEXT_LIMIT = 500
"""Characters of each text in a replica."""
OTHERS_LIMIT = 50
"""Further twins of the same work item that are shown."""


@dataclass(frozen=True, slots=True)
class Replica:
    """Registers as one side holds or told them: JSON documents by key, shortened. ``left_out`` counts what is not
    shown.
    """

    registers: Mapping[str, Document]
    left_out: int
    at: datetime | None


@dataclass(frozen=True, slots=True)
class TwinDetails:
    """A twin with all that is known. ``others`` are twins of the same work item over other connections; ``free`` are
    connections that it could still come under sync over. ``received`` is what the peer told last, None when nothing is
    remembered of it.
    """

    listed: ListedTwin
    revision: int | None
    last_times: Mapping[Direction, datetime]
    waiting_files: int
    trace_count: int
    change_count: int
    conflicts: tuple[ConflictView, ...]
    others: tuple[ListedTwin, ...]
    free: tuple[Connection, ...]
    held: Replica
    received: Replica | None


@dataclass(frozen=True, slots=True)
class ChangePage:
    """Some synced changes, the newest first, and how many there are."""

    changes: tuple[SyncedChange, ...]
    total: int


@dataclass(frozen=True, slots=True)
class TracePage:
    """Some traces, and how many there are."""

    traces: tuple[Trace, ...]
    total: int


class TwinDetailsService:
    """Shows single twins to the administrators of their organization."""

    def __init__(
        self, new_unit_of_work: UnitOfWorkFactory, wakeups: Wakeups, audit: AuditService, clock: Clock
    ) -> None:
        self._new_unit_of_work = new_unit_of_work
        self._wakeups = wakeups
        self._audit = audit
        self._clock = clock

    def show(self, session: Session, twin_id: str) -> TwinDetails:
        """Return a twin; raises NotFoundError."""
        with self._new_unit_of_work() as work:
            connections = own_connections(work, session)
            twin = _own_twin(work, session, twin_id)
            require_known(connections, twin.connection_id)
            entries = [entry_of(twin), *self._others(work, twin)]
            listed, *others = list_twins(work, session.tenant, connections, entries)
            used = {each.connection.id for each in (listed, *others) if each.entry.status is not TwinStatus.UNLINKED}
            usable = [each for each in connections.values() if each.status is ConnectionStatus.ACTIVE]
            return TwinDetails(
                listed=listed,
                revision=twin.revision,
                last_times=work.synced_changes.last_times(twin.id),
                waiting_files=work.twin_list.count_files(twin.connection_id, twin.id),
                trace_count=work.twin_list.count_traces(twin.organization_id, twin.work_item_id or 0),
                change_count=work.synced_changes.count(twin.id),
                conflicts=tuple(view_conflict(record, twin) for record in work.conflicts.list_of(twin.id)),
                others=tuple(others),
                free=tuple(each for each in usable if each.id not in used) if twin.work_item_id else (),
                held=_replica(twin.state.registers, twin.synchronized_at),
                received=_received(work, twin),
            )

    def _others(self, work: UnitOfWork, twin: Twin) -> list[TwinEntry]:
        if twin.work_item_id is None:
            return []
        wanted = TwinFilter(twin.organization_id, search=TwinSearch(work_item_id=twin.work_item_id))
        found = work.twin_list.list_page(
            wanted, TwinSort.CREATED_AT, is_descending=False, after=None, limit=OTHERS_LIMIT
        )
        return [entry for entry in found if entry.id != twin.id]

    def list_changes(
        self, session: Session, twin_id: str, *, after: tuple[datetime, str] | None, limit: int
    ) -> ChangePage:
        """Return the history of a twin, the newest first; raises NotFoundError."""
        with self._new_unit_of_work() as work:
            twin = _own_twin(work, session, twin_id)
            changes = work.synced_changes.list_page(twin.id, after=after, limit=limit)
            return ChangePage(tuple(changes), work.synced_changes.count(twin.id))

    def list_traces(self, session: Session, twin_id: str, *, after: tuple[str, str] | None, limit: int) -> TracePage:
        """Return the traces of a twin's work item; raises NotFoundError."""
        with self._new_unit_of_work() as work:
            twin = _own_twin(work, session, twin_id)
            if twin.work_item_id is None:
                return TracePage((), 0)
            place = twin.organization_id, twin.work_item_id
            traces = work.twin_list.list_traces(*place, after=after, limit=limit)
            return TracePage(tuple(traces), work.twin_list.count_traces(*place))

    def synchronize_now(self, session: Session, twin_id: str) -> None:
        """Have both sides compared again at once; raises NotFoundError, and StateError where nothing would happen."""
        with self._new_unit_of_work() as work:
            twin = _own_twin(work, session, twin_id)
            connection = require_known(own_connections(work, session), twin.connection_id)
            _require_active(connection, twin)
            now = self._clock.now()
            work.twins.mark_dirty([twin.id], now, must_read=twin.work_item_id is not None)
            if twin.work_item_id is not None and twin.state.registers and not twin.is_held:
                # What the partner knows already is no change there; it answers that both sides are equal.
                url = address_of(session.tenant, twin.work_item_id)
                queue_state(work, twin, url, twin.state.registers, now)
            details = {"work_item": str(twin.work_item_id or "")}
            self._audit.note(work, session, AuditAction.WORK_ITEM_SYNC_ASKED, connection, details)
            work.commit()
        self._wakeups.wake(Topic.RECONCILE, connection.id)
        self._wakeups.wake(Topic.SEND, connection.id)


def _own_twin(work: UnitOfWork, session: Session, twin_id: str) -> Twin:
    twin = work.twins.find([twin_id]).get(twin_id)
    if twin is None or twin.organization_id != session.tenant.id:
        raise NotFoundError(f"There is no pair of work items {twin_id} here. Reload the list.")
    return twin


def _require_active(connection: Connection, twin: Twin) -> None:
    if twin.status is TwinStatus.UNLINKED:
        raise StateError(
            f"Work item {twin.work_item_id} was taken out of sync over connection {connection.name}. Exalate it again "
            "to synchronize it."
        )
    if connection.status is not ConnectionStatus.ACTIVE:
        raise StateError(
            f"Connection {connection.name} is {connection.status}. Activate it first; what changed meanwhile is "
            "synchronized then."
        )


def _received(work: UnitOfWork, twin: Twin) -> Replica | None:
    found = work.twin_list.last_received(twin.connection_id, twin.id)
    if found is None or not isinstance(found.message.body, StateBody):
        return None
    return _replica(found.message.body.registers, found.received_at)


def _replica(registers: Registers, at: datetime | None) -> Replica:
    def latest_first(item: tuple[str, Register]) -> tuple[bool, float]:
        key, register = item
        return "/" in key, -register.changed_at.timestamp()

    shown = sorted(registers.items(), key=latest_first)[:REGISTERS_LIMIT]
    documents = {key: _shortened(register_to_document(register)) for key, register in shown}
    return Replica(documents, len(registers) - len(shown), at)


def _shortened(document: Document) -> Document:
    shortened: Document = json.loads(json.dumps(document), object_hook=_shorten_texts)
    return shortened


def _shorten_texts(members: Document) -> Document:
    return {name: cut_line(value, TEXT_LIMIT) if _is_long(value) else value for name, value in members.items()}


def _is_long(value: object) -> bool:
    return isinstance(value, str) and len(value) > TEXT_LIMIT

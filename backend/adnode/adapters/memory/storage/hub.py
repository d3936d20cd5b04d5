"""What the hub remembers beside the synchronization, in memory."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from adnode.adapters.memory.storage.tables import StoredTwin, Tables
from adnode.domain.audit import AuditEntry
from adnode.domain.connection_note import ConnectionFigures, ConnectionNote, TwinFigures
from adnode.domain.error_record import ErrorStatus
from adnode.domain.invitation import Invitation
from adnode.domain.message import QueueStatus
from adnode.domain.session import SessionEnd, SessionRecord, Tenant
from adnode.ports.hub_storage import Repetition, importance

OUTGOING = (QueueStatus.WAITING, QueueStatus.SENDING)
INCOMING = (QueueStatus.APPLYING,)


class MemoryTenants:
    """TenantRepository in memory."""

    def __init__(self, tables: Tables) -> None:
        self._rows = tables.tenants
        self._pairs = tables.identity_pairs

    def find(self, tenant_id: str) -> Tenant | None:
        return self._rows.get(tenant_id)

    def find_by_url(self, url: str) -> list[Tenant]:
        found = [tenant for tenant in self._rows.values() if tenant.url.casefold() == url.casefold()]
        return sorted(found, key=lambda tenant: tenant.id)

    def save(self, tenant: Tenant) -> None:
        known = self._rows.get(tenant.id)
        self._rows[tenant.id] = replace(tenant, first_seen_at=known.first_seen_at if known else tenant.first_seen_at)

    def remove(self, tenant_id: str) -> None:
        self._rows.pop(tenant_id, None)
        for pair in [pair for pair in self._pairs if pair[0] == tenant_id]:
            del self._pairs[pair]

    def remember_pair(self, tenant_id: str, app_user_id: str, user_id: str, now: datetime) -> bool:
        pair = (tenant_id, app_user_id, user_id)
        if pair in self._pairs:
            return False
        self._pairs[pair] = now
        return True


class MemorySessions:
    """SessionRepository in memory."""

    def __init__(self, tables: Tables) -> None:
        self._rows = tables.sessions

    def find(self, session_id: str) -> SessionRecord | None:
        return self._rows.get(session_id)

    def add(self, record: SessionRecord) -> None:
        self._rows[record.id] = record

    def renew(self, record: SessionRecord) -> bool:
        known = self._rows.get(record.id)
        if known is None or known.ended_at is not None:
            return False
        self._rows[record.id] = replace(
            known,
            checked_at=record.checked_at,
            used_at=record.used_at,
            expires_at=record.expires_at,
            is_administrator=record.is_administrator,
        )
        return True

    def end(self, session_id: str, now: datetime, ended_as: SessionEnd) -> bool:
        known = self._rows.get(session_id)
        if known is None or known.ended_at is not None:
            return False
        self._rows[session_id] = known.ended(now, ended_as)
        return True

    def note_use(self, session_id: str, used_at: datetime) -> None:
        if known := self._rows.get(session_id):
            self._rows[session_id] = replace(known, used_at=used_at)

    def list_live(self, organization_id: str, now: datetime) -> list[SessionRecord]:
        ours = [one for one in self._rows.values() if one.organization_id == organization_id and one.is_live(now)]
        return sorted(sorted(ours, key=lambda one: one.id), key=lambda one: one.used_at, reverse=True)

    def list_run_out(self, now: datetime, limit: int) -> list[SessionRecord]:
        over = [one for one in self._rows.values() if one.ended_at is None and one.expires_at <= now]
        return sorted(over, key=lambda one: one.expires_at)[:limit]

    def forget(self, ended_before: datetime, limit: int = 1000) -> int:
        old = [one.id for one in self._rows.values() if one.ended_at is not None and one.ended_at < ended_before]
        for session_id in old[:limit]:
            del self._rows[session_id]
        return len(old[:limit])


class MemoryConnectionNotes:
    """ConnectionNoteRepository in memory."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._rows = tables.notes

    def get(self, connection_id: str) -> ConnectionNote:
        return self._rows.get(connection_id, ConnectionNote(connection_id))

    def find(self, connection_ids: Collection[str]) -> Mapping[str, ConnectionNote]:
        return {wanted: self._rows[wanted] for wanted in connection_ids if wanted in self._rows}

    def save(self, note: ConnectionNote) -> None:
        self._rows[note.connection_id] = note

    def figures(self, connection_ids: Collection[str]) -> Mapping[str, ConnectionFigures]:
        return {connection_id: self._figures(connection_id) for connection_id in connection_ids}

    def twin_figures(self, twin_ids: Collection[str]) -> Mapping[str, TwinFigures]:
        return {twin_id: self._twin_figures(twin_id) for twin_id in twin_ids}

    def invitations(self, connection_ids: Collection[str]) -> Mapping[str, Invitation]:
        ordered = sorted(self._tables.invitations.values(), key=importance)
        return {found.connection_id: found for found in ordered if found.connection_id in connection_ids}

    def _twin_figures(self, twin_id: str) -> TwinFigures:
        row = self._tables.twins.get(twin_id)
        is_at_work = row is not None and not row.is_unlinked and _is_at_work(row)
        outgoing = [row for row in self._tables.outbox.values() if row.message.twin_id == twin_id]
        incoming = [row for row in self._tables.inbox.values() if row.message.twin_id == twin_id]
        return TwinFigures(
            is_at_work, sum(row.status in OUTGOING for row in outgoing), sum(row.status in INCOMING for row in incoming)
        )

    def _figures(self, connection_id: str) -> ConnectionFigures:
        rows = self._tables.twins.values()
        twins = [row for row in rows if row.twin.connection_id == connection_id and not row.is_unlinked]
        errors = [
            record
            for record in self._tables.error_records.values()
            if record.connection_id == connection_id and record.status is ErrorStatus.OPEN
        ]
        outgoing = [row for row in self._tables.outbox.values() if row.connection_id == connection_id]
        incoming = [row for row in self._tables.inbox.values() if row.connection_id == connection_id]
        return ConnectionFigures(
            under_sync=len(twins),
            in_progress=sum(_is_at_work(row) for row in twins),
            open_errors=len(errors),
            outgoing=sum(row.status in OUTGOING for row in outgoing),
            incoming=sum(row.status in INCOMING for row in incoming),
            synchronized_at=max(
                (
                    time
                    for row in rows
                    if row.twin.connection_id == connection_id and (time := row.twin.synchronized_at)
                ),
                default=None,
            ),
        )


class MemoryAuditTrail:
    """AuditTrail in memory."""

    def __init__(self, tables: Tables) -> None:
        self._rows = tables.audit

    def add(self, entry: AuditEntry) -> None:
        self._rows[entry.id] = entry

    def add_all(self, entries: Sequence[AuditEntry]) -> None:
        self._rows.update({entry.id: entry for entry in entries})

    def list_page(
        self, organization_id: str, *, connection_id: str = "", after: tuple[datetime, str] | None = None, limit: int
    ) -> list[AuditEntry]:
        found = sorted(self._of(organization_id, connection_id), key=_place, reverse=True)
        return [entry for entry in found if after is None or _place(entry) < after][:limit]

    def count(self, organization_id: str, *, connection_id: str = "") -> int:
        return len(self._of(organization_id, connection_id))

    def forget(self, before: datetime, limit: int = 1000) -> int:
        old = sorted((entry for entry in self._rows.values() if entry.at < before), key=_place)[:limit]
        for entry in old:
            del self._rows[entry.id]
        return len(old)

    def _of(self, organization_id: str, connection_id: str) -> list[AuditEntry]:
        return [
            entry
            for entry in self._rows.values()
            if entry.organization_id == organization_id and connection_id in ("", entry.connection_id)
        ]


class MemoryRepetitions:
    """RepetitionRepository in memory."""

    def __init__(self, tables: Tables) -> None:
        self._rows = tables.repetitions

    def add(self, repetition: Repetition) -> bool:
        key = (repetition.organization_id, repetition.key)
        if key in self._rows:
            return False
        self._rows[key] = repetition
        return True

    def find(self, organization_id: str, key: str) -> Repetition | None:
        return self._rows.get((organization_id, key))

    def forget(self, before: datetime, limit: int = 1000) -> int:
        old = [key for key, repetition in self._rows.items() if repetition.at < before][:limit]
        for key in old:
            del self._rows[key]
        return len(old)


def _is_at_work(row: StoredTwin) -> bool:
    return not row.twin.is_held and (row.is_dirty or row.lease_owner is not None)


def _place(entry: AuditEntry) -> tuple[datetime, str]:
    return entry.at, entry.id

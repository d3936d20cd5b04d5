"""Ports to what the hub remembers beside the synchronization: tenants, notes, deeds, requests that may come twice."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from adnode.domain.audit import AuditEntry
from adnode.domain.connection_note import ConnectionFigures, ConnectionNote, TwinFigures
from adnode.domain.invitation import Invitation, InvitationStatus
from adnode.domain.session import SessionEnd, SessionRecord, Tenant


class TenantRepository(Protocol):
    """Organizations whose administrators signed in here."""

    def find(self, tenant_id: str) -> Tenant | None: ...
    def find_by_url(self, url: str) -> list[Tenant]:
        """Return the tenants last seen under that URL, whatever its case."""

    def save(self, tenant: Tenant) -> None:
        """Add it or replace what is known by its id; ``first_seen_at`` stays as first stored."""

    def remove(self, tenant_id: str) -> None: ...
    def remember_pair(self, tenant_id: str, app_user_id: str, user_id: str, now: datetime) -> bool:
        """Remember that the user of an app token is that local user; False when it was known."""


class SessionRepository(Protocol):
    """Sessions of the pages."""

    def find(self, session_id: str) -> SessionRecord | None: ...
    def add(self, record: SessionRecord) -> None: ...
    def renew(self, record: SessionRecord) -> bool:
        """Set until when it can be used, and which right was found; False when it has ended meanwhile."""

    def end(self, session_id: str, now: datetime, ended_as: SessionEnd) -> bool:
        """End it; False when it is over already or there is none."""

    def note_use(self, session_id: str, used_at: datetime) -> None:
        """Set when it was last used."""

    def list_live(self, organization_id: str, now: datetime) -> list[SessionRecord]:
        """Return those of the organization that can be used, the one used last first."""

    def list_run_out(self, now: datetime, limit: int) -> list[SessionRecord]:
        """Return sessions of any organization whose time is over and that nobody has ended."""

    def forget(self, ended_before: datetime, limit: int = 1000) -> int:
        """Delete those that ended before that, at most ``limit``; return how many."""


class ConnectionNoteRepository(Protocol):
    """Notes about connections, and their figures counted in few queries."""

    def get(self, connection_id: str) -> ConnectionNote:
        """Return the note, an empty one when nothing was noted."""

    def find(self, connection_ids: Collection[str]) -> Mapping[str, ConnectionNote]:
        """Return the notes there are."""

    def save(self, note: ConnectionNote) -> None: ...
    def figures(self, connection_ids: Collection[str]) -> Mapping[str, ConnectionFigures]:
        """Return the figures of each connection."""

    def twin_figures(self, twin_ids: Collection[str]) -> Mapping[str, TwinFigures]:
        """Return the figures of each twin."""

    def invitations(self, connection_ids: Collection[str]) -> Mapping[str, Invitation]:
        """Return the invitation that counts of each connection that has any: the open one, else the newest."""


class AuditTrail(Protocol):
    """Deeds, never changed once written, forgotten after a long while."""

    def add(self, entry: AuditEntry) -> None: ...
    def add_all(self, entries: Sequence[AuditEntry]) -> None:
        """Add them in one statement."""

    def list_page(
        self, organization_id: str, *, connection_id: str = "", after: tuple[datetime, str] | None = None, limit: int
    ) -> list[AuditEntry]:
        """Return entries of the organization, the newest first, that stand after (time, id) in that order."""

    def count(self, organization_id: str, *, connection_id: str = "") -> int: ...
    def forget(self, before: datetime, limit: int = 1000) -> int:
        """Delete those older than that, at most ``limit``; return how many."""


@dataclass(frozen=True, slots=True)
class Repetition:
    """A request that may come twice, by the key its sender gave it. ``digest`` tells another request with the same key
    apart, ``subject`` is what came of it.
    """

    organization_id: str
    key: str
    digest: str
    subject: str
    at: datetime


class RepetitionRepository(Protocol):
    """Requests that were done already."""

    def add(self, repetition: Repetition) -> bool:
        """Remember it; False when its key is there already (another transaction's too, which is waited for)."""

    def find(self, organization_id: str, key: str) -> Repetition | None: ...
    def forget(self, before: datetime, limit: int = 1000) -> int:
        """Delete those older than that, at most ``limit``; return how many."""


def importance(invitation: Invitation) -> tuple[bool, datetime, str]:
    """Return what orders the invitations of one connection; the greatest one counts."""
    return invitation.status is InvitationStatus.OPEN, invitation.created_at, invitation.id

"""When the other side of a connection was last heard of, and what it did to its half."""

from dataclasses import replace
from datetime import datetime

from adnode.domain.connection_note import RemoteStatus
from adnode.domain.errors import AdnodeError
from adnode.ports.storage import UnitOfWork

_STATUSES = {status.value: status for status in RemoteStatus}
_CHANGES = {"activated": None, "deactivated": RemoteStatus.DEACTIVATED, "removed": RemoteStatus.REMOVED}


def note_call(work: UnitOfWork, connection_id: str, now: datetime) -> None:
    """The peer called: it lives. What it did to its half it says in its messages."""
    work.notes.save(replace(work.notes.get(connection_id), contacted_at=now))


def note_answer(work: UnitOfWork, connection_id: str, now: datetime) -> None:
    """The peer did what was asked, which only an active connection does."""
    work.notes.save(replace(work.notes.get(connection_id), contacted_at=now, remote_status=None))


def note_refusal(work: UnitOfWork, connection_id: str, error: AdnodeError, now: datetime) -> None:
    """The peer refused or could not be reached; some refusals say that its half is stopped or gone."""
    status = _STATUSES.get(str(error.details.get("connection_status", "")))
    if status is not None:
        work.notes.save(replace(work.notes.get(connection_id), contacted_at=now, remote_status=status))


def note_change(work: UnitOfWork, connection_id: str, change: str) -> None:
    """The peer told what happened to its half; other changes than these say nothing about its status."""
    if change in _CHANGES:
        work.notes.save(replace(work.notes.get(connection_id), remote_status=_CHANGES[change]))

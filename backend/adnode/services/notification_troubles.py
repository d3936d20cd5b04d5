"""Error records about notifications themselves: one for each subscriber who can't be told, one for the mail server."""

from dataclasses import dataclass
from datetime import datetime

from adnode.domain.error_record import ErrorRecord, Impact
from adnode.domain.notification import NOTIFICATION_FAILED, ChannelKind
from adnode.ports.storage import UnitOfWork

SERVER = "server"
"""Stands for the mail server in the place of a subscriber's id."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why telling fails. ``of`` is a subscriber's id, or SERVER."""

    organization_id: str
    kind: ChannelKind
    of: str
    message: str
    is_transient: bool


def open_trouble(work: UnitOfWork, trouble: Trouble, record_id: str, now: datetime) -> None:
    """Open the error record of a trouble, or count it up."""
    work.error_records.open(
        ErrorRecord(
            id=record_id,
            organization_id=trouble.organization_id,
            connection_id="",
            twin_id="",
            impact=Impact.WARNING,
            code=NOTIFICATION_FAILED,
            message=trouble.message,
            opened_at=now,
            last_seen_at=now,
            # Begins with the channel: nobody is told over a channel that this channel is broken.
            subject=f"{trouble.kind.value}:{trouble.of}",
            is_transient=trouble.is_transient,
        )
    )


def close_trouble(work: UnitOfWork, organization_id: str, of: str, now: datetime) -> None:
    """Close the error records about a subscriber, or about the mail server."""
    for kind in ChannelKind:
        work.error_records.close(
            now, organization_id=organization_id, code=NOTIFICATION_FAILED, subject=f"{kind.value}:{of}"
        )

"""Notifications: who is told about which errors, how often, and what became of telling them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from adnode.domain.error_record import Impact

NOTIFICATION_FAILED = "notification_failed"
"""The code of error records about notifications themselves."""
DAILY_HOUR = 7
"""When daily digests go out (UTC)."""


class MailSecurity(StrEnum):
    """How the connection to the mail server is protected. TLS: from the first byte (port 465)."""

    NONE = "none"
    STARTTLS = "starttls"
    TLS = "tls"


@dataclass(frozen=True, slots=True)
class MailServer:
    """The mail server that an organization sends through. ``user`` is '' for one that needs no sign-in. ``revision``
    counts the edits.
    """

    organization_id: str
    host: str
    port: int
    security: MailSecurity
    sender_address: str
    sender_name: str = ""
    user: str = ""
    sealed_password: bytes = field(default=b"", repr=False)
    revision: int = 1


class ChannelKind(StrEnum):
    """How somebody is told."""

    EMAIL = "email"
    WEBHOOK = "webhook"


class Digest(StrEnum):
    """How often somebody is told: AT_ONCE after a short while of collecting, HOURLY at the full hour, DAILY at
    DAILY_HOUR.
    """

    AT_ONCE = "at_once"
    HOURLY = "hourly"
    DAILY = "daily"


class SubscriberStatus(StrEnum):
    """ACTIVE: is told. PAUSED: an administrator stopped it. UNSUBSCRIBED: stopped it from a mail."""

    ACTIVE = "active"
    PAUSED = "paused"
    UNSUBSCRIBED = "unsubscribed"


SUBSCRIBER_TRANSITIONS: Mapping[SubscriberStatus, frozenset[SubscriberStatus]] = {
    SubscriberStatus.ACTIVE: frozenset({SubscriberStatus.PAUSED, SubscriberStatus.UNSUBSCRIBED}),
    SubscriberStatus.PAUSED: frozenset({SubscriberStatus.ACTIVE, SubscriberStatus.UNSUBSCRIBED}),
    SubscriberStatus.UNSUBSCRIBED: frozenset({SubscriberStatus.ACTIVE}),
}


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Somebody, or a program, who is told. ``address`` is an e-mail address or the URL of a webhook. Without
    ``connection_ids`` all connections count. ``trouble`` says why telling fails at present, '' when it does not.
    ``revision`` counts the edits.
    """

    id: str
    organization_id: str
    kind: ChannelKind
    address: str
    impacts: frozenset[Impact]
    digest: Digest
    created_at: datetime
    connection_ids: frozenset[str] = frozenset()
    status: SubscriberStatus = SubscriberStatus.ACTIVE
    sealed_secret: bytes = field(default=b"", repr=False)
    told_at: datetime | None = None
    trouble: str = ""
    revision: int = 1


@dataclass(frozen=True, slots=True)
class ErrorExample:
    """One error of a group, as it was worded."""

    message: str
    work_item_id: int | None = None


@dataclass(frozen=True, slots=True)
class ErrorGroup:
    """Open errors of one kind at one connection ('' for the node itself), told as one."""

    connection_id: str
    connection_name: str
    impact: Impact
    code: str
    is_remote: bool
    count: int
    first_at: datetime
    last_at: datetime
    examples: tuple[ErrorExample, ...] = ()


@dataclass(frozen=True, slots=True)
class Notice:
    """What one delivery tells. The largest groups are told in full; the others are counted."""

    organization_name: str
    organization_url: str
    groups: tuple[ErrorGroup, ...]
    group_count: int
    error_count: int


class DeliveryStatus(StrEnum):
    """WAITING: to be sent, for the first time or again. FAILED: given up. CANCELLED: nobody wants it any more."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"
    CANCELLED = "cancelled"


DELIVERY_TRANSITIONS: Mapping[DeliveryStatus, frozenset[DeliveryStatus]] = {
    DeliveryStatus.WAITING: frozenset({DeliveryStatus.SENT, DeliveryStatus.FAILED, DeliveryStatus.CANCELLED}),
    DeliveryStatus.SENT: frozenset(),
    DeliveryStatus.FAILED: frozenset({DeliveryStatus.WAITING}),
    DeliveryStatus.CANCELLED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Delivery:
    """One notice for one subscriber. Its id is in what is sent, so that a receiver can drop what comes twice.
    ``address`` is where it goes, ``error`` why the last attempt failed.
    """

    id: str
    organization_id: str
    subscriber_id: str
    kind: ChannelKind
    address: str
    notice: Notice
    created_at: datetime
    next_attempt_at: datetime
    status: DeliveryStatus = DeliveryStatus.WAITING
    attempts: int = 0
    error: str = ""
    settled_at: datetime | None = None


def is_due(digest: Digest, oldest: datetime, now: datetime, collecting: timedelta) -> bool:
    """Say whether errors, the oldest of which was noticed then, are to be told now."""
    if digest is Digest.AT_ONCE:
        return oldest + collecting <= now
    return oldest < _last_round(digest, now)


def _last_round(digest: Digest, now: datetime) -> datetime:
    hour = now.replace(minute=0, second=0, microsecond=0)
    if digest is Digest.HOURLY:
        return hour
    morning = hour.replace(hour=DAILY_HOUR)
    return morning if morning <= now else morning - timedelta(days=1)


def shown_address(told: Subscriber | Delivery) -> str:
    """Return an address for lists and messages: of a webhook only the host, because its path may hold a key."""
    if told.kind is ChannelKind.EMAIL:
        return told.address
    return f"webhook at {urlsplit(told.address).hostname or 'an unknown place'}"
